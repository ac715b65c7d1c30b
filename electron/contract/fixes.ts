/**
 * What helps against a finding: an edit of the recipe, as data. It says what is wanted, not what stands where, so it can be
 * kept with a profile and is held against the recipe as it is when somebody looks: what it would change is shown before it
 * is applied, and one that would change nothing is not offered. These functions are all that know the recipe's shape.
 */
import { z } from 'zod'
import { columnRoleSchema, type ColumnRole } from './column.ts'
import {
  augmentations,
  begin,
  classWeights,
  huber,
  imbalanceRemedies,
  lengthOptions,
  losses,
  memberOf,
  predictsClasses,
  predictsOneClass,
  preparationSteps,
  robust,
  standardize,
  startsOf,
  taskOf,
  words,
  type Encoder,
  type Group,
  type PreparationStep,
} from './definitions/index.ts'
import type { Adjustment } from './watching.ts'
import { lossesFor, type Recipe, type TableRecipe, type Training } from './recipe.ts'

const bound = z.int().min(1)
const rate = z.number().positive()
export const editSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('setRole'), columns: z.array(z.string()), role: columnRoleSchema }),
  z.strictObject({ name: z.literal('weighClasses') }),
  z.strictObject({ name: z.literal('scaleRobustly') }),
  z.strictObject({ name: z.literal('boundErrors') }),
  z.strictObject({ name: z.literal('stratify') }),
  z.strictObject({ name: z.literal('keepTogether') }),
  z.strictObject({ name: z.literal('useAllRows') }),
  z.strictObject({ name: z.literal('limitCategories'), most: bound }),
  z.strictObject({ name: z.literal('limitBatch'), most: bound }),
  z.strictObject({ name: z.literal('readLonger'), tokens: bound }),
  z.strictObject({ name: z.literal('keepRareWords') }),
  z.strictObject({ name: z.literal('dropAugmentation'), at: z.string() }),
  z.strictObject({ name: z.literal('lowerLearningRate'), most: rate }),
  z.strictObject({ name: z.literal('raiseLearningRate'), least: rate }),
  z.strictObject({ name: z.literal('raiseDropout'), least: z.number().min(0).max(0.95) }),
  z.strictObject({ name: z.literal('raiseWeightDecay'), least: rate }),
  z.strictObject({ name: z.literal('lowerWeightDecay'), most: z.number().min(0) }),
  z.strictObject({ name: z.literal('bendSmoothly') }),
  z.strictObject({ name: z.literal('clipGradients'), most: rate }),
  z.strictObject({ name: z.literal('trainLonger'), epochs: bound.max(lengthOptions.epochs.most!) }),
  z.strictObject({ name: z.literal('scaleInputs') }),
  z.strictObject({ name: z.literal('scaleTarget') }),
  z.strictObject({ name: z.literal('calibrate') }),
  z.strictObject({ name: z.literal('freeRange') }),
])
export type Edit = z.infer<typeof editSchema>

export const fixSchema = z.object({
  /** The words of its button. */
  label: z.string(),
  edit: editSchema,
})
export type Fix = z.infer<typeof fixSchema>

// ---- what may be proposed ----

const setRole = (columns: readonly string[], role: ColumnRole): Edit => ({
  name: 'setRole',
  columns: [...columns],
  role,
})

