import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultMissingValues, rowsBehindSchema, scatterSchema, type Column } from '../../contract/index.ts'
import { importTable } from '../kinds/table/import-table.ts'
import { glance, profileTable } from './profile.ts'
import { rowsBehind, type RowsWanted } from './rows-behind.ts'
import { scatter } from './scatter.ts'

let folder: string
const tables = new Map<string, { file: string; columns: Column[] }>()
async function made(name: string, text: string) {
  const path = join(folder, `${name}.csv`)
  const file = join(folder, `${name}.parquet`)
  writeFileSync(path, text)
  const { columns } = await importTable({ path, missingValues: defaultMissingValues, target: 'last' }, file)
  tables.set(name, { file, columns })
}
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-rows-'))
  const rows = Array.from({ length: 120 }, (_, i) => [
    i % 7 === 0 ? '' : i % 40,
    i % 2 ? 'Oak' : 'elm',
    `${(i * 37) % 60}.5`,
    i === 3 || i === 43 ? 'odd' : i % 2 ? 'a' : 'b',
  ])
  const header = 'size,tree,weight,y'
  await made('few', `${header}\n${rows.map((row) => row.join()).join('\n')}\n`)
  const wide = Array.from({ length: 260 }, (_, k) => `c${k}`)
  await made(
    'wide',
    `${wide.join()},y\n${rows.map((row, i) => `${wide.map((_, k) => (i * (k + 1)) % 17).join()},${row[3]}`).join('\n')}\n`,
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function behind(wanted: Partial<RowsWanted>, name = 'few') {
  const { file, columns } = tables.get(name)!
  return rowsBehindSchema.parse(
    await rowsBehind({ file }, columns, { where: [], offset: 0, limit: 500, ...wanted }),
  )
}

describe('rows behind', () => {
  it('what is missing, between, outside or among', async () => {
    const missing = await behind({ where: [{ is: 'missing', column: 'size' }] })
    expect(missing.numbers).toEqual(Array.from({ length: 18 }, (_, i) => 7 * i))
    const between = { is: 'between', column: 'size', low: 1, high: 3, closed: false } as const
    expect((await behind({ where: [between] })).numbers).toEqual([1, 2, 41, 81, 82])
    expect((await behind({ where: [{ ...between, closed: true }] })).numbers).toContain(3)
    const outside = await behind({ where: [{ is: 'outside', column: 'size', low: 1, high: 38 }] })
    expect(outside.rows.every(([size]) => size === 0 || size === 39)).toBe(true)
    const among = await behind({ where: [{ is: 'among', column: 'y', values: ['odd'] }] })
    expect(among.numbers).toEqual([3, 43])
    const both = await behind({ where: [between, { is: 'among', column: 'tree', values: ['Oak'] }] })
    expect(both.numbers).toEqual([1, 41, 81])
  })

  it('repeats stand together, and conflicts', async () => {
    const text = 'a,b,y\n1.5,x,yes\n2.5,x,no\n1.5,x,yes\n3.5,z,no\n2.5,x,yes\n'
    await made('repeats', text + Array.from({ length: 60 }, (_, i) => `${i + 10}.5,w,no\n`).join(''))
    expect((await behind({ where: [{ is: 'repeated' }] }, 'repeats')).numbers).toEqual([0, 2])
    expect((await behind({ where: [{ is: 'conflicting' }] }, 'repeats')).numbers).toEqual([1, 4])
    const { file, columns } = tables.get('repeats')!
    const { alerts } = await profileTable({ file }, columns)
    expect(alerts.find(({ name }) => name === 'conflictingLabels')).toMatchObject({
      columns: ['y'],
      evidence: { groups: 1, rows: 2 },
      rows: { is: 'conflicting' },
    })
  })

  it('named ones come as they were named, unless they are sorted', async () => {
    const where = [{ is: 'rows', rows: [9, 2, 5] }] as const
    expect((await behind({ where })).numbers).toEqual([9, 2, 5])
    const sort = { column: 'weight', descending: true }
    const sorted = await behind({ where, sort })
    expect(sorted.rows.map((row) => row[2])).toEqual([33.5, 14.5, 5.5])
    expect((await behind({ where: [{ is: 'rows', rows: [] }] })).total).toBe(0)
  })

  it('are found by a part of any cell, page by page', async () => {
    const found = await behind({ search: 'OAK', limit: 10, offset: 50 })
    expect(found.total).toBe(60)
    expect(found.rows).toHaveLength(10)
    expect((await behind({ search: "o'k" })).total).toBe(0)
  })

  it('have the numbers that they have in the import, whatever was dropped', async () => {
    const { file, columns } = tables.get('few')!
    const corrections = {
      cells: [{ row: 43, column: 'y', value: 'a' }],
      dropped: [0, 1],
      appended: [{ row: 120, values: { size: '5', tree: 'fir', weight: '1.5', y: 'odd' } }],
    }
    const wanted = { where: [{ is: 'among', column: 'y', values: ['odd'] }], offset: 0, limit: 9 } as const
    const page = await rowsBehind({ file, corrections }, columns, wanted)
    expect(page.numbers).toEqual([3, 120])
  })

  it('of wide tables, too', async () => {
    const found = await behind(
      { where: [{ is: 'between', column: 'c255', low: 16, high: 16, closed: true }], search: 'odd' },
      'wide',
    )
    expect(found.columns).toHaveLength(261)
    expect(found.numbers.every((row) => (row * 256) % 17 === 16)).toBe(true)
  })
})

describe('pictures', () => {
  it('draw every row of a small table, and say of how many', async () => {
    const { file, columns } = tables.get('few')!
    const { pictures } = await profileTable({ file }, columns)
    expect(pictures).toMatchObject({ rows: 120, of: 120, classes: ['b', 'a', 'odd'] })
    const tree = pictures!.against.find(({ column }) => column === 'tree')!
    expect(tree.bins.map(({ label, count, classes }) => [label, count, classes])).toEqual([
      ['elm', 60, [60, 0, 0]],
      ['Oak', 60, [0, 58, 2]],
    ])
    expect(pictures!.association.columns[0]).toMatchObject({ name: 'y', role: 'target' })
    expect(pictures!.missing.columns).toEqual(['size'])
    expect(pictures!.missing.shares.flat().reduce((sum, share) => sum + share * 2, 0)).toBeCloseTo(18, 10)
  })

  it('measure a target that is a number', async () => {
    await made(
      'line',
      `x,y\n${Array.from({ length: 90 }, (_, i) => `${i % 3},${i % 3 === 0 ? 1.5 : 3.25}`).join('\n')}\n`,
    )
    const { file, columns } = tables.get('line')!
    const { pictures } = await profileTable(
      { file },
      columns.map((column) => ({ ...column, kind: 'number' })),
    )
    const [x] = pictures!.against
    expect(x!.bins.map(({ count, mean, deviation }) => [count, mean, deviation])).toEqual([
      [30, 1.5, 0],
      [30, 3.25, 0],
      [30, 3.25, 0],
    ])
  })

  it('are drawn of wide tables within bounds', { tags: 'thorough' }, async () => {
    const { file, columns } = tables.get('wide')!
    const { pictures } = await profileTable({ file }, columns)
    expect(pictures!.association.columns).toHaveLength(40)
    expect(pictures!.association.left).toBeGreaterThan(200)
    expect(pictures!.map!.explained[0]).toBeGreaterThan(0)
  })

  it('of two columns and a color', async () => {
    const { file, columns } = tables.get('few')!
    const drawn = scatterSchema.parse(await scatter({ file }, columns, { x: 'size', y: 'tree', color: 'y' }))
    expect(drawn.x.values.slice(0, 3)).toEqual([null, 1, 2])
    expect(drawn.y.labels).toEqual(['elm', 'Oak'])
    expect(drawn.color!.values[3]).toBe(drawn.color!.labels.indexOf('odd'))
    await expect(scatter({ file }, columns, { x: 'no', y: 'tree', color: null })).rejects.toThrow('“no”')
  })

  it('at first of a part of the rows alone', async () => {
    const { file, columns } = tables.get('few')!
    expect((await glance({ file }, columns)).sampled).toBeNull()
    const part = await profileTable({ file }, columns, {}, { most: 30 })
    expect(part).toMatchObject({ sampled: 30, rows: 30 })
  })
})
