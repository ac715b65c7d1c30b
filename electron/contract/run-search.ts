/**
 * The line that finds runs: `validation/accuracy > 0.9 and optimizer.name = adam and tag = paper`. Read here into conditions,
 * so that the window says where a line is wrong while it is typed; the host makes SQL of them.
 */
import { DescentError } from './errors.ts'

export type RunFieldKind = 'text' | 'number' | 'moment' | 'flag'

export interface RunField {
  readonly name: string
  readonly kind: RunFieldKind
  readonly help: string
}

/** What every run has. All else is a metric, as `validation/accuracy`, or a setting, as `optimizer.name`. */
export const runFields = [
  { name: 'name', kind: 'text', help: 'Its name.' },
  { name: 'note', kind: 'text', help: 'What was noted of it.' },
  { name: 'tag', kind: 'text', help: 'Any of its tags.' },
  { name: 'starred', kind: 'flag', help: 'Whether it has a star: yes or no.' },
  { name: 'state', kind: 'text', help: 'Finished, stopped, interrupted, failed…' },
  { name: 'task', kind: 'text', help: 'Classification, regression…' },
  { name: 'backend', kind: 'text', help: 'What it was computed on.' },
  { name: 'device', kind: 'text', help: 'The name of the device.' },
  { name: 'number', kind: 'number', help: 'Its place in the order of making, over all projects.' },
  { name: 'epoch', kind: 'number', help: 'Epochs trained.' },
  { name: 'bestEpoch', kind: 'number', help: 'The epoch of the lowest validation loss.' },
  { name: 'seconds', kind: 'number', help: 'How long it trained.' },
  { name: 'data', kind: 'number', help: 'The version of the data.' },
  { name: 'started', kind: 'moment', help: 'A day or a time, as 2026-11-29 or 2026-11-29T08:30.' },
  { name: 'ended', kind: 'moment', help: 'A day or a time, as 2026-11-29 or 2026-11-29T08:30.' },
] as const satisfies readonly RunField[]
export type RunFieldName = (typeof runFields)[number]['name']

export type RunComparison = '=' | '!=' | '<' | '<=' | '>' | '>=' | '~' | '!~'

export type RunCondition =
  | { readonly all: readonly RunCondition[] }
  | { readonly any: readonly RunCondition[] }
  | { readonly not: RunCondition }
  | RunComparisonOf
export interface RunComparisonOf {
  readonly field: string
  /** Where the field stands in the line, from 0. */
  readonly at: number
  readonly is: RunComparison
  readonly value: string
  /** Quoted: a text, whatever it looks like. */
  readonly quoted: boolean
}

/** What is wrong with a line, and where: characters are counted from 1. */
export function searchError(line: string, at: number, what: string): DescentError {
  const rest = line.slice(at, at + 20)
  const where = rest === '' ? 'at its end' : `at “${rest}”, character ${at + 1}`
  return new DescentError('badRequest', `The filter cannot be read ${where}: ${what}`, 'filter.where')
}

interface Token {
  readonly at: number
  readonly text: string
  readonly is: 'word' | 'quoted' | 'comparison' | 'open' | 'close'
}

