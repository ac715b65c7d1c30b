/** Where second tables are kept: below a folder of data, or of a model, by the hash of their bytes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Recipe } from '../../../../contract/index.ts'

export const joinedFolder = 'joined'
/** Below the folder, with `/` between the parts. */
export const joinedName = (sha256: string): string => `${joinedFolder}/${sha256}.parquet`
export const joinedFile = (folder: string, sha256: string): string =>
  join(folder, joinedFolder, `${sha256}.parquet`)

/** What a model of this recipe takes along, by the names that it has in the model's folder. */
export function joinedFilesOf(recipe: Recipe, folder: string): Record<string, Uint8Array> {
  const joined = recipe.kind === 'table' ? (recipe.data.source.joined ?? []) : []
  return Object.fromEntries(
    joined.map(({ sha256 }) => [joinedName(sha256), readFileSync(joinedFile(folder, sha256))]),
  )
}
