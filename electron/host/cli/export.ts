/** `descent export`: a saved model in another format. */
import { tmpdir } from 'node:os'
import { basename } from 'node:path'
import {
  exportFormats,
  formatBytes,
  memberOf,
  type ExportFormat,
  type Exported,
} from '../../contract/index.ts'
import type { AtHand } from '../deploy/exports/at-hand.ts'
import { exportModel } from '../deploy/exports/index.ts'
import { readModelFolder } from '../deploy/folder.ts'
import { withScratch } from '../scratch.ts'
import type { ExportCommand } from './args.ts'
import { chosenOf } from './chosen.ts'
import { dataOfModel } from './model-data.ts'
import { plainSpaces } from './text-table.ts'
import { bar } from './progress.ts'

/** `preparation=false` as the format's settings. Errors: a UsageError for what the format has not. */
export const chosenFormat = ({ format, set }: Pick<ExportCommand, 'format' | 'set'>): ExportFormat =>
  chosenOf(exportFormats, format, set, 'export')

export async function exportSaved(command: ExportCommand): Promise<Exported> {
  const chosen = chosenFormat(command)
  const model = await readModelFolder(command.model)
  const out = command.out ?? `${basename(model.path)}-${chosen.format}`
  return await withScratch(tmpdir(), async (scratch) => {
    let used = false
    const data = (): Promise<AtHand> => {
      used = true
      return dataOfModel(model, command.data, scratch)
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
