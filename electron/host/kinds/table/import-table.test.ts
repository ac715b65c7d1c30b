import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultMissingValues, type Column } from '../../../contract/index.ts'
import { importTable, type ImportOptions } from './import-table.ts'
import { readPage } from './page.ts'
import { readFrame } from './read-frame.ts'

let folder: string
let count = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-import-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const write = (data: string | Buffer): string => {
  const path = join(folder, `table${count++}.csv`)
  writeFileSync(path, data)
  return path
}
const destination = () => join(folder, `data${count++}.parquet`)

async function imported(data: string | Buffer, options: Partial<ImportOptions> = {}) {
  const file = destination()
  const path = write(data)
  const result = await importTable({ path, missingValues: defaultMissingValues, ...options }, file)
  const page = (columns: Column[] = result.columns) =>
    readPage({ file }, columns, { offset: 0, limit: 100, total: result.rows })
  return { ...result, file, path, page, notes: result.receipt.notes.join('\n') }
}
const refused = async (data: string | Buffer, options: Partial<ImportOptions> = {}): Promise<string> => {
  const file = destination()
  const error = await importTable(
    { path: write(data), missingValues: defaultMissingValues, ...options },
    file,
  ).then(
    () => ({ code: 'imported', message: '' }),
    (caught: { code: string; message: string }) => caught,
  )
  expect(error.code).toBe('badData')
  expect(existsSync(file)).toBe(false)
  return error.message
}
const lines = (n: number, line: (i: number) => string, header = '') =>
  header + Array.from({ length: n }, (_, i) => `${line(i)}\n`).join('')
const kinds = (columns: readonly Column[]) => columns.map(({ name, kind, role }) => `${name}:${kind}:${role}`)

