/** Matrices taken apart and systems solved: [.., rows, columns], each matrix of a batch by itself. float32. */
import type { Prim, Primitives } from '../compiler/primitive.ts'
import type { Routine } from '../compiler/routines.ts'
import type { Tensor } from '../tensor/core.ts'
import { formatShape, numel, sameShape, type Shape } from '../tensor/shape.ts'
import { defineMultiOp, defineOp, type ComputedType, type OpRecord, type TensorType } from './define.ts'
import { identity, transposed } from './matrices.ts'
import { uniform, values, type SampleInput } from './samples.ts'

const matrixOf = (shape: Shape): [number, number] => [shape.at(-2)!, shape.at(-1)!]
const batchOf = (shape: Shape): Shape => shape.slice(0, -2)

function requireMatrices(what: string, { shape, dtype }: TensorType): void {
  if (shape.length < 2)
    throw new RangeError(`${what} takes matrices [.., rows, columns], not ${formatShape(shape)}.`)
  if (dtype !== 'float32') throw new TypeError(`${what} takes float32, not ${dtype}: use to('float32').`)
}

function requireSquare(what: string, type: TensorType): void {
  requireMatrices(what, type)
  const [rows, columns] = matrixOf(type.shape)
  if (rows !== columns) throw new RangeError(`${what} takes square matrices, not ${formatShape(type.shape)}.`)
}

/** The outputs of a routine on batches of matrices, in these shapes. */
function computed(
  k: Primitives,
  routine: Routine,
  inputs: readonly Prim[],
  outputs: readonly ComputedType[],
): Prim[] {
  if (inputs.some(({ shape }) => numel(shape) === 0))
    return outputs.map(({ shape, dtype }) => k.const(0, shape, dtype))
  const flat = inputs.map((x) => k.reshape(x, [numel(batchOf(x.shape)), ...matrixOf(x.shape)]))
  return k.routine(routine, flat).map((x, i) => k.reshape(x, outputs[i]!.shape))
}

/** Matrices that can be taken apart: random ones with a strong diagonal. */
const regular = (batch: Shape, n: number, rise = 3): SampleInput => {
  const { values: random } = uniform([...batch, n, n], -1, 1)
  return values(
    [...batch, n, n],
    random.map((x, at) => Math.fround((at % (n * n)) % (n + 1) === 0 ? x + rise : x)),
  )
}
/** The same, equal to their own transposes. */
const symmetric = (batch: Shape, n: number): SampleInput => {
  const { shape, values: list } = regular(batch, n, 4)
  const mirrored = list.map((x, at) => {
    const [start, i, j] = [at - (at % (n * n)), Math.floor((at % (n * n)) / n), at % n]
    return i >= j ? x : list[start + j * n + i]!
  })
  return values(shape, mirrored)
}

interface Triangle {
  readonly upper: boolean
  /** The diagonal is taken to be 1, and not read. */
  readonly unitriangular: boolean
}

/** x with a·x = b for triangular a [.., n, n] and b [.., n, k] of the same batch (torch.linalg.solve_triangular). */
export const solveTriangular: OpRecord<Triangle> = defineOp<Triangle>({
  name: 'solveTriangular',
  half: 'seen',
  infer: ([a, b]) => {
    requireSquare('solveTriangular', a!)
    requireMatrices('solveTriangular', b!)
    const fits = sameShape(batchOf(a!.shape), batchOf(b!.shape)) && a!.shape.at(-1) === b!.shape.at(-2)
    if (!fits)
      throw new RangeError(`solveTriangular: ${formatShape(a!.shape)} does not fit ${formatShape(b!.shape)}.`)
    return b!
  },
  lower: (k, inputs, attrs, output) =>
    computed(k, { name: 'solveTriangular', ...attrs }, inputs, [output])[0]!,
  gradient: ({ inputs: [a], output, attrs: { upper, unitriangular }, apply }, grad) => {
    const right = apply(solveTriangular, [transposed(a!), grad], { upper: !upper, unitriangular })
    const both = right.matmul(transposed(output)).neg()
    const edge = unitriangular ? 1 : 0
    return [upper ? both.triu(edge) : both.tril(-edge), right]
  },
  samples: [
    { inputs: [regular([], 3), uniform([3, 2])], attrs: { upper: false, unitriangular: false } },
    { inputs: [regular([2], 4), uniform([2, 4, 1])], attrs: { upper: true, unitriangular: false } },
    { inputs: [regular([], 5), uniform([5, 5])], attrs: { upper: false, unitriangular: true } },
    { inputs: [regular([2, 1], 3), uniform([2, 1, 3, 2])], attrs: { upper: true, unitriangular: true } },
    { inputs: [regular([], 1), uniform([1, 1])], attrs: { upper: true, unitriangular: false } },
    { inputs: [uniform([0, 0]), uniform([0, 2])], attrs: { upper: true, unitriangular: false } },
  ],
  torch: 'torch.linalg.solve_triangular(x0, x1, upper=upper, unitriangular=unitriangular)',
})

