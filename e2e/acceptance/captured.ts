/**
 * A long training in constant memory: so many captured steps of a small model, in a process of its own, whose memory and whose
 * tensors are looked at all along.
 */
import { readFileSync } from 'node:fs'
import {
  memoryAllocated,
  nn,
  openDevice,
  optim,
  setDefaultDevice,
  capture,
  tensor,
} from '../../engine/index.ts'
import { run } from '../checks/process.ts'
import { nothing, type Tally } from '../checks/reports.ts'

interface Look {
  readonly step: number
  /** Bytes of the process that are in memory, and of tensors. */
  readonly resident: number
  readonly tensors: number
}

/** Linux counts it by itself; elsewhere Node asks. */
function resident(): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024
  } catch {
    return process.memoryUsage.rss()
  }
}

async function train(count: number): Promise<void> {
  const device = await openDevice('wasm', { threads: 1 })
  setDefaultDevice(device)
  const model = new nn.Sequential(new nn.Linear(20, 64), new nn.ReLU(), new nn.Linear(64, 2))
  const optimizer = new optim.Adam(model.parameters(), 1e-3)
  const step = capture((x, y) => {
    optimizer.zeroGrad()
    const loss = nn.functional.crossEntropy(model.forward(x!), y!)
    loss.backward()
    optimizer.step()
    return loss
  })
  const looks: Look[] = []
  const started = performance.now()
  const every = Math.max(1, Math.floor(count / 100))
  let loss = 0
  for (let i = 1; i <= count; i++) {
    // Data that is made anew for each step, as a loader does.
    const x = tensor(
      Float32Array.from({ length: 32 * 20 }, (_, k) => ((i + k) % 13) / 13),
      { shape: [32, 20] },
    )
    const y = tensor(Int32Array.from({ length: 32 }, (_, k) => (i + k) % 2))
    const made = step(x, y)
    if (i % every !== 0) continue
    loss = await made.item()
    globalThis.gc?.()
    looks.push({ step: i, resident: resident(), tensors: memoryAllocated(device) })
  }
  console.log(JSON.stringify({ loss, looks, microseconds: ((performance.now() - started) / count) * 1000 }))
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** The most of a part of the looks: what nobody uses any more is given back now and then, not at once. */
const most = (looks: readonly Look[], of: (look: Look) => number): number => Math.max(...looks.map(of))

/** Holds that the second half of the steps takes no more than the first: 4 MB at most, which is what a heap breathes. */
export async function holdCaptured(count: number): Promise<Tally> {
  const { code, output } = await run(process.execPath, ['--expose-gc', import.meta.filename, String(count)], {
    timeoutSeconds: 7200,
  })
  if (code !== 0) {
    console.log(`✗ ${count} captured steps ended with ${code}: ${output.trim()}`)
    return { ...nothing, failed: 1 }
  }
  const { looks, microseconds } = JSON.parse(output.trim().split('\n').at(-1)!) as {
    readonly looks: readonly Look[]
    readonly microseconds: number
  }
  const half = Math.floor(looks.length / 2)
  const [first, second] = [looks.slice(0, half), looks.slice(half)]
  const resident = [first, second].map((part) => most(part, (look) => look.resident))
  const tensors = [first, second].map((part) => most(part, (look) => look.tensors))
  const isConstant = resident[1]! - resident[0]! <= 4e6 && tensors[1]! - tensors[0]! <= 4e6
  console.log(
    `${isConstant ? '✓' : '✗'} ${count.toLocaleString('en-US')} captured steps of 20-64-2, ${microseconds.toFixed(0)} µs each: ` +
      `at most ${megabytes(resident[0]!)} in the first half and ${megabytes(resident[1]!)} in the second; ` +
      `tensors ${megabytes(tensors[0]!)} and ${megabytes(tensors[1]!)}`,
  )
  return { ...nothing, passed: isConstant ? 1 : 0, failed: isConstant ? 0 : 1 }
}

if (process.argv[1] === import.meta.filename) await train(Number(process.argv[2]))
