/** What happens to a person's files when something in the workspace is broken, through the application as it opens. */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { apart, thorough } from '../../../engine/fixtures/apart.ts'
import type { DescentError, Notice, Project } from '../../contract/index.ts'
import { openApp, type App } from '../app.ts'

let folder: string
let workspace: string
let app: App | null

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-damage-'))
  workspace = join(folder, 'workspace')
  app = null
})
afterEach(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function open(): Promise<App> {
  await app?.close()
  app = await openApp(workspace)
  return app
}
async function close(): Promise<void> {
  await app?.close()
  app = null
}

const inside = (...parts: string[]): string => join(workspace, ...parts)
const refusal = (call: Promise<unknown>): Promise<DescentError> =>
  call.then(
    () => Promise.reject(new Error('It was accepted.')),
    (error: DescentError) => error,
  )
const notices = async ({ handlers }: App): Promise<Notice[]> => handlers['notices.list']({})
const told = async (opened: App): Promise<string> =>
  (await notices(opened)).map(({ message }) => message).join('\n')

async function importTable({ handlers }: App, name: string, rows = 40): Promise<Project> {
  const path = join(folder, `${name}.csv`)
  writeFileSync(
    path,
    'x,y\n' + Array.from({ length: rows }, (_, i) => `${i % 7},${i % 2 ? 'a' : 'b'}`).join('\n'),
  )
  const { id } = await handlers['projects.create']({ name })
  return handlers['datasets.import']({ projectId: id, path })
}

async function importTexts({ handlers }: App, name: string): Promise<Project> {
  const path = join(folder, name)
  mkdirSync(path)
  const lines = Array.from(
    { length: 40 },
    (_, i) => `${i % 2 ? 'good' : 'bad'} a text of number ${i} ${name}`,
  )
  writeFileSync(join(path, 'train.txt'), lines.join('\n'))
  const { id } = await handlers['projects.create']({ name })
  return handlers['datasets.import']({ projectId: id, path })
}

const rowsOf = async ({ handlers }: App, projectId: string): Promise<number> =>
  (await handlers['datasets.page']({ projectId, offset: 0, limit: 5 })).rows.length

/** Kept files, but for what is temporary. */
const filesBelow = (name: string): string[] =>
  existsSync(inside(name))
    ? readdirSync(inside(name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(workspace.length + 1))
        .sort()
    : []

interface Used {
  readonly table: Project
  readonly texts: Project
}

/** Made once for the file, and copied for each test: imports start processes. */
let made: (Used & { readonly at: string }) | null = null
afterAll(() => {
  if (made !== null) rmSync(made.at, { recursive: true, force: true })
})

async function make(): Promise<Used & { readonly at: string }> {
  const opened = await open()
  const table = await importTable(opened, 'Table')
  const texts = await importTexts(opened, 'Texts')
  await opened.check()
  opened.context.store.db.prepare('DELETE FROM backups').run()
  await close()
  rmSync(inside('backups'), { recursive: true, force: true })
  const at = mkdtempSync(join(tmpdir(), 'descent-used-'))
  cpSync(folder, at, { recursive: true, preserveTimestamps: true })
  return { table, texts, at }
}

/** With `withBackup`, there is one of it. */
async function used({ withBackup }: { withBackup: boolean }): Promise<Used> {
  if (made === null) made = await make()
  else cpSync(made.at, folder, { recursive: true, preserveTimestamps: true })
  const { table, texts } = made
  if (withBackup) {
    await (await open()).context.store.backUp()
    await close()
  }
  // What a test does to what it was given is not the next one's.
  return structuredClone({ table, texts })
}

describe('a database that was set aside', () => {
  it('takes none of its data along: files come back with it', { tags: 'thorough' }, async () => {
    const { table, texts } = await used({ withBackup: false })
    const kept = filesBelow('datasets')
    expect(kept).toHaveLength(2)
    const sound = readFileSync(inside('descent.db'))
    writeFileSync(inside('descent.db'), Buffer.alloc(20_000, 'rubbish'))

    const empty = await open()
    expect(await empty.handlers['projects.list']({})).toEqual([])
    expect(await told(empty)).toMatch(/database was damaged.*there is no backup/)
    expect(await told(empty)).toMatch(/2 files that this database did not make were moved to .*set-aside/)
    const other = await importTable(empty, 'Other')
    await empty.handlers['projects.delete']({ projectId: other.id })
    expect(filesBelow('datasets')).toEqual([])
    expect(filesBelow('set-aside')).toHaveLength(2)
    await close()

    writeFileSync(inside('descent.db'), sound)
    const again = await open()
    expect(await told(again)).toContain('2 files that an earlier start had set aside came back')
    expect(filesBelow('datasets')).toEqual(kept)
    expect([await rowsOf(again, table.id), await rowsOf(again, texts.id)]).toEqual([5, 5])
  })

  const damages: [what: string, damage: (file: string) => void][] = [
    [
      'cut to 95 %',
      (file) => writeFileSync(file, readFileSync(file).subarray(0, 0.95 * statSync(file).size)),
    ],
    ['cut in half', (file) => writeFileSync(file, readFileSync(file).subarray(0, statSync(file).size / 2))],
    ['without a byte', (file) => writeFileSync(file, '')],
    ['with something else in it', (file) => writeFileSync(file, 'my thesis')],
    ['that is missing', (file) => rmSync(file)],
  ]
  const isReplaced = async (_: string, damage: (file: string) => void): Promise<void> => {
    const { table, texts } = await used({ withBackup: true })
    damage(inside('descent.db'))
    const opened = await open()
    expect((await opened.handlers['projects.list']({})).map(({ name }) => name).sort()).toEqual([
      'Table',
      'Texts',
    ])
    expect((await notices(opened))[0]).toMatchObject({
      severity: 'error',
      message: expect.stringMatching(/database .*(damaged|missing).*the backup .* took its place/),
    })
    expect([await rowsOf(opened, table.id), await rowsOf(opened, texts.id)]).toEqual([5, 5])
  }
  const [someDamages, otherDamages] = apart(damages, 4)
  it.each(someDamages)('%s is replaced with its last backup, and that is told', isReplaced)
  it.each(otherDamages)('%s is replaced, as others are', thorough, isReplaced)

  it('is told until the person has seen it', async () => {
    await used({ withBackup: true })
    writeFileSync(inside('descent.db'), '')
    const [notice] = await notices(await open())
    expect((await notices(await open()))[0]).toEqual(notice)
    await app!.handlers['notices.dismiss']({ noticeId: notice!.id })
    expect(await notices(await open())).toEqual([])
  })

  it('and data newer than its backup is set aside, not deleted', async () => {
    await used({ withBackup: true })
    const late = await importTable(await open(), 'Late')
    await close()
    writeFileSync(inside('descent.db'), '')
    expect(await told(await open())).toContain(`datasets/${late.dataset?.id}.parquet`)
    expect(filesBelow('set-aside').some((name) => name.includes(late.dataset!.id))).toBe(true)
  })
})

/** https://man7.org/linux/man-pages/man5/proc_locks.5.html */
const locksOn = (path: string): string[] =>
  readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .filter((line) => line.includes(` ${process.pid} `) && line.includes(`:${statSync(path).ino} `))

it.skipIf(process.platform !== 'linux')(
  'the host keeps SQLite’s locks, without which a reader in another process would empty the journal’s index',
  async () => {
    await open()
    // Opened before: a new database has no journal yet.
    await open()
    for (const name of ['descent.db', 'descent.db-shm', 'checkpoints.db-shm', 'lock'])
      expect([name, locksOn(inside(name)).length > 0]).toEqual([name, true])
  },
)

describe('other files of the workspace', () => {
  it('garbage in the lock is kept beside, and told', async () => {
    await used({ withBackup: false })
    writeFileSync(inside('lock'), 'somebody wrote here')
    const opened = await open()
    expect(await told(opened)).toContain('lock.damaged')
    expect(readFileSync(inside('lock.damaged'), 'utf8')).toBe('somebody wrote here')
    await expect(openApp(workspace)).rejects.toThrow('Another Descent is using')
  })

  it('a folder in the place of the lock or of an original is kept beside', async () => {
    const { texts } = await used({ withBackup: false })
    const original = inside(
      ...texts.dataset!.receipt.files.map(({ sha256 }) => join('datasets', 'originals', sha256)),
    )
    for (const path of [inside('lock'), original]) {
      rmSync(path)
      mkdirSync(path)
      writeFileSync(join(path, 'mine.txt'), 'mine')
    }
    const opened = await open()
    expect(readFileSync(inside('lock.damaged', 'mine.txt'), 'utf8')).toBe('mine')
    expect((await refusal(rowsOf(opened, texts.id))).code).toBe('damaged')
    // Imported again, the data is whole; what stood in its place is kept.
    await opened.handlers['datasets.import']({ projectId: texts.id, path: join(folder, 'Texts') })
    expect(await rowsOf(opened, texts.id)).toBe(5)
    expect(filesBelow('set-aside').some((name) => name.endsWith('mine.txt'))).toBe(true)
  })

  it('a missing data file is told at the start, and returns when it is put back', async () => {
    const { table, texts } = await used({ withBackup: false })
    const file = inside('datasets', `${table.dataset!.id}.parquet`)
    renameSync(file, join(folder, 'kept'))
    const opened = await open()
    expect(await told(opened)).toContain(
      `1 file of the workspace is missing: datasets/${table.dataset!.id}.parquet`,
    )
    expect(await refusal(rowsOf(opened, table.id))).toMatchObject({ code: 'damaged' })
    expect(await rowsOf(opened, texts.id)).toBe(5)
    renameSync(join(folder, 'kept'), file)
    expect(await rowsOf(opened, table.id)).toBe(5)
  })

  it('are left alone when they are somebody else’s', async () => {
    await used({ withBackup: false })
    const foreign = [
      ['notes.txt'],
      ['datasets', 'notes.txt'],
      ['datasets', '.import-mine', 'thesis.txt'],
      ['datasets', '.import-abcdef', 'thesis.txt'],
      ['datasets', 'originals', 'readme'],
      ['uploads', 'mine.txt'],
      ['.descent-notes1', 'owner'],
      ['.probe-12'],
      ['backups', 'descent-mine.txt'],
    ]
    for (const parts of foreign) {
      mkdirSync(join(inside(...parts), '..'), { recursive: true })
      writeFileSync(inside(...parts), 'mine')
    }
    const opened = await open()
    const other = await importTable(opened, 'Other')
    await opened.handlers['projects.delete']({ projectId: other.id })
    await open()
    for (const parts of foreign) expect(readFileSync(inside(...parts), 'utf8')).toBe('mine')
  })

  it('of somebody else do not make a new workspace a damaged one', async () => {
    mkdirSync(inside('datasets'), { recursive: true })
    mkdirSync(inside('backups'))
    writeFileSync(inside('datasets', 'notes.txt'), 'mine')
    writeFileSync(inside('backups', 'thesis.zip'), 'mine')
    expect(await notices(await open())).toEqual([])
  })

  it('that a killed process of version 0.1.0 left are removed', async () => {
    await used({ withBackup: false })
    const left = [
      ['.probe-4711'],
      ['datasets', '.import-a1B2c3', 'normalised.csv'],
      ['.spill-a1B2c3', 'duckdb_temp_storage-0.tmp'],
      ['datasets', 'originals', '0b0e7f0a-1c1d-4b7e-9a5b-0123456789ab.partial'],
      ['datasets', '0b0e7f0a-1c1d-4b7e-9a5b-0123456789ab.parquet.partial'],
    ]
    for (const parts of left) {
      mkdirSync(join(inside(...parts), '..'), { recursive: true })
      writeFileSync(inside(...parts), 'x')
    }
    await open()
    for (const [first, second] of left)
      expect(
        existsSync(inside(...[first!, second!].filter(Boolean).slice(0, first === 'datasets' ? 2 : 1))) &&
          second !== 'originals',
      ).toBe(false)
    expect(existsSync(inside(...left[3]!))).toBe(false)
  })

  it('that were put in place just before the process died are removed at the next start', async () => {
    await used({ withBackup: false })
    const path = 'datasets/0b0e7f0a-1c1d-4b7e-9a5b-0123456789ab.parquet'
    const db = new Database(inside('descent.db'))
    db.prepare('INSERT INTO files (path, created_at) VALUES (?, 0)').run(path)
    db.close()
    writeFileSync(inside(...path.split('/')), 'whole, but nothing refers to it yet')
    const opened = await open()
    expect(existsSync(inside(...path.split('/')))).toBe(false)
    expect(await notices(opened)).toEqual([])
    expect(opened.context.store.db.prepare('SELECT count(*) FROM files').pluck().get()).toBe(2)
  })

  it.skipIf(process.platform === 'win32')(
    'are their user’s alone, whoever made the workspace',
    { tags: 'thorough' },
    async () => {
      const former = process.umask(0)
      try {
        mkdirSync(workspace, { mode: 0o755 })
        chmodSync(workspace, 0o755)
        writeFileSync(inside('descent.db'), '')
        chmodSync(inside('descent.db'), 0o666)
        const opened = await open()
        await importTable(opened, 'Table')
        await importTexts(opened, 'Texts')
        await opened.check()
        await close()
        const modes = readdirSync(workspace, { recursive: true, encoding: 'utf8' }).map((name) => {
          const at = statSync(inside(name))
          return [name, (at.mode & 0o777).toString(8), at.isDirectory() ? '700' : '600'] as const
        })
        expect(modes.length).toBeGreaterThan(6)
        expect(modes.filter(([, mode, wanted]) => mode !== wanted)).toEqual([])
        expect((statSync(workspace).mode & 0o777).toString(8)).toBe('700')
      } finally {
        process.umask(former)
      }
    },
  )
})

describe('one row that cannot be read', () => {
  const damage = (sql: string, ...values: unknown[]): void => {
    const db = new Database(inside('descent.db'))
    db.prepare(sql).run(...values)
    db.close()
  }
  const addRun = (projectId: string, id: string, recipe: string): void => {
    damage(
      `INSERT INTO runs (id, project_id, name, name_key, state, created_at, task, data_sha256, dataset_id, seed, engine_version, epochs)
       VALUES (?, ?, ?, '', 'finished', 0, 'classification', '', 'd', 0, '', 1)`,
      id,
      projectId,
      `Run ${id}`,
    )
    damage('INSERT INTO run_recipes SELECT number, ? FROM runs WHERE id = ?', recipe, id)
  }

  it('of a run hides only that run, which can be seen and deleted', async () => {
    const { table } = await used({ withBackup: false })
    const projectId = table.id
    addRun(projectId, '1', JSON.stringify(table.recipe))
    addRun(projectId, '2', '{"half')
    addRun(projectId, '3', '{}')
    const { handlers } = await open()
    const { total, runs } = await handlers['runs.list']({ projectId })
    expect([total, ...runs.map(({ id }) => id)]).toEqual([1, '1'])
    expect(await handlers['runs.damaged']({ projectId })).toEqual([
      { id: '3', name: 'Run 3', message: expect.stringContaining('is not what it should be') },
      { id: '2', name: 'Run 2', message: expect.stringContaining('it is no valid JSON') },
    ])
    expect((await refusal(handlers['runs.get']({ runId: '2' }))).code).toBe('damaged')
    await handlers['runs.delete']({ runId: '2' })
    expect((await handlers['runs.damaged']({ projectId })).map(({ id }) => id)).toEqual(['3'])
    await handlers['projects.delete']({ projectId })
  })

  it('of a recipe hides only that project, and undo brings the former one back', async () => {
    const { table, texts } = await used({ withBackup: false })
    const opened = await open()
    await opened.handlers['projects.setRecipe']({
      projectId: table.id,
      recipe: { ...table.recipe!, seed: 7 },
    })
    await close()
    damage('UPDATE projects SET recipe = ? WHERE id = ?', '{"version":2,"kind":"table"}', table.id)
    const damaged = await open()
    const { handlers } = damaged
    const list = await handlers['projects.list']({})
    expect(list.find(({ id }) => id === texts.id)?.damage).toBeNull()
    expect(list.find(({ id }) => id === table.id)?.damage).toMatch(
      /The recipe of the project "Table" cannot be read/,
    )
    expect((await refusal(handlers['projects.get']({ projectId: table.id }))).code).toBe('damaged')
    // The history still holds the present recipe; where it does not, the one before it.
    expect((await handlers['projects.undo']({ projectId: table.id })).recipe?.seed).toBe(7)
    damaged.context.store.db.exec(
      `UPDATE projects SET recipe = '{' WHERE name = 'Table'; UPDATE recipe_history SET recipe = '{' WHERE position = 2`,
    )
    expect((await handlers['projects.undo']({ projectId: table.id })).recipe?.seed).toBe(table.recipe?.seed)
    expect((await handlers['projects.list']({})).map((project) => project.damage)).toEqual([null, null])
  })

  it('of a data set leaves the other projects alone', async () => {
    const { table, texts } = await used({ withBackup: false })
    damage('UPDATE datasets SET receipt = ? WHERE id = ?', 'no JSON', table.dataset!.id)
    const opened = await open()
    expect(await opened.handlers['projects.list']({})).toHaveLength(2)
    expect((await refusal(opened.handlers['projects.get']({ projectId: table.id }))).code).toBe('damaged')
    expect(await rowsOf(opened, texts.id)).toBe(5)
    await opened.handlers['projects.delete']({ projectId: table.id })
  })
})

describe('a workspace of version 0.1.0', () => {
  const fixtures = join(import.meta.dirname, 'fixtures')
  beforeEach(() => {
    cpSync(join(fixtures, 'workspace-0.1.0'), workspace, { recursive: true })
  })

  it('opens, shows its runs, and its models predict to the bit', async () => {
    const opened = await open()
    const [project] = await opened.handlers['projects.list']({})
    expect(project).toMatchObject({ name: 'Flowers', rows: 120, runs: 1, damage: null })
    const {
      runs: [run],
    } = await opened.handlers['runs.list']({ projectId: project!.id })
    expect(run).toMatchObject({ name: 'First', state: 'finished', epoch: 6 })
    const { recorded, series } = await opened.handlers['runs.curves']({ runId: run!.id })
    expect(recorded).toBe(6)
    expect(Object.keys(series).sort()).toEqual([
      'learningRate',
      'throughput',
      'train/loss',
      'validation/accuracy',
      'validation/loss',
    ])
    for (const { epoch } of Object.values(series)) expect(epoch).toEqual([1, 2, 3, 4, 5, 6])
    const lowest = Math.min(...series['validation/loss']!.value)
    expect(run!.metrics['validation/loss']).toBe(lowest)
    expect(series['validation/loss']!.epoch[series['validation/loss']!.value.indexOf(lowest)]).toBe(
      run!.bestEpoch,
    )
    const before = await opened.handlers['evaluate.run']({ runId: run!.id, split: 'test' })
    opened.context.store.db.prepare('DELETE FROM evaluations').run()
    // What was measured then, to the bit; metrics that there were none of come beside.
    expect(await opened.handlers['evaluate.run']({ runId: run!.id, split: 'test' })).toMatchObject(before)
    const [model] = readdirSync(inside('models'))
    for (const modelPath of [
      inside('models', model!),
      (await opened.handlers['deploy.save']({ runId: run!.id })).path,
    ]) {
      const { outputPath } = await opened.handlers['deploy.predict']({
        modelPath,
        dataPath: join(fixtures, 'flowers.csv'),
      })
      expect(readFileSync(outputPath, 'utf8')).toBe(
        readFileSync(inside('predictions', 'flowers.csv'), 'utf8'),
      )
    }
    expect(await told(opened)).toMatch(/was brought from version 2 to \d+\. As it was before, it is kept as/)
  })

  it('learns the hash of its data when it is first read', async () => {
    const opened = await open()
    const [project] = await opened.handlers['projects.list']({})
    const files = () =>
      opened.context.store.files.of(
        opened.context.store.db.prepare('SELECT id FROM datasets').pluck().get() as string,
      )
    expect(files()[0]?.sha256).toBeNull()
    await rowsOf(opened, project!.id)
    await expect.poll(() => files()[0]?.sha256).toMatch(/^[0-9a-f]{64}$/)
    copyFileSync(join(fixtures, 'flowers.csv'), inside(...files()[0]!.path.split('/')))
    expect((await refusal(rowsOf(opened, project!.id))).code).toBe('damaged')
  })
})
