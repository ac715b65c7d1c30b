/** The list of what is in an archive of ours: a JSON file in it, with the hash of every other one. */
import { z } from 'zod'

/** As the end of a sentence that begins with the file's name. */
export interface Unreadable {
  readonly why: string
}

export const entryOf = (mayHold: (path: string) => boolean) =>
  z.strictObject({
    path: z.string().refine(mayHold),
    bytes: z.int().min(0),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  })
export interface FileEntry {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

interface ListForm {
  readonly format: string
  /** The newest that this version reads. */
  readonly version: number
  readonly what: string
  /** Of the list in the archive. */
  readonly name: string
}

/** What the list says, or why it cannot be gone by. */
export function readListOf<List extends { readonly files: readonly FileEntry[] }>(
  schema: z.ZodType<List>,
  text: string,
  { format, version, what, name }: ListForm,
): List | Unreadable {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { why: `is damaged: its ${name} is no valid JSON` }
  }
  const head = z
    .object({ format: z.string(), version: z.number(), app: z.string().optional() })
    .safeParse(value)
  if (!head.success || head.data.format !== format)
    return { why: `is no ${what} of Descent: what it holds is something else` }
  if (head.data.version > version)
    return {
      why: `was written by a newer version of Descent${head.data.app === undefined ? '' : ` (${head.data.app.slice(0, 20)})`}. Update Descent to open it`,
    }
  const list = schema.safeParse(value)
  if (!list.success) return { why: `is damaged: its ${name} does not say what it should` }
  const paths = new Set(list.data.files.map(({ path }) => path))
  return paths.size < list.data.files.length
    ? { why: `is damaged: its ${name} names a file twice` }
    : list.data
}
