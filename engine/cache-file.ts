/** What devices found out, in files of the user's cache folder. Only Node has files; elsewhere it ends with the process. */
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stores, TextStore } from './backends/store.ts'
import { cacheFolder } from './cache-folder.mjs'

/** A writer takes milliseconds: a lock this old was left behind by one that died. */
const staleMs = 10_000
const retryMs = 15

/**
 * A store in a file that several processes may use at once. A file that cannot be read counts as none, one that cannot be
 * written is left: then the next process measures again.
 */
export function cacheFile(path: string): TextStore {
  const load = (): Promise<string | null> => readFile(path, 'utf8').catch(() => null)
  return {
    load,
    async update(change) {
      try {
        await mkdir(dirname(path), { recursive: true })
        await locked(`${path}.lock`, async () => {
          const temporary = `${path}.${process.pid}.tmp`
          await writeFile(temporary, change(await load()))
          // Readers see the old file or the new one, never half of one.
          await rename(temporary, path)
        })
      } catch {
        return
      }
    },
  }
}

const nowhere: TextStore = { load: () => Promise.resolve(null), update: () => Promise.resolve() }

/** Stores in the user's cache folder, to be handed to openDevice(); they keep nothing where that is switched off. */
export function userCache(folder: string | null = cacheFolder()): Stores {
  return (name) => (folder === null ? nowhere : cacheFile(join(folder, name)))
}

async function locked(lock: string, body: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await (await open(lock, 'wx')).close()
      break
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      const age = await stat(lock).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
      )
      if (age > staleMs) await rm(lock, { force: true })
      else await sleep(retryMs)
    }
  }
  try {
    await body()
  } finally {
    await rm(lock, { force: true })
  }
}
