/** The engine's module that a network's document describes. */
import { nn, type Tensor } from '../../../engine/index.ts'
import {
  graphProblems,
  isLayer,
  orderOf,
  type LayerNode,
  type NetworkDocument,
  type NetworkNode,
} from '../../contract/index.ts'
import { functionOf } from './functions.ts'
import { callLayer, makeLayer, sketchLayer } from './layers.ts'

/** What the loss compares comes out: logits [N, K], or the one output [N, 1] of a regression. */
export interface Network extends nn.Module<Tensor[], Tensor> {
  /** Told what each node computes, while it is there. No layer can be called so: ids have no capitals. */
  nodeObserver: ((node: string, value: Tensor) => void) | null
}

/** Holds the layers whose ids begin alike; nobody calls it. */
class Group extends nn.Module<never, never> {
  forward(): never {
    throw new Error('A group only holds layers.')
  }
}

interface Step {
  readonly id: string
  readonly inputs: readonly string[]
  readonly compute: (x: readonly Tensor[]) => Tensor
}

/** Its layers are found, and saved, under their ids. Takes the document's inputs in their order. */
class DocumentNetwork extends nn.Module<Tensor[], Tensor> implements Network {
  nodeObserver: Network['nodeObserver'] = null
  readonly #inputs: readonly string[]
  readonly #output: string
  readonly #steps: readonly Step[]

  constructor(document: NetworkDocument, make: (node: LayerNode) => nn.AnyModule) {
    super()
    const layers = new Map(
      document.nodes.filter(isLayer).map((node) => [node.id, this.#place(node.id, make(node))]),
    )
    this.#inputs = document.inputs.map(({ name }) => name)
    this.#output = document.output
    this.#steps = stepsOf(document, layers)
  }

  forward(...tensors: Tensor[]): Tensor {
    const values = new Map(this.#inputs.map((name, i) => [name, tensors[i]!]))
    for (const { id, inputs, compute } of this.#steps) {
      const value = compute(inputs.map((name) => values.get(name)!))
      values.set(id, value)
      this.nodeObserver?.(id, value)
    }
    return values.get(this.#output)!
  }

  #place(id: string, layer: nn.AnyModule): nn.AnyModule {
    const path = id.split('.')
    const name = path.pop()!
    const holder = path.reduce<nn.AnyModule>(
      (at, part) => {
        const held = at.namedChildren().find(([child]) => child === part)
        return held ? held[1] : at.registerModule(part, new Group() as unknown as nn.AnyModule)
      },
      this as unknown as nn.AnyModule,
    )
    return holder.registerModule(name, layer)
  }
}

function stepsOf(document: NetworkDocument, layers: ReadonlyMap<string, nn.AnyModule>): Step[] {
  const { order } = orderOf(document)
  const steps = order.map((node): Step => {
    const { id, inputs } = node
    const fused = maxOverTime(node, document)
    if (fused) {
      const conv = layers.get(fused.conv.id) as nn.Conv1d
      const compute: Step['compute'] = ([words]) => nn.functional.conv1dMax(words!, conv.weight, conv.bias)
      return { id, inputs: [fused.words], compute }
    }
    if (!isLayer(node)) return { id, inputs, compute: functionOf(node.op, node.options).call }
    const module = layers.get(id)!
    return { id, inputs, compute: (x) => callLayer(node.layer, module, x) }
  })
  return withoutUnread(steps, document.output)
}

/**
 * The largest answer of each filter over [N, L, C], where a document says transpose, convolve, amax: the engine has a function
 * for all three, which is a third of the work of the way back or less.
 */
function maxOverTime(
  node: NetworkNode,
  { nodes, output }: NetworkDocument,
): { readonly words: string; readonly conv: LayerNode } | null {
  const before = ({ inputs }: NetworkNode): NetworkNode | undefined =>
    nodes.find(({ id }) => id === inputs[0])
  if (isLayer(node) || node.op !== 'amax' || node.options['dim'] !== 2 || node.options['keepdim'] === true)
    return null
  const conv = before(node)
  if (!conv || !isLayer(conv) || conv.layer !== 'Conv1d') return null
  const usual = ['inChannels', 'outChannels', 'kernelSize', 'bias']
  const isRead = conv.id === output || nodes.some((one) => one !== node && one.inputs.includes(conv.id))
  if (isRead || !Object.keys(conv.options).every((name) => usual.includes(name))) return null
  const turned = before(conv)
  if (!turned || isLayer(turned) || turned.op !== 'transpose') return null
  const dims = [turned.options['dim0'], turned.options['dim1']]
  return dims.includes(1) && dims.includes(2) ? { words: turned.inputs[0]!, conv } : null
}

/** Without what nothing reads any more. */
function withoutUnread(steps: readonly Step[], output: string): Step[] {
  const read = new Set([output])
  const kept = steps.toReversed().filter(({ id, inputs }) => {
    if (!read.has(id)) return false
    for (const input of inputs) read.add(input)
    return true
  })
  return kept.toReversed()
}

/**
 * Weights are drawn from the engine's generator, in the order of the nodes. Errors: an Error that says what is wrong with the
 * document; `problemsOf` finds all of it, node by node.
 */
export const moduleOf = (document: NetworkDocument): Network => networkOf(document, makeLayer)

/** The same without weights that mean anything, as it predicts: for whoever only looks at its graph. */
export const sketchOf = (document: NetworkDocument): Network => networkOf(document, sketchLayer).eval()

function networkOf(document: NetworkDocument, make: (node: LayerNode) => nn.AnyModule): Network {
  const [problem] = graphProblems(document)
  if (problem) throw new Error(problem.message)
  return new DocumentNetwork(document, make)
}
