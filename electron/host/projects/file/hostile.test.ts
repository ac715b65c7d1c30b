import Database from 'better-sqlite3'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DescentError } from '../../../contract/index.ts'
import { openApp, type App } from '../../app.ts'
import { unzipped, zipped, type ZipOptions } from '../../archive/testing.ts'
import { isDataFile, readList } from './contents.ts'

/** Files that somebody else may have made: each is refused with a sentence, and leaves nothing behind. */
let folder: string
let app: App
let whole: Map<string, Buffer>
let path: string
let victim: string

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** With a list that is right about them. */
function listedAnew(files: Map<string, Buffer>): Map<string, Buffer> {
  const list = JSON.parse(files.get('project.json')!.toString()) as { files: unknown[] }
  list.files = [...files]
    .filter(([name]) => name !== 'project.json')
    .map(([name, bytes]) => ({ path: name, bytes: bytes.length, sha256: hashOf(bytes) }))
  return new Map([...files, ['project.json', Buffer.from(JSON.stringify(list))]])
}

/** With another database, and a list that is right about it. */
function withDatabase(name: string, change: (db: Database.Database) => void): Map<string, Buffer> {
  const at = join(folder, `changed-${Math.random()}.db`)
  writeFileSync(at, whole.get(name)!)
  const db = new Database(at)
  db.pragma('journal_mode = DELETE')
  db.pragma('foreign_keys = OFF')
  change(db)
  db.close()
  return listedAnew(new Map([...whole, [name, readFileSync(at)]]))
}
const withRows = (sql: string) => withDatabase('descent.db', (db) => db.exec(sql))

const snapshot = (): unknown => {
  const { db } = app.context.store
  return [
    db.prepare('SELECT id, name FROM projects ORDER BY id').all(),
    db.prepare('SELECT path, sha256 FROM files ORDER BY path').all(),
    db.prepare('SELECT count(*) FROM runs').pluck().get(),
    db.prepare('SELECT sha256 FROM blobs.tensors ORDER BY sha256').pluck().all(),
    readdirSync(app.workspace, { recursive: true })
      .map(String)
      .filter((name) => !/\.db|-wal|-shm|^lock/.test(name))
      .sort(),
    readFileSync(victim, 'utf8'),
  ]
}

async function refused(file: string): Promise<string> {
  const before = snapshot()
  const error = await app.handlers['projects.import']({ path: file }).then(
    () => Promise.reject(new Error(`${file} was taken over.`)),
    (reason: DescentError) => reason,
  )
  expect(snapshot()).toEqual(before)
  expect(error.code).not.toBe('internal')
  return error.message
}
let count = 0
const file = (): string => join(folder, `file-${count++}.descent`)
const refusedWith = async (files: Iterable<readonly [string, Buffer]>, options?: ZipOptions) =>
  refused(await zipped(file(), files, options))

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-hostile-'))
  app = await openApp(join(folder, 'workspace'))
  victim = join(folder, 'victim.txt')
  writeFileSync(victim, 'mine')
  const call = app.handlers
  const table = join(folder, 'table.csv')
  const rows = Array.from({ length: 60 }, (_, i) => `${i / 2},${i % 3 === 0 ? 'no' : 'yes'}`)
  writeFileSync(table, `x,y\n${rows.join('\n')}\n`)
  const { id: projectId } = await call['projects.create']({ name: 'Honest' })
  const { recipe } = await call['datasets.import']({ projectId, path: table, target: 'y' })
  const training = { ...recipe!.training, epochs: 2 }
  await call['projects.setRecipe']({ projectId, recipe: { ...recipe!, backend: 'wasm', training } })
  const { id: runId } = await call['training.start']({ projectId })
  for (const deadline = Date.now() + 60_000; (await call['runs.get']({ runId })).state !== 'finished';) {
    if (Date.now() > deadline) throw new Error('The run did not finish.')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  path = join(folder, 'honest.descent')
  await call['projects.export']({ projectId, path, overwrite: false })
  whole = await unzipped(path)
}, 90_000)
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

test('what was packed anew is taken, so that the others are refused for what is wrong with them', async () => {
  const again = await zipped(file(), listedAnew(whole))
  const { projectId, notes } = await app.handlers['projects.import']({ path: again })
  expect(notes).toEqual([])
  await app.handlers['projects.delete']({ projectId })
})

