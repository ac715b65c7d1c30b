/** What `forward` computes, statement by statement, as nodes of a document. */
import { toStateName } from '../../../../engine/index.ts'
import type { NetworkNode } from '../../../contract/index.ts'
import { functions, isRequired, type FunctionRecord } from '../functions.ts'
import { formulaFrom } from './formula.ts'
import { severalOf, tensorNamesOf } from '../layers.ts'
import {
  isHolder,
  layersIn,
  lookUp,
  meaning,
  pathOf,
  type Holder,
  type MadeLayer,
  type Part,
} from './layers.ts'
import {
  argumentsOfCall,
  bare,
  childrenOf,
  dotted,
  indexOf,
  NotUnderstood,
  partsOf,
  Unknown,
  type Node,
  type Script,
} from './tree.ts'
import { deepest, isRepeated, valueOf, type Repeated, type Value } from './values.ts'

/** What an expression stands for. */
type Meaning =
  | { readonly kind: 'tensor'; readonly id: string; readonly whole?: boolean }
  | { readonly kind: 'several'; readonly id: string; readonly layer: string }
  | { readonly kind: 'tensors'; readonly ids: readonly string[] }
  | { readonly kind: 'value'; readonly value: Value | Repeated }
  /** `x.shape[1]`. */
  | { readonly kind: 'extent'; readonly of: string; readonly dim: number }
  /** `x.device`. */
  | { readonly kind: 'place' }

interface Given {
  readonly name: string | null
  readonly node: Node
  readonly meaning: Meaning
}

/** By their names under torch. */
const byTorchName: ReadonlyMap<string, readonly [op: string, record: FunctionRecord]> = new Map(
  Object.entries(functions)
    .filter(([, { python }]) => python === undefined)
    .map(([op, record]) => [toStateName(op), [op, record]]),
)
const operators: Readonly<Record<string, string>> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
  '==': 'eq',
  '!=': 'ne',
}
/** What is no function of torch, and comes with the source. */
const formulaCall = 'formula'
/** Where torch keeps functions. */
const homes = new Set(['torch', 'F', 'nn.functional', 'torch.nn.functional'])

