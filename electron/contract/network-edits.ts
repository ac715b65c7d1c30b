/**
 * Edits of a network's document as pure functions, the same for its list and its graph. What is sound stays so: every name is
 * there once, everything that is read is there, nothing waits for itself, and no value that the output needs is lost on the
 * way. An edit that cannot keep that is refused, with a sentence. Whether the layers fit each other the host tells, layer by
 * layer.
 */
import {
  commonGroup,
  freeId,
  layerGroup,
  isWithin,
  kindName,
  refused,
  within,
  type NetworkEdit,
} from './network-groups.ts'
import { withNode } from './network-options.ts'
import {
  inOrder,
  isLayer,
  neededBy,
  type FunctionNode,
  type LayerNode,
  type NetworkDocument,
  type NetworkNode,
} from './network.ts'

/** What reads a value, at its place among what it reads; `to` null: the output does. */
export interface NetworkEdge {
  readonly from: string
  readonly to: string | null
  readonly at: number
}

/** A node that is not in the document yet. */
export type NewNode = Omit<LayerNode, 'id' | 'inputs'> | Omit<FunctionNode, 'id' | 'inputs'>

/** Where values meet: with one of them left, what comes out is that one. */
export const merges = [
  { op: 'add', label: 'Add', most: 2, options: {} },
  { op: 'cat', label: 'Concatenate', most: Infinity, options: { dim: 1 } },
  { op: 'mul', label: 'Multiply', most: 2, options: {} },
] as const
export type Merge = (typeof merges)[number]
const isMerge = (node: NetworkNode): boolean => !isLayer(node) && merges.some(({ op }) => op === node.op)

// ---- looking ----

const nodeIn = ({ nodes }: NetworkDocument, id: string): NetworkNode | undefined =>
  nodes.find((node) => node.id === id)
/** `Linear 3`. */
export const calledNode = (node: NetworkNode): string => `${kindName(node)} ${node.id}`
const called = (document: NetworkDocument, id: string): string => {
  const node = nodeIn(document, id)
  return node ? calledNode(node) : id
}
const has = (document: NetworkDocument, id: string): boolean =>
  nodeIn(document, id) !== undefined || document.inputs.some(({ name }) => name === id)
/** All nodes, each behind those it reads. */
const sorted = ({ inputs, nodes }: NetworkDocument): NetworkNode[] =>
  inOrder(
    nodes,
    inputs.map(({ name }) => name),
  ).order
const readersOf = ({ nodes }: NetworkDocument, id: string): NetworkNode[] =>
  nodes.filter(({ inputs }) => inputs.includes(id))
const comesFrom = (document: NetworkDocument, id: string, from: string): boolean =>
  neededBy({ ...document, output: id }).has(from)

export const edgesOf = ({ nodes, output }: NetworkDocument): NetworkEdge[] => [
  ...nodes.flatMap(({ id, inputs }) => inputs.map((from, at) => ({ from, to: id, at }))),
  { from: output, to: null, at: 0 },
]
const isThere = (document: NetworkDocument, { from, to, at }: NetworkEdge): boolean =>
  to === null ? document.output === from : nodeIn(document, to)?.inputs[at] === from

// ---- parts of edits ----

/** Whoever read `from`, and the output, as reading `to`; `except` as before. */
const redirected = (
  document: NetworkDocument,
  from: string,
  to: string,
  except: readonly string[] = [],
): NetworkDocument => ({
  ...document,
  nodes: document.nodes.map((node) =>
    except.includes(node.id)
      ? node
      : { ...node, inputs: node.inputs.map((input) => (input === from ? to : input)) },
  ),
  output: document.output === from ? to : document.output,
})
const rewired = (document: NetworkDocument, { to, at }: NetworkEdge, from: string): NetworkDocument =>
  to === null
    ? { ...document, output: from }
    : withNode(document, to, (node) => ({ ...node, inputs: node.inputs.with(at, from) }))
/** Right behind or before a node of the list; where that is none, at its end or beginning. */
function placed(
  document: NetworkDocument,
  node: NetworkNode,
  where: 'behind' | 'before',
  id: string | null,
): NetworkDocument {
  const at = document.nodes.findIndex((one) => one.id === id)
  const place = where === 'before' ? (at === -1 ? document.nodes.length : at) : at + 1
  return { ...document, nodes: document.nodes.toSpliced(place, 0, node) }
}
/** A name for a new node, in the group of the one that it stands beside. */
const nameFor = (document: NetworkDocument, node: NewNode, beside: string): string => {
  const plain = ('layer' in node ? node.layer : node.op).toLowerCase()
  const group = nodeIn(document, beside) ? layerGroup(beside) : ''
  return freeId(document, within(group, plain))
}
const made = (node: NewNode, id: string, inputs: string[]): NetworkNode => ({ ...node, id, inputs })

