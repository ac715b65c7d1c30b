/**
 * Expressions as Python writes them: lines such as `b = w1 * a`, the last of which is what gradients are of. A parser of our
 * own, for what is kept elsewhere (jsep, expr-eval) has JavaScript's order of operations, in which −x ** 2 is (−x)², says
 * where an expression is wrong by a number alone, and knows no lines.
 */
import { ExpressionError, tokensOf, type Token } from './tokens.ts'

interface At {
  readonly start: number
  readonly end: number
}
export type Expression = At &
  (
    | { readonly kind: 'number'; readonly value: number }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'negative'; readonly of: Expression }
    | {
        readonly kind: 'operation'
        readonly sign: Sign
        readonly left: Expression
        readonly right: Expression
      }
    | {
        readonly kind: 'call'
        readonly name: string
        readonly nameEnd: number
        readonly given: readonly Expression[]
      }
  )

export interface Line extends At {
  /** What the line gives its value to; null: nothing. */
  readonly name: string | null
  readonly value: Expression
}

const precedence = { '+': 1, '-': 1, '*': 2, '/': 2, '@': 2 } as const
export type Sign = keyof typeof precedence | '**'
const isSign = (text: string): text is keyof typeof precedence => Object.hasOwn(precedence, text)

/** Deeper than anybody writes by hand. */
const deepest = 100

export function parse(source: string): Line[] {
  return new Parser(source).program()
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  constructor(source: string) {
    this.#tokens = tokensOf(source)
  }

  get #next(): Token {
    return this.#tokens[this.#at]!
  }
  #take(): Token {
    return this.#tokens[this.#at++]!
  }
  #is(text: string): boolean {
    return this.#next.kind === 'sign' && this.#next.text === text
  }

  program(): Line[] {
    const lines: Line[] = []
    while (this.#next.kind !== 'end') {
      if (this.#next.kind === 'newline') this.#take()
      else lines.push(this.#line())
    }
    return lines
  }

  #line(): Line {
    const { start } = this.#next
    const [name, equals] = [this.#next, this.#tokens[this.#at + 1]]
    const isNamed = name.kind === 'name' && equals?.kind === 'sign' && equals.text === '='
    if (isNamed) this.#at += 2
    const value = this.#sum(0)
    const { kind, text, start: from, end } = this.#next
    if (kind === 'newline' || kind === 'end')
      return { start, end: value.end, name: isNamed ? name.text : null, value }
    if (text === '=')
      throw new ExpressionError('Only a name can stand before =, at the beginning of a line.', from, end)
    if (text === ')') throw new ExpressionError('No parenthesis is open here.', from, end)
    if (text === ',')
      throw new ExpressionError('A comma stands only between what a function is given.', from, end)
    throw new ExpressionError(
      `An operation is missing before “${text}”.`,
      from,
      end,
      kind === 'number' || kind === 'name' || text === '(' ? '*' : null,
    )
  }

  #sum(least: number): Expression {
    let left = this.#negative()
    for (;;) {
      const { kind, text } = this.#next
      if (kind !== 'sign' || !isSign(text) || precedence[text] <= least) return left
      this.#take()
      const right = this.#sum(precedence[text])
      left = { kind: 'operation', sign: text, left, right, start: left.start, end: right.end }
    }
  }

  /** A sign before a power is of the power: −x ** 2 is −(x ** 2). */
  #negative(): Expression {
    this.#deeper()
    try {
      if (this.#is('+')) {
        this.#take()
        return this.#negative()
      }
      if (!this.#is('-')) return this.#power()
      const { start } = this.#take()
      const of = this.#negative()
      return { kind: 'negative', of, start, end: of.end }
    } finally {
      this.#depth--
    }
  }

  #power(): Expression {
    const left = this.#single()
    if (!this.#is('**')) return left
    this.#take()
    const right = this.#negative()
    return { kind: 'operation', sign: '**', left, right, start: left.start, end: right.end }
  }

  #single(): Expression {
    const { kind, text, start, end } = this.#take()
    if (kind === 'number') {
      const value = Number(text)
      if (Number.isFinite(value)) return { kind: 'number', value, start, end }
      throw new ExpressionError(
        `${text} is larger than a float64 can be, which ends at about 1.8e308. Write a smaller number.`,
        start,
        end,
      )
    }
    if (kind === 'name')
      return this.#is('(') ? this.#call(text, start, end) : { kind: 'name', name: text, start, end }
    if (kind === 'sign' && text === '(') {
      const inside = this.#sum(0)
      return { ...inside, start, end: this.#close(start) }
    }
    throw new ExpressionError(
      kind === 'end' || kind === 'newline'
        ? 'The line ends where a number, a name or a parenthesis is missing.'
        : `A number, a name or a parenthesis is missing before “${text}”.`,
      start,
      Math.max(end, start),
    )
  }

  #call(name: string, start: number, nameEnd: number): Expression {
    const open = this.#take()
    const given: Expression[] = []
    while (!this.#is(')')) {
      given.push(this.#sum(0))
      if (!this.#is(',')) break
      this.#take()
    }
    return { kind: 'call', name, nameEnd, given, start, end: this.#close(open.start) }
  }

  #close(open: number): number {
    if (this.#is(')')) return this.#take().end
    const { kind, text, start, end } = this.#next
    if (kind === 'end' || kind === 'newline')
      throw new ExpressionError('This parenthesis is never closed.', open, open + 1, ')')
    throw new ExpressionError(
      `An operation or a closing parenthesis is missing before “${text}”.`,
      start,
      end,
      kind === 'sign' ? null : '*',
    )
  }

  #deeper(): void {
    if (++this.#depth > deepest)
      throw new ExpressionError(
        `Parentheses and signs stand more than ${deepest} deep. Give a part of it a name on a line of its own.`,
        this.#next.start,
        this.#next.end,
      )
  }
}
