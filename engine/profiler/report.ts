/** From times of kernels to tables: medians over the runs, by kernel and by layer. */
import type { StepTimes } from '../tensor/capture.ts'
import type { Pass, Scope } from '../tensor/scope.ts'

/** What a kernel's time was spent on. */
export interface ProfilePart {
  /** A module's dotted name, a name given to recordFunction, `optimizer`, or `other`. */
  readonly layer: string
  /** The module's or optimizer's class; empty where there is none. */
  readonly type: string
  readonly pass: Pass
}

export interface KernelRow {
  /** Kind and sizes, such as `matmul 64×784×256` (rows × inner × columns). */
  readonly kernel: string
  /** The operations fused into it. */
  readonly ops: readonly string[]
  readonly parts: readonly ProfilePart[]
  readonly milliseconds: number
  /** Of the time of all kernels, 0 to 1. */
  readonly share: number
  /** 10⁹ floating-point operations a second; null where there are none, or no time was measurable. */
  readonly gflops: number | null
  /** 10⁹ bytes a second, every byte that must be read or written counted once; null as above. */
  readonly gbps: number | null
}

export interface LayerRow {
  readonly layer: string
  readonly type: string
  /** Milliseconds. A kernel that computes for several layers counts to each in equal parts. */
  readonly forward: number
  readonly backward: number
  readonly optimizer: number
  readonly milliseconds: number
  /** Of the time of all kernels, 0 to 1. */
  readonly share: number
}

export interface StepProfile {
  /** Measured runs of the step. */
  readonly steps: number
  /** `host`: each kernel's time includes starting it and waiting for it. */
  readonly clock: 'device' | 'host'
  /** One step as it usually runs: kernels overlap and share one submission. Median. */
  readonly stepMilliseconds: number
  /** Sum over the kernels, one at a time. */
  readonly kernelMilliseconds: number
  /** In the order in which they run. */
  readonly kernels: readonly KernelRow[]
  /** In the order of the forward pass. */
  readonly layers: readonly LayerRow[]
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return Number.isInteger(middle) ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!
}

const partKey = ({ layer, pass }: ProfilePart): string => `${pass}:${layer}`

function partsOf(scopes: readonly Scope[]): ProfilePart[] {
  const entered = scopes.toSorted((a, b) => a.order - b.order)
  const parts = entered.map(({ layer, type, pass }) => ({ layer, type, pass }))
  const distinct = [...new Map(parts.map((part) => [partKey(part), part])).values()]
  return distinct.length > 0 ? distinct : [{ layer: 'other', type: '', pass: 'forward' }]
}

/** Errors: the runs are of one and the same step, at least one. */
export function summarise(runs: readonly StepTimes[]): StepProfile {
  const first = runs[0]!
  const times = first.kernels.map((_, i) => median(runs.map((run) => run.kernels[i]!.milliseconds)))
  const total = times.reduce((sum, time) => sum + time, 0)
  const share = (milliseconds: number): number => (total > 0 ? milliseconds / total : 0)
  const rate = (amount: number, milliseconds: number): number | null =>
    amount > 0 && milliseconds > 0 ? amount / milliseconds / 1e6 : null
  const kernels = first.kernels.map(({ kernel }, i): KernelRow => {
    const milliseconds = times[i]!
    return {
      kernel: kernel.name,
      ops: kernel.origin.ops,
      parts: partsOf(kernel.origin.scopes),
      milliseconds,
      share: share(milliseconds),
      gflops: rate(kernel.flops, milliseconds),
      gbps: rate(kernel.bytes, milliseconds),
    }
  })
  return {
    steps: runs.length,
    clock: first.clock,
    stepMilliseconds: median(runs.map((run) => run.milliseconds)),
    kernelMilliseconds: total,
    kernels,
    layers: byLayer(kernels, orderOf(first)).map((row) => ({ ...row, share: share(row.milliseconds) })),
  }
}

type Sums = { -readonly [K in Exclude<keyof LayerRow, 'share'>]: LayerRow[K] }

/** Layers as the forward pass enters them, then the optimizer, then what belongs to nothing. */
function orderOf({ kernels }: StepTimes): (layer: string) => number {
  const entered = new Map<string, number>()
  for (const { layer, pass, order } of kernels.flatMap(({ kernel }) => kernel.origin.scopes)) {
    // Optimizers are made before the step.
    const place = pass === 'optimizer' ? Number.MAX_SAFE_INTEGER : order
    entered.set(layer, Math.min(place, entered.get(layer) ?? place))
  }
  return (layer) => entered.get(layer) ?? Infinity
}

function byLayer(kernels: readonly KernelRow[], order: (layer: string) => number): Sums[] {
  const rows = new Map<string, Sums>()
  for (const { parts, milliseconds } of kernels) {
    for (const { layer, type, pass } of parts) {
      const row = rows.get(layer) ?? { layer, type, forward: 0, backward: 0, optimizer: 0, milliseconds: 0 }
      rows.set(layer, row)
      row[pass] += milliseconds / parts.length
      row.milliseconds += milliseconds / parts.length
    }
  }
  return [...rows.values()].toSorted((a, b) => order(a.layer) - order(b.layer))
}
