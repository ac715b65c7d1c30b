/** MySQL and MariaDB, by mysql2: rows come one by one, as the text that the server writes. */
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  createConnection,
  type Connection,
  type ConnectionOptions,
  type FieldPacket,
  type SslOptions,
} from 'mysql2'
import { DescentError } from '../../../contract/index.ts'
import type { ServerAddress } from './address.ts'
import {
  backQuoted,
  explainNetwork,
  explainTls,
  inParentheses,
  missing,
  patiently,
  says,
  withoutEnd,
  type ColumnType,
  type Connected,
  type ConnectOptions,
  type Server,
  type ServerColumn,
  type ServerRefusal,
  type ServerRelation,
} from './server.ts'

/** https://mariadb.com/kb/en/mariadb-error-code-reference/, the same numbers as MySQL's. */
const refusals: Readonly<Record<number, Omit<ServerRefusal, 'why'> & { why?: string }>> = {
  1040: { field: 'path', why: 'the server has too many connections: try again later' },
  1044: { field: 'path', why: 'the user may not open this database' },
  1045: { field: 'password', why: 'the password is wrong, or the user may not come from here' },
  1049: { field: 'path', why: 'there is no such database on the server' },
  1060: { field: 'query' },
  1142: { field: 'table' },
  1143: { field: 'table' },
  1792: {
    field: 'query',
    why: 'the query would change the database, and Descent only reads. Give one SELECT',
  },
  1969: {
    field: 'query',
    why: 'the statement was ended: it took longer than a job may (a limit in Settings)',
  },
  3024: {
    field: 'query',
    why: 'the statement was ended: it took longer than a job may (a limit in Settings)',
  },
  1317: { field: 'query', why: 'the statement was ended on the server' },
}

/** https://mariadb.com/kb/en/result-set-packets/#field-types */
const type = {
  decimal: 0,
  tiny: 1,
  short: 2,
  long: 3,
  float: 4,
  double: 5,
  timestamp: 7,
  longlong: 8,
  int24: 9,
  date: 10,
  datetime: 12,
  year: 13,
  bit: 16,
  json: 245,
  newdecimal: 246,
  blobs: [249, 250, 251, 252],
  strings: [15, 253, 254],
  geometry: 255,
}
const wholes = [type.tiny, type.short, type.long, type.longlong, type.int24, type.year]
/** No text: https://mariadb.com/kb/en/supported-character-sets-and-collations/ */
const binary = 63
const unsigned = 32
const zerofill = 64

type Field = FieldPacket & {
  readonly columnType?: number
  readonly characterSet?: number
  readonly columnLength?: number
}

function typeOf(field: Field): ColumnType {
  const code = field.columnType ?? field.type ?? -1
  if (wholes.includes(code)) {
    const flags = typeof field.flags === 'number' ? field.flags : 0
    // Zeros in front belong to a code; every year has four digits.
    if (code !== type.year && (flags & zerofill) !== 0) return { as: 'text' }
    const isUnsigned = (flags & unsigned) !== 0
    return { as: isUnsigned ? 'unsigned' : 'whole' }
  }
  if (code === type.float || code === type.double) return { as: 'fraction' }
  if (code === type.decimal || code === type.newdecimal) return { as: 'decimal', size: null }
  if (code === type.date) return { as: 'day' }
  if (code === type.datetime) return { as: 'moment' }
  if (code === type.timestamp) return { as: 'zoned' }
  if (code === type.json) return { as: 'nested' }
  // What clients write a boolean as.
  if (code === type.bit && field.columnLength === 1) return { as: 'flag' }
  if (code === type.geometry || code === type.bit) return { as: 'bytes' }
  const isText = type.blobs.includes(code) || type.strings.includes(code)
  return { as: isText && field.characterSet === binary ? 'bytes' : 'text' }
}

