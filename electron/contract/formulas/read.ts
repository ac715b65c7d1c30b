/**
 * Formulas that somebody typed: what they may call, and whether one can be read. What the functions compute stands with the host.
 */
import { parse, type Expression, type Line } from './parse.ts'
import { ExpressionError } from './tokens.ts'

interface FunctionWords {
  /** How many it is given. */
  readonly takes: 1 | 2
  /** Whether an element of what comes out is of one element of what goes in, or of a whole row. */
  readonly of: 'elements' | 'rows'
  /** The graph lab alone has it. */
  readonly only?: 'lab'
}

/** By PyTorch's names. */
export const formulaFunctions = {
  exp: { takes: 1, of: 'elements' },
  expm1: { takes: 1, of: 'elements' },
  log: { takes: 1, of: 'elements' },
  log2: { takes: 1, of: 'elements' },
  log10: { takes: 1, of: 'elements' },
  log1p: { takes: 1, of: 'elements' },
  sqrt: { takes: 1, of: 'elements' },
  rsqrt: { takes: 1, of: 'elements' },
  reciprocal: { takes: 1, of: 'elements' },
  square: { takes: 1, of: 'elements' },
  abs: { takes: 1, of: 'elements' },
  neg: { takes: 1, of: 'elements' },
  sign: { takes: 1, of: 'elements' },
  floor: { takes: 1, of: 'elements' },
  ceil: { takes: 1, of: 'elements' },
  round: { takes: 1, of: 'elements' },
  sin: { takes: 1, of: 'elements' },
  cos: { takes: 1, of: 'elements' },
  tan: { takes: 1, of: 'elements' },
  asin: { takes: 1, of: 'elements' },
  acos: { takes: 1, of: 'elements' },
  atan: { takes: 1, of: 'elements' },
  sinh: { takes: 1, of: 'elements' },
  cosh: { takes: 1, of: 'elements' },
  tanh: { takes: 1, of: 'elements' },
  erf: { takes: 1, of: 'elements' },
  sigmoid: { takes: 1, of: 'elements' },
  relu: { takes: 1, of: 'elements' },
  detach: { takes: 1, of: 'elements' },
  sum: { takes: 1, of: 'rows' },
  mean: { takes: 1, of: 'rows' },
  prod: { takes: 1, of: 'rows' },
  max: { takes: 1, of: 'rows' },
  min: { takes: 1, of: 'rows' },
  softmax: { takes: 1, of: 'rows' },
  log_softmax: { takes: 1, of: 'rows' },
  logsumexp: { takes: 1, of: 'rows' },
  cumsum: { takes: 1, of: 'rows' },
  pow: { takes: 2, of: 'elements' },
  maximum: { takes: 2, of: 'elements' },
  minimum: { takes: 2, of: 'elements' },
  atan2: { takes: 2, of: 'elements' },
  dot: { takes: 2, of: 'rows', only: 'lab' },
} as const satisfies Readonly<Record<string, FunctionWords>>
export type FormulaFunctionName = keyof typeof formulaFunctions

const functionNames = Object.keys(formulaFunctions) as FormulaFunctionName[]
const isFunction = (name: string): name is FormulaFunctionName => Object.hasOwn(formulaFunctions, name)

/** Names from elsewhere. */
const otherNames: Readonly<Record<string, string>> = {
  ln: 'log',
  power: 'pow',
  arctan: 'atan',
  arcsin: 'asin',
  arccos: 'acos',
  logistic: 'sigmoid',
  average: 'mean',
  product: 'prod',
  amax: 'max',
  amin: 'min',
}

/** How many letters differ. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++)
      next.push(Math.min(row[j]! + (letter === b[j] ? 0 : 1), row[j + 1]! + 1, next[j]! + 1))
    row = next
  }
  return row[b.length]!
}

/** The function that was meant; null where nobody can tell. */
export function nearestFunction(name: string): string | null {
  const plain = name.toLowerCase()
  if (Object.hasOwn(formulaFunctions, plain)) return plain
  if (Object.hasOwn(otherNames, plain)) return otherNames[plain]!
  const [nearest] = functionNames
    .map((known) => ({ known, differs: distance(plain, known) }))
    .sort((a, b) => a.differs - b.differs)
  return nearest && nearest.differs <= Math.max(1, Math.floor(plain.length / 3)) ? nearest.known : null
}

