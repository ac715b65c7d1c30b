/** Augmented examples to be looked at: what `onDevice` gives a training step of them, by the same code, decoded back. */
import { manualSeed, noGrad, tensor, type Tensor } from '../../../engine/index.ts'
import { DescentError, type Augmentation, type Augmented } from '../../contract/index.ts'
import { pictureAddress } from '../pictures/show.ts'
import { inputsOf } from '../prepare/preparation.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import { classesOfTarget } from '../tasks/index.ts'
import { takeRows } from '../training/data.ts'
import { onDevice, type InputOf } from './input.ts'

export interface PreviewRequest {
  /** Of the training examples, counted from 0; the last one, where there are not so many. The answer says which. */
  readonly example: number
  readonly draws: number
  readonly seed: number
}

type Pixels = InputOf<'pixels'>

/** What was normalized, as bytes. */
async function decoded(images: Tensor, { channels, mean, std }: Pixels): Promise<Uint8Array> {
  const values = await images.data()
  const size = images.numel() / (images.shape[0]! * channels)
  return Uint8Array.from(values, (value, i) => {
    const channel = Math.floor(i / size) % channels
    const of = (list: readonly number[]): number => list[list.length === 1 ? 0 : channel]!
    return Math.max(0, Math.min(255, Math.round(255 * (value * of(std) + of(mean)))))
  })
}

/** Errors: notFound where there is nothing to train on; badData for data without pictures. */
export async function augmentedExample(
  { preparation, split, data }: Prepared,
  augment: readonly Augmentation[],
  { example: wanted, draws, seed }: PreviewRequest,
): Promise<Augmented> {
  const pixels = inputsOf(preparation).find((input): input is Pixels => input.kind === 'pixels')
  if (pixels === undefined)
    throw new DescentError('badData', 'These examples hold no pictures. Choose data with pictures.')
  const examples = split.train.length
  // What is left for training may have become fewer since it was asked for.
  const example = Math.min(wanted, examples - 1)
  const row = split.train[example]
  if (row === undefined)
    throw new DescentError('notFound', 'No examples are left for training. Change the split.', 'split')
  // Where rows are mixed, each draw has another training example before it.
  const partner = (i: number): number => split.train[(example + 1 + (seed % 9973) + i * 7919) % examples]!
  const order = Array.from({ length: draws }, (_, i) => [partner(i), row]).flat()
  const rows = Int32Array.from([row, ...order])
  const taken = takeRows(data, rows)
  const places = (from: number, count: number): Tensor =>
    tensor(Int32Array.from({ length: count }, (_, i) => from + i))
  const only = [pixels]
  const [plain] = onDevice(only, taken).batch(places(0, 1))
  manualSeed(seed)
  const made = noGrad(() => onDevice(only, taken, augment).mixed(places(1, order.length)))
  const [first, all] = [await decoded(plain!, pixels), await decoded(made.inputs[0]!, pixels)]

  const classes = data.targets instanceof Int32Array ? classesOfTarget(preparation.target) : null
  const labelOf = (of: number): string | null => classes?.[data.targets[of] ?? -1] ?? null
  const shares = await Promise.all(
    (made.parts ?? []).map(async ({ before, share }) => ({ before, values: await share.data() })),
  )
  const partsOf = (at: number) => {
    if (made.parts === null) return null
    const sums = new Map<string, number>()
    for (const { before, values } of shares) {
      const label = labelOf(order[(at - before + 2 * order.length) % order.length]!)
      if (label === null || values[at]! < 0.005) continue
      sums.set(label, (sums.get(label) ?? 0) + values[at]!)
    }
    return [...sums].map(([label, share]) => ({ label, share })).sort((a, b) => b.share - a.share)
  }

  const { channels, height, width } = pixels
  const size = channels * height * width
  const address = (bytes: Uint8Array): Promise<string> =>
    pictureAddress({ pixels: bytes, channels, height, width })
  return {
    examples,
    example,
    label: labelOf(row),
    width,
    height,
    channels,
    original: await address(first),
    draws: await Promise.all(
      Array.from({ length: draws }, async (_, i) => {
        const at = 2 * i + 1
        return { shown: await address(all.subarray(at * size, (at + 1) * size)), parts: partsOf(at) }
      }),
    ),
  }
}