// ---- more layers ----

/** Between two: it reads what the second one read there. */
export function insertedOn(document: NetworkDocument, edge: NetworkEdge, node: NewNode): NetworkEdit {
  if (!isThere(document, edge)) return refused('This edge is not there any more: choose another one.')
  const id = nameFor(document, node, edge.to ?? edge.from)
  const made_ = made(node, id, [edge.from])
  return { document: placed(rewired(document, edge, id), made_, 'before', edge.to), chosen: [id] }
}

/** Right behind a layer or an input: whatever read that reads the new one. */
export function insertedBehind(document: NetworkDocument, from: string, node: NewNode): NetworkEdit {
  if (!has(document, from)) return refused(`There is no “${from}” any more: choose another layer.`)
  const id = nameFor(document, node, from)
  return {
    document: placed(redirected(document, from, id), made(node, id, [from]), 'behind', from),
    chosen: [id],
  }
}

/** A second reader of a value, which nothing reads yet. */
export function branched(document: NetworkDocument, from: string, node: NewNode): NetworkEdit {
  if (!has(document, from)) return refused(`There is no “${from}” any more: choose another layer.`)
  const id = nameFor(document, node, from)
  return { document: placed(document, made(node, id, [from]), 'behind', from), chosen: [id] }
}

/** Where several values meet: what read the last of them that the output needs reads the result. */
export function merged(document: NetworkDocument, ids: readonly string[], merge: Merge): NetworkEdit {
  const sources = [...new Set(ids)].filter((id) => has(document, id))
  if (sources.length < 2)
    return refused('Choose the two or more layers whose values are to meet: Shift chooses several.')
  const needed = neededBy(document)
  const meeting = sorted(document).filter(({ id }) => sources.includes(id))
  const last = (meeting.findLast(({ id }) => needed.has(id)) ?? meeting.at(-1))?.id
  if (last === undefined) return refused('Inputs alone cannot meet here: add a layer behind one of them.')
  const { op, options, most } = merge
  let at = document
  const [first, ...rest] = sources as [string, ...string[]]
  let result = first
  const results: string[] = []
  while (rest.length > 0) {
    const inputs = [result, ...rest.splice(0, Math.min(rest.length, most - 1))]
    const node: NewNode = { op, options: { ...options } }
    result = nameFor(at, node, last)
    at = placed(at, made(node, result, inputs), 'behind', results.at(-1) ?? last)
    results.push(result)
  }
  // What one of the others comes from goes on reading the value itself.
  const before = readersOf(document, last).filter(({ id }) =>
    sources.some((source) => comesFrom(document, source, id)),
  )
  const except = [...results, ...before.map(({ id }) => id)]
  return { document: redirected(at, last, result, except), chosen: [result] }
}

/** What goes into the first of them is added to what comes out of the last (He et al. 2015). */
export function residualAround(document: NetworkDocument, ids: readonly string[]): NetworkEdit {
  const chosen = sorted(document).filter(({ id }) => ids.includes(id))
  const [first, last] = [chosen[0], chosen.at(-1)]
  if (!first || !last) return refused('Choose the layers that the residual goes around first.')
  const [source, ...others] = first.inputs
  if (source === undefined || others.length > 0)
    return refused(
      `${calledNode(first)} reads several values, and a residual adds one: begin at a layer that reads one.`,
    )
  if (!comesFrom(document, last.id, first.id))
    return refused(
      `${calledNode(last)} is not computed from ${calledNode(first)}: choose layers that follow each other.`,
    )
  const isAround = ({ inputs }: NetworkNode) => inputs.includes(last.id) && inputs.includes(source)
  if (document.nodes.some((node) => isMerge(node) && isAround(node)))
    return refused(`There is a residual around ${calledNode(last)} already.`)
  const sum: NewNode = { op: 'add', options: {} }
  const id = nameFor(document, sum, last.id)
  const node = made(sum, id, [last.id, source])
  return { document: placed(redirected(document, last.id, id), node, 'behind', last.id), chosen: [id] }
}

/**
 * The same once more, right behind them: what read the last reads the copy of it. A single node that reads several values
 * reads all but the first of them again; what is the first in several places, as in self-attention, is the copy's in all.
 */