describe('what a column is', () => {
  it('finds yes and no, orders, times of day, and their order among classes, in wide tables too', async () => {
    for (const more of [0, 250]) {
      const fill = Array.from({ length: more }, (_, i) => `,${i}`).join('')
      const names = Array.from({ length: more }, (_, i) => `,f${i}`).join('')
      const { columns, notes, file } = await imported(
        lines(
          60,
          (i) =>
            [
              ['Yes', 'No', ''][i % 3],
              ['medium', 'low', 'high'][i % 3],
              ['25-34', '65+', '18-24', '35-64'][i % 4],
              `${i % 24}:${String(i % 60).padStart(2, '0')}`,
              ['red', 'green', 'blue'][i % 3],
            ].join(',') + `${fill},${['ja', 'nein'][i % 2]}`,
          `sold,level,age,at,color${names},answer\n`,
        ),
      )
      expect(columns.slice(0, 5)).toEqual([
        { name: 'sold', kind: 'boolean', role: 'feature', levels: ['No', 'Yes'] },
        { name: 'level', kind: 'ordered', role: 'feature', levels: ['low', 'medium', 'high'] },
        { name: 'age', kind: 'ordered', role: 'feature', levels: ['18-24', '25-34', '35-64', '65+'] },
        { name: 'at', kind: 'time', role: 'feature', parser: { parser: 'times' } },
        { name: 'color', kind: 'category', role: 'feature' },
      ])
      expect(columns.at(-1)).toMatchObject({ name: 'answer', kind: 'boolean', levels: ['nein', 'ja'] })
      expect(notes).toContain('"age" has an order (18-24 < 25-34 < 35-64 < 65+)')
      const frame = await readFrame({ file }, columns)
      expect(frame.columns.find(({ name }) => name === 'at')).toMatchObject({ kind: 'date' })
      expect(frame.columns.find(({ name }) => name === 'level')).toMatchObject({
        kind: 'category',
        levels: ['low', 'medium', 'high'],
      })
    }
  })

  it(
    'makes one class of numbers that are spelled in several ways, in wide tables too',
    { tags: 'thorough' },
    async () => {
      for (const more of [0, 250]) {
        const fill = Array.from({ length: more }, (_, i) => `,${i}`).join('')
        const names = Array.from({ length: more }, (_, i) => `,f${i}`).join('')
        const { task, notes, file, columns } = await imported(
          lines(40, (i) => `${i / 3}${fill},${['1', '0', '1.0', '0.0'][i % 4]}`, `x${names},label\n`),
        )
        expect(task).toBe('binary')
        expect(notes).toMatch(/"label" spells numbers in several ways, such as 0\.0: 20 cells are kept/)
        const target = (await readFrame({ file }, columns)).columns.find(({ name }) => name === 'label')
        expect(target?.kind === 'category' && target.categories).toEqual(['1', '0'])
      }
      const wide = Array.from({ length: 250 }, (_, i) => `,f${i}`).join('')
      const inOrder = await imported(
        lines(
          30,
          (i) => `r${i},${i / 7}${',0'.repeat(250)},${i === 3 ? '1.0' : i % 3}`,
          `name,x${wide},label\n`,
        ),
      )
      expect((await inOrder.page()).rows.map(([name]) => name)).toEqual(
        Array.from({ length: 30 }, (_, i) => `r${i}`),
      )
      const { notes } = await imported(lines(40, (i) => `${i / 3},${i % 2}.0`, 'x,label\n'))
      expect(notes).toBe('')
    },
  )

  it('reads marks for what is missing as values where they are classes, or all that a column has beside one other', async () => {
    const signs = (i: number) => (i % 3 ? '+' : '-')
    const { columns, notes, task, page } = await imported(
      lines(
        60,
        (i) => `${i / 7},${i % 2 ? 'None' : 'yes'},${i % 4 ? (i % 2 ? 'a' : 'b') : 'NA'},${signs(i)}`,
        'x,strand,c,y\n',
      ),
    )
    expect(columns.map(({ name, notMissing }) => [name, notMissing])).toEqual([
      ['x', undefined],
      ['strand', ['None']],
      ['c', undefined],
      ['y', ['-']],
    ])
    expect(task).toBe('binary')
    expect(notes).toContain('"y": “-” is a value here, not what stands for a missing one.')
    expect((await page()).rows.slice(0, 2)).toEqual([
      [0, 'yes', null, '-'],
      [expect.closeTo(1 / 7), 'None', 'a', '+'],
    ])
  })

  it('reads them as missing where a column of numbers does, and where a person says so', async () => {
    const rows = (gap: string) =>
      lines(60, (i) => `${i % 9 ? i / 7 : gap},${i % 3 ? (i % 2 ? 'a' : 'b') : '-'}`, 'x,y\n')
    const targets = async (text: string, options = {}) => {
      const { columns, rows: count, file } = await imported(text, options)
      const y = (await readFrame({ file }, columns)).columns[1]
      return [count, y?.kind === 'category' && [...y.categories].sort()]
    }
    expect(await targets(rows(''))).toEqual([60, ['-', 'a', 'b']])
    expect(await targets(rows('-'))).toEqual([60, ['a', 'b']])
    expect(await targets(rows(''), { marksAreGiven: true })).toEqual([60, ['a', 'b']])
  })

  it('keeps a row number along which the target changes, unless it is called an id', async () => {
    const series = (name: string, y: (i: number) => number) =>
      imported(lines(120, (i) => `${i + 1},${(i * 7) % 5},${y(i)}`, `${name},season,y\n`))
    const trend = (i: number): number => 3 * i + ((i * 7) % 5) / 3
    const { columns, notes } = await series('t', trend)
    expect(kinds(columns)[0]).toBe('t:number:feature')
    expect(notes).toContain('"t" numbers the rows, and "y" changes along it')
    expect(notes).not.toContain('identifies')
    expect(kinds((await series('row_id', trend)).columns)[0]).toBe('row_id:number:id')
    expect(kinds((await series('t', (i) => ((i * 37) % 101) / 7)).columns)[0]).toBe('t:number:id')
    // A sorted file's classes change along it as well, and tell nothing.
    expect(kinds((await series('t', (i) => Number(i > 60))).columns)[0]).toBe('t:number:id')
  })

  it('takes postal codes for codes, with extensions and where few begin with zero', async () => {
    const zip = (code: (i: number) => string) =>
      imported(lines(100, (i) => `${code(i % 40)},${i / 3},${i % 3 ? 'a' : 'b'}`, 'zip,x,y\n'))
    const padded = (i: number): string => String(1000 + i * 23).padStart(5, '0')
    const kind = async (code: (i: number) => string) => kinds((await zip(code)).columns)[0]
    expect(await kind((i) => (i % 9 ? padded(i) : `${padded(i)}-2218`))).toBe('zip:category:feature')
    expect(await kind((i) => (i === 1 ? '01023' : String(10_000 + i * 2023)))).toBe('zip:category:feature')
    expect(await kind((i) => String(10_000 + i * 2023))).toBe('zip:number:feature')
  })
})

