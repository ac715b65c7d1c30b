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
  // Python reads no other space as one.
  space: /(?:[ \t\r\f]|#[^\n]*)+/uy,
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

/** Python reads neither 007 nor a space of another kind, and a formula is written there as it is. */
const leadingZeros = /^0+(?=\d+$)/

function unknownSign(sign: string, at: number): ExpressionError {
  const end = at + sign.length
  if (/\s/u.test(sign)) {
    const code = sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
    return new ExpressionError(
      `The space here is of another kind (U+${code}) than a plain one.`,
      at,
      end,
      ' ',
    )
  }
  const usual = elsewhere[sign]
  return new ExpressionError(
    usual === undefined ? `“${sign}” means nothing in an expression.` : `“${sign}” is written ${usual} here.`,
    at,
    end,
    usual ?? null,
  )
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
    if (!found) throw unknownSign(String.fromCodePoint(source.codePointAt(at)!), at)
    const { kind, text } = found
    if (kind === 'number' && leadingZeros.test(text)) {
      const plain = text.replace(leadingZeros, '')
      throw new ExpressionError(`${text} is written ${plain} here.`, at, at + text.length, plain)
    }
    if (kind !== 'space') tokens.push({ kind, text, start: at, end: at + text.length })
    at += text.length
  }
  tokens.push({ kind: 'end', text: '', start: source.length, end: source.length })
  return tokens
}
