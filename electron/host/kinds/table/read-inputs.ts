/** A new file for an existing model: its columns are read as the model knows them, not as they might be inferred. */
import {
  detected,
  DescentError,
  encodings,
  leavesOutRows,
  parserFor,
  plainNumerals,
  readingNames,
  toldOf,
  type DataSource,
  type EncodingName,
  type Reading,
  type ShapedBy,
} from '../../../contract/index.ts'
import { aggregate, countRows, type Measures } from './aggregate.ts'
import { measureColumns } from './column-facts.ts'
import type { DuckDBConnection } from './duckdb.ts'
import type { Frame } from '../../datasets/frame.ts'
import { dropMarks, marksIn } from './missing-marks.ts'
import { styles } from './parsers/upgrades.ts'
import { readingOf } from './reading/given.ts'
import type { RawTable } from './reading/read-csv.ts'
import { loadTable } from './formats/index.ts'
import { shapeAlike, type ShapedAlike } from './shaping/index.ts'
import { keptPartners } from './shaping/partners.ts'
import { readColumns, type ColumnSource } from './read-frame.ts'
import type { Relation } from './relation.ts'
import type { PreparedColumn } from '../../prepare/preparation.ts'
import type { ReadContext } from '../kind.ts'

export interface Inputs {
  readonly frame: Frame
  /** All columns of the file, by which `relation` numbers them. */
  readonly names: readonly string[]
  readonly relation: Relation
  readonly notes: readonly string[]
}

/** How the file was read that the model was trained on. */
export interface Trained {
  readonly source: DataSource
  /** Whether it had a header; null: unknown. */
  readonly header: boolean | null
  /** What new files are read in that are no Unicode: a few words may look like those of another encoding. */
  readonly encoding?: EncodingName
  /** The folder where what its steps join is kept. */
  readonly kept?: string | null
}

/** The one of the training; models of versions that knew one only do not say it. */
export function eightBitEncoding(encoding: string | null | undefined): EncodingName {
  const known = encodings.find((one) => one === encoding)
  return known === undefined || known.startsWith('UTF-') ? 'Windows-1252' : known
}

/**
 * As the file of the training, by what was said of it and what is found out; the first that has the model's columns is it.
 * A model trained on a file with a header expects one. Where training had none, the new file may still have one
 * that names the columns c1…cN as ours do, say because we wrote it.
 */
export function readingsToTry({ source, header }: Trained): Reading[] {
  const alike = readingOf(source)
  // What was said of lines is of the other file, and so may be all that was said.
  const found = { ...alike, header: 'auto', skip: 'auto' }
  const ways = [
    alike,
    found,
    { ...found, header: header === false ? 'none' : 'first' },
    { ...detected, decimal: alike.decimal },
    { ...detected, decimal: alike.decimal, header: header === false ? 'none' : 'first' },
  ]
  return ways.filter((way, i) => ways.findIndex((other) => sameReading(way, other)) === i)
}

const sameReading = (a: Reading, b: Reading): boolean => readingNames.every((name) => a[name] === b[name])

const listed = (names: readonly string[]): string =>
  names.slice(0, 10).join(', ') + (names.length > 10 ? `, … (${names.length} in all)` : '')

function lacking(columns: readonly PreparedColumn[], names: readonly string[]): string[] {
  const present = new Set(names)
  return columns.map(({ name }) => name).filter((name) => !present.has(name))
}

async function load(
  connection: DuckDBConnection,
  path: string,
  trained: Trained,
  columns: readonly PreparedColumn[],
  folder: string,
  context: ReadContext,
): Promise<ShapedAlike> {
  const { source, kept } = trained
  const { shape = [], asRead = [], joined, missingValues } = source
  const partners = keptPartners(kept ?? folder, joined, context)
  let names: readonly string[] | null = null
  let refusal: unknown = null
  for (const reading of readingsToTry(trained)) {
    try {
      const options = {
        path,
        ...reading,
        usualEncoding: trained.encoding,
        missingValues,
      }
      const raw = await shapeAlike(
        connection,
        await loadTable(connection, options, folder, context),
        { shape, asRead, missingValues },
        'new',
        folder,
        partners,
      )
      if (lacking(columns, raw.names).length === 0) return raw
      names ??= raw.original.names
      refusal ??= raw.failed[0] ?? null
    } catch (error) {
      // What was said of another file need not be so here.
      if (!(error instanceof DescentError) || error.code !== 'badData') throw error
      refusal ??= error
    }
  }
  if (names === null) throw refusal
  if (refusal instanceof DescentError && refusal.field === 'shape')
    throw new DescentError(
      'badData',
      `${path} lacks what the model computes its inputs from. ${refusal.message}`,
      'dataPath',
    )
  const absent = lacking(columns, names)
  throw new DescentError(
    'badData',
    `${path} lacks ${absent.length === 1 ? 'the column' : 'columns'} that the model needs: ${listed(absent)}. ` +
      `The file has: ${listed(names)}.`,
    'dataPath',
  )
}

/**
 * Columns as training read them. Preparations of versions before there were parsers do not say how, and the new file has to
 * tell by itself how it writes numbers.
 */
async function sourcesIn(
  connection: DuckDBConnection,
  raw: RawTable,
  columns: readonly PreparedColumn[],
): Promise<ColumnSource[]> {
  const indexOf = ({ name }: PreparedColumn): number => raw.names.indexOf(name)
  const untold = columns.filter((column) => column.kind === 'number' && !column.parser)
  const facts = await measureColumns(connection, raw.relation, untold.map(indexOf), raw.delimiter)
  const guessed = new Map(untold.map(({ name }, i) => [name, styles[facts[i]!.style]]))
  return columns.map((column) => ({
    name: column.name,
    kind: column.kind,
    index: indexOf(column),
    as: typedIn(raw, column) ? plainNumerals : (column.parser ?? guessed.get(column.name) ?? 'text'),
  }))
}

