/** Where a text is cut before its pieces become tokens, by the names of `tokenizer.json`. */
import { spansOf, type AlignedText, type Span } from './aligned.ts'
import { wordExpression } from './expression.ts'
import { bytesOf } from './normalizers.ts'
import type { TokenizerRecord } from './record.ts'

export type PreTokenizer = (text: AlignedText) => AlignedText[]

/** What happens to what a pattern found. */
const behaviors = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'] as const
type Behavior = (typeof behaviors)[number]

interface Found extends Span {
  readonly found: boolean
}

/** Each found stretch joins the one before; of several in a row the first does. */
function joined(spans: readonly Found[], isNext: boolean): Span[] {
  const out: { from: number; to: number }[] = []
  let wasFound = false
  for (const { from, to, found } of isNext ? spans.toReversed() : spans) {
    const last = out.at(-1)
    if (found && !wasFound && last) {
      if (isNext) last.from = from
      else last.to = to
    } else out.push({ from, to })
    wasFound = found
  }
  return isNext ? out.reverse() : out
}

function contiguous(spans: readonly Found[]): Span[] {
  const out: { from: number; to: number; found: boolean }[] = []
  for (const span of spans) {
    const last = out.at(-1)
    if (last?.found === span.found) last.to = span.to
    else out.push({ ...span })
  }
  return out
}

const arrange: Readonly<Record<Behavior, (spans: readonly Found[]) => readonly Span[]>> = {
  Removed: (spans) => spans.filter(({ found }) => !found),
  Isolated: (spans) => spans,
  MergedWithPrevious: (spans) => joined(spans, false),
  MergedWithNext: (spans) => joined(spans, true),
  Contiguous: contiguous,
}

function split(expression: RegExp, behavior: Behavior, isInverted = false): PreTokenizer {
  return (text) => {
    const spans = spansOf(text.text, expression).map((span) =>
      isInverted ? { ...span, found: !span.found } : span,
    )
    return arrange[behavior](spans).map(({ from, to }) => text.slice(from, to))
  }
}

const chain =
  (steps: readonly PreTokenizer[]): PreTokenizer =>
  (text) =>
    steps.reduce((pieces, step) => pieces.flatMap(step), [text])

const space = /\p{White_Space}/gu
/** Punctuation, and the signs of ASCII that Unicode calls symbols. */
const punctuation = /[\p{P}$+<=>^`|~]/gu
/** Source: GPT-2's encoder.py. */
const words = wordExpression(
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
  true,
)

function byteLevel(record: TokenizerRecord): PreTokenizer {
  const isPrefixed = record.flag('add_prefix_space', true)
  // Concerns offsets alone, after the fact.
  record.flag('trim_offsets', true)
  const cut: PreTokenizer = record.flag('use_regex', true) ? split(words, 'Isolated') : (text) => [text]
  return (text) => {
    const whole = isPrefixed && !text.text.startsWith(' ') ? text.prepend(' ') : text
    return cut(whole).map(bytesOf)
  }
}

const schemes = ['always', 'first', 'never'] as const

/** Its sign for a space, and when it stands before the first word. Earlier files say add_prefix_space. */
export function metaspaceOf(record: TokenizerRecord): {
  readonly sign: string
  readonly scheme: (typeof schemes)[number]
} {
  // Of earlier files, and the same as replacement.
  record.value('str_rep')
  const isPrefixed = record.flag('add_prefix_space', true)
  return {
    sign: record.string('replacement', '▁'),
    scheme: record.choice('prepend_scheme', schemes, isPrefixed ? 'always' : 'never'),
  }
}

function metaspace(record: TokenizerRecord): PreTokenizer {
  const { sign, scheme } = metaspaceOf(record)
  const isSplit = record.flag('split', true)
  const cut = split(wordExpression(sign), 'MergedWithNext')
  return (text) => {
    const replaced = text.replaceAll(/ /gu, () => sign)
    const isFirst = scheme === 'always' || (scheme === 'first' && text.source(0, 0)[0] === 0)
    const whole = isFirst && !replaced.text.startsWith(sign) ? replaced.prepend(sign) : replaced
    return isSplit ? cut(whole) : [whole]
  }
}

function fixedLength(record: TokenizerRecord): PreTokenizer {
  const length = record.whole('length', 5)
  if (length === 0) record.refuse('length', 'a whole number from 1 on')
  return split(new RegExp(`[^]{1,${length}}`, 'gu'), 'Isolated')
}

const kinds: Readonly<Record<string, (record: TokenizerRecord) => PreTokenizer>> = {
  BertPreTokenizer: () => chain([split(space, 'Removed'), split(punctuation, 'Isolated')]),
  ByteLevel: byteLevel,
  Whitespace: () => split(wordExpression('\\w+|[^\\w\\s]+', true), 'Removed', true),
  WhitespaceSplit: () => split(space, 'Removed'),
  Metaspace: metaspace,
  Punctuation: (record) => split(punctuation, record.choice('behavior', behaviors, 'Isolated')),
  Digits: (record) => split(/\p{N}/gu, record.flag('individual_digits', false) ? 'Isolated' : 'Contiguous'),
  CharDelimiterSplit: (record) => split(wordExpression(record.string('delimiter')), 'Removed'),
  FixedLength: fixedLength,
  Split: (record) =>
    split(record.pattern('pattern'), record.choice('behavior', behaviors), record.flag('invert', false)),
  Sequence: (record) => chain(record.records('pretokenizers').map(readPreTokenizer)),
}

/** Errors: TypeError on what is not known. */
export function readPreTokenizer(record: TokenizerRecord): PreTokenizer {
  return record.made(kinds, 'pre-tokenizer')
}
