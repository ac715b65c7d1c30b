/**
 * A network's document from PyTorch's source: what `python.ts` writes, and what people change in it. The whole of it is
 * understood, or everything that is not is said with its place, and nothing is taken over.
 */
import type { NetworkDocument, NetworkInput, NetworkNode, SourceProblem } from '../../../contract/index.ts'
import { networkNodeSchema, variablesOf } from '../../../contract/index.ts'
import { functions } from '../functions.ts'
import { layerNames, recordOfLayer } from '../layers.ts'
import { orderMark } from '../python.ts'
import { Forward } from './forward.ts'
import { readField, type Holder } from './layers.ts'
import {
  brokenAt,
  childrenOf,
  NotUnderstood,
  parsePython,
  placesIn,
  statementsOf,
  Unknown,
  type Node,
  type Script,
} from './tree.ts'

export type ReadSource =
  | {
      readonly document: NetworkDocument
      /** Where each node stands. */
      readonly places: ReadonlyMap<string, { readonly line: number; readonly column: number }>
    }
  | { readonly document: null; readonly problems: readonly SourceProblem[] }

/** `inputs`: what the data gives, which the source only names. */
export function readSource(source: string, inputs: readonly NetworkInput[]): ReadSource {
  const script = parsePython(source)
  const placeOf = placesIn(source)
  const problems: NotUnderstood[] = []
  const said = (error: unknown): void => {
    if (error instanceof Unknown) return
    if (!(error instanceof NotUnderstood)) throw error
    problems.push(error)
  }
  const attempt = <R>(read: () => R): R | null => {
    try {
      return read()
    } catch (error) {
      said(error)
      return null
    }
  }
  const found = attempt(() => readNetwork(script, inputs, attempt))
  if (problems.length > 0 || !found) {
    const first = problems.toSorted((a, b) => a.at - b.at).slice(0, mostSaid)
    return { document: null, problems: first.map(({ at, message }) => ({ ...placeOf(at), message })) }
  }
  const { document, forward } = found
  const places = [...forward.places].map(([id, { from }]) => [id, placeOf(from)] as const)
  return { document, places: new Map(places) }
}

/** More than that nobody reads. */
const mostSaid = 50

type Attempt = <R>(read: () => R) => R | null

function readNetwork(
  script: Script,
  inputs: readonly NetworkInput[],
  attempt: Attempt,
): { readonly document: NetworkDocument; readonly forward: Forward } {
  const mistake = brokenAt(script)
  if (mistake !== null)
    throw new NotUnderstood(
      mistake,
      'This cannot be read as Python from here on: is a bracket, a quote or a comma missing, or a line indented by other spaces?',
    )
  const { fields, forward: body, parameters, start } = partsOfClass(script, attempt)
  const root: Holder = { chained: false, held: new Map() }
  const broken = new Set<string>()
  for (const field of fields)
    if (attempt(() => readField(script, root, field)) === null) broken.add(fieldName(script, field))
  const variables = attempt(() => inputsOf(script, parameters, inputs))
  if (variables === null) throw new Unknown()
  const forward = new Forward(script, { root, broken }, variables)
  const read = statementsOf(body).map((statement) =>
    attempt(() => forward.read(statement, idBehind(script, statement))),
  )
  // Behind what is not understood, nobody knows what is missing.
  if (read.includes(null)) throw new Unknown()
  for (const { at } of forward.idle())
    attempt(() => {
      throw new NotUnderstood(
        at,
        'This layer is never called in forward: call it there, or remove this line.',
      )
    })
  const { output } = forward
  if (output === null) throw new NotUnderstood(body.to, 'forward must end with the output: return x.')
  const nodes = ordered(forward.nodes, orderIn(script, start))
  for (const node of nodes)
    if (!networkNodeSchema.safeParse(node).success)
      throw new NotUnderstood(
        forward.places.get(node.id)!,
        `${node.id} is no name for a layer: small letters, digits and _ make one.`,
      )
  return { document: { inputs, nodes, output }, forward }
}

