/**
 * A network as a document: a graph of layers by PyTorch's names, with their options, and of the functions between them.
 * Everything else about it is made from the document: the module, shapes, drawings, PyTorch's source, ONNX.
 */
import { z } from 'zod'
import { reservedIn } from './network-names.ts'

// ---- what goes in ----

const extent = z.int().min(1)
const tensorSpecs = {
  /** float32 [width] */
  numbers: { kind: z.literal('numbers'), width: z.int().min(0) },
  /** int32 [columns]: how many codes each column has. */
  codes: { kind: z.literal('codes'), sizes: z.array(extent).readonly() },
  /** float32 [channels, height, width], kept as bytes; a network sees (byte / 255 − mean) / std. */
  pixels: {
    kind: z.literal('pixels'),
    channels: extent,
    height: extent,
    width: extent,
    mean: z.array(z.number()).readonly(),
    std: z.array(z.number()).readonly(),
  },
  /** int32 [length]; `vocabulary`: how many words there are, the special ones included; `padding` fills up short texts. */
  tokens: { kind: z.literal('tokens'), length: extent, vocabulary: extent, padding: z.int().min(0) },
}
const name = { name: z.string().min(1) }

/** A tensor of an example, by name: `numbers`, `codes`, `pixels.Photo`, `tokens.Title`. The batch stands in front. */
export const networkInputSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ ...name, ...tensorSpecs.numbers }),
    z.strictObject({ ...name, ...tensorSpecs.codes }),
    z.strictObject({ ...name, ...tensorSpecs.pixels }),
    z.strictObject({ ...name, ...tensorSpecs.tokens }),
  ])
  .readonly()
export type NetworkInput = z.infer<typeof networkInputSchema>

// ---- nodes ----

/** How a parameter starts, where not as its layer has it. */
export const initializationSchema = z.discriminatedUnion('name', [
  /** Drawn anew: normal with variance 2 / fan-out (He et al. 2015, https://arxiv.org/abs/1502.01852). */
  z.strictObject({ name: z.literal('kaimingNormal') }),
  /** What the layer drew, times a number. */
  z.strictObject({ name: z.literal('scaled'), by: z.number() }),
])
export type Initialization = z.infer<typeof initializationSchema>

/** Parts in small letters, joined by dots: with a parameter's name behind it, the name of a tensor in the state dict. */
const nodeId = z.string().regex(/^[a-z0-9_]+(\.[a-z0-9_]+)*$/)
const common = {
  id: nodeId,
  options: z.record(z.string(), z.json()).default({}),
  /** Names of inputs and ids of nodes, in the order in which it takes them. */
  inputs: z.array(z.string()).min(1),
}
const layerNodeSchema = z.strictObject({
  ...common,
  /** A module by PyTorch's name: `Conv2d`. Of several tensors that come out of it, nodes behind it get the first. */
  layer: z.string(),
  /** By the parameter's name in the state dict: `weight`. */
  init: z.record(z.string(), initializationSchema).optional(),
})
const functionNodeSchema = z.strictObject({
  ...common,
  /** A function by PyTorch's name in camelCase: `cat`. */
  op: z.string(),
})
export const networkNodeSchema = z.union([layerNodeSchema, functionNodeSchema])
export type LayerNode = z.infer<typeof layerNodeSchema>
export type FunctionNode = z.infer<typeof functionNodeSchema>
export type NetworkNode = LayerNode | FunctionNode
export const isLayer = (node: NetworkNode): node is LayerNode => 'layer' in node

export const networkDocumentSchema = z.strictObject({
  inputs: z.array(networkInputSchema).readonly(),
  /** Layers draw their first weights in this order, whatever the order in which they are computed. */
  nodes: z.array(networkNodeSchema).readonly(),
  /** The node, or input, whose value comes out. */
  output: z.string(),
})
export type NetworkDocument = z.infer<typeof networkDocumentSchema>

/** What of a source is not understood, or does not fit, and where; lines and columns count from 1. */
export const sourceProblemSchema = z.object({
  line: z.int().min(1),
  column: z.int().min(1),
  message: z.string(),
})
export type SourceProblem = z.infer<typeof sourceProblemSchema>

