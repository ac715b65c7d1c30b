/**
 * Gives back the memory of tensors that nobody uses any more, at once: what was computed before would otherwise count with what is
 * measured next, or go while it is measured. Takes some ten milliseconds.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | null = null

export async function collectGarbage(): Promise<void> {
  if (collect === null) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
  // Tensors are told of it, and free their memory, in turns of their own.
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
}
