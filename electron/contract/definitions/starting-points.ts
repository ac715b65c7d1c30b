/**
 * Why a template is, or is not yet, a good start for the data at hand: a rank among those of the same kind of data, and a
 * sentence with the data's own figures. The figures that decide are of the papers that the templates name.
 */
import { z } from 'zod'
import { formatCount, plural } from '../format.ts'
import { networkInputSchema, type NetworkInput } from '../network.ts'
import { taskOf, taskSchema } from './tasks.ts'

/** What of data decides about a network. */
export const networkFactsSchema = z.object({
  task: taskSchema,
  /** Examples that it learns from. */
  rows: z.int(),
  /** The tensors of an example, as the network gets them. */
  inputs: z.array(networkInputSchema).readonly(),
  /** Numbers that it gives for each example. */
  outputs: z.int(),
})
export type NetworkFacts = z.infer<typeof networkFactsSchema>

export interface Why {
  /** From 1, the best to start with; null: it does not fit this data. */
  readonly rank: number | null
  readonly sentence: string
}
export type WhyOf = (facts: NetworkFacts) => Why

// ---- the data in words ----

type Pixels = Extract<NetworkInput, { kind: 'pixels' }>
type Tokens = Extract<NetworkInput, { kind: 'tokens' }>
const pixelsIn = ({ inputs }: NetworkFacts) => inputs.filter((one): one is Pixels => one.kind === 'pixels')
const tokensIn = ({ inputs }: NetworkFacts) => inputs.filter((one): one is Tokens => one.kind === 'tokens')

const featuresIn = ({ inputs }: NetworkFacts): number =>
  inputs.reduce(
    (sum, one) => sum + (one.kind === 'numbers' ? one.width : one.kind === 'codes' ? one.sizes.length : 0),
    0,
  )
const pictureText = ({ channels, height, width }: Pixels): string =>
  `${height} × ${width} ${channels === 1 ? 'gray ' : channels === 3 ? 'color ' : ''}pixels`

/** “3,010 training rows of 23 features and 2 classes”. */
function sizeText(facts: NetworkFacts): string {
  const { rows, task, outputs, inputs } = facts
  const [pictures, texts, features] = [pixelsIn(facts), tokensIn(facts), featuresIn(facts)]
  const only = inputs.length === 1
  const unit = only && pictures.length === 1 ? 'image' : only && texts.length === 1 ? 'text' : 'row'
  const parts = [
    ...(features > 0 ? [plural(features, 'feature')] : []),
    ...pictures.map((one) => (only ? pictureText(one) : `a picture of ${pictureText(one)}`)),
    ...texts.map(({ length }) => `${only ? '' : 'a text of '}up to ${plural(length, 'word')}`),
  ]
  return `${formatCount(rows)} training ${rows === 1 ? unit : `${unit}s`} of ${parts.join(', ')}, ${taskOf(task).counted(outputs)}`
}
const says = (rank: number | null, facts: NetworkFacts, because: string): Why => ({
  rank,
  sentence: `${sizeText(facts)}: ${because}`,
})

// ---- tables ----

/** Rows from which on one perceptron is the first to try. */
export const hugeTable = 500_000
/** Of a table's rows, unless a split says otherwise. */
export const usualTrainShare = 0.7

/** From so many rows on, blocks with shortcuts pay on tables: the smallest set of Gorishniy et al. 2021 has 20,640. */
const manyRows = 10_000
const someRows = 2000

/** Of numbers, smooth layers follow the target more closely than members that vote, once there are more than a few rows. */
const enoughNumbers = 350
const followsShape = ({ task, rows }: NetworkFacts): boolean => task === 'regression' && rows >= enoughNumbers

/** Training rows of which little is left to chance, and an epoch of several networks takes minutes without a GPU. */
const amongHuge = ({ rows }: NetworkFacts): boolean => rows >= usualTrainShare * hugeTable
/** Behind the plain perceptron, then. */
const behind = (rank: number, facts: NetworkFacts): number => rank + (amongHuge(facts) ? 1 : 0)

export const whyTabM: WhyOf = (facts) => {
  if (amongHuge(facts))
    return says(
      behind(followsShape(facts) ? 2 : 1, facts),
      facts,
      'a little more accurate than one perceptron, and many times as slow, for it is many in one.',
    )
  if (followsShape(facts))
    return says(2, facts, 'the second to try: many perceptrons in one, ahead where much is left to chance.')
  return says(
    1,
    facts,
    facts.rows < someRows
      ? 'of so few each network learns something else by chance; many in one, which predict together, even that out.'
      : 'many perceptrons in one, which predict together: more accurate, and more honest about doubt, than a single one.',
  )
}

export const whyRealMlp: WhyOf = (facts) =>
  followsShape(facts)
    ? says(
        behind(1, facts),
        facts,
        'its smooth layers, with a rate that falls and rises, follow such targets more closely than others.',
      )
    : says(behind(2, facts), facts, 'the second to try: ahead where the answer depends smoothly on numbers.')

