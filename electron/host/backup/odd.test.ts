/** A workspace in which something is not as it should be is backed up all the same, and what is not there is told. */
import Database from 'better-sqlite3'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WrittenBackup } from '../../contract/index.ts'
import { quickly } from '../../contract/testing.ts'
import { openApp, type App } from '../app.ts'
import { backup, restore } from '../cli/backup.ts'
import { mover } from './settle.ts'

const csv = `x,z,y\n${Array.from({ length: 120 }, (_, i) => `${(i * 7) % 13},${i % 17},${i % 2 ? 'yes' : 'no'}\n`).join('')}`
let folder: string
let app: App
let server: Server
const ids: string[] = []
const at = (name: string): string => join(folder, name)
const write = (name: string): Promise<WrittenBackup> =>
  backup({ command: 'backup', workspace: app.workspace, out: at(name), overwrite: false, json: false })

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'descent-odd-')))
  app = await openApp(at('workspace'))
  server = createServer((_, response) => void response.end(csv))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const sent = join(app.context.scratch, 'uploads', 'uAbC123')
  mkdirSync(sent, { recursive: true })
  writeFileSync(join(sent, 'sent.csv'), csv.replaceAll('yes', 'no!'))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (const path of [`${origin}/fetched.csv`, join(sent, 'sent.csv')]) {
    const { id } = await app.handlers['projects.create']({ name: `Data ${ids.length}` })
    ids.push(id)
    await app.handlers['datasets.import']({ projectId: id, path, target: 'y' })
  }
  const [projectId] = ids as [string]
  const { recipe } = await app.handlers['projects.get']({ projectId })
  const quick = { ...quickly(recipe!, 120), backend: 'wasm' as const }
  quick.training = { ...quick.training, epochs: 1, earlyStopping: null }
  await app.handlers['projects.setRecipe']({ projectId, recipe: quick })
  const run = await app.handlers['training.start']({ projectId })
  for (let state = ''; state !== 'finished'; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const now = await app.handlers['runs.get']({ runId: run.id })
    if (now.state === 'failed') throw new Error(String(now.error))
    state = now.state
  }
})
afterAll(async () => {
  await app.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

test('what was fetched and what was sent comes along, and nothing refers to the former workspace', async () => {
  const written = await write('data.descent-backup')
  expect(written.notes).toEqual([])
  if (process.platform !== 'win32') expect(statSync(written.path).mode & 0o777).toBe(0o600)
  const restored = await restore({ command: 'restore', file: written.path, out: at('data'), json: false })
  expect(restored.notes).toEqual([])
  const other = await openApp(at('data'))
  try {
    for (const projectId of ids) {
      const { dataset, recipe } = await other.handlers['projects.get']({ projectId })
      for (const path of [dataset!.receipt.path, recipe!.data.source.path]) {
        expect(path.startsWith(at('data/uploads/u'))).toBe(true)
        expect(readFileSync(path, 'utf8')).toMatch(/^x,z,y/)
      }
      await other.handlers['datasets.import']({ projectId, path: dataset!.receipt.path, target: 'y' })
    }
  } finally {
    await other.close()
  }
  const db = new Database(at('data/descent.db'))
  const all = [
    'SELECT recipe FROM run_recipes',
    'SELECT recipe FROM recipe_history',
    'SELECT receipt FROM datasets',
  ]
  const texts = all.flatMap((sql) => db.prepare<[], string | null>(sql).pluck().all())
  db.close()
  expect(texts.filter((text) => text?.includes(at('data/uploads'))).length).toBeGreaterThan(2)
  expect(texts.filter((text) => text?.includes(app.workspace))).toEqual([])
})

test('places are those of the new workspace, by whatever name the former one was opened', () => {
  const moved = mover('/old', '/new', new Set(['uploads/uAbC123/a.csv']))
  expect(moved('/old/models/x')).toBe(join('/new', 'models', 'x'))
  expect(moved('/link-to-old/uploads/uAbC123/a.csv')).toBe(join('/new', 'uploads', 'uAbC123', 'a.csv'))
  for (const path of [
    '/older/a.csv',
    '/old',
    '/old/../etc',
    '/link/uploads/uOther1/a.csv',
    'https://a.b/uploads/uAbC123/a.csv',
  ])
    expect(moved(path)).toBe(path)
})

test.skipIf(process.platform === 'win32')(
  'single bad things stay behind, and the rest becomes a backup that can be restored',
  async () => {
    const { workspace } = app
    mkdirSync(join(workspace, 'predictions'), { recursive: true })
    for (const name of ['good.csv', 'back\\slash.csv', 'control\u0007.csv'])
      writeFileSync(join(workspace, 'predictions', name), name)
    const originals = join(workspace, 'datasets', 'originals')
    mkdirSync(originals, { recursive: true })
    const damaged = `datasets/originals/${'a'.repeat(64)}`
    writeFileSync(join(workspace, damaged), 'not what it is called')
    const db = new Database(join(workspace, 'descent.db'))
    db.pragma('foreign_keys = OFF')
    db.prepare('INSERT INTO files VALUES (?, NULL, 0)').run(damaged)
    db.prepare('INSERT INTO files VALUES (?, NULL, 0)').run('../victim')
    const [dataset] = db.prepare<[], string>('SELECT id FROM datasets').pluck().all()
    for (const path of [damaged, '../victim'])
      db.prepare('INSERT INTO dataset_files VALUES (?, ?)').run(dataset, path)
    db.exec("INSERT INTO profiles (run_id, result, created_at) VALUES ('nobody', '{}', 0)")
    const written = await write('bad.descent-backup')
    const told = written.notes.join('\n')
    expect(told).toContain('predictions/back\\slash.csv')
    expect(told).toContain('"predictions/control\\u0007.csv"')
    expect(told).toContain(`its bytes are not those that it is called by: 1 file, ${damaged}`)
    expect(told).toContain('"../victim"')
    expect(told).toMatch(/1 row of the database referred to what is not there/)
    // Of the workspace itself nothing was changed.
    expect(db.prepare("SELECT count(*) FROM files WHERE path = '../victim'").pluck().get()).toBe(1)
    const restored = await restore({ command: 'restore', file: written.path, out: at('bad'), json: false })
    expect(restored.projects).toBe(2)
    expect(readdirSync(at('bad/predictions'))).toEqual(['good.csv'])
    db.exec("DELETE FROM profiles WHERE run_id = 'nobody'")
    for (const path of [damaged, '../victim']) {
      db.prepare('DELETE FROM dataset_files WHERE path = ?').run(path)
      db.prepare('DELETE FROM files WHERE path = ?').run(path)
    }
    db.close()
    rmSync(join(workspace, 'predictions'), { recursive: true })
  },
  30_000,
)

test('what there is no room for is refused before anything is written', async () => {
  const large = join(app.workspace, 'predictions', 'large.bin')
  mkdirSync(join(app.workspace, 'predictions'), { recursive: true })
  writeFileSync(large, '')
  const { bavail, bsize } = statfsSync(folder)
  truncateSync(large, bavail * bsize + 2 ** 32)
  try {
    await expect(write('large.descent-backup')).rejects.toThrow(/needs up to .* left\. Free some space/)
    expect(existsSync(at('large.descent-backup'))).toBe(false)
  } finally {
    rmSync(large)
  }
})

/** For as long as a backup is written: a model that is saved anew, over and over, and a log that is written on. */
const churn = `
const fs = require('node:fs'), [models] = process.argv.slice(1)
let n = 0
for (;;) {
  const fresh = models + '/.descent-fresh', place = models + '/churn', old = models + '/.descent-old'
  fs.mkdirSync(fresh)
  n++
  for (let i = 0; i < 60; i++) fs.writeFileSync(fresh + '/' + i, String(n))
  if (fs.existsSync(place)) fs.renameSync(place, old)
  fs.renameSync(fresh, place)
  fs.rmSync(old, { recursive: true, force: true })
  if (n === 3) process.stdout.write('on')
}`

test('a model that is replaced meanwhile is taken whole, or left out and told', async () => {
  const models = join(app.workspace, 'models')
  mkdirSync(models, { recursive: true })
  const child = spawn(process.execPath, ['-e', churn, models], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve))
    for (let round = 0; round < 4; round++) {
      const name = `churn-${round}`
      const written = await write(`${name}.descent-backup`)
      await restore({ command: 'restore', file: written.path, out: at(name), json: false })
      const taken = join(at(name), 'models', 'churn')
      const found = existsSync(taken)
        ? readdirSync(taken).map((each) => readFileSync(join(taken, each), 'utf8'))
        : []
      if (found.length === 0) expect(written.notes.join()).toMatch(/models\/churn|^$/)
      else expect([found.length, new Set(found).size]).toEqual([60, 1])
    }
  } finally {
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    rmSync(models, { recursive: true, force: true })
  }
})

test('a file that grows while it is packed is left out with its folder, and told', async () => {
  const folderOf = join(app.workspace, 'models', 'growing')
  mkdirSync(folderOf, { recursive: true })
  writeFileSync(join(folderOf, 'a'), Buffer.alloc(8 * 1024 * 1024, 1))
  writeFileSync(join(folderOf, 'b'), 'b')
  const { writeBackup } = await import('./write.ts')
  mkdirSync(at('scratch'))
  const request = {
    workspace: app.workspace,
    path: at('grown.descent-backup'),
    overwrite: false,
    scratch: at('scratch'),
  }
  let isGrown = false
  const written = await writeBackup(request, (share) => {
    // The databases come first, and are small beside the file.
    if (isGrown || share < 0.5) return
    isGrown = true
    appendFileSync(join(folderOf, 'a'), 'more')
    renameSync(join(folderOf, 'b'), join(folderOf, 'c'))
  })
  expect(isGrown).toBe(true)
  expect(written.notes.join()).toContain('it changed while it was read: 1 file, models/growing')
  await restore({ command: 'restore', file: written.path, out: at('grown'), json: false })
  expect(existsSync(at('grown/models/growing'))).toBe(false)
  rmSync(folderOf, { recursive: true })
}, 30_000)
