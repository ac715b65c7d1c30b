/**
 * A formula that somebody typed, as part of a network or as its loss: one expression over tensors that have names, and, where
 * it is declared, what stands for its derivative.
 */
import { tensor, type OnnxNodes, type Tensor } from '../../../engine/index.ts'
import {
  ExpressionError,
  formulaConstants,
  functionCalled,
  partsOfExpression,
  type Expression,
  type Formula,
} from '../../contract/index.ts'
import { Evaluation } from './compute.ts'
import { implementations, type Along } from './functions.ts'

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
    ? Object.hasOwn(formulaConstants, expression.name)
    : partsOfExpression(expression).every(isNumeric)

/** As an expression of torch, spaces and parentheses as they were typed. */
export function torchOf({ source, value }: Formula): string {
  return torchText(source, value)
}

function torchText(source: string, expression: Expression): string {
  const { start, end } = expression
  if (expression.kind === 'name')
    return Object.hasOwn(formulaConstants, expression.name) ? `torch.${expression.name}` : expression.name
  const function_ = expression.kind === 'call' ? implementations[functionCalled(expression)].torch! : null
  // torch's functions take tensors, and numbers are none.
  const inner = (part: Expression): string =>
    function_ && isNumeric(part) ? `torch.tensor(${torchText(source, part)})` : torchText(source, part)
  const from = expression.kind === 'call' ? expression.nameEnd : start
  let text = function_ ? `torch.${function_.name}` : ''
  let at = from
  for (const part of partsOfExpression(expression)) {
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
        return names.get(expression.name) ?? nodes.number(formulaConstants[expression.name]!)
      case 'negative':
        return nodes.add('Neg', [of(expression.of)])
      case 'operation':
        return nodes.add(signs[expression.sign as keyof typeof signs], [
          of(expression.left),
          of(expression.right),
        ])
      case 'call': {
        const { onnx } = implementations[functionCalled(expression)]
        if (!onnx) throw new Error(`ONNX has no ${expression.name}, which “${formula.source}” needs.`)
        return onnx(nodes, expression.given.map(of))
      }
    }
  }
  return of(formula.value)
}

const operations = {
  '+': (x: number, y: number) => x + y,
  '-': (x: number, y: number) => x - y,
  '*': (x: number, y: number) => x * y,
  '/': (x: number, y: number) => x / y,
  '**': Math.pow,
} as const

/** Of single numbers, in the order of `names`: for sums over a whole split. The formula may be of no rows. */
export function numbersOf(
  { value }: Formula,
  names: readonly string[],
): (given: readonly number[]) => number {
  type Compute = (given: readonly number[]) => number
  const of = (expression: Expression): Compute => {
    switch (expression.kind) {
      case 'number':
        return () => expression.value
      case 'name': {
        const at = names.indexOf(expression.name)
        const constant = formulaConstants[expression.name]!
        return at === -1 ? () => constant : (given) => given[at]!
      }
      case 'negative': {
        const inner = of(expression.of)
        return (given) => -inner(given)
      }
      case 'operation': {
        const [left, right] = [of(expression.left), of(expression.right)]
        const operation = operations[expression.sign as keyof typeof operations]
        return (given) => operation(left(given), right(given))
      }
      case 'call': {
        const { number } = implementations[functionCalled(expression)]
        const [x, y] = expression.given.map(of)
        return (given) => number!(x!(given), y ? y(given) : 0)
      }
    }
  }
  return of(value)
}
