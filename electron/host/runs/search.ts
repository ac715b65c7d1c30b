/** SQL of the line that finds runs. Names are looked up here, so that what no run has is told rather than finding nothing. */
import {
  numberIn,
  readSearch,
  runFields,
  searchError,
  seriesOf,
  type RunComparison,
  type RunComparisonOf,
  type RunCondition,
  type RunFieldKind,
  type RunFieldName,
} from '../../contract/index.ts'
import { nearest } from '../inputs/nearest.ts'
import { nameKey, type Store } from '../store/index.ts'

type Parameters = Record<string, string | number | null>

export interface Condition {
  readonly sql: string
  readonly parameters: Parameters
}

/** The wildcards of LIKE stand for themselves. */
export const containing = (text: string): string => `%${text.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`

const columns: Readonly<Record<Exclude<RunFieldName, 'tag'>, string>> = {
  name: 'name',
  note: 'note',
  starred: 'starred',
  state: 'state',
  task: 'task',
  backend: 'backend',
  device: 'device',
  number: 'number',
  epoch: 'epoch',
  bestEpoch: 'best_epoch',
  seconds: 'seconds',
  data: 'data_version',
  started: 'started_at',
  ended: 'finished_at',
}

const kindOf = new Map<string, { name: RunFieldName; kind: RunFieldKind }>(
  runFields.map(({ name, kind }) => [name.toLowerCase(), { name, kind }]),
)

const nothing = 'none'
/** “none” asks for the runs that have no such value. */
const isNone = ({ is, value, quoted }: RunComparisonOf): boolean =>
  !quoted && value.toLowerCase() === nothing && (is === '=' || is === '!=')

const flags: Readonly<Record<string, number>> = { yes: 1, true: 1, no: 0, false: 0 }
const day = 86_400_000

class Search {
  readonly #line: string
  readonly #store: Store
  readonly parameters: Parameters = {}
  #count = 0

  constructor(store: Store, line: string) {
    this.#store = store
    this.#line = line
  }

  sql(condition: RunCondition): string {
    if ('all' in condition) return `(${condition.all.map((one) => this.sql(one)).join(' AND ')})`
    if ('any' in condition) return `(${condition.any.map((one) => this.sql(one)).join(' OR ')})`
    // What a run lacks is neither: NOT of nothing known is nothing known.
    if ('not' in condition) return `NOT coalesce(${this.sql(condition.not)}, 0)`
    const field = kindOf.get(condition.field.toLowerCase())
    if (field === undefined) return this.#ofNamed(condition)
    return field.name === 'tag'
      ? this.#ofTag(condition)
      : this.#ofField(condition, columns[field.name], field.kind)
  }

