/** An expression as a graph: what it is made of, op by op, with values and derivatives. */
import {
  exactTensor,
  openDevice,
  trace,
  withDevice,
  type GraphValue,
  type OpGraph,
  type Tensor,
} from '../../../../engine/index.ts'
import { DescentError, type LabAnswer, type LabProblem, type LabProgram } from '../../../contract/index.ts'
import { openGraph, type OpenGraph } from '../describe.ts'
import { labFunctions, nearestFunction } from './functions.ts'
import { parse, type Expression, type Line } from './parse.ts'
import { ExpressionError } from './tokens.ts'

/** More than that nobody looks through, and it would keep others waiting. */
const mostOperations = 500

const constants: Readonly<Record<string, number>> = { pi: Math.PI }

/** Names that are read before a line defines them, in order. */
export function freeNames(lines: readonly Line[]): string[] {
  const defined = new Set<string>(Object.keys(constants))
  const free = new Set<string>()
  const read = (expression: Expression): void => {
    switch (expression.kind) {
      case 'number':
        return
      case 'name':
        if (!defined.has(expression.name)) free.add(expression.name)
        return
      case 'negative':
        return read(expression.of)
      case 'operation':
        read(expression.left)
        return read(expression.right)
      case 'call':
        expression.given.forEach(read)
    }
  }
  for (const { name, value } of lines) {
    read(value)
    if (name !== null) defined.add(name)
  }
  return [...free]
}

/** Whole powers that are products, as one would multiply them out. */
const isSmallPower = (n: number): boolean => Number.isInteger(n) && n >= 2 && n <= 16

/** By repeated squaring: x⁵ is x · (x²)². */
function multiplied(x: Tensor, n: number): Tensor {
  if (n === 1) return x
  const half = multiplied(x, n >> 1)
  const square = half.mul(half)
  return n % 2 === 0 ? square : square.mul(x)
}

/** Computes lines, and remembers which text each tensor is of. */
class Evaluation {
  readonly #source: string
  readonly #names: Map<string, Tensor>
  readonly texts = new Map<Tensor, string>()
  #operations = 0

  constructor(source: string, variables: ReadonlyMap<string, Tensor>) {
    this.#source = source
    this.#names = new Map(variables)
  }

  line({ name, value }: Line): Tensor {
    const result = this.#of(value)
    if (name !== null) {
      this.#names.set(name, result)
      this.texts.set(result, name)
    }
    return result
  }

  #of(expression: Expression): Tensor {
    const { start, end } = expression
    if (expression.kind === 'number') return this.#constant(expression.value)
    if (expression.kind === 'name') {
      const known = this.#names.get(expression.name)
      if (known) return known
      const constant = constants[expression.name]
      if (constant !== undefined) return this.#constant(constant, expression.name)
      throw new ExpressionError(`${expression.name} has no value. Give it one.`, start, end)
    }
    if (++this.#operations > mostOperations)
      throw new ExpressionError(
        `There are more than ${mostOperations} operations. Show a part of it.`,
        start,
        end,
      )
    const result = this.#computed(expression)
    if (!this.texts.has(result)) this.texts.set(result, this.#source.slice(start, end))
    return result
  }

  #computed(expression: Exclude<Expression, { kind: 'number' | 'name' }>): Tensor {
    switch (expression.kind) {
      case 'negative':
        return expression.of.kind === 'number'
          ? this.#constant(-expression.of.value)
          : this.#fitting(expression, () => this.#of(expression.of).neg())
      case 'operation': {
        const { sign, left, right } = expression
        const x = this.#of(left)
        if (sign === '**' && right.kind === 'number' && isSmallPower(right.value))
          return multiplied(x, right.value)
        const y = this.#of(right)
        return this.#fitting(expression, () => {
          switch (sign) {
            case '+':
              return x.add(y)
            case '-':
              return x.sub(y)
            case '*':
              return x.mul(y)
            case '/':
              return x.div(y)
            case '@':
              return x.matmul(y)
            case '**':
              return x.pow(y)
          }
        })
      }
      case 'call':
        return this.#call(expression)
    }
  }

  #call(expression: Extract<Expression, { kind: 'call' }>): Tensor {
    const { name, given, start, end, nameEnd } = expression
    const known = Object.hasOwn(labFunctions, name) ? labFunctions[name] : undefined
    if (!known) {
      const meant = nearestFunction(name)
      throw new ExpressionError(
        `There is no function ${name}.${meant === null ? ` There are ${Object.keys(labFunctions).join(', ')}.` : ''}`,
        start,
        nameEnd,
        meant,
      )
    }
    const [least, most] = known.takes
    if (given.length < least || given.length > most)
      throw new ExpressionError(
        `${name} takes ${least === 1 ? 'one number or list' : 'two, with a comma between'}, not ${given.length}.`,
        start,
        end,
      )
    const values = given.map((one) => this.#of(one))
    return this.#fitting(expression, () => known.call(values))
  }

  /** What the engine refuses, said of the place in the text. */
  #fitting({ start, end }: Expression, compute: () => Tensor): Tensor {
    try {
      return compute()
    } catch (error) {
      if (error instanceof ExpressionError || !(error instanceof Error)) throw error
      throw new ExpressionError(error.message, start, end)
    }
  }

  #constant(value: number, text = String(value)): Tensor {
    const made = exactTensor(value)
    this.texts.set(made, text)
    return made
  }
}

