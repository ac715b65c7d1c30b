/** Tunings in a file of the user's cache folder. Only Node has files; elsewhere tunings end with the process. */
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TuningStore } from './tuning.ts'

interface Machine {
  readonly platform: string
  readonly env: Record<string, string | undefined>
  readonly home: string
}

/** Where the platform keeps what can be made again. */
export function tuningPath({ platform, env, home }: Machine): string {
  const folder =
    platform === 'win32'
      ? env['LOCALAPPDATA'] || join(home, 'AppData', 'Local')
      : platform === 'darwin'
        ? join(home, 'Library', 'Caches')
        : env['XDG_CACHE_HOME'] || join(home, '.cache')
  return join(folder, 'descent', 'gpu-tunings.json')
}

/** A writer takes milliseconds: a lock this old was left behind by one that died. */
const staleMs = 10_000
const retryMs = 15

/**
 * A store in a file that several processes may use at once. A file that cannot be read counts as none, one that cannot be
 * written is left: then the next process measures again.
 */
export function tuningFile(
  path = tuningPath({ platform: process.platform, env: process.env, home: homedir() }),
): TuningStore {
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
