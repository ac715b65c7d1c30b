/** Tables of real servers, read as people's would be. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection, type Connection } from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultMissingValues, DescentError, startLimits } from '../../../contract/index.ts'
import { withDuckDB } from '../../kinds/table/duckdb.ts'
import { loadTable } from '../../kinds/table/formats/index.ts'
import { readChunks } from '../../kinds/table/relation.ts'
import { plainContext } from '../../kinds/kind.ts'
import { fetchTable, type TableRequest } from './fetch-table.ts'
import { parseServer } from './address.ts'
import { mysql } from './mysql.ts'
import {
  missingServers,
  ownAddress,
  password,
  silentProxy,
  startMariadb,
  startPostgres,
  type TestServer,
} from './testing.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-servers-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const secret = encodeURIComponent(password)

/** By name, with the text of the cells as the import has them. */
async function tableOf(request: TableRequest, limits = startLimits, patience = 5000) {
  const into = mkdtempSync(join(folder, 'table-'))
  const fetched = await fetchTable(request, into, { limits, progress: () => undefined, patience })
  return await withDuckDB(async (connection) => {
    const raw = await loadTable(
      connection,
      { path: fetched.path, missingValues: defaultMissingValues },
      into,
      plainContext,
    )
    const cells: Record<string, (string | null)[]> = Object.fromEntries(raw.names.map((name) => [name, []]))
    const readings = raw.names.map((_, index) => ({ index, as: 'text' as const }))
    for await (const chunk of readChunks(connection, raw.relation, readings))
      for (let row = 0; row < chunk.rows; row++)
        raw.names.forEach((name, i) => cells[name]!.push((chunk.columns[i]!(row) as string | null) ?? null))
    return {
      ...fetched,
      names: raw.names,
      rows: raw.rows,
      cells,
      numbers: [...(raw.typedNumbers ?? [])].map((i) => raw.names[i]),
    }
  }, into)
}

async function refusal(
  request: TableRequest,
  limits = startLimits,
  patience?: number,
): Promise<{ message: string; field: string | undefined }> {
  const error: unknown = await tableOf(request, limits, patience).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(DescentError)
  const { message, field } = error as DescentError
  expect(message).not.toContain(password)
  expect(message).toMatch(/\.$/)
  return { message, field }
}

