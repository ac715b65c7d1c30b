/** What is at a path that a person named: of which kind it is, and where it is read from. */
import { stat } from 'node:fs/promises'
import type { DataKind } from '../../contract/index.ts'
import { tableOfPictures } from './images/labels-table.ts'
import { plainContext, type Imported, type ImportRequest, type ReadContext } from './kind.ts'
import { recognize } from './recognize.ts'

export interface Located {
  readonly kind: DataKind
  /** The one that was named, or a file in it. */
  readonly path: string
  /** What is likely to be predicted; absent: nothing tells. */
  readonly target?: string
  /** What has to be told of the choice. */
  readonly note?: string
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (at) => at.isDirectory(),
    () => false,
  )

/** What is known of the data before anybody looks. */
interface Wanted {
  /** That of a recipe, or what a network asked for reads; null: any. */
  readonly kind: DataKind | null
  /** Columns that somebody named to be predicted. */
  readonly targets: readonly string[]
}

/** The columns that somebody named; `last` and numbers name one in any table. */
export const namedTargets = (target: ImportRequest['target']): string[] =>
  [target ?? []].flat().filter((name) => name !== 'last' && !/^\d+$/.test(name))

/** `folder`: for temporary files. */
export async function locate(
  path: string,
  wanted: Wanted,
  folder: string,
  context: ReadContext,
): Promise<Located> {
  const kind = await recognize(path, wanted.kind, context)
  if (kind !== 'images' || wanted.kind === 'images' || !(await isFolder(path))) return { kind, path }
  // What the table itself has to tell, its own import tells.
  const table = await tableOfPictures(path, wanted.targets, folder, {
    ...plainContext,
    limits: context.limits,
  })
  if (table === null) return { kind, path }
  const { target, note } = table
  return { kind: 'table', path: table.path, ...(target !== null && { target }), note }
}

/** The import with what has to be told of its place, first. */
export const withNote = <I extends Pick<Imported, 'receipt'>>(imported: I, { note }: Located): I =>
  note === undefined
    ? imported
    : { ...imported, receipt: { ...imported.receipt, notes: [note, ...imported.receipt.notes] } }