export const layerId = (path: readonly string[]): string =>
  path.map((part) => part.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')).join('.')

export class Forward {
  readonly nodes: NetworkNode[] = []
  /** Where each node stands. */
  readonly places = new Map<string, Node>()
  output: string | null = null
  readonly #script: Script
  readonly #root: Holder
  readonly #broken: ReadonlySet<string>
  readonly #variables: Map<string, Meaning | null>
  readonly #taken: Set<string>
  readonly #called = new Set<Part>()
  /** What the function of this statement is to be called, where it does not have to be made up. */
  #wanted: string | null = null

  /** `broken`: names of fields that were not understood. */
  constructor(
    script: Script,
    { root, broken }: { readonly root: Holder; readonly broken: ReadonlySet<string> },
    inputs: ReadonlyMap<string, string>,
  ) {
    this.#script = script
    this.#root = root
    this.#broken = broken
    this.#variables = new Map([...inputs].map(([variable, id]) => [variable, { kind: 'tensor', id }]))
    this.#taken = new Set([...inputs.values(), ...layersIn(root).map(([path]) => layerId(path))])
  }

  /** `comment`: what stands behind it, which may be the id that the variable does not tell. */
  read(statement: Node, comment: string | null): void {
    if (statement.name === 'ReturnStatement') return this.#return(statement)
    if (statement.name !== 'AssignStatement')
      throw new NotUnderstood(
        statement,
        'Here stands what is computed, one value a line, such as x = self.fc(x); loops and conditions are not read.',
      )
    const parts = childrenOf(statement).filter(({ name }) => name !== 'TypeDef')
    const sign = parts.findIndex(({ name }) => name === 'AssignOp')
    const targets = parts.slice(0, sign).filter(({ name }) => name !== ',')
    const [value, ...more] = parts.slice(sign + 1).filter(({ name }) => name !== 'Comment')
    const [first] = targets
    if (!first || !value || more.length > 0 || !targets.every(({ name }) => name === 'VariableName'))
      throw new NotUnderstood(statement, 'A line gives one value a name, such as x = torch.relu(x).')
    const variable = this.#text(first)
    try {
      this.#wanted = comment ?? layerId([variable])
      const found = this.#meaning(value, 0)
      if (found.kind === 'several' && targets.length === 1)
        throw new NotUnderstood(
          value,
          `${found.layer} gives several tensors: take the first, ${this.#text(value)}[0].`,
        )
      const given: Meaning = found.kind === 'several' ? { kind: 'tensor', id: found.id } : found
      this.#variables.set(variable, given)
      // Only the first of several is known.
      for (const other of targets.slice(1)) this.#variables.delete(this.#text(other))
    } catch (error) {
      this.#variables.set(variable, null)
      throw error
    } finally {
      this.#wanted = null
    }
  }

  /** Layers that are made and never called. */
  idle(): MadeLayer[] {
    return layersIn(this.#root).flatMap(([, layer]) => (this.#called.has(layer) ? [] : [layer]))
  }

  #text(node: Node): string {
    return this.#script.text(node)
  }

  #return(statement: Node): void {
    const value = partsOf(statement).find(({ name }) => name !== 'return')
    if (!value) throw new NotUnderstood(statement, 'forward returns the output, such as return x.')
    // What stands behind it is kept, and never computed.
    if (this.output !== null)
      throw new NotUnderstood(statement, 'There is a return above this one: leave one of them out.')
    this.output = this.#tensor(value, 0)
  }

  #tensor(written: Node, depth: number): string {
    const found = this.#meaning(written, depth)
    if (found.kind === 'tensor') return found.id
    throw new NotUnderstood(
      written,
      found.kind === 'several'
        ? `${found.layer} gives several tensors: take the first, ${this.#text(written)}[0].`
        : `“${this.#text(written)}” is no tensor.`,
    )
  }

  #meaning(written: Node, depth: number): Meaning {
    const node = bare(written)
    if (depth > deepest) throw new NotUnderstood(node, 'This is nested deeper than can be read.')
    const value = valueOf(this.#script, node, depth)
    if (value !== undefined) return { kind: 'value', value }
    switch (node.name) {
      case 'VariableName':
        return this.#variable(node)
      case 'ArrayExpression':
      case 'TupleExpression':
        return { kind: 'tensors', ids: partsOf(node).map((part) => this.#tensor(part, depth + 1)) }
      case 'CallExpression':
        return this.#call(node, depth)
      case 'BinaryExpression':
        return this.#operator(node, depth)
      case 'MemberExpression':
        return this.#member(node, depth)
      default:
        throw new NotUnderstood(
          node,
          `“${this.#text(node)}” is not read here: call a layer, or a function of torch.`,
        )
    }
  }

  #variable(node: Node): Meaning {
    const name = this.#text(node)
    const found = this.#variables.get(name)
    if (found === null) throw new Unknown()
    if (found === undefined)
      throw new NotUnderstood(
        node,
        `Nothing is called ${name} above this line.${meaning(name, [...this.#variables.keys()])}`,
      )
    return found
  }

  #member(node: Node, depth: number): Meaning {
    const indexed = indexOf(node)
    if (indexed) {
      const index = valueOf(this.#script, indexed.index)
      const of = dotted(this.#script, indexed.of)
      if (of?.at(-1) === 'shape' && of.length === 2 && typeof index === 'number')
        return { kind: 'extent', of: this.#tensor(indexed.of.firstChild!, depth + 1), dim: index }
      const found = this.#meaning(indexed.of, depth + 1)
      if (found.kind === 'several' && index === 0) return { kind: 'tensor', id: found.id }
      throw new NotUnderstood(
        node,
        found.kind === 'several'
          ? `Of what ${found.layer} gives, only the first is known: [0].`
          : 'Parts of a tensor are taken by torch.select(x, dim, index).',
      )
    }
    if (node.lastChild && this.#text(node.lastChild) === 'device') {
      this.#tensor(node.firstChild!, depth + 1)
      return { kind: 'place' }
    }
    throw new NotUnderstood(node, `“${this.#text(node)}” is not read here.`)
  }

  #operator(node: Node, depth: number): Meaning {
    const [left, sign, right] = partsOf(node)
    const name = sign && operators[this.#text(sign)]
    if (!left || !right || !name)
      throw new NotUnderstood(
        sign ?? node,
        `${sign ? this.#text(sign) : 'This'} is not read here: there are ${Object.keys(operators).join(' ')} and torch’s functions.`,
      )
    const wanted = this.#inner()
    const given = [left, right].map((one): Given => ({
      name: null,
      node: one,
      meaning: this.#meaning(one, depth + 1),
    }))
    return this.#function(node, name, given, wanted)
  }

  /** The name for what is read now; what lies within gets names of its own. */
  #inner(): string | null {
    const wanted = this.#wanted
    this.#wanted = null
    return wanted
  }

  #call(node: Node, depth: number): Meaning {
    const callee = node.firstChild!
    const wanted = this.#inner()
    const path = pathOf(this.#script, callee)
    const given = (): Given[] =>
      argumentsOfCall(this.#script, node).map(({ name, value }) => ({
        name,
        node: value,
        meaning: this.#meaning(value, depth + 1),
      }))
    if (path) return this.#layer(node, path, given())
    const names = dotted(this.#script, callee)
    if (names?.join('.') === formulaCall) return this.#formula(node, depth, wanted)
    if (names && homes.has(names.slice(0, -1).join('.')))
      return this.#function(node, names.at(-1)!, given(), wanted)
    const method = callee.name === 'MemberExpression' && callee.lastChild
    if (!method || !callee.firstChild)
      throw new NotUnderstood(
        node,
        `${this.#text(callee)} is not read here: call a layer, or a function of torch.`,
      )
    const of = this.#meaning(callee.firstChild, depth + 1)
    const name = this.#text(method)
    // Places are whole numbers in torch of 64 bits, and are here already.
    if (name === 'long' && of.kind === 'tensor') return { ...of, whole: true }
    return this.#function(
      node,
      name,
      [{ name: null, node: callee.firstChild, meaning: of }, ...given()],
      wanted,
    )
  }

  #formula(node: Node, depth: number, wanted: string | null): Meaning {
    const [written, ...given] = argumentsOfCall(this.#script, node)
    const tensors = given.filter(({ name }) => name === null)
    const inputs = tensors.map(({ value }) => this.#tensor(value, depth + 1))
    const slope = given.find(({ name }) => name === 'slope')?.value
    const other = given.find(({ name }) => name !== null && name !== 'slope')
    if (other) throw new NotUnderstood(other.value, `formula takes no ${other.name}. It takes: slope.`)
    if (!written || written.name !== null || inputs.length === 0)
      throw new NotUnderstood(node, 'formula takes a lambda, and the tensors that it is of behind it.')
    if (slope && this.#text(slope) !== 'None' && inputs.length > 1)
      throw new NotUnderstood(
        slope,
        `A slope is of one tensor, and ${inputs.length} come behind the lambda. Leave slope out, or give the formula one tensor.`,
      )
    const options = {
      formula: formulaFrom(this.#script, written.value, inputs.length),
      ...(slope && {
        slope: this.#text(slope) === 'None' ? '' : formulaFrom(this.#script, slope, inputs.length),
      }),
    }
    const id = this.#idFor(wanted ?? formulaCall)
    this.#add(node, { id, op: formulaCall, options, inputs })
    return { kind: 'tensor', id }
  }

  #layer(node: Node, path: readonly string[], given: readonly Given[]): Meaning {
    const name = this.#text(node.firstChild!)
    const part = lookUp(this.#root, path)
    if (!part && this.#broken.has(path[0]!)) throw new Unknown()
    if (!part) {
      const made = [...this.#root.held.keys()].map((one) => `self.${one}`)
      throw new NotUnderstood(node, `${name} is not made in __init__.${meaning(name, made)}`)
    }
    if (this.#called.has(part))
      throw new NotUnderstood(
        node,
        `${name} is called a second time: layers are called once. Make another one in __init__ for this line.`,
      )
    this.#called.add(part)
    if (isHolder(part)) return this.#chain(node, part, path, given)
    return this.#addLayer(node, part, layerId(path), this.#inputsOf(part.layer, name, given))
  }

  #addLayer(node: Node, { layer, options, init }: MadeLayer, id: string, inputs: string[]): Meaning {
    const begins = Object.keys(init).length > 0 ? { init } : {}
    this.#add(node, { id, layer, options, inputs, ...begins })
    return severalOf(layer) ? { kind: 'several', id, layer } : { kind: 'tensor', id }
  }

  /** A Sequential called as one. */
  #chain(node: Node, part: Holder, path: readonly string[], given: readonly Given[]): Meaning {
    const name = this.#text(node.firstChild!)
    const inside = layersIn(part, path)
    if (!part.chained || inside.length === 0)
      throw new NotUnderstood(node, `${name} holds layers: call one of them, such as ${name}[0](x).`)
    let last: Meaning | null = null
    for (const [place, layer] of inside) {
      const from: readonly Given[] = last ? [{ name: null, node, meaning: last }] : given
      this.#called.add(layer)
      last = this.#addLayer(node, layer, layerId(place), this.#inputsOf(layer.layer, name, from))
    }
    return last!
  }

  #inputsOf(layer: string, name: string, given: readonly Given[]): string[] {
    const order = tensorNamesOf(layer)
    const inputs: string[] = []
    given.forEach(({ name: key, node, meaning: found }, i) => {
      const place = key === null ? i : order.indexOf(key)
      if (place === -1)
        throw new NotUnderstood(
          node,
          `${name} takes no ${key}.${order.length > 0 ? ` It takes: ${order.join(', ')}.` : ''}`,
        )
      if (found.kind === 'several')
        throw new NotUnderstood(node, `${found.layer} gives several tensors: take the first, with [0].`)
      if (found.kind !== 'tensor') throw new NotUnderstood(node, `${name} takes tensors.`)
      inputs[place] = found.id
    })
    const held = inputs.filter(() => true)
    if (held.length === 0 || held.length !== inputs.length)
      throw new NotUnderstood(given[0]?.node ?? 0, `${name} lacks a tensor.`)
    return inputs
  }

  #function(node: Node, name: string, given: readonly Given[], wanted: string | null): Meaning {
    const known = byTorchName.get(name)
    if (!known) {
      const all = [...byTorchName.keys()]
      const hint = meaning(name, all) || ` There are: ${all.join(', ')}.`
      throw new NotUnderstood(node, `There is no function ${name} here.${hint}`)
    }
    const [op, record] = known
    const { inputs, options } = argumentsOf(name, record, given, node)
    const id = this.#idFor(wanted ?? name)
    this.#add(node, { id, op, options, inputs })
    return { kind: 'tensor', id }
  }

  #idFor(wanted: string): string {
    let id = wanted
    for (let i = 2; this.#taken.has(id); i++) id = `${wanted}_${i}`
    this.#taken.add(id)
    return id
  }

  #add(at: Node, node: NetworkNode): void {
    this.nodes.push(node)
    this.places.set(node.id, at)
  }
}

