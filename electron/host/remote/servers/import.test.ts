/** From a server's table to a project's data and back, through the handlers that the window calls. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openApp, type App } from '../../app.ts'
import { missingServers, password, postgresAdmin, startPostgres, type TestServer } from './testing.ts'

/** Whatever a folder holds, byte by byte. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())

const why = missingServers().postgresql
describe.skipIf(why !== null)(`a table of a server${why === null ? '' : `: ${why}`}`, () => {
  let folder: string
  let app: App
  let server: TestServer
  let admin: pg.Client
  const address = (user: string) => `postgresql://${user}@127.0.0.1:${server.port}/postgres`
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'descent-server-import-'))
    app = await openApp(join(folder, 'workspace'))
    server = await startPostgres()
    admin = new pg.Client(postgresAdmin(server))
    await admin.connect()
    await admin.query(`
      CREATE TABLE orders AS SELECT i AS id, (i % 7)::numeric(6, 2) AS price, CASE i % 2 WHEN 0 THEN 'no' ELSE 'yes' END AS kept FROM generate_series(1, 60) i;
      CREATE TABLE towns AS SELECT i AS id, 'town ' || i % 3 AS town FROM generate_series(1, 20) i; ANALYZE`)
  })
  afterAll(async () => {
    await app?.close()
    await admin?.end()
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('is asked for its password, read, and read again; the password is kept nowhere', async () => {
    const call = app.handlers
    const { id: projectId } = await call['projects.create']({ name: 'Server' })
    const path = address('postgres')
    await expect(call['datasets.import']({ projectId, path })).rejects.toMatchObject({
      field: 'password',
      message: expect.stringContaining('the server wants a password') as string,
    })
    const first = await call['datasets.import']({ projectId, path, password })
    expect(first.dataset?.receipt).toMatchObject({
      path,
      fileName: 'orders',
      format: 'postgresql',
      rowsRead: 60,
      fetched: { address: path },
    })
    expect(first.dataset?.receipt.layout[0]).toMatchObject({
      option: 'table',
      value: 'orders',
      choices: ['orders', 'towns'],
    })
    expect(first.recipe?.data.source).toMatchObject({ path, table: 'orders', query: 'auto' })

    // With the password in the address, and another table.
    const full = address(`postgres:${encodeURIComponent(password)}`)
    const { dataset, recipe } = await call['datasets.import']({ projectId, path: full, table: 'towns' })
    expect(dataset?.receipt).toMatchObject({ path: address('postgres:***'), fileName: 'towns', rowsRead: 20 })
    expect(recipe?.data.source.path).toBe(address('postgres:***'))
    const visited = await call['settings.addresses']({})
    expect(visited.map((each) => each.address)).toEqual([address('postgres:***'), path])

    const query = 'SELECT * FROM orders WHERE price > 2'
    const asked = await call['datasets.import']({ projectId, path: dataset!.receipt.path, query, password })
    expect(asked.dataset?.receipt).toMatchObject({ fileName: 'query', rowsRead: 34 })
    expect(asked.recipe?.data.source).toMatchObject({ table: 'auto', query })

    for (const secret of [password, encodeURIComponent(password)])
      for (const file of filesIn(folder))
        expect([file, readFileSync(file).includes(secret)]).toEqual([file, false])
  })

  it('that was read again says what changed, and what cannot be read leaves the project as it was', async () => {
    const call = app.handlers
    const { id: projectId } = await call['projects.create']({ name: 'Again' })
    const request = { projectId, path: address('postgres'), table: 'orders', password }
    const { dataset } = await call['datasets.import'](request)
    await admin.query(`INSERT INTO orders VALUES (61, 4, 'no')`)
    const preview = await call['datasets.previewImport'](request)
    expect(preview.comparison).toMatchObject({ added: 1, removed: 0, changed: 0 })
    await call['datasets.discardImport']({ projectId, importId: preview.importId })
    await expect(call['datasets.import']({ ...request, table: 'gone' })).rejects.toThrow(
      'has no table “gone”',
    )
    expect((await call['projects.get']({ projectId })).dataset?.id).toBe(dataset?.id)
  })
})
