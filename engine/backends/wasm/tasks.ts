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
}

/** Kernels one thread runs in order, or shares of one kernel that threads take as they come. */
export interface Task {
  readonly kernels: readonly number[]
  readonly shares: number
}

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
  const phases: { kernels: number[]; shares: number }[][] = []
  works.forEach((work, kernel) => {
    const phase = phases.at(-1) ?? []
    const before = phase.filter((task) => task.kernels.some((other) => dependent(works[other]!, work)))
    const alone = !isShared(work, thresholds)
    // One thread runs small kernels after another faster than two threads tell each other that they have.
    const series = phase.find((task) => task.shares === 1)
    const small = alone && work.nanoseconds < thresholds.sharing
    const joins = small && series && before.every((task) => task === series)
    const shares = alone ? 1 : sharesOf(work, threads, thresholds)
    if (joins) series.kernels.push(kernel)
    else if (phases.length > 0 && before.length === 0) phase.push({ kernels: [kernel], shares })
    else phases.push([{ kernels: [kernel], shares }])
  })
  return phases
}

function sharesOf({ nanoseconds, repeated, pieces }: Work, threads: number, { sharing }: Thresholds): number {
  const worthwhile = Math.floor((2 * nanoseconds) / Math.max(1, sharing))
  // One share for each thread there must be; more of them should not cost more than waiting for the slowest.
  const cheap = Math.max(threads, Math.floor((mostRepeated * nanoseconds) / Math.max(1, repeated)))
  const shares = Math.max(2, Math.min(pieces, worthwhile, cheap, threads * sharesPerThread))
  // As many for each: one more than that would leave all but one thread waiting for it.
  return shares < threads ? shares : shares - (shares % threads)
}

function dependent(earlier: Work, later: Work): boolean {
  const touches = (set: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
    !set.isDisjointFrom(other)
  return (
    touches(earlier.writes, later.reads) ||
    touches(earlier.writes, later.writes) ||
    touches(earlier.reads, later.writes)
  )
}
