/** Gauss–Legendre: places and weights by which a polynomial of degree 2n − 1 is integrated from 0 to 1 without an error. */
export function gaussLegendre(n: number): { readonly at: Float64Array; readonly weights: Float64Array } {
  const at = new Float64Array(n)
  const weights = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    // Newton's method for the root of the Legendre polynomial, from Tricomi's estimate.
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5))
    let slope = 0
    for (let turn = 0; turn < 100; turn++) {
      let [before, value] = [1, x]
      for (let k = 2; k <= n; k++) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k]
      slope = (n * (x * value - before)) / (x * x - 1)
      const step = value / slope
      x -= step
      if (Math.abs(step) < 1e-15) break
    }
    at[n - 1 - i] = (1 + x) / 2
    weights[n - 1 - i] = 1 / ((1 - x * x) * slope * slope)
  }
  return { at, weights }
}