async function tlsFor({ tls, certificates, host, shown }: ServerAddress): Promise<SslOptions> {
  // The client compares names alone, and would take any certificate for “localhost” instead of a number.
  if (tls === 'verify-full' && isIP(host) !== 0)
    throw new DescentError(
      'badRequest',
      `${shown}: verify-full compares a machine’s name with its certificate, and ${host} is a number. Give the machine by its name, or sslmode=verify-ca.`,
      'path',
    )
  return {
    ...(certificates !== null && { ca: await readFile(certificates, 'utf8') }),
    rejectUnauthorized: tls.startsWith('verify'),
    verifyIdentity: tls === 'verify-full',
  }
}

const connected = (options: ConnectionOptions): Promise<Connection> =>
  new Promise((resolve, reject) => {
    const connection = createConnection(options)
    connection.on('error', () => undefined)
    connection.connect((error) => {
      if (error === null) resolve(connection)
      else {
        connection.destroy()
        reject(error)
      }
    })
  })

const withoutTls = 'HANDSHAKE_NO_SSL_SUPPORT'

async function open(address: ServerAddress, options: ConnectOptions, isPlain: boolean): Promise<Connection> {
  const { host, socket, port, database, user, tls } = address
  try {
    return await connected({
      ...(socket === null ? { host, port } : { socketPath: socket }),
      database,
      user,
      password: options.password ?? process.env['MYSQL_PWD'] ?? '',
      connectTimeout: options.patience,
      charset: 'utf8mb4',
      multipleStatements: false,
      // A server could ask for any file of this machine.
      flags: ['-LOCAL_FILES'],
      enableKeepAlive: true,
      // So that a machine that is gone is noticed while a long query runs.
      keepAliveInitialDelay: 10_000,
      ...(!isPlain && { ssl: await tlsFor(address) }),
    })
  } catch (error) {
    if (!isPlain && tls === 'prefer' && (error as { code?: string }).code === withoutTls)
      return await open(address, options, true)
    throw error
  }
}

