/**
 * Places of numbers from the highest down, equal ones in their order. Many are sorted by the digits of their bits, 16 at a time from
 * the lowest on (Knuth, The Art of Computer Programming 3, 5.2.5): no comparison is a call.
 */

const digitBits = 16
const digits = 1 << digitBits
/** Of fewer, counting all digits takes longer than comparing. */
const fewNumbers = 4096

function places(count: number): Int32Array<ArrayBuffer> {
  const order = new Int32Array(count)
  for (let i = 0; i < count; i++) order[i] = i
  return order
}

/** Words that ascend as the numbers descend. The high word has the sign. */
function descending(values: Float64Array): { readonly low: Uint32Array; readonly high: Uint32Array } {
  const [low, high] = [new Uint32Array(values.length), new Uint32Array(values.length)]
  const number = new Float64Array(1)
  const words = new Uint32Array(number.buffer)
  const first = isLittleEndian ? 0 : 1
  for (let i = 0; i < values.length; i++) {
    // −0 is as high as 0.
    number[0] = values[i]! + 0
    const [a, b] = [words[first]!, words[1 - first]!]
    // Of positive numbers the larger have larger bits, of negative ones the smaller.
    const isNegative = b >>> 31 === 1
    low[i] = isNegative ? a : ~a
    high[i] = isNegative ? b : ~b & 0x7fffffff
  }
  return { low, high }
}
const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

export function fromHighest(values: Float64Array): Int32Array {
  // NaN is no number to sort by: whoever has one gets what comparing makes of it.
  if (values.length < fewNumbers || values.some(Number.isNaN))
    return places(values.length).sort((a, b) => values[b]! - values[a]!)
  const { low, high } = descending(values)
  let order = places(values.length)
  let into = new Int32Array(values.length)
  for (const [words, shift] of [
    [low, 0],
    [low, digitBits],
    [high, 0],
    [high, digitBits],
  ] as const) {
    const starts = new Int32Array(digits + 1)
    for (let i = 0; i < words.length; i++) starts[((words[i]! >>> shift) & (digits - 1)) + 1]!++
    for (let digit = 0; digit < digits; digit++) starts[digit + 1]! += starts[digit]!
    for (let i = 0; i < order.length; i++)
      into[starts[(words[order[i]!]! >>> shift) & (digits - 1)]!++] = order[i]!
    ;[order, into] = [into, order]
  }
  return order
}
