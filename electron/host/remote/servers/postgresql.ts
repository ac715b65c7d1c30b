/** PostgreSQL, by node-postgres: what is read is copied as CSV, which the server writes faster than anybody reads. */
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { checkServerIdentity, type ConnectionOptions, type PeerCertificate } from 'node:tls'
import { pipeline } from 'node:stream/promises'
import type { Duplex, Writable } from 'node:stream'
import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { servers } from '../../../contract/index.ts'
import type { ServerAddress } from './address.ts'
import {
  doubleQuoted,
  explainNetwork,
  inParentheses,
  missing,
  patiently,
  says,
  type ColumnType,
  type Connected,
  type ConnectOptions,
  type Server,
  type ServerColumn,
  type ServerRefusal,
  type ServerRelation,
} from './server.ts'

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const refusals: Readonly<Record<string, Omit<ServerRefusal, 'why'> & { why?: string }>> = {
  '28P01': { field: 'password', why: 'the password is wrong, or there is no such user' },
  '28000': { field: 'path' },
  '3D000': { field: 'path', why: 'there is no such database on the server' },
  '42501': { field: 'table' },
  '42P01': { field: 'query' },
  '25006': {
    field: 'query',
    why: 'the query would change the database, and Descent only reads. Give one SELECT',
  },
  '0A000': { field: 'query' },
  '57014': {
    field: 'query',
    why: 'the statement was ended: it took longer than a job may (a limit in Settings), or somebody ended it on the server',
  },
  '53300': { field: 'path', why: 'the server has too many connections: try again later' },
  '57P01': { field: 'path', why: 'the server was shut down' },
  '57P03': { field: 'path', why: 'the server is starting up: try again' },
}

/** Numbers of types, which are the same on every server: https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
const types: Readonly<Record<number, ColumnType>> = {
  16: { as: 'flag' },
  17: { as: 'bytes' },
  20: { as: 'whole' },
  21: { as: 'whole' },
  23: { as: 'whole' },
  26: { as: 'whole' },
  114: { as: 'nested' },
  700: { as: 'fraction' },
  701: { as: 'fraction' },
  1082: { as: 'day' },
  1083: { as: 'clock' },
  1114: { as: 'moment' },
  1184: { as: 'zoned' },
  3802: { as: 'nested' },
}
const numeric = 1700

/** Digits and those after the point stand in one number. */
function numericType(modifier: number): ColumnType {
  if (modifier < 4) return { as: 'decimal', size: null }
  const digits = ((modifier - 4) >> 16) & 0xffff
  // Eleven bits with a sign: scales below zero round to tens, of which no digits are left behind the point.
  const scale = (((modifier - 4) & 0x7ff) ^ 1024) - 1024
  return { as: 'decimal', size: scale < 0 || scale > digits ? null : { digits, scale } }
}

async function tlsFor({ tls, certificates, host }: ServerAddress): Promise<ConnectionOptions | false> {
  if (tls === 'disable') return false
  const ca = certificates === null ? {} : { ca: await readFile(certificates, 'utf8') }
  // A number has no name that TLS could ask for.
  const names = {
    ...(isIP(host) === 0 && { servername: host }),
    // Left to itself, it would take a certificate for “localhost” instead of a number.
    checkServerIdentity: (_: string, certificate: PeerCertificate) =>
      tls === 'verify-full' ? checkServerIdentity(host, certificate) : undefined,
  }
  return { ...ca, ...names, rejectUnauthorized: tls.startsWith('verify') }
}

const noTls = /does not support SSL/i

async function open(address: ServerAddress, options: ConnectOptions, isPlain: boolean): Promise<pg.Client> {
  const { kind, host, socket, port, database, user, tls } = address
  const client = new pg.Client({
    host: socket ?? host,
    port,
    database,
    user,
    // What is given nowhere is looked for in the file of passwords.
    ...((options.password ?? process.env['PGPASSWORD']) !== undefined && {
      password: options.password ?? process.env['PGPASSWORD'],
    }),
    ssl: isPlain ? false : await tlsFor(address),
    connectionTimeoutMillis: options.patience,
    application_name: 'Descent',
    keepAlive: true,
    // So that a machine that is gone is noticed while a long query runs.
    keepAliveInitialDelayMillis: 10_000,
  })
  // A connection that breaks off while nothing is asked would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch (error) {
    await client.end().catch(() => undefined)
    if (!isPlain && tls === 'prefer' && noTls.test((error as Error).message))
      return await open(address, options, true)
    if (noTls.test((error as Error).message))
      throw Object.assign(new Error(`${servers[kind].label} without TLS`), { code: 'descent-no-tls' })
    throw Object.assign(error as Error, { isGreeting: true })
  }
}

/** As every client sees the same values; whatever the person's SQL says, nothing is written. */
const session = (seconds: number): string[] => [
  `SET default_transaction_read_only = on`,
  `SET statement_timeout = ${Math.min(Math.ceil(seconds * 1000), 2 ** 31 - 1)}`,
  `SET client_encoding = 'UTF8'`,
  `SET datestyle = 'ISO, YMD'`,
  `SET intervalstyle = 'iso_8601'`,
  `SET timezone = 'UTC'`,
  `SET extra_float_digits = 1`,
  // Otherwise two readers of a large table share one way through it, and rows begin anywhere.
  `SET synchronize_seqscans = off`,
  `SET lc_monetary = 'C'`,
]

class PostgresConnection implements Connected {
  readonly isEncrypted: boolean
  private readonly client: pg.Client

  constructor(client: pg.Client) {
    this.client = client
    const { stream } = (client as unknown as { connection: { stream: { encrypted?: boolean } } }).connection
    this.isEncrypted = stream.encrypted === true
  }

