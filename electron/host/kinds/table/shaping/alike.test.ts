import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  begin,
  byNumbers,
  columnSchema,
  shaping,
  splits,
  type ShapingStep,
} from '../../../../contract/index.ts'
import { hashOfImport } from '../../../datasets/hash-of-import.ts'
import { plainContext } from '../../kind.ts'
import { withDuckDB } from '../duckdb.ts'
import { table } from '../index.ts'
import { readInputs } from '../read-inputs.ts'

let folder: string
let count = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-alike-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const write = (text: string): string => {
  const path = join(folder, `file${count++}.csv`)
  writeFileSync(path, text)
  return path
}

const rows = Array.from(
  { length: 40 },
  (_, i) => `${i};${i % 5 === 0 ? 'Rome' : 'Oslo'};${i},5;${['yes', 'no'][i % 2]}`,
)
const training = ['id;city;price;label', ...rows, ''].join('\n')

async function imported(shape: ShapingStep[], test?: string) {
  const place = { folder: join(folder, `place${count++}`), id: 'data' }
  const { mkdirSync } = await import('node:fs')
  mkdirSync(place.folder)
  const request = { path: write(training), shape, ...(test && { test: write(test) }) }
  return { place, ...(await table.import(request, place, plainContext)) }
}

const towns = () => write('town,size\nRome,2800000\nOslo,700000\n')
const steps = (): ShapingStep[] => [
  begin(shaping, 'filterRows', { where: 'price > 5' }),
  begin(shaping, 'deriveColumn', { as: 'twice', expression: 'price * 2' }),
  begin(shaping, 'joinTable', { path: towns(), on: ['city = town'] }),
  begin(shaping, 'deriveColumn', { as: 'unused', expression: "id || ''" }),
]

test('a test file goes through the same steps, understood as the training file was', async () => {
  const {
    receipt,
    rows: all,
    place,
    recipe,
  } = await imported(steps(), 'id;city;price;label\n1;Rome;7,5;yes\n2;Oslo;4,0;no\n3;Oslo;1.000;no\n')
  expect(receipt.shape?.[0]?.rows).toEqual([40, 35])
  // 1.000 is a thousand in a file that writes decimal commas, also where it stands alone.
  expect(receipt.test?.rows).toBe(2)
  expect(all).toBe(37)
  const page = await table.page(
    place,
    { id: 'data', receipt, rows: all, columns: recipe.data.columns },
    recipe,
    35,
    10,
  )
  const at = (name: string) => page.rows.map((row) => row[page.columns.indexOf(name)])
  expect(at('twice')).toEqual([15, 2000])
  expect(at('size')).toEqual([2800000, 700000])
  expect(receipt.notes.join('\n')).toMatch(/“Keep rows where price > 5” leaves 2 rows of 3/)
})

test('a test file of which no row goes through a step is told so', async () => {
  await expect(
    imported(
      [begin(shaping, 'filterRows', { where: 'price > 5' })],
      'id;city;price;label\n1;Rome;2,5;yes\n2;Oslo;1,5;no\n',
    ),
  ).rejects.toThrow(/None of the 2 rows of .* goes through “Keep rows where price > 5”/)
})

test('rows to predict go through what computes, and are all there', async () => {
  const { recipe, place } = await imported(steps())
  const used = recipe.data.columns.filter(({ name }) => ['twice', 'size', 'city'].includes(name))
  const columns = used.map((column) => columnSchema.parse(column)) as never
  const read = (text: string) =>
    withDuckDB(async (connection, files) => {
      const trained = { source: recipe.data.source, header: true, kept: place.folder }
      const { frame, names, notes } = await readInputs(
        connection,
        write(text),
        trained,
        columns,
        files,
        plainContext,
      )
      return { frame, names, notes: notes.join('\n') }
    })
  // Without the id, from which nothing is computed that the model needs; the price is below what training had.
  const { frame, names, notes } = await read('city;price\nOslo;1,5\nParis;2,5\n')
  expect(names).toEqual(['city', 'price'])
  expect(frame.rows).toBe(2)
  expect(frame.columns.map((column) => ('values' in column ? [...column.values] : column.name))).toEqual(
    expect.arrayContaining([
      [3, 5],
      [700000, NaN],
    ]),
  )
  expect(notes).toMatch(/Training had only rows that went through “Keep rows where price > 5”/)
  // A column that is called like a derived one is not taken for it.
  await expect(read('city;twice\nOslo;3\n')).rejects.toThrow(
    /lacks what the model computes its inputs from\. Step 2 .*no column “price”/,
  )
})