/** A function's tensors and options by the places and names that torch gives them. */
function argumentsOf(
  name: string,
  { takes, options: all, absent = {} }: FunctionRecord,
  given: readonly Given[],
  call: Node,
): { inputs: string[]; options: NetworkNode['options'] } {
  const inputs: string[] = []
  const options: NetworkNode['options'] = {}
  given.forEach(({ name: key, node, meaning: found }, i) => {
    const place = key === null ? takes[i] : takes.find((one) => one === key)
    if (place === undefined)
      throw new NotUnderstood(
        node,
        key === null
          ? `${name} takes ${takes.length} arguments at most.`
          : `${name} takes no ${key} here.${meaning(key, takes) || ` It takes: ${takes.join(', ')}.`}`,
      )
    const option = all.find((one) => toStateName(one.name) === place)
    if (found.kind === 'value') {
      if (!option) throw new NotUnderstood(node, `${place} of ${name} must be a tensor.`)
      // What has a default there and is given by its place is what stands where nothing is given.
      if (key === null && 'default' in option && option.name in absent && option.default === found.value) {
        options[option.name] = undefined as never
        return
      }
      const { value } = found
      options[option.name] = (
        isRepeated(value) ? (value.open ? [value.repeated] : value.repeated) : value
      ) as never
    } else if (found.kind === 'extent') {
      inputs.push(found.of)
      options['dim'] = found.dim
    } else if (found.kind === 'tensors') {
      if (place !== 'tensors') throw new NotUnderstood(node, `${place} of ${name} is a single tensor.`)
      inputs.push(...found.ids)
    } else if (found.kind === 'several')
      throw new NotUnderstood(node, `${found.layer} gives several tensors: take the first, with [0].`)
    else if (found.kind === 'tensor') {
      if (place === 'tensors') throw new NotUnderstood(node, `${name} takes a list: [a, b].`)
      if (option && option.name !== 'other')
        throw new NotUnderstood(node, `${place} of ${name} must stand here as a value, such as a number.`)
      if (found.whole === true && place !== 'indices')
        throw new NotUnderstood(node, 'Only the places of take_along_dim are turned into whole numbers.')
      inputs.push(found.id)
    }
  })
  for (const [option, value] of Object.entries(absent)) if (!(option in options)) options[option] = value
  const kept = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const missing = all.find((option) => isRequired(option) && !(option.name in kept))
  if (missing) throw new NotUnderstood(call, `${name} needs ${toStateName(missing.name)}: ${missing.help}`)
  if (inputs.length === 0) throw new NotUnderstood(call, `${name} needs a tensor.`)
  return { inputs, options: kept }
}
