/** What a formula can call: the engine's functions, by PyTorch's names. */
import type { OnnxNodes, Tensor } from '../../../engine/index.ts'

/** Whether sums and the like are of all elements, or along the last dimension, which stays. */
export type Along = 'all' | 'last'

export interface FormulaFunction {
  /** How many it is given. */
  readonly takes: 1 | 2
  readonly call: (given: readonly Tensor[], along: Along) => Tensor
  /** Its name under torch, and what it is given there behind the tensors; null: torch has none that is the same. */
  readonly torch: { readonly name: string; readonly tail: string } | null
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

const of = (name: string, call: (x: Tensor) => Tensor, onnx: Onnx): FormulaFunction => ({
  takes: 1,
  call: ([x]) => call(x!),
  torch: { name, tail: '' },
  onnx,
})
const ofTwo = (name: string, call: (x: Tensor, y: Tensor) => Tensor, onnx: Onnx): FormulaFunction => ({
  takes: 2,
  call: ([x, y]) => call(x!, y!),
  torch: { name, tail: '' },
  onnx,
})
type Reducing = 'sum' | 'mean' | 'prod' | 'amax' | 'amin'
const reducing = (name: Reducing, opType: string): FormulaFunction => ({
  takes: 1,
  call: ([x], along) => (along === 'all' ? x![name]() : x![name](-1, true)),
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
  takes: 1,
  call: ([x], along) => call(x!, along),
  torch: { name, tail },
  onnx,
})

export const formulaFunctions: Readonly<Record<string, FormulaFunction>> = {
  exp: of('exp', (x) => x.exp(), operator('Exp')),
  expm1: of(
    'expm1',
    (x) => x.expm1(),
    (nodes, x) => nodes.add('Sub', [nodes.add('Exp', x), nodes.number(1)]),
  ),
  log: of('log', (x) => x.log(), operator('Log')),
  log2: of('log2', (x) => x.log2(), scaled('Log', 1 / Math.LN2)),
  log10: of('log10', (x) => x.log10(), scaled('Log', 1 / Math.LN10)),
  log1p: of(
    'log1p',
    (x) => x.log1p(),
    (nodes, [x]) => nodes.add('Log', [nodes.add('Add', [x!, nodes.number(1)])]),
  ),
  sqrt: of('sqrt', (x) => x.sqrt(), operator('Sqrt')),
  rsqrt: of(
    'rsqrt',
    (x) => x.rsqrt(),
    (nodes, x) => nodes.add('Reciprocal', [nodes.add('Sqrt', x)]),
  ),
  reciprocal: of('reciprocal', (x) => x.reciprocal(), operator('Reciprocal')),
  square: of(
    'square',
    (x) => x.square(),
    (nodes, [x]) => nodes.add('Mul', [x!, x!]),
  ),
  abs: of('abs', (x) => x.abs(), operator('Abs')),
  neg: of('neg', (x) => x.neg(), operator('Neg')),
  sign: of('sign', (x) => x.sign(), operator('Sign')),
  floor: of('floor', (x) => x.floor(), operator('Floor')),
  ceil: of('ceil', (x) => x.ceil(), operator('Ceil')),
  round: of('round', (x) => x.round(), operator('Round')),
  sin: of('sin', (x) => x.sin(), operator('Sin')),
  cos: of('cos', (x) => x.cos(), operator('Cos')),
  tan: of('tan', (x) => x.tan(), operator('Tan')),
  asin: of('asin', (x) => x.asin(), operator('Asin')),
  acos: of('acos', (x) => x.acos(), operator('Acos')),
  atan: of('atan', (x) => x.atan(), operator('Atan')),
  sinh: of('sinh', (x) => x.sinh(), operator('Sinh')),
  cosh: of('cosh', (x) => x.cosh(), operator('Cosh')),
  tanh: of('tanh', (x) => x.tanh(), operator('Tanh')),
  erf: of('erf', (x) => x.erf(), operator('Erf')),
  sigmoid: of('sigmoid', (x) => x.sigmoid(), operator('Sigmoid')),
  relu: of('relu', (x) => x.relu(), operator('Relu')),
  detach: of('detach', (x) => x.detach(), operator('Identity')),
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
  pow: ofTwo('pow', (x, y) => x.pow(y), operator('Pow')),
  maximum: ofTwo('maximum', (x, y) => x.maximum(y), operator('Max')),
  minimum: ofTwo('minimum', (x, y) => x.minimum(y), operator('Min')),
  atan2: ofTwo('atan2', (x, y) => x.atan2(y), null),
  dot: { takes: 2, call: ([x, y]) => x!.mul(y!).sum(), torch: null, onnx: null },
}

/** Names from elsewhere. */
const otherNames: Readonly<Record<string, string>> = {
  ln: 'log',
  power: 'pow',
  arctan: 'atan',
  arcsin: 'asin',
  arccos: 'acos',
  logistic: 'sigmoid',
  average: 'mean',
  product: 'prod',
  amax: 'max',
  amin: 'min',
}

/** How many letters differ. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++)
      next.push(Math.min(row[j]! + (letter === b[j] ? 0 : 1), row[j + 1]! + 1, next[j]! + 1))
    row = next
  }
  return row[b.length]!
}

/** The function that was meant; null where nobody can tell. */
export function nearestFunction(name: string): string | null {
  const plain = name.toLowerCase()
  if (Object.hasOwn(formulaFunctions, plain)) return plain
  if (Object.hasOwn(otherNames, plain)) return otherNames[plain]!
  const [nearest] = Object.keys(formulaFunctions)
    .map((known) => ({ known, differs: distance(plain, known) }))
    .sort((a, b) => a.differs - b.differs)
  return nearest && nearest.differs <= Math.max(1, Math.floor(plain.length / 3)) ? nearest.known : null
}
