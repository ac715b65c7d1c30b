/** What a backup is: an archive with the databases of a workspace, the files of its data and results, and a list of them. */
import { z } from 'zod'
import { backupEnding } from '../../contract/index.ts'
import { entryOf, readListOf, type FileEntry, type Unreadable } from '../archive/list.ts'
import type { ArchiveForm } from '../archive/unpack.ts'
import { isUploadFolder } from '../store/files.ts'
import { databases, hashInName, isDataFile } from '../projects/file/contents.ts'

export const listName = 'backup.json'
const formatName = 'descent-workspace'
const newestVersion = 1

/** How many files it names has to fit in memory. */
export const mostFiles = 1_000_000

/** Without its ending; sorted as the days are. */
export const backupName = (time = new Date()): string => `descent-${time.toISOString().slice(0, 10)}`

/** Of these all that is in them goes along: what people made of their runs. */
export const resultFolders = ['models', 'exports', 'predictions'] as const

/** Of a file or a folder; nothing that leads elsewhere. */
const isName = (name: string): boolean =>
  name !== '' && name !== '.' && name !== '..' && !/[\u0000-\u001f\ufffd/\\]/.test(name)

/** A place of a file in a workspace, of those that go along. */
export function isPlace(path: string): boolean {
  if (isDataFile(path)) return true
  const [folder, ...names] = path.split('/')
  if (names.length === 0 || !names.every(isName)) return false
  if (folder === 'uploads') return names.length === 2 && isUploadFolder(names[0]!)
  return resultFolders.some((each) => each === folder)
}

/** It lies where files of a workspace lie; its name may be one that no file can have everywhere. */
const isAmongPlaces = (path: string): boolean =>
  ['uploads', ...resultFolders].some((folder) => path.startsWith(`${folder}/`))

const mayHold = (path: string): boolean => isPlace(path) || databases.some((name) => name === path)

const listSchema = z.object({
  format: z.literal(formatName),
  version: z.literal(newestVersion),
  app: z.string(),
  writtenAt: z.string(),
  /** Where it lay: what is said of places in it is to be said of the new one. */
  workspace: z.string(),
  projects: z.int().min(0),
  runs: z.int().min(0),
  files: z.array(entryOf((path) => mayHold(path) || isAmongPlaces(path))),
})
export type BackupList = z.infer<typeof listSchema>

export const listOf = (
  about: Pick<BackupList, 'app' | 'workspace' | 'projects' | 'runs'>,
  files: readonly FileEntry[],
): BackupList => ({
  format: formatName,
  version: newestVersion,
  ...about,
  writtenAt: new Date().toISOString(),
  files: [...files],
})

function readList(text: string): BackupList | Unreadable {
  const list = readListOf(listSchema, text, {
    format: formatName,
    version: newestVersion,
    what: 'backup',
    name: listName,
  })
  if ('why' in list) return list
  const lacking = databases.find((name) => !list.files.some(({ path }) => path === name))
  return lacking === undefined ? list : { why: `is damaged: it has no ${lacking}` }
}

export const backupForm: ArchiveForm<BackupList> = {
  what: 'backup',
  ending: backupEnding,
  listName,
  other: {
    listName: 'project.json',
    why: 'is a single project, which opens where tables are opened, or by “descent project import”',
  },
  needs: databases,
  mayHold,
  mayLeave: isAmongPlaces,
  hashInName,
  readList,
}
