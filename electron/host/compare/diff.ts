/** Which settings differ between recipes: each recipe is flattened to `path → text`, and equal paths drop out. */
import type { Recipe } from '../../contract/index.ts'

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** Shown where a recipe has no such setting, e.g. the momentum of Adam. */
export const absent = '–'

const isScalar = (value: Json): value is string | number | boolean | null =>
  value === null || typeof value !== 'object'

const text = (value: string | number | boolean | null): string => (value === null ? 'none' : String(value))

/** Lists of named things (columns) are keyed by the name: inserting one must not make all later ones differ. */
const keyOf = (value: Json, index: number): string => {
  if (isScalar(value) || Array.isArray(value)) return String(index)
  const name = (value as { readonly [key: string]: Json }).name
  return typeof name === 'string' ? name : String(index)
}

function flatten(value: Json, path: string, into: Map<string, string>): Map<string, string> {
  if (isScalar(value)) return into.set(path, text(value))
  const entries: [string, Json][] = Array.isArray(value)
    ? value.map((item: Json, index): [string, Json] => [keyOf(item, index), item])
    : Object.entries(value)
  if (Array.isArray(value) && value.every(isScalar))
    return into.set(path, value.map(text).join(', ') || 'none')
  for (const [key, item] of entries) flatten(item, path === '' ? key : `${path}.${key}`, into)
  return into
}

export interface Difference {
  path: string
  /** One value per recipe, in the order given. */
  values: string[]
}

export function differingSettings(recipes: readonly Recipe[]): Difference[] {
  const flat = recipes.map((recipe) => flatten(recipe, '', new Map()))
  const paths = new Set(flat.flatMap((map) => [...map.keys()]))
  return [...paths]
    .map((path) => ({ path, values: flat.map((map) => map.get(path) ?? absent) }))
    .filter(({ values }) => new Set(values).size > 1)
}
