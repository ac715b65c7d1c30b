/** The labels of images, and what each is called. */
import { labelsOf, type Labels } from '../labeled.ts'
import type { DataFolder, ReadContext } from '../kind.ts'
import { readLabelTexts, type Files } from './kept.ts'

/** Without the pixels, which are most of the work. */
export async function readLabels(
  { folder, corrections }: DataFolder,
  files: Files,
  { limits }: ReadContext,
): Promise<Labels> {
  const [train, validation, test] = [
    await readLabelTexts(folder, files, 'train', limits),
    await readLabelTexts(folder, files, 'validation', limits),
    await readLabelTexts(folder, files, 'test', limits),
  ]
  return labelsOf([...train, ...validation], test, corrections, validation.length)
}

const numbered = /^image (\d+)$/

/** By its file, else by its number in the import. */
export const nameOfRow = (names: readonly string[] | null, row: number): string =>
  names?.[row] ?? `image ${row + 1}`

/** Its number in the import; null: that is no such name. */
export function rowOfName(name: string): number | null {
  const [, number] = numbered.exec(name) ?? []
  return number === undefined ? null : Number(number) - 1
}
