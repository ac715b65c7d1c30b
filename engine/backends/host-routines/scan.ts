import type { ScanFn } from '../../compiler/routines.ts'
import type { ComputeType } from '../../tensor/dtype.ts'
import type { HostOperand } from './index.ts'

type Combine = (a: number, b: number) => number

const combiners: Record<ScanFn, Combine> = {
  sum: (a, b) => a + b,
  prod: (a, b) => a * b,
  max: Math.max,
  min: Math.min,
  logaddexp(a, b) {
    const most = Math.max(a, b)
    // Two equal infinities have no difference.
    return Number.isFinite(most) ? most + Math.log1p(Math.exp(Math.min(a, b) - most)) : most
  },
}
/** Of integers, which wrap around. */
const wholeCombiners: Partial<Record<ScanFn, Combine>> = { sum: (a, b) => (a + b) | 0, prod: Math.imul }

const combinerOf = (fn: ScanFn, dtype: ComputeType): Combine =>
  (dtype === 'float32' ? undefined : wholeCombiners[fn]) ?? combiners[fn]

/** See Routine. Row by row, as they lie in memory; what is so far is not kept in `out`, where each step would be rounded. */
export function scan(x: HostOperand, out: HostOperand, fn: ScanFn): void {
  const [outer, n, inner] = x.shape as readonly [number, number, number]
  if (inner === 1 && fn === 'sum' && x.dtype === 'float32') {
    for (let o = 0; o < outer; o++) sumLine(x.values, out.values, o * n, n)
    return
  }
  const row = rowOf(fn, x.dtype)
  const soFar = new Float64Array(inner)
  for (let o = 0; o < outer; o++) {
    soFar.fill(start[fn])
    for (let i = 0; i < n; i++) row(soFar, x.values, out.values, (o * n + i) * inner)
  }
}

/** What changes nothing. */
const start: Record<ScanFn, number> = {
  sum: 0,
  prod: 1,
  max: -Infinity,
  min: Infinity,
  logaddexp: -Infinity,
}

type Numbers = HostOperand['values']
type Row = (soFar: Float64Array, from: Numbers, to: Numbers, at: number) => void

function rowOf(fn: ScanFn, dtype: ComputeType): Row {
  if (fn === 'sum' && dtype === 'float32') return sumRow
  const combine = combinerOf(fn, dtype)
  return (soFar, from, to, at) => {
    for (let c = 0; c < soFar.length; c++) to[at + c] = soFar[c] = combine(soFar[c]!, from[at + c]!)
  }
}

function sumLine(from: Numbers, to: Numbers, at: number, n: number): void {
  let sum = 0
  for (let i = at; i < at + n; i++) to[i] = sum += from[i]!
}

/** Written out: calls would take most of the time. */
const sumRow: Row = (soFar, from, to, at) => {
  for (let c = 0; c < soFar.length; c++) to[at + c] = soFar[c]! += from[at + c]!
}
