import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Correction, DescentError, Project, Recipe, RunDetail } from '../../contract/index.ts'
import { quickly } from '../../contract/testing.ts'
import { openApp, type App } from '../app.ts'
import type { Handlers } from '../context.ts'
import { writeBands, writeQuestions } from '../kinds/testing.ts'
import { hashOfFile } from '../store/index.ts'

/** Versions through the handlers that the window calls, with real files, processes and database. */
let folder: string
let app: App
let call: Handlers

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-versions-'))
  app = await openApp(join(folder, 'workspace'))
  call = app.handlers
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

type Ready = Project & { recipe: Recipe; dataset: NonNullable<Project['dataset']> }

function ready(project: Project): Ready {
  if (project.recipe === null || project.dataset === null) throw new Error('The project has no data.')
  return { ...project, recipe: project.recipe, dataset: project.dataset }
}

/** Above 0.5 on the sum of x and y is high; a third column counts nothing. */
function table(name: string, rows = 200): string {
  const path = join(folder, name)
  const lines = Array.from({ length: rows }, (_, i) => {
    const [x, y] = [((i * 37) % 101) / 100, ((i * 61) % 89) / 88]
    return `${x},${y.toFixed(4)},${['red', 'green', 'blue'][i % 3]},${x + y > 1 ? 'high' : 'low'}`
  })
  writeFileSync(path, `x,y,color,level\n${lines.join('\n')}\n`)
  return path
}

async function projectOf(path: string): Promise<Ready> {
  const { id } = await call['projects.create']({ name: 'Versions' })
  const imported = ready(await call['datasets.import']({ projectId: id, path }))
  const recipe = quickly(imported.recipe, imported.dataset!.rows)
  const quick = { ...recipe, backend: 'wasm', training: { ...recipe.training, epochs: 3 } } as Recipe
  return ready(await call['projects.setRecipe']({ projectId: id, recipe: quick }))
}

const correct = async ({ id, dataset }: Ready, ...corrections: Correction[]): Promise<Ready> =>
  ready(await call['datasets.correct']({ projectId: id, datasetId: dataset.id, corrections }))

