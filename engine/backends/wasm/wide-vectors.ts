/** Whether products may use tiles for vectors of eight. WebAssembly's own have four elements. */

/** The version of Node this was tested with: what lies behind a flag may change or go. */
const testedNode = /^24\./

let known: boolean | undefined

/**
 * V8 can join two neighbouring vectors of four into one of eight where the processor has them (AVX2), behind a flag that
 * counts from when it is set: for all modules compiled in this process from then on. It doubles the speed of products.
 * Processors of the ARM family have no longer vectors, but registers for as wide a tile.
 */
export const hasWideVectors = (): boolean => (known ??= enableWideVectors())

function enableWideVectors(): boolean {
  if (typeof process === 'undefined' || !testedNode.test(process.versions?.node ?? '')) return false
  if (process.arch === 'arm64') return true
  if (process.arch !== 'x64' || !hasAvx2()) return false
  process.getBuiltinModule('node:v8').setFlagsFromString('--experimental-wasm-revectorize')
  return true
}

/** Linux says; elsewhere Node 24 runs on hardly anything older than AVX2 (2013). */
function hasAvx2(): boolean {
  if (process.platform !== 'linux') return true
  try {
    return /\bavx2\b/.test(process.getBuiltinModule('node:fs').readFileSync('/proc/cpuinfo', 'utf8'))
  } catch {
    return false
  }
}
