/** Student's t: how far a mean of few values may be off. */

/** That |t| is at most √freedom · tan(angle): finite sums, Abramowitz & Stegun 26.7.3 and 26.7.4. */
function shareWithin(angle: number, freedom: number): number {
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)]
  const odd = freedom % 2 === 1
  let term = odd ? cosine : 1
  let sum = freedom === 1 ? 0 : term
  for (let k = odd ? 3 : 2; k < freedom; k += 2) {
    term *= ((k - 1) / k) * cosine * cosine
    sum += term
  }
  return odd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum
}

/** More differ from the normal distribution in no digit that is shown. */
const mostFreedom = 10_000

/** What |t| stays below with this probability, for so many degrees of freedom: 12.7 for 0.95 and one of them. */
export function studentBound(within: number, freedom: number): number {
  const degrees = Math.min(freedom, mostFreedom)
  let [low, high] = [0, Math.PI / 2]
  for (let turn = 0; turn < 60; turn++) {
    const middle = (low + high) / 2
    if (shareWithin(middle, degrees) < within) low = middle
    else high = middle
  }
  return Math.sqrt(degrees) * Math.tan((low + high) / 2)
}