const why = missingServers().postgresql
describe.skipIf(why !== null)(`PostgreSQL${why === null ? '' : `: ${why}`}`, () => {
  let server: TestServer
  let at: (user?: string, database?: string, more?: string) => string
  let shown: string
  let admin: pg.Client
  beforeAll(async () => {
    server = await startPostgres()
    at = (user = `postgres:${secret}`, database = 'postgres', more = '') =>
      `postgresql://${user}@127.0.0.1:${server.port}/${database}${more}`
    shown = at('postgres:***')
    admin = new pg.Client({ connectionString: at() })
    await admin.connect()
    await admin.query(`
      CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
      CREATE TABLE types (id bigint, small smallint, amount numeric(10, 2), any_number numeric, ratio double precision, real real,
        paid boolean, day date, at timestamp, zoned timestamptz, clock time, word text, padded char(5), mood mood,
        list int[], doc jsonb, bytes bytea, key uuid, cash money);
      INSERT INTO types VALUES
        (9007199254740993, 1, 12.50, 123456789012345678901234567890.123, 0.1, 0.1, true, '2024-02-29', '2024-01-02 03:04:05.5',
         '2024-01-02 03:04:05+02', '03:04:05', E'a "b", c\\nd', 'x', 'ok', '{1,2}', '{"a": 1}', '\\x00ff', '11111111-2222-3333-4444-555555555555', 1234.5),
        (-1, NULL, -0.05, 7, 'NaN', 'Infinity', false, 'infinity', NULL, NULL, NULL, '\\N', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
      CREATE SCHEMA sales; CREATE TABLE sales.orders AS SELECT i AS id, i % 2 = 0 AS paid FROM generate_series(1, 500) i; ANALYZE;
      CREATE VIEW dear AS SELECT id, amount FROM types WHERE amount > 1;
      CREATE TABLE nothing (a int); CREATE TABLE secret (a int); INSERT INTO secret VALUES (1);
      CREATE TABLE lonely (a int); INSERT INTO lonely VALUES (1), (NULL), (3);
      CREATE ROLE reader LOGIN PASSWORD '${password}';
      GRANT SELECT ON types, nothing, dear TO reader; GRANT USAGE ON SCHEMA sales TO reader; GRANT SELECT ON sales.orders TO reader`)
  })
  afterAll(async () => {
    await admin?.end()
    await server?.stop()
  })

  it('keeps what every type of value says', async () => {
    const { cells, notes, numbers, name, address } = await tableOf({ address: at(), table: 'types' })
    expect(cells).toEqual({
      id: ['9007199254740993', '-1', '2'],
      small: ['1', null, null],
      amount: ['12.50', '-0.05', null],
      any_number: ['123456789012345678901234567890.123', '7.000', null],
      ratio: ['0.1', null, null],
      real: ['0.1', 'inf', null],
      paid: ['true', 'false', null],
      day: ['2024-02-29', null, null],
      at: ['2024-01-02 03:04:05.5', null, null],
      zoned: ['2024-01-02 01:04:05', null, null],
      clock: ['03:04:05', null, null],
      word: ['a "b", c\nd', '\\N', null],
      padded: ['x', null, null],
      mood: ['ok', null, null],
      list: ['{1,2}', null, null],
      doc: ['{"a": 1}', null, null],
      key: ['11111111-2222-3333-4444-555555555555', null, null],
      cash: ['$1,234.50', null, null],
    })
    expect(numbers).toEqual(['id', 'small', 'amount', 'any_number', 'ratio', 'real'])
    expect([name, address]).toEqual(['types', shown])
    expect(notes).toEqual([
      '“day”: 1 value is no date that can be computed with, e.g. “infinity”, and read as missing.',
      'Lists and documents are kept as text: “list” and “doc”.',
      'Left out because they hold bytes and no values: “bytes”.',
    ])
  })

  it('is the table with most rows, of any schema, or the one that is named, or a query', async () => {
    const { name, rows, decisions, notes } = await tableOf({ address: at() })
    expect([name, rows]).toEqual(['sales.orders', 500])
    expect(decisions[0]?.choices).toEqual(expect.arrayContaining(['types', 'dear', 'sales.orders']))
    expect(notes[0]).toMatch(/^The table “sales.orders” is read. The one with most rows of 6 tables: /)
    expect((await tableOf({ address: at(), table: 'dear' })).cells).toEqual({
      id: ['9007199254740993'],
      amount: ['12.50'],
    })
    expect((await tableOf({ address: at(), table: 'lonely' })).cells).toEqual({ a: ['1', null, '3'] })
    const query = 'SELECT id, id * 2 AS id, bytes FROM types ORDER BY types.id -- by number;'
    const asked = await tableOf({ address: at(), query })
    expect(asked.cells).toEqual({
      id: ['-1', '2', '9007199254740993'],
      id_2: ['-2', '4', '18014398509481986'],
    })
    expect(asked.decisions).toEqual([{ option: 'query', value: query, evidence: null, given: true }])
    const none = await refusal({ address: at(), query: 'SELECT 1 AS one WHERE false' })
    expect(none.message).toMatch(
      /^The answer of postgresql:\S+ has no rows\. Check the query’s conditions\.$/,
    )
    const long = { ...startLimits, lineLength: 1 << 20 }
    const wide = await refusal({ address: at(), query: "SELECT repeat('x', 2000000) AS long" }, long)
    expect(wide.message).toMatch(/^A row of the answer of postgresql:/)
    expect((await refusal({ address: at(), query, table: 'types' })).message).toContain(
      'leave out one of them',
    )
  })

  it('comes with odd names and odd texts', async () => {
    await admin.query(`
      CREATE TABLE odd ("a""b" text, "c,d" text, "line
break" text, "Größe %" int, "order" int);
      INSERT INTO odd VALUES (E'one\\r\\ntwo', E'\\\\.', E'\\r', 1, 1), (E'"', ',', repeat('long', 800000), 2, 2), (E'\\n', '', E'\\\\N', NULL, 3);
      CREATE TABLE only_nulls (a int); INSERT INTO only_nulls VALUES (NULL), (NULL);
      CREATE TABLE no_columns (); INSERT INTO no_columns DEFAULT VALUES`)
    const { names, cells } = await tableOf({ address: at(), table: 'odd' })
    expect(names).toHaveLength(5)
    expect(cells['a"b']).toEqual(['one\r\ntwo', '"', '\n'])
    expect(cells['c,d']).toEqual(['\\.', ',', null])
    expect(cells[names[2]!]!.map((text) => text?.length)).toEqual([1, 3_200_000, 2])
    expect(cells['Größe %']).toEqual(['1', '2', null])
    expect(cells.order).toEqual(['1', '2', '3'])
    expect((await tableOf({ address: at(), table: 'only_nulls' })).cells).toEqual({ a: [null, null] })
    expect((await refusal({ address: at(), table: 'no_columns' })).message).toContain('no columns')
    await admin.query('DROP TABLE odd, only_nulls, no_columns')
  })

  it('of one column of text may have empty texts', async () => {
    await admin.query("CREATE TABLE notes (note text); INSERT INTO notes VALUES (''), ('a'), (NULL)")
    const { rows, cells } = await tableOf({ address: at(), table: 'notes' })
    expect([rows, cells]).toEqual([3, { note: [null, 'a', null] }])
    await admin.query('DROP TABLE notes')
  })

  it('has no dates before our era, which would be read as later ones', async () => {
    const query = "SELECT '0044-03-15 BC'::date AS day, '0044-03-15 10:00 BC'::timestamp AS at, 1 AS one"
    const { cells, notes } = await tableOf({ address: at(), query })
    expect(cells).toEqual({ day: [null], at: [null], one: ['1'] })
    expect(notes[0]).toContain('“day”: 1 value is no date that can be computed with, e.g. “0044-03-15 BC”')
  })

  it('tells of columns whose names differ by case alone', async () => {
    const { names, notes } = await tableOf({ address: at(), query: 'SELECT 1 AS "a b", 2 AS "A B"' })
    expect(names).toEqual(['a b', 'A B_2'])
    expect(notes).toEqual([expect.stringContaining('“A B_2”')])
  })

  it('is found by its name with the schema too, and its size is told as a guess', async () => {
    expect((await tableOf({ address: at(), table: 'public.lonely' })).name).toBe('lonely')
    await admin.query(
      'CREATE TABLE fresh (a int) WITH (autovacuum_enabled = off); INSERT INTO fresh VALUES (1), (2)',
    )
    const { notes } = await tableOf({ address: at() })
    expect(notes[0]).toContain('“fresh” (by its size perhaps 81 rows)')
    await admin.query('DROP TABLE fresh')
  })

  it('keeps nothing of what a query makes', async () => {
    // Newer servers refuse it.
    await tableOf({ address: at(), query: 'SELECT lo_create(0)' }).catch(() => undefined)
    expect((await admin.query('SELECT * FROM pg_largeobject_metadata')).rowCount).toBe(0)
  })

  it('that goes silent is given up', { timeout: 20_000 }, async () => {
    for (const heard of ['pg_class', 'LIMIT 0', 'COPY']) {
      const proxy = await silentProxy(server.port, heard)
      const address = at().replace(`:${server.port}/`, `:${proxy.port}/`)
      const error = await refusal({ address, table: 'lonely' }, { ...startLimits, jobSeconds: 1 }, 500)
      expect([heard, error.message]).toEqual([heard, expect.stringContaining('the server does not answer')])
      proxy.close()
    }
  })

  it('is the same for as long as it is the same, by its hash', async () => {
    const read = async () => (await tableOf({ address: at(), table: 'lonely' })).sha256
    const before = await read()
    expect(await read()).toBe(before)
    await admin.query('INSERT INTO lonely VALUES (4)')
    expect(await read()).not.toBe(before)
  })

  it('is never written to, whatever a query says', async () => {
    await admin.query(
      'CREATE FUNCTION sneak() RETURNS int LANGUAGE sql AS $$ INSERT INTO nothing VALUES (1) RETURNING a $$',
    )
    for (const query of [
      'INSERT INTO nothing VALUES (1) RETURNING a',
      'DELETE FROM types',
      'WITH x AS (INSERT INTO nothing VALUES (1) RETURNING a) SELECT * FROM x',
      'SELECT 1; INSERT INTO nothing VALUES (1)',
      'COMMIT; INSERT INTO nothing VALUES (1)',
      'SELECT 1) AS a; INSERT INTO nothing VALUES (1); SELECT (1',
      "SELECT 1) AS q) TO PROGRAM 'touch /tmp/descent-was-here' --",
      'SELECT sneak()',
      "SELECT nextval('s')",
    ]) {
      const { message, field } = await refusal({ address: at(), query })
      expect([query, field]).toEqual([query, 'query'])
      expect(message).toMatch(/^The query cannot be run on postgresql:\/\/postgres:\*\*\*@127/)
    }
    expect((await refusal({ address: at(), query: 'SELECT sneak()' })).message).toContain(
      'Descent only reads',
    )
    expect((await admin.query('SELECT * FROM nothing')).rowCount).toBe(0)
  })

  it('that cannot be read is told in words', async () => {
    const wrong = await refusal({ address: at('postgres:wrong') })
    expect(wrong.field).toBe('password')
    expect(wrong.message).toContain('the password is wrong')
    const none = await refusal({ address: at('postgres') })
    expect([none.field, none.message]).toEqual([
      'password',
      expect.stringContaining('the server wants a password'),
    ])
    expect((await tableOf({ address: at('postgres:***'), table: 'lonely', password })).rows).toBe(4)
    expect((await refusal({ address: at(undefined, 'nowhere') })).message).toContain('no such database')
    expect((await refusal({ address: at(), table: 'x' })).message).toContain('has no table “x”. It has: ')
    expect((await refusal({ address: at(), table: 'nothing' })).message).toContain('“nothing” of ')
    expect((await refusal({ address: at(), query: 'SELECT x FROM types' })).message).toContain(
      'the server says “column "x" does not exist”',
    )
    const kept = await refusal({ address: at(`reader:${secret}`), query: 'SELECT * FROM secret' })
    expect(kept.message).toContain('permission denied for table secret')
    expect((await refusal({ address: at(`reader:${secret}`), table: 'secret' })).message).toContain(
      'has no table “secret”',
    )
    const slow = await refusal(
      { address: at(), query: 'SELECT pg_sleep(30)' },
      { ...startLimits, jobSeconds: 1 },
    )
    expect(slow.message).toContain('took longer')
    const wide = { ...startLimits, columns: 2 }
    expect((await refusal({ address: at(), table: 'types' }, wide)).message).toContain('columns')
  })

  it('is reached by its socket, and by TLS as sslmode asks for', async () => {
    const socket = `postgresql://postgres:${secret}@/postgres?host=${server.socket}`
    const bySocket = await refusal({ address: socket })
    // The socket is named after the port.
    expect(bySocket.message).toContain('there is no such socket')
    const withPort = `postgresql://postgres:${secret}@localhost:${server.port}/postgres?host=${server.socket}`
    expect((await tableOf({ address: withPort, table: 'lonely' })).rows).toBe(4)
    const query = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'
    const encrypted = async (more: string) =>
      (await tableOf({ address: at(undefined, undefined, more), query })).cells.ssl
    expect(await encrypted('')).toEqual(['false'])
    expect(await encrypted('?sslmode=require')).toEqual(['true'])
    expect(await encrypted(`?sslmode=verify-full&sslrootcert=${server.certificate}`)).toEqual(['true'])
    expect((await refusal({ address: at(undefined, undefined, '?sslmode=verify-full') })).message).toContain(
      'signed by nobody that this machine trusts',
    )
  })

  const own = ownAddress()
  it.skipIf(own === null)(
    'says where others could read what comes, and where TLS is asked for in vain',
    async () => {
      const from = (more = '') => `postgresql://postgres:${secret}@${own}:${server.port}/postgres${more}`
      const notes = async (more = '') => (await tableOf({ address: from(more), table: 'lonely' })).notes
      expect(await notes()).toEqual([])
      expect((await notes('?sslmode=disable'))[0]).toBe(
        `The connection to ${own} was not encrypted: whoever is on the way could read it. sslmode=require in the address refuses that.`,
      )
      // The certificate is for 127.0.0.1 and localhost.
      const full = await refusal({ address: from(`?sslmode=verify-full&sslrootcert=${server.certificate}`) })
      expect(full.message).toContain('its certificate is for another machine')
      expect(await notes(`?sslmode=verify-ca&sslrootcert=${server.certificate}`)).toEqual([])
      await admin.query('ALTER SYSTEM SET ssl = off')
      await admin.query('SELECT pg_reload_conf()')
      try {
        await expect.poll(async () => (await notes())[0] ?? '').toContain('was not encrypted')
        expect((await refusal({ address: from('?sslmode=require') })).message).toContain(
          'the server offers no TLS',
        )
      } finally {
        await admin.query('ALTER SYSTEM SET ssl = on')
        await admin.query('SELECT pg_reload_conf()')
      }
    },
  )

  it('of a million rows passes without being held', { tags: 'thorough', timeout: 60_000 }, async () => {
    const before = process.memoryUsage().rss
    const query =
      'SELECT i AS id, i * 0.5 AS half, md5(i::text) AS word, i % 3 = 0 AS third FROM generate_series(1, 1000000) i'
    const into = mkdtempSync(join(folder, 'large-'))
    const { bytes } = await fetchTable({ address: at(), query }, into, {
      limits: startLimits,
      progress: () => undefined,
    })
    expect(bytes).toBeGreaterThan(40e6)
    expect(process.memoryUsage().rss - before).toBeLessThan(600e6)
  })
})

