import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  begin,
  randomSearch,
  searches,
  type DescentError,
  type OpenedProject,
  type Recipe,
} from '../../contract/index.ts'
import { quickly } from '../../contract/testing.ts'
import { openApp, type App } from '../app.ts'
import { copiedTables, otherTables } from '../store/copy-project.ts'
import type { Store } from '../store/index.ts'
import { freeName } from './transfer.ts'

/** Projects between workspaces, with real trainings, through the handlers that the window calls. */
let folder: string
let app: App
let other: App
let projectId: string
let runId: string
let pausedId: string

function rings(rows: number): string {
  const lines = ['x,y,ring']
  for (let i = 0; i < rows; i++) {
    const [angle, radius] = [(i * 2.399963) % (2 * Math.PI), i % 2 === 0 ? 1 : 2]
    const noise = (((i * 7919) % 101) / 101 - 0.5) * 0.5
    lines.push(
      `${Math.cos(angle) * (radius + noise)},${Math.sin(angle) * (radius + noise)},${['in', 'out'][i % 2]}`,
    )
  }
  return lines.join('\n') + '\n'
}

async function until<T>(look: () => Promise<T>, reached: (found: T) => boolean): Promise<T> {
  const deadline = Date.now() + 120_000
  for (;;) {
    const found = await look()
    if (reached(found)) return found
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${JSON.stringify(found).slice(0, 500)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
const ended = (of: App, id: string) =>
  until(
    () => of.handlers['runs.get']({ runId: id }),
    ({ state }) => state === 'finished',
  )

async function edit(change: (recipe: Recipe) => object): Promise<void> {
  const { recipe } = await app.handlers['projects.get']({ projectId })
  const changed = { ...recipe!, backend: 'wasm', ...change(recipe!) } as Recipe
  await app.handlers['projects.setRecipe']({ projectId, recipe: changed })
}

/** All rows of all tables that belong to projects, with names in the place of numbers that only this database knows. */
function rowsOf({ db }: Store): Record<string, string[]> {
  const names = {
    run: 'SELECT id FROM runs WHERE number = ?',
    series: 'SELECT name FROM series_names WHERE id = ?',
    setting: 'SELECT path FROM setting_paths WHERE id = ?',
  }
  return Object.fromEntries(
    copiedTables.map(({ table, schema = 'main', local = {} }) => [
      table,
      db
        .prepare<[], Record<string, unknown>>(`SELECT * FROM ${schema}."${table}"`)
        .all()
        .map((row) =>
          JSON.stringify(
            Object.entries(row).flatMap(([column, value]) => {
              const kind = local[column]
              // A file is this workspace's own since it was put there.
              const isTime = column === 'updated_at' || (table === 'files' && column === 'created_at')
              if (kind === 'counted' || isTime) return []
              return [[column, kind === undefined ? value : db.prepare(names[kind]).pluck().get(value)]]
            }),
          ),
        )
        .sort(),
    ]),
  )
}

const weightsOf = (of: App, id: string, kind: 'best' | 'last' = 'last') =>
  Object.entries(of.context.store.loadCheckpoint(id, kind)!.tensors).map(([name, { data }]) => [
    name,
    Buffer.from(data).toString('hex'),
  ])

const filesIn = (of: App): string[] =>
  (readdirSync(join(of.workspace, 'datasets'), { recursive: true }) as string[])
    .filter((name) => statSync(join(of.workspace, 'datasets', name)).isFile())
    .sort()

const refusal = (call: Promise<unknown>): Promise<DescentError> =>
  call.then(
    () => Promise.reject(new Error('not refused')),
    (error: DescentError) => error,
  )

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-transfer-'))
  app = await openApp(join(folder, 'here'))
  other = await openApp(join(folder, 'there'))
  const call = app.handlers
  const path = join(folder, 'rings.csv')
  writeFileSync(path, rings(240))
  // Its numbers come first here, and are taken there.
  for (const [of, name] of [
    [app, 'Decoy'],
    [other, 'Theirs'],
  ] as const) {
    const { id } = await of.handlers['projects.create']({ name })
    const imported = await of.handlers['datasets.import']({ projectId: id, path, target: 'ring' })
    const recipe = quickly(imported.recipe!, imported.dataset!.rows)
    const short = { ...recipe, backend: 'wasm', training: { ...recipe.training, epochs: 2 } } as Recipe
    await of.handlers['projects.setRecipe']({ projectId: id, recipe: short })
    await ended(of, (await of.handlers['training.start']({ projectId: id })).id)
  }
  projectId = (await call['projects.create']({ name: 'Rings' })).id
  const { dataset } = await call['datasets.import']({ projectId, path, target: 'ring' })
  await call['datasets.correct']({
    projectId,
    datasetId: dataset!.id,
    corrections: [
      { type: 'edit', row: 3, column: 'x', value: '0.5' },
      { type: 'drop', rows: [7] },
    ],
  })
  await edit((recipe) => quickly(recipe, dataset!.rows))
  await edit(({ training }) => ({ training: { ...training, epochs: 12, earlyStopping: null } }))
  await call['explore.profile']({ projectId })
  runId = (await call['training.start']({ projectId })).id
  await ended(app, runId)
  await call['evaluate.run']({ runId, split: 'test' })
  await call['evaluate.baselines']({ runId, split: 'test' })
  await call['evaluate.examine']({ runId, split: 'test' })
  await call['training.profile']({ runId })
  const search = await call['search.start']({
    projectId,
    search: begin(searches, randomSearch.name, { runs: 2 }),
    space: [
      {
        path: 'training.optimizer.learningRate',
        from: 1e-4,
        to: 0.1,
        scale: 'logarithmic',
        whole: false,
      },
    ],
  })
  const { trials } = await until(
    () => call['search.get']({ searchId: search.id }),
    ({ state }) => state === 'finished',
  )
  const mark = (ids: string[], change: Parameters<(typeof call)['runs.mark']>[0]['change']) =>
    call['runs.mark']({ projectId, filter: { ids }, change })
  await mark([runId], { tag: 'paper' })
  await mark([runId], { note: 'The first of all.' })
  await mark([runId], { starred: true })
  await mark([trials[1]!.runId!], { deleted: true })
  await edit(({ training, model }) => ({
    model: { ...model, hidden: [256, 256] },
    training: { ...training, epochs: 300, earlyStopping: null },
  }))
  pausedId = (await call['training.start']({ projectId })).id
  await until(
    () => call['runs.get']({ runId: pausedId }),
    ({ epoch }) => epoch >= 2,
  )
  await call['training.pause']({ runId: pausedId })
  await until(
    () => call['runs.get']({ runId: pausedId }),
    ({ state }) => state === 'paused',
  )
}, 240_000)

afterAll(async () => {
  await app.close()
  await other.close()
  rmSync(folder, { recursive: true, force: true })
})

let file: string
let opened: OpenedProject

test('a project goes as one file into another workspace, with every row and every byte', async () => {
  file = join(folder, 'rings.descent')
  const written = await app.handlers['projects.export']({ projectId, path: file, overwrite: false })
  expect(written).toMatchObject({ path: file, bytes: statSync(file).size, runs: 3, notes: [] })
  expect(readdirSync(app.context.scratch).filter((name) => name.startsWith('project-'))).toEqual([])
  const before = rowsOf(other.context.store)
  const filesBefore = filesIn(other)
  opened = await other.handlers['projects.import']({ path: file })
  expect(opened).toEqual({ projectId, name: 'Rings', runs: 3, notes: [] })

  // Without what does not go along: the other project, and the run that was deleted.
  const { store } = app.context
  const mine = rowsOf(store)
  const theirs = rowsOf(other.context.store)
  const gone = store.db.prepare<[], string>('SELECT id FROM runs WHERE deleted_at IS NOT NULL').pluck().get()!
  const decoy = store.db
    .prepare<[], string>(
      "SELECT id FROM projects WHERE name = 'Decoy' UNION SELECT datasets.id FROM datasets JOIN projects ON projects.id = project_id WHERE name = 'Decoy' UNION SELECT runs.id FROM runs JOIN projects ON projects.id = project_id WHERE projects.name = 'Decoy'",
    )
    .pluck()
    .all()
  const left = new Set(decoy)
  for (const { table } of copiedTables) {
    const added = theirs[table]!.filter((row) => !before[table]!.includes(row))
    const expected = mine[table]!.filter((row) => ![...left, gone].some((id) => row.includes(id)))
    if (table === 'search_trials') {
      // The trial is told of, and has no run any more.
      expect(added.map((row) => row.includes('"run_id",null'))).toContain(true)
      expect(added).toHaveLength(2)
    } else if (table === 'tensors' || table === 'files') {
      // The same original is there already, and a tensor may be.
      for (const row of added) expect(expected).toContain(row)
      expect(added.length).toBeGreaterThan(0)
    } else {
      expect([table, ...added]).toEqual([table, ...expected])
      expect([table, added.length > 0]).toEqual([table, true])
    }
  }
  const fresh = filesIn(other).filter((name) => !filesBefore.includes(name))
  expect(fresh).toHaveLength(1)
  expect(readFileSync(join(other.workspace, 'datasets', fresh[0]!))).toEqual(
    readFileSync(join(app.workspace, 'datasets', fresh[0]!)),
  )
})

test('it says the same there, its weights predict the same bits, and it can be undone', async () => {
  const [here, there] = [app.handlers, other.handlers]
  const { updatedAt: _, ...mine } = await here['projects.get']({ projectId })
  const { updatedAt: __, ...theirs } = await there['projects.get']({ projectId })
  expect(theirs).toEqual(mine)
  const { number: _n, ...run } = await here['runs.get']({ runId })
  const { number: _m, ...copy } = await there['runs.get']({ runId })
  expect(copy).toEqual(run)
  expect(await there['runs.curves']({ runId })).toEqual(await here['runs.curves']({ runId }))
  expect(weightsOf(other, runId, 'best')).toEqual(weightsOf(app, runId, 'best'))
  const known = await here['evaluate.run']({ runId, split: 'test' })
  other.context.store.db.prepare('DELETE FROM evaluations WHERE run_id = ?').run(runId)
  expect(await there['evaluate.run']({ runId, split: 'test' })).toEqual(known)
  const undone = await there['projects.undo']({ projectId })
  expect(undone.recipe!.training.epochs).toBe(12)
  await there['projects.redo']({ projectId })
})

test('a run goes on there to the bits that it comes to here', async () => {
  expect(await other.handlers['runs.get']({ runId: pausedId })).toMatchObject({ state: 'paused' })
  for (const of of [app, other]) await of.handlers['training.resume']({ runId: pausedId })
  const [here, there] = await Promise.all([ended(app, pausedId), ended(other, pausedId)])
  const apartFromSpeed = ({ throughput: _, ...metrics }: Record<string, number>) => metrics
  expect(apartFromSpeed(there.metrics)).toEqual(apartFromSpeed(here.metrics))
  expect(weightsOf(other, pausedId)).toEqual(weightsOf(app, pausedId))
}, 240_000)

test(
  'the same file once more is a second project, and neither knows of the other',
  { tags: 'thorough', timeout: 60_000 },
  async () => {
    const call = other.handlers
    const second = await call['projects.import']({ path: file })
    expect(second).toMatchObject({ name: 'Rings (2)', runs: 3 })
    expect(second.projectId).not.toBe(projectId)
    expect((await call['projects.list']({})).map(({ name }) => name)).toEqual([
      'Rings (2)',
      'Rings',
      'Theirs',
    ])
    const [first, copy] = await Promise.all(
      [projectId, second.projectId].map((id) => call['projects.get']({ projectId: id })),
    )
    expect(copy!.dataset!.id).not.toBe(first!.dataset!.id)
    expect({ ...copy!.dataset!.version, importId: '' }).toEqual({ ...first!.dataset!.version, importId: '' })
    const runs = await call['runs.list']({ projectId: second.projectId, filter: {} })
    expect(runs.runs.map(({ name }) => name)).toHaveLength(3)
    // No id of the first stands anywhere in the second.
    const all = JSON.stringify(rowsOf(other.context.store))
    expect(all.split(second.projectId).length).toBeGreaterThan(3)
    await call['projects.delete']({ projectId })
    const left = JSON.stringify(rowsOf(other.context.store))
    for (const id of [projectId, runId, pausedId, first!.dataset!.id]) expect(left).not.toContain(id)
    const finished = runs.runs.find(({ state, starred }) => state === 'finished' && starred)!
    other.context.store.db.prepare('DELETE FROM evaluations').run()
    const mine = await app.handlers['evaluate.run']({ runId, split: 'test' })
    expect({ ...(await call['evaluate.run']({ runId: finished.id, split: 'test' })), runId }).toEqual(mine)
  },
)

test('a copy beside the original stands by itself', { tags: 'thorough', timeout: 60_000 }, async () => {
  const call = app.handlers
  const before = rowsOf(app.context.store)
  const copy = await call['projects.duplicate']({ projectId })
  expect(copy).toMatchObject({ name: 'Rings (2)', runs: 3, notes: [] })
  await call['projects.delete']({ projectId: copy.projectId })
  // Nothing of it stays, and nothing of the original goes.
  expect(rowsOf(app.context.store)).toEqual(before)
  const again = await call['projects.duplicate']({ projectId })
  const kept = await call['projects.get']({ projectId: again.projectId })
  expect(filesIn(app)).toContain(`${kept.dataset!.version.importId}.parquet`)
  expect((await call['datasets.page']({ projectId: again.projectId, offset: 0, limit: 5 })).rows).toEqual(
    (await call['datasets.page']({ projectId, offset: 0, limit: 5 })).rows,
  )
})

test(
  'what was at work when it was written goes on there to the same bits',
  { tags: 'thorough', timeout: 240_000 },
  async () => {
    const { store } = app.context
    const call = app.handlers
    const { id: busyId } = await call['training.start']({ projectId, name: 'Busy' })
    await until(
      () => call['runs.get']({ runId: busyId }),
      ({ epoch }) => epoch >= 2,
    )
    store.db.prepare("UPDATE searches SET state = 'running' WHERE project_id = ?").run(projectId)
    const path = join(folder, 'busy.descent')
    await call['projects.export']({ projectId, path, overwrite: false })
    store.db.prepare("UPDATE searches SET state = 'finished' WHERE project_id = ?").run(projectId)
    const here = await ended(app, busyId)

    const { projectId: id } = await other.handlers['projects.import']({ path })
    const found = await other.handlers['runs.list']({ projectId: id, filter: {} })
    const busy = found.runs.find(({ name }) => name === 'Busy')!
    expect(busy.state).toBe('interrupted')
    expect(busy.epoch).toBeLessThan(here.epoch)
    expect((await other.handlers['search.list']({ projectId: id })).map(({ state }) => state)).toEqual([
      'interrupted',
    ])
    await other.handlers['training.resume']({ runId: busy.id })
    await ended(other, busy.id)
    expect(weightsOf(other, busy.id)).toEqual(weightsOf(app, busyId))
  },
)

test('a file is not written over unless that is asked for, nor into what the workspace works with', async () => {
  const write = (path: string, overwrite = false) =>
    app.handlers['projects.export']({ projectId, path, overwrite })
  const kept = readFileSync(file)
  expect((await refusal(write(file))).message).toMatch(/rings\.descent already exists/)
  expect(readFileSync(file)).toEqual(kept)
  await write(file, true)
  expect((await refusal(write(join(folder, 'rings.zip')))).message).toMatch(/ends with \.descent/)
  expect((await refusal(write(join(app.workspace, 'datasets', 'a.descent')))).message).toMatch(
    /inside the workspace/,
  )
  expect(existsSync(join(app.workspace, 'datasets', 'a.descent'))).toBe(false)
  const { path } = await app.handlers['projects.export']({ projectId, overwrite: false })
  expect(path).toBe(join(app.workspace, 'exports', 'rings.descent'))
})

test('a data file that is missing is told, by the export and by the import', async () => {
  const { dataset } = await app.handlers['projects.get']({ projectId })
  const name = `datasets/${dataset!.version.importId}.parquet`
  const at = join(app.workspace, ...name.split('/'))
  const bytes = readFileSync(at)
  rmSync(at)
  const path = join(folder, 'lacking.descent')
  const { notes } = await app.handlers['projects.export']({ projectId, path, overwrite: false })
  writeFileSync(at, bytes)
  expect(notes).toEqual([`1 file of its data is missing from the workspace and did not go along: ${name}.`])
  const { notes: told } = await other.handlers['projects.import']({ path })
  expect(told).toEqual([`1 file of its data was missing when it was exported: ${name}.`])
})

test('a project of version 0.1.0 goes along', { tags: 'thorough' }, async () => {
  const old = join(folder, 'old')
  cpSync(join(import.meta.dirname, '../store/fixtures/workspace-0.1.0'), old, { recursive: true })
  const former = await openApp(old)
  try {
    const [project] = await former.handlers['projects.list']({})
    const path = join(folder, 'flowers.descent')
    await former.handlers['projects.export']({ projectId: project!.id, path, overwrite: false })
    const { projectId: id } = await other.handlers['projects.import']({ path })
    expect(id).toBe(project!.id)
    const { runs } = await other.handlers['runs.list']({ projectId: id, filter: {} })
    expect(runs).toMatchObject([{ name: 'First', state: 'finished', epoch: 6 }])
    const split = 'test'
    const before = await former.handlers['evaluate.run']({ runId: runs[0]!.id, split })
    other.context.store.db.prepare('DELETE FROM evaluations').run()
    expect(await other.handlers['evaluate.run']({ runId: runs[0]!.id, split })).toMatchObject(before)
  } finally {
    await former.close()
  }
})

test('originals that two projects share stay with the one that is left', async () => {
  const path = join(folder, 'texts')
  mkdirSync(path)
  const lines = Array.from({ length: 40 }, (_, i) => `${i % 2 ? 'good' : 'bad'} a text of number ${i}`)
  writeFileSync(join(path, 'train.txt'), lines.join('\n'))
  const { id: textId } = await app.handlers['projects.create']({ name: 'Texts' })
  const { dataset } = await app.handlers['datasets.import']({ projectId: textId, path })
  const to = join(folder, 'texts.descent')
  await app.handlers['projects.export']({ projectId: textId, path: to, overwrite: false })
  const original = join(other.workspace, 'datasets', 'originals', dataset!.receipt.files[0]!.sha256)
  const [first, second] = [
    await other.handlers['projects.import']({ path: to }),
    await other.handlers['projects.import']({ path: to }),
  ]
  expect(readFileSync(original, 'utf8')).toBe(lines.join('\n'))
  await other.handlers['projects.delete']({ projectId: first.projectId })
  const page = await other.handlers['datasets.page']({ projectId: second.projectId, offset: 0, limit: 9 })
  expect(page.rows).toHaveLength(9)
  await other.handlers['projects.delete']({ projectId: second.projectId })
  expect(existsSync(original)).toBe(false)
})

test('an export that is cancelled leaves nothing, beside its place or in the workspace', async () => {
  const { store, jobs, scratch } = app.context
  // Large enough to be written for a while.
  const name = `datasets/originals/${'0'.repeat(64)}`
  const at = join(app.workspace, ...name.split('/'))
  mkdirSync(dirname(at), { recursive: true })
  writeFileSync(at, randomBytes(64 << 20))
  const { dataset } = await app.handlers['projects.get']({ projectId })
  store.db.prepare('INSERT INTO files VALUES (?, NULL, 0)').run(name)
  store.db.prepare('INSERT INTO dataset_files VALUES (?, ?)').run(dataset!.id, name)
  const place = join(folder, 'cancelled')
  mkdirSync(place)
  const written = refusal(
    app.handlers['projects.export']({ projectId, path: join(place, 'a.descent'), overwrite: false }),
  )
  // A folder that is ended before it says whose it is stays, for nobody could tell.
  await until(
    () => Promise.resolve(readdirSync(place).flatMap((name) => readdirSync(join(place, name)))),
    (found) => found.some((name) => name !== 'owner'),
  )
  jobs.cancel(jobs.list().find(({ kind }) => kind === 'export')!.id)
  expect((await written).code).toBe('cancelled')
  expect(readdirSync(place)).toEqual([])
  expect(readdirSync(scratch).filter((each) => each.startsWith('project-'))).toEqual([])
  store.db.prepare('DELETE FROM dataset_files WHERE path = ?').run(name)
  store.files.removeUnused()
})

test('an import that fails between its rows leaves none of them, and no file', async () => {
  const { store, scratch } = other.context
  const before = [rowsOf(store), filesIn(other)]
  store.db.exec(
    "CREATE TRIGGER full BEFORE INSERT ON run_tags BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
  )
  const failed = await refusal(other.handlers['projects.import']({ path: file }))
  store.db.exec('DROP TRIGGER full')
  expect(failed).toMatchObject({ code: 'storageFull' })
  expect([rowsOf(store), filesIn(other)]).toEqual(before)
  expect(readdirSync(scratch).filter((name) => name.startsWith('project-'))).toEqual([])
  const { projectId: id } = await other.handlers['projects.import']({ path: file })
  await other.handlers['projects.delete']({ projectId: id })
})

test('the file of a project is not taken for data', async () => {
  const { id } = await app.handlers['projects.create']({ name: 'Mistaken' })
  const mistaken = app.handlers['datasets.import']({ projectId: id, path: file })
  expect((await refusal(mistaken)).message).toMatch(/rings\.descent is a whole project, not the data of one/)
})

test('names count on', () => {
  expect(freeName('A', new Set())).toBe('A')
  expect(freeName('A', new Set(['A']))).toBe('A (2)')
  expect(freeName('A (2)', new Set(['A', 'A (2)']))).toBe('A (3)')
  expect(freeName('x'.repeat(200), new Set(['x'.repeat(120)]))).toBe(`${'x'.repeat(113)} (2)`)
  expect(freeName(' ', new Set())).toBe('Project')
})

test('every table of a workspace either goes with a project or is known to belong to none', () => {
  const { db } = app.context.store
  const tables = ['main', 'blobs'].flatMap((schema) =>
    db.prepare<[], string>(`SELECT name FROM ${schema}.sqlite_schema WHERE type = 'table'`).pluck().all(),
  )
  const listed = [...copiedTables.map(({ table }) => table), ...Object.keys(otherTables)]
  const forgotten = tables.filter((table) => !listed.includes(table))
  expect(
    forgotten,
    'A new table: say in store/copy-project.ts which of its rows are a project’s, or why none are.',
  ).toEqual([])
  expect(listed.filter((table) => !tables.includes(table))).toEqual([])
  // Numbers that refer to numbers of this database alone are found again by what they stand for.
  const kinds: Record<string, string> = { runs: 'run', series_names: 'series', setting_paths: 'setting' }
  for (const { table, schema = 'main', local = {} } of copiedTables)
    for (const { from, table: to } of db.pragma(`${schema}.foreign_key_list("${table}")`) as {
      from: string
      table: string
      to: string
    }[])
      if (from !== 'run_id' && kinds[to] !== undefined)
        expect([table, from, local[from]]).toEqual([table, from, kinds[to]])
})
