/**
 * In which encoding a file's bytes are text. Unicode tells itself by its bytes; of eight-bit encodings and those of East Asia
 * every one decodes, and the text that reads most like words is it.
 */
import type { EncodingName } from '../../../../contract/index.ts'
import { decided, given, type Decision } from './decision.ts'

/** What the platform decodes them by, where that is no name of theirs. */
const labels: Partial<Record<EncodingName, string>> = { 'Shift-JIS': 'shift_jis' }

export const decoderOf = (encoding: EncodingName, fatal = false): TextDecoder =>
  new TextDecoder(labels[encoding] ?? encoding, { fatal })

/** Among equals the first. */
const guessed: readonly EncodingName[] = [
  'Windows-1252',
  'Windows-1251',
  'Windows-1250',
  'Shift-JIS',
  'GB18030',
  'EUC-KR',
  'EUC-JP',
  'Big5',
  'KOI8-R',
  'IBM866',
  'Windows-1253',
  'Macintosh',
]

const scripts = [
  ['latin', /\p{Script=Latin}/u],
  ['cyrillic', /\p{Script=Cyrillic}/u],
  ['greek', /\p{Script=Greek}/u],
  ['east', /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u],
] as const
type Script = (typeof scripts)[number][0] | 'sign'
const scriptOf = (char: string): Script => scripts.find(([, pattern]) => pattern.test(char))?.[0] ?? 'sign'

const isUpper = (char: string): boolean => char !== char.toLowerCase()
/** Letters of Western Europe that are common in words, and those of Central Europe. */
const common = /[éèêëàâäáãåçîïíìôöóòõøûüúùñßæœÉÈÀÄÁÅÇÖÓØÜÚÑÆ]/u
const centralOnly = /[ąćęłńśźżčďěňřšťůžőűăşţđĄĆĘŁŃŚŹŻČĎĚŇŘŠŤŮŽŐŰĂŞŢĐ]/u
/** The most frequent letters of Russian and Greek. */
const usualLetters = /[оеаинтсрвлкαοιετνσηρς]/i
/** Signs that stand in running text and tables. */
const signs = /[€£°§©®±²³µ·ºª«»½¼¾×÷–—‘’“”„‚•…™№¿¡¢¥\u00a0]/u

/** How much a decoded text reads like words: one number for each character beyond ASCII, on the average. */
export function plausibility(text: string): number {
  let [sum, count] = [0, 0]
  const chars = [...text]
  chars.forEach((char, i) => {
    if (char.charCodeAt(0) < 0x80) return
    count++
    const code = char.codePointAt(0)!
    if (char === '\ufffd' || (code >= 0x80 && code < 0xa0)) return void (sum -= 3)
    const script = scriptOf(char)
    const [before, behind] = [chars[i - 1] ?? ' ', chars[i + 1] ?? ' ']
    if (script === 'sign') {
      const within = /\p{L}/u.test(before) && /\p{L}/u.test(behind)
      sum += signs.test(char) && (!within || /[’‘–]/u.test(char)) ? 0.8 : -1
      return
    }
    // The sigma of word ends.
    if (char === 'ς' && /\p{L}/u.test(behind)) sum -= 1
    // A capital behind a small letter of its word.
    if (isUpper(char) && /\p{Ll}/u.test(before)) sum -= 1.5
    const neighbors = [before, behind].filter((each) => /\p{L}/u.test(each))
    if (neighbors.some((each) => scriptOf(each) !== script)) sum -= 1
    if (script === 'latin') {
      sum += common.test(char) ? 1 : centralOnly.test(char) ? 0.9 : 0.1
      // Accented letters are rarely side by side.
      if (neighbors.some((each) => each.charCodeAt(0) >= 0x80)) sum -= 0.6
    } else if (script === 'cyrillic' || script === 'greek')
      sum += neighbors.length === 0 ? 0.3 : usualLetters.test(char) ? 1.2 : 0.7
    else if (script === 'east') sum += code < 0x20000 && !/[\uff61-\uff9f]/u.test(char) ? 1 : -0.5
    else sum += neighbors.length > 0 ? 1 : 0.3
  })
  return count === 0 ? 0 : sum / count
}

interface Guess {
  readonly encoding: EncodingName
  readonly text: string
  readonly score: number
}

/** Closer ones could as well be right. */
const doubtful = 0.2

/** A word with something beyond ASCII, for people to look at. */
const example = (text: string, at: number): string => {
  const word = /[\p{L}\p{M}\d’'-]*[^\u0000-\u007f][\p{L}\p{M}\d’'-]*/gu
  return [...text.matchAll(word)][at]?.[0].slice(0, 24) ?? ''
}

/** Of bytes that are not UTF-8: pieces of the file that hold such bytes. */
export function guessEncoding(pieces: Buffer): Decision<EncodingName> {
  const guesses = guessed
    .map((encoding): Guess => {
      const text = decoderOf(encoding).decode(pieces)
      return { encoding, text, score: plausibility(text) }
    })
    .sort((a, b) => b.score - a.score)
  const [best, second] = guesses as [Guess, Guess]
  const word = example(best.text, 0)
  const other = guesses
    .slice(1)
    .find(({ text, score }) => best.score - score < doubtful && example(text, 0) !== word)
  const doubt =
    other === undefined || second.score < 0
      ? ''
      : ` It could also be ${other.encoding}, in which “${word}” is “${example(other.text, 0)}”: choose the encoding if that is right.`
  return decided(best.encoding, `The file is encoded as ${best.encoding}.${doubt}`)
}

/** Characters that no text has: what Windows-1252 writes there was taken for Latin-1 when the file became UTF-8. */
export const controls = /[\u0080-\u009f]/

const meant = new Map(
  Array.from({ length: 32 }, (_, i) => [
    String.fromCharCode(0x80 + i),
    decoderOf('Windows-1252').decode(Buffer.from([0x80 + i])),
  ]),
)
export const withoutControls = (text: string): string =>
  controls.test(text) ? text.replaceAll(/[\u0080-\u009f]/g, (char) => meant.get(char)!) : text

export const givenEncoding = (name: EncodingName): Decision<EncodingName> => given(name)
