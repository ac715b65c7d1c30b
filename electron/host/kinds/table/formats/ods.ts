/** OpenDocument spreadsheets. What reads them is loaded where there is one to read. */
import type { Format } from './format.ts'
import { isZip } from './unpack.ts'

/** The first file of the archive says what it is, unpacked, by the standard. */
const mimetype = 'application/vnd.oasis.opendocument.spreadsheet'

export const ods: Format = {
  recognizes: (head) => isZip(head) && head.subarray(0, 200).includes(mimetype),
  async load(connection, loading) {
    const { readOds } = await import('hucre/ods')
    const { loadSheet } = await import('./sheets.ts')
    return await loadSheet(connection, loading, 'ods', (bytes) => readOds(bytes))
  },
}
