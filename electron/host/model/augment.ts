/**
 * What augmentations do to a batch of pixels from 0 to 1, before they are normalized: what comes in from outside is black.
 * Those that mix images say how much of each is its own; labels follow as parts of the loss (`Part`), whatever the loss is.
 */
import { createHash } from 'node:crypto'
import { text, vision, type data, type Tensor } from '../../../engine/index.ts'
import {
  augmentations,
  DescentError,
  implementationOf,
  isOfTexts,
  memberOf,
  suitsChannels,
  type Augmentation,
  type Implementations,
} from '../../contract/index.ts'
import { readRegularFileNow, wholePath } from '../inputs/regular-file.ts'
import type { Unit, Units } from '../prepare/encoders/rewriting.ts'

const { transforms } = vision

/** Of what a row shows, so much comes from the row that stands `before` it in the batch. Parts stand in this order from 0 on. */
export interface Part {
  readonly before: number
  /** [N]. */
  readonly share: Tensor
}

type Change =
  | { readonly images: (images: Tensor) => Tensor }
  | { readonly mixed: (images: Tensor) => vision.transforms.MixedImages }
  | ChangeOfTexts

interface ChangeOfTexts {
  readonly texts: text.TextAugmentation
  /** Of a text to be changed at all. */
  readonly probability: number
  /** Of the places of words, whatever they are; else of each word by itself. */
  readonly places?: true
  /** Within words, which signs that stand for something do not have. */
  readonly letters?: true
  readonly list?: ReadList
}

/** Only where chance says so; an image that always changes draws nothing for it. */
const sometimes = (probability: number, change: (images: Tensor) => Tensor): Change => ({
  images: (images) =>
    probability === 1
      ? change(images)
      : transforms.chosen(transforms.coin(transforms.batchOf(images), probability), change(images), images),
})
const around = (middle: number, most: number): readonly [number, number] => [
  Math.max(0, middle - most),
  middle + most,
]
const bothWays = (most: number): readonly [number, number] => [-most, most]

const mostSynonymBytes = 16 * 2 ** 20

/** A file that chances draw from. */
export interface ReadList {
  readonly path: string
  readonly sha256: string
}

function readSynonyms(path: string): { readonly synonyms: text.Synonyms; readonly list: ReadList } {
  const refuse = (code: DescentError['code'], message: string) =>
    new DescentError(code, `The synonyms: ${message}`, 'augment')
  try {
    const bytes = readRegularFileNow(wholePath(path), {
      most: mostSynonymBytes,
      what: 'a list of synonyms',
    })
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return { synonyms: text.parseSynonyms(new TextDecoder().decode(bytes)), list: { path, sha256 } }
  } catch (error) {
    if (error instanceof DescentError) throw refuse(error.code, error.message)
    throw error instanceof SyntaxError ? refuse('badData', `${path}: ${error.message}`) : error
  }
}

const smooth = { interpolation: 'bilinear' } as const