export const fixes = {
  ignore: (...columns: string[]): Fix => ({ label: 'Ignore', edit: setRole(columns, 'ignore') }),
  /** Where there is a choice of columns. */
  ignoreOne: (column: string): Fix => ({ label: `Ignore “${column}”`, edit: setRole([column], 'ignore') }),
  treatAsId: (...columns: string[]): Fix => ({ label: 'Treat as id', edit: setRole(columns, 'id') }),
  weighClasses: { label: 'Weigh classes', edit: { name: 'weighClasses' } },
  scaleRobustly: { label: 'Scale robustly', edit: { name: 'scaleRobustly' } },
  /** For targets: large errors count less. */
  boundErrors: { label: 'Use the Huber loss', edit: { name: 'boundErrors' } },
  stratify: { label: 'Split by class', edit: { name: 'stratify' } },
  keepTogether: { label: 'Keep duplicates together', edit: { name: 'keepTogether' } },
  useAllRows: { label: 'Use all examples', edit: { name: 'useAllRows' } },
  limitCategories: (most: number): Fix => ({
    label: 'Fewer categories',
    edit: { name: 'limitCategories', most },
  }),
  limitBatch: (most: number): Fix => ({ label: 'Smaller batches', edit: { name: 'limitBatch', most } }),
  readLonger: (tokens: number): Fix => ({ label: 'Read longer texts', edit: { name: 'readLonger', tokens } }),
  dropAugmentation: (name: string): Fix => ({
    label: `Leave out “${memberOf(augmentations, name).label}”`,
    edit: { name: 'dropAugmentation', at: name },
  }),
  keepRareWords: { label: 'Keep rare words', edit: { name: 'keepRareWords' } },
  lowerLearningRate: (most: number): Fix => ({
    label: 'Lower the learning rate',
    edit: { name: 'lowerLearningRate', most },
  }),
  raiseLearningRate: (least: number): Fix => ({
    label: 'Raise the learning rate',
    edit: { name: 'raiseLearningRate', least },
  }),
  raiseDropout: (least: number): Fix => ({ label: 'More dropout', edit: { name: 'raiseDropout', least } }),
  raiseWeightDecay: (least: number): Fix => ({
    label: 'More weight decay',
    edit: { name: 'raiseWeightDecay', least },
  }),
  lowerWeightDecay: (most: number): Fix => ({
    label: 'Less weight decay',
    edit: { name: 'lowerWeightDecay', most },
  }),
  clipGradients: (most: number): Fix => ({
    label: 'Clip gradients',
    edit: { name: 'clipGradients', most },
  }),
  /** For networks whose activation is a choice: one that has a slope wherever its input lies. */
  bendSmoothly: { label: 'Use GELU', edit: { name: 'bendSmoothly' } },
  trainLonger: (epochs: number): Fix => ({ label: 'Train longer', edit: { name: 'trainLonger', epochs } }),
  scaleInputs: { label: 'Scale the inputs', edit: { name: 'scaleInputs' } },
  scaleTarget: { label: 'Scale the target', edit: { name: 'scaleTarget' } },
  /** For numbers that go on beyond what training saw. */
  freeRange: { label: 'Do not hold predictions', edit: { name: 'freeRange' } },
  /** For one class out of several. */
  calibrate: { label: 'Calibrate by temperature', edit: { name: 'calibrate' } },
} as const satisfies Record<string, Fix | ((...given: never[]) => Fix)>

// ---- what they do ----

const smooth = 'gelu'

type Edits = {
  readonly [Name in Edit['name']]: (recipe: Recipe, edit: Extract<Edit, { name: Name }>) => Recipe
}

const forTables =
  (change: (recipe: TableRecipe) => Recipe) =>
  (recipe: Recipe): Recipe =>
    recipe.kind === 'table' ? change(recipe) : recipe

const withEncoders = (recipe: Recipe, change: (encoder: Encoder) => Encoder): Recipe => ({
  ...recipe,
  prepare: recipe.prepare.map((group): Group => ({ ...group, encoder: change(group.encoder) })),
})

const isScaling = ({ step }: PreparationStep): boolean => 'scales' in memberOf(preparationSteps, step)
const scaled = (steps: readonly PreparationStep[]): PreparationStep[] =>
  steps.some(isScaling) ? [...steps] : [...steps, begin(preparationSteps, standardize.name)]

/** The steps with robust scaling in the place of another scaling, or at the end. */
function robustly(steps: readonly PreparationStep[]): PreparationStep[] {
  const at = steps.findLastIndex(isScaling)
  const kept = steps.flatMap((step, i) => {
    if (i === at) return [begin(preparationSteps, robust.name)]
    return isScaling(step) ? [] : [step]
  })
  return at === -1 ? [...kept, begin(preparationSteps, robust.name)] : kept
}

const withTraining = (recipe: Recipe, changed: Partial<Training>): Recipe => ({
  ...recipe,
  training: { ...recipe.training, ...changed },
})
const withRate = (recipe: Recipe, rateFrom: (rate: number) => number): Recipe => {
  const { optimizer } = recipe.training
  return withTraining(recipe, {
    optimizer: { ...optimizer, learningRate: rateFrom(optimizer.learningRate) },
  })
}

