/** How two recipes differ, setting by setting, in the words of their descriptors and as the command line sets it. */
import {
  families,
  settingGroups,
  valueText,
  type Family,
  type Option,
  type Options,
} from './definitions/index.ts'
import { settingsIn, type Setting } from './flatten.ts'
import { formatNumber, formatPercent, midCase, startCase } from './format.ts'
import type { Recipe } from './recipe.ts'

export interface Change {
  /** Columns stand by their names: `data`, `columns`, `age`, `role`. */
  readonly path: readonly string[]
  /** undefined: there is no such setting. */
  readonly before: unknown
  readonly after: unknown
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

function ofFamily({ one, list, members }: Family): Described {
  const labelOf = (value: unknown): string =>
    members.find(({ name }) => name === value)?.label ?? plainText(value)
  return {
    label: startCase(list === undefined ? one : `${one}s`),
    text: (value) => (Array.isArray(value) ? value.map(labelOf).join(', ') || 'none' : labelOf(value)),
  }
}

const byPath = (path: string, options: Options): [string, Described][] =>
  Object.entries(options).map(([key, option]) => [`${path}.${key}`, ofOption(option)])

/** Where a recipe holds a member, or what a list of them says of one: `training.loss`, `steps.impute`. */
const placeOf = ({ path, list }: Family, name: string): string =>
  list !== undefined ? `${list}.${name}` : path

/** By their path, or by its end where groups or members stand in it. Members that have the same option describe it alike. */
const described: ReadonlyMap<string, Described> = new Map([
  ...families.flatMap((family): [string, Described][] => [
    ...family.members.flatMap(({ name, options }) => byPath(placeOf(family, name), options)),
    [family.list ?? `${placeOf(family, '')}.${family.key}`, ofFamily(family)],
  ]),
  ...settingGroups.flatMap(({ name, label, path, options }) =>
    Object.entries(options).map(([key, option]): [string, Described] => [
      `${path}.${key}`,
      // An option that is all there is to its group is called as the group is.
      key === name ? ofOption(option, label) : ofOption(option),
    ]),
  ),
  [
    'data.trainShare',
    {
      label: 'Training rows used',
      text: (value) => (typeof value === 'number' ? formatPercent(value, 1) : 'all'),
    },
  ],
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
  const [first, second, name, key, option] = path
  if (first === 'data' && second === 'columns' && option !== undefined) {
    const found = described.get(`${key}.${option}`)
    return { label: `${found?.label ?? startCase(option)} of “${name}”`, text: found?.text ?? plainText }
  }
  if (first === 'data' && second === 'columns' && key !== undefined)
    return { label: `${startCase(key)} of “${name}”`, text: plainText }
  // `prepare`, a group, and what is said of it: groups are called as a person did.
  const ends = path.map((_, from) => path.slice(from).join('.'))
  const found = ends.flatMap((end) => described.get(end) ?? [])[0]
  if (found === undefined) return { label: words(path), text: plainText }
  if (first === 'target') return { ...found, label: `${found.label} of the target` }
  return first === 'prepare' && path.length === 3
    ? { ...found, label: `${found.label} of “${second}”` }
    : found
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

/** A list of members by their names. */
const isNames = (path: readonly string[], value: unknown): value is readonly string[] =>
  Array.isArray(value) && families.some(({ list }) => list !== undefined && list === path.at(-1))

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
  return `${parts.join('.')}=${isNames(path, after) ? after.join(',') : setText(after)}`
}
