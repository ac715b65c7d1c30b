/** For tests: a command in this process, which takes less than to start one. */
import { vi } from 'vitest'
import { perform } from './command.ts'

export interface Performed {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** `folder`: where it is called; absent: where the test is. A test file that calls it has a process of its own, see vitest.config.ts. */
export async function performHere(args: readonly string[], folder?: string): Promise<Performed> {
  const said = { stdout: '', stderr: '' }
  const listen = (name: 'stdout' | 'stderr') =>
    vi.spyOn(process[name], 'write').mockImplementation((text, encoding, done) => {
      said[name] += Buffer.isBuffer(text) ? text.toString() : String(text)
      const heard = typeof encoding === 'function' ? encoding : done
      heard?.()
      return true
    })
  const spies = [listen('stdout'), listen('stderr')]
  const before = process.cwd()
  if (folder !== undefined) process.chdir(folder)
  try {
    return { code: await perform([...args]), ...said }
  } finally {
    if (folder !== undefined) process.chdir(before)
    for (const spy of spies) spy.mockRestore()
  }
}
