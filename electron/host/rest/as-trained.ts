/** How the data of a training were read, which what comes later is read by. */
import { picturesFound, type PictureReading, type Recipe } from '../../contract/index.ts'

/** How the table that was trained on spells what is missing. */
export const missingOf = ({ kind, data }: Recipe): readonly string[] =>
  kind === 'table' ? data.source.missingValues : []

/** How pictures became pixels. */
export const picturesOf = ({ data }: Recipe): PictureReading =>
  ('pictures' in data.source && data.source.pictures) || picturesFound