const implementations: Implementations<typeof augmentations, Change> = {
  flip: ({ probability }) => ({ images: (images) => transforms.randomHorizontalFlip(images, probability) }),
  flipVertical: ({ probability }) => ({
    images: (images) => transforms.randomVerticalFlip(images, { p: probability }),
  }),
  shift: ({ pixels, probability }) =>
    sometimes(probability, (images) => transforms.randomShift(images, pixels)),
  rotate: ({ degrees, probability }) =>
    sometimes(probability, (images) =>
      transforms.randomRotation(images, { degrees: bothWays(degrees), ...smooth }),
    ),
  affine: ({ degrees, move, scale, shear, probability }) =>
    sometimes(probability, (images) =>
      transforms.randomAffine(images, {
        degrees: bothWays(degrees),
        translate: [move, move],
        scale: around(1, scale),
        shear: bothWays(shear),
        ...smooth,
      }),
    ),
  perspective: ({ distortion, probability }) => ({
    images: (images) => transforms.randomPerspective(images, { distortionScale: distortion, p: probability }),
  }),
  randomCrop: ({ area, probability }) =>
    sometimes(probability, (images) => transforms.randomResizedCrop(images, { scale: [area, 1] })),
  colorJitter: ({ brightness, contrast, saturation, hue, probability }) =>
    sometimes(probability, (images) =>
      transforms.colorJitter(images, {
        brightness: around(1, brightness),
        contrast: around(1, contrast),
        saturation: around(1, saturation),
        hue: bothWays(hue),
      }),
    ),
  grayscale: ({ probability }) => ({
    images: (images) => transforms.randomGrayscale(images, { p: probability }),
  }),
  invert: ({ probability }) => ({ images: (images) => transforms.randomInvert(images, { p: probability }) }),
  posterize: ({ bits, probability }) => ({
    images: (images) => transforms.randomPosterize(images, { bits, p: probability }),
  }),
  solarize: ({ threshold, probability }) => ({
    images: (images) => transforms.randomSolarize(images, { threshold, p: probability }),
  }),
  equalize: ({ probability }) => ({
    images: (images) => transforms.randomEqualize(images, { p: probability }),
  }),
  autocontrast: ({ probability }) => ({
    images: (images) => transforms.randomAutocontrast(images, { p: probability }),
  }),
  blur: ({ sigma, probability }) =>
    sometimes(probability, (images) => {
      const { height, width } = transforms.batchOf(images)
      // As far as the bell counts, and as the mirrored edge goes.
      const reach = Math.min(Math.ceil(2.5 * sigma), height - 1, width - 1)
      return transforms.gaussianBlur(images, { kernelSize: 2 * reach + 1, sigma: [0.1, sigma] })
    }),
  sharpness: ({ factor, probability }) => ({
    images: (images) => transforms.randomAdjustSharpness(images, { sharpnessFactor: factor, p: probability }),
  }),
  noise: ({ sigma, probability }) =>
    sometimes(probability, (images) => transforms.gaussianNoise(images, { sigma })),
  erasing: ({ most, probability }) => ({
    images: (images) => transforms.randomErasing(images, { p: probability, scale: [0.02, most] }),
  }),
  randAugment: ({ operations, magnitude, probability }) =>
    sometimes(probability, (images) => transforms.randAugment(images, { numOps: operations, magnitude })),
  trivialAugment: ({ probability }) =>
    sometimes(probability, (images) => transforms.trivialAugmentWide(images)),
  mixUp: ({ alpha, probability }) => ({
    mixed: (images) => transforms.mixUpImages(images, { alpha, p: probability }),
  }),
  cutMix: ({ alpha, probability }) => ({
    mixed: (images) => transforms.cutMixImages(images, { alpha, p: probability }),
  }),
  wordDropout: ({ words, probability }) => ({ texts: text.wordDropout(words), probability }),
  wordDeletion: ({ words, probability }) => ({
    texts: text.randomDeletion(words),
    probability,
    places: true,
  }),
  wordSwap: ({ words, probability }) => ({ texts: text.randomSwap(words), probability, places: true }),
  synonyms: ({ path, words, probability }) => {
    const { synonyms, list } = readSynonyms(path)
    return { texts: text.synonymReplacement(words, synonyms), probability, list }
  },
  characterNoise: ({ words, probability }) => ({
    texts: text.characterNoise(words),
    probability,
    letters: true,
  }),
}

export interface Augmented {
  readonly images: Tensor
  /** What a row's label is made of; null: of itself alone. */
  readonly parts: readonly Part[] | null
}

/** Shares of rows, after a mixture with the row before: one more part than there were, for one row is one part. */
function mixedParts(parts: readonly Part[] | null, share: Tensor): readonly Part[] {
  const rest = share.neg().add(1)
  if (parts === null)
    return [
      { before: 0, share },
      { before: 1, share: rest },
    ]
  const own = parts.map((part) => part.share.mul(share))
  const other = parts.map((part) => part.share.roll(1, 0).mul(rest))
  return Array.from({ length: parts.length + 1 }, (_, before) => {
    const [one, two] = [own[before], other[before - 1]]
    return { before, share: one && two ? one.add(two) : (one ?? two)! }
  })
}