export const formulaConstants: Readonly<Record<string, number>> = { pi: Math.PI }

/** Parts of an expression that are expressions, in the order in which they stand. */
export function partsOfExpression(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'number':
    case 'name':
      return []
    case 'negative':
      return [expression.of]
    case 'operation':
      return [expression.left, expression.right]
    case 'call':
      return expression.given
  }
}

/** Names that are read before a line defines them, in order. */
export function freeNames(lines: readonly Pick<Line, 'name' | 'value'>[]): string[] {
  const defined = new Set<string>(Object.keys(formulaConstants))
  const free = new Set<string>()
  const read = (expression: Expression): void => {
    if (expression.kind === 'name' && !defined.has(expression.name)) free.add(expression.name)
    partsOfExpression(expression).forEach(read)
  }
  for (const { name, value } of lines) {
    read(value)
    if (name !== null) defined.add(name)
  }
  return [...free]
}

type Call = Extract<Expression, { kind: 'call' }>

/** Errors: an ExpressionError for a function that is not there, and one that is given too few or too many. */
export function functionCalled({ name, given, start, end, nameEnd }: Call): FormulaFunctionName {
  if (!isFunction(name)) {
    const meant = nearestFunction(name)
    throw new ExpressionError(
      `There is no function ${name}.${meant === null ? ` There are ${functionNames.join(', ')}.` : ''}`,
      start,
      nameEnd,
      meant,
    )
  }
  const { takes } = formulaFunctions[name]
  if (given.length === takes) return name
  throw new ExpressionError(
    `${name} takes ${takes === 1 ? 'one number or list' : 'two, with a comma between'}, not ${given.length}.`,
    start,
    end,
  )
}

/** Longer than anybody writes by hand; each operation is a character at least, so that there are fewer of these. */
export const longestFormula = 500

export interface Formula {
  readonly source: string
  readonly value: Expression
}

/** `each`: whether it may be of whole rows. Errors: an Error that says what is wrong with it, and what to write instead. */
export function readFormula(
  source: string,
  names: readonly string[],
  each: FunctionWords['of'] = 'rows',
): Formula {
  if (source.length > longestFormula)
    throw new Error(
      `The formula has ${source.length} characters, and ${longestFormula} are the most. Write a shorter one, or several layers.`,
    )
  try {
    const lines = parse(source)
    const [line, second] = lines
    if (!line)
      throw new Error(`The formula is empty. Write one of ${names.join(' or ')}, such as ${names[0]} * 2.`)
    if (second || line.name !== null)
      throw new Error(
        'The formula is one expression, without names of its own: write what they stand for in their place.',
      )
    const written = source.slice(line.value.start, line.value.end)
    if (written !== source) throw new Error(`“${source}” has something around the formula: write ${written}.`)
    check(line.value, names, each)
    return { source, value: line.value }
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    throw new Error(
      `${error.message}${error.suggestion === null ? '' : ` Write ${error.suggestion === ' ' ? 'a plain space' : error.suggestion} there.`} It is at character ${error.start + 1} of “${source}”.`,
      { cause: error },
    )
  }
}

function check(expression: Expression, names: readonly string[], each: FunctionWords['of']): void {
  const { kind, start, end } = expression
  if (
    kind === 'name' &&
    !names.includes(expression.name) &&
    !Object.hasOwn(formulaConstants, expression.name)
  )
    throw new ExpressionError(
      `There is no ${expression.name} here. What the formula is of is called ${names.join(' or ')}.`,
      start,
      end,
    )
  if (kind === 'operation' && expression.sign === '@')
    throw new ExpressionError(
      'A formula has no products of matrices: those are layers, such as Linear.',
      start,
      end,
    )
  if (kind === 'call') {
    const words: FunctionWords = formulaFunctions[functionCalled(expression)]
    if (words.only)
      throw new ExpressionError(`A formula has no ${expression.name}: sum(x * y) gives it.`, start, end)
    if (each === 'elements' && words.of === 'rows')
      throw new ExpressionError(
        `${expression.name} is of a whole row, and this formula is of one number at a time.`,
        start,
        end,
      )
  }
  for (const part of partsOfExpression(expression)) check(part, names, each)
}

export const namesOfFormula = ({ value }: Formula): string[] => freeNames([{ name: null, value }])
