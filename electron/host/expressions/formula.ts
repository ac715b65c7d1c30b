/**
 * A formula that somebody typed, as part of a network or as its loss: one expression over tensors that have names, and, where
 * it is declared, what stands for its derivative.
 */
import { tensor, type OnnxNodes, type Tensor } from '../../../engine/index.ts'
import { constants, Evaluation, freeNames, functionOf, partsOf } from './compute.ts'
import { formulaFunctions, type Along } from './functions.ts'
import { parse, type Expression } from './parse.ts'
import { ExpressionError } from './tokens.ts'

export interface Formula {
  readonly source: string
  readonly value: Expression
}

/** Errors: an Error that says what is wrong with it, and what to write instead. */
export function readFormula(source: string, names: readonly string[]): Formula {
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
    check(line.value, names)
    return { source, value: line.value }
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    throw new Error(
      `${error.message}${error.suggestion === null ? '' : ` Write ${error.suggestion} there.`} It is at character ${error.start + 1} of “${source}”.`,
      { cause: error },
    )
  }
}

function check(expression: Expression, names: readonly string[]): void {
  const { kind, start, end } = expression
  if (kind === 'name' && !names.includes(expression.name) && !Object.hasOwn(constants, expression.name))
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
  if (kind === 'call' && !functionOf(expression).torch)
    throw new ExpressionError(`A formula has no ${expression.name}: sum(x * y) gives it.`, start, end)
  for (const part of partsOf(expression)) check(part, names)
}

export const namesIn = ({ value }: Formula): string[] => freeNames([{ name: null, value }])

/** Of all elements, or of the last dimension, see `Along`. Errors: an Error where tensors do not go together. */
export function computeFormula(
  { source, value }: Formula,
  variables: ReadonlyMap<string, Tensor>,
  along: Along = 'last',
): Tensor {
  const [any] = variables.values()
  const constant = (number: number): Tensor => tensor(number, { device: any!.device })
  try {
    return new Evaluation(source, { variables, constant, along }).line({ name: null, value })
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    throw new Error(`${error.message} It is in “${source}”.`, { cause: error })
  }
}

/**
 * The value with a declared derivative by x: x − x is zero, and has the slope of x. The straight-through estimator (Bengio,
 * Léonard & Courville 2013, https://arxiv.org/abs/1308.3432) is this with 1.
 */
export function withSlope(value: Tensor, x: Tensor, slope: Tensor): Tensor {
  if (!x.requiresGrad) return value.detach()
  return value.detach().add(x.sub(x.detach()).mul(slope.detach()))
}

// ---- in other languages ----

const isNumeric = (expression: Expression): boolean =>
  expression.kind === 'name'
    ? Object.hasOwn(constants, expression.name)
    : partsOf(expression).every(isNumeric)

/** As an expression of torch, spaces and parentheses as they were typed. */
export function torchOf({ source, value }: Formula): string {
  return torchText(source, value)
}

function torchText(source: string, expression: Expression): string {
  const { start, end } = expression
  if (expression.kind === 'name')
    return Object.hasOwn(constants, expression.name) ? `torch.${expression.name}` : expression.name
  const function_ = expression.kind === 'call' ? formulaFunctions[expression.name]!.torch! : null
  // torch's functions take tensors, and numbers are none.
  const inner = (part: Expression): string =>
    function_ && isNumeric(part) ? `torch.tensor(${torchText(source, part)})` : torchText(source, part)
  const from = expression.kind === 'call' ? expression.nameEnd : start
  let text = function_ ? `torch.${function_.name}` : ''
  let at = from
  for (const part of partsOf(expression)) {
    text += source.slice(at, part.start) + inner(part)
    at = part.end
  }
  const rest = source.slice(at, end)
  return text + (function_ ? rest.replace(/\)$/, `${function_.tail})`) : rest)
}

const signs = { '+': 'Add', '-': 'Sub', '*': 'Mul', '/': 'Div', '**': 'Pow' } as const

/** `names`: of values in ONNX, which are float32. Errors: an Error for what ONNX cannot say. */
export function onnxOf(formula: Formula, nodes: OnnxNodes, names: ReadonlyMap<string, string>): string {
  const of = (expression: Expression): string => {
    switch (expression.kind) {
      case 'number':
        return nodes.number(expression.value)
      case 'name':
        return names.get(expression.name) ?? nodes.number(constants[expression.name]!)
      case 'negative':
        return nodes.add('Neg', [of(expression.of)])
      case 'operation':
        return nodes.add(signs[expression.sign as keyof typeof signs], [
          of(expression.left),
          of(expression.right),
        ])
      case 'call': {
        const { onnx } = formulaFunctions[expression.name]!
        if (!onnx) throw new Error(`ONNX has no ${expression.name}, which “${formula.source}” needs.`)
        return onnx(nodes, expression.given.map(of))
      }
    }
  }
  return of(formula.value)
}