test('files that are none', async () => {
  const text = file()
  writeFileSync(text, 'x,y\n1,2\n')
  expect(await refused(text)).toMatch(/is no project file of Descent, or was cut off/)
  const empty = file()
  writeFileSync(empty, '')
  expect(await refused(empty)).toMatch(/is no project file of Descent, or was cut off/)
  expect(await refused(folder)).toMatch(/is no file/)
  expect(await refused(join(folder, 'nowhere.descent'))).toMatch(/There is no file .*nowhere\.descent/)
  expect(await refusedWith([['notes.txt', Buffer.from('hello')]])).toMatch(
    /is no project file of Descent: it has no project\.json/,
  )
  expect(await refusedWith([['project.json', Buffer.from('{"name":"npm"}')]])).toMatch(
    /is no project file of Descent: what it holds is something else/,
  )
})

test('files that lead out of their folder', async () => {
  const names = { 'datasets/originals/abcdefgh': '../../../../../victim.txt!!' }
  const [name] = Object.keys(names) as ['datasets/originals/abcdefgh']
  expect(name.length).toBe(names[name].length)
  expect(await refusedWith([...whole, [name, Buffer.from('yours')]], { names })).toMatch(
    /cannot be unpacked.*invalid relative path/,
  )
  expect(await refusedWith([...whole, ['datasets/x.sh', Buffer.from('rm -rf /')]])).toMatch(
    /is unsafe: it holds files that belong in no project file/,
  )
  const table = [...whole.keys()].find((each) => each.endsWith('.parquet'))!
  expect(await refusedWith(whole, { modes: { [table]: 0o120777 } })).toMatch(
    /is unsafe: its datasets.* is a link/,
  )
  expect(await refusedWith([...whole, ['descent.db', Buffer.from('twice')]])).toMatch(
    /holds descent\.db twice/,
  )
})

test('more than is said, and less', async () => {
  const table = [...whole.keys()].find((each) => each.endsWith('.parquet'))!
  const changed = Buffer.from(whole.get(table)!)
  changed[50]! ^= 1
  expect(await refusedWith(new Map([...whole, [table, changed]]))).toMatch(/is not what was written into it/)
  expect(await refusedWith(new Map([...whole, [table, changed.subarray(5)]]))).toMatch(/has another size/)
  const without = new Map(whole)
  without.delete(table)
  expect(await refusedWith(without)).toMatch(/is damaged: .*\.parquet is missing from it/)
  const hash = `datasets/originals/${'a'.repeat(64)}`
  expect(await refusedWith(listedAnew(new Map([...whole, [hash, Buffer.from('b')]])))).toMatch(
    /is not called by its own hash/,
  )
  const stray = `datasets/originals/${hashOf(Buffer.from('b'))}`
  expect(await refusedWith(new Map([...whole, [stray, Buffer.from('b')]]))).toMatch(/knows nothing of/)
  // 200 MB of nothing in 200 kB.
  const bomb = Buffer.alloc(200_000_000)
  expect(
    await refusedWith(listedAnew(new Map([...whole, [`datasets/originals/${hashOf(bomb)}`, bomb]]))),
  ).toMatch(/is unsafe: it would unpack to .*, far more than data does/)
})

