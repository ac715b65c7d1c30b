/** Some pictures of each class, to be looked at. */
import type { Gallery } from '../../../contract/index.ts'
import { evenlyTaken } from '../../datasets/taken.ts'
import { sortClasses } from '../../tasks/index.ts'
import type { DataFolder, ReadContext, StoredData } from '../kind.ts'
import { pageOf } from '../labeled.ts'
import { nameOfRow, readLabels } from './labels.ts'
import { readNames } from './kept.ts'

export async function galleryOf(
  place: DataFolder,
  { receipt }: Pick<StoredData, 'receipt'>,
  perClass: number,
  context: ReadContext,
): Promise<Gallery> {
  const labels = await readLabels(place, receipt.files, context)
  const names = await readNames(place.folder, receipt.files)
  const { codes, categories } = labels.labels
  const { numbers } = pageOf(labels, place.corrections, 0, codes.length)
  const rows = categories.map((): number[] => [])
  codes.forEach((code, row) => rows[code]?.push(row))
  const classes = sortClasses(categories).flatMap((label) => {
    const all = rows[categories.indexOf(label)] ?? []
    if (all.length === 0) return []
    const some = Array.from(evenlyTaken(perClass, all.length), (place) => numbers[all[place]!]!)
    return [{ label, count: all.length, numbers: some, names: some.map((at) => nameOfRow(names, at)) }]
  })
  return { classes: classes.sort((a, b) => b.count - a.count) }
}
