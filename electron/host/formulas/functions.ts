/** What the functions of formulas compute: the engine's, in torch, in ONNX, and of a single number. */
import type { OnnxNodes, Tensor } from '../../../engine/index.ts'
import type { FormulaFunctionName } from '../../contract/index.ts'
import { normalCdf } from '../prepare/normal.ts'

/** Whether sums and the like are of all elements, or along the last dimension, which stays. */
export type Along = 'whole' | 'last'

export interface FormulaFunction {
  readonly call: (given: readonly Tensor[], along: Along) => Tensor
  /** Its name under torch, and what it is given there behind the tensors; null: torch has none that is the same. */
  readonly torch: { readonly name: string; readonly tail: string } | null
  /** In float64; absent where it is of a row. */
  readonly number?: Scalar
  /** null: ONNX has nothing for it. */
  readonly onnx: ((nodes: OnnxNodes, given: readonly string[]) => string) | null
}

type Onnx = FormulaFunction['onnx']
const operator =
  (opType: string): Onnx =>
  (nodes, given) =>
    nodes.add(opType, given)
/** Of what another operator gives: log₂ x is log x / log 2. */
const scaled =
  (opType: string, by: number): Onnx =>
  (nodes, given) =>
    nodes.add('Mul', [nodes.add(opType, given), nodes.number(by)])
const lastAxis = { axis: { int: -1 } }

type Scalar = (x: number, y: number) => number

const of = (name: string, call: (x: Tensor) => Tensor, onnx: Onnx, number: Scalar): FormulaFunction => ({
  call: ([x]) => call(x!),
  torch: { name, tail: '' },
  onnx,
  number,
})
const ofTwo = (
  name: string,
  call: (x: Tensor, y: Tensor) => Tensor,
  onnx: Onnx,
  number: Scalar,
): FormulaFunction => ({
  call: ([x, y]) => call(x!, y!),
  torch: { name, tail: '' },
  onnx,
  number,
})
type Reducing = 'sum' | 'mean' | 'prod' | 'amax' | 'amin'
const reducing = (name: Reducing, opType: string): FormulaFunction => ({
  call: ([x], along) => (along === 'whole' ? x![name]() : x![name](-1, true)),
  torch: { name, tail: ', -1, keepdim=True' },
  onnx: (nodes, [x]) =>
    // In this operator alone the dimensions are an input.
    opType === 'ReduceSum'
      ? nodes.add(opType, [x!, nodes.list([-1])], { keepdims: { int: 1 } })
      : nodes.add(opType, [x!], { axes: { ints: [-1] }, keepdims: { int: 1 } }),
})
const lastOf = (
  name: string,
  call: (x: Tensor, along: Along) => Tensor,
  onnx: Onnx,
  tail = ', -1',
): FormulaFunction => ({
  call: ([x], along) => call(x!, along),
  torch: { name, tail },
  onnx,
})

/** A half goes to the even neighbor, as in PyTorch. */
function toEven(x: number): number {
  const down = Math.floor(x)
  const rest = x - down
  return rest < 0.5 || (rest === 0.5 && down % 2 === 0) ? down : down + 1
}

const erf = (x: number): number => 2 * normalCdf(x * Math.SQRT2) - 1

