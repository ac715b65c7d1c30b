/** A tensor's numbers in a few, for people to look at. */
import type { TensorNumbers, TensorStatistics } from '../../contract/index.ts'

/** Of all elements; everything but their number, and that of those that are not finite, is of the finite ones. */
export function statisticsOf(numbers: ArrayLike<number>): TensorStatistics {
  let [finite, zeros, least, most] = [0, 0, Infinity, -Infinity]
  for (let i = 0; i < numbers.length; i++) {
    const x = numbers[i]!
    if (!Number.isFinite(x)) continue
    finite++
    if (x === 0) zeros++
    if (x < least) least = x
    if (x > most) most = x
  }
  const elements = numbers.length
  const notFinite = elements - finite
  if (finite === 0)
    return { elements, notFinite, mean: null, std: null, least: null, most: null, size: null, zeros: null }
  // In units of about the largest: the square of a float64 may be beyond what one can be, its root is not.
  const unit = unitOf(Math.max(-least, most))
  let [sum, squares, spread] = [0, 0, 0]
  for (let i = 0; i < elements; i++) {
    if (!Number.isFinite(numbers[i])) continue
    const x = numbers[i]! / unit
    sum += x
    squares += x * x
  }
  const mean = sum / finite
  // In another pass: of numbers far from zero the difference of squares would be rounding.
  for (let i = 0; i < elements; i++)
    if (Number.isFinite(numbers[i])) spread += (numbers[i]! / unit - mean) ** 2
  // Rounding may bring the largest of all numbers one digit beyond.
  const inFull = (x: number): number => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, x * unit))
  return {
    elements,
    notFinite,
    mean: inFull(mean),
    std: inFull(Math.sqrt(spread / finite)),
    least,
    most,
    size: inFull(Math.sqrt(squares / finite)),
    zeros: zeros / finite,
  }
}

/** A power of two, so that dividing by it rounds nothing. */
const unitOf = (largest: number): number =>
  largest === 0 ? 1 : 2 ** Math.min(1023, Math.floor(Math.log2(largest)))

const mostNumbers = 1024
const bins = 24

export function numbersOf(numbers: ArrayLike<number>): TensorNumbers {
  const { least, most } = statisticsOf(numbers)
  const shown = Array.from({ length: Math.min(numbers.length, mostNumbers) }, (_, i) =>
    Number.isFinite(numbers[i]) ? numbers[i]! : null,
  )
  if (least === null || most === null || least === most) return { numbers: shown, histogram: null }
  const width = most / bins - least / bins
  // So close together that nothing lies between.
  if (width === 0) return { numbers: shown, histogram: null }
  const counts = new Array<number>(bins).fill(0)
  for (let i = 0; i < numbers.length; i++)
    if (Number.isFinite(numbers[i])) counts[Math.min(bins - 1, Math.floor((numbers[i]! - least) / width))]!++
  const edges = Array.from({ length: bins + 1 }, (_, i) => (i === bins ? most : least + i * width))
  return { numbers: shown, histogram: { edges, counts } }
}
