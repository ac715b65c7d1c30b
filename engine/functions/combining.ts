/** Tensors of chosen or combined elements: blocks, products of lists, powers, positions of triangles. */
import { edge, integers, uniform, values } from '../ops/samples.ts'
import { wholeNumber } from '../tensor/arguments.ts'
import { Tensor } from '../tensor/core.ts'
import { checkOptions, deviceOf, type TensorOptions } from '../tensor/default-device.ts'
import { formatShape } from '../tensor/shape.ts'
import { defineVariadic, defineWithOptions } from './define.ts'
import { meshgrid } from './arrangement.ts'
import { cat, stack } from './movement.ts'
import { holding } from './operands.ts'
import { signed } from './samples.ts'

/** Matrices along the diagonal of one, zeros beside them; lists are rows. Source: torch.block_diag. Errors: a RangeError for more than two dimensions. */
export const blockDiag = defineVariadic({
  name: 'blockDiag',
  isMethod: false,
  call(...tensors: readonly Tensor[]): Tensor {
    if (tensors.length === 0) throw new RangeError('blockDiag needs at least one tensor.')
    const blocks = tensors.map((x) => {
      if (x.ndim > 2)
        throw new RangeError(`blockDiag takes at most 2 dimensions, not ${formatShape(x.shape)}.`)
      return x.ndim === 2 ? x : x.reshape([1, x.numel()])
    })
    const columns = blocks.reduce((n, { shape }) => n + shape[1]!, 0)
    let before = 0
    return cat(
      blocks.map((block) => {
        const width = block.shape[1]!
        before += width
        return block.pad([[0, 0], [before - width, columns - before]]) // prettier-ignore
      }),
    )
  },
  samples: [
    [uniform([2, 3]), uniform([1, 2])],
    [uniform([2]), uniform([]), uniform([2, 1])],
    [uniform([0, 2]), uniform([2, 2])],
  ],
})

const requireList = (name: string, x: Tensor): void => {
  if (x.ndim !== 1)
    throw new RangeError(`${name} takes lists, of one dimension, not ${formatShape(x.shape)}.`)
}

/** All combinations of an element of each list, [count, lists]; of one list itself. Source: torch.cartesian_prod. Errors: a RangeError for what are no lists. */
export const cartesianProd = defineVariadic({
  name: 'cartesianProd',
  isMethod: false,
  call(...tensors: readonly Tensor[]): Tensor {
    tensors.forEach((x) => {
      requireList('cartesianProd', x)
    })
    if (tensors.length === 1) return tensors[0]!
    return stack(
      meshgrid(...tensors).map((x) => x.reshape([-1])),
      1,
    )
  },
  samples: [
    [uniform([2]), uniform([3])],
    [uniform([2]), uniform([1]), uniform([3])],
    [uniform([3])],
    [uniform([2]), uniform([0])],
  ],
})

/** All choices of r of n numbers in rising order. */
function choices(n: number, r: number, repeated: boolean, from = 0): number[][] {
  if (r === 0) return [[]]
  return Array.from({ length: n - from }, (_, i) => from + i).flatMap((first) =>
    choices(n, r - 1, repeated, repeated ? first : first + 1).map((rest) => [first, ...rest]),
  )
}

interface CombinationOptions {
  /** How many elements; 2 by default. */
  readonly r?: number
  /** Whether an element may be taken more than once; false by default. */
  readonly withReplacement?: boolean
}

/** All choices of r elements of a list, in its order, [count, r]. Source: torch.combinations. Errors: a RangeError for what is no list. */
export const combinations = defineWithOptions({
  name: 'combinations',
  isMethod: false,
  positional: ['r', 'withReplacement'],
  call(input: Tensor, { r = 2, withReplacement = false }: CombinationOptions): Tensor {
    requireList('combinations', input)
    wholeNumber('combinations: r', r, 0)
    if (r === 0) return input.detach().narrow(0, 0, 0)
    const rows = choices(input.shape[0]!, r, withReplacement)
    return input.indexSelect(0, holding(rows.flat(), input.device)).reshape([rows.length, r])
  },
  samples: [
    [uniform([4])],
    [uniform([4]), 3],
    [uniform([3]), { r: 2, withReplacement: true }],
    [uniform([1]), 2],
    [uniform([3]), 0],
  ],
})

interface VanderOptions {
  /** How many columns; as many as elements by default. */
  readonly N?: number
  /** Whether powers rise from 0; false by default. */
  readonly increasing?: boolean
}

