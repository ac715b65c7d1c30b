/** Many files of pictures as pixels of one size, a few of them at a time in memory, with an account of what they were. */
import { availableParallelism } from 'node:os'
import { formatCount, plural, type Limits, type PictureReading, type Receipt } from '../../contract/index.ts'
import { readRegularFile } from '../inputs/regular-file.ts'
import { inWordsOf } from './words.ts'
import {
  decodePicture,
  lookAtPicture,
  NoPicture,
  type DecodedPicture,
  type PictureFacts,
  type PictureTarget,
} from './decode.ts'
import { inOrder } from './in-order.ts'
import { chooseSize, type ChosenSize } from './size.ts'

/** What a picture is read from; its bytes where it has no file of its own. */
export interface PictureSource {
  /** As people call it. */
  readonly name: string
  bytes(): Promise<Uint8Array>
}

/** A picture of a thousand megabytes is none that anybody trains on. */
const mostBytes = 512 * 1024 * 1024
export const fileSource = (path: string, name: string, limits: Limits): PictureSource => ({
  name,
  bytes: () => readRegularFile(path, { most: Math.min(mostBytes, limits.fileSize), what: 'a picture' }),
})

/** libvips decodes on as many threads as libuv has; beyond twice the cores they would only hold more memory. */
const atOnce = Math.max(4, 2 * availableParallelism())

interface Failed {
  readonly reason: string
}
const isFailed = (result: object): result is Failed => 'reason' in result

async function tried<T extends object>(work: () => Promise<T>): Promise<T | Failed> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof NoPicture) return { reason: error.message }
    // Sentences about files begin with their paths, which stand beside them already.
    return { reason: `cannot be read: ${inWordsOf(error)}` }
  }
}

/** So many are looked at before all of them are decoded. */
const looked = 500

/** The size that all are brought to; null: none of them is a picture. */
export async function sizeFor(
  sources: readonly PictureSource[],
  size: PictureReading['size'],
  limits: Limits,
): Promise<ChosenSize | null> {
  if (size !== 'auto') return chooseSize(size, [], 0)
  const step = Math.max(1, sources.length / looked)
  const some = Array.from(
    { length: Math.min(looked, sources.length) },
    (_, i) => sources[Math.floor(i * step)]!,
  )
  const sizes: PictureFacts[] = []
  for await (const facts of inOrder(some, atOnce, (source) =>
    tried(async () => lookAtPicture(await source.bytes(), limits)),
  ))
    if (!isFailed(facts)) sizes.push(facts)
  return sizes.length === 0 ? null : chooseSize('auto', sizes, sources.length)
}

/** What the pictures were, for the receipt. */
export class Tally {
  readonly formats = new Map<string, number>()
  readonly #sizes = new Map<string, number>()
  readonly rejected: Receipt['rejected'] = []
  rejectedCount = 0
  kept = 0
  /** Of the files. */
  bytes = 0
  resized = 0
  smaller = 0
  #turned = 0
  #transparent = 0
  #profiles = 0
  #deep = 0
  #cmyk = 0
  #moving = 0
  #width: [number, number] = [Infinity, 0]
  #height: [number, number] = [Infinity, 0]

  add(facts: PictureFacts, target: PictureTarget): void {
    const { format, width, height } = facts
    this.kept++
    this.formats.set(format, (this.formats.get(format) ?? 0) + 1)
    const size = `${width} × ${height}`
    // Beyond so many different ones nobody reads them.
    if (this.#sizes.size < 10_000 || this.#sizes.has(size))
      this.#sizes.set(size, (this.#sizes.get(size) ?? 0) + 1)
    this.#width = [Math.min(this.#width[0], width), Math.max(this.#width[1], width)]
    this.#height = [Math.min(this.#height[0], height), Math.max(this.#height[1], height)]
    if (width !== target.width || height !== target.height) this.resized++
    if (width < target.width || height < target.height) this.smaller++
    if (facts.turned) this.#turned++
    if (facts.transparent) this.#transparent++
    if (facts.profile) this.#profiles++
    if (facts.deep) this.#deep++
    if (facts.cmyk) this.#cmyk++
    if (facts.frames > 1) this.#moving++
  }

  /** `line`: its place among all, from 1. */
  reject(line: number, name: string, reason: string): void {
    this.rejectedCount++
    if (this.rejected.length < mostRejected)
      this.rejected.push({ line, reason: `${name} ${reason}.`, text: name })
  }

  /** “3 JPEG, 2 PNG”. */
  formatsText(): string {
    return [...this.formats]
      .sort((a, b) => b[1] - a[1])
      .map(([name, count]) => `${formatCount(count)} ${name}`)
      .join(', ')
  }

  sizesText(): string {
    const common = [...this.#sizes].sort((a, b) => b[1] - a[1])
    if (common.length === 1) return `all of ${common[0]![0]} pixels`
    const [narrow, wide] = this.#width
    const [low, high] = this.#height
    return `${formatCount(common.length)} sizes, from ${narrow} to ${wide} pixels wide and from ${low} to ${high} high; most often ${common[0]![0]} (${formatCount(common[0]![1])})`
  }

  notes(target: PictureTarget): string[] {
    const some = (count: number, one: string, many: string): string[] =>
      count === 0 ? [] : [`${plural(count, 'picture')} ${count === 1 ? one : many}.`]
    const how = { crop: 'cropped in the middle', pad: 'padded', stretch: 'stretched' }[target.fit]
    return [
      ...(this.kept === 0 ? [] : [`${this.formatsText()}: ${this.sizesText()}.`]),
      ...some(
        this.resized,
        `was brought to ${target.width} × ${target.height} pixels, and ${how} where the shape was another`,
        `were brought to ${target.width} × ${target.height} pixels, and ${how} where the shape was another`,
      ),
      ...some(
        this.smaller,
        'is smaller than that and was enlarged, which adds no detail',
        'are smaller than that and were enlarged, which adds no detail',
      ),
      ...some(
        this.#turned,
        'was turned as its camera says (EXIF)',
        'were turned as their cameras say (EXIF)',
      ),
      ...some(
        this.#transparent,
        `may be transparent and was laid on ${target.background}`,
        `may be transparent and were laid on ${target.background}`,
      ),
      ...some(this.#profiles, 'has a color profile and became sRGB', 'have color profiles and became sRGB'),
      ...some(
        this.#deep,
        'has more than 8 bits a channel and lost the rest',
        'have more than 8 bits a channel and lost the rest',
      ),
      ...some(
        this.#cmyk,
        'is made for print (CMYK) and became sRGB',
        'are made for print (CMYK) and became sRGB',
      ),
      ...some(
        this.#moving,
        'moves, and only its first frame was read',
        'move, and only their first frames were read',
      ),
    ]
  }
}

const mostRejected = 100

/** Decodes them in their order; `take` is given those that could be. */
export async function decodeAll<S extends PictureSource>(
  sources: readonly S[],
  target: PictureTarget,
  limits: Limits,
  take: (picture: DecodedPicture, source: S, at: number) => Promise<void> | void,
  tally: Tally,
  progress: (share: number) => void = () => undefined,
): Promise<void> {
  let at = 0
  for await (const result of inOrder(sources, atOnce, (source) =>
    tried(async () => {
      const bytes = await source.bytes()
      tally.bytes += bytes.length
      return await decodePicture(bytes, target, limits)
    }),
  )) {
    const source = sources[at]!
    if (isFailed(result)) tally.reject(at + 1, source.name, result.reason)
    else {
      tally.add(result.facts, target)
      await take(result, source, at)
    }
    progress(++at / sources.length)
  }
}
