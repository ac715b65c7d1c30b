/** A tensor's numbers in a few, for people to look at. */
import type { TensorNumbers, TensorStatistics } from '../../contract/index.ts'

/** Of all elements; everything but their number, and that of those that are not finite, is of the finite ones. */
export function statisticsOf(numbers: ArrayLike<number>): TensorStatistics {
  let [finite, sum, squares, zeros, least, most] = [0, 0, 0, 0, Infinity, -Infinity]
  for (let i = 0; i < numbers.length; i++) {
    const x = numbers[i]!
    if (!Number.isFinite(x)) continue
    finite++
    sum += x
    squares += x * x
    if (x === 0) zeros++
    if (x < least) least = x
    if (x > most) most = x
  }
  const elements = numbers.length
  const notFinite = elements - finite
  if (finite === 0)
    return { elements, notFinite, mean: null, std: null, least: null, most: null, size: null, zeros: null }
  const mean = sum / finite
  // In a second pass: of numbers far from zero the difference of squares would be rounding.
  let spread = 0
  for (let i = 0; i < elements; i++) if (Number.isFinite(numbers[i])) spread += (numbers[i]! - mean) ** 2
  return {
    elements,
    notFinite,
    mean,
    std: Math.sqrt(spread / finite),
    least,
    most,
    size: Math.sqrt(squares / finite),
    zeros: zeros / finite,
  }
}

const mostNumbers = 1024
const bins = 24

export function numbersOf(numbers: ArrayLike<number>): TensorNumbers {
  const { least, most } = statisticsOf(numbers)
  const shown = Array.from({ length: Math.min(numbers.length, mostNumbers) }, (_, i) =>
    Number.isFinite(numbers[i]) ? numbers[i]! : null,
  )
  if (least === null || most === null || least === most) return { numbers: shown, histogram: null }
  const width = (most - least) / bins
  const counts = new Array<number>(bins).fill(0)
  for (let i = 0; i < numbers.length; i++)
    if (Number.isFinite(numbers[i])) counts[Math.min(bins - 1, Math.floor((numbers[i]! - least) / width))]!++
  const edges = Array.from({ length: bins + 1 }, (_, i) => (i === bins ? most : least + i * width))
  return { numbers: shown, histogram: { edges, counts } }
}