const needsQuotes = /[",\n\r]/

function cellText(value: Buffer | null): string {
  if (value === null) return missing
  // A character that no file of text has.
  const text = value.toString('utf8').replaceAll('\0', '')
  return needsQuotes.test(text) || text === missing || text === '' ? `"${text.replaceAll('"', '""')}"` : text
}

/** Of one bit, which comes as a byte. */
const flagText = (value: Buffer | null): string =>
  value === null ? missing : value.some((byte) => byte !== 0) ? '1' : '0'

const rowsAtOnce = 500

class MysqlConnection implements Connected {
  readonly isEncrypted: boolean
  private readonly connection: Connection
  private isAbandoned = false

  constructor(connection: Connection) {
    this.connection = connection
    const { stream } = connection as unknown as { stream: { encrypted?: boolean } }
    this.isEncrypted = stream.encrypted === true
  }

  run(sql: string, values: string[] = []): Promise<unknown[][]> {
    return new Promise((resolve, reject) => {
      this.connection.query({ sql, values, rowsAsArray: true }, (error, rows) => {
        if (error === null) resolve(rows as unknown[][])
        else reject(error)
      })
    })
  }

  async relations(asked: string | null): Promise<ServerRelation[]> {
    const rows = await this.run(
      `SELECT table_schema, table_name, table_type, coalesce(table_rows, 0), table_schema = database() FROM information_schema.tables
        WHERE table_schema = database() OR concat(table_schema, '.', table_name) = ? ORDER BY table_name`,
      [asked ?? ''],
    )
    return rows.map(([place, name, kind, estimate, isHere]) => ({
      name: Number(isHere) === 1 ? String(name) : `${String(place)}.${String(name)}`,
      qualified: `${String(place)}.${String(name)}`,
      sql: `${backQuoted(String(place))}.${backQuoted(String(name))}`,
      isView: kind !== 'BASE TABLE' && kind !== 'SYSTEM VERSIONED',
      rows: Number(estimate),
    }))
  }

  /** Makes the server look at a statement without running it, and at one only. */
  private prepared(sql: string): Promise<readonly Field[]> {
    return new Promise((resolve, reject) => {
      this.connection.prepare(sql, (error, statement) => {
        if (error !== null) return reject(error)
        const { columns } = statement as unknown as { columns: readonly Field[] }
        statement.close()
        resolve(columns)
      })
    })
  }

  async describe(select: string): Promise<ServerColumn[]> {
    // What can stand in parentheses is a SELECT, and writes no file of the server's.
    await this.prepared(`SELECT 1 FROM ${inParentheses(select)} AS descent`).catch(
      (error: { errno?: number }) => {
        // Columns of one name, which are none of our business.
        if (error.errno !== duplicate) throw error
      },
    )
    const fields = await this.prepared(withoutEnd(select))
    return fields.map((field) => ({ name: field.name, type: typeOf(field) }))
  }

  async rows(
    select: string,
    columns: readonly ServerColumn[],
    to: Writable,
  ): Promise<readonly ServerColumn[]> {
    await this.run('START TRANSACTION READ ONLY')
    const kept = columns.flatMap(({ type: { as } }, i) => (as === 'bytes' ? [] : [i]))
    const texts = kept.map((i) => ({ i, textOf: columns[i]!.type.as === 'flag' ? flagText : cellText }))
    // By itself: in parentheses a SELECT may lose its order.
    const stream = this.connection
      .query({ sql: withoutEnd(select), rowsAsArray: true, typeCast: false })
      .stream({ highWaterMark: rowsAtOnce })
    async function* lines(): AsyncGenerator<string> {
      let text = ''
      let held = 0
      for await (const row of stream as AsyncIterable<(Buffer | null)[]>) {
        text += texts.map(({ i, textOf }) => textOf(row[i] ?? null)).join(',') + '\n'
        if (++held < rowsAtOnce) continue
        yield text
        text = ''
        held = 0
      }
      yield text
    }
    await pipeline(Readable.from(lines()), to)
    await this.run('ROLLBACK')
    return columns.filter((_, i) => kept.includes(i))
  }

  abandon(): void {
    this.isAbandoned = true
    this.connection.destroy()
  }

  close(): Promise<void> {
    if (this.isAbandoned) return Promise.resolve()
    return new Promise((resolve) => {
      this.connection.end(() => {
        this.connection.destroy()
        resolve()
      })
    })
  }
}

const duplicate = 1060

async function begin(made: MysqlConnection, seconds: number): Promise<void> {
  const [[version] = []] = await made.run('SELECT version()')
  await made.run('SET SESSION TRANSACTION READ ONLY')
  await made.run(`SET time_zone = '+00:00'`)
  await made.run(
    /mariadb/i.test(String(version))
      ? `SET SESSION max_statement_time = ${seconds}`
      : `SET SESSION max_execution_time = ${Math.min(seconds * 1000, 2 ** 32 - 1)}`,
  )
}

export const mysql: Server = {
  async connect(address, options) {
    const connection = await open(address, options, address.tls === 'disable')
    const made = new MysqlConnection(connection)
    try {
      await patiently(
        options.patience,
        () => made.abandon(),
        () => begin(made, Math.ceil(options.seconds)),
      )
      return made
    } catch (error) {
      await made.close()
      throw error
    }
  },

  explain(error, address) {
    const { errno, code = '', message = '' } = error as { errno?: number; code?: string; message?: string }
    if (code === 'HANDSHAKE_SSL_ERROR') return explainTls(message)
    if (code === withoutTls) return { why: 'the server offers no TLS, which sslmode asks for', field: 'path' }
    const network = explainNetwork(error)
    if (network !== null) return network
    if (errno === undefined || errno <= 0) return null
    if (errno === 1045 && address.password === null && !/using password: YES/i.test(message))
      return { why: 'the server wants a password', field: 'password' }
    const known = refusals[errno]
    return { why: known?.why ?? says(message), field: known?.field ?? 'query' }
  },
}
