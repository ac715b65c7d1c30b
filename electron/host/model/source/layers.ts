/** What `__init__` makes: layers by their places, and what changes their first weights. */
import { toStateName } from '../../../../engine/index.ts'
import type { Initialization, LayerNode } from '../../../contract/index.ts'
import { nearest } from '../../inputs/nearest.ts'
import { layerNames, optionsOfLayer, recordOfLayer } from '../layers.ts'
import {
  argumentsOfCall,
  bare,
  childrenOf,
  dotted,
  indexOf,
  NotUnderstood,
  partsOf,
  type Node,
  type Script,
} from './tree.ts'
import { deepest, isRepeated, valueOf, type Repeated, type Value } from './values.ts'

type OptionJson = LayerNode['options'][string]

export interface MadeLayer {
  readonly layer: string
  readonly options: LayerNode['options']
  readonly init: Record<string, Initialization>
  /** Where it is made. */
  readonly at: Node
}
/** Layers that lie together; `chained`: called as one, each gets what the one before gave. */
export interface Holder {
  readonly chained: boolean
  readonly held: Map<string, Part>
}
export type Part = MadeLayer | Holder
export const isHolder = (part: Part): part is Holder => 'held' in part

export const meaning = (name: string, names: readonly string[]): string => {
  const meant = nearest(name, names)
  return meant === null ? '' : ` Did you mean ${meant}?`
}

/** The constructor's name as the records have it; null: it is none of torch.nn's, and no class of the source. */
function layerOf(script: Script, callee: Node): string | null {
  const names = dotted(script, callee)
  if (!names) return null
  const path = names.join('.')
  const inTorch = /^(?:torch\.)?nn\.(\w+)$/.exec(path)
  return inTorch ? inTorch[1]! : names.length === 1 ? path : null
}

/** A single number of a list is the number of each: `(3,) * 2`. */
const asOption = (value: Value | Repeated): OptionJson =>
  (isRepeated(value) ? [value.repeated] : value) as OptionJson

function optionsOfCall(script: Script, call: Node, layer: string): LayerNode['options'] {
  const all = optionsOfLayer(layer)
  const places = all.filter(({ option: { byName = false } }) => !byName)
  const plain = all.filter((one) => one.plain)
  const names = plain.map(({ option }) => toStateName(option.name))
  const options: Record<string, OptionJson> = {}
  argumentsOfCall(script, call).forEach(({ name, value: node }, i) => {
    const option = (name === null ? places[i] : plain[names.indexOf(name)])?.option
    if (!option || (name === null && !plain.some((one) => one.option === option)))
      throw new NotUnderstood(
        node,
        name === null
          ? `${layer} takes no argument here: it has ${names.join(', ') || 'no options'}.`
          : `${layer} has no ${name}.${meaning(name, names) || (names.length > 0 ? ` It has: ${names.join(', ')}.` : ' It has no options.')}`,
      )
    if (option.name in options)
      throw new NotUnderstood(node, `${toStateName(option.name)} is given twice: leave one of them out.`)
    const value = valueOf(script, node)
    if (value === undefined)
      throw new NotUnderstood(
        node,
        `${toStateName(option.name)} must stand here as a value, such as a number: “${script.text(node)}” would have to be computed.`,
      )
    options[option.name] = asOption(value)
  })
  const missing = all.find(({ option, required }) => required && !(option.name in options))
  if (missing) {
    const { name, help } = missing.option
    throw new NotUnderstood(call, `${layer} needs ${toStateName(name)}: ${help}`)
  }
  return options
}

/** A layer, or several that lie together. */
export function partOf(script: Script, written: Node, depth = 0): Part {
  const node = bare(written)
  if (depth > deepest) throw new NotUnderstood(node, 'This is nested deeper than can be read.')
  const callee = node.name === 'CallExpression' ? node.firstChild : null
  const layer = callee && layerOf(script, callee)
  if (!layer)
    throw new NotUnderstood(
      node,
      `“${short(script.text(node))}” is no layer: write one of torch.nn with its options, such as nn.Linear(4, 8).`,
    )
  const inner = (of: readonly Node[], chained: boolean): Holder => ({
    chained,
    held: new Map(of.map((one, i) => [String(i), partOf(script, one, depth + 1)])),
  })
  const [first] = argumentsOfCall(script, node)
  if (layer === 'Sequential')
    return inner(
      argumentsOfCall(script, node).map(({ value }) => value),
      true,
    )
  if (layer === 'ModuleList' && first?.value.name === 'ArrayExpression')
    return inner(partsOf(first.value), false)
  if (layer === 'ModuleDict' && first?.value.name === 'DictionaryExpression')
    return dictionaryOf(script, first.value, depth)
  if (!layerNames().includes(layer)) {
    const hint = meaning(layer, layerNames()) || ' The list of layers is in the help of Model.'
    throw new NotUnderstood(node, `There is no layer ${layer} here.${hint}`)
  }
  if (callee.name === 'VariableName' && recordOfLayer(layer).python === undefined)
    throw new NotUnderstood(node, `${layer} is one of torch.nn: write nn.${layer}.`)
  return { layer, options: optionsOfCall(script, node, layer), init: {}, at: node }
}

