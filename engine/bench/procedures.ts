/** What takes more than turns: starting from nothing, and training for a long time. */
import type { Case } from './cases.ts'
import type { Contestant } from './contestants/protocol.ts'
import { Crew } from './crew.ts'
import {
  isTimeUp,
  median,
  messageOf,
  type Effort,
  type Measured,
  type Missing,
  type Outcome,
} from './measure.ts'
import type { Quantity } from './report.ts'

interface Procedure {
  quantities: Quantity[]
  outcome: Outcome
}

/** Peers for whom a first step of a training means anything. */
const trains = (contestant: Contestant): boolean => contestant.kinds.includes('train')

function found(contestant: Contestant, device: string, version: string, seconds: number): Measured {
  return {
    name: contestant.name,
    contestant,
    device,
    version,
    seconds,
    probe: 0,
    result: 0,
    iterations: 1,
    waiting: null,
    peak: null,
  }
}

const missed = (contestant: Contestant, error: unknown): Missing => ({
  name: contestant.name,
  ours: contestant.ours,
  reason: messageOf(error),
})

/** From launching a program to the end of its first step, in processes of their own, taking turns. */
export async function measureFirstStep(
  contestants: readonly Contestant[],
  c: Case,
  effort: Effort,
): Promise<Procedure> {
  const missing: Missing[] = []
  const times = new Map<Contestant, number[]>()
  const devices = new Map<Contestant, { device: string; version: string }>()
  const rounds = Math.min(effort.rounds, 5)
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants.filter(trains)) {
      if (missing.some(({ name }) => name === contestant.name)) continue
      if (round > 0 && isTimeUp(effort)) continue
      const crew = new Crew(effort.patienceSeconds)
      try {
        // Finding the program is not part of starting it.
        await contestant.launch()
        const start = performance.now()
        await crew.begin(contestant, 'first', c)
        const ready = await crew.ready(contestant, 'first')
        await crew.run(contestant, 'first', ready.variants[0]!, 1)
        const seconds = (performance.now() - start) / 1000
        times.set(contestant, [...(times.get(contestant) ?? []), seconds])
        devices.set(contestant, ready)
      } catch (error) {
        missing.push(missed(contestant, error))
      } finally {
        crew.disband()
      }
    }
  }
  const measured = [...times].map(([contestant, seconds]) => {
    const { device, version } = devices.get(contestant)!
    return found(contestant, device, version, median(seconds))
  })
  const quantity: Quantity = {
    metric: 'launch to first step',
    unit: 's',
    better: 'lower',
    of: (m) => m.seconds,
  }
  return { quantities: [quantity], outcome: { measured, missing } }
}

/** How much memory a long training gains after its first hundredth, in which compilers and pools fill. */
export async function measureGrowth(
  crew: Crew,
  contestants: readonly Contestant[],
  c: Case,
  steps: number,
): Promise<Procedure> {
  const measured: Measured[] = []
  const missing: Missing[] = []
  const growth = new Map<Measured, number>()
  for (const contestant of contestants.filter(trains)) {
    try {
      await crew.begin(contestant, 'memory', c)
      const ready = await crew.ready(contestant, 'memory')
      const variant = ready.variants[0]!
      const { seconds } = await crew.run(contestant, 'memory', variant, Math.ceil(steps / 100))
      const before = crew.memory(contestant)
      for (let part = 1; part < 100; part++)
        await crew.run(contestant, 'memory', variant, Math.ceil(steps / 100))
      const after = crew.memory(contestant)
      if (!before || !after) throw new Error('this system does not say how much memory a process has')
      const one = found(contestant, ready.device, ready.version, seconds)
      measured.push(one)
      growth.set(one, (after.now - before.now) / 1024 ** 2)
    } catch (error) {
      missing.push(missed(contestant, error))
    }
  }
  const quantity: Quantity = {
    metric: `growth over ${steps.toLocaleString('en')} steps`,
    unit: 'MiB',
    better: 'lower',
    of: (m) => growth.get(m) ?? null,
  }
  return { quantities: [quantity], outcome: { measured, missing } }
}
