/**
 * The steps that a recipe names under `data.source.shape`, done to a table in DuckDB. What each does stands in a file here,
 * its words and options in the contract. They look at values: numbers and dates as the columns are understood before the
 * first step, which is remembered, so that a test file or rows to predict are looked at alike.
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  DescentError,
  implementationOf,
  isJoin,
  lackingIn,
  leavesOutRows,
  memberOf,
  plainNumerals,
  shaping,
  toldOf,
  type AsRead,
  type Joined,
  type Implementations,
  type JoinStep,
  type Parser,
  type ShapedBy,
  type ShapingStep,
} from '../../../../contract/index.ts'
import type { DuckDBConnection } from '../duckdb.ts'
import { marksIn } from '../missing-marks.ts'
import type { RawTable } from '../reading/read-csv.ts'
import { noneStored } from '../relation.ts'
import { relationOf, writeTableFile } from '../table-file.ts'
import { understand, type UnderstandOptions } from '../understand.ts'
import { dropColumns, renameColumn, replaceValues } from './columns.ts'
import { deriveColumn } from './derive-column.ts'
import { placeOf, readExpression } from './expression.ts'
import { joinTable } from './join-table.ts'
import { dropDuplicates, filterRows } from './rows.ts'
import { namesOf, stateOf, type State } from './state.ts'
import type { Partner, ShapingContext, ShapingFunction } from './step.ts'

const implementations: Implementations<typeof shaping, ShapingFunction> = {
  filterRows,
  deriveColumn,
  joinTable,
  dropColumns,
  renameColumn,
  replaceValues,
  dropDuplicates,
}

/** What steps did to a table. */
export interface Shaping {
  readonly steps: readonly ShapedBy[]
  /** How the columns were understood that the steps look at. */
  readonly asRead: readonly AsRead[]
  /** The second tables, as they are kept. */
  readonly joined: readonly Joined[]
}

export interface ShapedTable extends RawTable {
  readonly shaped?: Shaping
}

/** What is told of a step stands behind which it is. */
const inStep = (error: unknown, at: number, step: ShapingStep): unknown =>
  error instanceof DescentError && (error.code === 'badData' || error.code === 'notFound')
    ? new DescentError(
        'badData',
        `Step ${at + 1} of the shape, “${memberOf(shaping, step.shaping).label}”: ${error.message}`,
        'shape',
      )
    : error

async function oneStep(step: ShapingStep, at: number, state: State, context: ShapingContext) {
  try {
    const lacking = lackingIn(step)
    if (lacking.length > 0)
      throw new DescentError('badData', `Say ${lacking.map((label) => `“${label}”`).join(' and ')}.`, 'shape')
    return await implementationOf(shaping, implementations, step)(state, context)
  } catch (error) {
    throw inStep(error, at, step)
  }
}

/** Where a second table lay says nothing of it: what it held is kept beside this. */
function settingsHash(step: ShapingStep): string {
  const { path: _, ...set } = { path: '', ...step }
  const named = Object.entries(set).sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(named)).digest('hex')
}

const accountOf = (
  step: ShapingStep,
  before: State,
  after: State,
  notes: readonly string[],
  { joined }: Partners,
): ShapedBy => ({
  step: toldOf(step),
  sha256: settingsHash(step),
  rows: [before.rows, after.rows],
  columns: [before.columns.length, after.columns.length],
  ...(isJoin(step) && { joined: joined.find(({ path }) => path === step.path)?.sha256 }),
  notes: [...notes],
})

/** Of a wide table a copy of its lists: whoever changes these does so for good, and what is kept is what the file says. */
async function asLoaded(connection: DuckDBConnection, raw: RawTable): Promise<RawTable> {
  if (raw.relation.layout !== 'lists') return raw
  await connection.run(`CREATE OR REPLACE TEMP TABLE as_loaded AS SELECT * FROM ${raw.relation.sql}`)
  return { ...raw, relation: { ...raw.relation, sql: 'as_loaded' } }
}

