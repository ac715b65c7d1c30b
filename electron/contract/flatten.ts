/** A recipe as one list of settings by their paths, which say what `--set` takes. */
import { families, isObject } from './definitions/index.ts'

type Scalar = string | number | boolean | null
export type SettingValue = Scalar | readonly Scalar[]

export interface Setting {
  /** Columns, groups, layers and steps stand by their names: `data`, `columns`, `age`, `role`. */
  readonly path: readonly string[]
  readonly value: SettingValue
}

/** What items of lists are called by: columns and groups by their names, layers by their ids, members of families by theirs. */
const naming: readonly string[] = [
  'name',
  'id',
  ...new Set(families.filter(({ list }) => list !== undefined).map(({ key }) => key)),
]

/** The name of an item in a list, and by which of its keys; null: it has none. */
export function nameIn(item: unknown): { readonly by: string; readonly name: string } | null {
  if (!isObject(item)) return null
  const by = naming.find((key) => typeof item[key] === 'string')
  return by === undefined ? null : { by, name: item[by] as string }
}

const isScalar = (value: unknown): value is Scalar => value === null || typeof value !== 'object'

/** Everything that is set in a recipe, in its order. */
export function settingsIn(value: unknown, path: readonly string[] = []): Setting[] {
  if (isScalar(value)) return [{ path, value }]
  if (isObject(value)) return Object.entries(value).flatMap(([key, item]) => settingsIn(item, [...path, key]))
  const items = value as readonly unknown[]
  if (items.every(isScalar)) return [{ path, value: items }]
  const named = items.map(nameIn)
  // The same member several times: only its place tells one from the other.
  const several = new Set(named.map((one) => one?.name)).size < named.length
  const names =
    several && named.every((one) => one !== null && one.by !== 'name') ? named.map(() => null) : named
  // Which they are, in their order; then each under its name: inserting one must not make all later ones differ.
  const order = named.every((one) => one !== null && one.by !== 'name')
    ? [{ path, value: named.map((one) => one!.name) }]
    : []
  return [
    ...order,
    ...items.flatMap((item, i) => {
      const { by, name } = names[i] ?? {}
      const { [by ?? named[i]?.by ?? '']: _, ...rest } = item as Record<string, unknown>
      return settingsIn(rest, [...path, name ?? String(i)])
    }),
  ]
}

/** Of a recipe or a part of it, by paths as `--set` spells them. */
export const flattenSettings = (value: unknown): Map<string, SettingValue> =>
  new Map(settingsIn(value).map(({ path, value: set }) => [path.join('.'), set]))
