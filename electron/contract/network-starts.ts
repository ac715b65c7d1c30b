/** What a new layer starts with: options by PyTorch's names, so that it fits what flows where it is set. */
import type { NewNode } from './network-edits.ts'
import type { NetworkInput, NetworkNode, NodeKind } from './network.ts'

type OptionJson = NetworkNode['options'][string]

/** Options that say how wide an input has to be: of which dimension, and what that counts. */
export const inputWidths: Readonly<Record<string, readonly [dim: number, word: string]>> = {
  inFeatures: [-1, 'feature'],
  inChannels: [1, 'channel'],
  numFeatures: [1, 'channel'],
  numChannels: [1, 'channel'],
  inputSize: [-1, 'feature'],
  dModel: [-1, 'feature'],
  embedDim: [-1, 'feature'],
}

/** Options that start as wide as what comes in: the layers behind go on fitting. */
const widths: Readonly<Record<string, number>> = {
  ...Object.fromEntries(Object.entries(inputWidths).map(([option, [dim]]) => [option, dim])),
  outFeatures: -1,
  in1Features: -1,
  in2Features: -1,
  outChannels: 1,
  hiddenSize: -1,
}

/** Where the shape says nothing: small, and allowed. */
const plain: Readonly<Record<string, OptionJson>> = {
  dim: 1,
  dim0: 1,
  dim1: -1,
  index: 0,
  embeddingDim: 16,
  numEmbeddings: 100,
  numGroups: 1,
  numHeads: 1,
  nhead: 1,
  normType: 2,
  outputSize: 1,
  padding: 1,
  pad: 1,
  size: 5,
  threshold: 0,
  value: 0,
  upscaleFactor: 2,
  downscaleFactor: 2,
  groups: 1,
  kernelSize: 2,
  formula: 'x',
}

const usualMembers = 8

/** A window that moves over a picture and gives another of its size. */
const sameSize = { kernelSize: 3, padding: 1 } as const

/** What flows where a layer is set: its shape with the batch in front, and how many codes there are where it counts. */
export interface Flow {
  readonly shape: readonly number[] | null
  readonly codes?: number
}

/** What an input gives, for one example. */
export function flowOfInput(input: NetworkInput): Flow & { readonly shape: readonly number[] } {
  switch (input.kind) {
    case 'numbers':
      return { shape: [1, input.width] }
    case 'codes':
      return { shape: [1, input.sizes.length], codes: Math.max(0, ...input.sizes) }
    case 'pixels':
      return { shape: [1, input.channels, input.height, input.width] }
    case 'tokens':
      return { shape: [1, input.length], codes: input.vocabulary }
  }
}

export function startOptions({ options }: NodeKind, { shape, codes }: Flow): NetworkNode['options'] {
  const names = new Set(options.map(({ name }) => name))
  const extent = (dim: number): number => Math.max(1, shape?.at(dim) ?? 1)
  const keepsSize = names.has('outChannels') && names.has('padding')
  const start = (name: string): OptionJson | undefined => {
    if (name in widths) return extent(widths[name]!)
    // Where there are several networks side by side already, as many as these.
    if (name === 'members') return shape?.length === 3 ? extent(1) : usualMembers
    if (name === 'normalizedShape') return [extent(-1)]
    if (name === 'unflattenedSize') return [1, extent(1)]
    if (name === 'numEmbeddings' && codes !== undefined && codes > 0) return codes
    return keepsSize && name in sameSize ? sameSize[name as keyof typeof sameSize] : plain[name]
  }
  const chosen = options.flatMap(({ name, required }) => {
    // Batches lead in every network here, whatever PyTorch's default is.
    if (name === 'batchFirst') return [[name, true] as const]
    // A size must be given, or this.
    if (name === 'outputRatio') return [[name, 0.5] as const]
    const isStarted = required || (keepsSize && name === 'padding')
    const value = isStarted ? start(name) : undefined
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(chosen)
}

/** `isLayer`: else it is a function. */
export const newNode = (kind: NodeKind, isLayer: boolean, flow: Flow): NewNode =>
  ({
    ...(isLayer ? { layer: kind.name } : { op: kind.name }),
    options: startOptions(kind, flow),
  }) as NewNode
