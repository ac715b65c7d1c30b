/** Data: files into datasets, datasets into frames. */
export type { Frame } from './frame.ts'
export { datasetsHandlers } from './handlers.ts'
