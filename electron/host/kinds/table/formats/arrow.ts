/** Arrow's IPC files, which Feather's second version are, and streams. What reads them is loaded where there is one to read. */
import type { Format } from './format.ts'

const fileMagic = Buffer.from('ARROW1')
export const firstFeather = Buffer.from('FEA1')
/** A stream begins with a message; its length follows. */
const continuation = Buffer.from('ffffffff', 'hex')

export const arrow: Format = {
  recognizes: (head) =>
    head.subarray(0, 6).equals(fileMagic) ||
    head.subarray(0, 4).equals(firstFeather) ||
    (head.subarray(0, 4).equals(continuation) && head.length >= 8 && head.readInt32LE(4) > 0),
  load: async (...given) => (await import('./arrow-file.ts')).loadArrow(...given),
}
