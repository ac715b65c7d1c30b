import type { Lanes } from '../../tensor/dtype.ts'
import type { HostOperand } from './index.ts'

/** Below it counting digits costs more than comparing. */
const fewElements = 48

/** See Routine. */
export function argsort(x: HostOperand, out: HostOperand, descending: boolean): void {
  const [outer, n, inner] = x.shape as readonly [number, number, number]
  const order = orderer(x, n, descending)
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < inner; c++) {
      const at = o * n * inner + c
      const positions = order(at, inner)
      for (let i = 0; i < n; i++) out.values[at + i * inner] = positions[i]!
    }
  }
}

/** Finds the order of the n elements at `start`, `start + stride`, …; what it returns is overwritten by the next call. */
type Orderer = (start: number, stride: number) => Int32Array

function orderer({ values }: HostOperand, n: number, descending: boolean): Orderer {
  // No 32 bits hold a float64.
  if (values instanceof Float64Array) return comparer(values, n, descending)
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const key = keyOf(values)
  const keys = new Uint32Array(n)
  const sort = n < fewElements ? insertionSorter(keys) : radixSorter(keys)
  return (start, stride) => {
    for (let i = 0; i < n; i++) {
      const rising = key(bits[start + i * stride]!)
      keys[i] = descending ? ~rising : rising
    }
    return sort()
  }
}

/** Bits as an unsigned number that rises with the element. */
function keyOf(values: Lanes): (bits: number) => number {
  if (values instanceof Uint32Array) return (bits) => bits
  if (values instanceof Int32Array) return (bits) => bits ^ 0x80000000
  return (bits) => {
    if ((bits & 0x7fffffff) > 0x7f800000) return 0xffffffff
    // -0 equals 0.
    if (bits === 0x80000000) return 0x80000000
    return bits >= 0x80000000 ? ~bits : bits | 0x80000000
  }
}

function insertionSorter(keys: Uint32Array): () => Int32Array {
  const order = new Int32Array(keys.length)
  return () => {
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!
      let at = i
      while (at > 0 && keys[order[at - 1]!]! > key) order[at] = order[--at]!
      order[at] = i
    }
    return order
  }
}

const digitBits = 11
const digits = 2 ** digitBits

/** By one digit after the other, the lowest first. */
function radixSorter(keys: Uint32Array): () => Int32Array {
  const n = keys.length
  const [first, second] = [new Int32Array(n), new Int32Array(n)]
  const starts = new Int32Array(digits)
  return () => {
    let [from, to] = [first, second]
    for (let i = 0; i < n; i++) from[i] = i
    for (let shift = 0; shift < 32; shift += digitBits) {
      starts.fill(0)
      for (let i = 0; i < n; i++) starts[(keys[i]! >>> shift) & (digits - 1)]!++
      // One digit for all of them: they are in order already.
      if (starts[(keys[0]! >>> shift) & (digits - 1)] === n) continue
      let start = 0
      for (let digit = 0; digit < digits; digit++) {
        const count = starts[digit]!
        starts[digit] = start
        start += count
      }
      for (let i = 0; i < n; i++) {
        const position = from[i]!
        to[starts[(keys[position]! >>> shift) & (digits - 1)]!++] = position
      }
      ;[from, to] = [to, from]
    }
    return from
  }
}

function comparer(values: Float64Array, n: number, descending: boolean): Orderer {
  const order = new Int32Array(n)
  const sign = descending ? -1 : 1
  return (start, stride) => {
    const at = (position: number): number => values[start + position * stride]!
    for (let i = 0; i < n; i++) order[i] = i
    return order.sort((i, j) => sign * compare(at(i), at(j)) || i - j)
  }
}

/** NaN is above all else, and equal to itself. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return Number(a > b) - Number(a < b)
}
