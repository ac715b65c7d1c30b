/** How long encoded texts are: the `truncation` and `padding` of `tokenizer.json`. */
import type { EncodedToken } from './post-processors.ts'
import type { TokenizerRecord } from './record.ts'

const directions = ['Left', 'Right'] as const

type Texts = readonly (readonly EncodedToken[])[]
/** Cuts texts to what a limit leaves beside so many added tokens. */
export type Truncation = (texts: Texts, added: number) => Texts

/** Of both, so that they fit together: the shorter stays whole where it can. */
function shares(first: number, second: number, room: number): readonly [number, number] {
  const [short, long] = first <= second ? [first, second] : [second, first]
  if (short + long <= room) return [first, second]
  // As much of the longer as is left, but no less than half.
  const keptShort = Math.min(short, Math.floor(room / 2))
  const keptLong = room - keptShort
  return first <= second ? [keptShort, keptLong] : [keptLong, keptShort]
}

export function readTruncation(record: TokenizerRecord): Truncation {
  const most = record.whole('max_length')
  const strategy = record.choice('strategy', ['LongestFirst', 'OnlyFirst', 'OnlySecond'], 'LongestFirst')
  const isLeft = record.choice('direction', directions, 'Right') === 'Left'
  // Of the pieces that are cut off, which are not kept.
  record.whole('stride', 0)
  record.finish()
  const cut = (tokens: readonly EncodedToken[], length: number): readonly EncodedToken[] =>
    isLeft ? tokens.slice(Math.max(0, tokens.length - length)) : tokens.slice(0, length)
  return ([first = [], second], added) => {
    const room = Math.max(0, most - added)
    if (!second) return [strategy === 'OnlySecond' ? first : cut(first, room)]
    if (first.length + second.length <= room) return [first, second]
    if (strategy === 'LongestFirst') {
      const [a, b] = shares(first.length, second.length, room)
      return [cut(first, a), cut(second, b)]
    }
    const [kept, other] = strategy === 'OnlyFirst' ? [first, second] : [second, first]
    if (other.length >= room)
      throw new RangeError(
        `The texts cannot be cut to ${most} tokens: the one that must stay whole has ${other.length} already.`,
      )
    const short = cut(kept, room - other.length)
    return strategy === 'OnlyFirst' ? [short, second] : [first, short]
  }
}

export interface Padding {
  /** All texts get this length, or that of the longest one. */
  readonly length: number | 'longest'
  /** Lengths are multiples of it. */
  readonly multiple: number
  readonly isLeft: boolean
  readonly token: EncodedToken
}

export function readPadding(record: TokenizerRecord): Padding {
  const strategy = record.value('strategy')
  const fixed = strategy === 'BatchLongest' ? undefined : record.record('strategy')
  const length = fixed ? fixed.whole('Fixed') : 'longest'
  fixed?.finish()
  const padding = {
    length,
    multiple: record.whole('pad_to_multiple_of', 1) || 1,
    isLeft: record.choice('direction', directions, 'Right') === 'Left',
    token: {
      id: record.whole('pad_id', 0),
      token: record.string('pad_token', '[PAD]'),
      start: 0,
      end: 0,
      typeId: record.whole('pad_type_id', 0),
      special: true,
    },
  } as const
  record.finish()
  return padding
}
