/** The tensors of an example: what they are, and how they get onto the device, where they are kept once. */
import { noGrad, tensor, vision, type Tensor } from '../../../engine/index.ts'
import type { Augmentation, NetworkInput } from '../../contract/index.ts'
import { augmenting, type Part } from './augment.ts'
import type { DrawnTokens } from './augment-texts.ts'

/** A tensor of an example; a network's `forward` takes them in order, with the batch in front. */
export type InputSpec = NetworkInput
type Unnamed<Input> = Input extends unknown ? Omit<Input, 'name'> : never
/** What a tensor is, of one example. */
export type TensorSpec = Unnamed<NetworkInput>
export type InputOf<K extends TensorSpec['kind']> = Extract<InputSpec, { kind: K }>

/** Features, pixels as bytes, word numbers or codes. */
export type InputArray = Float32Array | Uint8Array | Int32Array
/** Of some rows, by the tensors' names: each row-major, rows × the numbers of one example. */
export type NamedInputs = Readonly<Record<string, InputArray>>

export interface InputRows {
  readonly rows: number
  readonly inputs: NamedInputs
}

/** Of one example. */
export function shapeOfInput(input: TensorSpec): number[] {
  switch (input.kind) {
    case 'numbers':
      return [input.width]
    case 'codes':
      return [input.sizes.length]
    case 'pixels':
      return [input.channels, input.height, input.width]
    case 'tokens':
      return [input.length]
  }
}

/** Numbers of one example. */
export const sizeOfInput = (input: TensorSpec): number =>
  shapeOfInput(input).reduce((product, extent) => product * extent, 1)

/** The numbers of one example in all its tensors. */
export const sizeOfInputs = (inputs: readonly InputSpec[]): number =>
  inputs.reduce((sum, input) => sum + sizeOfInput(input), 0)

/** What is computed of few numbers: a row of a table, not an image or a text, of which networks make a hundred times its size. */
export const isSmall = (inputs: readonly InputSpec[]): boolean =>
  inputs.every(({ kind }) => kind === 'numbers' || kind === 'codes')

export interface DeviceRows {
  /** What the network is given of the rows that an int32 index [N] lists; works inside a captured step. */
  batch(index: Tensor): Tensor[]
  /** From here on texts are as they are drawn for this epoch, counted from 0. */
  begin(epoch: number): Promise<void>
  /** The same, with what each row's label is made of where augmentations mix rows. */
  mixed(index: Tensor): { readonly inputs: Tensor[]; readonly parts: readonly Part[] | null }
}

const { toFloat, normalize } = vision.transforms

function pixelsOnDevice(
  { channels, height, width, mean, std }: InputOf<'pixels'>,
  data: InputArray,
  rows: number,
  augment: readonly Augmentation[],
): (index: Tensor) => Gathered {
  if (!(data instanceof Uint8Array)) throw new TypeError('Images come as bytes.')
  const packed = new vision.PackedImages({ shape: [rows, channels, height, width], data })
  const change = augmenting(augment, channels)
  return (index) => {
    const { images, parts } = change(toFloat(packed.batch(index)))
    return { input: normalize(images, mean, std), parts }
  }
}

interface Source {
  readonly gather: (index: Tensor) => Gathered
  readonly begin?: (epoch: number) => Promise<void>
}

interface Gathered {
  readonly input: Tensor
  readonly parts: readonly Part[] | null
}

/** Uploads the rows. `augment` changes what `batch` gives, differently at every call; `drawn`: texts that change from epoch to epoch. */
export function onDevice(
  inputs: readonly InputSpec[],
  { rows, inputs: arrays }: InputRows,
  augment: readonly Augmentation[] = [],
  drawn: readonly DrawnTokens[] = [],
): DeviceRows {
  const sources = inputs.map((input): Source => {
    const data = arrays[input.name]
    if (data === undefined) throw new Error(`The data lack the tensor ${input.name}.`)
    if (input.kind === 'pixels') return { gather: pixelsOnDevice(input, data, rows, augment) }
    if (data instanceof Uint8Array) throw new TypeError('Only images come as bytes.')
    const shape = [rows, sizeOfInput(input)]
    const stored = tensor(data, { shape })
    const changing = drawn.find((one) => one.input === input.name)
    return {
      gather: (index) => ({ input: stored.indexSelect(0, index), parts: null }),
      ...(changing && {
        begin: async (epoch) => {
          const tokens = await changing.tokens(epoch)
          noGrad(() => void stored.copy_(tensor(tokens, { shape })))
        },
      }),
    }
  })
  const gather = (index: Tensor): Gathered[] => sources.map((source) => source.gather(index))
  return {
    batch: (index) => gather(index).map(({ input }) => input),
    begin: async (epoch) => {
      for (const source of sources) await source.begin?.(epoch)
    },
    mixed: (index) => {
      const gathered = gather(index)
      return {
        inputs: gathered.map(({ input }) => input),
        parts: gathered.find(({ parts }) => parts !== null)?.parts ?? null,
      }
    },
  }
}
