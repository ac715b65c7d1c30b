/** What the rows of runs are sorted and filtered by, taken from what people wrote. Migrations use names and settings, too. */
import { createHash } from 'node:crypto'
import {
  calibrationOptions,
  families,
  flattenSettings,
  lengthOptions,
  pictureOptions,
  precisionOptions,
  rangeOptions,
  readingOptions,
  startsOf,
  stepOptions,
  stoppingOptions,
  storedRecipeSchema,
  thresholdOptions,
  type Recipe,
  type SettingValue,
} from '../../contract/index.ts'

/** Texts that differ in the case of letters alone, of any script, are the same. */
export const folded = (text: string): string => text.normalize('NFKC').toLowerCase()

/** Names in the order in which people count: “Run 2” before “Run 10”, whatever the case of letters. */
export const nameKey = (name: string): string =>
  folded(name).replace(/\d+/g, (digits) => digits.replace(/^0+(?=\d)/, '').padStart(15, '0'))

/** As people read it. */
export const settingText = (value: SettingValue): string =>
  Array.isArray(value)
    ? value.map(String).join(', ') || 'none'
    : value === null
      ? 'none'
      : String(value as string)

/** What a recipe says of the data is no setting, and may be as long as the data is wide. */
const noSettings = new Set(['version', 'kind', 'task', 'data'])
/** More than any recipe that a person made has. */
const mostSettings = 1000

/** Numbers stay numbers, so that they are sorted as such. */
export function settingsOf(recipe: Recipe): [path: string, value: number | string][] {
  const chosen = Object.fromEntries(Object.entries(recipe).filter(([key]) => !noSettings.has(key)))
  return [...flattenSettings(chosen)]
    .slice(0, mostSettings)
    .map(([path, value]) => [path, typeof value === 'number' ? value : settingText(value)])
}

/** Of a stored recipe, as JSON; of one that cannot be read there are none. */
export function settingsOfText(recipe: string): string {
  try {
    return JSON.stringify(settingsOf(storedRecipeSchema.parse(JSON.parse(recipe))))
  } catch {
    return '[]'
  }
}

/** In the same order, whoever wrote them. */
const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : value !== null && typeof value === 'object'
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, each]) => [key, sorted(each)]),
        )
      : value

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex')

/**
 * Stands for all options that there are, with what they start as: those that a recipe does not name have these values. Keys that
 * another version of the program made begin otherwise, and are made anew (`renewRepeatKeys`).
 */
export const repeatKeyPrefix = `${hashOf([
  families.map(({ members }) => members.map(({ name, options }) => [name, startsOf(options)])),
  [
    lengthOptions,
    pictureOptions,
    precisionOptions,
    readingOptions,
    stepOptions,
    stoppingOptions,
    thresholdOptions,
    calibrationOptions,
    rangeOptions,
  ].map(startsOf),
]).slice(0, 12)}:`

/**
 * Of a stored recipe, as JSON: the same where nothing but the seed and the budget is another, whether options that stand as they start are
 * written or not. None of what cannot be read.
 */
export function repeatKeyOfText(recipe: string): string {
  try {
    // What a model may take changes nothing of what it becomes.
    const { seed: _, budget: __, ...rest } = storedRecipeSchema.parse(JSON.parse(recipe))
    return repeatKeyPrefix + hashOf(sorted(rest)).slice(0, 32)
  } catch {
    return ''
  }
}
