/** What a network looks like, found by building it and sending one example through without computing anything. */
import {
  nn,
  noGrad,
  openDevice,
  setDefaultDevice,
  defaultDevice,
  tensor,
  Tensor,
} from '../../../engine/index.ts'
import type { Device, StepWork } from '../../../engine/index.ts'
import type { ModelSummary } from '../../contract/index.ts'
import { buildNetwork, type NetworkSpec } from './build.ts'
import { inputShape } from './input.ts'

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

const firstTensor = (value: unknown): Tensor | null => {
  if (value instanceof Tensor) return value
  return Array.isArray(value) ? (value.find((item) => item instanceof Tensor) ?? null) : null
}

/** The layers in the order in which an example meets them. */
function trace(network: nn.AnyModule, input: Tensor): Layer[] {
  const layers: Layer[] = []
  for (const [name, module] of layersOf(network)) {
    module.registerForwardHook((_, inputs, output) => {
      const [from, to] = [firstTensor(inputs[0]), firstTensor(output)]
      if (from !== null && to !== null)
        layers.push({
          name,
          type: typeOf(module),
          inputShape: batched(from.shape),
          outputShape: batched(to.shape),
          parameters: ownParameters(module),
        })
    })
  }
  noGrad(() => network.eval().forward(input))
  return layers
}

/** Nothing is computed on it, so the slowest will do; it needs no memory of a GPU. */
let sketchpad: Promise<Device> | null = null

async function layersIn(spec: NetworkSpec): Promise<Layer[]> {
  sketchpad ??= openDevice('reference')
  const device = await sketchpad
  const before = currentDevice()
  setDefaultDevice(device)
  try {
    const shape = [1, ...inputShape(spec.input)]
    const example =
      spec.input.kind === 'text' ? new Int32Array(sizeOf(shape)) : new Float32Array(sizeOf(shape))
    return trace(buildNetwork(spec), tensor(example, { shape }))
  } finally {
    if (before !== null) setDefaultDevice(before)
  }
}

function currentDevice(): Device | null {
  try {
    return defaultDevice()
  } catch {
    return null
  }
}

export async function describeNetwork(spec: NetworkSpec): Promise<ModelSummary> {
  const { task, outputs } = spec
  const layers = await layersIn(spec)
  const parameters = layers.reduce((sum, layer) => sum + layer.parameters, 0)
  return {
    layers,
    parameters,
    bytes: 4 * parameters,
    // A model that has learnt nothing gives every class 1/K; or predicts the mean of a target of variance 1.
    expectedInitialLoss: task === 'classification' ? Math.log(outputs) : 1,
    loss:
      task === 'classification' ? 'Softmax cross-entropy' : 'Mean squared error of the standardised target',
  }
}

/** How often a layer's weights are used for one example: at every pixel of what it puts out, or for every word. */
function usesOf({ type, outputShape }: Layer): number {
  const [, ...extents] = outputShape.map(Number)
  if (type === 'Embedding') return 0
  if (type.startsWith('Conv')) return sizeOf(extents.slice(1))
  return extents.length > 1 && !type.startsWith('BatchNorm') ? extents[0]! : 1
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
  const layers = await layersIn(spec)
  const sum = (of: (layer: Layer) => number): number => layers.reduce((total, layer) => total + of(layer), 0)
  const activations = sum(({ outputShape }) => sizeOf(outputShape.slice(1).map(Number)))
  const weights = sum(({ parameters }) => parameters)
  return {
    flops: 6 * batchSize * sum((layer) => layer.parameters * usesOf(layer)),
    bytes: floatBytes * (activationMoves * batchSize * activations + weightMoves * weights),
    kernels: otherKernels + sum(kernelsOf),
  }
}