export const whyMlp: WhyOf = (facts) => {
  const [picture] = pixelsIn(facts)
  if (picture && facts.inputs.length === 1) {
    const numbers = formatCount(picture.channels * picture.height * picture.width)
    return says(
      3,
      facts,
      `a row of ${numbers} numbers to it, for it does not know which pixels lie side by side. A baseline.`,
    )
  }
  if (amongHuge(facts))
    return says(
      1,
      facts,
      'so many that little is left to chance, which several networks side by side would even out; one goes through them in seconds.',
    )
  return says(
    facts.rows < manyRows ? 3 : 4,
    facts,
    'it learns this quickly, and is what anything larger is held against.',
  )
}

export const whyResnet: WhyOf = (facts) => {
  if (facts.rows < someRows)
    return says(4, facts, 'not yet. Shortcuts pay with some thousand rows; of fewer, deep networks memorize.')
  if (facts.rows < manyRows)
    return says(4, facts, 'often a little better than a perceptron, at twice the time.')
  return says(
    behind(3, facts),
    facts,
    'enough for blocks with shortcuts, which beat plain perceptrons on most tables of this size.',
  )
}

export const whyWideAndDeep: WhyOf = (facts) =>
  says(5, facts, 'for tables in which much is plain, such as how often each category goes with the target.')

/** Attention looks from each column at each other: beyond so many that takes too long without a GPU. */
const manyColumns = 50

export const whyFtTransformer: WhyOf = (facts) =>
  says(
    6,
    facts,
    featuresIn(facts) > manyColumns
      ? 'each column looks at each other, which takes very long with so many.'
      : 'slow, and seldom better than many perceptrons in one.',
  )

// ---- images ----

const sideOf = ({ height, width }: Pixels): number => Math.min(height, width)
/** Of the template with its start values: two poolings, 64 filters at last, 128 hidden units. */
const cnnAtStart = { leastSide: 4, filters: 64, hidden: 128 }
const firstLinear = ({ height, width }: Pixels): number =>
  cnnAtStart.filters * Math.floor(height / 4) * Math.floor(width / 4) * cnnAtStart.hidden
/** Weights of one layer that ask for more images than people have. */
const manyWeights = 5_000_000
const enoughImages = 5000
/** Half of CIFAR-10, for which ResNet-20 was made: photos of 32 × 32 in color. */
const asCifar = { rows: 25_000, side: 24, channels: 3 }

const noPictures = (facts: NetworkFacts): Why => says(null, facts, 'it takes one picture and nothing else.')

export const whyCnn: WhyOf = (facts) => {
  const [picture] = pixelsIn(facts)
  if (!picture || facts.inputs.length > 1) return noPictures(facts)
  if (sideOf(picture) < cnnAtStart.leastSide)
    return says(null, facts, 'too small for it, which halves height and width twice.')
  const weights = firstLinear(picture)
  if (weights > manyWeights)
    return says(
      2,
      facts,
      `its first linear layer alone would have ${formatCount(weights)} weights. One that averages over the picture has none of them.`,
    )
  return says(
    isAsCifar(facts, picture) ? 2 : 1,
    facts,
    'two convolutions find edges, then shapes, and learn in minutes on a CPU. Known to work on digits and clothes.',
  )
}

const isAsCifar = ({ rows }: NetworkFacts, picture: Pixels): boolean =>
  rows >= asCifar.rows && picture.channels >= asCifar.channels && sideOf(picture) >= asCifar.side

export const whyResnet20: WhyOf = (facts) => {
  const [picture] = pixelsIn(facts)
  if (!picture || facts.inputs.length > 1) return noPictures(facts)
  if (isAsCifar(facts, picture))
    return says(
      1,
      facts,
      'what it was made for. It reaches 91 % on the 10 classes of CIFAR-10, in hours on a CPU.',
    )
  if (firstLinear(picture) > manyWeights)
    return says(
      1,
      facts,
      'it averages over the picture at last, so its 0.27 million weights do not grow with its size.',
    )
  if (facts.rows < enoughImages)
    return says(
      2,
      facts,
      `not yet. Twenty layers want more than ${formatCount(enoughImages)} images, or augmentation.`,
    )
  return says(2, facts, 'slower and mostly a little better than two convolutions: the second to try.')
}

/** Of networks that make a picture 32 times smaller each way. */
const photograph = { side: 64, rows: 5_000 } as const

export const whyPhotographs: WhyOf = (facts) => {
  const [picture] = pixelsIn(facts)
  if (!picture || facts.inputs.length > 1) return noPictures(facts)
  if (sideOf(picture) < photograph.side)
    return says(
      null,
      facts,
      `made for photographs: it makes a picture 32 times smaller each way. It fits from ${photograph.side} pixels on.`,
    )
  if (facts.rows < photograph.rows)
    return says(
      3,
      facts,
      `not from scratch: it wants ${formatCount(photograph.rows)} images and more, or weights that were trained elsewhere.`,
    )
  return says(
    2,
    facts,
    'enough images for a network for photographs, which takes hours without a graphics card.',
  )
}