export const implementations: Readonly<Record<FormulaFunctionName, FormulaFunction>> = {
  exp: of('exp', (x) => x.exp(), operator('Exp'), Math.exp),
  expm1: of(
    'expm1',
    (x) => x.expm1(),
    (nodes, x) => nodes.add('Sub', [nodes.add('Exp', x), nodes.number(1)]),
    Math.expm1,
  ),
  log: of('log', (x) => x.log(), operator('Log'), Math.log),
  log2: of('log2', (x) => x.log2(), scaled('Log', 1 / Math.LN2), Math.log2),
  log10: of('log10', (x) => x.log10(), scaled('Log', 1 / Math.LN10), Math.log10),
  log1p: of(
    'log1p',
    (x) => x.log1p(),
    (nodes, [x]) => nodes.add('Log', [nodes.add('Add', [x!, nodes.number(1)])]),
    Math.log1p,
  ),
  sqrt: of('sqrt', (x) => x.sqrt(), operator('Sqrt'), Math.sqrt),
  rsqrt: of(
    'rsqrt',
    (x) => x.rsqrt(),
    (nodes, x) => nodes.add('Reciprocal', [nodes.add('Sqrt', x)]),
    (x) => 1 / Math.sqrt(x),
  ),
  reciprocal: of(
    'reciprocal',
    (x) => x.reciprocal(),
    operator('Reciprocal'),
    (x) => 1 / x,
  ),
  square: of(
    'square',
    (x) => x.square(),
    (nodes, [x]) => nodes.add('Mul', [x!, x!]),
    (x) => x * x,
  ),
  abs: of('abs', (x) => x.abs(), operator('Abs'), Math.abs),
  neg: of(
    'neg',
    (x) => x.neg(),
    operator('Neg'),
    (x) => -x,
  ),
  sign: of('sign', (x) => x.sign(), operator('Sign'), Math.sign),
  floor: of('floor', (x) => x.floor(), operator('Floor'), Math.floor),
  ceil: of('ceil', (x) => x.ceil(), operator('Ceil'), Math.ceil),
  round: of('round', (x) => x.round(), operator('Round'), toEven),
  sin: of('sin', (x) => x.sin(), operator('Sin'), Math.sin),
  cos: of('cos', (x) => x.cos(), operator('Cos'), Math.cos),
  tan: of('tan', (x) => x.tan(), operator('Tan'), Math.tan),
  asin: of('asin', (x) => x.asin(), operator('Asin'), Math.asin),
  acos: of('acos', (x) => x.acos(), operator('Acos'), Math.acos),
  atan: of('atan', (x) => x.atan(), operator('Atan'), Math.atan),
  sinh: of('sinh', (x) => x.sinh(), operator('Sinh'), Math.sinh),
  cosh: of('cosh', (x) => x.cosh(), operator('Cosh'), Math.cosh),
  tanh: of('tanh', (x) => x.tanh(), operator('Tanh'), Math.tanh),
  erf: of('erf', (x) => x.erf(), operator('Erf'), erf),
  sigmoid: of(
    'sigmoid',
    (x) => x.sigmoid(),
    operator('Sigmoid'),
    (x) => 1 / (1 + Math.exp(-x)),
  ),
  relu: of(
    'relu',
    (x) => x.relu(),
    operator('Relu'),
    (x) => Math.max(x, 0),
  ),
  detach: of(
    'detach',
    (x) => x.detach(),
    operator('Identity'),
    (x) => x,
  ),
  sum: reducing('sum', 'ReduceSum'),
  mean: reducing('mean', 'ReduceMean'),
  prod: reducing('prod', 'ReduceProd'),
  max: reducing('amax', 'ReduceMax'),
  min: reducing('amin', 'ReduceMin'),
  softmax: lastOf(
    'softmax',
    (x) => x.softmax(-1),
    (nodes, x) => nodes.add('Softmax', x, lastAxis),
  ),
  log_softmax: lastOf(
    'log_softmax',
    (x) => x.logSoftmax(-1),
    (nodes, x) => nodes.add('LogSoftmax', x, lastAxis),
  ),
  logsumexp: lastOf(
    'logsumexp',
    (x, along) => x.logsumexp(-1, along === 'last'),
    (nodes, x) => nodes.add('ReduceLogSumExp', x, { axes: { ints: [-1] }, keepdims: { int: 1 } }),
    ', -1, keepdim=True',
  ),
  cumsum: lastOf(
    'cumsum',
    (x) => x.cumsum(-1),
    (nodes, [x]) => nodes.add('CumSum', [x!, nodes.list([-1])]),
  ),
  pow: ofTwo('pow', (x, y) => x.pow(y), operator('Pow'), Math.pow),
  maximum: ofTwo('maximum', (x, y) => x.maximum(y), operator('Max'), Math.max),
  minimum: ofTwo('minimum', (x, y) => x.minimum(y), operator('Min'), Math.min),
  atan2: ofTwo('atan2', (x, y) => x.atan2(y), null, Math.atan2),
  dot: { call: ([x, y]) => x!.mul(y!).sum(), torch: null, onnx: null },
}
