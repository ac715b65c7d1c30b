import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { detected, defaultRecipe, DescentError } from '../../contract/index.ts'
import { readCurves } from '../runs/curves.ts'
import { findRun, findSummary } from '../runs/repository.ts'
import { backUp } from './backups.ts'
import { connect, migrate } from './database.ts'
import { asStorageError, keyBySettings, openStore, type Store, type TensorData } from './index.ts'
import { blobMigrations, mainMigrations } from './migrations.ts'

let workspace: string
const open: Store[] = []
const opened = (folder = workspace): Store => {
  const store = openStore(folder)
  open.push(store)
  return store
}

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'descent-store-'))
})
afterEach(() => {
  for (const store of open.splice(0)) store.close()
  rmSync(workspace, { recursive: true, force: true })
})

const file = (name = 'descent.db') => join(workspace, name)

const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return error instanceof DescentError ? error.code : String(error)
  }
  return 'nothing thrown'
}

const floats = (...values: number[]): TensorData => ({
  dtype: 'float32',
  shape: [values.length],
  data: new Uint8Array(Float32Array.from(values).buffer),
})

const addProject = (store: Store, id: string, name = id) =>
  store.db
    .prepare('INSERT INTO projects (id, name, created_at, updated_at) VALUES (?, ?, 0, 0)')
    .run(id, name)
const projectNames = (store: Store) => store.db.prepare('SELECT name FROM projects').pluck().all()

describe('schema', () => {
  it('is the one released', async () => {
    const store = opened()
    const schema = ['main', 'blobs'].flatMap((name) =>
      store.db
        .prepare<[], string>(`SELECT sql FROM ${name}.sqlite_schema WHERE sql IS NOT NULL ORDER BY name`)
        .pluck()
        .all(),
    )
    await expect(schema.join(';\n\n').replaceAll(/^ {6}/gm, '') + '\n').toMatchFileSnapshot(
      'schema.snapshot.sql',
    )
  })

  it('is strict about types and foreign keys', () => {
    const { db } = opened()
    expect(() =>
      db
        .prepare(
          "INSERT INTO datasets (id, project_id, sha256, receipt, rows, columns, created_at) VALUES ('d', 'nobody', '', '', 1, '', 0)",
        )
        .run(),
    ).toThrow('FOREIGN KEY')
    addProject(open[0]!, 'p')
    expect(() =>
      db
        .prepare(
          "INSERT INTO datasets (id, project_id, sha256, receipt, rows, columns, created_at) VALUES ('d', 'p', '', '', 'many', '', 0)",
        )
        .run(),
    ).toThrow('cannot store TEXT')
  })
})

