/** `descent export`: a saved model in another format. */
import { basename } from 'node:path'
import {
  exportFormats,
  familySchema,
  formatBytes,
  memberOf,
  type ExportFormat,
  type Exported,
} from '../../contract/index.ts'
import { exportModel } from '../deploy/exports/index.ts'
import { readModelFolder } from '../deploy/folder.ts'
import type { ExportCommand } from './args.ts'
import { parseValue } from '../recipes/overrides.ts'
import { plainSpaces } from './text-table.ts'
import { UsageError } from './usage-error.ts'

/** `preparation=false` as the format's settings. Errors: a UsageError for what the format has not. */
export function chosenFormat({ format, set }: Pick<ExportCommand, 'format' | 'set'>): ExportFormat {
  const { options } = memberOf(exportFormats, format)
  const settings = set.map((setting): [string, unknown] => {
    const equals = setting.indexOf('=')
    const name = setting.slice(0, Math.max(equals, 0)).trim()
    if (Object.hasOwn(options, name)) return [name, parseValue(setting.slice(equals + 1))]
    const known = Object.keys(options)
    throw new UsageError(
      `“${setting}” sets nothing of the format ${format}: ${known.length === 0 ? 'it has no settings' : `it has ${known.join(', ')}, each as NAME=VALUE`}.`,
      'export',
    )
  })
  const parsed = familySchema(exportFormats).safeParse({ format, ...Object.fromEntries(settings) })
  if (parsed.success) return parsed.data
  throw new UsageError(parsed.error.issues[0]?.message ?? 'The settings make no sense.', 'export')
}

export async function exportSaved(command: ExportCommand): Promise<Exported> {
  const chosen = chosenFormat(command)
  const model = await readModelFolder(command.model)
  return await exportModel(model, chosen, command.out ?? `${basename(model.path)}-${chosen.format}`)
}

const widest = (files: Exported['files']): number => Math.max(...files.map(({ name }) => name.length))

export const describeExport = ({ path, format, files, notes }: Exported): string =>
  [
    ...notes,
    `${memberOf(exportFormats, format).label} written to ${path}`,
    ...files.map(
      ({ name, bytes, description }) =>
        `  ${name.padEnd(widest(files))}  ${plainSpaces(formatBytes(bytes)).padStart(8)}  ${description}`,
    ),
    '',
  ].join('\n')
