/** OpenDocument spreadsheets. */
import { readOds } from 'hucre/ods'
import type { Format } from './format.ts'
import { loadSheet } from './sheets.ts'
import { isZip } from './unpack.ts'

/** The first file of the archive says what it is, unpacked, by the standard. */
const mimetype = 'application/vnd.oasis.opendocument.spreadsheet'

export const ods: Format = {
  recognizes: (head) => isZip(head) && head.subarray(0, 200).includes(mimetype),
  load: (connection, loading) => loadSheet(connection, loading, 'ods', (bytes) => readOds(bytes)),
}
