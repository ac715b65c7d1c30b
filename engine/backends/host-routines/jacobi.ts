/** What Jacobi's methods share: pairs are turned until nothing is left between them (Golub & Van Loan, Matrix Computations, 8.5). */

/** Sweeps over all pairs are quadratic in the end: ten are plenty for any matrix. */
export const mostSweeps = 30

export interface Rotation {
  readonly cosine: number
  readonly sine: number
}

/** The smaller turn after which nothing is left of `between`, what two of these sizes have in common. */
export function rotation(first: number, second: number, between: number): Rotation {
  const half = (second - first) / (2 * between)
  const tangent = (half >= 0 ? 1 : -1) / (Math.abs(half) + Math.sqrt(half ** 2 + 1))
  const cosine = 1 / Math.sqrt(tangent ** 2 + 1)
  return { cosine, sine: tangent * cosine }
}

/** Turns a's element at `p` and b's at `q` into one another. */
export function turn(
  a: Float64Array,
  p: number,
  b: Float64Array,
  q: number,
  { cosine, sine }: Rotation,
): void {
  const [x, y] = [a[p]!, b[q]!]
  a[p] = cosine * x - sine * y
  b[q] = sine * x + cosine * y
}
