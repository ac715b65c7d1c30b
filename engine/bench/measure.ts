/** Rounds in which everybody takes a turn, so that a busy moment of the machine hits all of them alike. */
import type { Case } from './cases.ts'
import type { ProcessPool } from './process-pool.ts'
import { probeIterations, type Contestant, type Ran } from './contestants/protocol.ts'

export interface Effort {
  rounds: number
  /** How long one turn should last. */
  turnSeconds: number
  /** Who takes longer for a turn, or twice as long for getting ready, is left out. */
  patienceSeconds: number
  /** When nothing new is to be begun any more, as performance.now() tells time. */
  until: number
}

export interface Measured {
  /** With its variant, where it has several. */
  name: string
  contestant: Contestant
  device: string
  version: string
  /** Of one iteration: the median over the rounds; for a roofline the least. */
  seconds: number
  /** What the first iterations computed, and the last. */
  probe: number
  result: number
  iterations: number
  /** Data path only: share of the time in which the step waits for its batch. */
  waiting: number | null
  /** Bytes at most; null where the system does not say, or the process does other things too. */
  peak: number | null
}
export interface Missing {
  name: string
  ours: boolean
  reason: string
}
export interface Outcome {
  measured: Measured[]
  missing: Missing[]
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export const iterationsFor = (secondsEach: number, turnSeconds: number): number =>
  Math.max(1, Math.min(50_000, Math.round(turnSeconds / secondsEach)))

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export const timeIsUp = 'left out: its share of the time of --quick was over'
export const isTimeUp = ({ until }: Effort): boolean => performance.now() > until

/** One contestant in one of its variants. */
interface Entry {
  name: string
  contestant: Contestant
  device: string
  version: string
  variant: string
  probe: number
  iterations: number
  total: number
  turns: Ran[]
}

const nameOf = (contestant: Contestant, variant: string): string =>
  variant ? `${contestant.name} (${variant})` : contestant.name

/** The first iterations compile, and the first turns are optimised while they run: how many iterations fill a turn after that. */
async function warmUp(
  pool: ProcessPool,
  entry: Entry,
  id: string,
  effort: Effort,
  first: Ran,
): Promise<void> {
  let each = first.seconds / entry.total
  for (let spent = first.seconds, turns = 0; turns < 3 && spent < 3 * effort.turnSeconds; turns++) {
    const iterations = iterationsFor(each, effort.turnSeconds)
    const { seconds } = await pool.run(entry.contestant, id, entry.variant, iterations)
    entry.total += iterations
    each = seconds / iterations
    spent += seconds
  }
  entry.iterations = iterationsFor(each, effort.turnSeconds)
}

/** All variants of a contestant, warm; or why it cannot take part. */
async function enter(
  pool: ProcessPool,
  contestant: Contestant,
  id: string,
  effort: Effort,
): Promise<Entry[]> {
  const ready = await pool.ready(contestant, id)
  const entries: Entry[] = []
  for (const variant of ready.variants) {
    // The probe belongs to the first variant: the others go on where it ended.
    const iterations = entries.length === 0 ? probeIterations : 1
    const ran = await pool.run(contestant, id, variant, iterations)
    const entry: Entry = {
      name: nameOf(contestant, variant),
      contestant,
      device: ready.device,
      version: ready.version,
      variant,
      probe: entries[0]?.probe ?? ran.result,
      iterations: 1,
      total: iterations,
      turns: [],
    }
    await warmUp(pool, entry, id, effort, ran)
    entries.push(entry)
  }
  return entries
}

function summary(entry: Entry, pool: ProcessPool, c: Case): Measured {
  const { name, contestant, device, version, probe, total: iterations } = entry
  const waits = entry.turns.flatMap(({ seconds, readySeconds }) =>
    readySeconds === undefined ? [] : [Math.max(0, 1 - readySeconds / seconds)],
  )
  // A roofline is what can be reached at best, not usually.
  const typical = c.kind === 'roofline' ? (turns: number[]): number => Math.min(...turns) : median
  return {
    name,
    contestant,
    device,
    version,
    probe,
    iterations,
    seconds: typical(entry.turns.map((ran) => ran.seconds)) / entry.iterations,
    result: entry.turns.at(-1)!.result,
    waiting: waits.length === 0 ? null : median(waits),
    peak: c.kind === 'train' ? (pool.memory(contestant)?.peak ?? null) : null,
  }
}

/** Everybody on one case. Who fails is missing with its reason; the others go on. */
export async function measureCase(
  pool: ProcessPool,
  contestants: readonly Contestant[],
  id: string,
  c: Case,
  effort: Effort,
): Promise<Outcome> {
  const missing: Missing[] = []
  const attempt = async <T>(contestant: Contestant, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work()
    } catch (error) {
      missing.push({ name: contestant.name, ours: contestant.ours, reason: messageOf(error) })
      return undefined
    }
  }
  // Getting ready is not measured, so they do it side by side.
  const able = contestants.filter((contestant) => contestant.kinds.includes(c.kind))
  await Promise.all(able.map((contestant) => pool.begin(contestant, id, c)))
  let entries: Entry[] = []
  for (const contestant of able) {
    const begin = (): Promise<Entry[]> =>
      isTimeUp(effort) ? Promise.reject(new Error(timeIsUp)) : enter(pool, contestant, id, effort)
    entries.push(...((await attempt(contestant, begin)) ?? []))
  }
  for (let round = 0; round < effort.rounds && !(round > 0 && isTimeUp(effort)); round++) {
    for (const entry of entries) {
      const ran = await attempt(entry.contestant, () =>
        pool.run(entry.contestant, id, entry.variant, entry.iterations),
      )
      if (ran) {
        entry.turns.push(ran)
        entry.total += entry.iterations
      } else entries = entries.filter((other) => other.contestant !== entry.contestant)
    }
  }
  const measured = entries.map((entry) => summary(entry, pool, c))
  await Promise.all(able.map((contestant) => pool.forget(contestant, id)))
  return judge(measured, missing, c)
}

