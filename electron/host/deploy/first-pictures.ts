/** The first pictures of what was predicted, to be looked at beside what is said of them. */
import type { Predictions } from '../../contract/index.ts'
import type { Frame, ImageColumn } from '../datasets/frame.ts'
import { pictureAddress } from '../pictures/show.ts'

/** More are looked at in their files. */
const mostPictures = 60
/** Pixels of the longer side. */
const side = 96

function oneOf({ pixels, channels, height, width, missing }: ImageColumn, row: number) {
  if (missing?.[row] === 1) return null
  const size = channels * height * width
  return { pixels: pixels.subarray(row * size, (row + 1) * size), channels, height, width }
}

/** As the network gets them, but no larger than a thumbnail. */
export async function firstPictures({ columns, rows }: Frame): Promise<Predictions['pictures']> {
  const first = Array.from({ length: Math.min(rows, mostPictures) }, (_, row) => row)
  return await Promise.all(
    columns
      .filter((column) => column.kind === 'image')
      .map(async (column) => ({
        column: column.name,
        shown: await Promise.all(
          first.map(async (row) => {
            const one = oneOf(column, row)
            return one && (await pictureAddress(one, side))
          }),
        ),
      })),
  )
}
