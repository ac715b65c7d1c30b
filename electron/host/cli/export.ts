/** `descent export`: a saved model in another format. */
import { existsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import {
  DescentError,
  exportFormats,
  familySchema,
  formatBytes,
  memberOf,
  type ExportFormat,
  type Exported,
} from '../../contract/index.ts'
import { exportModel } from '../deploy/exports/index.ts'
import { readModelFolder, type LoadedModel } from '../deploy/folder.ts'
import { hashOfImport } from '../datasets/hash-of-import.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import { isAddress } from '../remote/index.ts'
import { withScratch } from '../scratch.ts'
import { parseCommand, type ExploreCommand, type ExportCommand } from './args.ts'
import { openData, prepareOpened } from './open-data.ts'
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

/** The data that a model was trained on, prepared; null: they are not where its recipe says, or have changed since. */
async function preparedFor(
  { document: { provenance } }: LoadedModel,
  named: string | null,
  scratch: string,
): Promise<Prepared | null> {
  const { recipe, dataSha256 } = provenance
  const path = named ?? recipe.data.source.path
  if (named === null && (isAddress(path) || !existsSync(path))) return null
  const source = { ...recipe.data.source, path: isAddress(path) ? path : resolve(path) }
  const file = join(scratch, 'recipe.json')
  writeFileSync(file, JSON.stringify({ ...recipe, data: { ...recipe.data, source } }))
  const asked = parseCommand(['explore', file]) as ExploreCommand
  try {
    const opened = await openData(asked, join(scratch, 'data'))
    if (hashOfImport(opened.receipt) === dataSha256) return await prepareOpened(opened)
    if (named === null) return null
  } catch (error) {
    // A file that became another one is as good as none, unless somebody names it.
    if (named === null && error instanceof DescentError) return null
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
    const prepared = await preparedFor(model, command.data, scratch)
    return await exportModel(model, chosen, out, { prepared })
  })
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
