/** What a formula says, computed with the engine's functions. */
import type { Tensor } from '../../../engine/index.ts'
import {
  ExpressionError,
  formulaConstants,
  functionCalled,
  type Expression,
  type Line,
} from '../../contract/index.ts'
import { implementations, type Along } from './functions.ts'

/** More than that nobody looks through, and it would keep others waiting. */
const mostOperations = 500

/** Whole powers that are products, as one would multiply them out. */
const isSmallPower = (n: number): boolean => Number.isInteger(n) && n >= 2 && n <= 16

/** By repeated squaring: x⁵ is x · (x²)². */
function multiplied(x: Tensor, n: number): Tensor {
  if (n === 1) return x
  const half = multiplied(x, n >> 1)
  const square = half.mul(half)
  return n % 2 === 0 ? square : square.mul(x)
}

export interface Surroundings {
  readonly variables: ReadonlyMap<string, Tensor>
  readonly constant: (value: number) => Tensor
  readonly along: Along
}

/** Computes lines, and remembers which text each tensor is of. Errors: an ExpressionError with the place. */
export class Evaluation {
  readonly #source: string
  readonly #names: Map<string, Tensor>
  readonly #surroundings: Surroundings
  readonly texts = new Map<Tensor, string>()
  #operations = 0

  constructor(source: string, surroundings: Surroundings) {
    this.#source = source
    this.#names = new Map(surroundings.variables)
    this.#surroundings = surroundings
  }

  line({ name, value }: Pick<Line, 'name' | 'value'>): Tensor {
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
      const constant = formulaConstants[expression.name]
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
    const { given } = expression
    const known = implementations[functionCalled(expression)]
    const values = given.map((one) => this.#of(one))
    return this.#fitting(expression, () => known.call(values, this.#surroundings.along))
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
    const made = this.#surroundings.constant(value)
    this.texts.set(made, text)
    return made
  }
}
