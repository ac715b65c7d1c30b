/** Rows that a model is given nowhere but in the wild: gaps, other spellings, values that no training saw. Always the same ones. */
import { isCategorical, keptAs } from '../../../contract/index.ts'
import type { PreparedColumn } from '../../prepare/preparation.ts'
import { randomSource } from '../../prepare/random.ts'
import type { SignatureInput } from './signature.ts'

type Random = () => number

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!

const groupSigns: Readonly<Record<string, string>> = { ',': ',', '.': '.', space: '\u202f', apostrophe: '’' }

/** A number as people write it in this column, in one of many ways. */
function spelledNumber(value: number, { reading = {} }: SignatureInput, random: Random): string {
  const {
    decimal = '.',
    grouping = 'none',
    unit = '',
    parentheses = false,
  } = reading as Record<string, never>
  const [whole = '0', fraction] = Math.abs(value)
    .toFixed(pick(random, [0, 1, 2, 5]))
    .split('.')
  const sign = groupSigns[grouping]
  const grouped = sign && random() < 0.7 ? whole.replace(/\B(?=(\d{3})+$)/g, sign) : whole
  const digits = fraction === undefined ? grouped : `${grouped}${decimal as string}${fraction}`
  const withUnit = unit === '' ? digits : pick(random, [`${unit as string}${digits}`, `${unit as string} ${digits}`, `${digits} ${unit as string}`, `${digits}${unit as string}`, digits]) // prettier-ignore
  if (value >= 0) return pick(random, [withUnit, withUnit, ` ${withUnit}\u00a0`, `+${digits}`])
  return parentheses
    ? pick(random, [`(${withUnit})`, `-${digits}`])
    : pick(random, [`-${withUnit}`, `−${withUnit}`])
}

const junk = ['', ' ', 'abc', '-', '1.2.3', '1_000', 'NaN', 'inf', '0x10', '1e400', '٣', '💥', '"; DROP TABLE', '1,5', '1.5', '1 500', '€ 5'] // prettier-ignore
const extremes = [1e9, -1e9, 0, -0, 1e-20, 1, -1, 16777217, 3.5]

function hostileNumber(input: SignatureInput, random: Random): unknown {
  const [low, high] = input.range ?? [-3, 3]
  const usual = low + (high - low) * (1.2 * random() - 0.1)
  const kind = random()
  if (kind < 0.45) return usual
  if (kind < 0.7) return spelledNumber(usual, input, random)
  if (kind < 0.8) return pick(random, extremes)
  if (kind < 0.85) return spelledNumber(pick(random, extremes), input, random)
  if (kind < 0.95) return pick(random, [null, '', ...(input.marks ?? [])])
  return pick(random, junk)
}

const others = ['unseen', '', 'ÄÖ', '日本', '🙂', 'NULL', 'a\nb', '(rare)', '(other)', '0', '1.0', '-']

function hostileCategory(input: SignatureInput, random: Random): unknown {
  const { levels = [], marks = [] } = input
  const kind = random()
  const level = levels.length === 0 ? 'unseen' : pick(random, levels)
  if (kind < 0.7) return level
  if (kind < 0.75) return ` ${level}\t`
  if (kind < 0.8) return level.toUpperCase()
  if (kind < 0.9) return pick(random, [null, '', ...marks])
  if (kind < 0.93) return Math.floor(20 * random())
  return pick(random, others)
}

const two = (value: number): string => String(value).padStart(2, '0')

/** A day by a format of C's `strptime`. */
function written(at: Date, format: string): string {
  const month = at.toLocaleString('en', { month: 'long', timeZone: 'UTC' })
  const hour = at.getUTCHours()
  const parts: Readonly<Record<string, string>> = {
    Y: String(at.getUTCFullYear()),
    y: two(at.getUTCFullYear() % 100),
    m: two(at.getUTCMonth() + 1),
    d: two(at.getUTCDate()),
    B: month,
    b: month.slice(0, 3),
    H: two(hour),
    I: two(hour % 12 || 12),
    M: two(at.getUTCMinutes()),
    S: two(at.getUTCSeconds()),
    p: hour < 12 ? 'AM' : 'PM',
    f: '000000',
    j: '001',
    a: 'Mon',
    A: 'Monday',
    '%': '%',
  }
  return format.replaceAll(/%-?([a-zA-Z%])/g, (all, letter: string) => parts[letter] ?? all)
}

const oddDays = [
  '2024-02-29',
  '2023-02-29',
  '1900-02-28',
  '2100-03-01',
  '1969-12-31',
  '0999-01-01',
  '9999-12-31',
  '2024-12-31T23:59:59',
  '2024/01/05',
  '2024-1-5 7:05',
  '31/12/2024',
  '12/31/2024',
  '31.12.24',
  '2024-13-01',
  'yesterday',
  '20241231',
  '5 Mar 2020',
  'Mar 5, 2020',
  '',
]