describe('a good file', () => {
  it('gives a receipt, columns, a page and a frame', async () => {
    const text = lines(
      40,
      (i) => `${i % 3 ? i / 2 : '?'},${i % 2 ? 'red' : 'blue'},${i % 4 ? 'no' : 'yes'}`,
      'x,colour,y\n',
    )
    const { receipt, columns, task, rows, file, path, page } = await imported(text)
    expect(kinds(columns)).toEqual(['x:number:feature', 'colour:category:feature', 'y:boolean:target'])
    expect([task, rows]).toEqual(['binary', 40])
    expect(receipt).toMatchObject({
      path,
      bytes: text.length,
      sha256: createHash('sha256').update(text).digest('hex'),
      encoding: 'UTF-8',
      delimiter: ',',
      header: true,
      rowsRead: 40,
      rowsRejected: 0,
      notes: [],
    })
    expect((await page()).rows.slice(0, 2)).toEqual([
      [null, 'blue', 'yes'],
      [0.5, 'red', 'no'],
    ])
    const frame = await readFrame({ file }, columns)
    expect(frame.rows).toBe(40)
    expect(frame.columns[0]).toMatchObject({ kind: 'number', name: 'x' })
    expect([...(frame.columns[0] as { values: Float64Array }).values.slice(0, 3)]).toEqual([NaN, 0.5, 1])
    expect(frame.columns[1]).toMatchObject({ kind: 'category', categories: ['blue', 'red'] })
  })

  it('keeps the order of rows and prints categories as in the file when the user changes a kind', async () => {
    const { columns, file, page } = await imported(
      lines(5000, (i) => `${i},${(i % 3) + 1}.50,${i % 2 ? 2 : 4}`, 'n,grade,y\n'),
    )
    expect(columns[2]).toEqual({ name: 'y', kind: 'category', role: 'target' })
    const changed = columns.map((column): Column =>
      column.name === 'grade' ? { ...column, kind: 'category' } : { ...column, role: 'feature' },
    )
    const frame = await readFrame({ file }, changed)
    expect(frame.columns.slice(1).map((column) => column.kind === 'category' && column.categories)).toEqual([
      ['1.50', '2.50', '3.50'],
      ['4', '2'],
    ])
    expect((frame.columns[0] as { values: Float64Array }).values.every((value, i) => value === i)).toBe(true)
    expect((await page(changed)).rows[1]).toEqual([1, '2.50', '2'])
  })

  it('reads a category as numbers where the user says so', async () => {
    const { columns, file } = await imported(
      lines(30, (i) => `${i % 3 ? `0${i % 5}` : 'x'},${i}.5`, 'code,y\n'),
    )
    expect(columns[0]!.kind).toBe('category')
    const [code] = (await readFrame({ file }, [{ ...columns[0]!, kind: 'number' }])).columns
    expect([...(code as { values: Float64Array }).values.slice(0, 4)]).toEqual([NaN, 1, 2, NaN])
  })
})

