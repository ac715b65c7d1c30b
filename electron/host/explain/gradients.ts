/** How an answer changes with what a network computes of an example: with pixels, numbers, and the vectors of words. */
import { nn, noGrad, tensor, type Tensor } from '../../../engine/index.ts'
import { DescentError } from '../../contract/index.ts'
import { sizeOfInput, type InputOf, type InputSpec, type NamedInputs } from '../model/input.ts'
import { slopesOf } from './answers.ts'
import type { Example } from './example.ts'
import type { Explainable } from './model.ts'

/** What one input is to the network where it can be moved: where it stands in the example, and in the reference. */
export interface Movable {
  readonly input: InputSpec
  /** Numbers of one example: of words their vectors, one after the other. */
  readonly shape: readonly number[]
  readonly from: Float32Array
  readonly to: Float32Array
}

/** Numbers that one pass through the network is given. */
const mostNumbers = 2 ** 22
const mostRows = 64

function normalized(
  { channels, height, width, mean, std }: InputOf<'pixels'>,
  bytes: ArrayLike<number>,
): Float32Array {
  const size = height * width
  return Float32Array.from({ length: channels * size }, (_, i) => {
    const channel = Math.floor(i / size)
    return (bytes[i]! / 255 - mean[channel]!) / std[channel]!
  })
}

const noVectors = ({ name }: InputSpec): DescentError =>
  new DescentError(
    'badRequest',
    `This network makes no vector of each word of ${name.replace(/^tokens\./, '“')}” that gradients could be taken of. Choose occlusion instead.`,
    'explanation',
  )

const refuseCodes = (): DescentError =>
  new DescentError(
    'badRequest',
    'This network looks categories up by their number, and gradients say nothing of a number that cannot change a little. Choose Shapley values or occlusion instead.',
    'explanation',
  )

const repeated = (values: ArrayLike<number>, rows: number, Of: typeof Int32Array | typeof Float32Array) => {
  const all = new Of(values.length * rows)
  for (let row = 0; row < rows; row++) all.set(values, row * values.length)
  return all
}

/** Layers that look up vectors of these tensors get others instead, or are listened to. */
function withVectors<T>(
  { module }: Explainable,
  hook: (looked: Tensor, vectors: Tensor) => Tensor | undefined,
  use: () => T,
): T {
  const handles = module
    .modules()
    .filter((one) => one instanceof nn.Embedding)
    .map((one) =>
      (one as nn.Embedding).registerForwardHook((_, [looked], vectors) =>
        hook(looked as Tensor, vectors as Tensor),
      ),
    )
  try {
    return use()
  } finally {
    for (const handle of handles) handle.remove()
  }
}

/** Errors: a DescentError for a network whose inputs cannot be moved. */
export async function movablesOf(model: Explainable, { inputs, reference }: Example): Promise<Movable[]> {
  const { spec, module } = model
  if (spec.inputs.some(({ kind }) => kind === 'codes')) throw refuseCodes()
  const words = spec.inputs.filter((input): input is InputOf<'tokens'> => input.kind === 'tokens')
  const vectors = new Map<string, { readonly width: number; readonly values: Float32Array }>()
  if (words.length > 0) {
    // The example, and one of the same length that is padding throughout: the vectors of either.
    const given = spec.inputs.map((input) => {
      const own = inputs[input.name]!
      const other = input.kind === 'tokens' ? new Int32Array(own.length).fill(input.padding) : own
      const both = Float32Array.from([...own, ...other])
      if (input.kind === 'tokens') return tensor(Int32Array.from(both), { shape: [2, input.length] })
      if (input.kind === 'pixels') return pixelsTensor(input, both, 2)
      return tensor(both, { shape: [2, sizeOfInput(input)] })
    })
    const seen = new Map<Tensor, Tensor>()
    const output = withVectors(
      model,
      (looked, found) => {
        seen.set(looked, found)
        return undefined
      },
      () => noGrad(() => module.forward(...given)),
    )
    await output.data()
    for (const input of words) {
      const found = seen.get(given[spec.inputs.indexOf(input)]!)
      if (found === undefined) throw noVectors(input)
      const values = (await found.data()) as Float32Array
      vectors.set(input.name, { width: found.shape[2]!, values: Float32Array.from(values) })
    }
  }
  return spec.inputs.map((input): Movable => {
    if (input.kind === 'tokens') {
      const { width, values } = vectors.get(input.name)!
      const size = input.length * width
      return { input, shape: [input.length, width], to: values.slice(0, size), from: values.slice(size) }
    }
    if (input.kind === 'pixels') {
      const shape = [input.channels, input.height, input.width]
      const to = normalized(input, inputs[input.name]!)
      // The mean color of the training split, which the network sees as nothing.
      return { input, shape, to, from: new Float32Array(to.length) }
    }
    const [to, from] = [inputs, reference].map((one) => Float32Array.from(one[input.name]!)) as [
      Float32Array,
      Float32Array,
    ]
    return { input, shape: [to.length], to, from }
  })
}

