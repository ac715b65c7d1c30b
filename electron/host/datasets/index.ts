/** Data: files into datasets, datasets into frames. */
export type { CategoryColumn, Frame, FrameColumn, NumberColumn } from './frame.ts'
export { datasetsHandlers } from './handlers.ts'
export { importTable, type ImportOptions, type ImportResult } from './import-table.ts'
export { readFrame } from './read-frame.ts'
export { datasetFile } from './repository.ts'
