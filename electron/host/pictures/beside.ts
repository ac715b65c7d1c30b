/** Pictures that the cells of a table name: looked for in the folder from which the cells lead to them. */
import { realpath, stat } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { inOrder } from './in-order.ts'

/** Where a cell leads; null: out of the folder, where nobody is meant to look. */
export function pathIn(folder: string, cell: string): string | null {
  const path = resolve(folder, cell.trim().replaceAll('\\', sep))
  const way = relative(folder, path)
  return way === '' || way.startsWith('..') || isAbsolute(way) ? null : path
}

/** The path of the picture that a cell names; null: it is not there. */
export type FindPicture = (cell: string) => Promise<string | null>

/** In the first of these folders that has it; not by a link that leads out of it. */
export async function finderIn(folders: readonly string[]): Promise<FindPicture> {
  const roots = await Promise.all(folders.map((folder) => realpath(folder).catch(() => null)))
  return async (cell) => {
    for (const [i, folder] of folders.entries()) {
      const [root, path] = [roots[i], pathIn(folder, cell)]
      if (!root || path === null) continue
      const real = await realpath(path).catch(() => null)
      if (real === null || !real.startsWith(root + sep)) continue
      const is = await stat(real).catch(() => null)
      if (is?.isFile()) return path
    }
    return null
  }
}

/** Columns have hundred thousands of cells; a file system is asked for some at a time. */
const atOnce = 32

/** Of each cell, in their order. */
export const findEach = (cells: readonly string[], find: FindPicture): Promise<(string | null)[]> =>
  Array.fromAsync(inOrder(cells, atOnce, find))
