/**
 * What a killed process of version 0.1.0 left in the workspace. Today's processes work in folders that name their owner
 * (scratch.ts); these can be told by their exact names, places and contents alone.
 */
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { uuid } from './files.ts'

const folderHolding =
  (content: RegExp) =>
  (path: string): boolean =>
    lstatSync(path).isDirectory() && readdirSync(path).every((name) => content.test(name))

const file = (path: string): boolean => lstatSync(path).isFile()

const leftovers: readonly { folder: string; name: RegExp; isOurs: (path: string) => boolean }[] = [
  {
    folder: '.',
    name: /^\.probe-\d+$/,
    isOurs: (path) => file(path) && /^x?$/.test(readFileSync(path, 'latin1')),
  },
  ...['.', 'datasets'].flatMap((folder) => [
    { folder, name: /^\.import-[A-Za-z0-9]{6}$/, isOurs: folderHolding(/^normalised\.csv$/) },
    { folder, name: /^\.spill-[A-Za-z0-9]{6}$/, isOurs: folderHolding(/^duckdb_temp_/) },
  ]),
  { folder: 'datasets', name: new RegExp(`^${uuid}\\.parquet\\.partial$`), isOurs: file },
  { folder: 'datasets/originals', name: new RegExp(`^${uuid}\\.partial$`), isOurs: file },
]

/** Returns what was removed. Call while holding the workspace's lock: then none of these has a living owner. */
export function removeLeftovers(workspace: string): string[] {
  return leftovers.flatMap(({ folder, name, isOurs }) => {
    const place = join(workspace, folder)
    if (!existsSync(place)) return []
    return readdirSync(place)
      .filter((each) => name.test(each))
      .map((each) => join(place, each))
      .filter((path) => {
        if (!isOurs(path)) return false
        rmSync(path, { recursive: true, force: true })
        return true
      })
  })
}
