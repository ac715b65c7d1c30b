/** Augmented examples to be looked at: what `onDevice` gives a training step of them, by the same code, decoded back. */
import { manualSeed, noGrad, tensor, type Tensor } from '../../../engine/index.ts'
import { DescentError, type Augmentation, type Augmented, type AugmentedText } from '../../contract/index.ts'
import { pictureAddress } from '../pictures/show.ts'
import { inputNameOf, inputsOf } from '../prepare/preparation.ts'
import type { Units } from '../prepare/encoders/rewriting.ts'
import { listedPieces } from '../prepare/shown-texts.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import { classesOfTarget } from '../tasks/index.ts'
import { takeRows } from '../training/data.ts'
import { changingTexts, type ChangingTexts } from './augment-texts.ts'
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

/** Texts as the first epochs have them, one after the other. */
function augmentedText(
  { preparation, data }: Prepared,
  text: ChangingTexts,
  { examples, example, row }: { readonly examples: number; readonly example: number; readonly row: number },
  { draws, seed }: PreviewRequest,
): AugmentedText {
  const { plain, drawn, rewriter } = text
  const shown = (units: Units) => listedPieces(rewriter.pieces(units))
  const classes = data.targets instanceof Int32Array ? classesOfTarget(preparation.target) : null
  const spec = inputsOf(preparation).find(({ name }) => name === text.input)
  return {
    of: 'texts',
    examples,
    example,
    label: classes?.[data.targets[row] ?? -1] ?? null,
    column: preparation.columns.find((column) => inputNameOf(column) === text.input)?.name ?? '',
    maxTokens: spec?.kind === 'tokens' ? spec.length : 0,
    original: shown(plain(row)),
    draws: Array.from({ length: draws }, (_, epoch) => shown(drawn(row, epoch, seed) ?? plain(row))),
  }
}

/** Errors: notFound where there is nothing to train on; badData for data without pictures or texts. */
export async function augmentedExample(
  prepared: Prepared,
  augment: readonly Augmentation[],
  request: PreviewRequest,
): Promise<Augmented> {
  const { preparation, split, data } = prepared
  const { example: wanted, draws, seed } = request
  const pixels = inputsOf(preparation).find((input): input is Pixels => input.kind === 'pixels')
  const [text] = changingTexts(prepared, augment)
  if (pixels === undefined && text === undefined)
    throw new DescentError(
      'badData',
      'These examples hold no pictures, and no texts that are changed. Choose data with pictures or texts.',
    )
  const examples = split.train.length
  // What is left for training may have become fewer since it was asked for.
  const example = Math.min(wanted, examples - 1)
  const row = split.train[example]
  if (row === undefined)
    throw new DescentError('notFound', 'No examples are left for training. Change the split.', 'split')
  if (text !== undefined) return augmentedText(prepared, text, { examples, example, row }, request)
  if (pixels === undefined) throw new Error('Unreachable: there are pictures, or texts.')
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
    of: 'pictures',
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
