/** Functions JavaScript's Math lacks, to float64 precision. */

/**
 * The error function: its Maclaurin series near zero, Lentz's continued fraction for erfc beyond
 * (Abramowitz & Stegun 7.1.5 and 7.1.14).
 */
export function erf(x: number): number {
  const a = Math.abs(x)
  if (Number.isNaN(x)) return NaN
  if (a > 6) return Math.sign(x)
  return Math.sign(x) * (a < 2.5 ? erfSeries(a) : 1 - erfcFraction(a))
}

function erfSeries(x: number): number {
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 200; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

function erfcFraction(x: number): number {
  let fraction = 0
  for (let n = 60; n > 0; n--) fraction = n / 2 / (x + fraction)
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction)
}
