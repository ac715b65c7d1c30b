/** How good settings are looked for: many runs of one recipe, which of them there are, and how long each may go on. */
import { define, family, type Chosen, type Definition } from './define.ts'
import type { PairedVerdict } from '../intervals.ts'
import { choice, number, whole, type Options } from './options.ts'

/** What is said where things are compared that are known beforehand, all of them from the same seeds. */
export interface Contest {
  readonly title: string
  /** One of them, as the head of a column. */
  readonly one: string
  /** The first of them, which the others are held against. */
  readonly first: string
  /** What may be learned from it, and what may not. */
  readonly lesson: string
  /** What follows for the second of them beside the first, where that is the question; else the best of them is named. */
  readonly second?: Readonly<Record<PairedVerdict, string>>
}

const contest = <const Name extends string, const O extends Options>(
  definition: Definition<Name, O> & { readonly contest: Contest },
): Definition<Name, O> & { readonly contest: Contest } => ({
  ...define<Name, O>(definition),
  contest: definition.contest,
})

const by = choice(
  [
    { value: 'metric', label: 'Metric', help: 'What runs of the task are judged by.' },
    { value: 'loss', label: 'Loss', help: 'The validation loss, which also says which epoch is the best.' },
  ],
  {
    label: 'Judged by',
    unit: 'validation split',
    help: 'What says which run is better, in the best epoch it has had.',
    start: 'metric',
  },
)
const runs = whole({
  label: 'Runs',
  help: 'How many settings are tried at most. Random search needs no more for many settings than for few, but it does need tens of them.',
  most: 500,
  step: 10,
  start: 20,
})
const minutes = number({
  label: 'Time',
  unit: 'minutes',
  help: 'When it is over, no run begins, and those that train are stopped where they are. 0: as long as it takes.',
  least: 0,
  most: 100_000,
  step: 5,
  start: 0,
})
const seed = whole({
  label: 'Seed',
  advanced: true,
  help: 'Draws the settings: the same seed draws the same ones, in the same order.',
  least: 0,
  start: 0,
})

export const randomSearch = define({
  name: 'randomSearch',
  label: 'Random search',
  help: 'Draws settings at random and trains each to its end. Where few settings matter it finds them sooner than a grid, for no two runs have the same value of one.',
  advice: 'For short trainings, and where early epochs say little of the last ones.',
  source: 'Bergstra & Bengio 2012, https://jmlr.org/papers/v13/bergstra12a.html',
  options: { runs, minutes, by, seed },
})

export const asha = define({
  name: 'asha',
  label: 'ASHA',
  help: 'Draws settings at random, lets all of them train for a few epochs, and only the best part of them go on, several times over: most of the time goes to what is good. Runs go on from their checkpoints.',
  advice: 'The usual choice. Its first stop has to come late enough to tell good settings from bad ones.',
  source: 'Li et al. 2020, https://arxiv.org/abs/1810.05934',
  options: {
    runs: { ...runs, start: 30 },
    minutes,
    reduction: whole({
      label: 'Reduction',
      help: 'One of so many goes on at each stop, and trains so many times as long until the next.',
      least: 2,
      most: 10,
      start: 3,
    }),
    leastEpochs: whole({
      label: 'First stop',
      unit: 'epochs',
      help: 'So long every run trains.',
      most: 10_000,
      start: 3,
    }),
    by,
    seed,
  },
})

const repeats = whole({
  label: 'Seeds',
  help: 'How often each is trained, from other first weights and in another order. Of a single run nobody can tell whether it was luck.',
  most: 20,
  start: 3,
})
const length = choice(
  [
    { value: 'epochs', label: 'Same epochs' },
    { value: 'time', label: 'Same time' },
  ],
  {
    label: 'Length',
    help: 'All train for the epochs of the recipe, or each is stopped when it has trained for so long, if its epochs have not ended by then.',
    start: 'epochs',
  },
)
const seconds = number({
  label: 'Training time',
  unit: 'seconds, with “Same time”',
  help: 'How long each run may train; reading the data and waiting are not counted.',
  above: 0,
  most: 1e6,
  step: 10,
  start: 60,
})

