import { describe, expect, it } from 'vitest'
import { parse, type Expression } from './parse.ts'
import { ExpressionError } from './tokens.ts'

/** With every parenthesis written. */
function whole(expression: Expression): string {
  switch (expression.kind) {
    case 'number':
      return String(expression.value)
    case 'name':
      return expression.name
    case 'negative':
      return `(-${whole(expression.of)})`
    case 'operation':
      return `(${whole(expression.left)}${expression.sign}${whole(expression.right)})`
    case 'call':
      return `${expression.name}(${expression.given.map(whole).join(',')})`
  }
}
const read = (source: string): string =>
  parse(source)
    .map(({ name, value }) => (name === null ? '' : `${name}=`) + whole(value))
    .join('; ')

function refused(source: string): ExpressionError {
  try {
    parse(source)
  } catch (error) {
    if (error instanceof ExpressionError) return error
    throw error
  }
  throw new Error(`“${source}” was read.`)
}

describe('an expression', () => {
  it('is read in the order of operations that Python has', () => {
    expect(read('a + b * c')).toBe('(a+(b*c))')
    expect(read('a - b - c')).toBe('((a-b)-c)')
    expect(read('a / b * c')).toBe('((a/b)*c)')
    expect(read('-x ** 2')).toBe('(-(x**2))')
    expect(read('2 ** -x')).toBe('(2**(-x))')
    expect(read('a ** b ** c')).toBe('(a**(b**c))')
    expect(read('log(1 + x) ** 2 * w1')).toBe('((log((1+x))**2)*w1)')
    expect(read('pow(x, 3)')).toBe('pow(x,3)')
    expect(read('-(x + .5e1)')).toBe('(-(x+5))')
  })
  it('has lines, names and remarks', () => {
    expect(read('b = w1 * a # first\n\nd = b; L = d')).toBe('b=(w1*a); d=b; L=d')
    expect(parse(' # nothing\n')).toEqual([])
  })
  it('keeps its places', () => {
    const [line] = parse('y = (a + b) * 2')
    expect([line!.start, line!.end, line!.value.start]).toEqual([0, 15, 4])
  })
  it.each([
    ['2x', 'An operation is missing before “x”.', 1, '*'],
    ['x^2', '“^” is written ** here.', 1, '**'],
    ['log(x', 'This parenthesis is never closed.', 3, ')'],
    ['x)', 'No parenthesis is open here.', 1, null],
    ['x *', 'The line ends where a number, a name or a parenthesis is missing.', 3, null],
    ['x * / 2', 'A number, a name or a parenthesis is missing before “/”.', 4, null],
    ['x + 1 = 2', 'Only a name can stand before =', 6, null],
    ['(a b)', 'An operation or a closing parenthesis is missing before “b”.', 3, '*'],
    ['x $ 2', '“$” means nothing in an expression.', 2, null],
    ['x + 1e400', '1e400 is larger than a float64 can be', 4, null],
    ['x\u00a0+ 1', 'The space here is of another kind (U+00A0)', 1, ' '],
    ['x + 007', '007 is written 7 here.', 4, '7'],
    ['00', '00 is written 0 here.', 0, '0'],
    ['a, b', 'A comma stands only between', 1, null],
  ])('%s is refused with its place', (source, message, start, suggestion) => {
    const error = refused(source)
    expect(error.message).toContain(message)
    expect([error.start, error.suggestion]).toEqual([start, suggestion])
  })
  it('may not be deeper than anybody writes', () => {
    expect(refused(`${'('.repeat(200)}x${')'.repeat(200)}`).message).toContain('100 deep')
    expect(refused(`${'-'.repeat(4000)}x`).message).toContain('100 deep')
  })
})
