/** Single operations over a range of sizes, ragged ones included: tiles rarely fit what people have. */
import type { Case, OpName, Workload } from '../cases.ts'

/** Labels are the sizes; `gradient` also measures the way back. */
function sizes(op: OpName, list: number[][], gradient: 'with gradient' | 'forward only', prefix = ''): Record<string, Case> {
  const directions = gradient === 'with gradient' ? [false, true] : [false]
  return Object.fromEntries(
    list.flatMap((sizes) =>
      directions.map((gradient): [string, Case] => [
        [prefix, sizes.join('×'), gradient ? 'and gradient' : ''].filter(Boolean).join(' '),
        { kind: 'op', op, sizes, gradient },
      ]),
    ),
  )
} // prettier-ignore

/** Products with factors of float16 or something like it. */
const medium = (...list: number[][]): Record<string, Case> =>
  Object.fromEntries(
    list.map((sizes) => [
      `medium ${sizes.join('×')}`,
      { kind: 'reduced-op', op: 'matmul', sizes, gradient: false },
    ]),
  )

export const matmul: Workload = {
  name: 'matmul',
  about: 'matrix products, m × k × n',
  procedure: 'rounds',
  cases: {
    ...sizes(
      'matmul',
      [
        [64, 64, 64],
        [256, 256, 256],
        [512, 512, 512],
        [1024, 1024, 1024],
        [2048, 2048, 2048],
        [4096, 4096, 4096],
        [625, 625, 625],
        [1, 4096, 1024],
        [64, 3136, 128],
        [127, 1000, 511],
      ],
      'forward only',
    ),
    ...medium([1024, 1024, 1024], [4096, 4096, 4096], [127, 1000, 511]),
  },
  quick: [
    '256×256×256',
    '1024×1024×1024',
    '4096×4096×4096',
    '625×625×625',
    '127×1000×511',
    'medium 1024×1024×1024',
    'medium 4096×4096×4096',
  ],
  large: ['4096×4096×4096', 'medium 4096×4096×4096'],
}

/** n × c × h × w × outputs × kernel. */
export const conv: Workload = {
  name: 'conv',
  about: 'convolutions, images × channels × height × width × outputs × kernel',
  procedure: 'rounds',
  cases: sizes(
    'conv',
    [
      [64, 1, 28, 28, 32, 3],
      [64, 32, 14, 14, 64, 3],
      [128, 16, 32, 32, 16, 3],
      [128, 64, 8, 8, 64, 3],
      [8, 64, 56, 56, 64, 3],
      [8, 64, 56, 56, 128, 1],
      [3, 17, 29, 31, 37, 5],
      [64, 64, 56, 56, 64, 3],
      [64, 256, 14, 14, 256, 3],
    ],
    'with gradient',
  ),
  quick: ['64×32×14×14×64×3', '3×17×29×31×37×5', '64×64×56×56×64×3'],
  large: ['64×64×56×56×64×3', '64×256×14×14×256×3'].flatMap((label) => [label, `${label} and gradient`]),
}

export const elementwise: Workload = {
  name: 'elementwise',
  about: 'relu(x · y + z) over rows × columns: three inputs, one pass where it is fused',
  procedure: 'rounds',
  cases: sizes(
    'elementwise',
    [
      [1000, 37],
      [1024, 1024],
      [4096, 4096],
    ],
    'forward only',
  ),
  quick: ['1024×1024', '4096×4096'],
  large: ['4096×4096'],
}

const planes = [
  [1000, 37],
  [1024, 1024],
  [4096, 4096],
  [37, 100_003],
  [8192, 8192],
]

export const reduce: Workload = {
  name: 'reduce',
  about: 'sums of rows × columns: of everything, of each row, of each column',
  procedure: 'rounds',
  cases: {
    ...sizes('reduce-all', planes, 'forward only', 'all'),
    ...sizes('reduce-rows', planes, 'forward only', 'rows'),
    ...sizes('reduce-columns', planes, 'forward only', 'columns'),
  },
  quick: ['all 4096×4096', 'rows 1024×1024', 'columns 1024×1024', 'columns 37×100003'],
  large: ['all', 'rows', 'columns'].map((which) => `${which} 8192×8192`),
}

const rowWise = [
  [64, 10],
  [1024, 1024],
  [3200, 128],
  [128, 10_007],
  [4096, 4096],
]
const largeRowWise = ['4096×4096', '4096×4096 and gradient']

export const softmax: Workload = {
  name: 'softmax',
  about: 'over the rows of rows × columns',
  procedure: 'rounds',
  cases: sizes('softmax', rowWise, 'with gradient'),
  quick: ['1024×1024', '128×10007 and gradient', '4096×4096'],
  large: largeRowWise,
}

export const layerNorm: Workload = {
  name: 'layer-norm',
  about: 'over the rows of rows × columns, with weight and bias',
  procedure: 'rounds',
  cases: sizes('layer-norm', rowWise, 'with gradient'),
  quick: ['1024×1024', '3200×128 and gradient', '4096×4096'],
  large: largeRowWise,
}

export const crossEntropy: Workload = {
  name: 'cross-entropy',
  about: 'mean over rows of as many classes as columns',
  procedure: 'rounds',
  cases: sizes('cross-entropy', rowWise, 'with gradient'),
  quick: ['1024×1024', '1024×1024 and gradient'],
  large: largeRowWise,
}

export const embedding: Workload = {
  name: 'embedding',
  about: 'entries × width, looked up for so many tokens',
  procedure: 'rounds',
  cases: sizes(
    'embedding',
    [
      [10_000, 128, 3200],
      [30_522, 768, 4096],
      [5003, 37, 999],
      [30_522, 768, 65_536],
    ],
    'with gradient',
  ),
  quick: ['10000×128×3200', '10000×128×3200 and gradient'],
  large: ['30522×768×65536', '30522×768×65536 and gradient'],
}