/** The columns as a table of its own: of few of them a file, of many the lists of `raw`. */
async function written(
  connection: DuckDBConnection,
  state: State,
  { delimiter }: RawTable,
  files: string,
): Promise<Pick<RawTable, 'relation' | 'file'>> {
  const { columns, layout } = state
  if (layout === 'lists') {
    // Runs of columns as they were read are taken from their lists at once.
    const runs: { readonly places: number[]; readonly texts: string[] }[] = []
    for (const { place, text } of columns) {
      const last = runs.at(-1)
      const asRead = place !== null
      if (last === undefined || last.places.length > 0 !== asRead) runs.push({ places: [], texts: [] })
      if (asRead) runs.at(-1)!.places.push(place + 1)
      else runs.at(-1)!.texts.push(text)
    }
    const cells = runs.map(({ places, texts }) =>
      places.length > 0
        ? `list_select(cells, '[${places.join(', ')}]'::BIGINT[])`
        : `[${texts.join(', ')}]::VARCHAR[]`,
    )
    await connection.run(
      `CREATE OR REPLACE TEMP TABLE shaped AS SELECT ${cells.join(' || ')} AS cells FROM ${state.sql}`,
    )
    await connection.run('DROP TABLE IF EXISTS raw')
    await connection.run('ALTER TABLE shaped RENAME TO raw')
    return { relation: { sql: 'raw', layout, stored: noneStored }, file: null }
  }
  const kept = columns.map(({ name, stored }) => ({
    name,
    number: 'plain' as const,
    parser: stored?.parser ?? null,
  }))
  const selected = columns.flatMap(({ text, stored }, i) => [
    `${text} AS t${i}`,
    ...(stored === null ? [] : [`${stored.sql} AS n${i}`]),
  ])
  const sql = `(SELECT ${selected.join(', ')} FROM ${state.sql})`
  const stored = new Map(
    columns.flatMap((one, i): [number, Parser][] => (one.stored === null ? [] : [[i, one.stored.parser]])),
  )
  mkdirSync(files, { recursive: true })
  const path = join(files, `shaped-${randomUUID()}.parquet`)
  await writeTableFile(connection, { sql, layout, stored }, { delimiter, columns: kept }, path)
  return { relation: relationOf(path, kept), file: { path, delimiter, columns: kept } }
}

/** Names of the table's own columns that steps look at, and of those that they then give. */
async function columnsSeen(
  connection: DuckDBConnection,
  names: readonly string[],
  before: State,
  step: ShapingStep,
): Promise<string[]> {
  const texts = 'where' in step ? [step.where] : 'expression' in step ? [step.expression] : []
  const found: string[] = []
  for (const text of texts) {
    const { columns } = await readExpression(connection, text, namesOf(before))
    for (const at of columns) {
      const place = before.columns[at]?.place ?? null
      if (place !== null) found.push(names[place]!)
    }
  }
  const named = [
    ...('on' in step ? step.on.map((pair) => pair.split('=')[0]!.trim()) : []),
    ...('column' in step ? [step.column] : []),
  ]
  for (const name of named) {
    const at = placeOf(name, namesOf(before))
    const place = at === null ? null : (before.columns[at]?.place ?? null)
    if (place !== null) found.push(names[place]!)
  }
  return found
}

export interface ShapeOptions extends UnderstandOptions {
  readonly shape?: readonly ShapingStep[] | undefined
  /** How columns are understood; absent: it is found out. */
  readonly asRead?: readonly AsRead[] | undefined
}

/** Where second tables are found, and what was found there. */
export interface Partners {
  of(step: Pick<JoinStep, 'path'>): Promise<Partner>
  readonly joined: readonly Joined[]
}

/** How every column is understood, and which of the marks are gaps in it. */
async function understood(
  connection: DuckDBConnection,
  raw: RawTable,
  options: ShapeOptions,
  asked: readonly string[],
): Promise<{ asRead: AsRead[]; raw: RawTable; gaps: (place: number) => readonly string[] }> {
  const base = await asLoaded(connection, raw)
  const targets = asked.filter((name) => raw.names.includes(name))
  const found = await understand(
    connection,
    raw,
    options,
    asked.length > 0 && targets.length === 0 ? null : targets,
  )
  const remembered = new Map(options.asRead?.map((one) => [one.name, one]))
  const gaps = (place: number): readonly string[] => {
    const values = remembered.get(raw.names[place]!)?.notMissing ?? found.values.get(place) ?? []
    return (found.marks.get(place) ?? []).filter((mark) => !values.includes(mark))
  }
  const asRead = raw.names.map((name, place): AsRead => {
    const { kind, parser } = found.inferred[place]!
    const values = found.values.get(place)
    return (
      remembered.get(name) ?? {
        name,
        kind,
        ...(parser && { parser }),
        ...(values && { notMissing: [...values] }),
      }
    )
  })
  return { asRead, raw: base, gaps }
}