export function duplicated(document: NetworkDocument, ids: readonly string[]): NetworkEdit {
  const chosen = sorted(document).filter(({ id }) => ids.includes(id))
  const last = chosen.at(-1)
  if (!last) return refused('Choose the layers to duplicate first.')
  const inside = new Set(chosen.map(({ id }) => id))
  const outside = new Set(chosen.flatMap(({ inputs }) => inputs.filter((from) => !inside.has(from))))
  if (chosen.length > 1 && outside.size > 1)
    return refused(
      `These layers read several values (${[...outside].join(', ')}): choose a part that one value goes into.`,
    )
  const isRead = ({ id }: NetworkNode) =>
    document.output === id || readersOf(document, id).some((reader) => !inside.has(reader.id))
  const leaving = chosen.find((node) => node !== last && isRead(node))
  if (leaving)
    return refused(
      `${calledNode(leaving)} is read from outside, as ${calledNode(last)} is: choose a part that one value comes out of.`,
    )
  // A whole group becomes a group beside it, in which everything has its own name.
  const group = chosen.length > 1 ? commonGroup([...inside]) : ''
  const isWhole = group !== '' && document.nodes.every(({ id }) => inside.has(id) || !isWithin(id, group))
  const copiedGroup = isWhole ? freeId(document, group) : ''
  const copies = new Map<string, string>()
  let at = document
  for (const node of chosen) {
    const id = isWhole ? copiedGroup + node.id.slice(group.length) : freeId(at, node.id)
    copies.set(node.id, id)
    at = { ...at, nodes: [...at.nodes, { ...node, id }] }
  }
  const inputsOf = ({ inputs }: NetworkNode): string[] =>
    chosen.length === 1
      ? inputs.map((from) => (from === inputs[0] ? last.id : from))
      : inputs.map((from) => copies.get(from) ?? last.id)
  // In the list they stand together, in its order.
  const copied = document.nodes
    .filter(({ id }) => inside.has(id))
    .map((node): NetworkNode => ({ ...node, id: copies.get(node.id)!, inputs: inputsOf(node) }))
  const end = document.nodes.findLastIndex(({ id }) => inside.has(id))
  const { nodes, ...rest } = redirected(document, last.id, copies.get(last.id)!, [...inside])
  return {
    document: { ...rest, nodes: nodes.toSpliced(end + 1, 0, ...copied) },
    chosen: copied.map(({ id }) => id),
  }
}

// ---- fewer ----

/** Nodes left out, and merges that have one value left; `resolve` gives what stands for a node now. */
function leftOut(document: NetworkDocument, gone: ReadonlySet<string>, cut: NetworkEdge | null = null) {
  const instead = new Map<string, string>()
  const resolve = (id: string): string => instead.get(id) ?? id
  const nodes = new Map<string, NetworkNode>()
  for (const node of sorted(document)) {
    const kept = cut?.to === node.id ? node.inputs.toSpliced(cut.at, 1) : node.inputs
    if (gone.has(node.id)) {
      instead.set(node.id, resolve(kept.find((from) => !gone.has(from)) ?? kept[0]!))
      continue
    }
    const inputs = kept.map(resolve)
    const [before, now] = [new Set(node.inputs), new Set(inputs)]
    // A square, or twice a value, is a computation of its own: only where others met before is nothing left to meet.
    const isCut = inputs.length === 1 && node.inputs.length > 1
    const isLeft = now.size === 1 && (before.size > 1 || isCut)
    if (isMerge(node) && isLeft && (node.options['other'] ?? null) === null) instead.set(node.id, inputs[0]!)
    else nodes.set(node.id, { ...node, inputs })
  }
  return {
    document: {
      ...document,
      nodes: document.nodes.flatMap(({ id }) => nodes.get(id) ?? []),
      output: resolve(document.output),
    },
    resolve,
  }
}

/** What read them reads what they read, as far as nothing is lost by it. */
export function removed(document: NetworkDocument, ids: readonly string[]): NetworkEdit {
  const gone = new Set(document.nodes.filter(({ id }) => ids.includes(id)).map(({ id }) => id))
  const last = [...gone].at(-1)
  if (last === undefined) return refused('Choose the layers to remove first.')
  const { document: after, resolve } = leftOut(document, gone)
  const [before, now] = [neededBy(document), neededBy(after)]
  if (!after.nodes.some(({ id }) => now.has(id)))
    return refused('A network has at least one layer: add another one before this is removed.')
  const lost = [...before].filter((id) => !gone.has(id) && resolve(id) === id && !now.has(id))
  if (lost.length > 0) {
    const [first, others] = [called(document, lost[0]!), lost.length - 1]
    return refused(
      `Several values meet in ${[...gone].map((id) => called(document, id)).join(', ')}: without it nothing would read ${first}${others > 0 ? ` and ${others} more` : ''}. Remove these as well, or connect them first.`,
    )
  }
  const next = resolve(last)
  return { document: after, chosen: nodeIn(after, next) ? [next] : [] }
}