const pixelsTensor = (input: InputOf<'pixels'>, bytes: Float32Array, rows: number): Tensor => {
  const size = sizeOfInput(input)
  const values = new Float32Array(bytes.length)
  for (let row = 0; row < rows; row++)
    values.set(normalized(input, bytes.subarray(row * size, (row + 1) * size)), row * size)
  return tensor(values, { shape: [rows, input.channels, input.height, input.width] })
}

/** How many of these the network is given at once. */
export const rowsAtOnce = (movables: readonly Movable[]): number => {
  const numbers = movables.reduce((sum, { to }) => sum + to.length, 0)
  return Math.max(1, Math.min(mostRows, Math.floor(mostNumbers / Math.max(1, numbers))))
}

/** Of each movable, rows × its numbers: the gradient of the answer at these places. */
export async function gradientsAt(
  model: Explainable,
  movables: readonly Movable[],
  { inputs }: { readonly inputs: NamedInputs },
  places: readonly Float32Array[],
  rows: number,
  answer: number,
): Promise<Float32Array[]> {
  const leaves = movables.map(({ shape }, i) =>
    tensor(places[i]! as Float32Array<ArrayBuffer>, { shape: [rows, ...shape], requiresGrad: true }),
  )
  const given = movables.map(({ input }, i) =>
    input.kind === 'tokens'
      ? tensor(repeated(inputs[input.name]!, rows, Int32Array), { shape: [rows, input.length] })
      : leaves[i]!,
  )
  const output = withVectors(
    model,
    (looked) => leaves[given.indexOf(looked)],
    () => model.module.forward(...given),
  )
  const said = (await output.data()) as Float32Array
  const slopes = slopesOf(model.preparation, said, rows, answer)
  output.backward(tensor(slopes, { shape: [...output.shape] }))
  const found = await Promise.all(
    leaves.map(async ({ grad }, i) =>
      grad === null
        ? new Float32Array(places[i]!.length)
        : Float32Array.from((await grad.data()) as Float32Array),
    ),
  )
  for (const one of new Set([...leaves, ...given, output])) one.dispose()
  return found
}

/** What the network says of the example, and of one that is the reference in all that can be moved. */
export async function endsOf(
  model: Explainable,
  movables: readonly Movable[],
  { inputs }: { readonly inputs: NamedInputs },
): Promise<Float32Array> {
  const places = movables.map(({ from, to }) => Float32Array.from([...to, ...from]))
  const values = movables.map(({ input, shape }, i) =>
    input.kind === 'tokens'
      ? tensor(repeated(inputs[input.name]!, 2, Int32Array), { shape: [2, input.length] })
      : tensor(places[i]!, { shape: [2, ...shape] }),
  )
  const moved = movables.map(({ shape }, i) => tensor(places[i]!, { shape: [2, ...shape] }))
  const output = withVectors(
    model,
    (looked) => moved[values.indexOf(looked)],
    () => noGrad(() => model.module.forward(...values)),
  )
  return Float32Array.from((await output.data()) as Float32Array)
}

const noConvolution = (): DescentError =>
  new DescentError(
    'badRequest',
    'This network has no convolution of pictures, whose maps Grad-CAM is made of. Choose integrated gradients, saliency or occlusion instead.',
    'explanation',
  )

/** What a layer made of the example, map by map, and how the answer changes with it. */
export interface Maps {
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly values: Float32Array
  readonly gradients: Float32Array
}

/** Of the last convolution that the example goes through. Errors: a DescentError for a network without one. */
export async function lastMapsOf(
  model: Explainable,
  [movable]: readonly Movable[],
  answer: number,
): Promise<Maps> {
  const convolutions = model.module.modules().filter((one) => one instanceof nn.Conv2d)
  if (movable?.input.kind !== 'pixels' || convolutions.length === 0) throw noConvolution()
  const given = tensor(movable.to as Float32Array<ArrayBuffer>, {
    shape: [1, ...movable.shape],
    requiresGrad: true,
  })
  /** The last one that was called, whichever stands last in the document. */
  let maps: Tensor | null = null
  const handles = convolutions.map((one) =>
    one.registerForwardHook((_, __, made) => {
      maps = made as Tensor
      return undefined
    }),
  )
  let output: Tensor
  try {
    output = model.module.forward(given)
  } finally {
    for (const handle of handles) handle.remove()
  }
  const found = maps as Tensor | null
  if (found === null) throw noConvolution()
  found.retainGrad()
  const said = (await output.data()) as Float32Array
  output.backward(tensor(slopesOf(model.preparation, said, 1, answer), { shape: [...output.shape] }))
  const [channels, height, width] = found.shape.slice(1) as [number, number, number]
  const values = Float32Array.from((await found.data()) as Float32Array)
  const gradients =
    found.grad === null
      ? new Float32Array(values.length)
      : Float32Array.from((await found.grad.data()) as Float32Array)
  for (const one of [given, output]) one.dispose()
  return { channels, height, width, values, gradients }
}
