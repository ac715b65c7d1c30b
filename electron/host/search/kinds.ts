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
      if (space.length > 0)
        throw new DescentError(
          'badRequest',
          'Every optimizer is tried with its own settings: no others are searched.',
          'space',
        )
      return { ...optimizersOf(recipe, options), ...contestOf(recipe, options) }
    },
  ablation:
    (options) =>
    ({ recipe, space }) => {
      if (space.length > 0)
        throw new DescentError(
          'badRequest',
          'Only augmentations are left out: no settings are searched beside them.',
          'space',
        )
      return { ...withoutEach(recipe, options), ...contestOf(recipe, options) }
    },
  learningCurve:
    (options) =>
    ({ recipe, space }) => {
      if (space.length > 0)
        throw new DescentError(
          'badRequest',
          'Only the number of training rows changes: no settings are searched beside it.',
          'space',
        )
      return { ...partsOfRows(recipe, options), ...contestOf(recipe, { length: 'epochs', seconds: 0 }) }
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
  const candidates: Candidate[] = []
  const contenders = Array.from({ length: doublings + 1 }, (_, halved) => {
    const parts = 2 ** halved
    const trainShare = (recipe.data.trainShare ?? 1) / parts
    const numbers = Array.from({ length: repeats }, (_, repeat) => {
      const seed = recipe.seed + repeat
      const tried = {
        ...recipe,
        seed,
        data: { ...recipe.data, trainShare },
        training: forAsManySteps(recipe.training, parts),
      } as Recipe
      candidates.push({ settings: { 'data.trainShare': trainShare, seed }, recipe: tried })
      return candidates.length
    })
    return { label: halved === 0 ? 'All' : `1/${parts}`, candidates: numbers }
  })
  return bySeed(candidates, contenders, repeats)
}

const forAsManySteps = ({ epochs, earlyStopping, ...rest }: Training, parts: number): Training => ({
  ...rest,
  epochs: Math.min(epochs * parts, lengthOptions.epochs.most ?? Infinity),
  earlyStopping: earlyStopping && {
    ...earlyStopping,
    patience: Math.min(earlyStopping.patience * parts, stoppingOptions.patience.most ?? Infinity),
  },
})

/** All of a contest train as long as the recipe says, or as long as each other. */
const contestOf = (
  { training }: Recipe,
  { length, seconds }: { readonly length: 'epochs' | 'time'; readonly seconds: number },
): Pick<Plan, 'stops' | 'reduction' | 'seconds' | 'notes'> => ({
  stops: [training.epochs],
  reduction: 1,
  seconds: length === 'time' ? seconds : null,
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
  const candidates: Candidate[] = []
  const contenders = kept.map(({ label, list }) => {
    const names = list.map((one) => one.augmentation)
    const numbers = Array.from({ length: repeats }, (_, repeat) => {
      const seed = recipe.seed + repeat
      candidates.push({ settings: { augment: names, seed }, recipe: { ...recipe, seed, augment: list } })
      return candidates.length
    })
    return { label, candidates: numbers }
  })
  return bySeed(candidates, contenders, repeats)
}

/** The recipe's own optimizer first, as it is; the others as they start. */
function optimizersOf(
  recipe: Recipe,
  { repeats, rates }: { readonly repeats: number; readonly rates: keyof typeof factors },
): Pick<Plan, 'planned' | 'candidate' | 'contenders'> {
  const own = recipe.training.optimizer
  const others = namesIn(optimizers).filter((name) => name !== own.name)
  const all: Optimizer[] = [own, ...others.map((name): Optimizer => begin(optimizers, name))]
  const candidates: Candidate[] = []
  const contenders = all.flatMap((optimizer) =>
    factors[rates].map((factor) => {
      const learningRate = Number((optimizer.learningRate * factor).toPrecision(3))
      const tried = { ...optimizer, learningRate }
      const numbers = Array.from({ length: repeats }, (_, repeat) => {
        const seed = recipe.seed + repeat
        candidates.push({
          settings: {
            'training.optimizer.name': tried.name,
            'training.optimizer.learningRate': learningRate,
            seed,
          },
          recipe: { ...recipe, seed, training: { ...recipe.training, optimizer: tried } },
        })
        return candidates.length
      })
      return { label: memberOf(optimizers, tried.name).label, candidates: numbers }
    }),
  )
  return bySeed(candidates, contenders, repeats)
}

/** All of one seed before those of the next: whoever stops early has compared all of them. */
function bySeed(
  candidates: readonly Candidate[],
  contenders: Plan['contenders'],
  repeats: number,
): Pick<Plan, 'planned' | 'candidate' | 'contenders'> {
  const order = Array.from({ length: repeats }, (_, repeat) =>
    contenders.map((one) => one.candidates[repeat]!),
  ).flat()
  const placeOf = new Map(order.map((number, place) => [number, place + 1]))
  return {
    planned: order.length,
    candidate: (number) => candidates[order[number - 1]! - 1]!,
    contenders: contenders.map((one) => ({
      label: one.label,
      candidates: one.candidates.map((number) => placeOf.get(number)!),
    })),
  }
}
