/** A few validation examples whose predictions are kept epoch by epoch: which they are, and what is kept. */
import type { Answer, Followed, FollowedExample } from '../../contract/index.ts'
import { randomSource, shuffle } from '../prepare/random.ts'

/** That are chosen, and that a person may ask for beside them. */
export const mostFollowed = 8
export const mostPinned = 4
/** Epochs that are kept of each. */
const mostEpochs = 240
/** Up to so many different targets are classes, or combinations of labels, each of which has its turn. */
const mostGroups = 40

/**
 * Places among these rows, by the seed: of classes each in turn, so that a rare one is there as well; of numbers from the
 * smallest to the largest, at even distances.
 */
export function chooseFollowed(targets: ArrayLike<number>, rows: number, seed: number): number[] {
  const width = targets.length / rows
  const drawn = Int32Array.from({ length: rows }, (_, row) => row)
  shuffle(drawn, randomSource(seed))
  const keyOf = (row: number): string =>
    Array.from({ length: width }, (_, i) => targets[row * width + i]).join(' ')
  const groups = Map.groupBy(drawn, keyOf)
  const count = Math.min(mostFollowed, rows)
  if (groups.size > mostGroups) {
    const sorted = drawn.toSorted((a, b) => targets[a * width]! - targets[b * width]!)
    return Array.from({ length: count }, (_, i) => sorted[Math.floor(((i + 0.5) * rows) / count)]!)
  }
  const inOrder = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, members]) => members)
  const most = Math.max(0, ...inOrder.map(({ length }) => length))
  const turns = Array.from({ length: most }, (_, turn) =>
    inOrder.flatMap((group) => group.slice(turn, turn + 1)),
  )
  // Each group's rows stay together, whichever turn they had.
  const chosen = new Set(turns.flat().slice(0, count))
  return inOrder.flatMap((group) => group.filter((row) => chosen.has(row)))
}

export const nothingFollowed = (rows: readonly number[], answers: readonly Answer[]): Followed => ({
  epochs: [],
  every: 1,
  target: targetOf(answers[0]),
  names: [],
  examples: rows.map((row, i) => exampleOf(row, answers[i]!, false, 0)),
})

const targetOf = (answer: Answer | undefined): string | null =>
  answer?.is === 'numbers' ? (answer.targets[0]?.name ?? null) : null

function exampleOf(row: number, answer: Answer, pinned: boolean, before: number): FollowedExample {
  const none = (): null[] => new Array<null>(before).fill(null)
  const truth = answer.is === 'numbers' ? (answer.targets[0]?.truth ?? NaN) : answer.truth
  const hasOther = answer.is === 'chosen'
  return { row, pinned, truth, said: none(), ofOther: hasOther ? none() : [], other: hasOther ? none() : [] }
}

const isChosen = ({ pinned, chosen }: FollowedExample): boolean => !pinned || chosen === true

/** No more asked for: of those that were chosen it is one again, any other goes. */
function released(examples: readonly FollowedExample[], row: number): FollowedExample[] {
  const one = examples.find((example) => example.pinned && example.row === row)
  if (one === undefined) return [...examples]
  const others = examples.filter((example) => example !== one)
  if (!isChosen(one)) return others
  const { chosen: _, ...again } = one
  // Those that were chosen come first.
  return [
    ...others.filter(({ pinned }) => !pinned),
    { ...again, pinned: false },
    ...others.filter(({ pinned }) => pinned),
  ]
}

/** With one more that a person asks for; the one that was asked for first makes room where there are too many. */
export function withPinned(followed: Followed, row: number, answer: Answer): Followed {
  const known = followed.examples.find((one) => one.row === row)
  const others = followed.examples.filter((one) => one !== known)
  const pinned = others.filter((one) => one.pinned)
  const kept = pinned.length < mostPinned ? others : released(others, pinned[0]!.row)
  const asked: FollowedExample = known
    ? { ...known, pinned: true, ...(isChosen(known) && { chosen: true }) }
    : exampleOf(row, answer, true, followed.epochs.length)
  return { ...followed, examples: [...kept, asked] }
}

export const withoutPinned = (followed: Followed, row: number): Followed => ({
  ...followed,
  examples: released(followed.examples, row),
})

/** More digits than a line shows. */
const rounded = (value: number | undefined): number | null =>
  value === undefined || !Number.isFinite(value) ? null : Number(value.toPrecision(6))

/** Each list as `pick` leaves it. */
function withLists(followed: Followed, pick: <T>(values: readonly T[]) => T[]): Followed {
  return {
    ...followed,
    epochs: pick(followed.epochs),
    examples: followed.examples.map((one) => ({
      ...one,
      said: pick(one.said),
      ofOther: pick(one.ofOther),
      other: pick(one.other),
    })),
  }
}
const first = (followed: Followed, count: number): Followed =>
  withLists(followed, (values) => values.slice(0, count))

/** As it was when that epoch had ended. */
export const followedUntil = (followed: Followed, epoch: number): Followed =>
  first(followed, followed.epochs.filter((one) => one <= epoch).length)

/** With what is said after one more epoch; `answers`: of the examples, in their order. */
export function withAnswers(followed: Followed, epoch: number, answers: readonly Answer[]): Followed {
  const { every } = followed
  let count = followed.epochs.length
  // The last one is kept while it is the last, whichever it is.
  while (count > 0 && (followed.epochs[count - 1]! >= epoch || followed.epochs[count - 1]! % every > 0))
    count--
  const before = first(followed, count)
  const names = [...followed.names]
  const placeOf = (name: string): number => {
    const at = names.indexOf(name)
    return at < 0 ? names.push(name) - 1 : at
  }
  const examples = before.examples.map((one, i): FollowedExample => {
    const answer = answers[i]!
    if (answer.is === 'numbers') return { ...one, said: [...one.said, rounded(answer.targets[0]?.predicted)] }
    return {
      ...one,
      said: [...one.said, rounded(answer.ofTruth)],
      ofOther: [...one.ofOther, rounded(answer.ofOther)],
      other: [...one.other, placeOf(answer.other)],
    }
  })
  const longer = { ...before, names, epochs: [...before.epochs, epoch], examples }
  if (longer.epochs.length <= mostEpochs) return longer
  const keeps = longer.epochs.map((one) => one % (2 * every) === 0 || one === epoch)
  return { ...withLists(longer, (values) => values.filter((_, at) => keeps[at])), every: 2 * every }
}
