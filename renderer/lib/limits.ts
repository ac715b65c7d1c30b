/** A limit as text in a field and back. The definitions say everything else. */
import { describeLimit, limitNames, limits, parseLimit } from '../../electron/contract/index.ts'
import type { LimitDefinition, LimitName } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import { formatSeconds } from './format.ts'

const words = strings.settings.limit

/** What the field's label names beside it; sizes bring theirs along. */
export const fieldUnits: Record<LimitDefinition['unit'], string | undefined> = {
  bytes: undefined,
  count: undefined,
  seconds: 'seconds',
}

/** The value as it can be typed again: reading it gives exactly the same value. */
export function limitText(unit: LimitDefinition['unit'], value: number): string {
  if (unit === 'bytes') {
    const text = describeLimit(unit, value)
    return readNumber(unit, text) === value ? text : words.bytes(value.toLocaleString('en'))
  }
  return value.toLocaleString('en')
}

/** For people: `8 GB`, `10,000`, `3,600 seconds (1 h 00 min)`. */
export function limitWords(unit: LimitDefinition['unit'], value: number): string {
  const words = describeLimit(unit, value)
  return unit === 'seconds' && value >= 60 ? `${words} (${formatSeconds(value)})` : words
}

export type ReadLimit = { value: number } | { problem: string }

export function readLimit({ unit, least, most }: LimitDefinition, text: string): ReadLimit {
  const value = readNumber(unit, text)
  if (value === null)
    return {
      problem: unit === 'bytes' ? words.enterSize : words.enterNumber,
    }
  if (value < least) return { problem: words.atLeast(limitWords(unit, least)) }
  if (value > most) return { problem: words.atMost(limitWords(unit, most)) }
  return { value }
}

function readNumber(unit: LimitDefinition['unit'], text: string): number | null {
  const plain = text
    .replaceAll('\u00a0', ' ')
    // Three digits behind a comma are thousands; any other comma is a decimal one.
    .replace(/,(?=\d{3}(?!\d))/g, '')
    .replace(',', '.')
    .replace(/\s*(bytes|seconds|s)\s*$/i, '')
  const value = parseLimit(plain)
  // Thousands of files have no size.
  return value !== null && unit !== 'bytes' && /[a-z.]/i.test(plain) ? null : value
}

/** The limit that a refusal names in quotation marks, so that Settings can open at it. */
export function limitNamedIn(message: string): LimitName | null {
  return limitNames.find((name) => message.includes(`“${limits[name].label}”`)) ?? null
}
