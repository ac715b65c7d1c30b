/** Data: files into datasets, datasets into frames. */
export type { Frame } from './frame.ts'
export { datasetsHandlers } from './handlers.ts'
export { importTable, type ImportOptions } from './import-table.ts'
export { readFrame } from './read-frame.ts'
export { datasetFile } from './repository.ts'
