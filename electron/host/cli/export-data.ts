/** `descent export-data`: what the data are, or what a network is given of them, as a file to go on with elsewhere. */
import { tmpdir } from 'node:os'
import { extname } from 'node:path'
import { begin, dataExports, formatBytes, plural, type ExportedData } from '../../contract/index.ts'
import { exportData } from '../datasets/export-data.ts'
import { checkOutput } from '../deploy/output.ts'
import { withScratch } from '../scratch.ts'
import { shapeLines } from '../kinds/table/shaping/account.ts'
import type { ExportDataCommand } from './args.ts'
import { openData, prepareOpened } from './open-data.ts'
import { UsageError } from './usage-error.ts'
import { tell } from './for-terminal.ts'

const files = { '.csv': 'csv', '.parquet': 'parquet' } as const

export async function exportOpened(command: ExportDataCommand): Promise<ExportedData> {
  const { out, overwrite, as, input } = command
  const extension = extname(out).toLowerCase()
  if (!Object.hasOwn(files, extension))
    throw new UsageError(
      `The name of --out says what is written: .csv or .parquet; not “${out}”.`,
      'export-data',
    )
  const chosen = begin(dataExports, as, { file: files[extension as keyof typeof files] })
  const path = await checkOutput({ out, overwrite, input })
  return await withScratch(tmpdir(), async (scratch) => {
    const opened = await openData(command, scratch, { incomplete: true })
    const { receipt, recipe, place, context } = opened
    for (const line of shapeLines(receipt.shape)) tell(`${line}\n`)
    const data = { place, receipt, recipe, read: [input], prepared: () => prepareOpened(opened) }
    return await exportData(data, chosen, path, { ...context, scratch }, overwrite)
  })
}

export const describeExportedData = ({ path, about, rows, columns, bytes, notes }: ExportedData): string =>
  [
    ...notes,
    `${plural(rows, 'row')}, ${plural(columns, 'column')} written to ${path} (${formatBytes(bytes)})`,
    `How they came to be: ${about}`,
    '',
  ].join('\n')
