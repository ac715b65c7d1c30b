/** Rows of a table by index, one by one or in bags. */
import { defineWithOptions } from '../../functions/define.ts'
import { vectorLength } from '../../functions/norms.ts'
import * as ops from '../../ops/index.ts'
import { edge, integers, uniform, values } from '../../ops/samples.ts'
import { noGrad } from '../../tensor/grad-mode.ts'
import { formatShape } from '../../tensor/shape.ts'
import { apply, cat, type Tensor } from '../../tensor/tensor.ts'
import { oneOf, onlyDefaults } from '../checks.ts'
import { paddingRow } from './sparse.ts'
import { place } from './place.ts'

interface LookupOptions {
  /** A row that is not trained; negative numbers count from the end. */
  readonly paddingIdx?: number
  /** Rows that are looked up and longer are shortened to it, in the table itself. */
  readonly maxNorm?: number
  /** The order of that length; 2 by default. */
  readonly normType?: number
  /** Whether a row's gradient is divided by how often it is looked up; false by default. */
  readonly scaleGradByFreq?: boolean
  /** Only false: gradients are dense. */
  readonly sparse?: false
}

/** An edge: what is not trained, or less, has a slope all the same. */
const table = edge(uniform([3, 2]).values, [3, 2])

/** How often each row is looked up, [rows]. */
const countsOf = (input: Tensor, rows: number): Tensor =>
  input.newFull([input.numel()], 1, 'int32').scatterSum(0, input.reshape([-1]), [rows])

function shorten(input: Tensor, weight: Tensor, maxNorm: number, normType: number): void {
  noGrad(() => {
    const lengths = vectorLength('embedding', weight, normType, { dim: 1, keepdim: true })
    const isLong = lengths.gt(maxNorm).logicalAnd(countsOf(input, weight.shape[0]!).gt(0).unsqueeze(1))
    weight.copy_(isLong.choose(weight.mul(lengths.add(1e-7).pow(-1).mul(maxNorm)), weight))
  })
}

function lookedUp(name: string, input: Tensor, weight: Tensor, options: LookupOptions): Tensor {
  onlyDefaults<LookupOptions>(name, options, { sparse: false })
  const { paddingIdx, maxNorm, normType = 2, scaleGradByFreq = false } = options
  const rows = weight.shape[0] ?? 0
  const row = paddingIdx === undefined ? null : paddingRow(rows, paddingIdx)
  if (maxNorm !== undefined) shorten(input, weight, maxNorm, normType)
  const found = apply(ops.embedding, [input, weight], { paddingIdx: row })
  if (!scaleGradByFreq || found.numel() === 0) return found
  const counts = countsOf(input, rows)
    .indexSelect(0, input.reshape([-1]))
    .reshape([...input.shape, 1])
  // The rows as they are, and of their gradient a part.
  return found.detach().add(found.sub(found.detach()).nanToNum().div(counts))
}

/** Rows of weight [rows, width] by an int32 index [..], to [.., width]. Source: torch.nn.functional.embedding. Errors: a RangeError for a paddingIdx that is no row. */
export const embedding = defineWithOptions({
  name: 'embedding',
  ...place,
  positional: ['paddingIdx', 'maxNorm', 'normType', 'scaleGradByFreq', 'sparse'],
  call: (input: Tensor, weight: Tensor, options: LookupOptions): Tensor =>
    lookedUp('embedding', input, weight, options),
  samples: [
    [integers([2, 3], 0, 5), uniform([5, 3])],
    [integers([4], 0, 3), table, -1],
    [integers([6], 0, 3), table, { scaleGradByFreq: true }],
    [integers([0], 0, 3), uniform([3, 2])],
  ],
})

interface BagOptions extends Omit<LookupOptions, 'paddingIdx'> {
  /** Where in a list of indices each bag begins. */
  readonly offsets?: Tensor
  /** 'mean' by default. */
  readonly mode?: 'sum' | 'mean' | 'max'
  /** By which each row counts, of the input's shape; for 'sum' alone. */
  readonly perSampleWeights?: Tensor
  /** Whether the last offset is the end of the last bag; false by default. */
  readonly includeLastOffset?: boolean
  /** A row that does not count, and is not trained. */
  readonly paddingIdx?: number
}

