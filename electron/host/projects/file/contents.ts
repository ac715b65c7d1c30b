/** What a project's file is: an archive with a small workspace that holds this project alone, and a list of what is in it. */
import { z } from 'zod'
import { projectEnding } from '../../../contract/index.ts'
import { entryOf, readListOf, type FileEntry, type Unreadable } from '../../archive/list.ts'
import type { ArchiveForm } from '../../archive/unpack.ts'

export const listName = 'project.json'
export const databases = ['descent.db', 'checkpoints.db'] as const
/** Where the workspace keeps what was exported, unless another place was chosen. */
export const exportsFolder = 'exports'
const newestVersion = 1
export const formatName = 'descent-project'

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const hash = '[0-9a-f]{64}'
const tablePattern = new RegExp(`^datasets/(${uuid})\\.parquet$`)
const hashedPattern = new RegExp(`^datasets/(?:originals/(${hash})|joined/(${hash})\\.parquet)$`)
const uuidPattern = new RegExp(`^${uuid}$`)

export const isUuid = (text: string): boolean => uuidPattern.test(text)

/** The data set that the file is the table of; null: it is none. */
export const datasetOf = (path: string): string | null => tablePattern.exec(path)?.[1] ?? null
/** The hash that the file is called by; null: it is called by none. */
export function hashInName(path: string): string | null {
  const [, original, joined] = hashedPattern.exec(path) ?? []
  return original ?? joined ?? null
}
/** A place in which a workspace keeps files of data, and nothing that leads out of it. */
export const isDataFile = (path: string): boolean => datasetOf(path) !== null || hashInName(path) !== null
export const mayHold = (path: string): boolean => isDataFile(path) || databases.some((name) => name === path)

/** Later versions may say more of a project; what they hold otherwise, their number says. */
const listSchema = z.object({
  format: z.literal(formatName),
  version: z.literal(newestVersion),
  app: z.string(),
  exportedAt: z.string(),
  project: z.object({ id: z.string().refine(isUuid), name: z.string() }),
  files: z.array(entryOf(mayHold)),
})
export type ProjectList = z.infer<typeof listSchema>

export const listOf = (
  app: string,
  project: ProjectList['project'],
  files: readonly FileEntry[],
): ProjectList => ({
  format: formatName,
  version: newestVersion,
  app,
  exportedAt: new Date().toISOString(),
  project,
  files: [...files],
})

/** What the list says, or why it cannot be gone by, as the end of a sentence that begins with the file's name. */
export function readList(text: string): ProjectList | Unreadable {
  const list = readListOf(listSchema, text, {
    format: formatName,
    version: newestVersion,
    what: 'project file',
    name: listName,
  })
  if ('why' in list) return list
  const lacking = databases.find((name) => !list.files.some(({ path }) => path === name))
  return lacking === undefined ? list : { why: `is damaged: it has no ${lacking}` }
}

export const projectForm: ArchiveForm<ProjectList> = {
  what: 'project file',
  ending: projectEnding,
  listName,
  other: {
    listName: 'backup.json',
    why: 'is the backup of a whole workspace, which Settings and “descent restore” make a folder of',
  },
  mayHold,
  hashInName,
  readList,
}
