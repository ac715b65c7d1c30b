/**
 * On how many threads a program runs: as many as were quickest while it ran, on this machine as busy as it is now.
 *
 * A program runs on one number of threads and now and then, for a moment, on the next smaller or larger one of 1, 2, 4 …
 * all: a trial. Times are averages, not medians, because what a helping thread costs is often that the system holds it up
 * once in a while. What trials lose is kept to a fiftieth of all time, and they become rarer where they confirm each other.
 */

/**
 * How much longer a program took on the larger of two numbers of threads than on the smaller one, in the latest trials: the
 * ratios' logarithms, from the oldest on.
 */
export type Comparison = readonly number[]

/** Enough to tell a difference from an accident. */
const mostTrials = 7

/** With one more trial. When the latest two lie beyond all others, the machine has changed: those are forgotten. */
export function learn(comparison: Comparison, seen: number): Comparison {
  const all = [...comparison.slice(1 - mostTrials), seen]
  const latest = all.slice(-2)
  const earlier = all.slice(0, -2)
  const isBeyond = Math.min(...latest) > Math.max(...earlier) || Math.max(...latest) < Math.min(...earlier)
  return earlier.length > 1 && isBeyond ? latest : all
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** The average without the least and the largest: the system may have done something else during one trial. */
export function typical(comparison: Comparison): number {
  const sorted = comparison.toSorted((a, b) => a - b)
  return mean(sorted.length < 3 ? sorted : sorted.slice(1, -1))
}

/** How far that may be from the truth: by how far trials are apart, where there are several. */
function uncertainty(comparison: Comparison): number {
  const { length } = comparison
  if (length < 3) return 0.25 / length ** 2
  const center = mean(comparison)
  return Math.sqrt(mean(comparison.map((log) => (log - center) ** 2)) / (length - 1))
}

/** Threads that save less than this are left to others. */
const worthwhile = 0.03

/**
 * Whether the larger number of threads pays (1), or the smaller one is as good (-1); 0: it is too early to change anything.
 * Where it is hard to tell, the smaller one wins: it never costs more than it promises.
 */
export function verdict(comparison: Comparison): -1 | 0 | 1 {
  if (comparison.length === 0) return 0
  const log = typical(comparison)
  if (log + uncertainty(comparison) < -worthwhile) return 1
  return log > (comparison.length === 1 ? 0.1 : 0) ? -1 : 0
}

/** What a second thread brings where nobody knows yet: half the time. */
const supposed = -Math.LN2
/** Trials between equals cost little, but not nothing. */
const leastLoss = 0.05

/** Which part of a trial's time is expected to be lost, with the smaller (−1) or the larger number (1) on trial. */
export function expectedLoss(comparison: Comparison, direction: -1 | 1): number {
  const slower = direction * (comparison.length === 0 ? supposed : typical(comparison))
  return Math.max(leastLoss, 1 - Math.exp(-Math.max(0, slower)))
}

/** 1, 2, 4 … and all of them. */
export function levelsOf(threads: number): number[] {
  const levels: number[] = []
  for (let level = 1; level < threads; level *= 2) levels.push(level)
  return [...levels, threads]
}

/** Milliseconds of a trial, or one run where that takes longer: several of the slices in which systems share a core out. */
const trialMs = 30
/** Of all time, what trials may lose; and what they may lose before there is any. */
const lossBudget = 0.02
const firstAllowanceMs = 50
const mostAllowanceMs = 2000
/** Time between two trials of a program, in times of what one loses; doubled with each that changes nothing. */
const spacing = 10
const mostDoublings = 6
/** A program that takes so much longer or shorter than it used to is worth another trial: the ratio's logarithm. */
const remarkable = 0.35
/** In that time, others may have come and gone. */
const forgetAfterMs = 5000

/** Runs at one number of threads that are averaged. */
interface Block {
  ms: number
  runs: number
}

const each = ({ ms, runs }: Block): number => ms / runs

/** What is known of all programs of a device: where those begin that nobody has tried. */
export class ThreadChooser {
  readonly levels: readonly number[]
  /** Of each level with the next. */
  readonly comparisons: Comparison[]
  /** Milliseconds that trials may lose. */
  #allowance = firstAllowanceMs

  constructor(threads: number) {
    this.levels = levelsOf(threads)
    this.comparisons = this.levels.slice(1).map(() => [])
  }

  program(): ThreadChoice {
    return new ThreadChoice(this)
  }

  spent(ms: number): void {
    this.#allowance = Math.min(mostAllowanceMs, this.#allowance + lossBudget * ms)
  }

  lost(ms: number): void {
    this.#allowance -= ms
  }

  allows(ms: number): boolean {
    return ms <= this.#allowance
  }

  /** All threads, but for those that others found not to pay. */
  get level(): number {
    let level = this.levels.length - 1
    while (level > 0 && verdict(this.comparisons[level - 1]!) < 0) level--
    return level
  }
}

/** How one program chooses; whoever runs it asks before and tells after. Time is the caller's, in milliseconds. */
export class ThreadChoice {
  readonly #chooser: ThreadChooser
  #comparisons: Comparison[] | null = null
  #level: number
  /** Runs on the usual number since the last whole block, and what one took in those before; null: not known yet. */
  #block: Block = { ms: 0, runs: 0 }
  #usual: number | null = null
  #blocks = 0
  #trial: (Block & { readonly level: number }) | null = null
  /** A trial that waits for the block after it: it is held against those on both of its sides. */
  #tried: { readonly level: number; readonly each: number } | null = null
  #direction: -1 | 1 = -1
  #sinceTrial = 0
  #doublings = 0
  #isFirst = true
  /** When it ended. */
  #lastRun = -Infinity

  constructor(chooser: ThreadChooser) {
    this.#chooser = chooser
    this.#level = chooser.level
  }

  /** The number of threads for the next run. */
  next(now: number): number {
    if (now - this.#lastRun > forgetAfterMs) this.#forget()
    this.#lastRun = now
    if (!this.#comparisons) this.#moveTo(this.#chooser.level)
    return this.#chooser.levels[this.#trial?.level ?? this.#level]!
  }

  /** The run that was asked for last has taken `ms`. */
  ran(ms: number): void {
    this.#lastRun += ms
    // The first one compiles, or finds nothing in the caches.
    if (this.#isFirst) this.#isFirst = false
    else if (this.#trial) this.#tryOn(this.#trial, ms)
    else this.#goOn(ms)
  }

  #forget(): void {
    this.#comparisons = null
    this.#startOver()
    this.#isFirst = true
  }

  #startOver(): void {
    this.#block = { ms: 0, runs: 0 }
    this.#usual = null
    this.#blocks = 0
    this.#trial = null
    this.#tried = null
    this.#doublings = 0
  }

  #moveTo(level: number): void {
    if (level === this.#level) return
    this.#level = level
    this.#startOver()
  }

  #goOn(ms: number): void {
    this.#chooser.spent(ms)
    this.#sinceTrial += ms
    const block = this.#block
    block.ms += ms
    block.runs++
    if (block.ms < trialMs) return
    this.#block = { ms: 0, runs: 0 }
    const now = each(block)
    const before = this.#usual ?? now
    if (Math.abs(Math.log(now / before)) > remarkable) this.#doublings = 0
    this.#usual = Math.sqrt(before * now)
    this.#blocks++
    if (this.#tried) this.#conclude(this.#tried, this.#usual)
    else this.#begin(this.#usual)
  }

  #begin(usual: number): void {
    // What was compiled a moment ago becomes faster by itself.
    if (this.#blocks < 2) return
    const top = this.#chooser.levels.length - 1
    const direction = this.#level === top ? -1 : this.#level === 0 ? 1 : this.#direction
    const comparison = this.#known(Math.min(this.#level, this.#level + direction))
    const part = expectedLoss(comparison, direction)
    const loss = Math.max(trialMs, usual / (1 - Math.min(part, 0.9))) * part
    if (!this.#chooser.allows(loss)) return
    if (this.#comparisons && this.#sinceTrial < loss * spacing * 2 ** this.#doublings) return
    this.#direction = direction === 1 ? -1 : 1
    this.#trial = { level: this.#level + direction, ms: 0, runs: 0 }
  }

  #tryOn(trial: Block & { readonly level: number }, ms: number): void {
    trial.ms += ms
    trial.runs++
    if (trial.ms < trialMs) return
    this.#chooser.lost(Math.max(0, trial.ms - trial.runs * this.#usual!))
    this.#tried = { level: trial.level, each: each(trial) }
    this.#trial = null
    this.#sinceTrial = 0
  }

  #conclude({ level, each }: { readonly level: number; readonly each: number }, usual: number): void {
    this.#tried = null
    const lower = Math.min(level, this.#level)
    const seen = Math.log(each / usual) * (level > this.#level ? 1 : -1)
    this.#comparisons ??= this.#chooser.comparisons.map(() => [])
    this.#comparisons[lower] = learn(this.#comparisons[lower]!, seen)
    this.#chooser.comparisons[lower] = learn(this.#chooser.comparisons[lower]!, seen)
    const better = verdict(this.#comparisons[lower])
    this.#doublings = Math.min(mostDoublings, this.#doublings + 1)
    if (better === level - this.#level) this.#moveTo(level)
  }

  /** Its own, or what other programs found. */
  #known(lower: number): Comparison {
    const own = this.#comparisons?.[lower] ?? []
    return own.length > 0 ? own : this.#chooser.comparisons[lower]!
  }
}