/** In float64 from the leaves on, on a device of its own: small, exact, and nobody waits for it. */
const device = openDevice('reference')

async function opened({ source, variables }: LabProgram, lines: readonly Line[]): Promise<OpenGraph> {
  const last = lines.at(-1)!
  const free = freeNames(lines)
  return withDevice(await device, () => {
    const leaves = new Map(
      free.map((name) => {
        const value = variables.find((one) => one.name === name)?.value ?? 1
        return [name, exactTensor(value, { requiresGrad: true })] as const
      }),
    )
    const evaluation = new Evaluation(source, leaves)
    const graph = trace(
      () => lines.reduce<Tensor | null>((_, line) => evaluation.line(line), null),
      [...leaves.values()],
    )
    const result = graph.outputs[0]!
    const elements = result.tensor.numel()
    if (elements !== 1)
      throw new ExpressionError(
        `The last line gives ${elements} numbers, and derivatives are of one.`,
        last.start,
        last.end,
        `sum(${source.slice(last.value.start, last.value.end)})`,
      )
    return openNamed(graph, evaluation, leaves)
  })
}

function openNamed(graph: OpGraph, evaluation: Evaluation, leaves: ReadonlyMap<string, Tensor>): OpenGraph {
  const names = new Map<GraphValue['tensor']['node'], string>()
  for (const [value, text] of evaluation.texts) names.set(value.node, text)
  for (const [name, leaf] of leaves) names.set(leaf.node, name)
  return openGraph(graph, graph.outputs[0]!, {
    value: (value) => names.get(value.tensor.node) ?? null,
    module: () => ({ module: '', type: '' }),
  })
}

const problemOf = (error: unknown): LabProblem => {
  if (error instanceof ExpressionError)
    return { message: error.message, suggestion: error.suggestion, start: error.start, end: error.end }
  if (!(error instanceof Error)) throw error
  return { message: error.message, suggestion: null, start: null, end: null }
}

/** Bad input is an answer, not an error: whoever types is told while typing. */
export async function evaluateProgram(program: LabProgram): Promise<LabAnswer> {
  let free: string[] = []
  try {
    const lines = parse(program.source)
    free = freeNames(lines)
    if (lines.length === 0) return { free, problem: null, graph: null }
    return { free, problem: null, graph: await (await opened(program, lines)).describe() }
  } catch (error) {
    return { free, problem: problemOf(error), graph: null }
  }
}

/** The same graph once more, for what is asked of it. Errors: a DescentError for what is no expression. */
export async function openProgram(program: LabProgram): Promise<OpenGraph> {
  try {
    const lines = parse(program.source)
    if (lines.length > 0) return await opened(program, lines)
  } catch (error) {
    if (error instanceof ExpressionError) throw new DescentError('badRequest', error.message, 'source')
    throw error
  }
  throw new DescentError('badRequest', 'There is no expression yet.', 'source')
}