function hostileDate({ reading, marks = [] }: SignatureInput, random: Random): unknown {
  const { formats = [] } = (reading ?? {}) as { readonly formats?: readonly string[] }
  const at = new Date(Math.floor((random() * 2 - 0.3) * 1.2e12))
  const kind = random()
  if (kind < 0.4) return at.toISOString().slice(0, random() < 0.5 ? 10 : 19)
  if (kind < 0.75) return written(at, formats.length === 0 ? '%Y-%m-%d' : pick(random, formats))
  if (kind < 0.85) return pick(random, [null, '', ...marks])
  return pick(random, oddDays)
}

const oddTimes = ['24:00', '12:60', '7', '2 pm', '2:30 PM', '12:15 a.m.', '18h30', '23:59:59.5', 'noon', '', '0:00', '13 pm', '12am'] // prettier-ignore

function hostileTime({ marks = [] }: SignatureInput, random: Random): unknown {
  if (random() < 0.6) return `${Math.floor(24 * random())}:${two(Math.floor(60 * random()))}`
  return random() < 0.3 ? pick(random, [null, '', ...marks]) : pick(random, oddTimes)
}

const phrases = ['', ' ', "it's", '<br />', 'a;b:c', '"quoted"', 'Größe', '日本語', 'İstanbul', 'ΣΑΣ', '\u00a0', 'e\u0301', '👩‍👩‍👧', 'one.two,three!four?(five)', '\t\n'] // prettier-ignore

const wide = (word: string): string =>
  word.replaceAll(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0))
const accented = (word: string): string => word.replace(/\p{L}/u, '$&\u0301')

/** A word that training knew, as somebody else may write it: what makes it the same again must be done by both, or by neither. */
const otherForms: readonly ((word: string) => string)[] = [
  (word) => word.toUpperCase(),
  (word) => word.charAt(0).toUpperCase() + word.slice(1),
  (word) => word.toLowerCase(),
  wide,
  (word) => word.normalize('NFC'),
  (word) => word.normalize('NFD'),
  accented,
  (word) => accented(word).normalize('NFC'),
  (word) => word.replace('fi', '\ufb01'),
]

interface WordReading {
  readonly specials?: readonly string[]
  readonly parts?: unknown
}

/** Parts of words as they stand in texts: without the signs that say what is beside them. */
const asText = (token: string): string => token.replace(/^##/, '').replaceAll(/[\u0120\u2581]/g, ' ')

/** `vocabulary`: words that training knew. */
function hostileText(
  vocabulary: readonly string[],
  { specials = [], parts }: WordReading,
  longest: number,
  random: Random,
): unknown {
  if (random() < 0.05) return pick(random, [null, '', '   '])
  // One in ten is longer than what counts.
  const count = Math.floor(random() * (random() < 0.1 ? 2 * longest + 2 : Math.min(longest, 40)))
  const known = (): string => (parts === undefined ? pick(random, vocabulary) : asText(pick(random, vocabulary))) // prettier-ignore
  const words = Array.from({ length: Math.min(count, 2000) }, () => {
    if (vocabulary.length === 0 || random() < 0.15) return pick(random, phrases)
    if (specials.length > 0 && random() < 0.1) {
      const special = pick(random, specials)
      return pick(random, [special, known() + special, special + known(), special.toLowerCase()])
    }
    return random() < 0.3 ? pick(random, otherForms)(known()) : known()
  })
  const between = parts === undefined ? [' ', ' ', ' ', '  ', ', ', '. '] : [' ', ' ', '', '', ', ', '. ']
  return words.join(pick(random, between))
}

function hostilePicture(size: number, random: Random): Uint8Array {
  const kind = random()
  if (kind < 0.1) return new Uint8Array(size).fill(255 * Math.round(random()))
  const [level, contrast] = [255 * random(), 255 * random()]
  return Uint8Array.from({ length: size }, () =>
    Math.min(255, Math.max(0, level + contrast * (random() - 0.5))),
  )
}

const wordsOf = ({ encoder }: PreparedColumn): readonly string[] => {
  const { vocabulary, words } = encoder as { readonly vocabulary?: string[]; readonly words?: string[] }
  return vocabulary ?? words ?? []
}

/** So many, of the columns as the signature has them. */
export function hostileRows(
  columns: readonly PreparedColumn[],
  inputs: readonly SignatureInput[],
  count: number,
): Record<string, unknown>[] {
  const random = randomSource(20)
  const makers = columns.map((column, i): (() => unknown) => {
    const input = inputs[i]!
    const size = input.shape.slice(1).reduce<number>((product, extent) => product * Number(extent), 1)
    const kept = keptAs(column.kind)
    if (kept === 'image') return () => hostilePicture(size, random)
    if (kept === 'text')
      return () => hostileText(wordsOf(column), input.reading ?? {}, Number(input.shape[1] ?? 1), random)
    if (isCategorical(column.kind)) return () => hostileCategory(input, random)
    // What is kept as a date and has no formats is a time of day.
    if (kept === 'date' && input.reading?.['formats'] === undefined) return () => hostileTime(input, random)
    return kept === 'date' ? () => hostileDate(input, random) : () => hostileNumber(input, random)
  })
  return Array.from({ length: count }, () =>
    Object.fromEntries(columns.map(({ name }, i) => [name, makers[i]!()])),
  )
}