/**
 * Lower L with L·Lᵀ = a (torch.linalg.cholesky). Of a the symmetric part is taken. Where PyTorch raises an error, of a
 * matrix that is not positive definite, all of L is NaN.
 */
export const cholesky = defineOp({
  name: 'cholesky',
  half: 'seen',
  infer: ([a]) => {
    requireSquare('cholesky', a!)
    return a!
  },
  lower: (k, [a], _, output) => computed(k, { name: 'cholesky' }, [symmetricPart(k, a!)], [output])[0]!,
  // Murray 2016, Differentiation of the Cholesky decomposition, https://arxiv.org/abs/1602.07527
  gradient: ({ output: l, apply }, grad) => {
    const inner = transposed(l).matmul(grad.tril())
    const half = inner.tril().sub(inner.mul(identity(inner)).mul(0.5))
    const solve = (x: Tensor): Tensor =>
      apply(solveTriangular, [transposed(l), x], { upper: true, unitriangular: false })
    const whole = solve(transposed(solve(half)))
    return [whole.add(transposed(whole)).mul(0.5)]
  },
  samples: [
    { inputs: [symmetric([], 3)], attrs: null },
    { inputs: [symmetric([2], 4)], attrs: null },
    { inputs: [symmetric([], 1)], attrs: null },
    { inputs: [uniform([0, 0])], attrs: null },
  ],
  torch: 'torch.linalg.cholesky(x0)',
})

function symmetricPart(k: Primitives, a: Prim): Prim {
  const last = a.shape.length - 1
  const order = a.shape.map((_, i) => (i === last ? last - 1 : i === last - 1 ? last : i))
  return k.mul(k.add(a, k.permute(a, order)), 0.5)
}

/**
 * L below the diagonal (its own is 1) and U from it on in one matrix, and the order of a's rows, int32, in which they make
 * L·U (torch.linalg.lu, with the order of rows in place of P). A singular matrix has zeros on U's diagonal.
 */
export const lu = defineMultiOp({
  name: 'lu',
  half: 'seen',
  outputs: ['LU', 'order'],
  infer: ([a]) => {
    requireSquare('lu', a!)
    return [a!, { shape: a!.shape.slice(0, -1), dtype: 'int32' }]
  },
  lower: (k, inputs, _, outputs) => computed(k, { name: 'lu' }, inputs, outputs),
  gradient: ({ outputs: [packed, order], apply }, [grad]) => {
    if (!grad) return [null]
    const l = packed!.tril(-1)
    const u = packed!.triu()
    const inner = transposed(l.add(identity(l))).matmul(grad.tril(-1)).tril(-1)
      .add(grad.triu().matmul(transposed(u)).triu()) // prettier-ignore
    const left = apply(solveTriangular, [transposed(packed!), inner], { upper: true, unitriangular: true })
    const right = apply(solveTriangular, [packed!, transposed(left)], { upper: true, unitriangular: false })
    // Row i of what was taken apart is row order[i] of a.
    return [transposed(right).scatterSum(grad.ndim - 2, order!.unsqueeze(-1), grad.shape)]
  },
  samples: [
    { inputs: [uniform([3, 3])], attrs: null },
    { inputs: [uniform([2, 4, 4])], attrs: null },
    { inputs: [regular([], 1)], attrs: null },
    { inputs: [uniform([0, 0])], attrs: null },
  ],
  torch:
    '(lambda p, l, u: (l.tril(-1) + u, p.argmax(-2).int() if p.numel() else torch.zeros(0)))(*torch.linalg.lu(x0))',
})

