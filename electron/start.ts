/**
 * `npm start`, see launch/start.ts. Nothing else is loaded before Node knows where compiled sources are kept: a start reads some 900
 * files whose types must be stripped.
 */
import { enableCompileCache } from 'node:module'
import { codeCacheEnvironment } from '../engine/cache-folder.mjs'

const { NODE_COMPILE_CACHE: folder } = codeCacheEnvironment()
if (folder !== undefined) enableCompileCache(folder)
await import('./launch/start.ts')
