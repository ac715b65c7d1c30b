/** What a training step asks of a device, roughly: by it `auto` chooses one. */
import { countsOf, noGrad, trace, type GraphCounts, type nn, type StepWork } from '../../../engine/index.ts'
import { documentOf, type NetworkSpec } from './build.ts'
import { blankInput, onPaper } from './check.ts'
import { sketchOf } from './module.ts'

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1)

/** Modules that hold tensors themselves, or no other modules: what people call layers. */
function* layersOf(module: nn.AnyModule, name = ''): Generator<[string, nn.AnyModule]> {
  const children = module.namedChildren()
  const own = [...module.parameters(false), ...module.buffers(false)]
  if (own.length > 0 || children.length === 0) yield [name, module]
  else for (const [key, child] of children) yield* layersOf(child, name === '' ? key : `${name}.${key}`)
}

/** A layer as it runs, of one example. */
interface Layer {
  readonly type: string
  /** Tensors that training changes. */
  readonly weights: number
  readonly shape: readonly number[]
}
interface Outline extends GraphCounts {
  readonly layers: readonly Layer[]
}

/** A layer that is not called itself is met where its weights are used, as the filters of a text CNN are. */
function outline(spec: NetworkSpec): Outline {
  const network = sketchOf(documentOf(spec))
  const example = spec.inputs.map((input) => blankInput(input, 1))
  const graph = noGrad(() => trace(network, example))
  const layers = [...layersOf(network)].flatMap(([name, module]) => {
    const call = graph.modules.find((m) => m.name === name)
    const uses = graph.nodes.filter((node) => node.inputs.some((v) => v.name?.startsWith(`${name}.`)))
    const to = call?.outputs[0] ?? uses.at(-1)?.outputs[0]
    return to ? [{ type: module.constructor.name, weights: module.parameters().length, shape: to.shape }] : []
  })
  return { layers, ...countsOf(graph) }
}

/** Kernels of a layer with weights, for their uses forward and back and for changing them; a recurrence has some for each position. */
const kernelsOf = ({ type, weights, shape }: Layer): number =>
  type === 'LSTM' ? 4 * shape[1]! : weights > 0 ? 8 : 0
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
  const { layers, parameters, multiplyAdds } = await onPaper(() => outline(spec))
  const sum = (of: (layer: Layer) => number): number => layers.reduce((total, layer) => total + of(layer), 0)
  // Every layer writes what comes out, though not all of it is kept.
  const written = sum(({ shape }) => sizeOf(shape.slice(1)))
  return {
    flops: 6 * batchSize * multiplyAdds,
    bytes: activationMoves * batchSize * floatBytes * written + weightMoves * parameters.bytes,
    kernels: otherKernels + sum(kernelsOf),
  }
}
