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
import { folded, nameKey, type Store } from '../store/index.ts'
import { momentSpan } from './moment-span.ts'

type Parameters = Record<string, string | number | null>

export interface Condition {
  readonly sql: string
  readonly parameters: Parameters
}

/** The wildcards of LIKE stand for themselves. */
const containing = (text: string): string => `%${text.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`

/** SQLite knows the case of ASCII alone, which is quicker where that is enough. */
const isAscii = (text: string): boolean => /^\p{ASCII}*$/u.test(text)

/** A condition that the column contains the text, whatever the case of letters. */
export const contains = (column: string, text: string, bind: (value: string) => string): string =>
  isAscii(text)
    ? `${column} LIKE ${bind(containing(text))} ESCAPE '\\'`
    : `folded(${column}) LIKE ${bind(containing(folded(text)))} ESCAPE '\\'`
const equals = (column: string, text: string, bind: (value: string) => string): string =>
  isAscii(text) ? `lower(${column}) = lower(${bind(text)})` : `folded(${column}) = ${bind(folded(text))}`

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

interface Named {
  readonly id: number
  readonly name: string
}

class Search {
  readonly #line: string
  readonly #store: Store
  readonly #projectId: string
  readonly parameters: Parameters = {}
  #count = 0

  constructor(store: Store, projectId: string, line: string) {
    this.#store = store
    this.#projectId = projectId
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
    const bind = (text: string): string => this.#bind(text)
    const [equal, like] = is.endsWith('=')
      ? [equals(column, value, bind), '']
      : ['', contains(column, value, bind)]
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

  #ofMoment(one: RunComparisonOf, column: string): string {
    const { is, value, field } = one
    const span = momentSpan(value)
    if (span === null)
      this.#wrong(
        one,
        `${field} is compared with a day or a time, as in ${field} > 2026-11-29 or ${field} > 2026-11-29T08:30; there is no “${value}”.`,
      )
    const [from, to] = span
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

  #names(table: string, column: string): Named[] {
    return this.#store.db.prepare<[], Named>(`SELECT id, ${column} AS name FROM ${table}`).all()
  }

  /** Those that runs of the project have: names are kept once for all projects. */
  #ofProject(named: readonly Named[], values: 'run_metrics' | 'run_settings'): Named[] {
    const column = values === 'run_metrics' ? 'series' : 'setting'
    const has = this.#store.db.prepare(
      `SELECT 1 FROM ${values} CROSS JOIN runs ON number = run WHERE ${column} = @id AND project_id = @project
         AND run >= (SELECT min(number) FROM runs WHERE project_id = @project)
         AND run <= (SELECT max(number) FROM runs WHERE project_id = @project) LIMIT 1`,
    )
    return named.filter(({ id }) => has.get({ id, project: this.#projectId }) !== undefined)
  }

  /** A metric or a setting: by its whole name, or by the end of it that no other has. */
  #ofNamed(one: RunComparisonOf): string {
    const series = this.#names('series_names', 'name')
    const settings = this.#names('setting_paths', 'path')
    const whole = (all: readonly Named[]) => all.filter(({ name }) => name === one.field)
    const ending = (all: readonly Named[], sign: string) =>
      all.filter(({ name }) => name.toLowerCase().endsWith(`${sign}${one.field.toLowerCase()}`))
    for (const [allMetrics, allPaths] of [
      [whole(series), whole(settings)],
      [ending(series, '/'), ending(settings, '.')],
    ] as const) {
      const metrics = this.#ofProject(allMetrics, 'run_metrics')
      const paths = this.#ofProject(allPaths, 'run_settings')
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
    const known = [
      ...runFields,
      ...this.#ofProject(series, 'run_metrics'),
      ...this.#ofProject(settings, 'run_settings'),
    ].map(({ name }) => name)
    const meant = nearest(one.field, [...known, ...known.flatMap((name) => name.split(/[./]/).slice(-1))])
    return this.#wrong(
      one,
      `no run of the project has a metric or a setting “${one.field}”.${meant === null ? '' : ` Did you mean ${meant}?`}`,
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
export function searchOf(store: Store, projectId: string, line: string): Condition | null {
  const condition = readSearch(line)
  if (condition === null) return null
  const search = new Search(store, projectId, line)
  const sql = search.sql(condition)
  return { sql, parameters: search.parameters }
}
