/** By what test rows are known, so that looks at them are counted whatever else changes. Migrations use it, too. */
import { createHash } from 'node:crypto'
import { storedRecipeSchema, type Recipe } from '../../contract/index.ts'

/** The same for the same rows, in any order. `numbers`: of rows, in the import. */
export const hashOfRows = (numbers: Int32Array): string =>
  createHash('sha256')
    .update(Uint8Array.from(new Uint8Array(numbers.toSorted().buffer)))
    .digest('hex')

/** The same settings on the same import have the same test: where no rows are at hand, and where corrections changed some. */
export const keyBySettings = (importId: string, { split, data }: Recipe): string =>
  JSON.stringify([importId, split, data.rows])

export const keyByRows = (importId: string, testRows: string): string => JSON.stringify([importId, testRows])

/** Of `[import, recipe]`, as JSON; of a recipe that cannot be read the settings are not known: nothing is like it. */
export function keyBySettingsOfText(text: string): string {
  const [importId, recipe] = JSON.parse(text) as [string, string]
  try {
    return keyBySettings(importId, storedRecipeSchema.parse(JSON.parse(recipe)))
  } catch {
    return ''
  }
}
