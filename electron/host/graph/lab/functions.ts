/** What an expression can call: the engine's functions, by PyTorch's names. */
import type { Tensor } from '../../../../engine/index.ts'

interface LabFunction {
  /** How many it is given. */
  readonly takes: readonly [least: number, most: number]
  readonly call: (given: readonly Tensor[]) => Tensor
}

const of = (call: (x: Tensor) => Tensor): LabFunction => ({ takes: [1, 1], call: ([x]) => call(x!) })
const ofTwo = (call: (x: Tensor, y: Tensor) => Tensor): LabFunction => ({
  takes: [2, 2],
  call: ([x, y]) => call(x!, y!),
})

export const labFunctions: Readonly<Record<string, LabFunction>> = {
  exp: of((x) => x.exp()),
  expm1: of((x) => x.expm1()),
  log: of((x) => x.log()),
  log2: of((x) => x.log2()),
  log10: of((x) => x.log10()),
  log1p: of((x) => x.log1p()),
  sqrt: of((x) => x.sqrt()),
  rsqrt: of((x) => x.rsqrt()),
  reciprocal: of((x) => x.reciprocal()),
  square: of((x) => x.square()),
  abs: of((x) => x.abs()),
  neg: of((x) => x.neg()),
  sign: of((x) => x.sign()),
  floor: of((x) => x.floor()),
  ceil: of((x) => x.ceil()),
  round: of((x) => x.round()),
  sin: of((x) => x.sin()),
  cos: of((x) => x.cos()),
  tan: of((x) => x.tan()),
  asin: of((x) => x.asin()),
  acos: of((x) => x.acos()),
  atan: of((x) => x.atan()),
  sinh: of((x) => x.sinh()),
  cosh: of((x) => x.cosh()),
  tanh: of((x) => x.tanh()),
  erf: of((x) => x.erf()),
  sigmoid: of((x) => x.sigmoid()),
  relu: of((x) => x.relu()),
  detach: of((x) => x.detach()),
  sum: of((x) => x.sum()),
  mean: of((x) => x.mean()),
  prod: of((x) => x.prod()),
  max: of((x) => x.amax()),
  min: of((x) => x.amin()),
  softmax: of((x) => x.softmax(-1)),
  log_softmax: of((x) => x.logSoftmax(-1)),
  logsumexp: of((x) => x.logsumexp(-1)),
  cumsum: of((x) => x.cumsum(0)),
  pow: ofTwo((x, y) => x.pow(y)),
  maximum: ofTwo((x, y) => x.maximum(y)),
  minimum: ofTwo((x, y) => x.minimum(y)),
  atan2: ofTwo((x, y) => x.atan2(y)),
  dot: ofTwo((x, y) => x.mul(y).sum()),
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
  if (Object.hasOwn(labFunctions, plain)) return plain
  if (Object.hasOwn(otherNames, plain)) return otherNames[plain]!
  const [nearest] = Object.keys(labFunctions)
    .map((known) => ({ known, differs: distance(plain, known) }))
    .sort((a, b) => a.differs - b.differs)
  return nearest && nearest.differs <= Math.max(1, Math.floor(plain.length / 3)) ? nearest.known : null
}
