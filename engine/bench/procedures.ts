/** What takes more than turns: starting from nothing, and training for a long time. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Case } from './cases.ts'
import type { Contestant } from './contestants/protocol.ts'
import { ProcessPool } from './process-pool.ts'
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

/**
 * Where programs and drivers keep what they compiled, as an environment that moves it all into `folder`: V8's code of
 * JavaScript, Mesa's and NVIDIA's of shaders, CUDA's, and what our engine found out about devices. Metal's and D3D12's
 * caches are the system's own and cannot be moved: there, shaders that ran once are never cold again.
 */
const cachesIn = (folder: string): Record<string, string> => ({
  NODE_COMPILE_CACHE: join(folder, 'code'),
  DESCENT_CACHE: join(folder, 'descent'),
  MESA_SHADER_CACHE_DIR: join(folder, 'mesa'),
  __GL_SHADER_DISK_CACHE_PATH: folder,
  CUDA_CACHE_PATH: join(folder, 'cuda'),
})

interface Start {
  readonly device: string
  readonly version: string
  readonly seconds: number
}

async function timeStart(contestant: Contestant, c: Case, folder: string, effort: Effort): Promise<Start> {
  const pool = new ProcessPool(effort.patienceSeconds, cachesIn(folder))
  try {
    // Finding the program is not part of starting it.
    await contestant.launch()
    const start = performance.now()
    await pool.begin(contestant, 'first', c)
    const { device, version, variants } = await pool.ready(contestant, 'first')
    await pool.run(contestant, 'first', variants[0]!, 1)
    const seconds = (performance.now() - start) / 1000
    await pool.end()
    return { device, version, seconds }
  } finally {
    pool.disband()
  }
}

/**
 * From launching a program to the end of its first step, in processes of their own, taking turns: with all caches empty
 * and then with what that start left in them.
 */
export async function measureFirstStep(
  contestants: readonly Contestant[],
  c: Case,
  effort: Effort,
): Promise<Procedure> {
  const missing: Missing[] = []
  const starts = new Map<Contestant, { cold: Start; warm: Start }[]>()
  const rounds = Math.min(effort.rounds, 5)
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants.filter(trains)) {
      if (missing.some(({ name }) => name === contestant.name)) continue
      if (round > 0 && isTimeUp(effort)) continue
      const folder = mkdtempSync(join(tmpdir(), 'descent-first-step-'))
      try {
        const cold = await timeStart(contestant, c, folder, effort)
        const warm = await timeStart(contestant, c, folder, effort)
        starts.set(contestant, [...(starts.get(contestant) ?? []), { cold, warm }])
      } catch (error) {
        missing.push(missed(contestant, error))
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    }
  }
  const warmSeconds = new Map<Measured, number>()
  const measured = [...starts].map(([contestant, pairs]) => {
    const { device, version } = pairs[0]!.cold
    const one = found(contestant, device, version, median(pairs.map(({ cold }) => cold.seconds)))
    warmSeconds.set(one, median(pairs.map(({ warm }) => warm.seconds)))
    return one
  })
  const quantity = (metric: string, of: Quantity['of']): Quantity => ({
    metric,
    unit: 's',
    better: 'lower',
    of,
  })
  return {
    quantities: [
      quantity('launch to first step, cold', (m) => m.seconds),
      quantity('launch to first step, warm', (m) => warmSeconds.get(m) ?? null),
    ],
    outcome: { measured, missing },
  }
}

/** How much memory a long training gains after its first hundredth, in which compilers and pools fill. */
export async function measureGrowth(
  pool: ProcessPool,
  contestants: readonly Contestant[],
  c: Case,
  steps: number,
): Promise<Procedure> {
  const measured: Measured[] = []
  const missing: Missing[] = []
  const growth = new Map<Measured, number>()
  for (const contestant of contestants.filter(trains)) {
    try {
      await pool.begin(contestant, 'memory', c)
      const ready = await pool.ready(contestant, 'memory')
      const variant = ready.variants[0]!
      const { seconds } = await pool.run(contestant, 'memory', variant, Math.ceil(steps / 100))
      const before = pool.memory(contestant)
      for (let part = 1; part < 100; part++)
        await pool.run(contestant, 'memory', variant, Math.ceil(steps / 100))
      const after = pool.memory(contestant)
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
