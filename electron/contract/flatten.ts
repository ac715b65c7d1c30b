/** A recipe as one list of settings by their paths, which say what `--set` takes. */
import { families, isObject } from './definitions/index.ts'

type Scalar = string | number | boolean | null
export type SettingValue = Scalar | readonly Scalar[]

/** What items of lists are called by: columns and groups by their names, members of families by theirs. */
const naming: readonly string[] = [
  'name',
  ...new Set(families.filter(({ list }) => list !== undefined).map(({ key }) => key)),
]

/** The name of an item in a list, and by which of its keys; null: it has none. */
export function nameIn(item: unknown): { readonly by: string; readonly name: string } | null {
  if (!isObject(item)) return null
  const by = naming.find((key) => typeof item[key] === 'string')
  return by === undefined ? null : { by, name: item[by] as string }
}

const isScalar = (value: unknown): value is Scalar => value === null || typeof value !== 'object'

function visit(value: unknown, path: string, into: Map<string, SettingValue>): void {
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`)
  if (isScalar(value)) into.set(path, value)
  else if (isObject(value)) for (const [key, inner] of Object.entries(value)) visit(inner, below(key), into)
  else if (!Array.isArray(value)) return
  else if (value.every(isScalar)) into.set(path, value)
  else {
    const names = value.map(nameIn)
    // Which they are, in their order; then each under its name: inserting one must not make all later ones differ.
    if (names.every((one) => one !== null && one.by !== 'name'))
      into.set(
        path,
        names.map((one) => one!.name),
      )
    value.forEach((item, i) => {
      const { by, name } = names[i] ?? {}
      const { [by ?? '']: _, ...rest } = item as Record<string, unknown>
      visit(rest, below(name ?? String(i)), into)
    })
  }
}

/** Of a recipe or a part of it. */
export function flattenSettings(value: unknown): Map<string, SettingValue> {
  const settings = new Map<string, SettingValue>()
  visit(value, '', settings)
  return settings
}
