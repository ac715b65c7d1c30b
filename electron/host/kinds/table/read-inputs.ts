/** A new file for an existing model: its columns are read as the model knows them, not as they might be inferred. */
import { DescentError, type DataSource } from '../../../contract/index.ts'
import { measureColumns } from './column-facts.ts'
import type { DuckDBConnection } from './duckdb.ts'
import type { Frame } from '../../datasets/frame.ts'
import { loadCsv, type RawTable } from './read-csv.ts'
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

/**
 * A model trained on a file with a header expects one. Where training had none, the new file may still have one
 * that names the columns c1…cN as ours do, say because we wrote it.
 */
export function headersToTry(trained: boolean | null): (boolean | null)[] {
  if (trained === true) return [true]
  return trained === false ? [null, false] : [null, true]
}

const listed = (names: readonly string[]): string =>
  names.slice(0, 10).join(', ') + (names.length > 10 ? `, … (${names.length} in all)` : '')

function lacking(columns: readonly PreparedColumn[], names: readonly string[]): string[] {
  const present = new Set(names)
  return columns.map(({ name }) => name).filter((name) => !present.has(name))
}

async function load(
  connection: DuckDBConnection,
  path: string,
  source: DataSource,
  columns: readonly PreparedColumn[],
  folder: string,
  context: ReadContext,
): Promise<RawTable> {
  let names: readonly string[] = []
  for (const header of headersToTry(source.header)) {
    await connection.run('DROP TABLE IF EXISTS raw')
    const raw = await loadCsv(
      connection,
      { path, delimiter: null, header, missingValues: source.missingValues },
      folder,
      context,
    )
    if (lacking(columns, raw.names).length === 0) return raw
    names = raw.names
  }
  const absent = lacking(columns, names)
  throw new DescentError(
    'badData',
    `${path} lacks ${absent.length === 1 ? 'the column' : 'columns'} that the model needs: ${listed(absent)}. ` +
      `The file has: ${listed(names)}.`,
    'dataPath',
  )
}

/** `folder` takes temporary files. */
export async function readInputs(
  connection: DuckDBConnection,
  path: string,
  source: DataSource,
  columns: readonly PreparedColumn[],
  folder: string,
  context: ReadContext,
): Promise<Inputs> {
  const raw = await load(connection, path, source, columns, folder, context)
  const indices = columns.map(({ name }) => raw.names.indexOf(name))
  const facts = await measureColumns(connection, raw.relation, indices, raw.delimiter)
  const notes = [...raw.notes]
  const sources = columns.map(({ name, kind }, i): ColumnSource => {
    const index = indices[i] ?? 0
    const fact = facts[i]
    if (kind !== 'number' || fact === undefined) return { name, index, kind, as: 'text' }
    const odd = fact.present - fact.numbers
    if (fact.present > 0 && fact.numbers === 0) {
      const example = fact.oddities[0] === undefined ? '' : `, but e.g. "${fact.oddities[0]}"`
      const message = `The model was trained on numbers in "${name}", and ${path} has none there${example}.`
      throw new DescentError('badData', message, 'dataPath')
    }
    if (odd > 0)
      notes.push(`"${name}": ${odd} of ${fact.present} values are no numbers and are read as missing.`)
    return { name, index, kind, as: fact.style }
  })
  const frame = await readColumns(connection, raw.relation, sources)
  return { frame, names: raw.names, relation: raw.relation, notes }
}
