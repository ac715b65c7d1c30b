/** `--set path=value`: changes to a recipe, checked against its schema. */
import { z } from 'zod'
import {
  DescentError,
  begin,
  budgetOptions,
  columnKindSchema,
  columnSchema,
  exchange,
  first,
  families,
  flattenSettings,
  groupSchema,
  lackingGroups,
  nameIn,
  namesIn,
  parserFor,
  parsers,
  selections,
  startsOf,
  storedRecipeSchema,
  weightStarts,
  type Family,
  type Recipe,
} from '../../contract/index.ts'
import { nearest } from '../inputs/nearest.ts'

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
type Container = Json[] | { [key: string]: Json }

const isContainer = (value: Json | undefined): value is Container =>
  typeof value === 'object' && value !== null

/** JSON where it is JSON, else the text itself: `0.1`, `[64,64]`, `null`, `cosine`. */
export function parseValue(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

/** Items of lists are called by their names, or by their positions. */
function keyIn(container: Container, key: string): string | null {
  if (!Array.isArray(container)) return Object.hasOwn(container, key) ? key : null
  const byName = container.findIndex((item) => nameIn(item)?.name === key)
  if (byName >= 0) return String(byName)
  return /^\d+$/.test(key) && Number(key) < container.length ? key : null
}

const mostNamed = 20

function settingsOf(container: Container): string {
  if (!Array.isArray(container)) return Object.keys(container).join(', ')
  const names = container.flatMap((item) => nameIn(item)?.name ?? [])
  return names.length === container.length && names.length > 0 && names.length <= mostNamed
    ? names.join(', ')
    : `0 to ${container.length - 1}, or a name`
}

/** A column of which nothing is said about its order can be given one. */
function nameLevels(container: Container, key: string): void {
  if (!Array.isArray(container) && key === 'levels' && 'kind' in container && 'role' in container)
    container[key] ??= []
}

/** A column is read by the parser of its kind, whose settings can be set where it does not name it as well. */
function nameParser(container: Container, key: string): void {
  if (Array.isArray(container) || key !== parsers.key) return
  const kind = columnKindSchema.safeParse(container.kind)
  const parser = kind.success ? parserFor(kind.data) : null
  if (parser === null) return
  const named = container[key]
  const fits = isContainer(named) && !Array.isArray(named) && named[key] === parser.parser
  if (!fits) container[key] = parser as Json
}

/** Recipes name it only where it is so. */
function nameSensitive(container: Container, key: string): void {
  if (!Array.isArray(container) && key === 'sensitive' && 'role' in container) container[key] ??= false
}

/** Recipes name it only where it is not all of them. */
function nameTrainShare(container: Container, key: string): void {
  if (!Array.isArray(container) && key === 'trainShare' && 'source' in container) container[key] ??= 1
}

/** “ Did you mean …?”, of a setting that is written nearly like it, or that ends as it does. */
export function meantInstead(path: string, settings: Iterable<string>): string {
  const known = [...settings]
  const end = path.split('.').at(-1)
  const likely = nearest(path, known) ?? known.find((one) => one.split('.').at(-1) === end) ?? null
  return likely === null ? '' : ` Did you mean ${likely}?`
}

/** The longest prefix of `parts` that is a key comes first: column names may contain dots. */
function descend(
  container: Container,
  parts: string[],
  path: string,
  recipe: Container = container,
): { container: Container; key: string } {
  nameParser(container, parts[0] ?? '')
  nameLevels(container, parts[0] ?? '')
  nameSensitive(container, parts[0] ?? '')
  nameTrainShare(container, parts[0] ?? '')
  for (let length = parts.length; length > 0; length--) {
    const key = keyIn(container, parts.slice(0, length).join('.'))
    if (key === null) continue
    const rest = parts.slice(length)
    if (rest.length === 0) return { container, key }
    const next = (container as Record<string, Json>)[key]
    if (isContainer(next)) return descend(next, rest, path, recipe)
  }
  const message = `The recipe has no setting “${path}”: “${parts.join('.')}” is not one of ${settingsOf(container)}.${meantInstead(path, flattenSettings(recipe).keys())}`
  throw new DescentError('badRecipe', message, path)
}

/** Checks a recipe and says in one sentence what is wrong with it. */
export function checkRecipe(value: unknown, what: string): Recipe {
  const parsed = storedRecipeSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const path = issue?.path.join('.') ?? ''
  throw new DescentError(
    'badRecipe',
    `${what}: ${path === '' ? 'it' : `the setting “${path}”`} is wrong (${issue?.message ?? 'not a recipe'}).`,
    path,
  )
}

/** Another member of a family brings its own settings, and keeps what both have; a wrong name is the schema's to refuse. */
function choose(family: Family, container: Record<string, Json>, value: Json): void {
  if (!namesIn(family).some((name) => name === value)) {
    container[family.key] = value
    return
  }
  const other = exchange(family, container as never, value as string) as Record<string, Json>
  for (const key of Object.keys(container)) delete container[key]
  Object.assign(container, other)
}

/** Members by their names; those that the list had keep their settings. */
function listOf(family: Family, before: readonly Json[], value: Json): Json {
  const names = typeof value === 'string' ? value.split(',').filter((name) => name.trim() !== '') : value
  if (!Array.isArray(names)) return value
  return names.map((item) => {
    const name = typeof item === 'string' ? item.trim() : item
    const had = before.find((one) => isContainer(one) && !Array.isArray(one) && one[family.key] === name)
    if (had !== undefined || typeof name !== 'string') return had ?? name
    return namesIn(family).includes(name) ? (begin(family, name) as Json) : { [family.key]: name }
  })
}

function set(container: Container, key: string, value: Json): void {
  if (Array.isArray(container)) {
    container[Number(key)] = value
    return
  }
  const before = container[key]
  const list = families.find((family) => family.list === key)
  // An option of a member may be a list under the same name: of plain values.
  if (list && Array.isArray(before) && before.every(isContainer)) {
    container[key] = listOf(list, before, value)
    return
  }
  const chosen = families.find(
    (family) => family.key === key && namesIn(family).some((name) => name === before),
  )
  if (chosen) choose(chosen, container, value)
  else container[key] = value
}

/** Columns of another kind than before are prepared as columns of that kind are; what is no recipe is for its schema to refuse. */
function withGroups(changed: Container): Json {
  const columns = z.object({ data: z.object({ columns: z.array(columnSchema) }) }).safeParse(changed)
  const groups = z.object({ prepare: z.array(groupSchema) }).safeParse(changed)
  if (!columns.success || !groups.success) return changed
  const lacking = lackingGroups(groups.data.prepare, columns.data.data.columns)
  return lacking.length === 0
    ? changed
    : ({ ...changed, prepare: [...groups.data.prepare, ...lacking] } as Json)
}

/** `flag`: where the person wrote them. */
export function applyOverrides(recipe: Recipe, settings: readonly string[], flag = '--set'): Recipe {
  const changed = structuredClone(recipe) as Json & Container
  // What recipes do not say where it is as it is at first.
  for (const family of [selections, weightStarts]) {
    const { path } = family
    if (!Array.isArray(changed) && settings.some((setting) => setting.trimStart().startsWith(`${path}.`)))
      changed[path] ??= first<Family>(family) as Json
  }
  if (!Array.isArray(changed) && settings.some((setting) => setting.trimStart().startsWith('budget.')))
    changed['budget'] ??= startsOf(budgetOptions)
  for (const setting of settings) {
    const equals = setting.indexOf('=')
    const path = setting.slice(0, Math.max(equals, 0)).trim()
    if (path === '') {
      throw new DescentError(
        'badRecipe',
        `${flag} wants path=value, e.g. training.epochs=50; not “${setting}”.`,
      )
    }
    const { container, key } = descend(changed, path.split('.'), path)
    const written = setting.slice(equals + 1)
    const value = parseValue(written)
    // Where a text stands, 1 is the text “1”: a formula, or the name of a column.
    const isText = typeof (container as Record<string, Json>)[key] === 'string'
    set(container, key, isText && ['number', 'boolean'].includes(typeof value) ? written : value)
  }
  return checkRecipe(withGroups(changed), `The recipe as changed by ${flag} is not valid`)
}