/** A source as a document; null: it is not understood. A document may have problems, as when layers are edited. */
export const readSourceSchema = z.object({
  document: networkDocumentSchema.nullable(),
  problems: z.array(sourceProblemSchema),
})
export type ReadSource = z.infer<typeof readSourceSchema>

/** Longer than any network's that fits a window. */
export const longestSource = 400_000

// ---- whether it holds together ----

/** What of a document is put in the place of what it has: nodes of the same id, and new ones before whoever reads them. */
export const networkMendSchema = z.object({
  /** The words of its button. */
  label: z.string(),
  nodes: z.array(networkNodeSchema),
  output: z.string().optional(),
})
export type NetworkMend = z.infer<typeof networkMendSchema>

export const networkProblemSchema = z.object({
  /** The node that it belongs to; null: the document as a whole. */
  node: z.string().nullable(),
  message: z.string(),
  /** The value of one of the node's options that would mend it. */
  fix: z.object({ option: z.string(), value: z.int() }).optional(),
  /** What would mend it where that is more than an option. */
  mend: networkMendSchema.optional(),
})
export type NetworkProblem = z.infer<typeof networkProblemSchema>

export function withMend(
  document: NetworkDocument,
  { nodes, output }: Omit<NetworkMend, 'label'>,
): NetworkDocument {
  const given = new Map(nodes.map((node) => [node.id, node]))
  const known = new Set(document.nodes.map(({ id }) => id))
  const added = nodes.filter(({ id }) => !known.has(id))
  const placed = new Set<string>()
  const put = (node: NetworkNode): NetworkNode[] => {
    const read = added.filter(({ id }) => node.inputs.includes(id) && !placed.has(id))
    for (const { id } of read) placed.add(id)
    return [...read.flatMap(put), node]
  }
  const kept = document.nodes.flatMap((node) => put(given.get(node.id) ?? node))
  const rest = added.filter(({ id }) => !placed.has(id))
  return { ...document, nodes: [...kept, ...rest], output: output ?? document.output }
}

/** Each behind those it reads, else as they came; `known`: what is there before all of them. */
export function inOrder(
  nodes: readonly NetworkNode[],
  known: Iterable<string>,
): { readonly order: NetworkNode[]; readonly stuck: NetworkNode[] } {
  const there = new Set(known)
  const order: NetworkNode[] = []
  let waiting = [...nodes]
  for (let before = -1; before !== order.length;) {
    before = order.length
    waiting = waiting.filter((node) => {
      if (!node.inputs.every((input) => there.has(input))) return true
      there.add(node.id)
      order.push(node)
      return false
    })
  }
  return { order, stuck: waiting }
}

/**
 * The nodes that the output needs, each behind those it reads, and among these in the document's order; and those that wait
 * for each other, or for what is not there.
 */
export function orderOf(document: NetworkDocument): {
  readonly order: NetworkNode[]
  readonly stuck: NetworkNode[]
} {
  const needed = neededBy(document)
  return inOrder(
    document.nodes.filter(({ id }) => needed.has(id)),
    document.inputs.map(({ name }) => name),
  )
}

/** What nothing reads that the output needs, the nodes that it reads first; `order`: what the output needs. */
export function unreadBehind(
  { inputs, nodes }: NetworkDocument,
  order: readonly NetworkNode[],
): NetworkNode[] {
  const read = new Set(order)
  return inOrder(
    nodes.filter((node) => !read.has(node)),
    [...inputs.map(({ name }) => name), ...order.map(({ id }) => id)],
  ).order
}

/** What the output is computed from, inputs included. */
export function neededBy({ nodes, output }: NetworkDocument): ReadonlySet<string> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const needed = new Set<string>()
  const need = [output]
  for (let id = need.pop(); id !== undefined; id = need.pop()) {
    if (needed.has(id)) continue
    needed.add(id)
    need.push(...(byId.get(id)?.inputs ?? []))
  }
  return needed
}