/** One value less. What only it was read by is left open. */
export function disconnected(document: NetworkDocument, edge: NetworkEdge): NetworkEdit {
  if (!isThere(document, edge)) return refused('This edge is not there any more: choose another one.')
  const node = edge.to === null ? undefined : nodeIn(document, edge.to)
  if (!node) return refused('The output is always read from a layer: connect another layer to it instead.')
  if (node.inputs.length === 1)
    return refused(
      `${calledNode(node)} reads nothing else: connect another layer to it instead, or remove it.`,
    )
  const { document: after, resolve } = leftOut(document, new Set(), edge)
  const next = resolve(node.id)
  return { document: after, chosen: nodeIn(after, next) ? [next] : [] }
}

/** One value more, or, where there is room for one alone, another; `most`: how many it takes. `to` null: the output. */
export function connected(
  document: NetworkDocument,
  from: string,
  to: string | null,
  most: number,
): NetworkEdit {
  if (!has(document, from)) return refused(`There is no “${from}” any more: choose another layer.`)
  if (to === null) {
    if (!nodeIn(document, from)) return refused('The output is a layer’s: connect a layer to it.')
    if (document.output === from) return refused(`${called(document, from)} is the output already.`)
    return { document: { ...document, output: from }, chosen: [from] }
  }
  const node = nodeIn(document, to)
  if (!node) return refused(`Nothing flows into “${to}”: connect to a layer.`)
  if (from === to || comesFrom(document, from, to))
    return refused(
      `${called(document, from)} is computed from ${calledNode(node)}: connected, each would wait for the other.`,
    )
  if (node.inputs.includes(from))
    return refused(`${calledNode(node)} reads ${called(document, from)} already.`)
  const { inputs } = node
  if (inputs.length >= most && inputs.length > 1)
    return refused(
      `${calledNode(node)} reads ${inputs.length} values, and takes no more: disconnect one of them first.`,
    )
  const next = inputs.length < most ? [...inputs, from] : [from]
  // A second tensor takes the place of the number that stood for one.
  const { other: _, ...options } = node.options
  const kept = next.length > 1 ? options : node.options
  return {
    document: withNode(document, to, (one) => ({ ...one, options: kept, inputs: next })),
    chosen: [to],
  }
}

// ---- in another order ----

/** Taken out, and set between two others. */
export function movedTo(document: NetworkDocument, id: string, edge: NetworkEdge): NetworkEdit {
  const node = nodeIn(document, id)
  if (!node) return refused('Choose a layer to move first.')
  if (!isThere(document, edge)) return refused('This edge is not there any more: choose another one.')
  if (edge.from === id || edge.to === id) return refused(`${calledNode(node)} is there already.`)
  if (node.inputs.length > 1)
    return refused(`Several values meet in ${calledNode(node)}: it stays where they do.`)
  const { document: without } = leftOut(document, new Set([id]))
  const at = edge.to === null ? 0 : (nodeIn(without, edge.to)?.inputs.indexOf(edge.from) ?? -1)
  const now = { ...edge, at }
  if (at === -1 || !isThere(without, now))
    return refused(`Without ${calledNode(node)} this edge is not there: choose another one.`)
  const set = placed(rewired(without, now, id), { ...node, inputs: [edge.from] }, 'before', edge.to)
  return { document: set, chosen: [id] }
}

/** Before what it reads, or behind what reads it. */
export function moved(document: NetworkDocument, id: string, where: 'earlier' | 'later'): NetworkEdit {
  const node = nodeIn(document, id)
  if (!node) return refused('Choose a layer to move first.')
  if (where === 'earlier') {
    const before = nodeIn(document, node.inputs[0]!)
    if (!before) return refused(`${calledNode(node)} is the first layer already.`)
    if (before.inputs.length > 1)
      return refused(
        `Several values meet in ${calledNode(before)}: remove ${calledNode(node)}, and add it again with the + on the line that it is for.`,
      )
    return movedTo(document, id, { from: before.inputs[0]!, to: before.id, at: 0 })
  }
  const [reader, ...others] = readersOf(document, id)
  if (!reader) return refused(`${calledNode(node)} is the last layer already.`)
  if (others.length > 0 || document.output === id)
    return refused(
      `Several layers read ${calledNode(node)}: remove it, and add it again with the + on the line that it is for.`,
    )
  if (node.inputs.length > 1)
    return refused(`Several values meet in ${calledNode(node)}: it stays where they do.`)
  const { document: without } = leftOut(document, new Set([id]))
  if (!nodeIn(without, reader.id))
    return refused(
      `Without ${calledNode(node)} nothing meets in ${calledNode(reader)}: it stays where it is.`,
    )
  const set = placed(
    redirected(without, reader.id, id),
    { ...node, inputs: [reader.id] },
    'behind',
    reader.id,
  )
  return { document: set, chosen: [id] }
}
