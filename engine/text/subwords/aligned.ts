/** A text that is rewritten, and remembers of each of its characters where it came from. */

/** A stretch of the present text, from `from` to before `to`, that becomes `text`; an insertion where it is empty. */
export interface Rewriting {
  readonly text: string
  readonly from: number
  readonly to: number
}

/** What stands where, in code units. */
export interface Span {
  readonly from: number
  readonly to: number
}

export class AlignedText {
  readonly text: string
  /** Where each code unit's source begins in the original, and where it ends. */
  readonly starts: Int32Array
  readonly ends: Int32Array

  private constructor(text: string, starts: Int32Array, ends: Int32Array) {
    this.text = text
    this.starts = starts
    this.ends = ends
  }

  static of(text: string): AlignedText {
    const starts = new Int32Array(text.length)
    const ends = new Int32Array(text.length)
    let at = 0
    for (const char of text) {
      const end = at + char.length
      starts.fill(at, at, end)
      ends.fill(end, at, end)
      at = end
    }
    return new AlignedText(text, starts, ends)
  }

  slice(from: number, to: number): AlignedText {
    return new AlignedText(
      this.text.slice(from, to),
      this.starts.subarray(from, to),
      this.ends.subarray(from, to),
    )
  }

  /** Of a stretch, in the original. */
  source(from: number, to: number): [start: number, end: number] {
    if (from < to) return [this.starts[from]!, this.ends[to - 1]!]
    const at = from < this.starts.length ? this.starts[from]! : (this.ends.at(-1) ?? 0)
    return [at, at]
  }

  /** The stretches must stand in order, and be all of the text that is to stay. */
  rewrite(parts: readonly Rewriting[]): AlignedText {
    const length = parts.reduce((sum, { text }) => sum + text.length, 0)
    const starts = new Int32Array(length)
    const ends = new Int32Array(length)
    let at = 0
    for (const { text, from, to } of parts) {
      if (to - from === text.length && this.text.startsWith(text, from)) {
        starts.set(this.starts.subarray(from, to), at)
        ends.set(this.ends.subarray(from, to), at)
      } else {
        const [start, end] = this.source(from, to)
        starts.fill(start, at, at + text.length)
        ends.fill(end, at, at + text.length)
      }
      at += text.length
    }
    return new AlignedText(parts.map(({ text }) => text).join(''), starts, ends)
  }

  /** Other characters at the same places: the text must be as long. */
  spelled(text: string): AlignedText {
    return new AlignedText(text, this.starts, this.ends)
  }

  /** Each character, of up to two code units, becomes what the function says. */
  mapCharacters(become: (char: string) => string): AlignedText {
    let at = 0
    const parts = Array.from(this.text, (char): Rewriting => {
      const from = at
      at += char.length
      return { text: become(char), from, to: at }
    })
    return this.rewrite(parts)
  }

  /** What a global expression finds becomes the content. */
  replaceAll(expression: RegExp, become: (found: string) => string): AlignedText {
    const parts = spansOf(this.text, expression).map(({ from, to, found }): Rewriting => {
      const text = this.text.slice(from, to)
      return { text: found ? become(text) : text, from, to }
    })
    return this.rewrite(parts)
  }

  /** What comes before a text that is not empty stands for its first character, too. */
  prepend(text: string): AlignedText {
    if (this.text === '') return this
    const starts = new Int32Array(text.length + this.text.length).fill(this.starts[0]!)
    const ends = new Int32Array(text.length + this.text.length).fill(this.ends[0]!)
    starts.set(this.starts, text.length)
    ends.set(this.ends, text.length)
    return new AlignedText(text + this.text, starts, ends)
  }
}

/** The whole text as stretches that a global expression found, and those between; none is empty. */
export function spansOf(text: string, expression: RegExp): (Span & { readonly found: boolean })[] {
  const spans: (Span & { found: boolean })[] = []
  let at = 0
  for (const { 0: found, index } of text.matchAll(expression)) {
    if (found === '') continue
    if (index > at) spans.push({ from: at, to: index, found: false })
    at = index + found.length
    spans.push({ from: index, to: at, found: true })
  }
  if (at < text.length) spans.push({ from: at, to: text.length, found: false })
  return spans
}