/** A name under which no module can be found, or found again. */
function nameProblems({ nodes }: NetworkDocument): NetworkProblem[] {
  const layers = nodes.filter(isLayer)
  const ids = new Set(layers.map(({ id }) => id))
  return layers.flatMap(({ id }): NetworkProblem[] => {
    const part = reservedIn(id)
    const outer = id
      .split('.')
      .map((_, i, parts) => parts.slice(0, i).join('.'))
      .find((group) => ids.has(group))
    return [
      ...(part === undefined
        ? []
        : [
            {
              node: id,
              message: `${id} cannot be called so: every module has something else by the name “${part}”. Call it differently.`,
            },
          ]),
      ...(outer === undefined
        ? []
        : [
            {
              node: id,
              message: `${id} would be a part of ${outer}, which is a layer and no group: call one of them differently.`,
            },
          ]),
    ]
  })
}

/** What is wrong with the graph itself, before anybody knows what its layers are. */
export function graphProblems(document: NetworkDocument): NetworkProblem[] {
  const { inputs, nodes, output } = document
  const names = [...inputs.map(({ name }) => name), ...nodes.map(({ id }) => id)]
  const known = new Set(names)
  const problems = nodes.flatMap((node, i): NetworkProblem[] => {
    const { id, inputs: from } = node
    const twice = names.indexOf(id) < inputs.length + i
    const missing = from.filter((one) => !known.has(one))
    // What stands in the line above is what most layers read; what is computed from this node would wait for it.
    const isBehind = (one: string): boolean => neededBy({ ...document, output: one }).has(id)
    const near = missing.length > 0 ? [nodes[i - 1]?.id, inputs[0]?.name] : []
    const before = near.find((one) => one !== undefined && !isBehind(one))
    const reading = from.map((one) => (known.has(one) ? one : before!))
    const mend =
      before === undefined
        ? {}
        : { mend: { label: `Read ${before} instead`, nodes: [{ ...node, inputs: reading }] } }
    return [
      ...(twice
        ? [{ node: id, message: `There is another “${id}”: every node needs a name of its own.` }]
        : []),
      ...missing.map((one) => ({ node: id, message: `${id} reads “${one}”, which is not there.`, ...mend })),
    ]
  })
  const last = nodes.at(-1)?.id
  if (!known.has(output))
    problems.push({
      node: null,
      message: `The output “${output}” is not there.`,
      ...(last === undefined ? {} : { mend: { label: `Make ${last} the output`, nodes: [], output: last } }),
    })
  problems.push(...nameProblems(document))
  if (problems.length > 0) return problems
  return orderOf(document).stuck.map(({ id }) => ({
    node: id,
    message: `${id} is part of a cycle, or behind one: it waits for what it computes itself.`,
  }))
}

// ---- what nodes can be ----

/** An option of a layer or function, as data for forms. */
export const nodeOptionSchema = z.object({
  /** PyTorch's, in camelCase. */
  name: z.string(),
  help: z.string(),
  kind: z.enum(['whole', 'index', 'number', 'flag', 'choice', 'extents', 'shape', 'sides', 'text']),
  required: z.boolean(),
  /** What stands where nothing is given. */
  default: z.json().optional(),
  /** The option whose value is the default. */
  like: z.string().optional(),
  nullable: z.boolean(),
  least: z.number().optional(),
  most: z.number().optional(),
  choices: z.array(z.string()).optional(),
  /** How many numbers there may be instead of one. */
  count: z.int().optional(),
  words: z.array(z.string()).optional(),
})
export type NodeOption = z.infer<typeof nodeOptionSchema>

/** A layer or function that nodes can name. */
export const nodeKindSchema = z.object({
  name: z.string(),
  /** As in the headings of PyTorch's lists; of functions `Functions`. */
  family: z.string(),
  help: z.string(),
  /** The page that documents it. */
  source: z.string(),
  options: z.array(nodeOptionSchema),
  /** How many tensors it takes; `most` null: any number. */
  inputs: z.object({ least: z.int(), most: z.int().nullable() }),
})
export type NodeKind = z.infer<typeof nodeKindSchema>
export const nodeKindsSchema = z.object({
  layers: z.array(nodeKindSchema),
  functions: z.array(nodeKindSchema),
})