const whyNot = missingServers().mysql
describe.skipIf(whyNot !== null)(`MariaDB${whyNot === null ? '' : `: ${whyNot}`}`, () => {
  let server: TestServer
  let at: (user?: string, database?: string, more?: string) => string
  let admin: Connection
  beforeAll(async () => {
    server = await startMariadb()
    at = (user = `reader:${secret}`, database = 'shop', more = '') =>
      `mysql://${user}@127.0.0.1:${server.port}/${database}${more}`
    admin = await createConnection({
      host: '127.0.0.1',
      port: server.port,
      user: 'root',
      multipleStatements: true,
    })
    await admin.query(`
      CREATE DATABASE shop CHARACTER SET utf8mb4; USE shop;
      CREATE TABLE types (id bigint, big bigint unsigned, small tinyint(1), amount decimal(40, 2), ratio double, real_one float,
        day date, at datetime(3), zoned timestamp NULL, clock time, year_of year, word varchar(50), long_word longtext,
        mood enum('sad', 'ok'), doc json, bytes blob, fixed binary(2), flags bit(3));
      SET time_zone = '+02:00';
      INSERT INTO types VALUES (9007199254740993, 18446744073709551615, 1, 12345678901234567890123456789012345678.25, 0.1, 0.1,
        '2024-02-29', '2024-01-02 03:04:05.5', '2024-01-02 03:04:05', '-12:00:00', 2024, 'Zürich, "x"\\n', '🙂', 'ok', '{"a": 1}', x'00ff', x'0001', 5),
        (-1, 0, 0, -0.05, 1e300, NULL, NULL, NULL, NULL, NULL, NULL, '\\\\N', '', NULL, NULL, NULL, NULL, NULL);
      CREATE TABLE few (a int); INSERT INTO few VALUES (3), (1), (2); CREATE TABLE nothing (a int);
      CREATE VIEW dear AS SELECT id FROM types WHERE amount > 1;
      CREATE TABLE many AS SELECT seq AS id, seq * 0.5 AS half, md5(seq) AS word FROM seq_1_to_300000; ANALYZE TABLE many;
      CREATE USER reader@'%' IDENTIFIED BY '${password}'; GRANT SELECT ON shop.* TO reader@'%';
      GRANT FILE ON *.* TO reader@'%'; GRANT INSERT, DROP ON shop.nothing TO reader@'%'`)
  })
  afterAll(async () => {
    await admin?.end()
    await server?.stop()
  })

  it('keeps what every type of value says', async () => {
    const { cells, notes, numbers } = await tableOf({ address: at(), table: 'types' })
    expect(cells).toEqual({
      id: ['9007199254740993', '-1'],
      big: ['18446744073709551615', '0'],
      small: ['1', '0'],
      amount: ['12345678901234567890123456789012345678.25', '-0.05'],
      ratio: ['0.1', '1e+300'],
      real_one: ['0.1', null],
      day: ['2024-02-29', null],
      at: ['2024-01-02 03:04:05.5', null],
      zoned: ['2024-01-02 01:04:05', null],
      clock: ['-12:00:00', null],
      year_of: ['2024', null],
      word: ['Zürich, "x"\n', '\\N'],
      long_word: ['🙂', null],
      mood: ['ok', null],
      doc: ['{"a": 1}', null],
    })
    expect(numbers).toEqual(['id', 'big', 'small', 'ratio', 'real_one', 'year_of'])
    expect(notes).toEqual(['Left out because they hold bytes and no values: “bytes”, “fixed”, “flags”.'])
  })

  it('keeps bits as flags, and zeros that belong to a code', async () => {
    await admin.query(
      "CREATE TABLE coded (paid bit(1), code int(5) zerofill); INSERT INTO coded VALUES (b'1', 7), (b'0', 12), (NULL, NULL)",
    )
    const { cells } = await tableOf({ address: at(), table: 'coded' })
    expect(cells).toEqual({ paid: ['true', 'false', null], code: ['00007', '00012', null] })
    await admin.query('DROP TABLE coded')
  })

  it('is found by its name with the database, of others too', async () => {
    expect((await tableOf({ address: at(), table: 'shop.few' })).name).toBe('few')
    await admin.query(
      "CREATE DATABASE store; CREATE TABLE store.stock AS SELECT 5 AS a; GRANT SELECT ON store.* TO reader@'%'",
    )
    const { name, cells } = await tableOf({ address: at(), table: 'store.stock' })
    expect([name, cells]).toEqual(['store.stock', { a: ['5'] }])
  })

  it('is told as what it is where another server is asked for', async () => {
    for (const more of ['', '?sslmode=require']) {
      const address = at(undefined, undefined, more).replace('mysql:', 'postgresql:')
      expect((await refusal({ address })).message).toContain('what answers there is no PostgreSQL server')
    }
  })

  it('that goes silent is given up', async () => {
    const proxy = await silentProxy(server.port, 'READ ONLY')
    const address = at().replace(`:${server.port}/`, `:${proxy.port}/`)
    const error = await refusal({ address, table: 'few' }, { ...startLimits, jobSeconds: 1 }, 500)
    expect(error.message).toContain('the server does not answer')
    proxy.close()
  })

  it('comes with odd names and odd texts', async () => {
    await admin.query(
      'CREATE TABLE odd (`a``b` text, `c,"d` text); INSERT INTO odd VALUES (?, ?), (?, ?), (?, ?)',
      ['one\r\ntwo', '\r', '"', ',\0x', '\\.', '  '],
    )
    expect((await tableOf({ address: at(), table: 'odd' })).cells).toEqual({
      'a`b': ['one\r\ntwo', '"', '\\.'],
      'c,"d': ['\r', ',x', null],
    })
    await admin.query('DROP TABLE odd')
  })

  it('is the table with most rows, or the one that is named, or a query in its order', async () => {
    const { name, rows, notes } = await tableOf({ address: at().replace('mysql:', 'mariadb:') })
    expect([name, rows]).toEqual(['many', 300_000])
    expect(notes[0]).toContain('“dear” (a view)')
    expect((await tableOf({ address: at(), table: 'dear' })).cells).toEqual({ id: ['9007199254740993'] })
    const query = 'SELECT a, a * 2 AS a FROM few ORDER BY few.a DESC;'
    expect((await tableOf({ address: at(), query })).cells).toEqual({
      a: ['3', '2', '1'],
      a_2: ['6', '4', '2'],
    })
  })

  it('is never written to, whatever a query says, and writes no file', async () => {
    for (const query of [
      'INSERT INTO nothing VALUES (1)',
      'DROP TABLE nothing',
      'SELECT 1; INSERT INTO nothing VALUES (1)',
      'COMMIT',
      'SET GLOBAL max_connections = 5',
      `SELECT 1 INTO OUTFILE '${server.folder}/written'`,
      "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE nothing",
      'SELECT 1) AS a, (SELECT 2',
    ]) {
      const { field } = await refusal({ address: at(), query })
      expect([query, field]).toEqual([query, 'query'])
    }
    await admin.query(
      'CREATE FUNCTION sneak() RETURNS int MODIFIES SQL DATA BEGIN INSERT INTO nothing VALUES (1); RETURN 1; END',
    )
    await admin.query("GRANT EXECUTE ON shop.* TO reader@'%'")
    expect((await refusal({ address: at(), query: 'SELECT sneak() FROM few' })).message).toContain(
      'Descent only reads',
    )
    expect((await admin.query('SELECT * FROM nothing'))[0]).toEqual([])
    expect(existsSync(join(server.folder, 'written'))).toBe(false)
  })

  it('that cannot be read is told in words', async () => {
    const wrong = await refusal({ address: at('reader:wrong') })
    expect([wrong.field, wrong.message]).toEqual([
      'password',
      expect.stringContaining('the password is wrong'),
    ])
    const none = await refusal({ address: at('reader') })
    expect([none.field, none.message]).toEqual(['password', expect.stringContaining('wants a password')])
    expect((await tableOf({ address: at('reader'), table: 'few', password })).rows).toBe(3)
    expect((await refusal({ address: at(undefined, 'nowhere') })).message).toMatch(/database/)
    expect((await refusal({ address: at(), table: 'x' })).message).toContain('has no table “x”')
    expect((await refusal({ address: at(), table: 'nothing' })).message).toContain('has no rows')
    expect((await refusal({ address: at(), query: 'SELECT x FROM few' })).message).toContain(
      'the server says “',
    )
    const slow = { address: at(), query: 'SELECT sum(sleep(1)) FROM many' }
    expect((await refusal(slow, { ...startLimits, jobSeconds: 1 })).message).toContain('took longer')
    const refused = await refusal({ address: at(undefined, undefined, '?sslmode=require') })
    expect(refused.message).toContain('the server offers no TLS')
    const bySocket = `mysql://reader:${secret}@/shop?socket=${server.socket}`
    expect((await tableOf({ address: bySocket, table: 'few' })).rows).toBe(3)
  })
})