describe('dialects', () => {
  it.each([
    ['semicolons and decimal commas', lines(20, (i) => `${i},5;${i % 2}`, 'a;y\n'), ';'],
    ['tabs', lines(20, (i) => `${i}.5\t${i % 2}`, 'a\ty\n'), '\t'],
    ['the hint of Excel', `sep=|\n${lines(20, (i) => `${i}.5|${i % 2}`, 'a|y\n')}`, '|'],
    ['quoted thousands', lines(20, (i) => `"1,00${i % 10}.5",${i % 2}`, 'a,y\n'), ','],
    ['carriage returns', lines(20, (i) => `${i}.5,${i % 2}`, 'a,y\n').replaceAll('\n', '\r'), ','],
    ['Windows line ends', lines(20, (i) => `${i}.5,${i % 2}`, 'a,y\n').replaceAll('\n', '\r\n'), ','],
    ['mixed line ends', `a,y\r\n${lines(20, (i) => `${i}.5,${i % 2}`)}`, ','],
    ['blank lines', `\n\na,y\n${lines(20, (i) => `${i}.5,${i % 2}\n`)}`, ','],
    ['a byte-order mark', `\ufeff${lines(20, (i) => `${i}.5,${i % 2}`, 'a,y\n')}`, ','],
    ['blanks around', lines(20, (i) => ` ${i}.5 , ${i % 2}`, 'a , y\n'), ','],
  ])('reads %s', async (_, text, delimiter) => {
    const { columns, rows, receipt, page } = await imported(text)
    expect([rows, receipt.delimiter, receipt.rowsRejected]).toEqual([20, delimiter, 0])
    expect(kinds(columns)).toEqual(['a:number:feature', 'y:category:target'])
    expect((await page()).rows[3]![0]).toBeCloseTo(text.includes('00') ? 1003.5 : 3.5)
  })

  it('takes quoted line breaks and quotes as they are', async () => {
    const { page } = await imported(`t,y\n"a\n""b""",1\nc,2\nc,1\n`, { header: 'first' })
    expect((await page()).rows[0]).toEqual(['a\n"b"', '1'])
  })

  it('names columns c1 to cN without a header', async () => {
    const { columns, receipt } = await imported(lines(20, (i) => `${i}.5,${i % 2}`))
    expect(columns.map(({ name }) => name)).toEqual(['c1', 'c2'])
    expect(receipt.header).toBe(false)
  })

  it('renames duplicate and blank headers', async () => {
    const { columns, notes } = await imported(lines(20, (i) => `${i}.5,${i}.1,${i}.2,${i % 2}`, 'a,,a,y\n'))
    expect(columns.map(({ name }) => name)).toEqual(['a', 'c2', 'a_2', 'y'])
    expect(notes).toContain('is called "a_2"')
  })
})

describe('encodings', () => {
  const text = lines(20, (i) => `${i % 2 ? 'Zürich' : 'Genève'},${i}.5`, 'città,y\n')
  const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le')
  it.each([
    ['UTF-8', Buffer.from(text)],
    ['Windows-1252', Buffer.from(text, 'latin1')],
    ['UTF-16LE', utf16],
    ['UTF-16LE', utf16.subarray(2)],
    ['UTF-16BE', Buffer.from(utf16).swap16()],
  ])('%s', async (encoding, bytes) => {
    const { receipt, columns, page } = await imported(bytes)
    expect(receipt.encoding).toBe(encoding)
    expect(columns[0]!.name).toBe('città')
    expect((await page()).rows.slice(0, 2).map(([city]) => city)).toEqual(['Genève', 'Zürich'])
  })

  it('rejects rows with broken UTF-8, with their line', async () => {
    const good = Buffer.from(text)
    const broken = Buffer.concat([
      good,
      Buffer.from([0x5a, 0xfc, 0x72, 0x2c, 0x31, 0x0a]),
      Buffer.from('Basel,3.5\n'),
    ])
    const { receipt, rows } = await imported(broken)
    expect([rows, receipt.rowsRejected]).toEqual([21, 1])
    expect(receipt.rejected[0]).toMatchObject({ line: 22, reason: 'bytes that are not valid UTF-8' })
  })
})

describe('bad rows', () => {
  it('are left out and listed with line and reason', async () => {
    const text = `a,b,y\n1,2,0\n"x\ny",2,1\n3,4\n5,6,1,9\nred,6\n${lines(20, (i) => `${i},${i},${i % 2}`)}`
    const { receipt, rows, notes } = await imported(text, { header: 'first' })
    expect([rows, receipt.rowsRejected, receipt.rowsChanged]).toEqual([23, 2, 1])
    expect(receipt.rejected).toEqual([
      { line: 6, reason: 'too many fields: 4 instead of 3', text: '5,6,1,9' },
      { line: 7, reason: 'too few fields: 2 instead of 3', text: 'red,6' },
    ])
    expect(notes).toContain('2 rows were left out')
  })

  it('that are short are filled up where their cells fit their columns, and told', async () => {
    const text = `a,b,y\n1,2,0\n3,4\n${lines(20, (i) => `${i},${i},${i % 2}`)}`
    const { receipt, page } = await imported(text)
    expect(receipt.changed).toEqual([
      { line: 3, reason: 'too few fields: 2 instead of 3; the others are empty', text: '3,4' },
    ])
    expect((await page()).rows[1]).toEqual([3, 4, null])
  })

  it('keep their commas where one column alone can hold them', async () => {
    const text = `n,address,day\n${lines(20, (i) => `${i},Main Street ${i},2020-01-${i + 10}`)}7,Long Lane 3, Rome,2020-02-03\n`
    const { receipt, page } = await imported(text, { target: 'n' })
    expect(receipt.changed).toMatchObject([
      { line: 22, reason: expect.stringContaining('“address”') as string },
    ])
    expect((await page()).rows[20]![1]).toBe('Long Lane 3, Rome')
  })

  it('are read without a quote that is never closed, and what it would have swallowed is told', async () => {
    const rows = (n: number) => lines(n, (i) => `${i % 3 ? 'red' : 'blue'},${i}.5,${i % 2}`)
    const { receipt, rows: read, page } = await imported(`a,b,y\n${rows(50)}"green,1.5,0\n${rows(349)}`)
    expect([read, receipt.rowsRejected]).toEqual([400, 0])
    expect(receipt.changed).toEqual([
      {
        line: 52,
        reason:
          'a quote that is never closed, without which the row was read; it would have swallowed 349 lines',
        text: '"green,1.5,0',
      },
    ])
    expect((await page()).rows[50]).toEqual(['green', 1.5, '0'])
  })

  it('make the import fail when they are the most', async () => {
    const ragged = `a,b,c\n${lines(6, () => '1,2,3')}${lines(10, (i) => (i % 2 ? 'x' : `${i},red`))}`
    expect(await refused(ragged, { header: 'first' })).toMatch(
      /More than half of .* 10 of 16 rows\. Line 8: too/,
    )
  })
})

