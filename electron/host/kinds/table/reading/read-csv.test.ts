import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Reading } from '../../../../contract/index.ts'
import { plainContext } from '../../kind.ts'
import { query, withDuckDB } from '../duckdb.ts'
import { convertTable } from './convert.ts'
import { loadCsv } from './read-csv.ts'

let folder: string
let count = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-read-csv-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const write = (data: string | Buffer): string => {
  const path = join(folder, `table${count++}.csv`)
  writeFileSync(path, data)
  return path
}

const loaded = (data: string | Buffer, reading: Partial<Reading> = {}) =>
  withDuckDB(async (connection, files) => {
    const options = { path: write(data), missingValues: ['NA'], ...reading }
    const raw = await loadCsv(connection, options, files, plainContext)
    const cells = raw.names.map((_, i) => `t${i}`).join(', ')
    const found = await query(connection, `SELECT ${cells} FROM ${raw.relation.sql}`)
    return { ...raw, cells: found.map((row) => Object.values(row)) }
  }, folder)

async function converted(data: string): Promise<string> {
  let text = ''
  const request = { path: write(data), reading: {}, missingValues: ['NA'], typed: false, names: false }
  await convertTable(
    request,
    async (chunks) => {
      for await (const chunk of chunks) text += chunk
    },
    plainContext,
  )
  return text
}

const lines = (n: number, line: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => `${line(i)}\n`).join('')

describe('rows', () => {
  const data = [
    ['1', '2'],
    ['3', '4'],
    ['5', '6'],
    ['7', '8'],
  ]
  const below = data.map((row) => `${row.join(',')}\n`).join('')
  it.each([
    ['a name over two lines', `"Weight\n(kg)",b\n${below}`, ['Weight\n(kg)', 'b']],
    ['the same with other line ends', `"Weight\n(kg)",b\n${below}`.replaceAll('\n', '\r\n'), null],
    ['the same below a comment', `# by hand\n"Weight\n(kg)",b\n${below}`, ['Weight\n(kg)', 'b']],
    ['the same below the name of the delimiter', `sep=,\n"Weight\n(kg)",b\n${below}`, ['Weight\n(kg)', 'b']],
    ['a quote that nothing closes', `"Report of May\n\na,b\n${below}`, ['a', 'b']],
    ['a quote within a remark', `The report says "May\n\na,b\n${below}`, ['a', 'b']],
    ['quoted names', `"a ""1""","b, 2"\n${below}`, ['a "1"', 'b, 2']],
  ])('are all there below %s', async (_, text, names) => {
    const read = await loaded(text)
    expect(read.cells).toEqual(data)
    if (names !== null) expect(read.names).toEqual(names)
  })

  it('may be longer than any line of the file', async () => {
    const long = lines(60_000, (i) => `this is line ${i} of a cell, as it was written`)
    const text = `id,text\n${lines(3000, (i) => (i === 2500 ? `${i},"${long}"` : `${i},"text ""${i}"""`))}`
    const read = await loaded(text)
    expect([read.rows, read.cells.length, read.rowsRejected]).toEqual([3000, 3000, 0])
    expect(read.cells[2500]).toEqual(['2500', long])
  })

  it('are none where they begin with a comment mark, however far down', async () => {
    const text = `a,b\n${lines(2500, (i) => (i > 2400 && i % 50 === 0 ? `!${i},left out` : `${i},x`))}`
    const { rows, notes } = await loaded(text, { comment: '!' })
    expect(rows).toBe(2499)
    expect(notes.join('\n')).toContain('Left out as a comment: line 2452')
    const found = `# made by hand\na,b\n${lines(2500, (i) => (i === 2400 ? '# it,said,"so' : `${i},x`))}`
    expect((await loaded(found)).rows).toBe(2499)
  })

  it('keep their quoted lines, however these look, in an import as in what is converted', async () => {
    const text = `id,text\n1,"Dear all\nhello, world\nbye"\n2,"ok"\n${lines(20, (i) => `${i + 3},"fine"`)}`
    const { cells, rowsChanged } = await loaded(text)
    expect(cells[0]).toEqual(['1', 'Dear all\nhello, world\nbye'])
    expect(rowsChanged).toBe(0)
    expect(await converted(text)).toBe(text.replaceAll('"ok"', 'ok').replaceAll('"fine"', 'fine'))
  })
})

it('says which encoding a file does not have', async () => {
  const bytes = Buffer.concat([
    Buffer.from('a,b\n1,x\n2,'),
    Buffer.from([0x80, 0xff]),
    Buffer.from('\n3,y\n'),
  ])
  await expect(loaded(bytes, { encoding: 'Shift-JIS' })).rejects.toMatchObject({
    code: 'badData',
    field: 'encoding',
    message: expect.stringContaining('is not encoded as Shift-JIS') as string,
  })
})

it('takes any delimiter for itself, also one that is called like something else', async () => {
  expect((await loaded('atoStringb\n1toString2\n3toString4\n', { delimiter: 'toString' })).names).toEqual([
    'a',
    'b',
  ])
})
