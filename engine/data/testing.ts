/** A data set in a module of its own, as workers load it. */
import { tensor } from '../tensor/creation.ts'
import { Dataset } from './dataset.ts'
import type { Generator } from './generator.ts'

export class Noisy extends Dataset {
  readonly length: number
  readonly #failsAt: number | undefined
  constructor(length: number, failsAt?: number) {
    super()
    this.length = length
    this.#failsAt = failsAt
  }

  at(index: number, random: Generator): unknown {
    if (index === this.#failsAt) throw new Error('the file is damaged.')
    const noise = random.random()
    return {
      index: BigInt(index),
      noise,
      pixels: Uint8Array.of(index, index + 1),
      computed: tensor([index]).mul(2),
      name: `row ${index}`,
    }
  }
}

export default function make(options: unknown): Noisy {
  const { length, failsAt } = options as { readonly length: number; readonly failsAt?: number }
  return new Noisy(length, failsAt)
}
