/** Lines of the graph lab as one formula: names stand for what their lines say, and variables for their numbers. */
import { parse, type Expression } from './parse.ts'
import { longestFormula, partsOfExpression } from './read.ts'
import { ExpressionError } from './tokens.ts'

/** How a number stands within a formula. */
const numberText = (value: number): string => (value < 0 ? `(${value})` : String(value))

/**
 * The last line with all that it is made of. `values`: numbers of variables; `names`: what others are called there. Errors: an
 * ExpressionError for what cannot be read, and where it gets longer than a formula may be: a line that uses another one twice
 * doubles it, and a few of them would fill all memory.
 */
export function inlineFormula(
  source: string,
  values: ReadonlyMap<string, number>,
  names: ReadonlyMap<string, string>,
): string {
  const known = new Map<string, string>()
  const textOf = (expression: Expression): string => {
    const { start, end } = expression
    if (expression.kind === 'name') {
      const { name } = expression
      const value = values.get(name)
      return known.get(name) ?? names.get(name) ?? (value === undefined ? name : numberText(value))
    }
    let [text, at] = ['', start]
    for (const part of partsOfExpression(expression)) {
      text += source.slice(at, part.start) + textOf(part)
      at = part.end
      if (text.length > longestFormula)
        throw new ExpressionError(
          `As one formula this gets longer than ${longestFormula} characters, for each name is written out wherever it is used. Use names less often, or show fewer lines.`,
          start,
          end,
        )
    }
    return text + source.slice(at, end)
  }
  let last = ''
  for (const { name, value } of parse(source)) {
    last = textOf(value)
    const isPlain = value.kind === 'number' || value.kind === 'name' || value.kind === 'call'
    if (name !== null) known.set(name, isPlain ? last : `(${last})`)
  }
  return last
}
