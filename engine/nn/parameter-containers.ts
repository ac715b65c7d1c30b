/** Modules that hold parameters, as in torch.nn. */
import { Tensor } from '../tensor/tensor.ts'
import { Module } from './module.ts'
import { Parameter } from './parameter.ts'

const asParameter = (type: string, value: unknown): Tensor => {
  if (!(value instanceof Tensor)) throw new TypeError(`${type} holds tensors, not ${typeof value}.`)
  return value.isParameter ? value : new Parameter(value)
}

/** Parameters in a row, for a module that uses them itself; other tensors become parameters. Source: torch.nn.ParameterList. */
export class ParameterList extends Module<never, never> {
  constructor(parameters: Iterable<Tensor> = []) {
    super()
    for (const parameter of parameters) this.append(parameter)
  }

  get length(): number {
    return this.inOrder().length
  }

  /** Counted from the end where negative. Errors: RangeError where there is none. */
  at(index: number): Tensor {
    const list = this.inOrder()
    const found = list.at(index)
    if (!Number.isInteger(index) || found === undefined)
      throw new RangeError(`ParameterList has ${list.length} parameters, none of them number ${index}.`)
    return found
  }

  /** One parameter more at the end. */
  append(parameter: Tensor): this {
    this.registerParameter(String(this.length), asParameter('ParameterList', parameter))
    return this
  }

  [Symbol.iterator](): Iterator<Tensor> {
    return this.inOrder()[Symbol.iterator]()
  }

  private inOrder(): Tensor[] {
    return Object.entries(this).flatMap(([field, value]) =>
      /^\d+$/.test(field) && value instanceof Tensor ? [value] : [],
    )
  }

  forward(): never {
    throw new Error('A ParameterList only holds parameters: use each of them.')
  }
}

const named: unique symbol = Symbol('named')

/** Parameters by name, for a module that uses them itself; other tensors become parameters. Source: torch.nn.ParameterDict. */
export class ParameterDict extends Module<never, never> {
  private readonly [named] = new Set<string>()

  constructor(parameters: Readonly<Record<string, Tensor>> | Iterable<readonly [string, Tensor]> = {}) {
    super()
    const entries = Symbol.iterator in parameters ? parameters : Object.entries(parameters)
    for (const [name, parameter] of entries as Iterable<readonly [string, Tensor]>) this.set(name, parameter)
  }

  get length(): number {
    return this[named].size
  }

  /** Whether there is a parameter by that name. */
  has(name: string): boolean {
    return this[named].has(name)
  }

  /** The parameter by that name. Errors: RangeError where there is none by that name. */
  get(name: string): Tensor {
    if (!this.has(name))
      throw new RangeError(`ParameterDict has no parameter "${name}". It has: ${this.keys().join(', ')}.`)
    return Reflect.get(this, name) as Tensor
  }

  /** Puts a parameter there, new or in another’s place. */
  set(name: string, parameter: Tensor): this {
    this.registerParameter(name, asParameter('ParameterDict', parameter))
    this[named].add(name)
    return this
  }

  /** Takes one out and gives it. */
  pop(name: string): Tensor {
    const parameter = this.get(name)
    this[named].delete(name)
    Reflect.deleteProperty(this, name)
    return parameter
  }

  /** The names, in order. */
  keys(): string[] {
    return [...this[named]]
  }

  /** The parameters, in order. */
  values(): Tensor[] {
    return this.keys().map((name) => this.get(name))
  }

  /** Names and parameters, in order. */
  entries(): [string, Tensor][] {
    return this.keys().map((name) => [name, this.get(name)])
  }

  [Symbol.iterator](): Iterator<string> {
    return this.keys()[Symbol.iterator]()
  }

  forward(): never {
    throw new Error('A ParameterDict only holds parameters: use those that you get from it.')
  }
}
