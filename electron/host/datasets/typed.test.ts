import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DescentError, Project, Recipe, TypedTable } from '../../contract/index.ts'
import { quickly } from '../../contract/testing.ts'
import { openApp, type App } from '../app.ts'
import type { Handlers } from '../context.ts'
import { readPasted } from './typed.ts'

let folder: string
let app: App
let call: Handlers
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-typed-'))
  app = await openApp(join(folder, 'workspace'))
  call = app.handlers
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

const table: TypedTable = {
  name: 'Tasting: 2024/25',
  columns: [
    { name: 'sugar', kind: 'number', role: 'feature' },
    { name: 'body', kind: 'ordered', role: 'feature', levels: ['light', 'medium', 'full'] },
    { name: 'cork', kind: 'boolean', role: 'feature', levels: ['no', 'yes'] },
    { name: 'bottled', kind: 'date', role: 'feature' },
    { name: 'liked', kind: 'boolean', role: 'target', levels: ['no', 'yes'] },
  ],
}
const columnsOf = ({ recipe }: Project) => recipe!.data.columns

describe('a table that is typed in', () => {
  it('is empty with its columns, takes pasted rows, and is trained on', async () => {
    const { id: projectId } = await call['projects.create']({ name: 'Wine' })
    const made = await call['datasets.create']({ projectId, table })
    expect(made.dataset).toMatchObject({ rows: 0, receipt: { fileName: 'Tasting  2024 25.csv' } })
    expect(columnsOf(made)).toEqual([
      { name: 'sugar', kind: 'number', role: 'feature' },
      { name: 'body', kind: 'ordered', role: 'feature', levels: ['light', 'medium', 'full'] },
      { name: 'cork', kind: 'boolean', role: 'feature', levels: ['no', 'yes'] },
      { name: 'bottled', kind: 'date', role: 'feature' },
      { name: 'liked', kind: 'boolean', role: 'target', levels: ['no', 'yes'] },
    ])
    expect(made.recipe).toMatchObject({ task: 'binary' })
    const lines = Array.from({ length: 90 }, (_, i) =>
      [
        i % 30,
        ['light', 'medium', 'full'][i % 3],
        ['no', 'yes'][i % 2],
        `2021-0${1 + (i % 9)}-1${i % 9}`,
        i % 30 > 14 ? 'yes' : 'no',
      ].join('\t'),
    )
    const pasted = await call['datasets.readPasted']({
      projectId,
      text: `sugar\tbody\tcork\tbottled\tliked\r\n${lines.join('\r\n')}\r\n`,
    })
    expect(pasted).toMatchObject({
      header: true,
      columns: ['sugar', 'body', 'cork', 'bottled', 'liked'],
      notes: [],
    })
    expect(pasted.cells).toHaveLength(90)
    const rows = pasted.cells.map((cells) =>
      Object.fromEntries(cells.map((cell, i) => [pasted.columns[i]!, cell])),
    )
    const appended = await call['datasets.correct']({
      projectId,
      datasetId: made.dataset!.id,
      corrections: [{ type: 'append', rows }],
    })
    expect(appended.dataset).toMatchObject({ rows: 90, version: { number: 2, importedRows: 0 } })
    const summary = await call['prepare.summary']({ projectId })
    expect(summary.splits.train + summary.splits.validation + summary.splits.test).toBe(90)
    expect(Math.min(...Object.values(summary.splits))).toBeGreaterThan(5)
    // What a step would be done to is the file, which has none of the rows.
    const step = { shaping: 'filterRows' as const, where: 'sugar > 3' }
    await expect(call['datasets.previewShape']({ projectId, shape: [step] })).rejects.toThrow(
      'Tasting  2024 25.csv has no rows of its own',
    )
    const recipe = { ...quickly(appended.recipe!, 90), backend: 'wasm' } as Recipe
    await call['projects.setRecipe']({
      projectId,
      recipe: { ...recipe, training: { ...recipe.training, epochs: 5 } } as Recipe,
    })
    const { id: runId } = await call['training.start']({ projectId })
    await expect
      .poll(async () => (await call['runs.get']({ runId })).state, { timeout: 60_000 })
      .toBe('finished')
  })

  it('refuses two columns of one name, and values that are none', async () => {
    const { id: projectId } = await call['projects.create']({ name: 'Wine' })
    const made = await call['datasets.create']({ projectId, table })
    const refused = await call['datasets.correct']({
      projectId,
      datasetId: made.dataset!.id,
      corrections: [{ type: 'append', rows: [{ sugar: 'sweet' }] }],
    }).catch((error: DescentError) => error.message)
    expect(refused).toContain('“sweet” does not fit the column "sugar"')
  })
})

describe('pasted text', () => {
  const names = ['a', 'b', 'c']
  it('is rows of cells, by their places or by the names above them', () => {
    expect(readPasted('1\t2\t3\n4\t5\t6', names)).toEqual({
      cells: [
        ['1', '2', '3'],
        ['4', '5', '6'],
      ],
      header: false,
      columns: names,
      notes: [],
    })
    expect(readPasted('c\tA\tx\n3\t1\t9\n', names)).toEqual({
      cells: [['3', '1', '9']],
      header: true,
      columns: ['c', 'a', null],
      notes: ['Not in the table, and left out: x.', 'Not pasted, and left empty: b.'],
    })
  })
  it('keeps what spreadsheets quote, and fills up short rows', () => {
    expect(readPasted('"two\nlines"\t"say ""hi"""\n1\n', names).cells).toEqual([
      ['two\nlines', 'say "hi"'],
      ['1', ''],
    ])
    expect(readPasted('1,5;2;3\n4,5;5;6\n7,5;8;9', names).cells[0]).toEqual(['1,5', '2', '3'])
  })
  it('keeps blank rows within, and one column in one piece', () => {
    expect(readPasted('1\t2\n\t\n3\t4\n\t\n', names).cells).toEqual([
      ['1', '2'],
      ['', ''],
      ['3', '4'],
    ])
    for (const text of ['1,5\n2,7', '10:30\n11:45', 'red car\nblue car', 'Hello, world\nand, you'])
      expect(readPasted(text, names).cells).toEqual(text.split('\n').map((line) => [line]))
    expect(readPasted('1\t2\t\n3\t4\t\n', ['x', 'y']).cells).toEqual([
      ['1', '2'],
      ['3', '4'],
    ])
  })
  it('knows names that differ in capitals, and refuses one name twice', () => {
    expect(readPasted('Age\tage\n1\t2', ['Age', 'age', 'y'])).toMatchObject({
      header: true,
      columns: ['Age', 'age'],
    })
    expect(() => readPasted('a\ta\n1\t2', names)).toThrow(/Two pasted columns are “a”/)
  })
  it('is refused where it has more columns than the table, or nothing', () => {
    expect(() => readPasted('1\t2\t3\t4', names)).toThrow(/4 columns, but the table has 3/)
    expect(() => readPasted(' \n\n', names)).toThrow(/no cells/)
  })
})
