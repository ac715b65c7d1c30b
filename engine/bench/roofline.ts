/** What share of the machine an operation reaches (Williams, Waterman & Patterson 2009, https://doi.org/10.1145/1498765.1498785). */
import type { OpCase, RooflineCase } from './cases.ts'
import type { Measured } from './measure.ts'
import { workOf } from './metrics.ts'

/** Of an iteration: with less, what it takes to start one would be measured too. */
const leastAmount = 2 ** 26

export const multiplyAdds = (threads: RooflineCase['threads']): RooflineCase => ({
  kind: 'roofline',
  what: 'multiply-add',
  threads,
  bytes: 0,
  amount: 2 ** 28,
})

/** A GPU does so many multiply-adds in less time than it takes to start them: there, an iteration has 64 times as many. */
export const onGpu = (c: RooflineCase): RooflineCase =>
  c.what === 'multiply-add' ? { ...c, amount: 64 * c.amount } : c

/** `bytes`: of the working set, read or half of it read and half of it written. */
export const memoryAccess = (what: 'read' | 'copy', bytes: number): RooflineCase => ({
  kind: 'roofline',
  what,
  threads: 'all',
  bytes,
  amount: bytes * Math.ceil(leastAmount / bytes),
})

const isReduction = ({ op, gradient }: OpCase): boolean => op.startsWith('reduce-') && !gradient

/**
 * What an operation is held against: multiply-adds on all threads; reading as much as a reduction reads; copying as much
 * as others read and write.
 */
export function rooflineOf(c: OpCase): RooflineCase {
  const work = workOf(c)
  if ('flops' in work) return multiplyAdds('all')
  return memoryAccess(isReduction(c) ? 'read' : 'copy', work.bytes)
}

const keyOf = ({ what, threads, bytes }: RooflineCase): string => `${what} ${threads} ${bytes}`

/** What was measured of the machine, through each of our backends. */
export class Rooflines {
  /** By case, then by name: operations, or bytes, a second. */
  readonly #speeds = new Map<string, Map<string, number>>()

  /** Measured again, the best counts. */
  learn(c: RooflineCase, measured: readonly Measured[]): void {
    const speeds = this.#speeds.get(keyOf(c)) ?? new Map<string, number>()
    for (const { name, seconds } of measured)
      speeds.set(name, Math.max(speeds.get(name) ?? 0, c.amount / seconds))
    this.#speeds.set(keyOf(c), speeds)
  }

  knows(c: RooflineCase): boolean {
    return this.#speeds.has(keyOf(c))
  }

  /** null where the machine was not measured. */
  share(c: OpCase, { name, seconds }: Measured): number | null {
    const best = this.#speeds.get(keyOf(rooflineOf(c)))?.get(name)
    if (best === undefined) return null
    const work = workOf(c)
    return ('flops' in work ? work.flops : work.bytes) / seconds / best
  }
}
