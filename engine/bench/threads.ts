/**
 * `node engine/bench/threads.ts [WORKLOAD …] [--busy]`: training steps on one thread and on all of them, taking turns, and
 * the ratio of their times. `--busy` shares every core with a process that never rests, as people's machines do.
 */
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import type { Case } from './cases.ts'
import { descent } from './contestants/descent/index.ts'
import { probeIterations, type Contestant } from './contestants/protocol.ts'
import { iterationsFor, median } from './measure.ts'
import { ProcessPool } from './process-pool.ts'
import { select } from './selection.ts'
import { workloads } from './workloads/index.ts'

const usual = ['tabular-mlp', 'mnist-mlp', 'lstm', 'cnn']
const patienceSeconds = 60
const runs = 10
/** Of each run: how busy a machine is changes by the second, and is to hit both alike. */
const turnsPerRun = 10
const turnSeconds = 0.1
const warmTurns = 20
const contestants: readonly Contestant[] = [
  { ...descent('wasm', '1'), name: 'one' },
  { ...descent('wasm'), name: 'all' },
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { busy: { type: 'boolean', default: false } },
})

const others = Array.from({ length: values.busy ? availableParallelism() : 0 }, () =>
  spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
)
const pool = new ProcessPool(patienceSeconds)

/** Seconds of a step of each contestant, run by run. */
async function measure(id: string, c: Case): Promise<number[][]> {
  for (const contestant of contestants) {
    await pool.begin(contestant, id, c)
    await pool.ready(contestant, id)
  }
  const secondsOf = async (contestant: Contestant, steps: number): Promise<number> =>
    (await pool.run(contestant, id, '', steps)).seconds / steps
  await secondsOf(contestants[0]!, probeIterations)
  const steps = iterationsFor(await secondsOf(contestants[0]!, probeIterations), turnSeconds)
  const turns = async (count: number): Promise<number[]> => {
    const times = contestants.map(() => 0)
    for (let turn = 0; turn < count; turn++)
      for (const [i, contestant] of contestants.entries())
        times[i]! += (await secondsOf(contestant, steps)) / count
    return times
  }
  await turns(warmTurns)
  const measured: number[][] = []
  for (let run = 0; run < runs; run++) measured.push(await turns(turnsPerRun))
  for (const contestant of contestants) await pool.forget(contestant, id)
  return measured
}

const milliseconds = (seconds: number): string => (seconds * 1000).toFixed(3).padStart(9)

try {
  console.log('workload        one thread all threads  all : one   from run to run')
  for (const { workload, cases } of select(workloads, positionals.length > 0 ? positionals : usual, false)) {
    for (const [label, c] of cases.filter(([, { kind }]) => kind === 'train')) {
      const measured = await measure(workload.name + label, c)
      const [one, all] = contestants.map((_, i) => median(measured.map((run) => run[i]!)))
      const ratios = measured.map(([one, all]) => all! / one!).sort((a, b) => a - b)
      const spread = `${ratios[0]!.toFixed(2)} … ${ratios.at(-1)!.toFixed(2)}`
      const ratio = (all! / one!).toFixed(2).padStart(9)
      console.log(
        `${workload.name.padEnd(15)} ${milliseconds(one!)} ${milliseconds(all!)}  ${ratio}   ${spread}`,
      )
    }
  }
} finally {
  pool.disband()
  for (const other of others) other.kill()
}
process.exit(0)