  async relations(): Promise<ServerRelation[]> {
    const { rows } = await this.client.query<{
      schema: string
      name: string
      kind: string
      rows: number
      visible: boolean
      guess: boolean
    }>(
      `SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind, pg_table_is_visible(c.oid) AS visible,
              c.relkind <> 'p' AND (c.reltuples < 0 OR (c.reltuples = 0 AND c.relpages = 0)) AS guess,
              CASE WHEN c.relkind = 'p'
                THEN (SELECT coalesce(sum(greatest(p.reltuples, 0)), 0)::float8 FROM pg_partition_tree(c.oid) t JOIN pg_class p ON p.oid = t.relid AND t.isleaf)
                WHEN c.reltuples < 0 OR (c.reltuples = 0 AND c.relpages = 0)
                -- Nobody has counted yet: by what it takes on the disk, at a guess of a hundred bytes a row.
                THEN (pg_relation_size(c.oid) / 100)::float8 ELSE c.reltuples::float8 END AS rows
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
          AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
          AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
        ORDER BY NOT pg_table_is_visible(c.oid), n.nspname, c.relname`,
    )
    return rows.map(({ schema, name, kind, rows: estimate, visible, guess }) => ({
      name: visible ? name : `${schema}.${name}`,
      qualified: `${schema}.${name}`,
      isGuess: guess,
      sql: `${doubleQuoted(schema)}.${doubleQuoted(name)}`,
      // A foreign table is somebody else's answer as well.
      isView: !['r', 'p', 'm'].includes(kind),
      rows: Math.round(estimate),
    }))
  }

  async describe(select: string): Promise<ServerColumn[]> {
    const { fields } = await this.client.query({
      text: `SELECT * FROM ${inParentheses(select)} AS descent LIMIT 0`,
      rowMode: 'array',
      // One statement, whatever the text says.
      queryMode: 'extended',
    } as pg.QueryArrayConfig & { queryMode: 'extended' })
    const ids = [...new Set(fields.map(({ dataTypeID }) => dataTypeID))]
    const { rows } = await this.client.query<{ oid: number; category: string }>(
      'SELECT oid::int4 AS oid, typcategory AS category FROM pg_type WHERE oid = ANY($1::oid[])',
      [ids],
    )
    const categories = new Map(rows.map(({ oid, category }) => [oid, category]))
    return fields.map(({ name, dataTypeID, dataTypeModifier }) => ({
      name,
      type:
        dataTypeID === numeric
          ? numericType(dataTypeModifier)
          : (types[dataTypeID] ?? {
              as: ['A', 'C'].includes(categories.get(dataTypeID) ?? '') ? 'nested' : 'text',
            }),
    }))
  }

  async rows(
    select: string,
    columns: readonly ServerColumn[],
    to: Writable,
  ): Promise<readonly ServerColumn[]> {
    const kept = columns.filter(({ type }) => type.as !== 'bytes')
    const areNamed = new Set(columns.map(({ name }) => name)).size === columns.length && kept.length > 0
    // A text without letters would be an empty line, which a reader skips.
    const quotes = columns.length === 1 || (areNamed && kept.length === 1) ? ', FORCE_QUOTE *' : ''
    const list = areNamed ? kept.map(({ name }) => doubleQuoted(name)).join(', ') : '*'
    await this.client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    // What was described is one SELECT, so that nothing in it ends the parentheses.
    await pipeline(
      this.client.query(
        copyTo(
          `COPY (SELECT ${list} FROM ${inParentheses(select)} AS descent) TO STDOUT (FORMAT csv, NULL '${missing}'${quotes})`,
        ),
      ),
      to,
    )
    // Some functions leave something behind in a transaction that only reads.
    await this.client.query('ROLLBACK')
    return areNamed ? kept : columns
  }

  close(): Promise<void> {
    return this.client.end().catch(() => undefined)
  }

  abandon(): void {
    const { connection } = this.client as unknown as { connection: { stream: Duplex } }
    connection.stream.destroy()
  }
}

export const postgresql: Server = {
  async connect(address, options) {
    const client = await open(address, options, false)
    const made = new PostgresConnection(client)
    try {
      await patiently(
        options.patience,
        () => made.abandon(),
        async (heard) => {
          for (const statement of session(options.seconds)) {
            await client.query(statement)
            heard()
          }
        },
      )
      return made
    } catch (error) {
      await made.close()
      throw error
    }
  },

  explain(error) {
    const network = explainNetwork(error)
    if (network !== null) return network
    const {
      code,
      message = '',
      isGreeting = false,
    } = error as { code?: string; message?: string; isGreeting?: boolean }
    if (code === 'descent-no-tls')
      return { why: 'the server offers no TLS, which sslmode asks for', field: 'path' }
    if (/client password must be a string|no password supplied/i.test(message))
      return { why: `the server wants a password`, field: 'password' }
    if (/timeout expired|Connection terminated due to connection timeout/i.test(message))
      return { why: 'the server does not answer', field: 'path' }
    if (/Connection terminated|Connection ended/i.test(message))
      return { why: 'the connection broke off', field: 'path' }
    if (code === undefined && isGreeting)
      return { why: `what answers there is no ${servers.postgresql.label} server`, field: 'path' }
    // Five letters and digits are the server's.
    if (code === undefined || !/^[0-9A-Z]{5}$/.test(code)) return null
    const known = refusals[code]
    return {
      why: known?.why ?? says(message),
      field: known?.field ?? (code.startsWith('42') ? 'query' : 'path'),
    }
  },
}
