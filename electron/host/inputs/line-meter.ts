/** How long the lines of a file are, without looking at each byte of it. */

const lineFeed = 10
const carriageReturn = 13

const lastEnd = (bytes: Buffer): number =>
  Math.max(bytes.lastIndexOf(lineFeed), bytes.lastIndexOf(carriageReturn))

function firstEnd(bytes: Buffer): number {
  const feed = bytes.indexOf(lineFeed)
  const carriage = (feed === -1 ? bytes : bytes.subarray(0, feed)).indexOf(carriageReturn)
  return carriage === -1 ? feed : carriage
}

export interface LineMeter {
  /** The next bytes of the file. */
  take(chunk: Buffer): void
  /** Bytes of the longest line so far; those up to `step` long count as `step`. */
  longest(): number
}

/**
 * Looks for a line end in each stretch of `step` bytes only, so that most of a file with short lines is skipped.
 * `tooLong` is told of a line of more than `most` bytes, with the byte at which it begins, as soon as that is known.
 */
export function lineMeter(most: number, tooLong: (at: number) => never): LineMeter {
  const step = Math.min(1 << 20, most)
  let longest = step
  let base = 0
  let start = 0
  const note = (length: number) => {
    if (length > most) tooLong(start)
    longest = Math.max(longest, length)
  }
  return {
    longest: () => longest,
    take(chunk) {
      const until = base + chunk.length
      while (start < until) {
        const from = Math.max(start, base)
        const stretch = chunk.subarray(from - base, from - base + step)
        const skipped = start === from ? lastEnd(stretch) : -1
        if (skipped !== -1) {
          start = from + skipped + 1
          continue
        }
        const end = firstEnd(chunk.subarray(from - base))
        note((end === -1 ? until : from + end) - start)
        if (end === -1) break
        start = from + end + 1
      }
      base = until
    },
  }
}