test('a row that cannot be computed is a gap of that row', async () => {
  const shape = [begin(shaping, 'deriveColumn', { as: 'l', expression: 'ln(price)' })]
  const { recipe, place } = await imported([
    begin(shaping, 'filterRows', { where: 'ln(price + 1) >= 0 AND price > 0.1' }),
    ...shape,
  ])
  const columns = recipe.data.columns.filter(({ name }) => name === 'l') as never
  const trained = { source: recipe.data.source, header: true, kept: place.folder }
  const { frame, notes } = await withDuckDB((connection, files) =>
    readInputs(connection, write('price;x\n1,0;a\n0,0;b\n'), trained, columns, files, plainContext),
  )
  expect(frame.columns.map((column) => 'values' in column && [...column.values])).toEqual([[0, NaN]])
  expect(notes.join('\n')).toMatch(/“l = ln\(price\)”: Missing in 1 row: cannot take logarithm of zero/)
})

test('numbers that only steps look at are to be written as in training', { tags: 'thorough' }, async () => {
  const { recipe, place } = await imported(steps())
  const columns = recipe.data.columns.filter(({ name }) => name === 'twice') as never
  const trained = { source: recipe.data.source, header: true, kept: place.folder }
  const read = (text: string) =>
    withDuckDB((connection, files) =>
      readInputs(connection, write(text), trained, columns, files, plainContext),
    )
  await expect(read('city;price\nOslo;a lot\nRome;few\n')).rejects.toThrow(
    /trained on numbers in "price".*e\.g\. "a lot"/,
  )
  const { notes } = await read('city;price\nOslo;a lot\nRome;1,5\n')
  expect(notes.join('\n')).toMatch(
    /"price": 1 of 2 values are no numbers as training had them, e\.g\. "a lot"/,
  )
})

test('what was joined is what was kept, and damage is told', async () => {
  const { recipe, place } = await imported(steps())
  const [kept] = readdirSync(join(place.folder, 'joined'))
  expect(kept).toBe(`${recipe.data.source.joined?.[0]?.sha256}.parquet`)
  writeFileSync(join(place.folder, 'joined', kept!), 'something else')
  const columns = recipe.data.columns.filter(({ name }) => name === 'size') as never
  const trained = { source: recipe.data.source, header: true, kept: place.folder }
  await expect(
    withDuckDB((connection, files) =>
      readInputs(connection, write('city;price\nOslo;1,5\n'), trained, columns, files, plainContext),
    ),
  ).rejects.toThrow(/joined from is missing in .*, or damaged/)
})

test('lists of row numbers do not go with steps that leave out rows', async () => {
  const { recipe, receipt, columns } = await imported([begin(shaping, 'filterRows', { where: 'price > 5' })])
  const split = begin(splits, byNumbers.name, { test: '1-3' })
  expect(() => table.validate({ ...recipe, split }, { columns, receipt })).toThrow(/would name other rows/)
})

test(
  'two joins that differ in a setting are two imports, and one from elsewhere is not',
  { tags: 'thorough' },
  async () => {
    const joined = async (options: object) => {
      const { receipt } = await imported([
        begin(shaping, 'joinTable', { path: towns(), on: ['city = town'], ...options }),
      ])
      return hashOfImport(receipt)
    }
    expect(await joined({ prefix: 'a_' })).toBe(await joined({ prefix: 'a_' }))
    expect(await joined({ prefix: 'a_' })).not.toBe(await joined({ prefix: 'b_' }))
  },
)

test('the same file is another import by other steps', async () => {
  const [first, second, none] = [
    await imported([begin(shaping, 'filterRows', { where: 'price > 5' })]),
    await imported([begin(shaping, 'filterRows', { where: 'price > 6' })]),
    await imported([]),
  ]
  expect(first.receipt.sha256).toBe(second.receipt.sha256)
  expect(hashOfImport(first.receipt)).not.toBe(hashOfImport(second.receipt))
  expect(hashOfImport(none.receipt)).toBe(none.receipt.sha256)
  expect(none.recipe.data.source).not.toHaveProperty('shape')
})