export const everyOptimizer = contest({
  name: 'everyOptimizer',
  label: 'Every optimizer',
  help: 'Trains with each optimizer there is, on the same rows and from the same seeds, and says of each whether it is better than the one of the recipe: which of them is chosen affects how well a network generalizes, and not only how soon it learns.',
  source: 'Wilson et al. 2017, https://arxiv.org/abs/1705.08292',
  options: {
    repeats,
    rates: choice(
      [
        { value: 'start', label: 'One rate', help: 'That which each optimizer starts with.' },
        { value: 'three', label: 'Three rates', help: 'A third of it, and three times as much, too.' },
      ],
      {
        label: 'Learning rates',
        help: 'An optimizer is only as good as its rate. With three of them, each is judged by the best of its own.',
        start: 'start',
      },
    ),
    length,
    seconds,
    minutes,
    by,
  },
  contest: {
    title: 'Optimizers from the same seeds',
    one: 'Optimizer',
    first: 'The one of the recipe',
    lesson:
      'Which optimizer is chosen affects how well a network generalizes, not only how soon it learns: what is better on these data need not be on others.',
  },
})

export const ablation = contest({
  name: 'ablation',
  label: 'With and without augmentations',
  help: 'Trains with all augmentations of the recipe, without each of them, and without any, on the same rows and from the same seeds, and says of each whether it helps.',
  advice:
    'In short runs, before the long one: an augmentation that costs accuracy is not seen in the curves of a single run.',
  source: 'Meyes et al. 2019, https://arxiv.org/abs/1901.08644',
  options: { repeats, length, seconds, minutes, by },
  contest: {
    title: 'With and without augmentations',
    one: 'Augmentations',
    first: 'As the recipe has them',
    lesson:
      'Augmentations work against overfitting, which long runs have more of: what helps little in short ones may help in the long one. What changes what an example shows harms in both.',
  },
})

export const learningCurve = contest({
  name: 'learningCurve',
  label: 'Learning curve',
  help: 'Trains on a part of the training rows, on twice as many, and so on up to all of them, and validates on the same rows each time: where the last doubling still helps, more data would, too. Each is trained for as many steps, on fewer rows for more epochs.',
  advice: 'Before data are gathered or paid for.',
  source: 'Viering & Loog 2022, https://arxiv.org/abs/2103.10948',
  options: {
    repeats: {
      ...repeats,
      help: 'How often each is trained, on other rows and from other first weights. Of a single run nobody can tell whether it was luck.',
    },
    doublings: whole({
      label: 'Doublings',
      help: 'How often the rows are doubled until they are all of them: 3 begins with an eighth of them.',
      most: 8,
      start: 3,
    }),
    minutes,
    by,
  },
  contest: {
    title: 'Learning curve',
    one: 'Training rows',
    first: 'All of them',
    lesson:
      'That holds for more rows of the same kind, and for this network: a larger one may need more of them, and other columns or better labels may help where more rows do not.',
    second: {
      worse:
        'With half of the training rows the result is worse than with all of them: twice as many again would likely help.',
      better:
        'With half of the training rows the result is better than with all of them: more of them would not help. Perhaps the network is too small for them, or stops too soon.',
      cannotTell:
        'With half of the training rows the result is as good as with all of them, for all that these seeds can tell: more rows would hardly help.',
    },
  },
})

export const searches = family({
  name: 'searches',
  one: 'search',
  help: 'How good settings are looked for, by many runs of one recipe.',
  path: 'search',
  key: 'kind',
  usage:
    'Chosen with descent search DATA --kind NAME, their settings with flags of the same names. Not part of a recipe.',
  members: [asha, randomSearch, everyOptimizer, ablation, learningCurve],
})
export type SearchKind = Chosen<typeof searches>

/** What is said of a search that compares; null: it looks for settings among many. */
export function contestOf({ kind }: SearchKind): Contest | null {
  const member = searches.members.find(({ name }) => name === kind)
  return member !== undefined && 'contest' in member ? member.contest : null
}