async function trained(projectId: string): Promise<RunDetail> {
  const { id: runId } = await call['training.start']({ projectId })
  for (const deadline = Date.now() + 60_000; ;) {
    const run = await call['runs.get']({ runId })
    if (run.state === 'finished') return run
    if (run.state === 'failed' || Date.now() > deadline) throw new Error(`${run.state}: ${run.error}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'not refused',
    (error: DescentError) => `${error.code}: ${error.message}`,
  )

describe('a corrected table', () => {
  it('is a version of its own, which runs name and are tested on whatever becomes of the data', async () => {
    const imported = await projectOf(table('path.csv'))
    expect(imported.dataset.version).toMatchObject({
      number: 1,
      sha256: imported.dataset.receipt.sha256,
      importedRows: 200,
    })
    const first = await trained(imported.id)
    expect(first).toMatchObject({ dataVersion: 1, dataSha256: imported.dataset.receipt.sha256 })

    // Half of the labels the other way round, in every split.
    const labels = (await call['datasets.page']({ projectId: imported.id, offset: 0, limit: 200 })).rows
    const turned = labels.flatMap(([, , , level], row): Correction[] =>
      row % 2 ? [] : [{ type: 'edit', row, column: 'level', value: level === 'high' ? 'low' : 'high' }],
    )
    const corrected = await correct(imported, ...turned, { type: 'drop', rows: [11, 13] })
    expect(corrected.dataset).toMatchObject({ rows: 198, version: { number: 2, importedRows: 200 } })
    expect(corrected.dataset.version.counts).toEqual({ cells: 100, dropped: 2, appended: 0 })
    const run = await trained(imported.id)
    expect(run).toMatchObject({ dataVersion: 2, dataSha256: corrected.dataset.version.sha256 })
    const validation = await call['evaluate.run']({ runId: run.id, split: 'validation' })

    const undone = ready(await call['projects.undo']({ projectId: imported.id }))
    expect(undone.dataset.version).toEqual(imported.dataset.version)
    // The result is not stored yet: it is computed now, on the data of the run.
    const test = await call['evaluate.run']({ runId: run.id, split: 'test' })
    const before = await call['evaluate.run']({ runId: first.id, split: 'test' })
    // Both are of the same rows, however they were corrected.
    expect([test.looks, before.looks]).toEqual([1, 2])
    expect(test.metrics).not.toEqual(before.metrics)

    app.context.store.db.prepare('DELETE FROM evaluations').run()
    expect(await call['evaluate.run']({ runId: run.id, split: 'validation' })).toEqual(validation)
    expect(await call['evaluate.run']({ runId: run.id, split: 'test' })).toEqual({ ...test, looks: 2 })
    await call['projects.redo']({ projectId: imported.id })
    app.context.store.db.prepare('DELETE FROM evaluations').run()
    expect(await call['evaluate.run']({ runId: run.id, split: 'test' })).toEqual({ ...test, looks: 2 })
    expect(await call['evaluate.run']({ runId: first.id, split: 'test' })).toEqual(before)
  })

  it('counts looks at the same test rows, whatever other settings are', { tags: 'thorough' }, async () => {
    const { id: projectId, recipe } = await projectOf(table('looks.csv'))
    const first = await trained(projectId)
    expect((await call['evaluate.run']({ runId: first.id, split: 'test' })).looks).toBe(1)
    const split = { ...recipe.split, train: 0.6, validation: 0.25 }
    await call['projects.setRecipe']({ projectId, recipe: { ...recipe, split } as Recipe })
    const second = await trained(projectId)
    expect((await call['evaluate.run']({ runId: second.id, split: 'test' })).looks).toBe(2)
    const other = { ...recipe, split: { ...recipe.split, seed: 9 } } as Recipe
    await call['projects.setRecipe']({ projectId, recipe: other })
    const third = await trained(projectId)
    expect((await call['evaluate.run']({ runId: third.id, split: 'test' })).looks).toBe(1)
  })

  it('leaves the file of the import alone, and keeps it as long as any version', async () => {
    const imported = await projectOf(table('kept.csv'))
    const file = join(app.workspace, 'datasets', `${imported.dataset.id}.parquet`)
    const hash = hashOfFile(file)
    const corrected = await correct(imported, { type: 'drop', rows: [0] })
    await correct(corrected, { type: 'append', rows: [{ x: '0.5', y: '0.1', color: 'red', level: 'low' }] })
    expect(hashOfFile(file)).toBe(hash)
    const files = readdirSync(join(app.workspace, 'datasets')).length
    await call['projects.delete']({ projectId: imported.id })
    expect(readdirSync(join(app.workspace, 'datasets'))).toHaveLength(files - 1)
  })

  it('is seen by every step', async () => {
    const imported = await projectOf(table('steps.csv'))
    const projectId = imported.id
    const before = await call['explore.profile']({ projectId })
    const prepared = await call['prepare.summary']({ projectId })
    const corrected = await correct(
      imported,
      { type: 'edit', row: 0, column: 'color', value: 'violet' },
      { type: 'drop', rows: [5, 6, 7] },
    )
    const after = await call['explore.profile']({ projectId })
    expect([before.rows, after.rows]).toEqual([200, 197])
    expect(after.columns.find(({ name }) => name === 'color')?.top.at(-1)).toEqual({
      value: 'violet',
      count: 1,
    })
    const summary = await call['prepare.summary']({ projectId })
    const total = ({ splits: { train, validation, test } }: typeof summary) => train + validation + test
    expect([total(prepared), total(summary)]).toEqual([200, 197])
    const page = await call['datasets.page']({ projectId, offset: 0, limit: 6 })
    expect(page.numbers).toEqual([0, 1, 2, 3, 4, 8])
    expect(page).toMatchObject({
      total: 197,
      corrected: [{ row: 0, column: 'color', was: 'red' }],
    })
    expect(page.rows[0]?.[2]).toBe('violet')

    // The stored profile is that of the version.
    const undone = ready(await call['projects.undo']({ projectId }))
    expect(undone.dataset.id).toBe(imported.dataset.id)
    expect(await call['explore.profile']({ projectId })).toEqual(before)
    expect(corrected.canUndo).toBe(true)
  })

  it('has a history that can be gone back to, and numbers that never come twice', async () => {
    const imported = await projectOf(table('history.csv'))
    const projectId = imported.id
    const second = await correct(imported, { type: 'edit', row: 1, column: 'x', value: '9' })
    const third = await correct(second, { type: 'drop', rows: [2] })
    const list = await call['datasets.versions']({ projectId })
    expect(list.map(({ number, madeFrom, current, rows }) => ({ number, madeFrom, current, rows }))).toEqual([
      { number: 3, madeFrom: 2, current: true, rows: 199 },
      { number: 2, madeFrom: 1, current: false, rows: 200 },
      { number: 1, madeFrom: null, current: false, rows: 200 },
    ])
    const compared = await call['datasets.compareVersions']({
      projectId,
      before: imported.dataset.id,
      after: third.dataset.id,
    })
    expect(compared).toMatchObject({
      added: 0,
      removed: 1,
      changed: 1,
      before: { number: 1 },
      after: { number: 3 },
    })
    expect(compared.cells).toEqual([{ row: 1, column: 'x', before: '0.37', after: '9' }])
    expect(compared.rows.removed[0]).toMatchObject({
      row: 2,
      cells: ['0.74', expect.any(String), 'blue', expect.any(String)],
    })
    expect(
      await call['datasets.compareVersions']({
        projectId,
        before: third.dataset.id,
        after: second.dataset.id,
      }),
    ).toMatchObject({ added: 1, removed: 0, changed: 0 })

    const back = ready(await call['datasets.useVersion']({ projectId, datasetId: second.dataset.id }))
    expect(back.dataset.version.number).toBe(2)
    expect(ready(await call['projects.undo']({ projectId })).dataset.version.number).toBe(3)

    await call['projects.undo']({ projectId })
    const original = ready(await call['projects.undo']({ projectId }))
    expect(original.dataset.version.number).toBe(1)
    // The same correction again is the same version, while it is still known; another one is a new one.
    expect(
      (await correct(original, { type: 'edit', row: 1, column: 'x', value: '9' })).dataset.version.number,
    ).toBe(2)
    const again = ready(await call['projects.undo']({ projectId }))
    const other = await correct(again, { type: 'edit', row: 1, column: 'x', value: '8' })
    expect(other.dataset.version.number).toBe(4)
    // Back by hand.
    expect((await correct(other, { type: 'edit', row: 1, column: 'x', value: '0.37' })).dataset.id).toBe(
      imported.dataset.id,
    )
  })

  it('is refused in words where something does not fit', async () => {
    const imported = await projectOf(table('refused.csv'))
    const attempt = (correction: Correction) => refusal(correct(imported, correction))
    expect(await attempt({ type: 'edit', row: 2, column: 'x', value: 'tall' })).toMatch(
      /^badData: “tall” does not fit the column "x" \(row 3\), which holds numbers\. Give a number/,
    )
    expect(await attempt({ type: 'edit', row: 200, column: 'x', value: '1' })).toMatch(
      /^badData: .*no row 201/,
    )
    expect(await attempt({ type: 'edit', row: 0, column: 'z', value: '1' })).toMatch(/no column "z"/)
    await correct(imported, { type: 'drop', rows: [0] })
    expect(await attempt({ type: 'drop', rows: [1] })).toMatch(
      /^conflict: The data has become version v2 meanwhile/,
    )
    expect(
      await refusal(call['datasets.useVersion']({ projectId: imported.id, datasetId: 'nothing' })),
    ).toMatch(/^notFound/)
  })
})

describe('labels', () => {
  it('of images are corrected, and images dropped with them', async () => {
    const imported = await projectOf(writeBands(join(folder, 'bands')))
    const projectId = imported.id
    const before = await call['prepare.summary']({ projectId })
    const corrected = await correct(
      imported,
      { type: 'edit', row: 0, column: 'label', value: '2' },
      { type: 'drop', rows: [1, 149] },
    )
    expect(corrected.dataset.rows).toBe(148)
    const page = await call['datasets.page']({ projectId, offset: 0, limit: 2 })
    expect(page).toMatchObject({
      rows: [
        ['image 1', '2'],
        ['image 3', '2'],
      ],
      numbers: [0, 2],
      corrected: [{ row: 0, column: 'label', was: '0' }],
    })
    const after = await call['prepare.summary']({ projectId })
    expect(after.splits.test).toBe(before.splits.test - 1)
    expect(after.splits.train + after.splits.validation).toBe(
      before.splits.train + before.splits.validation - 1,
    )
    expect((await trained(projectId)).dataVersion).toBe(2)
    expect(await refusal(correct(corrected, { type: 'append', rows: [{ label: '1' }] }))).toMatch(
      /Rows are appended to tables only/,
    )
    expect(await refusal(correct(corrected, { type: 'edit', row: 0, column: 'image', value: 'x' }))).toMatch(
      /only label can be changed/,
    )
  })

  it('of texts are corrected, and the texts themselves', async () => {
    const imported = await projectOf(writeQuestions(join(folder, 'questions')))
    const projectId = imported.id
    const corrected = await correct(
      imported,
      { type: 'edit', row: 1, column: 'label', value: 'HOW' },
      { type: 'edit', row: 2, column: 'text', value: 'how large is the moon ?' },
      { type: 'drop', rows: [0] },
    )
    const page = await call['datasets.page']({ projectId, offset: 0, limit: 2 })
    expect(page.rows.map(([text, label]) => [String(text).slice(0, 9), label])).toEqual([
      ['where is ', 'HOW'],
      ['how large', 'HOW'],
    ])
    expect((await call['explore.profile']({ projectId })).rows).toBe(113)
    expect(await refusal(correct(corrected, { type: 'edit', row: 1, column: 'label', value: ' ' }))).toMatch(
      /The label of row 2 cannot be empty/,
    )
  })
})

describe('a file that is imported again', () => {
  it('says what it has otherwise before it is the project’s data, and takes the corrections along', async () => {
    const path = table('again.csv')
    const imported = await projectOf(path)
    const projectId = imported.id
    await correct(
      imported,
      { type: 'edit', row: 10, column: 'color', value: 'violet' },
      { type: 'edit', row: 20, column: 'x', value: '0.123' },
      { type: 'drop', rows: [30, 31] },
    )
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    // Row 5 is gone, row 21 says something else, one is new; another column is there.
    const changed = [...lines.slice(0, 5), ...lines.slice(6), '0.5,0.25,red,low']
      .map((line, i) =>
        i === 0 ? `${line},shop` : `${i === 20 ? line.replace(/^[^,]*/, '0.9') : line},a${i % 3}`,
      )
      .join('\n')
    writeFileSync(path, changed)
    const preview = await call['datasets.previewImport']({ projectId, path, target: 'level' })
    expect(preview.comparison).toMatchObject({
      before: { number: 1, rows: 200 },
      after: { number: null, rows: 200 },
      columns: { added: ['shop'], removed: [], retyped: [] },
      added: 1,
      removed: 1,
      changed: 1,
      moved: 0,
      cells: [{ row: 19, column: 'x', after: '0.9' }],
    })
    expect(preview.carried).toEqual({ cells: 1, dropped: 2, appended: 0 })
    expect(preview.lost).toEqual(['row 21, x = “0.123”: the file says “0.9” there now.'])
    expect(ready(await call['projects.get']({ projectId })).dataset.version.number).toBe(2)

    const { importId } = preview
    const accepted = ready(await call['datasets.acceptImport']({ projectId, importId, carry: true }))
    expect(accepted.dataset).toMatchObject({ rows: 198, version: { number: 4, counts: preview.carried } })
    const page = await call['datasets.page']({ projectId, offset: 8, limit: 2 })
    expect(page.corrected).toMatchObject([{ row: 9, column: 'color' }])
    expect(await refusal(call['datasets.acceptImport']({ projectId, importId, carry: true }))).toMatch(
      /^notFound/,
    )
    expect(ready(await call['projects.undo']({ projectId })).dataset.version.number).toBe(2)
  })

  it('is nothing where it was discarded, and has nothing to be compared with where the data is of another kind', async () => {
    const imported = await projectOf(table('discarded.csv'))
    const projectId = imported.id
    const { importId, comparison } = await call['datasets.previewImport']({
      projectId,
      path: join(folder, 'discarded.csv'),
    })
    expect(comparison).toMatchObject({ added: 0, removed: 0, changed: 0, moved: 0 })
    await call['datasets.discardImport']({ projectId, importId })
    expect(readdirSync(app.context.scratch).filter((name) => name.startsWith('import-'))).toEqual([])
    const texts = await call['datasets.previewImport']({
      projectId,
      path: writeQuestions(join(folder, 'other')),
    })
    expect(texts).toMatchObject({ comparison: null, carried: { cells: 0 }, lost: [] })
    await call['datasets.acceptImport']({ projectId, importId: texts.importId, carry: false })
    expect(ready(await call['projects.get']({ projectId })).recipe.kind).toBe('text')
  })
})
