/** What each search tries, and how far its runs go before somebody has to say more. */
import {
  asha,
  augmentations,
  begin,
  DescentError,
  formatCount,
  lengthOptions,
  memberOf,
  namesIn,
  optimizers,
  plural,
  stoppingOptions,
  type Dimension,
  type Implementations,
  type Optimizer,
  type Recipe,
  type Training,
  type searches,
} from '../../contract/index.ts'
import { stopsOf } from './moves.ts'
import { checkSpace, drawTried, withTried, type Candidate } from './space.ts'

export interface Plan {
  /** How many may be tried. */
  readonly planned: number
  /** That with this number, from 1. Made when it is asked for: a recipe of a wide table is large. */
  readonly candidate: (number: number) => Candidate
  /** Epochs after which a run waits to be told to go on; the last one is its end. */
  readonly stops: readonly number[]
  /** One of so many goes on. */
  readonly reduction: number
  /** A run is stopped when it has trained for so many seconds. */
  readonly seconds: number | null
  /** What was not as it was asked for. */
  readonly notes: readonly string[]
  /** Candidates that differ in nothing but their seed, the first one being what the others are held against. */
  readonly contenders: readonly { readonly label: string; readonly candidates: readonly number[] }[]
}

export interface Asked {
  readonly recipe: Recipe
  readonly space: readonly Dimension[]
}

function drawn({ recipe, space }: Asked, options: { runs: number; seed: number }) {
  checkSpace(recipe, space)
  const all = drawTried(space, options)
  const notes =
    all.length < options.runs
      ? [
          `There are no more than ${plural(all.length, 'different setting')} to be tried, so there are no more runs.`,
        ]
      : []
  return {
    planned: all.length,
    candidate: (number: number) => withTried(recipe, all[number - 1]!),
    notes,
    contenders: [],
    seconds: null,
  }
}

/** The time of the whole search is kept by whoever follows the plan. */
export const plans: Implementations<typeof searches, (asked: Asked) => Plan> = {
  randomSearch: (options) => (asked) => ({
    ...drawn(asked, options),
    stops: [asked.recipe.training.epochs],
    reduction: 1,
  }),
  asha: (options) => (asked) => {
    const { epochs } = asked.recipe.training
    const { leastEpochs, reduction } = options
    if (asked.space.some(({ path }) => path === 'training.epochs'))
      throw new DescentError(
        'badRequest',
        `${asha.label} itself decides how many epochs a run trains, up to those of the recipe: it does not search “training.epochs”.`,
        'training.epochs',
      )
    if (leastEpochs >= epochs)
      throw new DescentError(
        'badRequest',
        `The first stop, after ${plural(leastEpochs, 'epoch')}, is not before the end: the recipe trains ${formatCount(epochs)}. Stop earlier, or train longer.`,
        'search.leastEpochs',
      )
    return { ...drawn(asked, options), stops: stopsOf(leastEpochs, reduction, epochs), reduction }
  },
  everyOptimizer:
    (options) =>
    ({ recipe, space }) => {
      refuseSpace(space, 'Every optimizer is tried with its own settings: no others are searched.')
      return { ...optimizersOf(recipe, options), ...contestOf(recipe, options) }
    },
  ablation:
    (options) =>
    ({ recipe, space }) => {
      refuseSpace(space, 'Only augmentations are left out: no settings are searched beside them.')
      return { ...withoutEach(recipe, options), ...contestOf(recipe, options) }
    },
  learningCurve:
    (options) =>
    ({ recipe, space }) => {
      refuseSpace(space, 'Only the number of training rows changes: no settings are searched beside it.')
      return { ...partsOfRows(recipe, options), ...contestOf(recipe) }
    },
}

/**
 * All training rows first, then half of them, and so on: of each seed the smaller part lies in the larger one. On fewer rows an epoch
 * is fewer steps; what is wanted of rows must not be a matter of steps.
 */
function partsOfRows(
  recipe: Recipe,
  { repeats, doublings }: { readonly repeats: number; readonly doublings: number },
): Pick<Plan, 'planned' | 'candidate' | 'contenders'> {
  const all = Array.from({ length: doublings + 1 }, (_, halved): Contender => {
    const parts = 2 ** halved
    const trainShare = (recipe.data.trainShare ?? 1) / parts
    const training = forAsManySteps(recipe.training, parts)
    return {
      label: halved === 0 ? 'All' : `1/${parts}`,
      settings: { 'data.trainShare': trainShare },
      recipe: { ...recipe, data: { ...recipe.data, trainShare }, training } as Recipe,
    }
  })
  return bySeed(recipe, all, repeats)
}

