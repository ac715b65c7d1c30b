/** Rounds in which everybody takes a turn, so that a busy moment of the machine hits all of them alike. */
import { ContestantProcess } from './contestants/process.ts'
import type { Contestant } from './contestants/protocol.ts'
import { classesOf, type Workload } from './workloads/workload.ts'

export interface Measured {
  contestant: Contestant
  device: string
  version: string
  /** Median over the rounds. */
  milliseconds: number
  loss: number
}
export interface Missing {
  contestant: Contestant
  reason: string
}

export interface Effort {
  rounds: number
  /** How long one turn should last. */
  turnSeconds: number
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export const stepsFor = (secondsPerStep: number, effort: Effort): number =>
  Math.max(3, Math.min(20_000, Math.round(effort.turnSeconds / secondsPerStep)))

interface Started {
  contestant: Contestant
  process: ContestantProcess
  steps: number
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error))

async function start(contestant: Contestant, workload: Workload, effort: Effort): Promise<Started | Missing> {
  try {
    const launch = await contestant.launch()
    if ('missing' in launch) return { contestant, reason: launch.missing }
    const process = await ContestantProcess.start(launch, workload)
    // The first steps compile, and the first turns are optimised while they run; only what comes after says how many
    // steps fit into a turn.
    let steps = 20
    for (let warmUp = 0; warmUp < 4; warmUp++)
      steps = stepsFor((await process.run(steps)).secondsPerStep, effort)
    return { contestant, process, steps }
  } catch (error) {
    return { contestant, reason: message(error) }
  }
}

export async function measure(
  workload: Workload,
  contestants: Contestant[],
  effort: Effort,
): Promise<{ measured: Measured[]; missing: Missing[] }> {
  const starts: (Started | Missing)[] = []
  for (const contestant of contestants) starts.push(await start(contestant, workload, effort))
  const started = starts.filter((s) => 'process' in s)
  const missing = starts.filter((s) => 'reason' in s)
  const times = new Map(started.map((s) => [s, [] as number[]]))
  const losses = new Map<Started, number>()
  for (let round = 0; round < effort.rounds; round++)
    for (const s of started) {
      const { secondsPerStep, loss } = await s.process.run(s.steps)
      times.get(s)!.push(secondsPerStep * 1000)
      losses.set(s, loss)
    }
  const measured = started.map((s) => {
    s.process.stop()
    return {
      contestant: s.contestant,
      device: s.process.device,
      version: s.process.version,
      milliseconds: median(times.get(s)!),
      loss: losses.get(s)!,
    }
  })
  return { measured, missing: [...missing, ...notLearning(measured, workload)] }
}

/** A step that does not lower the loss is no training step, however fast. */
function notLearning(measured: Measured[], workload: Workload): Missing[] {
  const chance = Math.log(classesOf(workload))
  return measured
    .filter(({ loss }) => !(loss < 0.95 * chance))
    .map(({ contestant, loss }) => ({
      contestant,
      reason: `it did not learn: loss ${loss.toFixed(3)}, chance ${chance.toFixed(3)}`,
    }))
}
