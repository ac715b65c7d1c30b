/** What a network looks like, read from the graph of its ops for one example; nothing is computed. */
import { activationsOf, cat, countsOf, nn, noGrad, trace } from '../../../engine/index.ts'
import type { GraphCounts, StepWork, Tensor } from '../../../engine/index.ts'
import { losses, memberOf, type Loss, type ModelSummary } from '../../contract/index.ts'
import { lossFunctionOf } from '../training/losses.ts'
import { sourceOf } from './python.ts'
import { buildNetwork, documentOf, type Network, type NetworkSpec } from './build.ts'
import { blankInput, onPaper } from './check.ts'

type Layer = ModelSummary['layers'][number]

const batched = (shape: readonly number[]): Layer['inputShape'] => ['N', ...shape.slice(1)]

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1)

function ownParameters(module: nn.AnyModule): number {
  return module.parameters().reduce((sum, parameter) => sum + sizeOf(parameter.shape), 0)
}

const typeOf = (module: nn.AnyModule): string =>
  module instanceof nn.Dropout ? `Dropout(${module.p})` : module.constructor.name

/** Modules that hold tensors themselves, or no other modules: what people call layers. */
function* layersOf(module: nn.AnyModule, name = ''): Generator<[string, nn.AnyModule]> {
  const children = module.namedChildren()
  const own = [...module.parameters(false), ...module.buffers(false)]
  if (own.length > 0 || children.length === 0) yield [name, module]
  else for (const [key, child] of children) yield* layersOf(child, name === '' ? key : `${name}.${key}`)
}

/** The layers in the order in which an example meets them, and what they compute for it. */
interface Outline extends GraphCounts {
  readonly layers: readonly Layer[]
}

/** A layer that is not called itself is met where its weights are used, as the filters of a text CNN are. */
function outline(network: Network, example: readonly Tensor[]): Outline {
  const graph = noGrad(() => trace(network, example))
  const met = [...layersOf(network)].flatMap(([name, module]) => {
    const call = graph.modules.find((m) => m.name === name)
    const uses = graph.nodes.filter((node) => node.inputs.some((v) => v.name?.startsWith(`${name}.`)))
    const from =
      call?.inputs[0] ?? uses[0]?.inputs.find(({ kind }) => kind === 'input' || kind === 'computed')
    const to = call?.outputs[0] ?? uses.at(-1)?.outputs[0]
    if (!from || !to) return []
    const layer: Layer = {
      name,
      type: typeOf(module),
      inputShape: batched(from.shape),
      outputShape: batched(to.shape),
      parameters: ownParameters(module),
    }
    return [{ layer, at: to.id }]
  })
  return {
    layers: met.sort((a, b) => a.at - b.at).map(({ layer }) => layer),
    ...countsOf(graph),
  }
}

/** Bytes that a step keeps of one example for the way back. */
function activationBytes(network: Network, example: readonly Tensor[]): number {
  const kept = (inputs: readonly Tensor[]): number => activationsOf(network, [...inputs]).bytes
  // What is kept once for any number of examples, such as the scales of a batch norm, is no part of one of them.
  return kept(example.map((input) => cat([input, input]))) - kept(example)
}

/** `body` gets the network as it predicts, and one example. */
const sketched = <R>(
  spec: NetworkSpec,
  body: (network: Network, example: readonly Tensor[]) => R,
): Promise<R> =>
  onPaper(() =>
    body(
      buildNetwork(spec).eval(),
      spec.inputs.map((input) => blankInput(input, 1)),
    ),
  )

/** `choices`: among how many answers each prediction is made. */
export async function describeNetwork(spec: NetworkSpec, loss: Loss, choices: number): Promise<ModelSummary> {
  const document = documentOf(spec)
  const { layers, parameters, kept } = await sketched(spec, (network, example) => ({
    ...outline(network, example),
    kept: activationBytes(network, example),
  }))
  return {
    layers: [...layers],
    parameters: parameters.elements,
    bytes: parameters.bytes,
    activationBytes: kept,
    expectedInitialLoss: lossFunctionOf(loss).atStart(choices),
    loss: memberOf(losses, loss.name).label,
    document,
    source: await sourceOf(document),
  }
}

/** Kernels of a layer with weights, for their uses forward and back and for changing them; a recurrence has some for each position. */
const kernelsOf = ({ type, parameters, outputShape }: Layer): number =>
  type === 'LSTM' ? 4 * Number(outputShape[1]) : parameters > 0 ? 8 : 0
/** Gathering the batch, and the loss. */
const otherKernels = 5
/** How often an activation is moved: written and read forward, read again for the gradient, and that one written. */
const activationMoves = 4
/** How often a weight is moved: read forward and back, its gradient written, and both averages of Adam read and written with it. */
const weightMoves = 10
const floatBytes = 4

/**
 * What one training step asks for, roughly: two operations for each use of a weight forward, and twice that backward;
 * kernels as they were counted in steps of small networks and large ones.
 */
export async function stepWork(spec: NetworkSpec, batchSize: number): Promise<StepWork> {
  const { layers, parameters, multiplyAdds } = await sketched(spec, outline)
  const sum = (of: (layer: Layer) => number): number => layers.reduce((total, layer) => total + of(layer), 0)
  // Every layer writes what comes out, though not all of it is kept.
  const written = sum(({ outputShape }) => sizeOf(outputShape.slice(1).map(Number)))
  return {
    flops: 6 * batchSize * multiplyAdds,
    bytes: activationMoves * batchSize * floatBytes * written + weightMoves * parameters.bytes,
    kernels: otherKernels + sum(kernelsOf),
  }
}
