/** The order of elements along a dimension. */
import { around } from '../tensor/shape.ts'
import { defineOp } from './define.ts'
import { booleans, integers, sizes, specialRows, specials, uniform, values } from './samples.ts'

/**
 * Positions along `dim`, int32, that put x in order; equal elements keep theirs, and NaN is above all else
 * (torch.argsort, stable).
 */
export const argsort = defineOp<{ dim: number; descending: boolean }>({
  name: 'argsort',
  infer: ([x]) => ({ shape: x!.shape, dtype: 'int32' }),
  lower: (k, [x], { dim, descending }, { shape }) => {
    const rows = k.reshape(x!.dtype === 'bool' ? k.cast(x!, 'int32') : x!, around(shape, dim))
    return k.reshape(k.routine({ name: 'argsort', descending }, [rows])[0]!, shape)
  },
  samples: [
    { inputs: [uniform([3, 4])], attrs: { dim: 1, descending: false } },
    { inputs: [uniform([5, 3])], attrs: { dim: 0, descending: true } },
    { inputs: [uniform([2, 70, 3])], attrs: { dim: 1, descending: false } },
    { inputs: [integers([2, 1100], -9, 9)], attrs: { dim: 1, descending: true } },
    {
      inputs: [values([4], [2 ** 31 - 1, -(2 ** 31), 0, -1], 'int32')],
      attrs: { dim: 0, descending: false },
    },
    { inputs: [booleans([40])], attrs: { dim: 0, descending: false } },
    { inputs: [specialRows], attrs: { dim: 0, descending: false } },
    ...specials.map((input) => ({ inputs: [input], attrs: { dim: 0, descending: true } })),
    ...sizes.map((input) => ({ inputs: [input], attrs: { dim: 0, descending: false } })),
  ],
  torch: 'torch.sort(x0, stable=True, dim=dim, descending=descending)[1].to(torch.int32)',
})
