/** `descent export`: a saved model in another format. */
import { existsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import {
  DescentError,
  exportFormats,
  formatBytes,
  memberOf,
  type ExportFormat,
  type Exported,
} from '../../contract/index.ts'
import type { AtHand } from '../deploy/exports/at-hand.ts'
import { exportModel } from '../deploy/exports/index.ts'
import { readModelFolder, type LoadedModel } from '../deploy/folder.ts'
import { hashOfImport } from '../datasets/hash-of-import.ts'
import { isAddress } from '../remote/index.ts'
import { withScratch } from '../scratch.ts'
import { parseCommand, type ExploreCommand, type ExportCommand } from './args.ts'
import { openData, prepareOpened } from './open-data.ts'
import { chosenOf } from './chosen.ts'
import { plainSpaces } from './text-table.ts'
import { bar } from './progress.ts'

/** `preparation=false` as the format's settings. Errors: a UsageError for what the format has not. */
export const chosenFormat = ({ format, set }: Pick<ExportCommand, 'format' | 'set'>): ExportFormat =>
  chosenOf(exportFormats, format, set, 'export')

const absent = (why: string): AtHand => ({ prepared: null, why: `${why} Name the data with --data.` })

/** The data that a model was trained on, prepared. Errors: a DescentError for a file that somebody named and that is another. */
async function dataFor(
  { document: { provenance } }: LoadedModel,
  named: string | null,
  scratch: string,
): Promise<AtHand> {
  const { recipe, dataSha256 } = provenance
  const path = named ?? recipe.data.source.path
  if (named === null && isAddress(path)) return absent('They came from an address, which is not asked again.')
  if (named === null && !existsSync(path)) return absent(`There is no ${path} any more.`)
  const source = { ...recipe.data.source, path: isAddress(path) ? path : resolve(path) }
  const file = join(scratch, 'recipe.json')
  writeFileSync(file, JSON.stringify({ ...recipe, data: { ...recipe.data, source } }))
  const asked = parseCommand(['explore', file]) as ExploreCommand
  try {
    const opened = await openData(asked, join(scratch, 'data'))
    if (hashOfImport(opened.receipt) === dataSha256) return { prepared: await prepareOpened(opened) }
    if (named === null) return absent(`${path} has changed since.`)
  } catch (error) {
    // A file that became another one is as good as none, unless somebody names it.
    if (named === null && error instanceof DescentError) return absent(error.message)
    throw error
  }
  throw new DescentError(
    'badData',
    `${named} is not what the model was trained on: its contents differ. Give that file, or leave --data out.`,
    'data',
  )
}

export async function exportSaved(command: ExportCommand): Promise<Exported> {
  const chosen = chosenFormat(command)
  const model = await readModelFolder(command.model)
  const out = command.out ?? `${basename(model.path)}-${chosen.format}`
  return await withScratch(tmpdir(), async (scratch) => {
    let used = false
    const data = (): Promise<AtHand> => {
      used = true
      return dataFor(model, command.data, scratch)
    }
    const exported = await exportModel(model, chosen, out, { data, progress: compared }).finally(() =>
      compared(1),
    )
    if (used || command.data === null) return exported
    const { label } = memberOf(exportFormats, chosen.format)
    return {
      ...exported,
      notes: [
        ...exported.notes,
        `${command.data} was not opened: ${label} with these settings uses no rows.`,
      ],
    }
  })
}

/** On a terminal, a line that renews itself and is gone at the end. */
function compared(share: number): void {
  if (!process.stderr.isTTY) return
  process.stderr.write(share < 1 ? `\r\x1b[2K${bar(share)} compared with Descent` : '\r\x1b[2K')
}

const widest = (files: Exported['files']): number => Math.max(...files.map(({ name }) => name.length))

export const describeExport = ({ path, format, files, notes, certificate }: Exported): string =>
  [
    ...notes,
    `${memberOf(exportFormats, format).label} written to ${path}`,
    ...(certificate === null ? [] : [plainSpaces(certificate)]),
    ...files.map(
      ({ name, bytes, description }) =>
        `  ${name.padEnd(widest(files))}  ${plainSpaces(formatBytes(bytes)).padStart(8)}  ${description}`,
    ),
    '',
  ].join('\n')