describe('opening', () => {
  it('keeps what was written', () => {
    const first = opened()
    addProject(first, 'p', 'Wine')
    first.close()
    expect(projectNames(opened())).toEqual(['Wine'])
  })

  it('refuses a database from the future, and leaves it as it is', () => {
    opened().close()
    const raw = new Database(file())
    raw.pragma('user_version = 999')
    raw.close()
    expect(() => openStore(workspace)).toThrow(/newer version of Descent \(schema 999/)
    const again = new Database(file())
    expect(again.pragma('user_version', { simple: true })).toBe(999)
    again.close()
  })

  it.each([
    [
      'no database at all',
      () => Buffer.from('this is not a database, but it is long enough to look at'.repeat(50)),
    ],
    [
      'damaged pages',
      (bytes: Buffer) => {
        bytes.fill(0xab, 4096)
        return bytes
      },
    ],
  ])('moves a damaged file aside: %s', (_, damage) => {
    const store = opened()
    for (let i = 0; i < 500; i++) addProject(store, `p${i}`, 'x'.repeat(200))
    store.close()
    const damaged = damage(readFileSync(file()))
    writeFileSync(file(), damaged)
    const fresh = opened()
    expect(projectNames(fresh)).toEqual([])
    expect(fresh.notices.list()).toHaveLength(1)
    const aside = readdirSync(workspace).find(
      (name) => name.startsWith('descent.db.damaged-') && !name.includes('-wal'),
    )!
    expect(fresh.notices.list()[0]?.message).toContain(aside)
    expect(readFileSync(file(aside)).equals(damaged)).toBe(true)
  })

  it('keeps the runs when only the checkpoints are damaged', () => {
    const store = opened()
    addProject(store, 'p')
    store.close()
    writeFileSync(file('checkpoints.db'), 'rubbish'.repeat(1000))
    const fresh = opened()
    expect(projectNames(fresh)).toEqual(['p'])
    expect(fresh.notices.list()[0]?.message).toContain('checkpoint file was damaged')
    expect(fresh.loadCheckpoint('r', 'best')).toBeNull()
  })
})

const storedRecipe = JSON.stringify(
  defaultRecipe(
    { path: '/a.csv', ...detected, header: 'first', missingValues: [] },
    [{ name: 'y', kind: 'category', role: 'target' }],
    'classification',
    500,
    'quick',
  ),
)

describe('migrating', () => {
  const two = [
    ...mainMigrations,
    { version: mainMigrations.length + 1, sql: 'ALTER TABLE projects ADD COLUMN note TEXT' },
  ]

  it('backs the database up first', () => {
    const store = opened()
    addProject(store, 'p', 'Before')
    store.close()
    const db = connect(file())
    migrate(db, two)
    expect(db.prepare('SELECT name, note FROM projects').all()).toEqual([{ name: 'Before', note: null }])
    db.close()
    const backup = new Database(
      file(readdirSync(workspace).find((name) => name.includes(`.backup-v${mainMigrations.length}-`))!),
      {
        readonly: true,
      },
    )
    expect(backup.prepare('SELECT * FROM projects').all()).toHaveLength(1)
    expect(backup.pragma('user_version', { simple: true })).toBe(mainMigrations.length)
    backup.close()
  })

  it('changes nothing when a step fails', () => {
    opened().close()
    const db = connect(file())
    expect(() =>
      migrate(db, [...two, { version: two.length + 1, sql: 'ALTER TABLE nowhere ADD COLUMN x TEXT' }]),
    ).toThrow('nowhere')
    expect(db.pragma('user_version', { simple: true })).toBe(mainMigrations.length)
    expect(() => db.prepare('SELECT note FROM projects')).toThrow('no such column')
    db.close()
  })

  it('keeps runs, curves and what was measured of a database with a column for each metric', () => {
    const columns = connect(file())
    migrate(columns, mainMigrations.slice(0, 4))
    columns.exec(`
      INSERT INTO projects (id, name, created_at, updated_at) VALUES ('p', 'P', 0, 0);
      INSERT INTO runs (rowid, id, project_id, name, state, created_at, task, recipe, data_sha256, dataset_id, seed,
                        engine_version, epochs, epoch, best_epoch, best_validation_loss, best_validation_score, test, error)
        VALUES (3, 'a', 'p', 'Run 2', 'finished', 1, 'classification', '${storedRecipe}', 'sha', 'd', 0, '0.1.0', 9, 200, 150,
                -1, 0.75, '{"accuracy":0.5,"f1":0.25}', NULL),
               (7, 'b', 'p', 'Run 10', 'failed', 2, 'regression', '{"half', 'sha', 'd', 0, '0.1.0', 9, 0, NULL, NULL, NULL,
                'no JSON', 'It broke.'),
               (8, 'c', 'p', 'Run 3', 'running', 3, 'regression', '${storedRecipe}', 'sha', 'd', 0, '0.1.0', 9, 1, 1, 2, 0.5,
                NULL, NULL);
      INSERT INTO evaluations VALUES ('a', 'test', '{}', 5);
      INSERT INTO profiles VALUES ('a', '{}', 6);
      INSERT INTO metrics VALUES ('c', 1, 4, 0.5, 3, 2, 0.5, 0.1, 100);
      WITH RECURSIVE each(epoch) AS (SELECT 1 UNION ALL SELECT epoch + 1 FROM each WHERE epoch < 200)
        INSERT INTO metrics SELECT 'a', epoch, 44 * epoch, epoch / 2.0, iif(epoch = 7, NULL, 1.0 / epoch),
          iif(epoch = 150, -1, epoch), 0.75, 0.001, 1000 FROM each;
    `)
    columns.close()
    const store = opened()
    const { db } = store
    expect(db.prepare('SELECT number, id, name_key FROM runs').raw().all()).toEqual([
      [3, 'a', 'run 000000000000002'],
      [7, 'b', 'run 000000000000010'],
      [8, 'c', 'run 000000000000003'],
    ])
    expect(findRun(store, 'a')).toMatchObject({ dataSha256: 'sha', bestEpoch: 150, epoch: 200 })
    expect(findSummary(store, 'a').metrics).toEqual({
      'train/loss': 1 / 150,
      'validation/loss': -1,
      'validation/accuracy': 0.75,
      learningRate: 0.001,
      throughput: 1000,
      'test/accuracy': 0.5,
      'test/f1': 0.25,
    })
    expect(findSummary(store, 'b')).toMatchObject({ metrics: {}, error: 'It broke.' })
    expect(findSummary(store, 'c').metrics).toMatchObject({ 'validation/loss': 2, 'validation/r2': 0.5 })
    const { recorded, series } = readCurves(store, 'a')
    expect(recorded).toBe(200)
    expect(series['train/loss']?.epoch.slice(0, 8)).toEqual([1, 2, 3, 4, 5, 6, 8, 9])
    const [, step = [], seconds = [], value = []] = Object.values(series['validation/loss']!)
    expect([step[149], seconds[149], value[149], value.length]).toEqual([44 * 150, 75, -1, 200])
    expect(
      db
        .prepare('SELECT block, low, low_step, high FROM curve_blocks WHERE run = 3 AND series = 2')
        .raw()
        .all(),
    ).toEqual([
      [0, 1, 44, 63],
      [1, 64, 64 * 44, 127],
      [2, -1, 150 * 44, 191],
      [3, 192, 192 * 44, 200],
    ])
    const settings = db.prepare(
      `SELECT run, value FROM run_settings JOIN setting_paths ON id = setting WHERE path = 'training.batchSize' ORDER BY run`,
    )
    expect(settings.raw().all()).toEqual([
      [3, 32],
      [8, 32],
    ])
    const counted = ['evaluations', 'profiles'].map((table) =>
      db.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
    )
    expect(counted).toEqual([1, 1])
    const looks = db.prepare('SELECT run_id, rows, looked_at FROM test_looks').raw().all()
    expect(looks).toEqual([['a', keyBySettings('d', findRun(store, 'a').recipe), 5]])
    expect(db.pragma('foreign_key_check')).toEqual([])
    expect(db.prepare(`SELECT name FROM sqlite_schema WHERE name LIKE 'former%'`).all()).toEqual([])
  })

  it.each([
    ['main', mainMigrations],
    ['blobs', blobMigrations],
  ])('numbers the steps of %s from 1 without gaps', (_, migrations) => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_step, i) => i + 1))
  })
})

