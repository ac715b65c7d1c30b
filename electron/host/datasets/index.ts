/** Data: files into datasets, datasets into frames. */
export { datasetsHandlers } from './handlers.ts'
export { reimportHandlers } from './reimport.ts'
export { typedHandlers } from './typed.ts'
export { versionsHandlers } from './versions.ts'
