/** What the rows of runs are sorted and filtered by, taken from what people wrote. Migrations use it, too. */
import { storedRecipeSchema, type Recipe } from '../../contract/index.ts'

/** Names in the order in which people count: “Run 2” before “Run 10”, whatever the case of letters. */
export const nameKey = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\d+/g, (digits) => digits.replace(/^0+(?=\d)/, '').padStart(15, '0'))

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type Scalar = string | number | boolean | null

const isScalar = (value: Json): value is Scalar => value === null || typeof value !== 'object'

export const scalarText = (value: Scalar): string => (value === null ? 'none' : String(value))

/** Lists of named things (columns) are keyed by the name: inserting one must not make all later ones differ. */
const keyOf = (value: Json, index: number): string => {
  if (isScalar(value) || Array.isArray(value)) return String(index)
  const name = (value as { readonly [key: string]: Json }).name
  return typeof name === 'string' ? name : String(index)
}

/** A document as `path → value`; a list of plain values is one text. */
export function flatten(value: Json, path = '', into = new Map<string, Scalar>()): Map<string, Scalar> {
  if (isScalar(value)) return into.set(path, value)
  if (Array.isArray(value) && value.every(isScalar))
    return into.set(path, value.map(scalarText).join(', ') || 'none')
  const entries: [string, Json][] = Array.isArray(value)
    ? value.map((item: Json, index): [string, Json] => [keyOf(item, index), item])
    : Object.entries(value)
  for (const [key, item] of entries) flatten(item, path === '' ? key : `${path}.${key}`, into)
  return into
}

/** What a recipe says of the data is no setting, and may be as long as the data is wide. */
const noSettings = new Set(['version', 'kind', 'task', 'data'])
/** More than any recipe that a person made has. */
const mostSettings = 1000

/** Numbers stay numbers, so that they are sorted as such. */
export function settingsOf(recipe: Recipe): [path: string, value: number | string][] {
  const chosen = Object.fromEntries(Object.entries(recipe).filter(([key]) => !noSettings.has(key)))
  return [...flatten(chosen as Json)]
    .slice(0, mostSettings)
    .map(([path, value]) => [path, typeof value === 'number' ? value : scalarText(value)])
}

/** Of a stored recipe, as JSON; of one that cannot be read there are none. */
export function settingsOfText(recipe: string): string {
  try {
    return JSON.stringify(settingsOf(storedRecipeSchema.parse(JSON.parse(recipe))))
  } catch {
    return '[]'
  }
}
