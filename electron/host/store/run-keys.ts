/** What the rows of runs are sorted and filtered by, taken from what people wrote. Migrations use it, too. */
import { flattenSettings, storedRecipeSchema, type Recipe, type SettingValue } from '../../contract/index.ts'

/** Names in the order in which people count: “Run 2” before “Run 10”, whatever the case of letters. */
export const nameKey = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\d+/g, (digits) => digits.replace(/^0+(?=\d)/, '').padStart(15, '0'))

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
