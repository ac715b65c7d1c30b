/**
 * Random bits by Threefry-2x32 with 20 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"):
 * only additions, rotations and xors of 32-bit words, so every device gives the same bits.
 */
import type { Prim, Primitives } from '../compiler/primitive.ts'
import type { Shape } from '../tensor/shape.ts'
import { defineOp } from './define.ts'
import { integers, values } from './samples.ts'

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const
/** Skein's key-schedule parity constant. */
const parity = 0x1bd11bda

/** Two words of counter → two words of noise under the two-word key. All uint32, of one shape. */
export function threefry2x32(
  k: Primitives,
  key: readonly [Prim, Prim],
  counter: readonly [Prim, Prim],
): [Prim, Prim] {
  const word = (value: number): Prim => k.const(value >>> 0, key[0].shape, 'uint32')
  const schedule = [key[0], key[1], k.xor(k.xor(key[0], key[1]), word(parity))] as const
  let x0 = k.add(counter[0], schedule[0])
  let x1 = k.add(counter[1], schedule[1])
  for (let group = 0; group < 5; group++) {
    for (const by of rotations[group % 2]!) {
      x0 = k.add(x0, x1)
      x1 = k.xor(k.or(k.shl(x1, word(by)), k.shr(x1, word(32 - by))), x0)
    }
    x0 = k.add(x0, schedule[(group + 1) % 3]!)
    x1 = k.add(k.add(x1, schedule[(group + 2) % 3]!), word(group + 1))
  }
  return [x0, x1]
}

/** uint32 noise of `shape`; the input is the generator's state [seed, offset]. */
export const randomBits = defineOp<{ shape: Shape }>({
  name: 'randomBits',
  infer: (_, { shape }) => ({ shape, dtype: 'uint32' }),
  lower: (k, [state], { shape }) => {
    const count = shape.reduce((n, extent) => n * extent, 1)
    const stateWord = (i: number): Prim => k.expand(k.shrink(state!, [[i, i + 1]]), [count])
    const position = k.cast(k.iota([count], 0), 'uint32')
    const zero = k.const(0, [count], 'uint32')
    const [bits] = threefry2x32(k, [stateWord(0), zero], [position, stateWord(1)])
    return k.reshape(bits, shape)
  },
  samples: [[3, 5], [0, 3], [1]].map((shape) => ({
    inputs: [values([2], [7, 3], 'uint32')],
    attrs: { shape },
  })),
  torch: '',
})

/** Unsigned: zeros come in from the left. */
export const shiftRight = defineOp<{ by: number }>({
  name: 'shiftRight',
  infer: ([x]) => ({ shape: x!.shape, dtype: 'uint32' }),
  lower: (k, [x], { by }) => k.shr(k.cast(x!, 'uint32'), by),
  samples: [[7], [0, 3], [1]].map((shape) => ({
    inputs: [{ ...integers(shape, 0, 2 ** 30), dtype: 'uint32' }],
    attrs: { by: 8 },
  })),
  torch: 'x0 >> by',
})
