import { defineOp } from './define.ts'
import { integers } from './samples.ts'

/** The four bytes of each 32-bit word, the lowest first: [.., n] (uint32) to [.., 4·n] (int32, 0 … 255). */
export const unpackBytes = defineOp({
  name: 'unpackBytes',
  infer: ([x]) => {
    if (x!.dtype !== 'uint32' || x!.shape.length === 0)
      throw new TypeError(`unpackBytes takes uint32 words, not ${x!.dtype}.`)
    return { shape: x!.shape.with(-1, x!.shape.at(-1)! * 4), dtype: 'int32' }
  },
  lower: (k, [x], _, output) => {
    const each = [...x!.shape, 4]
    const words = k.expand(k.reshape(x!, [...x!.shape, 1]), each)
    const bits = k.cast(k.mul(k.iota(each, each.length - 1), 8), 'uint32')
    return k.reshape(k.cast(k.and(k.shr(words, bits), 255), 'int32'), output.shape)
  },
  samples: [[2, 3], [0, 3], [1]].map((shape) => ({
    inputs: [{ ...integers(shape, 0, 2 ** 32), dtype: 'uint32' }],
    attrs: null,
  })),
  torch: 'torch.stack([(x0 >> shift) & 255 for shift in (0, 8, 16, 24)], -1).flatten(-2).to(torch.int32)',
})
