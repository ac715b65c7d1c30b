/** A table of a database server that a person named, as a file: read once, by one SELECT, and nothing else is asked. */
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import {
  DescentError,
  plural,
  servers,
  type Limits,
  type Receipt,
  type ServerName,
} from '../../../contract/index.ts'
import { withDuckDB } from '../../kinds/table/duckdb.ts'
import { askedTable, chooseRelation } from '../../kinds/table/formats/relations.ts'
import { checkWidth } from '../../kinds/table/formats/fill.ts'
import { writeParquet } from './as-parquet.ts'
import { parseServer, type ServerAddress } from './address.ts'
import { RowMeter } from './meter.ts'
import { mysql } from './mysql.ts'
import { postgresql } from './postgresql.ts'
import { patiently, type Connected, type Server, type ServerRelation } from './server.ts'

const kinds: Readonly<Record<ServerName, Server>> = { postgresql, mysql }

export interface TableRequest {
  readonly address: string
  readonly table?: string | undefined
  readonly query?: string | undefined
  /** null: the address, the environment or nobody says it. */
  readonly password?: string | undefined
}

export interface FetchTableOptions {
  readonly limits: Limits
  progress(share: number): void
  readonly patience?: number
}

export interface FetchedTable {
  readonly path: string
  /** Of the table. */
  readonly name: string
  readonly bytes: number
  readonly sha256: string
  readonly kind: ServerName
  /** The address, without the password. */
  readonly address: string
  readonly decisions: Receipt['layout']
  readonly notes: readonly string[]
}

const usualPatience = 30_000

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const refuse = (message: string, field: string): DescentError => new DescentError('badData', message, field)

interface Select {
  readonly sql: string
  readonly name: string
  /** As the server estimates; null: it does not. */
  readonly rows: number | null
  readonly decisions: Receipt['layout']
  readonly notes: readonly string[]
}

const sizeOf = ({ name, isView, isGuess = false, rows }: ServerRelation): string =>
  isView
    ? `“${name}” (a view)`
    : `“${name}” (${isGuess ? 'by its size perhaps' : 'about'} ${plural(rows, 'row')})`

async function selectFor(
  connected: Connected,
  { table, query }: TableRequest,
  shown: string,
): Promise<Select> {
  const asked = askedTable(table)
  const select = query === undefined || query === 'auto' ? null : query
  if (select !== null && asked !== null)
    throw refuse('A table and a query are both given: leave out one of them.', 'query')
  if (select !== null)
    return {
      sql: select,
      name: 'query',
      rows: null,
      decisions: [{ option: 'query', value: select, evidence: null, given: true }],
      notes: [],
    }
  const relations = await connected.relations(asked)
  if (relations.length === 0)
    throw refuse(
      `${shown} has no tables that the user may read. Give another database, or other rights.`,
      'table',
    )
  const { one, decision, notes } = chooseRelation(relations, asked, shown, sizeOf)
  return {
    sql: `SELECT * FROM ${one.sql}`,
    name: one.name,
    rows: one.isView ? null : one.rows,
    decisions: [decision],
    notes,
  }
}

/** In words: what, where, and what to do. */
function asRefusal(error: unknown, server: Server, address: ServerAddress, request: TableRequest): unknown {
  if (error instanceof DescentError) return error
  const said = server.explain(error, address)
  if (said === null) return error
  const { why, field } = said
  const asked = request.query !== undefined && request.query !== 'auto'
  const { passwordFrom } = servers[address.kind]
  if (field === 'password')
    return refuse(
      `${address.shown}: ${why}. Give the password of “${address.user}” — in the window where it is asked for, in the address, or by ${passwordFrom}. It is kept nowhere.`,
      'password',
    )
  if (field === 'query' && asked)
    return refuse(`The query cannot be run on ${address.shown}: ${why}.`, 'query')
  return refuse(`${address.shown} cannot be read: ${why}.`, field === 'query' ? 'table' : field)
}

/** `folder` takes the file. */
export async function fetchTable(
  request: TableRequest,
  folder: string,
  { limits, progress, patience = usualPatience }: FetchTableOptions,
): Promise<FetchedTable> {
  const address = parseServer(request.address)
  const { kind, shown } = address
  const server = kinds[kind]
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const csv = join(folder, 'rows.csv')
  let connected: Connected | null = null
  try {
    const password = request.password ?? address.password
    connected = await server.connect(address, { password, patience, seconds: limits.jobSeconds })
    const made = connected
    const giveUp = () => made.abandon()
    const select = await patiently(patience, giveUp, () => selectFor(made, request, shown))
    const columns = await patiently(patience, giveUp, () => made.describe(select.sql))
    checkWidth(shown, columns.length, limits)
    const named = select.name === 'query' ? `the answer of ${shown}` : `“${select.name}” of ${shown}`
    let heard: () => void = () => undefined
    const meter = new RowMeter(named, limits, (rows) => {
      heard()
      if (select.rows !== null && select.rows > 0) progress(0.8 * Math.min(1, rows / select.rows))
    })
    const writing = pipeline(meter, createWriteStream(csv, { mode: 0o600 }))
    // Whichever fails first says why.
    const [came] = await patiently(
      // A server may think for as long as a statement may take; then it says at least that it ends it.
      1000 * limits.jobSeconds + patience,
      () => {
        made.abandon()
        meter.destroy()
      },
      (tell) => {
        heard = tell
        return Promise.all([made.rows(select.sql, columns, meter), writing])
      },
    )
    progress(0.8)
    if (meter.rows === 0)
      throw refuse(
        `${capital(named)} has no rows. ${select.name === 'query' ? 'Check the query’s conditions' : 'Choose another table'}.`,
        select.name === 'query' ? 'query' : 'table',
      )
    if (came.every(({ type }) => type.as === 'bytes'))
      throw refuse(`${capital(named)} holds nothing but bytes, which are no values of a table.`, 'table')
    const path = join(folder, 'table.parquet')
    const { notes } = await withDuckDB(
      (connection) =>
        writeParquet(
          connection,
          { file: csv, columns: came, rows: meter.rows, longest: meter.longest },
          path,
        ),
      folder,
      limits,
    )
    progress(1)
    const plain =
      connected.isEncrypted || address.isLocal
        ? []
        : [
            `The connection to ${address.host} was not encrypted: whoever is on the way could read it. sslmode=require in the address refuses that.`,
          ]
    const left = columns.filter((column) => !came.includes(column) && column.type.as === 'bytes')
    return {
      path,
      name: select.name,
      bytes: meter.bytes,
      sha256: meter.digest(JSON.stringify(columns)),
      kind,
      address: shown,
      decisions: select.decisions,
      notes: [
        ...plain,
        ...select.notes,
        ...notes,
        ...(left.length === 0
          ? []
          : [
              `Left out because they hold bytes and no values: ${left.map(({ name }) => `“${name}”`).join(', ')}.`,
            ]),
      ],
    }
  } catch (error) {
    throw asRefusal(error, server, address, request)
  } finally {
    const open = connected
    if (open !== null)
      await patiently(
        patience,
        () => open.abandon(),
        () => open.close(),
      ).catch(() => undefined)
    await rm(csv, { force: true })
  }
}
