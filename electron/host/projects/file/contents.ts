/** What a project's file is: an archive with a small workspace that holds this project alone, and a list of what is in it. */
import { z } from 'zod'

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

const entrySchema = z.strictObject({
  path: z.string().refine(mayHold),
  bytes: z.int().min(0),
  sha256: z.string().regex(new RegExp(`^${hash}$`)),
})
/** Later versions may say more of a project; what they hold otherwise, their number says. */
const listSchema = z.object({
  format: z.literal(formatName),
  version: z.literal(newestVersion),
  app: z.string(),
  exportedAt: z.string(),
  project: z.object({ id: z.string().refine(isUuid), name: z.string() }),
  files: z.array(entrySchema),
})
export type FileEntry = z.infer<typeof entrySchema>
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
export function readList(text: string): ProjectList | { readonly why: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { why: `is damaged: its ${listName} is no valid JSON` }
  }
  const head = z
    .object({ format: z.string(), version: z.number(), app: z.string().optional() })
    .safeParse(value)
  if (!head.success || head.data.format !== formatName)
    return { why: 'is no project file of Descent: what it holds is something else' }
  if (head.data.version > newestVersion)
    return {
      why: `was written by a newer version of Descent${head.data.app === undefined ? '' : ` (${head.data.app.slice(0, 20)})`}. Update Descent to open it`,
    }
  const list = listSchema.safeParse(value)
  if (!list.success) return { why: `is damaged: its ${listName} does not say what it should` }
  const paths = new Set(list.data.files.map(({ path }) => path))
  if (paths.size < list.data.files.length) return { why: `is damaged: its ${listName} names a file twice` }
  const lacking = databases.find((name) => !paths.has(name))
  return lacking === undefined ? list.data : { why: `is damaged: it has no ${lacking}` }
}
