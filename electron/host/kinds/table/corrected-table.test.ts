import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Correction, Overlay, TableRecipe } from '../../../contract/index.ts'
import { withCorrections } from '../../datasets/overlay.ts'
import { profileTable } from '../../explore/profile.ts'
import { plainContext } from '../kind.ts'
import { fittingTable, tableCellsAsImported } from './correct-table.ts'
import { table } from './index.ts'
import { readPage } from './page.ts'
import { readFrame } from './read-frame.ts'
import { tableFileOf } from './table-file.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-corrected-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function imported(name: string, text: string) {
  const path = join(folder, `${name}.csv`)
  writeFileSync(path, text)
  const place = { folder, id: name }
  const { recipe, rows } = await table.import({ path }, place, plainContext)
  // A column that counts the rows would not be read at all.
  const columns = recipe.data.columns.map((column) =>
    column.role === 'id' ? { ...column, role: 'feature' as const } : column,
  )
  const all: TableRecipe = { ...recipe, data: { ...recipe.data, columns } }
  return { file: tableFileOf(place), recipe: all, rows }
}

/** 2,000 rows of so many columns of numbers, the last one a class: within and beyond what one relation holds as columns. */
const wide = (columns: number) =>
  imported(
    `wide-${columns}`,
    [
      Array.from({ length: columns }, (_, i) => `x${i}`).join(','),
      ...Array.from({ length: 2000 }, (_, row) =>
        [...Array.from({ length: columns - 1 }, (_, i) => row + i / 2), row % 2 ? 'odd' : 'even'].join(','),
      ),
    ].join('\n'),
  )

async function corrected({ file, recipe, rows }: Awaited<ReturnType<typeof imported>>, made: Correction[]) {
  const columns = recipe.data.columns.map(({ name }) => name)
  const overlay = withCorrections(
    { cells: [], dropped: [], appended: [] },
    await fittingTable(file, recipe, made),
    { rows, columns },
  )
  return { file, corrections: overlay }
}

const ofColumns = (count: number): void => {
  it('is read as its version has it, rows in order', async () => {
    const data = await wide(count)
    const [first, target] = ['x0', `x${count - 1}`]
    const version = await corrected(data, [
      { type: 'edit', row: 7, column: first, value: ' -1.5 ' },
      { type: 'edit', row: 1500, column: first, value: 'NA' },
      { type: 'edit', row: 9, column: target, value: 'even' },
      { type: 'drop', rows: [0, 1999, 40] },
      { type: 'append', rows: [{ [first]: '1e6', [target]: 'odd' }, {}] },
    ])
    const { rows, columns, imported } = await readFrame(version, data.recipe.data.columns)
    expect(rows).toBe(1999)
    const numbers = columns.find(({ name }) => name === first)!
    const expected = Array.from({ length: 2000 }, (_, row) => row).filter(
      (row) => ![0, 40, 1999].includes(row),
    )
    expect(numbers.kind === 'number' && [...numbers.values]).toEqual([
      ...expected.map((row) => (row === 7 ? -1.5 : row === 1500 ? NaN : row)),
      1e6,
      NaN,
    ])
    const classes = columns.find(({ name }) => name === target)!
    if (classes.kind !== 'category') throw new Error('The target is no category.')
    const classOf = (at: number) => classes.categories[classes.codes[at]!]
    expect([classOf(8), classOf(1997), classes.codes[1998]]).toEqual(['even', 'odd', -1])
    expect([...imported!.numbers]).toEqual([...expected, 2000, 2001])
    const [before] = imported!.targets
    expect(before?.kind === 'category' && before.codes.length).toBe(2000)

    const profile = await profileTable(version, data.recipe.data.columns)
    expect(profile.rows).toBe(1999)
    const measured = profile.columns.find(({ name }) => name === first)!
    expect(measured).toMatchObject({ missing: 2, numeric: { min: -1.5, max: 1e6 } })
    expect(profile.classBalance!.classes.reduce((sum, { count }) => sum + count, 0)).toBe(1998)
  })

  it('is shown page by page, with what was corrected', async () => {
    const data = await wide(count)
    const version = await corrected(data, [
      { type: 'edit', row: 1998, column: 'x0', value: '5' },
      { type: 'drop', rows: [1996] },
      { type: 'append', rows: [{ x0: '7' }] },
    ])
    const page = await readPage(version, data.recipe.data.columns, { offset: 1995, limit: 10, total: 2000 })
    expect(page.numbers).toEqual([1995, 1997, 1998, 1999, 2000])
    expect(page.rows.map(([cell]) => cell)).toEqual([1995, 1997, 5, 1999, 7])
    expect(page.rows.at(-1)!.at(-1)).toBeNull()
    expect(page.corrected).toEqual([{ row: 1998, column: 'x0', was: '1998' }])
  })
}
/** Beyond two hundred columns DuckDB is asked another way, which takes it longer. */
describe.each([3])('a table of %i columns', ofColumns)
describe.each([260])('a table of %i columns', { tags: 'thorough' }, ofColumns)

describe('new values', () => {
  const data = () =>
    imported(
      'kinds',
      'size;day;note\n' +
        Array.from(
          { length: 30 },
          (_, i) => `1.${100 + i},5;2024-01-${10 + (i % 20)};${i % 2 ? 'yes' : 'no'}`,
        ).join('\n'),
    )

  it('are written as the file writes them', async () => {
    const { file, recipe } = await data()
    const edit: Correction = { type: 'edit', row: 0, column: 'size', value: '2000.25' }
    expect(await fittingTable(file, recipe, [edit])).toEqual([{ ...edit, value: '2000,25' }])
    const version: { file: string; corrections: Overlay } = await corrected({ file, recipe, rows: 30 }, [
      edit,
    ])
    const [size] = (await readFrame(version, [{ ...recipe.data.columns[0]!, role: 'feature' }])).columns
    expect(size?.kind === 'number' && [...size.values.slice(0, 2)]).toEqual([2000.25, 1101.5])
    expect(
      await tableCellsAsImported(file, [
        { row: 0, column: 'size' },
        { row: 3, column: 'note' },
      ]),
    ).toEqual(['1.100,5', 'yes'])
  })

  it.each([
    ['size', 'big', '“big” does not fit the column "size" (row 3), which holds numbers. Give a number'],
    ['size', '1_000', '“1_000” does not fit the column "size"'],
    ['size', 'inf', '“inf” does not fit'],
    ['day', 'soon', '“soon” does not fit the column "day" (row 3), which holds dates. Give a date'],
  ])('are refused in %s: %s', async (column, value, reason) => {
    const { file, recipe } = await data()
    await expect(fittingTable(file, recipe, [{ type: 'edit', row: 2, column, value }])).rejects.toThrow(
      reason,
    )
    await expect(
      fittingTable(file, recipe, [{ type: 'append', rows: [{ [column]: value }] }]),
    ).rejects.toThrow('a new row')
  })
})
