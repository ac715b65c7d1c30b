import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  begin,
  dataExports,
  exportFormats,
  shaping,
  targetsOf,
  type Project,
  type ShapingStep,
  type TableRecipe,
} from '../../contract/index.ts'
import { quickly } from '../../contract/testing.ts'
import { openApp, type App } from '../app.ts'
import { query, withDuckDB } from '../kinds/table/duckdb.ts'
import { hashOfFile } from '../store/index.ts'
import type { Handlers } from '../context.ts'

/** Steps through the handlers that the window calls, with real files, processes and database. */
let folder: string
let app: App
let call: Handlers

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-shape-'))
  app = await openApp(join(folder, 'workspace'))
  call = app.handlers
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

const write = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const rows = Array.from(
  { length: 120 },
  (_, i) =>
    `${(i * 37) % 101},${(i * 61) % 89},${['a', 'b', 'c'][i % 3]},${i % 4 < 2 ? 'high' : 'low'},${i % 7}`,
)
const data = ['x,y,key,level,rest', ...rows, ''].join('\n')

async function project(): Promise<string> {
  const { id } = await call['projects.create']({ name: 'Shape' })
  await call['datasets.import']({ projectId: id, path: write('data.csv', data), target: 'level' })
  return id
}
const recipeOf = ({ recipe }: Project): TableRecipe => {
  if (recipe?.kind !== 'table') throw new Error('The project has no table.')
  return recipe
}
const sum = begin(shaping, 'deriveColumn', { as: 'sum', expression: 'x + y' })
const large = begin(shaping, 'filterRows', { where: 'x > 20' })
const apply = async (projectId: string, shape: ShapingStep[], carry = true): Promise<Project> => {
  const { importId } = await call['datasets.previewShape']({ projectId, shape })
  return call['datasets.acceptImport']({ projectId, importId, carry })
}

test('steps are seen before they are applied, and what was set stays', async () => {
  const id = await project()
  const before = recipeOf(await call['projects.get']({ projectId: id }))
  const columns = before.data.columns.map((one) =>
    one.name === 'y' ? { ...one, role: 'ignore' as const } : one,
  )
  const training = { ...before.training, epochs: 3 }
  const set = { ...before, data: { ...before.data, columns }, training, backend: 'wasm' as const }
  await call['projects.setRecipe']({ projectId: id, recipe: set })

  const { shape, importId, comparison } = await call['datasets.previewShape']({
    projectId: id,
    shape: [large, sum],
  })
  expect(shape.steps.map(({ rows: [from, to] }) => [from, to])).toEqual([
    [120, shape.rows],
    [shape.rows, shape.rows],
  ])
  expect(shape.added).toEqual(['sum'])
  const at = shape.columns.indexOf('sum')
  expect(shape.first[0]?.[at]).toBe(Number(shape.first[0]?.[0]) + Number(shape.first[0]?.[1]))
  expect(comparison?.after.rows).toBe(shape.rows)
  // Nothing is done yet.
  expect((await call['projects.get']({ projectId: id })).dataset?.rows).toBe(120)

  const after = await call['datasets.acceptImport']({ projectId: id, importId, carry: true })
  const recipe = recipeOf(after)
  expect(after.dataset?.rows).toBe(shape.rows)
  expect(recipe.training.epochs).toBe(3)
  expect(targetsOf(recipe.data.columns).map(({ name }) => name)).toEqual(['level'])
  expect(recipe.data.columns.find(({ name }) => name === 'y')?.role).toBe('ignore')
  expect(recipe.data.columns.find(({ name }) => name === 'sum')).toMatchObject({
    kind: 'number',
    role: 'feature',
  })
  expect(recipe.data.source.shape).toHaveLength(2)
  expect(after.dataset?.version.sha256).not.toBe(after.dataset?.receipt.sha256)

  // Back by undo, and the steps with it.
  const undone = await call['projects.undo']({ projectId: id })
  expect(undone.dataset?.rows).toBe(120)
  expect(recipeOf(undone).data.source.shape).toBeUndefined()
  expect((await call['projects.redo']({ projectId: id })).dataset?.rows).toBe(shape.rows)
})

