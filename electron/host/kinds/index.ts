/** Tables, images and text. */
import type { DataKind } from '../../contract/index.ts'
import { images } from './images/index.ts'
import type { KindOfData } from './kind.ts'
import { table } from './table/index.ts'
import { text } from './text/index.ts'

export { plainContext } from './kind.ts'
export type {
  Cell,
  CellPlace,
  DataFolder,
  Imported,
  ImportRequest,
  NewData,
  NewDataSource,
  ReadContext,
  StoredData,
  ValidateOptions,
  VersionPage,
} from './kind.ts'
export { locate, namedTargets, withNote } from './locate.ts'
export { recognize } from './recognize.ts'

const kinds: { readonly [K in DataKind]: KindOfData<K> } = { table, images, text }

export const kindOf = <K extends DataKind>(kind: K): KindOfData<K> => kinds[kind]
