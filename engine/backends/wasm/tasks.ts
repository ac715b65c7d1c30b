/** What of a program runs at the same time: kernels become tasks, tasks that do not depend on each other a phase. */

/** What the plan must know of a kernel. */
export interface Work {
  /** Memory it touches, by any name under which two kernels' names are equal where their memory is. */
  readonly reads: ReadonlySet<string>
  readonly writes: ReadonlySet<string>
  /** Estimated time on one thread. */
  readonly nanoseconds: number
  /** Part of it that every share does again. */
  readonly repeated: number
  /** Pieces that can be computed in any order; 1: it must stay in one hand. */
  readonly pieces: number
  /** null: nothing is known of which piece touches what. */
  readonly walk: Walk | null
}

/** How a kernel goes over memory. */
export interface Walk {
  readonly iterations: number
  /** Iterations to a piece. */
  readonly grain: number
  /** Of memory, how many elements each iteration has for itself, see OwnElements; nothing where it has none. */
  readonly own: ReadonlyMap<string, number>
}

/**
 * Kernels one thread runs in order, or shares that threads take as they come: of one kernel, or of a chain of them, of which
 * whoever takes a share runs each on the same rows. What one has written is in the cache when the next one reads it.
 */
export interface Task {
  readonly kernels: readonly number[]
  readonly shares: number
  /** Of each kernel how many iterations go with one of that which has fewest. */
  readonly steps: readonly number[]
}

/** Longer chains save nothing more. */
const mostChained = 16
/** Bytes that a chain's share touches at most where there are rows enough: half of the second cache of a core. */
const shareBytes = 2 ** 18

/** Iterations of each that go together, where each kernel can be computed on some rows as soon as those before are there; null: it must wait. */
export function stepsOf(works: readonly Work[]): readonly number[] | null {
  if (works.length === 1) return [1]
  const iterations = works.map(({ walk }) => walk?.iterations ?? 0)
  const fewest = Math.min(...iterations)
  const steps = iterations.map((count) => count / fewest)
  if (fewest === 0 || !steps.every(Number.isInteger)) return null
  const keepApart = works.every((work, i) =>
    works.slice(0, i).every((earlier, j) => {
      const own = (work: Work, name: string, step: number) => (work.walk!.own.get(name) ?? NaN) * step
      return sharedMemory(earlier, work).every(
        (name) => own(earlier, name, steps[j]!) === own(work, name, steps[i]!),
      )
    }),
  )
  return keepApart ? steps : null
}

/** So many iterations of the kernel with fewest are whole grains of every kernel. Grains are powers of two. */
export const grainOf = (grains: readonly number[], steps: readonly number[]): number =>
  Math.max(...grains.map((grain, i) => grain / commonDivisor(grain, steps[i]!)))

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b))

/** What one writes and the other one touches. */
const sharedMemory = (earlier: Work, later: Work): string[] => [
  ...earlier.writes
    .intersection(later.reads.union(later.writes))
    .union(earlier.reads.intersection(later.writes)),
]

/** Tasks that may run at the same time. A phase starts when the one before has ended. */
export type Phase = readonly Task[]

/** From this much work a kernel is shared, in shares of at least half of it: some ten times what handing out one costs. */
const worthSharing = 8_000
/** A thread the system holds up leaves its shares to the others, if there are more shares than threads. */
const sharesPerThread = 4
/** Of a kernel's time. */
const mostRepeated = 0.1
/** Below this much to share, a program is over before a sleeping thread has woken up. */
export const worthThreads = 60_000

export interface Thresholds {
  readonly sharing: number
  readonly threads: number
}

export const usualThresholds: Thresholds = { sharing: worthSharing, threads: worthThreads }

const isShared = (work: Work, { sharing }: Thresholds): boolean =>
  work.pieces > 1 && work.nanoseconds >= sharing

/** Whether several threads would be done sooner than one. */
export function paysThreads(works: readonly Work[], thresholds: Thresholds): boolean {
  const shared = works.filter((work) => isShared(work, thresholds))
  return shared.length > 0 && shared.reduce((sum, w) => sum + w.nanoseconds, 0) >= thresholds.threads
}

/** Keeps the kernels' order but for what does not depend on each other. */
export function planPhases(works: readonly Work[], threads: number, thresholds: Thresholds): Phase[] {
  const phases: { kernels: number[]; shares: number; steps: readonly number[] }[][] = []
  works.forEach((work, kernel) => {
    const phase = phases.at(-1) ?? []
    const before = phase.filter((task) => task.kernels.some((other) => dependent(works[other]!, work)))
    const [only, ...others] = before
    if (only && only.shares > 1 && others.length === 0 && only.kernels.length < mostChained) {
      const chain = [...only.kernels, kernel].map((one) => works[one]!)
      const steps = stepsOf(chain)
      const shares = steps && sharesOfChain(chain, steps, threads, thresholds)
      if (steps && shares) {
        only.kernels.push(kernel)
        Object.assign(only, { steps, shares })
        return
      }
    }
    const alone = !isShared(work, thresholds)
    // One thread runs small kernels after another faster than two threads tell each other that they have.
    const series = phase.find((task) => task.shares === 1)
    const small = alone && work.nanoseconds < thresholds.sharing
    const joins = small && series && before.every((task) => task === series)
    const shares = alone ? 1 : sharesOf(work, threads, thresholds)
    if (joins) series.kernels.push(kernel)
    else if (phases.length > 0 && before.length === 0) phase.push({ kernels: [kernel], shares, steps: [1] })
    else phases.push([{ kernels: [kernel], shares, steps: [1] }])
  })
  return phases
}

function sharesOf(
  { nanoseconds, repeated, pieces }: Pick<Work, 'nanoseconds' | 'repeated' | 'pieces'>,
  threads: number,
  { sharing }: Thresholds,
): number {
  const worthwhile = Math.floor((2 * nanoseconds) / Math.max(1, sharing))
  // One share for each thread there must be; more of them should not cost more than waiting for the slowest.
  const cheap = Math.max(threads, Math.floor((mostRepeated * nanoseconds) / Math.max(1, repeated)))
  const shares = Math.max(2, Math.min(pieces, worthwhile, cheap, threads * sharesPerThread))
  // As many for each: one more than that would leave all but one thread waiting for it.
  return shares < threads ? shares : shares - (shares % threads)
}

/** null: there are too few rows for a chain. */
function sharesOfChain(
  works: readonly Work[],
  steps: readonly number[],
  threads: number,
  thresholds: Thresholds,
): number | null {
  const walks = works.map(({ walk }) => walk!)
  const { iterations } = walks[steps.indexOf(1)]!
  const grain = grainOf(
    walks.map((walk) => walk.grain),
    steps,
  )
  const pieces = Math.floor(iterations / grain)
  if (pieces < 2 * threads) return null
  const nanoseconds = works.reduce((sum, work) => sum + work.nanoseconds, 0)
  const elements = new Map(walks.flatMap(({ own }, i) => [...own].map(([name, n]) => [name, n * steps[i]!])))
  const bytes = 4 * iterations * elements.values().reduce((sum, n) => sum + n, 0)
  const usual = sharesOf({ nanoseconds, repeated: 0, pieces }, threads, thresholds)
  const small = Math.min(pieces, Math.floor(bytes / shareBytes))
  return Math.max(usual, small - (small % threads))
}

const dependent = (earlier: Work, later: Work): boolean =>
  !earlier.writes.isDisjointFrom(later.reads) ||
  !earlier.writes.isDisjointFrom(later.writes) ||
  !earlier.reads.isDisjointFrom(later.writes)