describe('storage trouble', () => {
  it('says when the disk is full, and loses nothing', () => {
    const store = opened()
    addProject(store, 'p')
    const pages = Number(store.db.pragma('page_count', { simple: true }))
    store.db.pragma(`max_page_count = ${pages + 2}`)
    const fill = () =>
      store.transaction(() => {
        for (let i = 0; i < 1000; i++) addProject(store, `q${i}`, 'x'.repeat(500))
      })
    expect(codeOf(fill)).toBe('storageFull')
    expect(projectNames(store)).toEqual(['p'])
  })

  it('says when a checkpoint finds the disk full, and keeps the former checkpoint', () => {
    const store = opened()
    store.saveCheckpoints('r', { last: { epoch: 1, meta: {}, tensors: { w: floats(1, 2) } } })
    store.db.pragma(
      `blobs.max_page_count = ${Number(store.db.pragma('blobs.page_count', { simple: true })) + 1}`,
    )
    const large = { w: floats(...new Array<number>(50_000).fill(1)) }
    expect(codeOf(() => store.saveCheckpoints('r', { last: { epoch: 2, meta: {}, tensors: large } }))).toBe(
      'storageFull',
    )
    expect(store.loadCheckpoint('r', 'last')?.epoch).toBe(1)
  })

  it('says when the workspace cannot be written', () => {
    const store = opened()
    store.db.pragma('query_only = ON')
    expect(codeOf(() => store.write(() => addProject(store, 'p')))).toBe('storageReadOnly')
    writeFileSync(file('plain'), '')
    expect(codeOf(() => openStore(join(file('plain'), 'below')))).toBe('storageReadOnly')
  })

  it('leaves other errors alone', () => {
    const error = new Error('something else')
    expect(asStorageError(error, workspace)).toBe(error)
    expect(asStorageError(new Error('IO Error: No space left on device'), workspace)).toMatchObject({
      code: 'storageFull',
    })
  })
})