describe('useless files', () => {
  it.each([
    ['an empty file', '', 'is empty'],
    ['blank lines', '\n\n  \n', 'holds no rows'],
    ['binary data', Buffer.from(Array.from({ length: 500 }, (_, i) => i % 256)), 'not a text table'],
    ['a workbook', Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(200, 65)]), 'Excel workbook'],
    [
      'text with a zero byte far down',
      Buffer.concat([Buffer.from('a,b\n' + '1,2\n'.repeat(30_000)), Buffer.from([0])]),
      'zero byte',
    ],
  ])('%s', async (_, data, message) => expect(await refused(data)).toContain(message))

  it('a folder and a file that is not there', async () => {
    mkdirSync(join(folder, 'sub'), { recursive: true })
    await expect(
      importTable({ path: join(folder, 'sub'), missingValues: [] }, destination()),
    ).rejects.toThrow('is a folder')
    await expect(
      importTable({ path: join(folder, 'gone.csv'), missingValues: [] }, destination()),
    ).rejects.toThrow('There is no file')
  })
})

describe('tables that nothing can be predicted of', () => {
  it.each([
    ['a header alone', 'a,b,c\n', 0, 'a header but no rows'],
    ['one row', 'a,b\nx,1\n', 1, 'No column can be predicted'],
    ['one column', 'a\n1\n2\n', 2, 'one column only, “a”'],
    ['only constants', lines(20, () => '1,2', 'a,b\n'), 20, 'No column can be predicted'],
  ])('are imported, shown, and say what is missing: %s', async (_, data, rows, note) => {
    const { columns, notes, page, file, ...result } = await imported(data)
    expect(result.rows).toBe(rows)
    expect(notes).toContain(note)
    expect((await page()).rows).toHaveLength(rows)
    expect((await readFrame({ file }, columns)).rows).toBe(rows)
  })
})

describe('targets', () => {
  const table = lines(30, (i) => `row${i},${i}.5,7,,${i % 3},${i + 1}`, 'name,x,same,none,class,nr\n')
  it.each([
    ['class', 'class', 'classification'],
    ['5', 'class', 'classification'],
    ['x', 'x', 'regression'],
  ] as const)('%j', async (target, name, task) => {
    const result = await imported(table, { target })
    expect(result.task).toBe(task)
    expect(result.columns.find(({ role }) => role === 'target')!.name).toBe(name)
  })
  it('is the last column that can be predicted when none is asked for', async () => {
    const { columns } = await imported(table)
    expect(kinds(columns)).toEqual([
      'name:category:id',
      'x:number:feature',
      'same:number:ignore',
      'none:category:ignore',
      'class:category:target',
      'nr:number:id',
    ])
  })
  it.each([
    ['same', 'one value only'],
    ['none', 'no values'],
    ['last', 'identifies the rows'],
    ['name', 'identifies the rows'],
    ['nowhere', 'There is no column "nowhere"'],
  ])('refuses %j', async (target, message) => expect(await refused(table, { target })).toContain(message))
})

