/** Typed values as the text that parsers read without loss; null: nothing is there. */

/** Where the days of spreadsheets begin, which is no date that anybody writes. */
const isTimeAlone = (date: Date): boolean =>
  date.getTime() >= Date.UTC(1899, 11, 30) && date.getTime() < Date.UTC(1900, 0, 1)

/** A moment as ISO 8601, in the clock of the source; a day alone where it begins. */
export function dateText(date: Date): string | null {
  const time = date.getTime()
  if (Number.isNaN(time)) return null
  // Spreadsheets count days as fractions, which are a hair off whole seconds.
  const beside = ((time % 1000) + 1000) % 1000
  const rounded = beside <= 1 || beside >= 999 ? Math.round(time / 1000) * 1000 : time
  const [day, clock] = new Date(rounded).toISOString().split('T') as [string, string]
  const short = clock.replace('Z', '').replace(/\.000$/, '')
  return short === '00:00:00' ? day : `${day}T${short}`
}

/** The same of spreadsheets, to whom a time of day is a part of the day before their calendar begins. */
export const sheetDateText = (date: Date): string | null =>
  isTimeAlone(date) ? (dateText(date)?.split('T')[1] ?? '00:00:00') : dateText(date)

/** A number as it is written, of more digits than a double holds. */
export class Digits {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  toJSON(): unknown {
    return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(this.text)
  }
}

/** Nested values as JSON, in which integers of 64 bits keep their digits. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'bigint'
      ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(`${each}`)
      : each,
  )

/** Of what has no form of its own. Numbers by the shortest digits that give them back; not a number is missing. */
export function plainText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  if (typeof value === 'number') return Number.isNaN(value) ? null : String(value)
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (value instanceof Date) return dateText(value)
  if (value instanceof Digits) return value.text
  return jsonText(value)
}
