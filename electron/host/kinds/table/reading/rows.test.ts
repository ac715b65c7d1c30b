import { describe, expect, it } from 'vitest'
import { startLimits } from '../../../../contract/index.ts'
import { layoutOf } from './layout.ts'
import { joinCells } from './repair.ts'
import { RowReader } from './rows.ts'

function read(text: string) {
  const layout = layoutOf('/t.csv', { text, complete: true }, {}, ['NA'], startLimits)
  const reader = new RowReader(layout)
  const rows = reader.take(text.slice(layout.from), true)
  const { account } = reader
  return {
    names: layout.names,
    rows: rows.map(({ cells }) => cells.join('|')),
    lines: rows.map(({ line }) => line),
    notes: [...layout.notes, ...account.notes()].join('\n'),
    changed: account.changed.told,
    rejected: account.rejected.told,
  }
}
const table = (n: number, from = 0) =>
  Array.from({ length: n }, (_, i) => `${from + i},word ${from + i},${(from + i) % 3}.5\n`).join('')
const header = 'n,name,x\n'

describe('rows', () => {
  it('keep the lines of the file, over quoted line ends, comments and preambles', () => {
    const { lines, notes } = read('# made by hand\nTitle\n\nn,name,x\n1,"two\nlines",3\n# a remark\n2,b,4\n')
    expect(lines).toEqual([5, 8])
    expect(notes).toContain('“#” are comments: line 1 before the table')
    expect(notes).toContain('below line 2, which is left out: “Title”')
    expect(notes).toContain('Left out as a comment: line 7')
  })

  it('go on behind a repeated header and its title', () => {
    const { rows, notes } = read(`${header}${table(5)},,\nSecond part,,\n,,\n${header}${table(5, 5)}`)
    expect(rows).toHaveLength(10)
    expect(notes).toContain('the header stands there once more: line 10')
    expect(notes).toContain('as a title above the header that follows: line 8')
    expect(notes).toContain('no cell holds anything: lines 7 and 9')
  })

  it('are read once where a block says them again', () => {
    const { rows, notes } = read(`${header}${table(12)}${header}${table(12)}`)
    expect(rows).toHaveLength(12)
    expect(notes).toContain('the rows above are repeated there: 12 lines')
  })

  it('go on behind a repeated header in any number', () => {
    const rows = (n: number) => '1,2\n'.repeat(n)
    const { rows: found } = read(`n,x\n${rows(130_000)}n,x\n${rows(130_010)}`)
    expect(found).toHaveLength(260_010)
  })

  it('with a single cell wait for a header as titles do, but not many of them', () => {
    const text = `${header}${table(12)}\n${'7,,\n'.repeat(100)}`
    const layout = layoutOf('/t.csv', { text, complete: true }, {}, ['NA'], startLimits)
    const reader = new RowReader(layout)
    expect(reader.take(text.slice(layout.from), false).length).toBeGreaterThan(100)
    expect(reader.take('', true)).toEqual([])
  })

  it('end where a table with other columns begins', () => {
    const { rows, notes } = read(`${header}${table(12)}n,name,x,more\n1,a,2,3\n2,b,3,4\n`)
    expect(rows).toHaveLength(12)
    expect(notes).toContain('another table, with other columns, begins there: 3 lines, the first of them 14')
  })

  it('that are a footer are kept where they are rows, and left out and told where they are none', () => {
    const { rows, rejected } = read(`${header}${table(12)}\nSource: the office\n`)
    expect(rows).toHaveLength(12)
    expect(rejected).toEqual([
      { line: 15, reason: 'too few fields: 1 instead of 3', text: 'Source: the office' },
    ])
    expect(read(`${header}${table(12)},total,12.5\n`).rows).toHaveLength(13)
  })

  it('hold more cells where many do', () => {
    const { names, rows } = read('a,b\n1,2\n1,2,3\n4,5,6\n7,8\n1,2,3\n')
    expect(names).toEqual(['a', 'b', 'c3'])
    expect(rows).toEqual(['1|2|', '1|2|3', '4|5|6', '7|8|', '1|2|3'])
  })

  it('lose a delimiter too many where that makes their cells fit', () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${i},word,2020-01-${i + 10}\n`).join('')
    const { rows: read1, changed } = read(`n,name,day\n${rows}7,,word,2020-02-01\n`)
    expect(read1.at(-1)).toBe('7|word|2020-02-01')
    expect(changed).toMatchObject([{ line: 22 }])
  })

  it('of thousands of cells are joined as quickly as others', () => {
    const width = 4000
    const row = (i: number) => Array.from({ length: width - 1 }, (_, c) => `${i + c}`).concat(`word ${i}`)
    const names = row(0).map((_, c) => `n${c}x`)
    const text = [names, ...Array.from({ length: 10 }, (_, i) => row(i))]
      .map((cells) => cells.join(','))
      .join('\n')
    const { types, dialect } = layoutOf('/t.csv', { text, complete: true }, {}, [], startLimits)
    const cells = row(11).toSpliced(width - 1, 1, 'one', ' two')
    const began = performance.now()
    const joined = joinCells({ cells, opened: cells.map(() => -1) }, types, width, dialect)
    expect(performance.now() - began).toBeLessThan(200)
    expect([joined?.column, joined?.cells.length, joined?.cells.at(-1)]).toEqual([
      width - 1,
      width,
      'one, two',
    ])
  })

  it('with a quote too many are read without it', () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${i},"a, ${i}",2020-01-${i + 10}\n`).join('')
    const { rows: read1, changed } = read(`n,name,day\n"7,"a, b",2020-02-01\n${rows}`)
    expect(read1[0]).toBe('7|a, b|2020-02-01')
    expect(changed).toMatchObject([{ line: 2, reason: 'a quote too many, without which the row was read' }])
  })
})