/** Cells that are numbers by their file's own types mean what they say, whatever training's file looked like. */
const typedIn = ({ names, typedNumbers }: RawTable, { kind, name }: PreparedColumn): boolean =>
  kind === 'number' && typedNumbers?.has(names.indexOf(name)) === true

const unitNotes = (raw: RawTable, columns: readonly PreparedColumn[]): string[] =>
  columns.flatMap((column) => {
    const { name, parser } = column
    const unit = parser !== undefined && 'unit' in parser ? parser.unit : ''
    return unit !== '' && typedIn(raw, column)
      ? [
          `"${name}": training had its values with the unit ${unit}, and this file has numbers without one, which are taken for numbers of ${unit}.${unit === '%' ? ' If 0.16 is meant as 16 %, multiply the column by 100 first.' : ''}`,
        ]
      : []
  })

/** As training read it: marks are gaps, but where they were values. */
async function withGaps(
  connection: DuckDBConnection,
  { names, relation, rows }: RawTable,
  { missingValues }: DataSource,
  columns: readonly PreparedColumn[],
): Promise<Relation> {
  const found = await marksIn(connection, relation, [...names.keys()], missingValues, rows)
  const values = columns.flatMap(({ name, notMissing }): [number, readonly string[]][] =>
    notMissing ? [[names.indexOf(name), notMissing]] : [],
  )
  return dropMarks(connection, relation, found, new Map(values))
}

/** What became of the steps of training's data. */
function shapeNotes({ shape = [] }: DataSource, steps: readonly ShapedBy[]): string[] {
  const left = shape.filter(leavesOutRows)
  return [
    ...(left.length === 0
      ? []
      : [
          `Training had only rows that went through ${left.map((step) => `“${toldOf(step)}”`).join(' and ')}. These rows are all predicted, also where they would have been left out.`,
        ]),
    ...steps.flatMap(({ step, notes }) => notes.map((note) => `“${step}”: ${note}`)),
  ]
}

/** What the parsers of training do not understand is missing, and said; nothing at all is another file. */
async function unfitting(
  connection: DuckDBConnection,
  relation: Relation,
  sources: readonly ColumnSource[],
  path: string,
): Promise<string[]> {
  const typed = sources.flatMap(({ as, ...source }) => (as === 'text' ? [] : [{ ...source, as }]))
  const measures: Measures = {
    present: (text) => `count(${text})`,
    fitting: (_, value) => `count(${value})`,
    odd: (text, value) => `min(${text}) FILTER (${value} IS NULL)`,
  }
  const rows = await countRows(connection, relation)
  const found = await aggregate(connection, relation, typed, [measures], rows)
  return typed.flatMap(({ name, kind, index }) => {
    const row = found.get(index) ?? {}
    const [present, fitting] = [Number(row.present ?? 0), Number(row.fitting ?? 0)]
    const example = typeof row.odd === 'string' ? row.odd : ''
    if (present > 0 && fitting === 0)
      throw new DescentError(
        'badData',
        `The model was trained on ${kind}s in "${name}", and ${path} has none there that are written as in training, but e.g. "${example}".`,
        'dataPath',
      )
    return fitting < present
      ? [
          `"${name}": ${present - fitting} of ${present} values are no ${kind}s as training had them, e.g. "${example}", and are read as missing.`,
        ]
      : []
  })
}

/** The same of columns that steps compute from, and that the model does not see itself. */
async function unfittingSteps(
  connection: DuckDBConnection,
  { original, originalTyped }: ShapedAlike,
  { asRead = [], missingValues }: DataSource,
  columns: readonly PreparedColumn[],
  path: string,
): Promise<string[]> {
  const seen = new Set(columns.map(({ name }) => name))
  const looked = asRead.flatMap(({ name, kind, parser, notMissing = [] }) => {
    const index = original.names.indexOf(name)
    const as = parser ?? parserFor(kind)
    if (index === -1 || seen.has(name) || as === null || originalTyped.has(index)) return []
    return [{ source: { name, kind, index, as }, notMissing }]
  })
  if (looked.length === 0) return []
  const rows = await countRows(connection, original.relation)
  const places = looked.map(({ source }) => source.index)
  const found = await marksIn(connection, original.relation, places, missingValues, rows)
  const values = new Map(looked.map(({ source, notMissing }) => [source.index, notMissing]))
  const relation = await dropMarks(connection, original.relation, found, values)
  return await unfitting(
    connection,
    relation,
    looked.map(({ source }) => source),
    path,
  )
}

/** `folder` takes temporary files. */
export async function readInputs(
  connection: DuckDBConnection,
  path: string,
  trained: Trained,
  columns: readonly PreparedColumn[],
  folder: string,
  context: ReadContext,
): Promise<Inputs> {
  const loaded = await load(connection, path, trained, columns, folder, context)
  const { original, steps } = loaded
  const raw = { ...loaded, relation: await withGaps(connection, loaded, trained.source, columns) }
  const sources = await sourcesIn(connection, raw, columns)
  const notes = [
    ...unitNotes(raw, columns),
    ...(await unfitting(connection, raw.relation, sources, path)),
    ...(await unfittingSteps(connection, loaded, trained.source, columns, path)),
  ]
  const frame = await readColumns(connection, raw.relation, sources)
  return {
    frame,
    names: original.names,
    // What the steps changed is not what the file says.
    relation: steps.length === 0 ? raw.relation : original.relation,
    notes: [...raw.notes, ...shapeNotes(trained.source, steps), ...notes],
  }
}
