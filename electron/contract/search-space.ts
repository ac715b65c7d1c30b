/** What a search may change, as data: which settings of a recipe, and which values of each. */
import { z } from 'zod'
import {
  allows,
  families,
  imbalanceRemedies,
  isObject,
  losses,
  memberOf,
  namesIn,
  networks,
  settingGroups,
  templatesFor,
  type Family,
  type ListOption,
  type NumberOption,
  type Option,
  type Options,
} from './definitions/index.ts'
import { startCase } from './format.ts'
import { lossesFor, remediesFor, type Recipe } from './recipe.ts'

const scalar = z.union([z.number(), z.string().max(400), z.boolean(), z.null()])
export const triedValueSchema = z.union([scalar, z.array(scalar).max(100)])
/** What a setting is set to. */
export type TriedValue = z.infer<typeof triedValueSchema>

const path = z.string().trim().min(1).max(400)
export const mostTriedValues = 50

/** One setting, as `--set` spells it: a few values, or everything between two numbers. */
export const dimensionSchema = z.union([
  z.strictObject({ path, values: z.array(triedValueSchema).min(2).max(mostTriedValues) }),
  z.strictObject({
    path,
    from: z.number(),
    to: z.number(),
    /** Logarithmic: every order of magnitude is as likely. */
    scale: z.enum(['linear', 'logarithmic']),
    whole: z.boolean(),
  }),
])
export type Dimension = z.infer<typeof dimensionSchema>
export type Range = Extract<Dimension, { from: number }>
export const isRange = (dimension: Dimension): dimension is Range => 'from' in dimension

/** More settings than these no search of any length covers. */
export const mostDimensions = 20
export const spaceSchema = z.array(dimensionSchema).max(mostDimensions)

/**
 * Of what changes which rows there are and what is predicted of them, nothing can be compared; and where it computes changes
 * nothing. null: the setting may be searched.
 */
export function whyNotSearched(path: string): string | null {
  const [first = ''] = path.split('.')
  if (['data', 'split', 'task', 'kind', 'target'].includes(first))
    return `“${path}” decides which rows there are and what is predicted: runs that differ in it cannot be compared, so a search does not change it.`
  if (['version', 'backend'].includes(first)) return `“${path}” does not change what is learned.`
  return null
}

/** A setting that can be searched, with what would be tried of it. */
export interface Searchable {
  readonly path: string
  readonly label: string
  /** Who has it: “AdamW”, “Length”. */
  readonly of: string
  readonly dimension: Dimension
}

const rounded = (value: number): number => Number(value.toPrecision(3))

/** The least and the most that the option may be, where a bound that does not count itself in is not reached. */
function boundedBy({ least, most, above, below, whole }: NumberOption, from: number, to: number) {
  const step = whole ? 1 : 1e-6
  const low = Math.max(from, least ?? (above === undefined ? -Infinity : above + step))
  const high = Math.min(to, most ?? (below === undefined ? Infinity : below - step))
  return { from: low, to: high }
}

/** About where it stands: an order of magnitude to both sides of a rate, a factor of four of a whole number. */
function rangeAbout(option: NumberOption, now: number): Pick<Range, 'from' | 'to' | 'scale' | 'whole'> {
  const { whole, least = -Infinity, below = Infinity } = option
  if (option.scale === 'logarithmic') {
    const center = now > 0 ? now : option.start > 0 ? option.start : 1e-3
    return { ...boundedBy(option, rounded(center / 10), rounded(center * 10)), scale: 'logarithmic', whole }
  }
  if (whole) {
    const { from, to } = boundedBy(option, Math.ceil(now / 4), Math.max(4 * now, Math.ceil(now / 4) + 4))
    return { from, to, scale: from > 0 && to / from >= 8 ? 'logarithmic' : 'linear', whole }
  }
  if (least === 0 && below === 1) {
    // Shares of what is kept are told apart by how far they are from 1.
    const [from, to] =
      now <= 0.5 ? [0, 0.5] : now <= 0.9 ? [0.5, 0.99] : [1 - 10 * (1 - now), 1 - (1 - now) / 10]
    return {
      ...boundedBy(option, Math.max(0, rounded(from)), Number(to.toPrecision(5))),
      scale: 'linear',
      whole,
    }
  }
  const { from, to } = boundedBy(option, rounded(now / 2), now === 0 ? 1 : rounded(now * 2))
  return { from, to, scale: 'linear', whole }
}