const forAsManySteps = ({ epochs, earlyStopping, ...rest }: Training, parts: number): Training => ({
  ...rest,
  epochs: Math.min(epochs * parts, lengthOptions.epochs.most ?? Infinity),
  earlyStopping: earlyStopping && {
    ...earlyStopping,
    patience: Math.min(earlyStopping.patience * parts, stoppingOptions.patience.most ?? Infinity),
  },
})

function refuseSpace(space: readonly Dimension[], why: string): void {
  if (space.length > 0) throw new DescentError('badRequest', why, 'space')
}

/** All of a contest train as long as the recipe says, or as long as each other. */
const contestOf = (
  { training }: Recipe,
  { length, seconds }: { readonly length: 'epochs' | 'time'; readonly seconds?: number } = {
    length: 'epochs',
  },
): Pick<Plan, 'stops' | 'reduction' | 'seconds' | 'notes'> => ({
  stops: [training.epochs],
  reduction: 1,
  seconds: length === 'time' ? (seconds ?? null) : null,
  notes: [],
})

const factors = { start: [1], three: [1, 1 / 3, 3] } as const

/** All augmentations first, then all but each, then none. */
function withoutEach(
  recipe: Recipe,
  { repeats }: { readonly repeats: number },
): Pick<Plan, 'planned' | 'candidate' | 'contenders'> {
  const { augment } = recipe
  if (augment.length === 0)
    throw new DescentError(
      'badRequest',
      'There are no augmentations to leave out. Choose some under Prepare, or with --set augment=NAME,….',
      'augment',
    )
  const labels = augment.map((one) => memberOf(augmentations, one.augmentation).label)
  const isTwice = (label: string): boolean => labels.filter((one) => one === label).length > 1
  const kept = [
    { label: 'With all', list: augment },
    // Without the only one is without any.
    ...(augment.length === 1 ? [] : labels).map((label, left) => ({
      label: `Without “${label}”${isTwice(label) ? ` (${left + 1} in the list)` : ''}`,
      list: augment.filter((_, i) => i !== left),
    })),
    { label: 'Without any', list: [] },
  ]
  const all = kept.map(({ label, list }): Contender => {
    const augment = list.map((one) => one.augmentation)
    return { label, settings: { augment }, recipe: { ...recipe, augment: list } }
  })
  return bySeed(recipe, all, repeats)
}

/** The recipe's own optimizer first, as it is; the others as they start. */
function optimizersOf(
  recipe: Recipe,
  { repeats, rates }: { readonly repeats: number; readonly rates: keyof typeof factors },
): Pick<Plan, 'planned' | 'candidate' | 'contenders'> {
  const own = recipe.training.optimizer
  const others = namesIn(optimizers).filter((name) => name !== own.name)
  const all: Optimizer[] = [own, ...others.map((name): Optimizer => begin(optimizers, name))]
  const contenders = all.flatMap((optimizer) =>
    factors[rates].map((factor): Contender => {
      const learningRate = Number((optimizer.learningRate * factor).toPrecision(3))
      const tried = { ...optimizer, learningRate }
      return {
        label: memberOf(optimizers, tried.name).label,
        settings: {
          'training.optimizer.name': tried.name,
          'training.optimizer.learningRate': learningRate,
        },
        recipe: { ...recipe, training: { ...recipe.training, optimizer: tried } },
      }
    }),
  )
  return bySeed(recipe, contenders, repeats)
}

/** One of those that are compared, but for its seed. */
interface Contender extends Candidate {
  readonly label: string
}

/** All of one seed before those of the next: whoever stops early has compared all of them. */
function bySeed(
  { seed }: Recipe,
  all: readonly Contender[],
  repeats: number,
): Pick<Plan, 'planned' | 'candidate' | 'contenders'> {
  const count = all.length
  return {
    planned: repeats * count,
    candidate: (number) => {
      const { settings, recipe } = all[(number - 1) % count]!
      const own = seed + Math.floor((number - 1) / count)
      return { settings: { ...settings, seed: own }, recipe: { ...recipe, seed: own } }
    },
    contenders: all.map(({ label }, i) => ({
      label,
      candidates: Array.from({ length: repeats }, (_, repeat) => repeat * count + i + 1),
    })),
  }
}
