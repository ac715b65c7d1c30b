/** Arrow's IPC files, which Feather's second version are, and streams. What reads them is loaded where there is one to read. */
import { bad, type Format } from './format.ts'
import { headOf } from './unpack.ts'

const fileMagic = Buffer.from('ARROW1')
const firstFeather = Buffer.from('FEA1')
/** A stream begins with a message; its length follows. */
const continuation = Buffer.from('ffffffff', 'hex')

export const arrow: Format = {
  recognizes: (head) =>
    head.subarray(0, 6).equals(fileMagic) ||
    head.subarray(0, 4).equals(firstFeather) ||
    (head.subarray(0, 4).equals(continuation) && head.length >= 8 && head.readInt32LE(4) > 0),
  async load(connection, loading) {
    const { path, shown } = loading.file
    if ((await headOf(path)).subarray(0, 4).equals(firstFeather))
      throw bad(
        `${shown} is of Feather’s first version, which is not kept any more. Save it as Feather 2 or Parquet.`,
      )
    const { loadArrow } = await import('./arrow-file.ts')
    return await loadArrow(connection, loading)
  },
}
