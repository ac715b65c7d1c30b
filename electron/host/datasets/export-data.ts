/** Data as a file to go on with elsewhere: the present version, or what a network is given of it; and beside it how it came to be. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import packageJson from '../../../package.json' with { type: 'json' }
import {
  dataExports,
  DescentError,
  implementationOf,
  memberOf,
  type DataExport,
  type ExportedData,
  type Implementations,
  type Receipt,
  type Recipe,
} from '../../contract/index.ts'
import { checkOutput, writeAside, writeWhole } from '../deploy/output.ts'
import type { DataFolder, ReadContext } from '../kinds/index.ts'
import { tableVersionOf } from '../kinds/table/corrected-table.ts'
import { writeVersion } from '../kinds/table/write-version.ts'
import { writePrepared } from '../prepare/write-prepared.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import { hashOfImport } from './hash-of-import.ts'

/** Which data. */
export interface DataToExport {
  readonly place: DataFolder
  readonly receipt: Receipt
  readonly recipe: Recipe
  /** Files that said which data: what is written is not to take their place, nor that of the data's own. */
  readonly read?: readonly string[]
  /** Asked for only where it is written. */
  prepared(): Promise<Prepared>
}

export interface Content {
  readonly rows: number
  /** In the order in which they stand in the file. */
  readonly columns: readonly { readonly name: string; readonly about: string }[]
  readonly notes: readonly string[]
}

type Writer = (data: DataToExport, aside: string, context: ReadContext) => Promise<Content>

const ofVersion =
  (as: 'text' | 'value', file: 'csv' | 'parquet'): Writer =>
  ({ place, recipe }, aside, context) => {
    if (recipe.kind !== 'table')
      throw new DescentError(
        'badRequest',
        `Only tables are written as data; ${recipe.kind} are the files that they were imported from.`,
        'export',
      )
    return writeVersion(tableVersionOf(place), recipe.data.columns, { as, file }, aside, context)
  }

const implementations: Implementations<typeof dataExports, Writer> = {
  typed: ({ file }) => ofVersion('value', file),
  written: ({ file }) => ofVersion('text', file),
  prepared:
    ({ file }) =>
    async (data, aside, context) =>
      writePrepared(await data.prepared(), { file }, aside, context),
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk)
  return hash.digest('hex')
}

/** Errors: a DescentError where a file of the name is there already, or the data cannot be written so. */
export async function exportData(
  data: DataToExport,
  chosen: DataExport,
  path: string,
  context: ReadContext,
  overwrite = false,
): Promise<ExportedData> {
  const about = `${path}.json`
  // Both or neither.
  const { source } = data.recipe.data
  const joined = 'joined' in source ? (source.joined ?? []).map((one) => one.path) : []
  const test = 'test' in source && source.test !== undefined ? [source.test] : []
  const inputs = [source.path, data.receipt.path, ...test, ...joined, ...(data.read ?? [])]
  for (const input of inputs) for (const out of [about, path]) await checkOutput({ out, overwrite, input })
  let content: Content = { rows: 0, columns: [], notes: [] }
  const write = implementationOf(dataExports, implementations, chosen)
  await writeAside(path, async (aside) => void (content = await write(data, aside, context)), overwrite)
  const { rows, columns, notes } = content
  const { receipt, recipe, place } = data
  const { label, help } = memberOf(dataExports, chosen.as)
  const told = {
    format: 'descent-data',
    formatVersion: 1,
    writtenBy: `descent ${packageJson.version}`,
    file: basename(path),
    sha256: await hashOf(path),
    as: chosen.as,
    what: `${label}: ${help}`,
    rows,
    columns,
    source: { fileName: receipt.fileName, sha256: receipt.sha256 },
    /** Of the import after its steps; corrections come on top. */
    data: hashOfImport(receipt),
    corrected: place.corrections !== undefined,
    ...(receipt.shape && { shape: receipt.shape }),
    notes,
    recipe,
  }
  async function* text(): AsyncGenerator<string> {
    yield `${JSON.stringify(told, null, 2)}\n`
    await Promise.resolve()
  }
  await writeWhole(about, text(), overwrite)
  const { size } = await stat(path)
  return { path, about, rows, columns: columns.length, bytes: size, notes: [...notes] }
}