/**
 * Q [.., m, n] with orthonormal columns and upper R [.., n, n] with Q·R = a, for m ≥ n (torch.linalg.qr, reduced). A
 * complete Q is [.., m, m], and has no gradient but where it is square.
 */
export const qr = defineMultiOp<{ complete: boolean }>({
  name: 'qr',
  half: 'seen',
  outputs: ['Q', 'R'],
  infer: ([a], { complete }) => {
    requireMatrices('qr', a!)
    const [m, n] = matrixOf(a!.shape)
    if (m < n) throw new RangeError(`qr takes no fewer rows than columns here, not ${formatShape(a!.shape)}.`)
    const shapeOf = (rows: number, columns: number): TensorType => ({
      shape: [...batchOf(a!.shape), rows, columns],
      dtype: 'float32',
    })
    return [shapeOf(m, complete ? m : n), shapeOf(n, n)]
  },
  lower: (k, inputs, { complete }, outputs) => computed(k, { name: 'qr', complete }, inputs, outputs),
  gradient: ({ outputs: [q, r], apply }, [gradQ, gradR]) => {
    if (q!.shape.at(-1) !== r!.shape.at(-1))
      throw new Error(
        'A complete Q of a matrix with more rows than columns has no gradient: use the reduced one.',
      )
    const products = [
      ...(gradR ? [gradR.matmul(transposed(r!))] : []),
      ...(gradQ ? [transposed(q!).matmul(gradQ).neg()] : []),
    ]
    const inner = products.reduce((a, b) => a.add(b)).triu()
    const both = inner.add(transposed(inner)).sub(inner.mul(identity(inner)))
    const turned = q!.matmul(both)
    const whole = gradQ ? turned.add(gradQ) : turned
    return [
      transposed(apply(solveTriangular, [r!, transposed(whole)], { upper: true, unitriangular: false })),
    ]
  },
  samples: [
    { inputs: [regular([], 3)], attrs: { complete: false } },
    { inputs: [uniform([2, 5, 3])], attrs: { complete: false } },
    { inputs: [uniform([4, 1])], attrs: { complete: false } },
    { inputs: [uniform([1, 1], 0.5, 2)], attrs: { complete: true } },
    { inputs: [uniform([3, 0])], attrs: { complete: false } },
  ],
  torch: "tuple(torch.linalg.qr(x0, mode='complete' if complete else 'reduced'))",
})

/** What makes the element largest in size of each column positive: [.., 1, n]. */
function settledSigns(k: Primitives, columns: Prim): Prim {
  const rows = [columns.shape.length - 2]
  const isTurned = k.lt(k.reduce('max', columns, rows), k.neg(k.reduce('min', columns, rows)))
  return k.where(isTurned, k.const(-1, isTurned.shape), 1)
}

/**
 * Eigenvalues [.., n], rising, and eigenvectors as columns [.., n, n] of a's symmetric part (torch.linalg.eigh). Of each
 * vector the element largest in size is positive, where PyTorch leaves the sign open.
 */