describe.skipIf(whyNot !== null)(`MariaDB with TLS${whyNot === null ? '' : `: ${whyNot}`}`, () => {
  it('is asked as sslmode says', async () => {
    const server = await startMariadb({ tls: true })
    try {
      const query =
        "SELECT variable_value AS cipher FROM information_schema.session_status WHERE variable_name = 'Ssl_cipher'"
      const at = (more: string) => `mysql://root@127.0.0.1:${server.port}/mysql${more}`
      const cipher = async (more: string) => (await tableOf({ address: at(more), query })).cells.cipher
      expect(await cipher('')).toEqual([null])
      expect(await cipher('?sslmode=require')).toEqual([expect.stringContaining('TLS')])
      const full = `?sslmode=verify-full&sslrootcert=${server.certificate}`
      const named = { address: at(full).replace('127.0.0.1', 'localhost'), query }
      expect((await tableOf(named)).cells.cipher).toEqual([expect.stringContaining('TLS')])
      expect((await refusal({ address: at(full), query })).message).toContain('Give the machine by its name')
      expect(await cipher(full.replace('full', 'ca'))).toEqual([expect.stringContaining('TLS')])
      expect((await refusal({ address: at('?sslmode=verify-ca'), query })).message).toContain(
        'signed by nobody that this machine trusts',
      )
      const options = { password: null, patience: 5000, seconds: 60 }
      for (const [more, isEncrypted] of [
        ['', false],
        ['?sslmode=require', true],
      ] as const) {
        const connected = await mysql.connect(parseServer(at(more)), options)
        expect(connected.isEncrypted).toBe(isEncrypted)
        await connected.close()
      }
    } finally {
      await server.stop()
    }
  })
})

describe('addresses', () => {
  it('where nobody answers, or that ask for what cannot be obeyed', async () => {
    expect((await refusal({ address: 'postgresql://me:x@127.0.0.1:1/db' })).message).toBe(
      'postgresql://me:***@127.0.0.1:1/db cannot be read: nobody answers there: is the server running, and is the port right.',
    )
    expect((await refusal({ address: 'mysql://me@no.such.machine.invalid/db' })).message).toContain(
      'no such machine',
    )
    const odd = async (address: string) => (await refusal({ address })).message
    expect(await odd('postgresql://me@host')).toContain('does not say which database')
    expect(await odd('postgresql://me@/db')).toContain('does not say on which machine')
    expect(await odd('postgresql://me@host/db?sslmode=perhaps')).toContain('one of disable, prefer, require')
    expect(await odd('postgresql://me@host/db?password=hunter2')).not.toContain('hunter2')
    expect(await odd('mysql://me@host/db?timeout=3')).toContain(
      '“timeout” in mysql://me@host/db?timeout=3 is nothing',
    )
  })
})
