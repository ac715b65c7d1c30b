/** How two recipes differ, setting by setting, in the words of their descriptors and as the command line sets it. */
import {
  families,
  isObject,
  settingGroups,
  valueText,
  type Family,
  type Option,
} from './definitions/index.ts'
import { formatNumber, midCase, startCase } from './format.ts'
import type { Recipe } from './recipe.ts'

export interface Change {
  /** Columns stand by their names: `data`, `columns`, `age`, `role`. */
  readonly path: readonly string[]
  /** undefined: there is no such setting. */
  readonly before: unknown
  readonly after: unknown
}

type Setting = Pick<Change, 'path'> & { readonly value: unknown }

/** Everything that can be set, in the recipe's order. */
function settingsIn(value: unknown, path: readonly string[] = []): Setting[] {
  const inner: [string, unknown][] | null = isObject(value)
    ? Object.entries(value)
    : Array.isArray(value) && value.every(isObject)
      ? value.map((item, i) => [typeof item.name === 'string' ? item.name : String(i), item])
      : null
  if (inner === null || inner.length === 0) return [{ path, value }]
  return inner.flatMap(([key, item]) => settingsIn(item, [...path, key]))
}

const keyed = (recipe: Recipe): Map<string, Setting> =>
  new Map(settingsIn(recipe).map((setting) => [JSON.stringify(setting.path), setting]))

/** In the recipe's order. */
export function changesOf(before: Recipe, after: Recipe): Change[] {
  const [was, is] = [keyed(before), keyed(after)]
  return [...new Map([...was, ...is])].flatMap(([key, { path }]) => {
    const change = { path, before: was.get(key)?.value, after: is.get(key)?.value }
    return JSON.stringify(change.before) === JSON.stringify(change.after) ? [] : [change]
  })
}

// ---- in words ----

interface Described {
  readonly label: string
  readonly text: (value: unknown) => string
}

const plainText = (value: unknown): string => {
  if (value === undefined) return 'not set'
  if (value === null) return 'off'
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return Array.isArray(value) ? value.join('-') || 'none' : String(value)
}

/** Numbers as everywhere else: 4,096. */
const optionText = (option: Option, value: unknown): string =>
  option.kind === 'number' && !option.share && typeof value === 'number'
    ? formatNumber(value, 6)
    : midCase(valueText(option, value))

const ofOption = (option: Option, label = option.label): Described => ({
  label,
  text: (value) => (value === undefined ? 'not set' : optionText(option, value)),
})

const ofFamily = ({ one, members }: Family): Described => ({
  label: startCase(one),
  text: (value) => members.find(({ name }) => name === value)?.label ?? plainText(value),
})

/** By their path. Members of a family that have the same option describe it alike. */
const described: ReadonlyMap<string, Described> = new Map([
  ...families.flatMap((family) => [
    ...family.members.flatMap(({ options }) =>
      Object.entries(options).map(([key, option]): [string, Described] => [
        `${family.path}.${key}`,
        ofOption(option),
      ]),
    ),
    [`${family.path}.${family.key}`, ofFamily(family)] satisfies [string, Described],
  ]),
  ...settingGroups.flatMap(({ name, label, path, options }) =>
    Object.entries(options).map(([key, option]): [string, Described] => [
      `${path}.${key}`,
      // An option that is all there is to its group is called as the group is.
      key === name ? ofOption(option, label) : ofOption(option),
    ]),
  ),
  ['split.stratify', { label: 'Split by class', text: plainText }],
  ['data.rows', { label: 'Examples used', text: (value) => (value === null ? 'all' : plainText(value)) }],
])

const words = (path: readonly string[]): string =>
  startCase(
    path
      .join(' ')
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase(),
  )

function describe(path: readonly string[]): Described {
  const [data, columns, name, key] = path
  if (data === 'data' && columns === 'columns' && key !== undefined)
    return { label: `${startCase(key)} of “${name}”`, text: plainText }
  return described.get(path.join('.')) ?? { label: words(path), text: plainText }
}

/** “Role of “id”: feature → ignore”, “Class imbalance: as it is → class weights”. */
export function changeText({ path, before, after }: Change): string {
  const { label, text } = describe(path)
  return `${label}: ${text(before)} → ${text(after)}`
}

/** Without what comes and goes with another member of a family. */
export const mainChanges = (changes: readonly Change[]): Change[] =>
  changes.filter(({ before, after }) => before !== undefined && after !== undefined)

// ---- for the command line ----

function setText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  try {
    JSON.parse(value)
    return JSON.stringify(value)
  } catch {
    return value
  }
}

/** `data.columns.age.role=ignore`: what `--set` takes. A column whose name has a “=” stands by its number. */
export function settingOf({ path, after }: Change, { data }: Recipe): string {
  const parts = path.map((part, i) =>
    i === 2 && path[1] === 'columns' && part.includes('=')
      ? String(data.columns.findIndex(({ name }) => name === part))
      : part,
  )
  return `${parts.join('.')}=${setText(after)}`
}