export const eigh = defineMultiOp({
  name: 'eigh',
  half: 'seen',
  outputs: ['eigenvalues', 'eigenvectors'],
  infer: ([a]) => {
    requireSquare('eigh', a!)
    return [{ shape: a!.shape.slice(0, -1), dtype: 'float32' }, a!]
  },
  lower: (k, [a], _, outputs) => {
    const [values, vectors] = computed(k, { name: 'eigh' }, [symmetricPart(k, a!)], outputs) as [Prim, Prim]
    if (numel(vectors.shape) === 0) return [values, vectors]
    return [values, k.mul(vectors, k.expand(settledSigns(k, vectors), vectors.shape))]
  },
  gradient: ({ outputs: [values, vectors] }, [gradValues, gradVectors]) => {
    const [w, v] = [values!, vectors!]
    const apart = identity(v)
    const terms = [
      ...(gradValues ? [gradValues.unsqueeze(-1).mul(apart)] : []),
      ...(gradVectors
        ? [
            transposed(v)
              .matmul(gradVectors)
              .div(w.unsqueeze(-2).sub(w.unsqueeze(-1)).add(apart))
              .mul(apart.neg().add(1)),
          ]
        : []),
    ]
    const whole = v.matmul(terms.reduce((a, b) => a.add(b))).matmul(transposed(v))
    return [whole.add(transposed(whole)).mul(0.5)]
  },
  samples: [
    { inputs: [symmetric([], 3)], attrs: null },
    { inputs: [symmetric([2], 4)], attrs: null },
    { inputs: [regular([], 1)], attrs: null },
    { inputs: [uniform([0, 0])], attrs: null },
  ],
  torch:
    '(lambda w, v: (w, v * v.gather(-2, v.abs().argmax(-2, keepdim=True)).sign() if v.numel() else v))(*torch.linalg.eigh((x0 + x0.mT) / 2))',
})

/**
 * U [.., m, n], S [.., n], falling, and V [.., n, n] with U·diag(S)·Vᵀ = a, for m ≥ n (torch.linalg.svd, which gives Vᵀ).
 * Of each of U's columns the element largest in size is positive, where PyTorch leaves the sign open. The gradient is no
 * number where two of S are equal.
 */
export const svd = defineMultiOp({
  name: 'svd',
  half: 'seen',
  outputs: ['U', 'S', 'V'],
  infer: ([a]) => {
    requireMatrices('svd', a!)
    const [m, n] = matrixOf(a!.shape)
    if (m < n)
      throw new RangeError(`svd takes no fewer rows than columns here, not ${formatShape(a!.shape)}.`)
    const batch = batchOf(a!.shape)
    return [a!, { shape: [...batch, n], dtype: 'float32' }, { shape: [...batch, n, n], dtype: 'float32' }]
  },
  lower: (k, inputs, _, outputs) => {
    const [u, s, v] = computed(k, { name: 'svd' }, inputs, outputs) as [Prim, Prim, Prim]
    if (numel(u.shape) === 0) return [u, s, v]
    const signs = settledSigns(k, u)
    return [k.mul(u, k.expand(signs, u.shape)), s, k.mul(v, k.expand(signs, v.shape))]
  },
  // Townsend 2016, Differentiating the Singular Value Decomposition.
  gradient: ({ outputs: [u, s, v] }, [gradU, gradS, gradV]) => {
    const one = identity(v!)
    const [row, column] = [s!.unsqueeze(-2), s!.unsqueeze(-1)]
    const apart = row.square().sub(column.square()).add(one)
    const turned = (vectors: Tensor, grad: Tensor): Tensor => {
      const inner = transposed(vectors).matmul(grad)
      return inner.sub(transposed(inner)).div(apart).mul(one.neg().add(1))
    }
    const inner = [
      ...(gradU ? [turned(u!, gradU).mul(row)] : []),
      ...(gradV ? [column.mul(turned(v!, gradV))] : []),
      ...(gradS ? [gradS.unsqueeze(-1).mul(one)] : []),
    ].reduce((a, b) => a.add(b))
    const within = u!.matmul(inner)
    // What U's gradient asks for outside of the columns' space.
    const outside = gradU?.sub(u!.matmul(transposed(u!).matmul(gradU))).div(row)
    return [(outside ? within.add(outside) : within).matmul(transposed(v!))]
  },
  samples: [
    { inputs: [uniform([3, 3])], attrs: null },
    { inputs: [uniform([2, 5, 3])], attrs: null },
    { inputs: [uniform([4, 1])], attrs: null },
    { inputs: [uniform([1, 1], 0.5, 2)], attrs: null },
    { inputs: [uniform([3, 0])], attrs: null },
  ],
  torch:
    '(lambda u, s, v: (lambda d: (u * d, s, v.mT * d))(u.gather(-2, u.abs().argmax(-2, keepdim=True)).sign() if u.numel() else 1))(*torch.linalg.svd(x0, full_matrices=False))',
})