describe('odd tables', () => {
  it('two rows', async () => {
    const { rows, columns } = await imported('a,b\n1,2\n3,4\n')
    expect([rows, columns[1]!.role]).toEqual([2, 'target'])
  })
  it('infinities are missing, and said so', async () => {
    const { page, notes } = await imported(
      lines(
        30,
        (i) => `${i === 1 ? 'inf' : i === 2 ? '-Infinity' : i === 3 ? '1e999' : i / 2},${i % 2}`,
        'x,y\n',
      ),
    )
    expect((await page()).rows.slice(0, 5).map(([x]) => x)).toEqual([0, null, null, null, 2])
    expect(notes).toContain('"x": 3 infinite values are read as missing.')
  })
  it('a column of only missing values is ignored', async () => {
    const { columns, notes } = await imported(lines(30, (i) => `?,${i}.5,${i % 2}`, 'gone,x,y\n'))
    expect(columns[0]!.role).toBe('ignore')
    expect(notes).toContain('"gone" has no values')
  })
  it('5,000 columns', async () => {
    const wide = lines(
      12,
      (i) => `${Array.from({ length: 4999 }, (_, j) => (i * j) % 17).join(',')},${i % 2}`,
    )
    const { columns, file } = await imported(wide)
    expect(columns).toHaveLength(5000)
    const features = columns.filter(({ role }) => role === 'feature')
    expect((await readFrame({ file }, features)).columns).toHaveLength(features.length)
  }, 120_000)
})

describe('a large file', () => {
  it('is imported and read back at more than 10,000 rows a second', async () => {
    const text = lines(
      100_000,
      (i) => `${i},${(i * 7919) % 1000},${((i * 31) % 997) / 7},town ${i % 50},${i % 2 ? 'yes' : 'no'}`,
      'id,a,b,town,y\n',
    )
    // Computing, not waiting for what else the machine does.
    const before = process.cpuUsage()
    const { columns, rows, file } = await imported(text)
    const frame = await readFrame({ file }, [{ ...columns[0]!, role: 'feature' }, ...columns.slice(1)])
    expect(rows).toBe(100_000)
    expect(frame.rows).toBe(100_000)
    // Order is what a seeded split rests on: parallel reading and joins over the list of missing spellings must not disturb it.
    const [id] = frame.columns
    expect((id as { values: Float64Array }).values.findIndex((value, row) => value !== row)).toBe(-1)
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1e6).toBeLessThan(10)
  })
})

it('leaves nothing behind but its data', async () => {
  const before = readdirSync(folder).length
  const { file, path } = await imported(Buffer.from('a,y\n1.5,ü\n2.5,b\n3.5,ü\n', 'latin1'))
  await refused('')
  expect(readdirSync(folder).length).toBe(before + 3)
  expect([file, path].every((one) => readFileSync(one).length > 0)).toBe(true)
})

it('keeps cells as they were before they were protected from spreadsheets', async () => {
  const { page } = await imported(
    `c,y\n${Array.from({ length: 40 }, (_, i) => `${i % 2 ? "'=A" : 'b'},${i % 3}\n`).join('')}`,
  )
  expect((await page()).rows.slice(0, 2).map(([cell]) => cell)).toEqual(['b', '=A'])
})

it('takes marks that are numbers by their value, and says which stand nowhere', async () => {
  const row = (i: number) => `${i % 10 ? i * 1.5 : '-999'},${i % 7 ? i : '-999.0'},${i % 2 ? 'a' : 'b'}\n`
  const data = `s,t,y\n${Array.from({ length: 70 }, (_, i) => row(i)).join('')}`
  const given = { missingValues: ['-999', '-777'], marksAreGiven: true }
  const { file, columns, notes } = await imported(data, given)
  const gaps = (await readFrame({ file }, columns)).columns.map((column) =>
    column.kind === 'number' ? column.values.filter((value) => Number.isNaN(value)).length : 0,
  )
  expect(gaps).toEqual([7, 10, 0])
  expect(notes).toContain('“-777” stands nowhere in the table')
  expect(notes).not.toContain('“-999”')
})

it('takes whole numbers beyond 2⁵³ for codes', async () => {
  const data = `k,y\n${Array.from({ length: 60 }, (_, i) => `${10n ** 20n + BigInt(i % 20)},${i % 2 ? 'a' : 'b'}\n`).join('')}`
  const { columns, notes } = await imported(data)
  expect(columns[0]).toMatchObject({ name: 'k', kind: 'category' })
  expect(notes).toContain('beyond 2⁵³')
})
