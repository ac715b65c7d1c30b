/** The files of a folder that was dropped: a browser hands out its entries, a part of each folder at a time. */
import type { FileInFolder } from './pack-folder.ts'

export const isFolder = (entry: FileSystemEntry | null): entry is FileSystemDirectoryEntry =>
  entry?.isDirectory ?? false

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile

/** Until a part is empty: Chromium gives a hundred at once. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (part.length === 0) return all
    all.push(...part)
  }
}

export async function filesIn(folder: FileSystemDirectoryEntry, above = ''): Promise<FileInFolder[]> {
  const path = `${above}${folder.name}/`
  const found: FileInFolder[] = []
  for (const entry of await entriesOf(folder))
    if (isFolder(entry)) found.push(...(await filesIn(entry, path)))
    else if (isFile(entry)) {
      const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject))
      found.push({ path: `${path}${entry.name}`, file })
    }
  return found
}