test('files of a later version', async () => {
  const list = JSON.parse(whole.get('project.json')!.toString()) as object
  const later = Buffer.from(JSON.stringify({ ...list, version: 2, app: '9.1.0' }))
  expect(await refusedWith(new Map([...whole, ['project.json', later]]))).toMatch(
    /was written by a newer version of Descent \(9\.1\.0\)\. Update Descent to open it/,
  )
  expect(await refusedWith(withDatabase('descent.db', (db) => db.pragma('user_version = 999')))).toMatch(
    /newer version of Descent \(schema 999/,
  )
})

test('databases that would do something, or name what is not theirs', async () => {
  const formed = /is unsafe: its database is not formed as Descent’s are/
  expect(
    await refusedWith(withRows('CREATE TRIGGER t AFTER UPDATE ON projects BEGIN DELETE FROM runs; END')),
  ).toMatch(formed)
  expect(
    await refusedWith(withRows('DROP TABLE run_tags; CREATE VIEW run_tags AS SELECT 1 AS tag, 1 AS run')),
  ).toMatch(formed)
  expect(await refusedWith(withDatabase('checkpoints.db', (db) => db.exec('CREATE TABLE more (a)')))).toMatch(
    formed,
  )
  expect(await refusedWith(withRows('PRAGMA user_version = 0'))).toMatch(formed)
  // A file that nothing refers to would be deleted.
  expect(await refusedWith(withRows("INSERT INTO files VALUES ('../victim.txt', NULL, 0)"))).toMatch(
    /names a file that is none of its data/,
  )
  const theirs = '11111111-2222-4333-8444-555555555555'
  expect(
    await refusedWith(withRows(`INSERT INTO files VALUES ('datasets/${theirs}.parquet', NULL, 0)`)),
  ).toMatch(/names data that is not the project’s/)
  expect(await refusedWith(withRows("UPDATE datasets SET import_id = '../../x'"))).toMatch(
    /names data that is not the project’s/,
  )
  expect(await refusedWith(withRows("UPDATE projects SET id = '../x'"))).toMatch(
    /refer to rows that are not there|not as Descent makes them/,
  )
  expect(
    await refusedWith(
      withRows(
        "INSERT INTO projects (id, name, created_at, updated_at) SELECT '11111111-2222-4333-8444-555555555555', 'B', 0, 0",
      ),
    ),
  ).toMatch(/does not hold exactly one project/)
})

test('a tensor that is not what it is called by is left out, and told', async () => {
  const files = withDatabase('checkpoints.db', (db) =>
    db.exec('UPDATE tensors SET data = zeroblob(length(data))'),
  )
  const { projectId, notes } = await app.handlers['projects.import']({ path: await zipped(file(), files) })
  expect(notes).toEqual(['Weights of these runs were damaged and left out: Run 1.'])
  await app.handlers['projects.delete']({ projectId })
})

test('a recipe that cannot be read is told, and the project is there to be mended', async () => {
  const files = withRows("UPDATE projects SET recipe = '{'")
  const { projectId, notes } = await app.handlers['projects.import']({ path: await zipped(file(), files) })
  expect(notes).toEqual(['What cannot be read of it is shown as damaged: Honest.'])
  expect((await app.handlers['projects.undo']({ projectId })).recipe?.training.epochs).toBe(2)
  await app.handlers['projects.delete']({ projectId })
})

test('cut off or mutated files never harm what is there', async () => {
  const bytes = readFileSync(path)
  expect(statSync(path).size).toBe(bytes.length)
  for (let k = 0; k < 20; k++) {
    const mutated = Buffer.from(bytes)
    // From place to place, the ends among them.
    const at = Math.floor((k / 19) * (bytes.length - 1))
    mutated[at]! ^= 1 << (k % 8)
    const to = file()
    writeFileSync(to, mutated)
    const before = snapshot()
    const result = await app.handlers['projects.import']({ path: to }).then(
      ({ projectId }) => projectId,
      (error: DescentError) => {
        expect(error.code).toBe('badData')
        expect(error.message).toMatch(/^file-\d+\.descent /)
        return null
      },
    )
    // A bit that nobody reads, such as of a time: then it is the project to the bit.
    if (result !== null) await app.handlers['projects.delete']({ projectId: result })
    expect(snapshot()).toEqual(before)
  }
  for (const share of [0.1, 0.5, 0.99]) {
    const to = file()
    writeFileSync(to, bytes.subarray(0, Math.floor(bytes.length * share)))
    expect(await refused(to)).toMatch(/was cut off/)
  }
}, 120_000)

test('lists are read as strictly as they are written', () => {
  expect(readList('{')).toEqual({ why: 'is damaged: its project.json is no valid JSON' })
  expect(readList('{"format":"descent-project","version":1}')).toEqual({
    why: 'is damaged: its project.json does not say what it should',
  })
  for (const name of [
    '../descent.db',
    'datasets/../descent.db',
    '/etc/passwd',
    `datasets/originals/${'a'.repeat(63)}`,
    'datasets\\originals\\x',
    `datasets/joined/${'a'.repeat(64)}.parquet/../x`,
    'lock',
  ])
    expect([name, isDataFile(name)]).toEqual([name, false])
  expect(isDataFile(`datasets/joined/${'a'.repeat(64)}.parquet`)).toBe(true)
})