/** Of `self.fc = …`: fc. */
const fieldName = ({ text }: Script, field: Node): string =>
  /^self\.(?:add_module\(["'])?(\w+)/.exec(text(field))?.[1] ?? ''

/** The id that its variable does not tell: `largest_0 = …  # largest.0`. */
function idBehind({ source, text }: Script, statement: Node): string | null {
  const next = statement.nextSibling
  if (next?.name !== 'Comment' || source.slice(statement.to, next.from).includes('\n')) return null
  const [, id] = /^# ([a-z0-9_]+(?:\.[a-z0-9_]+)*)$/.exec(text(next).trim()) ?? []
  return id ?? null
}

/** In which order the nodes stand where it is not that of the lines. */
function orderIn({ text }: Script, init: Node): readonly string[] {
  const marks = childrenOf(init).filter((node) => node.name === 'Comment' && text(node).startsWith(orderMark))
  const [mark] = marks
  return mark
    ? text(mark)
        .slice(orderMark.length)
        .split(',')
        .map((id) => id.trim())
    : []
}

/** What the order does not name stays behind what it stood behind. */
function ordered(nodes: readonly NetworkNode[], order: readonly string[]): NetworkNode[] {
  if (order.length === 0) return [...nodes]
  let last = -1
  const ranked = nodes.map((node) => {
    const rank = order.indexOf(node.id)
    if (rank !== -1) last = rank
    return { node, rank: last }
  })
  return ranked.toSorted((a, b) => a.rank - b.rank).map(({ node }) => node)
}

// ---- the file ----

interface ClassParts {
  readonly start: Node
  readonly fields: readonly Node[]
  readonly forward: Node
  readonly parameters: Node
}

function partsOfClass(script: Script, attempt: Attempt): ClassParts {
  const { text } = script
  const classes: Node[] = []
  for (const node of statementsOf(script.top))
    attempt(() => {
      if (node.name === 'ClassDefinition') return void (isKnownClass(script, node) || classes.push(node))
      if (node.name === 'FunctionDefinition' && isKnownFunction(script, node)) return
      if (node.name !== 'ImportStatement')
        throw new NotUnderstood(node, 'Beside the imports and the network’s class nothing is read here.')
      if (!/^(?:import|from) torch\b/.test(text(node)))
        throw new NotUnderstood(node, 'Only torch is known here: remove this import and what it is for.')
    })
  const [network, second] = classes
  if (!network)
    throw new NotUnderstood(0, 'The network is missing: class Net(nn.Module), with __init__ and forward.')
  if (second)
    throw new NotUnderstood(second, 'There is one class, the network: write the layers of this one into it.')
  const methods = new Map<string, Node>()
  for (const node of statementsOf(network.getChild('Body')!))
    attempt(() => {
      const name = node.name === 'FunctionDefinition' ? text(node.getChild('VariableName')!) : ''
      if (name !== '__init__' && name !== 'forward')
        throw new NotUnderstood(node, 'A network has __init__ and forward, and nothing else is read.')
      if (methods.has(name)) throw new NotUnderstood(node, `There is another ${name} above: leave one out.`)
      methods.set(name, node)
    })
  const [init, forward] = [methods.get('__init__'), methods.get('forward')]
  if (!forward) throw new NotUnderstood(network, 'The class has no forward(self, …).')
  const start = init?.getChild('Body')
  if (!init || !start) throw new NotUnderstood(network, 'The class has no __init__(self).')
  attempt(() => {
    const [, extra] = namesIn(init.getChild('ParamList')!)
    if (extra)
      throw new NotUnderstood(extra, '__init__ takes self alone: write the numbers where they are used.')
  })
  return {
    start,
    fields: statementsOf(start),
    forward: forward.getChild('Body')!,
    parameters: forward.getChild('ParamList')!,
  }
}

/** A layer that torch does not have comes with its class. Errors: for one that was changed. */
function isKnownClass({ text }: Script, node: Node): boolean {
  const name = text(node.getChild('VariableName')!)
  if (!layerNames().includes(name)) return false
  const known = recordOfLayer(name).python
  if (known === undefined) return false
  if (isOtherwise(text(node), known))
    throw new NotUnderstood(
      node,
      `${name} was changed, and is read only as it was written: change its options in __init__.`,
    )
  return true
}

/** So does a function. Errors: for one that was changed. */
function isKnownFunction({ text }: Script, node: Node): boolean {
  const name = text(node.getChild('VariableName')!)
  const known = Object.hasOwn(functions, name) ? functions[name]!.python : undefined
  if (known === undefined) return false
  if (isOtherwise(text(node), known))
    throw new NotUnderstood(
      node,
      `${name} was changed, and is read only as it was written: change what it is given in forward.`,
    )
  return true
}

function isOtherwise(source: string, known: string): boolean {
  const plain = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()
  return plain(source) !== plain(known)
}

const namesIn = (list: Node): Node[] => childrenOf(list).filter(({ name }) => name === 'VariableName')

/** Ids of inputs by forward's parameters: by name; where people call them otherwise, in their order. */
function inputsOf(
  { text }: Script,
  list: Node,
  inputs: readonly NetworkInput[],
): ReadonlyMap<string, string> {
  const [, ...parameters] = namesIn(list)
  const usual = variablesOf({ inputs, nodes: [], output: '' })
  const named = inputs.map(({ name }) => ({ name, variable: usual.get(name)! }))
  const given = parameters.map(text)
  const left = named.filter(({ variable }) => !given.includes(variable))
  const found = given.map((variable, i): [string, string] => {
    const input = named.find((one) => one.variable === variable) ?? left.shift()
    if (!input)
      throw new NotUnderstood(
        parameters[i]!,
        `The data gives ${named.map((one) => one.variable).join(', ')}: there is nothing for ${variable}.`,
      )
    return [variable, input.name]
  })
  return new Map(found)
}