/** The table after its steps, as if it had been read so. `asked`: what is to be predicted. */
export async function shapeTable(
  connection: DuckDBConnection,
  raw: RawTable,
  options: ShapeOptions,
  asked: readonly string[],
  files: string,
  partners: Partners,
): Promise<ShapedTable> {
  const { shape = [] } = options
  if (shape.length === 0) return raw
  const { asRead, raw: base, gaps } = await understood(connection, raw, options, asked)
  let state = stateOf(base.relation, base.rows, base.names, (place) => asRead[place]!, gaps)
  const steps: ShapedBy[] = []
  const seen = new Set<string>()
  for (const [at, step] of shape.entries()) {
    const before = state
    const context: ShapingContext = {
      connection,
      own: `s${at}`,
      rows: 'training',
      partner: (one) => partners.of(one),
    }
    const { state: after, notes } = await oneStep(step, at, before, context)
    for (const name of await columnsSeen(connection, base.names, before, step)) seen.add(name)
    state = after
    steps.push(accountOf(step, before, after, notes, partners))
  }
  const kept = await written(connection, state, base, files)
  return {
    ...base,
    ...kept,
    names: namesOf(state),
    rows: state.rows,
    shaped: { steps, asRead: asRead.filter(({ name }) => seen.has(name)), joined: partners.joined },
  }
}

/** How a model's steps see columns of a file that they were not written for. */
async function gapsOf(
  connection: DuckDBConnection,
  raw: RawTable,
  marks: readonly string[],
  asRead: ReadonlyMap<string, AsRead>,
): Promise<(place: number) => readonly string[]> {
  const found = await marksIn(connection, raw.relation, [...raw.names.keys()], marks, raw.rows)
  return (place) => {
    const values = asRead.get(raw.names[place]!)?.notMissing ?? []
    return (found.get(place) ?? []).filter((mark) => !values.includes(mark))
  }
}

export interface ShapeAlike {
  readonly shape: readonly ShapingStep[]
  readonly asRead: readonly AsRead[]
  readonly missingValues: readonly string[]
}

export interface ShapedAlike extends RawTable {
  readonly steps: readonly ShapedBy[]
  /** What stood against steps whose columns nobody may need. */
  readonly failed: readonly DescentError[]
  /** What the file says, before any step. */
  readonly original: Pick<RawTable, 'names' | 'relation'>
  /** Its columns that are numbers by the file's own types. */
  readonly originalTyped: ReadonlySet<number>
}

/** What a step that could not be done would have given is not there. */
async function without(step: ShapingStep, state: State, partners: Partners): Promise<State> {
  const joined = 'path' in step ? (await partners.of(step)).names.map((name) => step.prefix + name) : []
  const given = [
    ...('expression' in step ? [step.as] : []),
    ...('to' in step && !('from' in step) ? [step.to] : []),
    ...joined,
  ]
  return { ...state, columns: state.columns.filter(({ name }) => !given.includes(name)) }
}

/**
 * Another file through the steps of a training: a test file whole, and rows to predict without what would leave some out,
 * or what nobody needs. How the file writes its own numbers, their readers find out as they would of any.
 */
export async function shapeAlike(
  connection: DuckDBConnection,
  loaded: RawTable,
  { shape, asRead, missingValues }: ShapeAlike,
  rows: 'test' | 'new',
  files: string,
  partners: Partners,
): Promise<ShapedAlike> {
  const raw = shape.length === 0 ? loaded : await asLoaded(connection, loaded)
  const original = { names: raw.names, relation: raw.relation }
  const originalTyped = raw.typedNumbers ?? new Set<number>()
  if (shape.length === 0) return { ...raw, steps: [], failed: [], original, originalTyped }
  const known = new Map(asRead.map((one) => [one.name, one]))
  const gaps = await gapsOf(connection, raw, missingValues, known)
  const as = (place: number): Pick<AsRead, 'kind' | 'parser'> => {
    const one = known.get(raw.names[place]!)
    // Numbers by their file's own types mean what they say, however training's file wrote them.
    if (one?.kind === 'number' && raw.typedNumbers?.has(place) === true)
      return { kind: 'number', parser: plainNumerals }
    return one ?? { kind: 'category' }
  }
  let state = stateOf(raw.relation, raw.rows, raw.names, as, gaps)
  const steps: ShapedBy[] = []
  const failed: DescentError[] = []
  for (const [at, step] of shape.entries()) {
    if (rows === 'new' && leavesOutRows(step)) continue
    const before = state
    const context = { connection, own: `s${at}`, rows, partner: (one: JoinStep) => partners.of(one) }
    try {
      const { state: after, notes } = await oneStep(step, at, before, context)
      state = after
      steps.push(accountOf(step, before, after, notes, partners))
    } catch (error) {
      if (rows === 'test' || !(error instanceof DescentError) || error.code !== 'badData') throw error
      failed.push(error)
      state = await without(step, before, partners)
    }
  }
  const kept = await written(connection, state, raw, files)
  const typed = state.columns.flatMap(({ place }, i) =>
    place !== null && raw.typedNumbers?.has(place) === true ? [i] : [],
  )
  return {
    ...raw,
    ...kept,
    names: namesOf(state),
    rows: state.rows,
    typedNumbers: new Set(typed),
    steps,
    failed,
    original,
    originalTyped,
  }
}