const spaces = /\s*/y
const comparison = /(?:!=|<=|>=|!~|[=<>~≤≥≠])/y
const word = /[^\s()"“”'=<>~!≤≥≠]+/y
const signs: Readonly<Record<string, RunComparison>> = { '≤': '<=', '≥': '>=', '≠': '!=' }
const ends: Readonly<Record<string, string>> = { '"': '"', "'": "'", '“': '”' }

function tokensOf(line: string): Token[] {
  const tokens: Token[] = []
  const match = (pattern: RegExp, at: number): string => {
    pattern.lastIndex = at
    return pattern.exec(line)?.[0] ?? ''
  }
  for (let at = match(spaces, 0).length; at < line.length; at += match(spaces, at).length) {
    const sign = line[at]!
    const end = ends[sign]
    if (end !== undefined) {
      const close = line.indexOf(end, at + 1)
      if (close < 0) throw searchError(line, at, `the text that begins here needs a ${end} at its end.`)
      tokens.push({ at, text: line.slice(at + 1, close), is: 'quoted' })
      at = close + 1
      continue
    }
    if (sign === '(' || sign === ')') {
      tokens.push({ at, text: sign, is: sign === '(' ? 'open' : 'close' })
      at++
      continue
    }
    const compared = match(comparison, at)
    const text = compared === '' ? match(word, at) : compared
    if (text === '') throw searchError(line, at, `“${sign}” means nothing here.`)
    tokens.push({ at, text: signs[text] ?? text, is: compared === '' ? 'word' : 'comparison' })
    at += text.length
  }
  return tokens
}

/** Deeper than anybody writes, and shallow enough for SQLite. */
const deepest = 50

class Reader {
  readonly #line: string
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(line: string) {
    this.#line = line
    this.#tokens = tokensOf(line)
  }

  /** The whole line. */
  read(): RunCondition {
    const condition = this.#any()
    const left = this.#tokens[this.#next]
    if (left)
      throw this.#wrong(
        left,
        left.is === 'close'
          ? 'this ) closes nothing.'
          : 'an “and” or an “or” is missing before it. Put texts of several words into quotes.',
      )
    return condition
  }

  #wrong(token: Token | undefined, what: string): DescentError {
    return searchError(this.#line, token?.at ?? this.#line.length, what)
  }

  #takes(keyword: string): boolean {
    const token = this.#tokens[this.#next]
    if (token?.is !== 'word' || token.text.toLowerCase() !== keyword) return false
    this.#next++
    return true
  }

  #any(): RunCondition {
    const any = [this.#all()]
    while (this.#takes('or')) any.push(this.#all())
    return any.length === 1 ? any[0]! : { any }
  }

  #all(): RunCondition {
    const all = [this.#one()]
    while (this.#takes('and')) all.push(this.#one())
    return all.length === 1 ? all[0]! : { all }
  }

  #one(): RunCondition {
    const token = this.#tokens[this.#next]
    if (++this.#depth > deepest) throw this.#wrong(token, 'it is nested too deeply.')
    try {
      if (this.#takes('not')) return { not: this.#one() }
      if (token?.is === 'open') {
        this.#next++
        const inner = this.#any()
        const close = this.#tokens[this.#next]
        if (close?.is !== 'close') throw this.#wrong(close, `the ( at character ${token.at + 1} needs a ).`)
        this.#next++
        return inner
      }
      return this.#comparison()
    } finally {
      this.#depth--
    }
  }

  /** Words alone are part of a name, with what stands between them. */
  #partOfName(first: Token): RunComparisonOf {
    const part = (value: string): RunComparisonOf => ({
      field: 'name',
      at: first.at,
      is: '~',
      value,
      quoted: true,
    })
    if (first.is === 'quoted') return part(first.text)
    let last = first
    for (;;) {
      const [next, after] = [this.#tokens[this.#next], this.#tokens[this.#next + 1]]
      const isWord = next?.is === 'word' && !['and', 'or'].includes(next.text.toLowerCase())
      if (!isWord || after?.is === 'comparison') break
      last = next
      this.#next++
    }
    return part(this.#line.slice(first.at, last.at + last.text.length))
  }

  #comparison(): RunComparisonOf {
    const field = this.#tokens[this.#next++]
    if (field === undefined || (field.is !== 'word' && field.is !== 'quoted'))
      throw this.#wrong(field, 'a name, a metric or a setting is missing here, as in accuracy > 0.9.')
    const sign = this.#tokens[this.#next]
    if (sign?.is !== 'comparison') return this.#partOfName(field)
    const value = this.#tokens[++this.#next]
    if (value === undefined || (value.is !== 'word' && value.is !== 'quoted'))
      throw this.#wrong(value, `what ${field.text} is compared with is missing.`)
    this.#next++
    return {
      field: field.text,
      at: field.at,
      is: sign.text as RunComparison,
      value: value.text,
      quoted: value.is === 'quoted',
    }
  }
}

/** null: the line is empty, and finds every run. Throws what is wrong with it, and where. */
export function readSearch(line: string): RunCondition | null {
  return line.trim() === '' ? null : new Reader(line).read()
}

/** `0.9`, `1e-3`, `90%`; null: it is none. */
export function numberIn(value: string): number | null {
  const number = /^[-+−]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?%?$/i.test(value)
    ? Number(value.replace('−', '-').replace('%', ''))
    : NaN
  if (!Number.isFinite(number)) return null
  return value.endsWith('%') ? number / 100 : number
}
