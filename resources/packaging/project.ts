/** Reads what the contents of a package are found from. */
import { globSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import type { Project } from './contents.ts'
import { loadedFiles } from './loaded-files.ts'
import { readLock } from './lock-file.ts'
import { programs } from './programs-build.ts'

export function filesBelow(folder: string): string[] {
  return globSync('**/*', { cwd: folder, withFileTypes: true, exclude: (entry) => entry.name === '.cache' })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .split(sep)
        .join('/'),
    )
    .sort()
}

export async function readProject(root: string): Promise<Project> {
  return {
    loaded: await loadedFiles(root, Object.values(programs)),
    lock: readLock(root),
    list: (folder) =>
      statSync(join(root, folder), { throwIfNoEntry: false })?.isDirectory()
        ? filesBelow(join(root, folder))
        : null,
  }
}
