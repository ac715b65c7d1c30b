/** CSV, TSV and their like: what `reading` is about. */
import { loadCsv } from '../reading/read-csv.ts'
import type { Format } from './format.ts'

export const text: Format = {
  // Whatever nothing else is: its reader says what it is instead.
  recognizes: () => true,
  load: async (connection, { file, options, files, context }) =>
    await loadCsv(connection, { ...options, path: file.path }, files, context),
}
