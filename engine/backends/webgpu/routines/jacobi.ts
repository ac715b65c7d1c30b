/** What Jacobi's methods share on a GPU: pairs are turned, one after the other, until nothing is left between them. */
import { barrier } from './pass.ts'

/** As the host's; in float32 there is less to turn. */
const mostSweeps = 20

export const declarations = ['var<workgroup> rotated: u32;']

interface Pair {
  /** WGSL that declares `first` and `second`, the sizes of p and q, and `between`, what they have in common. */
  readonly measured: readonly string[]
  /** Whether there is anything to turn: all threads know it by themselves. */
  readonly needed: string
  /** WGSL that turns p and q by `cosine` and `sine`; it stands between barriers. */
  readonly turned: readonly string[]
}

/** Sweeps over all pairs p < q below n, until one turned nothing. */
export const sweeps = (n: number, { measured, needed, turned }: Pair): string[] => [
  `for (var sweep = 0; sweep < ${mostSweeps}; sweep++) {`,
  'if (me == 0) { rotated = 0u; }',
  `for (var p = 0; p < ${n}; p++) {`,
  `for (var q = p + 1; q < ${n}; q++) {`,
  ...measured,
  'let half = (second - first) / (2.0f * between);',
  'let slope = select(-1.0f, 1.0f, half >= 0.0f) / (abs(half) + sqrt(half * half + 1.0f));',
  `let needed = ${needed};`,
  'let tangent = select(0.0f, slope, needed);',
  'let cosine = inverseSqrt(tangent * tangent + 1.0f);',
  'let sine = tangent * cosine;',
  'if (me == 0 && needed) { rotated = 1u; }',
  barrier,
  ...turned,
  barrier,
  '} }',
  'if (workgroupUniformLoad(&rotated) == 0u) { break; }',
  '}',
]

/** Turns two elements into one another. */
export const turn = (p: string, q: string): string =>
  `let one = ${p}; let two = ${q}; ${p} = cosine * one - sine * two; ${q} = sine * one + cosine * two;`