const scaledBy = ({ item }: ListOption, now: readonly number[], factor: number): number[] =>
  now.map((value) => (item.whole ? Math.max(1, Math.round(value * factor)) : value * factor))

/** What is tried of an option that stands at this value; null: nothing but one value, or it is edited elsewhere. */
export function dimensionOf(option: Option, path: string, now: unknown): Dimension | null {
  switch (option.kind) {
    case 'number': {
      const range = rangeAbout(option, typeof now === 'number' ? now : option.start)
      return range.from < range.to ? { path, ...range } : null
    }
    case 'flag':
      return { path, values: [false, true] }
    case 'choice': {
      const values = option.choices.map(({ value }) => value)
      return values.length > 1 ? { path, values } : null
    }
    case 'list': {
      const list = Array.isArray(now) ? (now as number[]) : [...option.start]
      const values = [0.5, 1, 2]
        .map((factor) => scaledBy(option, list, factor))
        .filter((one) => allows(option, one))
      const different = new Map(values.map((one) => [JSON.stringify(one), one]))
      return different.size > 1 ? { path, values: [...different.values()] } : null
    }
    case 'text':
    case 'texts':
    case 'column':
    case 'data':
      return null
  }
}

/** What stands at a path of keys; undefined: nothing does. */
export const valueIn = (recipe: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), recipe)

/** By the place of a family: its members that suit the task and the data; of others, all do. */
const suiting: Readonly<Record<string, (recipe: Recipe) => readonly string[]>> = {
  [losses.path]: ({ task }) => lossesFor(task),
  [imbalanceRemedies.path]: ({ task }) => remediesFor(task),
  [networks.path]: ({ kind }) => namesIn(templatesFor[kind]),
}

/** Members that the recipe could have in place of the one it has, without those that are edited as a document. */
const fitting = ({ path, members }: Family, recipe: Recipe): string[] =>
  members
    .filter(({ options }) => Object.values(options).every(({ kind }) => kind !== 'data'))
    .map(({ name }) => name)
    .filter((name) => suiting[path]?.(recipe).includes(name) ?? true)

/** What can be searched of a recipe as it is, in its order, with what would be tried of each. */
export function searchableIn(recipe: Recipe): Searchable[] {
  const found: Searchable[] = []
  const add = (path: string, label: string, of: string, dimension: Dimension | null): void => {
    if (dimension !== null && whyNotSearched(path) === null) found.push({ path, label, of, dimension })
  }
  const addOptions = (path: string, options: Options, of: string): void => {
    for (const [key, option] of Object.entries(options))
      add(
        `${path}.${key}`,
        option.label,
        of,
        dimensionOf(option, `${path}.${key}`, valueIn(recipe, `${path}.${key}`)),
      )
  }
  for (const family of families) {
    const { path, key, one, list } = family
    const now = valueIn(recipe, path)
    const name = isObject(now) ? now[key] : undefined
    if (list !== undefined || whyNotSearched(path) !== null || typeof name !== 'string') continue
    const names = fitting(family, recipe)
    add(
      `${path}.${key}`,
      startCase(one),
      startCase(one),
      names.length > 1 ? { path: `${path}.${key}`, values: names } : null,
    )
    const { options, label } = memberOf(family, name)
    addOptions(path, options, label)
  }
  for (const { path, options, label } of settingGroups)
    if (isObject(valueIn(recipe, path))) addOptions(path, options, label)
  return found
}

/** The descriptor of a setting that a recipe has now; null: it has none there. */
export function settingOptionAt(recipe: Recipe, path: string): Option | null {
  const [place, key] = [path.slice(0, path.lastIndexOf('.')), path.slice(path.lastIndexOf('.') + 1)]
  const group = settingGroups.find((one) => one.path === place && key in one.options)
  if (group) return group.options[key] ?? null
  const family = families.find((one) => one.list === undefined && one.path === place)
  const now = valueIn(recipe, place)
  const name = family && isObject(now) ? now[family.key] : undefined
  return family && typeof name === 'string'
    ? ((memberOf(family, name).options as Options)[key] ?? null)
    : null
}

/** “0.0001 to 0.1, by factors”, “relu, gelu”. */
export function dimensionText(dimension: Dimension): string {
  if (isRange(dimension)) {
    const { from, to, scale } = dimension
    return `${from} to ${to}${scale === 'logarithmic' ? ', by factors' : ''}`
  }
  return dimension.values.map(triedText).join(', ')
}

export const triedText = (value: TriedValue): string =>
  Array.isArray(value) ? value.join('-') || 'none' : value === null ? 'off' : String(value)
