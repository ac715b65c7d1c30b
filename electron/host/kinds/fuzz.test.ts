/** Whatever is in a file: it is read, or refused in words. DESCENT_FUZZ says how many are tried, `npm run acceptance -- whole` tries 2,000. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DescentError, type DataKind, type RecipeOf } from '../../contract/index.ts'
import { kindOf, plainContext, recognize, type NewDataSource, type StoredData } from './index.ts'
import { prepareData } from '../prepare/prepare-data.ts'
import { fuzzCase, type FuzzCase } from './testing-fuzz.ts'
import { writeBands, writeFiles, writeQuestions } from './testing.ts'

const cases = Number(process.env.DESCENT_FUZZ ?? 25)
const chunk = 50

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-fuzz-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A model's knowledge of its inputs, for a question from a broken file. */
async function trained<K extends DataKind>(kind: K, path: string) {
  const place = { folder: join(folder, `trained-${kind}`), id: 'd' }
  writeFiles(place.folder, {})
  const { recipe, receipt } = await kindOf(kind).import({ path }, place, plainContext)
  const { preparation } = prepareData(await kindOf(kind).read(place, receipt, recipe as RecipeOf<K>), recipe)
  return { recipe, preparation, header: receipt.header, scratch: place.folder }
}
type Asked = Omit<NewDataSource<DataKind>, 'path'>
const askedOf: Partial<Record<DataKind, Asked>> = {}
beforeAll(async () => {
  const table = writeFiles(join(folder, 'table'), {
    'a.csv': `x,town,day,y\n${Array.from({ length: 40 }, (_, i) => `${i}.5,${i % 3},2024,${i % 2}\n`).join('')}`,
  })
  askedOf.table = (await trained('table', join(table, 'a.csv'))) as Asked
  askedOf.images = (await trained('images', writeBands(join(folder, 'images')))) as Asked
  askedOf.text = (await trained('text', writeQuestions(join(folder, 'text')))) as Asked
})

async function readAll({ seed, kind, named, question, files }: FuzzCase): Promise<void> {
  const at = writeFiles(join(folder, `case-${seed}`), {})
  const place = { folder: join(at, 'kept'), id: 'd' }
  writeFiles(place.folder, {})
  // Not by writeFiles, which packs what is called .gz.
  const data = join(at, 'data')
  writeFiles(data, {})
  const { writeFileSync } = await import('node:fs')
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(data, name), bytes)
  const path = named === null ? data : join(data, named)
  try {
    await refusing(async () => {
      const found = kindOf(await recognize(path, null, plainContext))
      const { receipt, columns, rows, recipe } = await found.import({ path }, place, plainContext)
      found.validate(recipe, { columns, receipt })
      const dataset: StoredData = { id: 'd', receipt, rows, columns }
      expect((await found.page(place, dataset, recipe, 0, 5)).rows.length).toBe(Math.min(5, rows))
      if (seed % 5 === 0) expect((await found.profile(place, dataset, recipe)).rows).toBe(rows)
    })
    if (seed % 3 === 0)
      await refusing(() =>
        kindOf(kind).readNew(
          { ...askedOf[kind]!, path: join(data, question) },
          async ({ frame: { rows }, cells }) => {
            let lines = 0
            for await (const _ of cells()) lines++
            expect(lines).toBe(rows)
          },
          plainContext,
        ),
      )
  } finally {
    rmSync(at, { recursive: true, force: true })
  }
}

async function refusing(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof DescentError) || error.code === 'internal') throw error
    // A sentence about the file, without what DuckDB or Node say to programmers.
    expect(error.message).toMatch(/[.”)]$/)
    expect(error.message).not.toMatch(/\bError:|LINE \d+:|read_csv|^\s*at /m)
  }
}

it.each(Array.from({ length: Math.ceil(cases / chunk) }, (_, i) => i * chunk))(
  'files from seed %i on are read or refused',
  async (from) => {
    for (let seed = from; seed < Math.min(from + chunk, cases); seed++) {
      const broken = fuzzCase(seed)
      try {
        await readAll(broken)
      } catch (error) {
        throw new Error(`Seed ${seed}, ${broken.story}: ${(error as Error).message}`, { cause: error })
      }
    }
  },
  600_000,
)