/** Below it, five halvings leave nothing. */
const leastForHalving = 32

/** Of networks that need few multiplications. */
export const whyMobile: WhyOf = (facts) => {
  const [picture] = pixelsIn(facts)
  if (!picture || facts.inputs.length > 1) return noPictures(facts)
  if (sideOf(picture) < leastForHalving)
    return says(
      null,
      facts,
      `it makes a picture 32 times smaller each way. It fits from ${leastForHalving} pixels on.`,
    )
  return sideOf(picture) < photograph.side
    ? says(4, facts, 'made for larger pictures, of which it leaves single places here.')
    : says(
        3,
        facts,
        'few multiplications, for models that run on small devices; from scratch it learns slowly.',
      )
}

const leastForAlexnet = 63
export const whyAlexnet: WhyOf = (facts) => {
  const [picture] = pixelsIn(facts)
  if (!picture || facts.inputs.length > 1) return noPictures(facts)
  if (sideOf(picture) < leastForAlexnet)
    return says(null, facts, `its strides leave nothing of it. It fits from ${leastForAlexnet} pixels on.`)
  return says(4, facts, 'quick for photographs, and less good than what came after it.')
}

/** Fewer pixels are no patches that are worth a look. */
const leastForPatches = 16
/** Without weights from elsewhere, attention has to learn from the images alone what is near. */
const enoughForPatches = 50_000
export const whyVit: WhyOf = (facts) => {
  const [picture] = pixelsIn(facts)
  if (!picture || facts.inputs.length > 1) return noPictures(facts)
  if (sideOf(picture) < leastForPatches)
    return says(null, facts, `too small to be cut into patches. It fits from ${leastForPatches} pixels on.`)
  return facts.rows < enoughForPatches
    ? says(
        5,
        facts,
        `not from scratch: without convolutions it wants ${formatCount(enoughForPatches)} images and more, or strong augmentation.`,
      )
    : says(3, facts, 'enough images for attention, which takes hours without a graphics card.')
}

export const whyVgg: WhyOf = (facts) => {
  const [picture] = pixelsIn(facts)
  if (!picture || facts.inputs.length > 1) return noPictures(facts)
  if (sideOf(picture) < 32)
    return says(null, facts, 'too small for it, which halves height and width five times.')
  return says(3, facts, 'large, and residual networks do as well with a tenth of its weights.')
}

// ---- text ----

/** Of the widest filter at the start. */
const widestFilter = 5
const longText = 100
/** Without weights from elsewhere, attention needs so many texts to find out what to look at. */
const manyTexts = 20_000

const noTexts = (facts: NetworkFacts): Why => says(null, facts, 'it takes one text and nothing else.')

export const whyTextCnn: WhyOf = (facts) => {
  const [text] = tokensIn(facts)
  if (!text || facts.inputs.length > 1) return noTexts(facts)
  if (text.length < widestFilter)
    return says(null, facts, `its widest filter covers ${widestFilter} words. It fits with narrower ones.`)
  return says(1, facts, 'phrases of 3 to 5 words decide most of such texts, and nothing learns quicker.')
}

/** Each step of it is an operation of its own, and getting them ready takes minutes of longer texts. */
const longForGru = 50

/** Reading word by word takes long of long texts, and the more of them there are. */
export const whyGru: WhyOf = (facts) => {
  const [text] = tokensIn(facts)
  if (!text || facts.inputs.length > 1) return noTexts(facts)
  if (text.length > longForGru)
    return says(
      5,
      facts,
      `reads ${formatCount(text.length)} words twice, one after the other: getting its first step ready takes minutes. Attention keeps what it read at first.`,
    )
  return says(
    2,
    facts,
    'short enough to be read word by word from both ends, and it says which words decide.',
  )
}

export const whyEmbeddingBag: WhyOf = (facts) => {
  const [text] = tokensIn(facts)
  if (!text || facts.inputs.length > 1) return noTexts(facts)
  return says(
    text.length > longText ? 2 : 4,
    facts,
    text.length > longText
      ? 'quick however long texts are, and the words alone say much of such: what others are held against.'
      : 'the order of words is lost on it, which is much of a short text. A baseline in seconds.',
  )
}

export const whyLstm: WhyOf = (facts) => {
  const [text] = tokensIn(facts)
  if (!text || facts.inputs.length > 1) return noTexts(facts)
  if (text.length > longText)
    return says(
      5,
      facts,
      `reads ${formatCount(text.length)} words one after the other, which takes long, and forgets the first.`,
    )
  return says(3, facts, 'short enough to be read word by word. For texts where order decides.')
}

export const whyTransformer: WhyOf = (facts) => {
  const [text] = tokensIn(facts)
  if (!text || facts.inputs.length > 1) return noTexts(facts)
  if (facts.rows < manyTexts)
    return says(
      text.length > longText ? 3 : 5,
      facts,
      `not yet. Without weights from elsewhere it wants ${formatCount(manyTexts)} texts and more.`,
    )
  return says(2, facts, 'enough for words to learn at which others to look. The second to try.')
}
