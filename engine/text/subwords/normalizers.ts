/** What is done to a text before it is cut, by the names of `tokenizer.json`. */
import { unicodeForms, type UnicodeForm } from '../normalize.ts'
import type { AlignedText, Rewriting } from './aligned.ts'
import { byteCharacters, utf8 } from './bytes.ts'
import { readCharsmap } from './charsmap.ts'
import type { TokenizerRecord } from './record.ts'

export type Normalizer = (text: AlignedText) => AlignedText

const printable = /^[\x20-\x7e]*$/

/** Characters that may become one: a letter and its marks, the parts of a Korean syllable. */
const clusters =
  /(?:[\u1100-\u115f\ua960-\ua97c]+[\u1160-\u11ff\ud7b0-\ud7fb]*|\P{M})[\p{M}\uff9e\uff9f]*|\p{M}+/gu

/** Character by character where that gives the same, so that each knows where it came from. */
function unicode(form: UnicodeForm): Normalizer {
  return (text) => {
    if (printable.test(text.text)) return text
    const parts = Array.from(text.text.matchAll(clusters)).flatMap(({ 0: cluster, index }): Rewriting[] => {
      let at = index
      const each = Array.from(cluster, (char) => {
        const from = at
        at += char.length
        return { text: char.normalize(form), from, to: at }
      })
      const whole = cluster.normalize(form)
      if (each.map((part) => part.text).join('') === whole) return each
      return [{ text: whole, from: index, to: index + cluster.length }]
    })
    return text.rewrite(parts)
  }
}

const without =
  (expression: RegExp): Normalizer =>
  (text) =>
    text.replaceAll(expression, () => '')

const lowerCase: Normalizer = (text) => text.mapCharacters((char) => char.toLowerCase())

const isHan = (char: string): boolean => {
  const code = char.codePointAt(0)!
  return (
    (code >= 0x4e00 && code <= 0x9fff) ||
    (code >= 0x3400 && code <= 0x4dbf) ||
    (code >= 0x20000 && code <= 0x2a6df) ||
    (code >= 0x2a700 && code <= 0x2b73f) ||
    (code >= 0x2b740 && code <= 0x2b81f) ||
    (code >= 0x2b920 && code <= 0x2ceaf) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0x2f800 && code <= 0x2fa1f)
  )
}

const chain =
  (steps: readonly Normalizer[]): Normalizer =>
  (text) =>
    steps.reduce((now, step) => step(now), text)

/** Source: BERT's BasicTokenizer (https://github.com/google-research/bert). */
function bert(record: TokenizerRecord): Normalizer {
  const steps: Normalizer[] = []
  if (record.flag('clean_text', true)) {
    steps.push(without(/(?![\t\n\r])[\p{C}\ufffd]/gu), (text) =>
      text.replaceAll(/\p{White_Space}/gu, () => ' '),
    )
  }
  if (record.flag('handle_chinese_chars', true))
    steps.push((text) => text.mapCharacters((char) => (isHan(char) ? ` ${char} ` : char)))
  const isLower = record.flag('lowercase', true)
  if (record.flag('strip_accents', isLower)) steps.push(unicode('NFD'), without(/\p{Mn}/gu))
  if (isLower) steps.push(lowerCase)
  return chain(steps)
}

function strip(record: TokenizerRecord): Normalizer {
  const steps: Normalizer[] = []
  // Without m: the bounds of the text.
  if (record.flag('strip_left', true)) steps.push(without(/^\p{White_Space}+/gu))
  if (record.flag('strip_right', true)) steps.push(without(/\p{White_Space}+$/gu))
  return chain(steps)
}

const toBytes = (char: string): string => Array.from(utf8(char), (byte) => byteCharacters[byte]!).join('')
/** Every byte of a character stands for all of it. What is mostly there, ASCII, changes nothing but its spaces. */
export const bytesOf: Normalizer = (text) =>
  printable.test(text.text)
    ? text.spelled(text.text.replaceAll(' ', byteCharacters[0x20]!))
    : text.mapCharacters(toBytes)

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** By what a reader takes for one character where it is short and known, otherwise by code points. */
function precompiled(record: TokenizerRecord): Normalizer {
  const become =
    readCharsmap(record.string('precompiled_charsmap')) ??
    record.refuse('precompiled_charsmap', 'a table of SentencePiece in base64')
  const rewritten = (chunk: string, from: number): Rewriting[] => {
    const whole = utf8(chunk).length < 6 ? become(chunk) : undefined
    if (whole !== undefined) return [{ text: whole, from, to: from + chunk.length }]
    let at = from
    return Array.from(chunk, (char) => {
      const begin = at
      at += char.length
      return { text: become(char) ?? char, from: begin, to: at }
    })
  }
  return (text) =>
    text.rewrite(
      Array.from(graphemes.segment(text.text)).flatMap(({ segment, index }) => rewritten(segment, index)),
    )
}

const kinds: Readonly<Record<string, (record: TokenizerRecord) => Normalizer>> = {
  ...Object.fromEntries(unicodeForms.map((form) => [form, () => unicode(form)])),
  Lowercase: () => lowerCase,
  StripAccents: () => without(/\p{M}/gu),
  Strip: strip,
  BertNormalizer: bert,
  ByteLevel: () => bytesOf,
  Precompiled: precompiled,
  Prepend(record) {
    const text = record.string('prepend')
    return (now) => now.prepend(text)
  },
  Replace(record) {
    const pattern = record.pattern('pattern')
    const content = record.string('content')
    return (text) => text.replaceAll(pattern, () => content)
  },
  Sequence: (record) => chain(record.records('normalizers').map(readNormalizer)),
}

/** Errors: TypeError on what is not known. */
export function readNormalizer(record: TokenizerRecord): Normalizer {
  return record.made(kinds, 'normalizer')
}
