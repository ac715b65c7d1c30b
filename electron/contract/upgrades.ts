/** Recipes of earlier versions as recipes of this one. What they wrote is stored data: the names in here never change. */
import { isObject } from './definitions/define.ts'

type Written = Record<string, unknown>
type Upgrade = readonly [from: number, (recipe: Written) => unknown]

/** The losses that version 2 had, one for each task. */
const lossOfTask: Record<string, Written> = {
  classification: { name: 'crossEntropy', labelSmoothing: 0 },
  regression: { name: 'mse' },
}

/** Version 3 wrote fixed settings for each kind of data; from version 4 on they are steps and encoders of column groups. */
function groupsOf(kind: unknown, prepare: Written): Written[] {
  const all = { columns: null }
  if (kind === 'images')
    return [
      {
        ...all,
        name: 'image',
        kind: 'image',
        steps: [],
        encoder: { encoder: 'rawPixels', normalize: prepare.normalize },
      },
    ]
  if (kind === 'text') {
    const { tokenizer, minCount, maxVocabulary, maxTokens } = prepare
    const encoder = { encoder: 'words', tokenizer, minCount, maxVocabulary, maxTokens }
    return [{ ...all, name: 'text', kind: 'text', steps: [], encoder }]
  }
  const impute = isObject(prepare.impute) ? prepare.impute : {}
  const encode = isObject(prepare.encode) ? prepare.encode : {}
  const scaling = { none: [], standard: ['standardize'], minmax: ['minMax'], robust: ['robust'] }
  const scale = scaling[prepare.scale as keyof typeof scaling] ?? [prepare.scale]
  return [
    {
      ...all,
      name: 'number',
      kind: 'number',
      steps: [
        { step: 'impute', with: impute.number, indicators: impute.indicators },
        ...scale.map((step) => ({ step })),
      ],
      encoder: { encoder: 'numeric' },
    },
    {
      ...all,
      name: 'category',
      kind: 'category',
      steps: impute.category === 'mode' ? [{ step: 'fillMode' }] : [],
      encoder: {
        encoder: 'oneHot',
        maxCategories: encode.maxCategories,
        missing: impute.category !== 'mode',
      },
    },
    { ...all, name: 'text', kind: 'text', steps: [], encoder: { encoder: 'words' } },
  ]
}

/** Images were mirrored first, then moved. */
function augmentationsOf(augment: unknown): Written[] {
  if (!isObject(augment)) return []
  return [
    ...(augment.flip === true ? [{ augmentation: 'flip', probability: 0.5 }] : []),
    ...(typeof augment.shift === 'number' && augment.shift > 0
      ? [{ augmentation: 'shift', pixels: augment.shift }]
      : []),
  ]
}

function splitOf(split: Written): Written {
  const { train, validation, test, ...drawn } = split
  if (train !== undefined) return { method: 'random', ...split }
  if (test === null) return { method: 'given', validation, ...drawn }
  return { method: 'random', train: 1 - Number(validation) - Number(test), validation, test, ...drawn }
}

const upgrades: readonly Upgrade[] = [
  // Version 1 knew tables only, and always used all of them.
  [
    1,
    (recipe) =>
      isObject(recipe.data)
        ? { ...recipe, version: 2, kind: 'table', data: { ...recipe.data, rows: null } }
        : recipe,
  ],
  [
    2,
    (recipe) => {
      const loss = lossOfTask[String(recipe.task)]
      return isObject(recipe.training) && loss
        ? { ...recipe, version: 3, training: { ...recipe.training, loss } }
        : recipe
    },
  ],
  [
    3,
    (recipe) => {
      const { prepare } = recipe
      if (!isObject(prepare)) return recipe
      return {
        ...recipe,
        version: 4,
        prepare: groupsOf(recipe.kind, prepare),
        target: { steps: recipe.task === 'regression' ? [{ step: 'standardize' }] : [] },
        // It was ignored where there were no classes.
        imbalance: { remedy: recipe.task === 'regression' ? 'none' : prepare.imbalance },
        augment: augmentationsOf(prepare.augment),
      }
    },
  ],
  // Version 4 had shares of tables, and of other data what was held out; a test share of null meant given test files.
  [
    4,
    (recipe) => (isObject(recipe.split) ? { ...recipe, version: 5, split: splitOf(recipe.split) } : recipe),
  ],
]

/** A recipe of an earlier version as one of this version; anything else unchanged, for the schema to judge. */
export function upgradeRecipe(value: unknown): unknown {
  if (!isObject(value)) return value
  return upgrades.reduce<unknown>(
    (recipe, [from, upgrade]) => (isObject(recipe) && recipe.version === from ? upgrade(recipe) : recipe),
    value,
  )
}