  #bind(value: string | number): string {
    const name = `where${this.#count++}`
    this.parameters[name] = value
    return `@${name}`
  }

  #wrong({ at }: RunComparisonOf, what: string): never {
    throw searchError(this.#line, at, what)
  }

  #ofTag(one: RunComparisonOf): string {
    const { is } = one
    const of = (condition: string): string =>
      `EXISTS (SELECT 1 FROM run_tags WHERE run = number AND ${condition})`
    if (isNone(one)) return is === '=' ? `NOT ${of('1')}` : of('1')
    const compared = is.replace('!', '') as RunComparison
    if (compared !== '=' && compared !== '~')
      this.#wrong(one, 'a tag is compared by =, !=, ~ (contains) or !~.')
    return `${is.startsWith('!') ? 'NOT ' : ''}${of(this.#text('tag', compared, one.value))}`
  }

  /** People do not mean the case of letters. */
  #text(column: string, is: RunComparison, value: string): string {
    const equal = `lower(${column}) = lower(${this.#bind(value)})`
    const like = `${column} LIKE ${this.#bind(containing(value))} ESCAPE '\\'`
    return { '=': equal, '!=': `NOT ${equal}`, '~': like, '!~': `NOT ${like}` }[is as string] ?? ''
  }

  #ofField(one: RunComparisonOf, column: string, kind: RunFieldKind): string {
    const { is, value, field } = one
    if (kind === 'flag') {
      const flag = flags[value.toLowerCase()]
      if (flag === undefined || (is !== '=' && is !== '!='))
        this.#wrong(one, `${field} is compared as ${field} = yes or ${field} = no.`)
      return `${column} ${is} ${this.#bind(flag)}`
    }
    if (isNone(one)) {
      const missing = `coalesce(${column}, '') = ''`
      return is === '=' ? missing : `NOT ${missing}`
    }
    if (kind === 'text') {
      if (is.includes('<') || is.includes('>')) {
        if (column !== 'name')
          this.#wrong(one, `${field} is a text: compare it by =, !=, ~ (contains) or !~.`)
        return `name_key ${is} ${this.#bind(nameKey(value))}`
      }
      return this.#text(column, is, value)
    }
    if (is === '~' || is === '!~')
      this.#wrong(one, `${field} is a number: compare it by =, !=, <, <=, > or >=.`)
    if (kind === 'moment') return this.#ofMoment(one, column)
    const number = numberIn(value)
    if (number === null) this.#wrong(one, `${field} is compared with a number; “${value}” is none.`)
    return `${column} ${is} ${this.#bind(number)}`
  }

  /** A day is all of its hours, as the clock on the wall has them. */
  #ofMoment(one: RunComparisonOf, column: string): string {
    const { is, value, field } = one
    const isDay = /^\d{4}-\d{2}-\d{2}$/.test(value)
    const from = Date.parse(isDay ? `${value}T00:00` : value)
    if (!/^\d{4}-/.test(value) || !Number.isFinite(from))
      this.#wrong(one, `${field} is compared with a day, as in ${field} > 2026-11-29; “${value}” is none.`)
    const to = from + (isDay ? day : 1)
    const within = `${column} >= ${this.#bind(from)} AND ${column} < ${this.#bind(to)}`
    const wanted: Partial<Record<RunComparison, string>> = {
      '=': within,
      '!=': `NOT (${within})`,
      '<': `${column} < ${this.#bind(from)}`,
      '<=': `${column} < ${this.#bind(to)}`,
      '>': `${column} >= ${this.#bind(to)}`,
      '>=': `${column} >= ${this.#bind(from)}`,
    }
    return `(${wanted[is] ?? ''})`
  }

  #names(table: string, column: string): { id: number; name: string }[] {
    return this.#store.db
      .prepare<[], { id: number; name: string }>(`SELECT id, ${column} AS name FROM ${table}`)
      .all()
  }

  /** A metric or a setting: by its whole name, or by the end of it that no other has. */
  #ofNamed(one: RunComparisonOf): string {
    const series = this.#names('series_names', 'name')
    const settings = this.#names('setting_paths', 'path')
    const whole = (all: typeof series) => all.filter(({ name }) => name === one.field)
    const ending = (all: typeof series, sign: string) =>
      all.filter(({ name }) => name.toLowerCase().endsWith(`${sign}${one.field.toLowerCase()}`))
    for (const [metrics, paths] of [
      [whole(series), whole(settings)],
      [ending(series, '/'), ending(settings, '.')],
    ] as const) {
      const found = [...metrics, ...paths]
      if (found.length > 1)
        this.#wrong(
          one,
          `“${one.field}” may be ${found
            .map(({ name }) => name)
            .slice(0, 6)
            .join(' or ')}: write more of it.`,
        )
      if (metrics[0]) return this.#ofValue(one, 'run_metrics', 'series', metrics[0].id)
      if (paths[0]) return this.#ofValue(one, 'run_settings', 'setting', paths[0].id)
    }
    // Nobody has measured it yet.
    if (seriesOf(one.field).label !== one.field) return this.#ofValue(one, 'run_metrics', 'series', -1)
    const known = [...runFields, ...series, ...settings].map(({ name }) => name)
    const meant = nearest(one.field, [...known, ...known.flatMap((name) => name.split(/[./]/).slice(-1))])
    return this.#wrong(
      one,
      `no run has a metric or a setting “${one.field}”.${meant === null ? '' : ` Did you mean ${meant}?`}`,
    )
  }

  #ofValue(one: RunComparisonOf, table: string, column: string, id: number): string {
    const { is, value, quoted, field } = one
    const runs = (condition: string): string =>
      `number IN (SELECT run FROM ${table} WHERE ${column} = ${id} AND ${condition})`
    const number = quoted ? null : numberIn(value)
    if (table === 'run_metrics') {
      if (isNone(one)) return is === '=' ? `NOT ${runs('1')}` : runs('1')
      if (number === null || is === '~' || is === '!~')
        this.#wrong(one, `${field} is a metric: compare it with a number, or with none.`)
      return runs(`value ${is} ${this.#bind(number)}`)
    }
    if (isNone(one)) {
      const has = runs(`value IS NOT 'none'`)
      return is === '=' ? `NOT ${has}` : has
    }
    if (is === '~' || is === '!~' || (number === null && (is === '=' || is === '!=')))
      return runs(this.#text('CAST(value AS TEXT)', is, value))
    if (number === null) this.#wrong(one, `${field} can be compared by ${is} with a number alone.`)
    if (is === '=' || is === '!=')
      return runs(
        `${is === '=' ? '' : 'NOT '}(value = ${this.#bind(number)} OR value = ${this.#bind(value)})`,
      )
    return runs(`typeof(value) IN ('integer', 'real') AND value ${is} ${this.#bind(number)}`)
  }
}

/** null: the line finds every run. Throws what is wrong with it, and where. */
export function searchOf(store: Store, line: string): Condition | null {
  const condition = readSearch(line)
  if (condition === null) return null
  const search = new Search(store, line)
  const sql = search.sql(condition)
  return { sql, parameters: search.parameters }
}