function dictionaryOf(script: Script, node: Node, depth: number): Holder {
  const parts = partsOf(node)
  const held = new Map<string, Part>()
  for (let i = 0; i < parts.length; i += 2) {
    const [key, value] = [valueOf(script, parts[i]!), parts[i + 1]]
    if (typeof key !== 'string' || !value)
      throw new NotUnderstood(parts[i]!, 'Layers of a dictionary have names in quotes.')
    if (held.has(key)) throw new NotUnderstood(parts[i]!, `There is another “${key}” in this dictionary.`)
    held.set(key, partOf(script, value, depth + 1))
  }
  return { chained: false, held }
}

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text)

// ---- where layers are ----

/** `self.layer1[0]["conv1"]` as its parts; null: something else. */
export function pathOf(script: Script, written: Node, depth = 0): string[] | null {
  const node = bare(written)
  if (depth > deepest) return null
  const indexed = indexOf(node)
  if (indexed) {
    const before = pathOf(script, indexed.of, depth + 1)
    const key = valueOf(script, indexed.index)
    return before && (typeof key === 'string' || typeof key === 'number') ? [...before, String(key)] : null
  }
  if (node.name === 'MemberExpression') {
    const { firstChild: of, lastChild: last } = node
    if (!of || last?.name !== 'PropertyName') return null
    if (script.text(of) === 'self') return [script.text(last)]
    const before = pathOf(script, of, depth + 1)
    return before && [...before, script.text(last)]
  }
  if (node.name === 'CallExpression' && script.text(node.firstChild!) === 'self.get_submodule') {
    const [path] = argumentsOfCall(script, node)
    const value = path && valueOf(script, path.value)
    return typeof value === 'string' ? value.split('.') : null
  }
  return null
}

/** What lies there; null: nothing. */
export function lookUp(root: Holder, path: readonly string[]): Part | null {
  let at: Part | undefined = root
  for (const name of path) at = at && isHolder(at) ? at.held.get(name) : undefined
  return at ?? null
}

/** Every layer with its place, in the order in which they are made. */
export const layersIn = (part: Part, path: readonly string[] = []): [path: readonly string[], MadeLayer][] =>
  isHolder(part)
    ? [...part.held].flatMap(([name, below]) => layersIn(below, [...path, name]))
    : [[path, part]]

// ---- statements ----

const forms =
  'Here stand layers, such as self.fc = nn.Linear(4, 8), and what scales their first weights, such as self.fc.weight.data.mul_(0.5).'

/** One statement of `__init__`: puts what it makes under `root`. */
export function readField(script: Script, root: Holder, statement: Node): void {
  const [first, sign, value, ...more] = childrenOf(statement).filter(({ name }) => name !== 'Comment')
  if (statement.name === 'AssignStatement' && first && value && sign?.name === 'AssignOp' && !more.length) {
    const path = pathOf(script, first)
    if (path?.length !== 1) throw new NotUnderstood(first, forms)
    return place(root, path[0]!, partOf(script, value), first)
  }
  if (statement.name !== 'ExpressionStatement' || first?.name !== 'CallExpression')
    throw new NotUnderstood(statement, forms)
  const callee = script.text(first.firstChild!)
  if (/^super\([^()]*\)\.__init__$/.test(callee)) return
  const given = argumentsOfCall(script, first)
  if (callee === 'self.add_module' || callee === 'self.register_module') {
    const [name, made] = given
    const value = name && valueOf(script, name.value)
    if (typeof value !== 'string' || !made) throw new NotUnderstood(statement, forms)
    return place(root, value, partOf(script, made.value), first)
  }
  if (readInit(script, root, first, callee)) return
  throw new NotUnderstood(statement, forms)
}

function place(root: Holder, name: string, part: Part, at: Node): void {
  if (root.held.has(name))
    throw new NotUnderstood(at, `There is another self.${name}: give this one a name of its own.`)
  root.held.set(name, part)
}

function readInit(script: Script, root: Holder, call: Node, callee: string): boolean {
  const given = argumentsOfCall(script, call)
  const set = (parameter: Node, start: Initialization): boolean => {
    const path = pathOf(script, parameter)
    const name = path?.pop()
    const layer = path && lookUp(root, path)
    if (name === undefined || !layer || isHolder(layer))
      throw new NotUnderstood(parameter, `${script.text(parameter)} is no parameter of a layer above.`)
    layer.init[name] = start
    return true
  }
  const [first, ...others] = given
  const scaled = call.firstChild!
  if (/\.data\.mul_$/.test(callee) && first && others.length === 0) {
    const by = valueOf(script, first.value)
    const parameter = scaled.firstChild?.firstChild
    if (typeof by !== 'number' || !parameter)
      throw new NotUnderstood(call, 'First weights are scaled by a number.')
    return set(parameter, { name: 'scaled', by })
  }
  if (!/^(?:torch\.)?nn\.init\.kaiming_normal_$/.test(callee) || !first) return false
  const options = Object.fromEntries(others.map(({ name, value }) => [name, valueOf(script, value)]))
  if (options['mode'] !== 'fan_out' || options['nonlinearity'] !== 'relu' || others.length !== 2)
    throw new NotUnderstood(
      call,
      'This way to start is known as kaiming_normal_(…, mode="fan_out", nonlinearity="relu").',
    )
  return set(first.value, { name: 'kaimingNormal' })
}
