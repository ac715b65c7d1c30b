/**
 * The normal distribution and its inverse. The inverse is Wichura's (1988, algorithm AS 241, https://doi.org/10.2307/2347330):
 * PPND16 in float64, PPND7 as ONNX nodes, whose float32 it is made for.
 */
import type { OnnxNodes } from '../../../engine/index.ts'

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0)

/** Below this distance from ½ the middle formula holds. */
const middle = 0.425
const center = {
  a: [
    3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
    45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
  ],
  b: [
    1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867,
    39307.89580009271061, 28729.085735721942674, 5226.495278852545925,
  ],
}
const near = {
  a: [
    1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
    1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
  ],
  b: [
    1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
    0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
  ],
}
const far = {
  a: [
    6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123,
    0.026532189526576123093, 0.0012426609473880784386, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
  ],
  b: [
    1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525, 7.868691311456132591e-4,
    1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15,
  ],
}
const ratio = ({ a, b }: { a: readonly number[]; b: readonly number[] }, x: number): number =>
  polynomial(a, x) / polynomial(b, x)

/** Φ⁻¹ of a share between 0 and 1, both excluded. */
export function normalQuantile(share: number): number {
  const q = share - 0.5
  if (Math.abs(q) <= middle) return q * ratio(center, middle * middle - q * q)
  const r = Math.sqrt(-Math.log(q < 0 ? share : 1 - share))
  const size = r <= 5 ? ratio(near, r - 1.6) : ratio(far, r - 5)
  return q < 0 ? -size : size
}

/** Φ by Cody's error function in the form of Abramowitz & Stegun 7.1.26 would be too coarse: a continued fraction in the tails, a series in the middle. */
export function normalCdf(z: number): number {
  const x = Math.abs(z)
  if (Number.isNaN(z)) return NaN
  if (x > 38) return z > 0 ? 1 : 0
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)
  let tail: number
  if (x < 3) {
    // Φ(x) = ½ + φ(x) · (x + x³/3 + x⁵/(3·5) + …)
    let [term, sum] = [x, x]
    for (let k = 3; term > sum * 1e-17; k += 2) {
      term *= (x * x) / k
      sum += term
    }
    tail = 0.5 - density * sum
  } else {
    // 1 − Φ(x) = φ(x) / (x + 1/(x + 2/(x + 3/(x + …))))
    let fraction = x
    for (let k = 100; k > 0; k--) fraction = x + k / fraction
    tail = density / fraction
  }
  return z > 0 ? 1 - tail : tail
}

const short = {
  center: {
    a: [3.3871327179, 50.434271938, 159.29113202, 59.10937472],
    b: [1, 17.895169469, 78.757757664, 67.1875636],
  },
  near: { a: [1.4234372777, 2.75681539, 1.3067284816, 0.17023821103], b: [1, 0.7370016425, 0.12021132975] },
  far: {
    a: [6.657905115, 3.081226386, 0.42868294337, 0.017337203997],
    b: [1, 0.24197894225, 0.012258202635],
  },
}

/** Φ⁻¹ as nodes. `below` and `above` are the share and 1 minus it, each exact where it is small. */
export function quantileNodes(nodes: OnnxNodes, below: string, above: string): string {
  const number = (value: number): string => nodes.number(value)
  const add = (a: string, b: string): string => nodes.add('Add', [a, b])
  const mul = (a: string, b: string): string => nodes.add('Mul', [a, b])
  const poly = (coefficients: readonly number[], x: string): string =>
    coefficients
      .slice(0, -1)
      .reduceRight((sum, coefficient) => add(mul(sum, x), number(coefficient)), number(coefficients.at(-1)!))
  const divide = ({ a, b }: { a: readonly number[]; b: readonly number[] }, x: string): string =>
    nodes.add('Div', [poly(a, x), poly(b, x)])
  const q = mul(nodes.add('Sub', [below, above]), number(0.5))
  const inMiddle = mul(q, divide(short.center, nodes.add('Sub', [number(middle * middle), mul(q, q)])))
  const smaller = nodes.add('Max', [nodes.add('Min', [below, above]), number(1e-30)])
  const r = nodes.add('Sqrt', [nodes.add('Neg', [nodes.add('Log', [smaller])])])
  const from = (shift: number): string => nodes.add('Sub', [r, number(shift)])
  const size = nodes.add('Where', [
    nodes.add('LessOrEqual', [r, number(5)]),
    divide(short.near, from(1.6)),
    divide(short.far, from(5)),
  ])
  const tail = mul(size, nodes.add('Sign', [q]))
  return nodes.add('Where', [
    nodes.add('LessOrEqual', [nodes.add('Abs', [q]), number(middle)]),
    inMiddle,
    tail,
  ])
}