const edits: Edits = {
  /** The target stays the target: another one is for people to choose. */
  setRole: (recipe, { columns, role }) =>
    forTables((table) => ({
      ...table,
      data: {
        ...table.data,
        columns: table.data.columns.map((column) =>
          columns.includes(column.name) && column.role !== 'target' ? { ...column, role } : column,
        ),
      },
    }))(recipe),
  weighClasses: (recipe) => {
    if (!predictsClasses(recipe.task)) return recipe
    return { ...recipe, imbalance: begin(imbalanceRemedies, classWeights.name) }
  },
  scaleRobustly: (recipe) => ({
    ...recipe,
    prepare: recipe.prepare.map((group) =>
      robust.kinds.includes(group.kind) ? { ...group, steps: robustly(group.steps) } : group,
    ),
  }),
  boundErrors: (recipe) => {
    const { loss } = recipe.training
    if (loss.name === huber.name || !lossesFor(recipe.task).includes(huber.name)) return recipe
    return withTraining(recipe, { loss: begin(losses, huber.name) })
  },
  stratify: (recipe) =>
    predictsClasses(recipe.task) && 'stratify' in recipe.split
      ? { ...recipe, split: { ...recipe.split, stratify: true } }
      : recipe,
  keepTogether: (recipe) =>
    'together' in recipe.split ? { ...recipe, split: { ...recipe.split, together: true } } : recipe,
  useAllRows: (recipe) => ({ ...recipe, data: { ...recipe.data, rows: null } }) as Recipe,
  limitCategories: (recipe, { most }) =>
    withEncoders(recipe, (encoder) =>
      'maxCategories' in encoder
        ? { ...encoder, maxCategories: Math.min(encoder.maxCategories, most) }
        : encoder,
    ),
  freeRange: (recipe) => withTraining(recipe, { range: 'free' }),
  limitBatch: (recipe, { most }) =>
    withTraining(recipe, { batchSize: Math.min(recipe.training.batchSize, most) }),
  readLonger: (recipe, { tokens }) =>
    withEncoders(recipe, (encoder) =>
      'maxTokens' in encoder ? { ...encoder, maxTokens: Math.max(encoder.maxTokens, tokens) } : encoder,
    ),
  dropAugmentation: (recipe, { at }) => ({
    ...recipe,
    augment: recipe.augment.filter(({ augmentation }) => augmentation !== at),
  }),
  keepRareWords: (recipe) =>
    withEncoders(recipe, (encoder) => {
      if (!('maxVocabulary' in encoder)) return encoder
      const { minCount, maxVocabulary } = startsOf(words.options)
      return {
        ...encoder,
        minCount: Math.min(encoder.minCount, minCount),
        maxVocabulary: Math.max(encoder.maxVocabulary, maxVocabulary),
      }
    }),
  lowerLearningRate: (recipe, { most }) => withRate(recipe, (now) => Math.min(now, most)),
  raiseLearningRate: (recipe, { least }) => withRate(recipe, (now) => Math.max(now, least)),
  /** A network that was changed by hand keeps its layers. */
  raiseDropout: (recipe, { least }) => {
    const { model } = recipe
    if (!('dropout' in model)) return recipe
    return { ...recipe, model: { ...model, dropout: Math.max(model.dropout, least) } } as Recipe
  },
  raiseWeightDecay: (recipe, { least }) => {
    const { optimizer } = recipe.training
    return withTraining(recipe, {
      optimizer: { ...optimizer, weightDecay: Math.max(optimizer.weightDecay, least) },
    })
  },
  lowerWeightDecay: (recipe, { most }) => {
    const { optimizer } = recipe.training
    return withTraining(recipe, {
      optimizer: { ...optimizer, weightDecay: Math.min(optimizer.weightDecay, most) },
    })
  },
  clipGradients: (recipe, { most }) => {
    const { clipNorm } = recipe.training
    return withTraining(recipe, { clipNorm: clipNorm === 0 ? most : Math.min(clipNorm, most) })
  },
  bendSmoothly: (recipe) =>
    'activation' in recipe.model
      ? ({ ...recipe, model: { ...recipe.model, activation: smooth } } as Recipe)
      : recipe,
  trainLonger: (recipe, { epochs }) =>
    withTraining(recipe, { epochs: Math.max(recipe.training.epochs, epochs) }),
  scaleInputs: (recipe) => ({
    ...recipe,
    prepare: recipe.prepare.map((group) =>
      standardize.kinds.includes(group.kind) ? { ...group, steps: scaled(group.steps) } : group,
    ),
  }),
  scaleTarget: (recipe) =>
    standardize.kinds.includes(taskOf(recipe.task).target)
      ? { ...recipe, target: { ...recipe.target, steps: scaled(recipe.target.steps) } }
      : recipe,
  calibrate: (recipe) =>
    predictsOneClass(recipe.task) ? withTraining(recipe, { calibration: 'temperature' }) : recipe,
}

type Live = { readonly [Name in Edit['name']]?: (edit: Extract<Edit, { name: Name }>) => Adjustment }
const live: Live = {
  lowerLearningRate: ({ most }) => ({ learningRate: most }),
  raiseLearningRate: ({ least }) => ({ learningRate: least }),
  clipGradients: ({ most }) => ({ clipNorm: most }),
  trainLonger: ({ epochs }) => ({ epochs }),
}

/** The same done to a run while it trains; null: that takes a new run. */
export const adjustmentOf = ({ edit }: Fix): Adjustment | null => live[edit.name]?.(edit as never) ?? null

/** The recipe with the edit; one of the same content where there is nothing to change. */
export const withFix = (recipe: Recipe, { edit }: Fix): Recipe => edits[edit.name](recipe, edit as never)
