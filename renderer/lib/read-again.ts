/** What a file is read with once more: as it was read before, but for what a person asked. */
import { readingNames } from '../../electron/contract/index.ts'
import type { DataSource, PictureReading, Reading } from '../../electron/contract/index.ts'

/** What a table’s source says of how it is read. */
export const readingOf = (source: DataSource): Partial<Reading> =>
  Object.fromEntries(readingNames.map((name) => [name, source[name]]))

export interface ReadAgain {
  readonly reading?: Reading
  readonly pictures?: PictureReading
}

/** `source`: of the recipe; only tables have a reading and a test file. */
export function againAs(
  source: Partial<DataSource> | undefined,
  asked: ReadAgain,
): Partial<Reading> & { test?: string; pictures?: PictureReading } {
  const read = asked.reading ?? source
  const pictures = asked.pictures ?? source?.pictures
  return {
    ...(read &&
      Object.fromEntries(readingNames.flatMap((name) => (name in read ? [[name, read[name]]] : [])))),
    ...(source?.test !== undefined && { test: source.test }),
    ...(pictures && { pictures }),
  }
}