test('what cannot be done changes nothing', async () => {
  const id = await project()
  const wrong = begin(shaping, 'filterRows', { where: 'xx > 1' })
  await expect(call['datasets.previewShape']({ projectId: id, shape: [wrong] })).rejects.toThrow(
    /Step 1 of the shape.*no column “xx”/,
  )
  const constant = begin(shaping, 'filterRows', { where: "level = 'high'" })
  await expect(call['datasets.previewShape']({ projectId: id, shape: [constant] })).rejects.toThrow(
    /“level”|"level" has one value only/,
  )
  expect((await call['projects.get']({ projectId: id })).dataset?.rows).toBe(120)
})

test('corrections of rows that stay are carried over', async () => {
  const id = await project()
  const { dataset } = await call['projects.get']({ projectId: id })
  const kept = rows.findIndex((row) => Number(row.split(',')[0]) > 20)
  await call['datasets.correct']({
    projectId: id,
    datasetId: dataset!.id,
    corrections: [{ type: 'edit', row: kept, column: 'key', value: 'zz' }],
  })
  const { carried, lost } = await call['datasets.previewShape']({ projectId: id, shape: [large, sum] })
  expect(carried.cells).toBe(1)
  expect(lost).toEqual([])
})

test('a model has what it was joined with, and predicts without the file', { tags: 'thorough' }, async () => {
  const id = await project()
  const path = write('keys.csv', 'key,size\na,10\nb,20\nc,30\n')
  const join_ = begin(shaping, 'joinTable', { path, on: ['key'] })
  const shaped = await apply(id, [join_, sum])
  const recipe = quickly(recipeOf(shaped), shaped.dataset!.rows)
  const quick = { ...recipe, backend: 'wasm' as const, training: { ...recipe.training, epochs: 2 } }
  await call['projects.setRecipe']({ projectId: id, recipe: quick })
  const { id: runId } = await call['training.start']({ projectId: id })
  const finished = await (async () => {
    for (const deadline = Date.now() + 60_000; ;) {
      const run = await call['runs.get']({ runId })
      if (run.state === 'finished' || run.state === 'failed' || Date.now() > deadline) return run
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })()
  expect(finished.state, finished.error ?? '').toBe('finished')
  rmSync(path)
  // The steps are changed once more: what is kept takes the place of the file that is gone.
  const again = await apply(id, [join_, sum, large])
  expect(again.dataset?.columns.map(({ name }) => name)).toContain('size')

  // So it does where the file is read differently.
  const { path: from } = recipe.data.source
  const { importId } = await call['datasets.previewImport']({
    projectId: id,
    path: from,
    shape: [join_],
    header: 'first',
  })
  const differently = await call['datasets.acceptImport']({ projectId: id, importId, carry: true })
  expect(recipeOf(differently).data.source).toMatchObject({ header: 'first', shape: [join_] })

  const model = await call['deploy.save']({ runId, path: join(folder, 'model') })
  const kept = readdirSync(join(model.path, 'joined'))
  expect(kept).toEqual([`${recipe.data.source.joined?.[0]?.sha256}.parquet`])
  expect(model.files.map(({ description }) => description)).toContain('What is joined from keys.csv')
  expect(readFileSync(join(model.path, 'README.md'), 'utf8')).toMatch(
    /## Shape[^#]*1\. `Join keys\.csv on key`, found by `key = key`; the table is kept as `joined\/[^#]*2\. `sum = x \+ y`/,
  )
  for (const format of ['onnx', 'pytorch'] as const) {
    const { path: at } = await call['deploy.export']({
      projectId: id,
      modelPath: model.path,
      export:
        format === 'onnx' ? begin(exportFormats, format, { certificate: 50 }) : begin(exportFormats, format),
      path: join(folder, format),
    })
    expect(readFileSync(join(at, 'README.md'), 'utf8')).toMatch(/compute those that a file does not have/)
    if (format !== 'onnx') continue
    const { inputs } = JSON.parse(readFileSync(join(at, 'signature.json'), 'utf8')) as {
      inputs: { name: string; computed?: string }[]
    }
    expect(inputs.find(({ name }) => name === 'sum')?.computed).toBe('x + y')
  }
  const dataPath = write('new.csv', 'x,y,key,rest\n1,2,a,3\n4,5,b,6\n')
  const predicted = await call['deploy.predict']({ modelPath: model.path, dataPath })
  expect(predicted.rows).toBe(2)
  expect(predicted.notes.join('\n')).toMatch(/2 rows found a partner among 3 rows/)
  expect(readFileSync(predicted.outputPath, 'utf8')).toMatch(/^x,y,key,rest,/)
})

test('the data are written as they are after steps and corrections, with how they came to be', async () => {
  const id = await project()
  const shaped = await apply(id, [large, sum])
  const { dataset } = await call['datasets.correct']({
    projectId: id,
    datasetId: shaped.dataset!.id,
    corrections: [
      { type: 'edit', row: 0, column: 'key', value: 'b' },
      { type: 'drop', rows: [1] },
    ],
  })
  const as = (what: 'typed' | 'written' | 'prepared', file: 'csv' | 'parquet') =>
    call['datasets.export']({ projectId: id, export: begin(dataExports, what, { file }) })
  const typed = await as('typed', 'csv')
  expect(typed.rows).toBe(dataset!.rows)
  const lines = readFileSync(typed.path, 'utf8').trim().split('\n')
  expect(lines).toHaveLength(dataset!.rows + 1)
  expect(lines[0]).toBe('x,y,key,level,sum,rest')
  const first = lines[1]!.split(',')
  expect(first[2]).toBe('b')
  expect(Number(first[4])).toBe(Number(first[0]) + Number(first[1]))
  const about = JSON.parse(readFileSync(typed.about, 'utf8')) as Record<string, never>
  expect(about).toMatchObject({ as: 'typed', corrected: true, rows: dataset!.rows })
  expect(about.shape).toHaveLength(2)
  expect(about.sha256).toBe(hashOfFile(typed.path))

  const prepared = await as('prepared', 'csv')
  const [head = '', ...body] = readFileSync(prepared.path, 'utf8').trim().split('\n')
  expect(head).toMatch(/^row,split,x,.*target level$/)
  expect(body).toHaveLength(dataset!.rows)
  const splits = Map.groupBy(body, (line) => line.split(',')[1])
  const summary = await call['prepare.summary']({ projectId: id })
  expect(splits.get('train')).toHaveLength(summary.splits.train)
  expect(splits.get('test')).toHaveLength(summary.splits.test)
  // Standardized by the training rows: their mean is 0.
  const mean =
    splits.get('train')!.reduce((all, line) => all + Number(line.split(',')[2]), 0) / summary.splits.train
  expect(Math.abs(mean)).toBeLessThan(1e-6)

  for (const what of ['typed', 'written', 'prepared'] as const) {
    const { path, rows: count } = await as(what, 'parquet')
    const { path: csv } = await as(what, 'csv')
    const read = await withDuckDB((connection) =>
      query(
        connection,
        `SELECT count(*) AS n FROM (SELECT x::DOUBLE FROM '${path}' EXCEPT ALL SELECT x::DOUBLE FROM read_csv('${csv}', header = true))`,
      ),
    )
    expect(count).toBe(dataset!.rows)
    expect(Number(read[0]?.n)).toBe(0)
  }
})

test('a version says where steps look at cells that were corrected', async () => {
  const projectId = await project()
  const { dataset } = await apply(projectId, [sum])
  const { dataset: corrected } = await call['datasets.correct']({
    projectId,
    datasetId: dataset!.id,
    corrections: [{ type: 'edit', row: 0, column: 'x', value: '44' }],
  })
  const { notes } = await call['datasets.compareVersions']({
    projectId,
    before: dataset!.id,
    after: corrected!.id,
  })
  expect(notes).toEqual([expect.stringMatching(/^Cells of “x” differ, which steps of the shape look at/)])
})