/** Augmentation and order are left to chance; all else is the same arithmetic in another order. */
const toleranceOf = (c: Case): number => (c.kind === 'data-path' ? 0.2 : 0.02)

const close = (a: number, b: number, tolerance: number): boolean =>
  Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b))

/**
 * Who says what is right: PyTorch, and where its matrix products are computed in several ways, the one that most others
 * agree with; without it, the first one.
 */
function referenceOf(measured: readonly Measured[], tolerance: number): Measured | undefined {
  const agreeing = ({ probe }: Measured): number =>
    measured.filter((m) => close(m.probe, probe, tolerance)).length
  const judges = measured.filter((m) => m.contestant.name === 'pytorch')
  return judges.toSorted((a, b) => agreeing(b) - agreeing(a))[0] ?? measured[0]
}

/** Nobody wins by computing something else, or by not learning. */
export function judge(measured: readonly Measured[], missing: readonly Missing[], c: Case): Outcome {
  const reference = referenceOf(measured, toleranceOf(c))
  const objection = (m: Measured): string | null => {
    if (!close(m.probe, reference!.probe, toleranceOf(c)))
      return `it computed something else: ${m.probe.toFixed(3)} where ${reference!.name} has ${reference!.probe.toFixed(3)}`
    const chance = c.kind === 'train' ? Math.log(c.model.classes) : Infinity
    if (m.iterations >= 300 && !(m.result < 0.95 * chance) && c.kind === 'train')
      return `it did not learn: loss ${m.result.toFixed(3)}, chance ${chance.toFixed(3)}`
    return null
  }
  const objected = measured.flatMap((m): Missing[] => {
    const reason = objection(m)
    return reason ? [{ name: m.name, ours: m.contestant.ours, reason }] : []
  })
  return {
    measured: measured.filter((m) => !objected.some(({ name }) => name === m.name)),
    missing: [...missing, ...objected],
  }
}
