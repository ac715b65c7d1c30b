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
import type { Device } from '../../../engine/index.ts'
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
  const children = module.children()
  const own = Object.values(module).some((value) => value instanceof Tensor)
  if (own || children.length === 0) yield [name, module]
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
    const forward = module.forward.bind(module)
    module.forward = (...inputs: readonly unknown[]) => {
      const output = forward(...inputs)
      const [from, to] = [firstTensor(inputs[0]), firstTensor(output)]
      if (from !== null && to !== null)
        layers.push({
          name,
          type: typeOf(module),
          inputShape: batched(from.shape),
          outputShape: batched(to.shape),
          parameters: ownParameters(module),
        })
      return output
    }
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

/** Floating-point operations of one training step: two for each use of a weight forward, and twice that backward. */
export async function stepWork(spec: NetworkSpec, batchSize: number): Promise<number> {
  const layers = await layersIn(spec)
  return 6 * batchSize * layers.reduce((sum, layer) => sum + layer.parameters * usesOf(layer), 0)
}
