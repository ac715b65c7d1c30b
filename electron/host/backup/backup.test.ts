import Database from 'better-sqlite3'
import { createHash, randomBytes } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DescentError, WrittenBackup } from '../../contract/index.ts'
import { quickly } from '../../contract/testing.ts'
import { openApp, type App } from '../app.ts'
import { unzipped, zipped } from '../archive/testing.ts'
import { backup, describeBackup, describeRestored, restore } from '../cli/backup.ts'
import { isPlace } from './contents.ts'
import { takeSnapshot } from './snapshot.ts'

/** A workspace with data, a finished run, its saved model, and a run that trains while all of it is written. */
let folder: string
let app: App
let projectId: string
let finishedId: string
let busyId: string
let path: string
let written: WrittenBackup
let whole: Map<string, Buffer>

async function until(of: App, runId: string, reached: (run: { state: string; epoch: number }) => boolean) {
  for (;;) {
    const run = await of.handlers['runs.get']({ runId })
    if (reached(run)) return run
    if (run.state === 'failed') throw new Error(`${run.name}: ${run.error}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
async function start(epochs: number): Promise<string> {
  const { recipe } = await app.handlers['projects.get']({ projectId })
  const quick = { ...quickly(recipe!, 120), backend: 'wasm' as const }
  quick.training = { ...quick.training, epochs, earlyStopping: null }
  await app.handlers['projects.setRecipe']({ projectId, recipe: quick })
  return (await app.handlers['training.start']({ projectId })).id
}
const at = (name: string): string => join(folder, name)
const refusal = (work: Promise<unknown>): Promise<DescentError> =>
  work.then(
    () => Promise.reject(new Error('It was taken.')),
    (reason: DescentError) => reason,
  )

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'descent-backup-')))
  app = await openApp(at('workspace'))
  const lines = Array.from({ length: 120 }, (_, i) => `${i % 17},${(i * 7) % 13},${['even', 'odd'][i % 2]}`)
  writeFileSync(at('numbers.csv'), `a,b,c\n${lines.join('\n')}\n`)
  projectId = (await app.handlers['projects.create']({ name: 'Numbers' })).id
  await app.handlers['datasets.import']({ projectId, path: at('numbers.csv'), target: 'c' })
  finishedId = await start(2)
  await until(app, finishedId, ({ state }) => state === 'finished')
  await app.handlers['deploy.save']({ runId: finishedId })
  symlinkSync(at('numbers.csv'), join(app.workspace, 'models', 'link.csv'))
  busyId = await start(100_000)
  await until(app, busyId, ({ epoch }) => epoch >= 2)
  path = at('whole.descent-backup')
  // As the terminal does it, while the workspace is open here and trains.
  const asked = { command: 'backup', workspace: app.workspace, json: false } as const
  written = await backup({ ...asked, out: path, overwrite: false })
  await app.handlers['training.stop']({ runId: busyId })
  await until(app, busyId, ({ state }) => state === 'stopped')
  whole = await unzipped(path)
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

test('a workspace that trains is written as one file, and becomes another that opens', async () => {
  expect(written).toMatchObject({ path, projects: 1, runs: 2, notes: [] })
  expect(describeBackup(written)).toContain('1 project with 2 runs written to')
  const restored = await restore({ command: 'restore', file: path, out: at('again'), json: false })
  expect(restored).toMatchObject({ folder: at('again'), projects: 1, runs: 2, files: written.files })
  expect(describeRestored(restored)).toContain(`--workspace ${at('again')}`)

  const other = await openApp(at('again'))
  try {
    const call = other.handlers
    expect((await call['notices.list']({})).map(({ message }) => message)).toEqual([])
    const tensors = (of: App) => of.context.store.loadCheckpoint(finishedId, 'best')?.tensors
    expect(tensors(other)).toEqual(tensors(app))
    const page = { projectId, offset: 0, limit: 50 }
    expect(await call['datasets.page'](page)).toEqual(await app.handlers['datasets.page'](page))
    const [model] = await call['deploy.list']({ projectId })
    expect(model).toMatchObject({ runId: finishedId, present: true })
    expect(model!.path.startsWith(join(at('again'), 'models'))).toBe(true)
    expect(readdirSync(join(at('again'), 'models'))).not.toContain('link.csv')
    // The run that trained goes on from its last checkpoint.
    const busy = await call['runs.get']({ runId: busyId })
    expect(busy.state).toBe('interrupted')
    await call['training.resume']({ runId: busyId })
    await until(other, busyId, ({ epoch }) => epoch > busy.epoch)
  } finally {
    await other.close()
  }
})

test('both databases are of one moment, whatever is written while they are copied', async () => {
  const { db } = app.context.store
  const add = db.transaction((n: number) => {
    db.prepare('INSERT OR REPLACE INTO settings VALUES (?, ?)').run(`test-${n}`, '{}')
    db.prepare(
      'INSERT INTO blobs.checkpoints (run_id, kind, epoch, meta, created_at) VALUES (?, ?, 0, ?, 0)',
    ).run(finishedId.replace(/^.{8}/, String(n).padStart(8, '0')), 'last', '{}')
  })
  const counts = (main: Database.Database, blobs: Database.Database) => [
    main.prepare("SELECT count(*) FROM settings WHERE name LIKE 'test-%'").pluck().get(),
    blobs.prepare('SELECT count(*) FROM checkpoints').pluck().get(),
  ]
  add(1)
  const open = (name: string) => new Database(join(at('snapshot'), name))
  const before = db.prepare('SELECT count(*) FROM blobs.checkpoints').pluck().get()
  mkdirSync(at('snapshot'))
  let n = 1
  await takeSnapshot(app.workspace, at('snapshot'), () => add(++n))
  expect(n).toBeGreaterThan(2)
  const copies = [open('descent.db'), open('checkpoints.db')] as const
  expect(counts(...copies)).toEqual([1, before])
  for (const copy of copies) copy.close()
  db.exec("DELETE FROM settings WHERE name LIKE 'test-%'; DELETE FROM blobs.checkpoints WHERE meta = '{}'")
})

test('a backup becomes nothing that is there, and nothing inside a workspace', async () => {
  const into = (out: string) => refusal(restore({ command: 'restore', file: path, out, json: false }))
  mkdirSync(at('full/empty'), { recursive: true })
  expect((await into(at('full'))).message).toMatch(/is there already, and stays as it is/)
  expect((await into(at('numbers.csv'))).message).toMatch(/is there already/)
  expect((await into(at('a/b'))).message).toMatch(/There is no folder .*Make it first/)
  expect((await into(join(app.workspace, 'models', 'b'))).message).toMatch(/inside the workspace/)
  await restore({ command: 'restore', file: path, out: at('full/empty'), json: false })
  expect(existsSync(at('full/empty/descent.db'))).toBe(true)
  const again = {
    command: 'backup',
    workspace: app.workspace,
    out: path,
    overwrite: false,
    json: false,
  } as const
  expect((await refusal(backup(again))).message).toMatch(/already exists/)
  expect((await refusal(backup({ ...again, out: at('whole.zip') }))).message).toMatch(/ends with/)
  expect((await refusal(backup({ ...again, workspace: folder }))).message).toMatch(/is no workspace/)
}, 30_000)

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
/** With a list that is right about them. */
function listedAnew(files: Map<string, Buffer>): Map<string, Buffer> {
  const list = JSON.parse(whole.get('backup.json')!.toString()) as object
  const entries = [...files]
    .filter(([name]) => name !== 'backup.json')
    .map(([name, bytes]) => ({ path: name, bytes: bytes.length, sha256: hashOf(bytes) }))
  return new Map([...files, ['backup.json', Buffer.from(JSON.stringify({ ...list, files: entries }))]])
}
function withRows(sql: string): Map<string, Buffer> {
  const changed = at(`changed-${Math.random()}.db`)
  writeFileSync(changed, whole.get('descent.db')!)
  const db = new Database(changed)
  db.pragma('journal_mode = DELETE')
  db.exec(sql)
  db.close()
  return listedAnew(new Map([...whole, ['descent.db', readFileSync(changed)]]))
}
async function refused(files: Map<string, Buffer>, options?: Parameters<typeof zipped>[2]): Promise<string> {
  const file = await zipped(at(`${Math.random()}.descent-backup`), files, options)
  const before = readdirSync(folder).sort()
  const { code, message } = await refusal(
    restore({ command: 'restore', file, out: at('never'), json: false }),
  )
  expect(code).toBe('badData')
  expect(readdirSync(folder).sort()).toEqual(before)
  return message
}

test('a backup that is damaged or unsafe leaves nothing', async () => {
  const more = (name: string) => listedAnew(new Map([...whole, [name, Buffer.from('x')]]))
  const spoiled = (name: string) =>
    new Map([...whole, [name, Buffer.from(whole.get(name)!).fill(7, 5000, 5100)]])
  expect(await refused(spoiled('descent.db'))).toMatch(/descent.db is not what was written into it/)
  expect(await refused(new Map([...whole].filter(([name]) => name !== 'checkpoints.db')))).toMatch(
    /is missing from it/,
  )
  expect(
    await refused(more('models/../../x'.replaceAll('..', 'aa')), {
      names: { 'models/aa/aa/x': 'models/../../x' },
    }),
  ).toMatch(/invalid relative path|unsafe/)
  expect(await refused(more('lock'))).toMatch(/files that belong in no backup/)
  expect(await refused(more('models/a'), { modes: { 'models/a': 0o120777 } })).toMatch(/is a link/)
  expect(
    await refused(withRows('CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM runs; END')),
  ).toMatch(/not formed as Descent’s are/)
  expect(await refused(withRows("PRAGMA foreign_keys = OFF; UPDATE projects SET id = '../x'"))).toMatch(
    /not as Descent makes them/,
  )
  const cut = at('cut.descent-backup')
  writeFileSync(cut, readFileSync(path))
  truncateSync(cut, 20_000)
  expect(
    (await refusal(restore({ command: 'restore', file: cut, out: at('never'), json: false }))).message,
  ).toMatch(/is no backup of Descent, or was cut off/)
  expect(existsSync(at('never'))).toBe(false)
}, 30_000)

test('of a backup with single bad files the rest is restored, and they are told', async () => {
  const dataFile = [...whole.keys()].find((name) => name.endsWith('.parquet'))!
  const [gone] = [...whole.keys()].filter((name) => name.startsWith('models/'))
  const files = withRows(
    `PRAGMA foreign_keys = OFF; INSERT INTO files VALUES ('../victim', NULL, 0);
     INSERT INTO dataset_files SELECT id, '../victim' FROM datasets;
     INSERT INTO profiles (run_id, result, created_at) VALUES ('nobody', '{}', 0)`,
  )
  for (const name of ['models/two', 'models/two/a', 'predictions/a', 'predictions/A'])
    files.set(name, Buffer.from(name))
  const listed = listedAnew(files)
  listed.set(dataFile, Buffer.from(whole.get(dataFile)!).fill(7, 9, 12))
  listed.delete(gone!)
  writeFileSync(at('victim'), 'mine')
  const file = await zipped(at('odd.descent-backup'), listed)
  const restored = await restore({ command: 'restore', file, out: at('odd'), json: false })
  const told = restored.notes.join('\n')
  expect(told).toContain('"../victim"')
  expect(told).toMatch(/1 row of the database referred to what is not there/)
  expect(told).toContain(`it is not what was written into the archive: 1 file, ${dataFile}`)
  expect(told).toContain(`it is missing: 1 file, ${gone!}`)
  expect(told).toMatch(/one name cannot lie in one place: 1 file, models\/two\/a/)
  expect(describeRestored(restored)).toContain(told)
  expect(readFileSync(at('odd/models/two'), 'utf8')).toBe('models/two')
  expect(existsSync(join(at('odd'), ...dataFile.split('/')))).toBe(false)
  const other = await openApp(at('odd'))
  expect((await other.handlers['projects.list']({})).length).toBe(1)
  await other.close()
  expect(readFileSync(at('victim'), 'utf8')).toBe('mine')
}, 30_000)

test('daily copies that a backup names are nobody’s to delete', async () => {
  writeFileSync(at('victim'), 'mine')
  const files = withRows("INSERT INTO backups (path, created_at) VALUES ('../victim', 0)")
  const file = await zipped(at('daily.descent-backup'), files)
  await restore({ command: 'restore', file, out: at('daily'), json: false })
  const db = new Database(at('daily/descent.db'))
  expect(db.prepare('SELECT count(*) FROM backups').pluck().get()).toBe(0)
  db.close()
  expect(readFileSync(at('victim'), 'utf8')).toBe('mine')
})

test('a place in a backup is one of a workspace', () => {
  expect(isPlace('models/a b/weights.safetensors')).toBe(true)
  expect(isPlace('uploads/uAbC123/a.csv')).toBe(true)
  expect(isPlace(`uploads/u${'0'.repeat(32)}/a.csv`)).toBe(true)
  for (const path of [
    'models',
    'models/',
    'models//a',
    'models/./a',
    'models/../a',
    'models/a\\b',
    'models/\u0000',
  ])
    expect(isPlace(path), path).toBe(false)
  for (const path of ['uploads/uAbC123/a/b', 'uploads/x/a', 'logs/a', 'descent.db-wal', '/models/a'])
    expect(isPlace(path), path).toBe(false)
})

test(
  'memory does not grow with what is packed and unpacked',
  { tags: 'thorough', timeout: 60_000 },
  async () => {
    const large = join(app.workspace, 'predictions', 'large.bin')
    mkdirSync(join(app.workspace, 'predictions'), { recursive: true })
    const megabytes = 128
    writeFileSync(large, '')
    truncateSync(large, megabytes * 1024 * 1024)
    // Noise at its ends: an archive that shrinks too far is refused.
    for (let i = 0; i < 4; i++) appendFileSync(large, randomBytes(1024 * 1024))
    const before = process.memoryUsage.rss()
    let most = 0
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss() - before)), 10)
    const out = at('large.descent-backup')
    await backup({ command: 'backup', workspace: app.workspace, out, overwrite: false, json: false })
    await restore({ command: 'restore', file: out, out: at('large'), json: false })
    clearInterval(watch)
    expect(statSync(at('large/predictions/large.bin')).size).toBe((megabytes + 4) * 1024 * 1024)
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThan(megabytes * 0.75 * 1024 * 1024)
    rmSync(large)
  },
)