/** Which elements of the list [n] are in which bag: [bags, n]. */
function membership(input: Tensor, offsets: Tensor, includesEnd: boolean): Tensor {
  const bags = offsets.numel() - (includesEnd ? 1 : 0)
  const places = input.newArange(input.numel())
  const starts = offsets.narrow(0, 0, bags).unsqueeze(1)
  const begun = places.ge(starts)
  if (bags === 0) return begun
  const ended = places.ge(offsets.narrow(0, 1, offsets.numel() - 1).unsqueeze(1))
  const open = input.newFull([1, input.numel()], 0, 'bool')
  return begun.logicalAnd((includesEnd ? ended : cat([ended, open])).logicalNot())
}

/**
 * Rows of a table [rows, width] in bags, each made one: indices [bags, n], or a list [n] with offsets, to [bags, width]. An empty
 * bag gives zeros. Source: torch.nn.functional.embedding_bag.
 * Errors: a RangeError for shapes and options that do not fit each other.
 */
export const embeddingBag = defineWithOptions({
  name: 'embeddingBag',
  ...place,
  positional: [
    'offsets',
    'maxNorm',
    'normType',
    'scaleGradByFreq',
    'mode',
    'sparse',
    'perSampleWeights',
    'includeLastOffset',
    'paddingIdx',
  ],
  call(input: Tensor, weight: Tensor, options: BagOptions): Tensor {
    const { offsets, mode = 'mean', perSampleWeights, includeLastOffset = false, ...rest } = options
    oneOf('embeddingBag: mode', mode, ['sum', 'mean', 'max'])
    if (input.ndim !== 1 && input.ndim !== 2)
      throw new RangeError(`embeddingBag takes indices [bags, n] or [n], not ${formatShape(input.shape)}.`)
    if ((input.ndim === 1) !== (offsets !== undefined))
      throw new RangeError('embeddingBag takes offsets with a list of indices, and with nothing else.')
    if (
      perSampleWeights &&
      (mode !== 'sum' || formatShape(perSampleWeights.shape) !== formatShape(input.shape))
    )
      throw new RangeError(
        `embeddingBag: perSampleWeights are for mode 'sum', and of the shape ${formatShape(input.shape)}.`,
      )
    const rows = lookedUp('embeddingBag', input, weight, rest)
    const weighed = perSampleWeights ? rows.mul(perSampleWeights.unsqueeze(-1)) : rows
    const counts =
      rest.paddingIdx === undefined
        ? input.newFull(input.shape, 1, 'bool')
        : input.ne(paddingRow(weight.shape[0]!, rest.paddingIdx))
    const isIn = offsets ? membership(input, offsets, includeLastOffset).logicalAnd(counts) : counts
    // [bags, n, width]: what lies in each bag.
    const bags = isIn.unsqueeze(2)
    const held = offsets ? weighed.unsqueeze(0) : weighed
    if (mode === 'max') {
      const none = isIn.any(1, true)
      return held.shape[1] === 0
        ? bags.choose(held, 0).sum(1)
        : none.choose(bags.choose(held, -Infinity).amax(1), 0)
    }
    const sums = bags.choose(held, 0).sum(1)
    return mode === 'sum' ? sums : sums.div(isIn.sum(1, true).clamp({ min: 1 }))
  },
  samples: [
    [integers([2, 3], 0, 5), uniform([5, 3])],
    [integers([6], 0, 5), uniform([5, 3]), values([3], [0, 2, 2], 'int32'), null, 2, false, 'sum'],
    [
      integers([6], 0, 5),
      uniform([5, 3]),
      { offsets: values([2], [0, 4], 'int32'), mode: 'sum', perSampleWeights: uniform([6]) },
    ],
    [
      integers([6], 0, 5),
      edge(uniform([5, 3]).values, [5, 3]),
      { offsets: values([3], [0, 2, 6], 'int32'), mode: 'mean', includeLastOffset: true, paddingIdx: 1 },
    ],
    [integers([3, 4], 0, 5), uniform([5, 2]), { mode: 'max' }],
    // One row alone: PyTorch 1.13 divides by how often another one is looked up.
    [values([2, 2], [1, 1, 1, 1], 'int32'), table, { mode: 'sum', scaleGradByFreq: true }],
  ],
})
