/** The words of an expression, with their places. */

export class ExpressionError extends Error {
  readonly start: number
  readonly end: number
  readonly suggestion: string | null
  constructor(message: string, start: number, end: number, suggestion: string | null = null) {
    super(message)
    this.start = start
    this.end = end
    this.suggestion = suggestion
  }
}

export interface Token {
  readonly kind: 'number' | 'name' | 'sign' | 'newline' | 'end'
  readonly text: string
  readonly start: number
  readonly end: number
}

const patterns = {
  number: /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/uy,
  name: /[\p{L}_][\p{L}\p{N}_]*/uy,
  sign: /\*\*|[-+*/@()=,]/uy,
  newline: /[\n;]/uy,
  space: /(?:[^\S\n]|#[^\n]*)+/uy,
} as const

/** What people write elsewhere, and how it is written here. */
const elsewhere: Readonly<Record<string, string>> = {
  '^': '**',
  '²': '**2',
  '³': '**3',
  '·': '*',
  '×': '*',
  '−': '-',
  '÷': '/',
  '[': '(',
  ']': ')',
  '{': '(',
  '}': ')',
}

export function tokensOf(source: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < source.length;) {
    const found = (Object.keys(patterns) as (keyof typeof patterns)[]).flatMap((kind) => {
      const pattern = patterns[kind]
      pattern.lastIndex = at
      const text = pattern.exec(source)?.[0]
      return text === undefined ? [] : [{ kind, text }]
    })[0]
    if (!found) {
      const sign = String.fromCodePoint(source.codePointAt(at)!)
      const usual = elsewhere[sign]
      throw new ExpressionError(
        usual === undefined
          ? `“${sign}” means nothing in an expression.`
          : `“${sign}” is written ${usual} here.`,
        at,
        at + sign.length,
        usual ?? null,
      )
    }
    const { kind, text } = found
    if (kind !== 'space') tokens.push({ kind, text, start: at, end: at + text.length })
    at += text.length
  }
  tokens.push({ kind: 'end', text: '', start: source.length, end: source.length })
  return tokens
}