describe('checkpoints', () => {
  const tensors = {
    'layer.weight': floats(1, -2.5, 3),
    steps: { dtype: 'uint32', shape: [], data: Uint8Array.of(7, 0, 0, 0) },
  } as const
  const countTensors = (store: Store) => store.db.prepare('SELECT count(*) FROM blobs.tensors').pluck().get()

  it('come back as they were saved', () => {
    const store = opened()
    store.saveCheckpoints('r', { best: { epoch: 3, meta: { patience: 2 }, tensors } })
    store.close()
    expect(opened().loadCheckpoint('r', 'best')).toMatchObject({ epoch: 3, meta: { patience: 2 }, tensors })
    expect(open[1]!.loadCheckpoint('r', 'last')).toBeNull()
  })

  it('of both kinds are saved together or not at all', () => {
    const store = opened()
    store.saveCheckpoints('r', {
      best: { epoch: 1, meta: {}, tensors },
      last: { epoch: 1, meta: {}, tensors },
    })
    const broken = { w: { ...floats(1), dtype: null as unknown as 'float32' } }
    expect(() =>
      store.saveCheckpoints('r', {
        best: { epoch: 2, meta: {}, tensors },
        last: { epoch: 2, meta: {}, tensors: broken },
      }),
    ).toThrow('constraint failed')
    expect(store.loadCheckpoint('r', 'best')?.epoch).toBe(1)
    expect(store.loadCheckpoint('r', 'last')?.epoch).toBe(1)
  })

  it('share equal tensors, and drop those nobody needs', () => {
    const store = opened()
    store.saveCheckpoints('r', { best: { epoch: 1, meta: {}, tensors } })
    store.saveCheckpoints('r', { last: { epoch: 1, meta: {}, tensors } })
    expect(countTensors(store)).toBe(2)
    store.saveCheckpoints('r', { last: { epoch: 2, meta: {}, tensors: { 'layer.weight': floats(9) } } })
    expect(countTensors(store)).toBe(3)
    store.saveCheckpoints('s', { last: { epoch: 1, meta: {}, tensors } })
    store.deleteCheckpoints('r')
    expect(countTensors(store)).toBe(2)
    expect(store.loadCheckpoint('r', 'best')).toBeNull()
    expect(store.loadCheckpoint('s', 'last')?.tensors).toEqual(tensors)
  })

  it('tell tensors apart that share their bytes', () => {
    const store = opened()
    const same = {
      a: floats(1, 2),
      b: { ...floats(1, 2), shape: [2, 1] },
      c: { ...floats(1, 2), dtype: 'int32' as const },
    }
    store.saveCheckpoints('r', { best: { epoch: 1, meta: {}, tensors: same } })
    expect(store.loadCheckpoint('r', 'best')?.tensors).toEqual(same)
  })

  it('are verified when loaded', () => {
    const store = opened()
    store.saveCheckpoints('r', { best: { epoch: 1, meta: {}, tensors } })
    store.db
      .prepare("UPDATE blobs.tensors SET data = x'0000000000000000000000ff' WHERE dtype = 'float32'")
      .run()
    expect(() => store.loadCheckpoint('r', 'best')).toThrow(/damaged: tensor "layer.weight"/)
  })
})

it('keeps the three newest backups, and makes one a day', async () => {
  const store = opened()
  addProject(store, 'p')
  const day = 24 * 3600 * 1000
  // The clock is set back once: that is one backup more, and the order is that of their making.
  for (const time of [1, 1.1, 2, 3, 0.5, 1.6]) await backUp(store.db, workspace, new Date(time * day))
  const kept = readdirSync(file('backups')).sort()
  expect(kept).toEqual(['01T12', '02T14', '04T00'].map((hour) => expect.stringContaining(`1970-01-${hour}`)))
  const backup = new Database(join(file('backups'), kept[0]!), { readonly: true })
  expect(backup.prepare('SELECT id FROM projects').pluck().all()).toEqual(['p'])
  backup.close()
})

it('leaves no open file behind', () => {
  const store = opened()
  store.close()
  store.close()
  expect(existsSync(file('descent.db-wal'))).toBe(false)
})

it('compiles a statement once, and gives it back as it was asked for', () => {
  const { db } = opened()
  addProject(open[0]!, 'p')
  const sql = 'SELECT id, name FROM projects'
  const whole = [{ id: 'p', name: 'p' }]
  expect(db.prepare(sql).pluck().all()).toEqual(['p'])
  expect(db.prepare(sql).all()).toEqual(whole)
  expect(db.prepare(sql).raw().all()).toEqual([['p', 'p']])
  expect(db.prepare(sql)).toBe(db.prepare(sql))
  for (const row of db.prepare(sql).iterate()) expect([row, db.prepare(sql).all()]).toEqual([whole[0], whole])
})
