/** The values of a JSON text, one by one and in bounded memory: elements of a list, or values one after the other. */
import { Digits } from './cells.ts'

/** JSON.parse tells what a number looked like; TypeScript does not know yet. */
type Parse = (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown
const parseWithSource = JSON.parse as Parse

/** Digits or exponents that a double does not hold: their text is the value. */
const risky = /\d{16}|\d[eE]/
const isExact = (value: number, source: string): boolean =>
  Number.isFinite(value) &&
  (Number.isSafeInteger(value) || !/^-?\d+$/.test(source)) &&
  !/^-?[\d.]{18,}/.test(source)

/** What Python writes where JSON has no word: infinities stay as they are written, as in other files. */
const strayWords = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g

/** Throws a SyntaxError. Numbers beyond doubles keep their digits. */
export function parseJson(text: string): unknown {
  const parse = (of: string): unknown =>
    risky.test(of)
      ? parseWithSource(of, (_, value, { source }) =>
          typeof value === 'number' && source !== undefined && !isExact(value, source)
            ? new Digits(source)
            : value,
        )
      : JSON.parse(of)
  try {
    return parse(text)
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error
    return parse(
      text.replaceAll(strayWords, (found) =>
        found.startsWith('"') ? found : found.endsWith('y') ? `"${found}"` : 'null',
      ),
    )
  }
}

export interface JsonPart {
  readonly text: string
  /** Counted from 1. */
  readonly line: number
}

const [quote, backslash, lineFeed] = [34, 92, 10]
const opens = new Set([91, 123])
const closes = new Set([93, 125])
const isSpace = (code: number): boolean => code === 32 || code === 9 || code === 13 || code === lineFeed

/** The elements of one list; values each of which is one line; or values one after the other. */
export type JsonShape = 'list' | 'lines' | 'values'

/** Cuts a text into values without understanding them. */
export class JsonSplitter {
  private buffer = ''
  private at = 0
  private from = -1
  private depth = 0
  private inString = false
  private line = 1
  private begun = 1
  private opened = false
  private closed = false
  /** Of lists one after the other: how many. */
  lists = 1
  private readonly list: boolean
  private readonly lines: boolean
  private readonly longest: number
  private readonly tooLong: (line: number) => never

  private readonly goesOn: (line: number) => never

  /** `tooLong` is told of a value of more than `longest` characters, `goesOn` of what stands behind a list; both by line. */
  constructor(
    shape: JsonShape,
    longest: number,
    tooLong: (line: number) => never,
    goesOn: (line: number) => never,
  ) {
    this.tooLong = tooLong
    this.goesOn = goesOn
    this.list = shape === 'list'
    this.lines = shape === 'lines'
    this.longest = longest
  }

  /** Nothing but blanks and further lists may follow a list. */
  get isComplete(): boolean {
    return this.list ? this.closed : this.from === -1
  }

  take(text: string): JsonPart[] {
    const parts: JsonPart[] = []
    this.buffer += text
    const { buffer } = this
    for (; this.at < buffer.length; this.at++) {
      const code = buffer.charCodeAt(this.at)
      if (code === lineFeed) this.line++
      if (this.inString) {
        if (code === backslash) {
          // What is escaped may come with the next piece.
          if (this.at + 1 >= buffer.length) break
          this.at++
        } else if (code === quote) this.inString = false
        else if (code === lineFeed && !this.list) this.end(parts)
        continue
      }
      if (this.list && !this.opened) {
        if (code === 91) this.opened = true
        continue
      }
      if (this.closed) {
        if (code === 91) {
          this.closed = false
          this.lists++
        } else if (!isSpace(code) && code !== 0) this.goesOn(this.line)
        continue
      }
      const atTop = this.depth === 0
      if (atTop && this.list && (code === 44 || code === 93)) {
        this.end(parts)
        if (code === 93) this.closed = true
        continue
      }
      if (code === lineFeed && (this.lines || (atTop && !this.list))) {
        this.end(parts)
        continue
      }
      if (this.from === -1) {
        if (isSpace(code)) continue
        this.from = this.at
        this.begun = this.line
      }
      if (code === quote) this.inString = true
      else if (opens.has(code)) this.depth++
      else if (closes.has(code)) {
        this.depth--
        if (this.depth <= 0 && !this.list && !this.lines) {
          this.at++
          this.end(parts)
          this.at--
        }
      }
    }
    this.shift()
    return parts
  }

  /** What is left when the text is over. */
  rest(): JsonPart[] {
    const parts: JsonPart[] = []
    this.at = this.buffer.length
    this.end(parts)
    return parts
  }

  private end(parts: JsonPart[]): void {
    if (this.from !== -1) {
      const text = this.buffer.slice(this.from, this.at)
      if (text.trim() !== '') parts.push({ text, line: this.begun })
    }
    this.from = -1
    this.depth = 0
    this.inString = false
  }

  private shift(): void {
    const keep = this.from === -1 ? this.at : this.from
    this.buffer = this.buffer.slice(keep)
    this.at -= keep
    if (this.from !== -1) this.from = 0
    if (this.buffer.length > this.longest) this.tooLong(this.begun)
  }
}

const token = /[\s,:[\]{}]|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity/y

/** Whether a text that is cut off somewhere could be JSON, and its first value a list or an object. */
export function isJson(head: string): boolean {
  const text = head.replace(/^\ufeff/, '').trimStart()
  if (!/^(\{\s*("|\}|$)|\[\s*([{["\d\-tfnNI\]]|$))/.test(text)) return false
  let at = 0
  while (at < text.length) {
    token.lastIndex = at
    if (!token.test(text)) return at > 0 && text.length - at < 0.5 * text.length && isCut(text.slice(at))
    at = token.lastIndex
  }
  return !text.startsWith('{') || text.length < 3 || text.includes(':')
}

/** A string or word that the end of the text cut in two. */
const isCut = (rest: string): boolean => /^("([^"\\]|\\.?)*|[\w.+-]{0,40})$/.test(rest)

/** Values in lines, rather than one value over many. */
export function isLines(head: string): boolean {
  const text = head.replace(/^\ufeff/, '').trimStart()
  const end = text.indexOf('\n')
  if (end === -1) return false
  const first = text.slice(0, end).trim()
  const next = text.slice(end).trimStart()
  if (!/^[[{]/.test(next)) return false
  try {
    parseJson(first)
    return true
  } catch {
    return false
  }
}