/** Powers of each element of a list, [n, N]: from N − 1 to 0, or rising. Source: torch.vander. Errors: a RangeError for what is no list. */
export const vander = defineWithOptions({
  name: 'vander',
  isMethod: false,
  positional: ['N', 'increasing'],
  call(x: Tensor, { N, increasing = false }: VanderOptions): Tensor {
    requireList('vander', x)
    const columns = wholeNumber('vander: N', N ?? x.shape[0]!, 0)
    const powers = x.unsqueeze(1).pow(x.newArange(columns))
    return increasing ? powers : powers.flip(1)
  },
  // Whole numbers: PyTorch 1.13 has no gradient of it. The powers are those of linalg.vander.
  samples: [
    [integers([4], -3, 4)],
    [integers([3], -3, 4), 4],
    [integers([3], -3, 4), 2, true],
    [integers([3], -3, 4), { N: 0 }],
  ],
})

/** Rows and columns for which `isIn` says yes, int32 [2, count]. */
function places(
  name: string,
  row: number,
  col: number,
  isIn: (distance: number) => boolean,
  options: TensorOptions,
): Tensor {
  checkOptions(name, options, ['offset'])
  const [rows, columns] = [wholeNumber(`${name}: row`, row, 0), wholeNumber(`${name}: col`, col, 0)]
  const list = Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_unused, j) => [i, j] as const).filter(([, j]) => isIn(j - i)),
  ).flat()
  const made = holding([...list.map(([i]) => i), ...list.map(([, j]) => j)], deviceOf(options), [
    2,
    list.length,
  ])
  return options.dtype ? made.to(options.dtype) : made
}

interface Triangle extends TensorOptions {
  /** Of the diagonal where the triangle begins; 0 by default. */
  readonly offset?: number
}
const triangle = { isMethod: false, positional: ['offset'], named: ['dtype', 'device'] } as const

/** Positions on and below a diagonal of [row, col], int32 [2, count]: rows, then columns. Source: torch.tril_indices. */
export const trilIndices = defineWithOptions({
  name: 'trilIndices',
  ...triangle,
  call: (row: number, col: number, { offset = 0, ...options }: Triangle): Tensor =>
    places('trilIndices', row, col, (distance) => distance <= offset, options),
  samples: [
    [3, 3],
    [4, 3, 1],
    [2, 4, -1],
    [0, 3],
  ],
})

/** Positions on and above a diagonal of [row, col], int32 [2, count]: rows, then columns. Source: torch.triu_indices. */
export const triuIndices = defineWithOptions({
  name: 'triuIndices',
  ...triangle,
  call: (row: number, col: number, { offset = 0, ...options }: Triangle): Tensor =>
    places('triuIndices', row, col, (distance) => distance >= offset, options),
  samples: [
    [3, 3],
    [4, 3, 1],
    [2, 4, -1],
    [0, 3],
  ],
})

interface MembershipOptions {
  /** Taken for the sake of PyTorch's programs: it changes nothing here. */
  readonly assumeUnique?: boolean
  /** Whether elements are not among them; false by default. */
  readonly invert?: boolean
}

/** Whether each element is among those of testElements; one of both may be a number. Source: torch.isin. Errors: a TypeError for two numbers. */
export const isin = defineWithOptions({
  name: 'isin',
  isMethod: false,
  positional: [],
  named: ['assumeUnique', 'invert'],
  call(
    elements: Tensor | number,
    testElements: Tensor | number,
    { invert = false }: MembershipOptions,
  ): Tensor {
    const model = elements instanceof Tensor ? elements : testElements
    if (!(model instanceof Tensor)) throw new TypeError('isin needs a tensor on one side.')
    const x = elements instanceof Tensor ? elements : model.newFull([], elements, 'float32')
    if (!(testElements instanceof Tensor)) return invert ? x.ne(testElements) : x.eq(testElements)
    const found = x
      .unsqueeze(-1)
      .eq(testElements.reshape([-1]))
      .any(-1)
    return invert ? found.logicalNot() : found
  },
  samples: [
    [integers([3, 4], 0, 9), integers([4], 0, 9)],
    [integers([3, 4], 0, 9), integers([2, 2], 0, 9), { invert: true }],
    [integers([3, 4], 0, 9), 3],
    [edge([NaN, 1, 0]), values([3], [NaN, 0, 5])],
    [uniform([3]), uniform([0])],
    [2, integers([4], 0, 3)],
    [signed, signed, { assumeUnique: true }],
  ],
})