/** Errors: badRecipe for an augmentation that would do nothing to images of so many channels. */
export function augmenting(
  augment: readonly Augmentation[],
  channels: number,
): (images: Tensor) => Augmented {
  augment.forEach((chosen, i) => {
    if (isOfTexts(chosen) || suitsChannels(chosen.augmentation, channels)) return
    const { label } = memberOf(augmentations, chosen.augmentation)
    throw new DescentError(
      'badRecipe',
      `“${label}” changes colors, and these images are gray: it would do nothing. Remove it.`,
      `augment.${i}.augmentation`,
    )
  })
  const changes = augment
    .filter((one) => !isOfTexts(one))
    .map((one) => implementationOf(augmentations, implementations, one))
  return (images) =>
    changes.reduce<Augmented>(
      (sofar, change) => {
        if ('images' in change) return { ...sofar, images: change.images(sofar.images) }
        if ('texts' in change) return sofar
        const [mixed, share] = change.mixed(sofar.images)
        return { images: mixed, parts: mixedParts(sofar.parts, share) }
      },
      { images, parts: null },
    )
}

/** The words of these places: those that change places leave what stood between them, those that go take it with them. */
const placed = ({ words, after }: Units, order: readonly number[]): Units => ({
  words: order.map((from, i) => ({
    before: words[order.length === words.length || i === 0 ? i : from]!.before,
    word: words[from]!.word,
  })),
  after,
})

/** A word of several: they stand apart. */
const apart = (before: string, made: readonly string[]): Unit[] =>
  made.map((word, i) => ({ before: i === 0 ? before : ' ', word }))

function changedBy(
  { texts, places, letters }: ChangeOfTexts,
  units: Units,
  isSign: (word: string) => boolean,
  generator: data.Generator,
): Units {
  const { words, after } = units
  if (places) return placed(units, texts(Array.from(words.keys(), String), generator).map(Number))
  return {
    words: words.flatMap((unit) => {
      const made = texts([unit.word], generator)
      return letters && isSign(unit.word) ? [unit] : apart(unit.before, made)
    }),
    after,
  }
}

const sameWords = (a: Units, b: Units): boolean =>
  a.words.length === b.words.length && a.words.every(({ word }, i) => word === b.words[i]!.word)

/** What becomes of a text; null: it stays as it is. It is cut into words only where chance changes it. */
export type TextChange = (units: () => Units, generator: data.Generator) => Units | null

/**
 * What happens to the words of a text, one after the other; null: nothing. `isSign`: what stands for something and has no letters; `lists`: what was
 * read for it. Errors: a DescentError for a list of synonyms that is none.
 */
export function augmentingTexts(augment: readonly Augmentation[]): {
  readonly changing: (isSign: (word: string) => boolean) => TextChange
  readonly lists: readonly ReadList[]
} | null {
  const changes = augment.filter(isOfTexts).flatMap((one) => {
    const change = implementationOf(augmentations, implementations, one)
    return 'texts' in change ? [change] : []
  })
  if (changes.length === 0) return null
  const changing =
    (isSign: (word: string) => boolean): TextChange =>
    (units, generator) => {
      let whole: Units | null = null
      let now: Units | null = null
      for (const change of changes) {
        // What always happens draws nothing for it.
        if (change.probability !== 1 && generator.random() >= change.probability) continue
        whole ??= units()
        now = changedBy(change, now ?? whole, isSign, generator)
      }
      return whole === null || now === null || sameWords(whole, now) ? null : now
    }
  return { changing, lists: changes.flatMap(({ list }) => (list ? [list] : [])) }
}

type Loss = (output: Tensor, target: Tensor, weight?: Tensor, rows?: Tensor) => Tensor

/**
 * The loss of rows that show several: each part's target by its share. As losses are means of what rows lose, times what rows
 * count, that is cross-entropy with shares of classes as targets, and the like of every other loss.
 */
export const lossOfParts =
  (loss: Loss, parts: readonly Part[] | null): Loss =>
  (output, target, weight, rows) =>
    parts === null
      ? loss(output, target, weight, rows)
      : parts
          .map(({ before, share }) => {
            const from = (given: Tensor): Tensor => (before === 0 ? given : given.roll(before, 0))
            return loss(output, from(target), weight, rows ? from(rows).mul(share) : share)
          })
          .reduce((a, b) => a.add(b))
