/** What came so far of a file, for another try; while one fetches it, another of the same address has a file of its own. */
import { createHash, randomUUID } from 'node:crypto'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Beside what came so far: of which file it is. */
export interface Begun {
  readonly url: string
  readonly etag: string | null
  readonly modified: string | null
}

export interface Partial {
  readonly file: string
  readonly note: string
  /** Another try finds it. */
  readonly isFound: boolean
  /** Whoever fetches it is done with it. */
  release(): Promise<void>
}

export async function begunAt({
  file,
  note,
}: Pick<Partial, 'file' | 'note'>): Promise<{ begun: Begun; bytes: number } | null> {
  try {
    const begun = JSON.parse(await readFile(note, 'utf8')) as Begun
    const { size } = await stat(file)
    return size > 0 && (begun.etag ?? begun.modified) !== null ? { begun, bytes: size } : null
  } catch {
    return null
  }
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Whoever fetches it was ended, or has not had a byte for longer than a server is waited for. */
async function isLeft(lock: string, file: string, patience: number): Promise<boolean> {
  const pid = Number(await readFile(lock, 'utf8').catch(() => ''))
  if (pid > 0 && !isRunning(pid)) return true
  const touched = await Promise.all([lock, file].map((path) => stat(path).catch(() => null)))
  return Math.max(...touched.map((at) => at?.mtimeMs ?? 0)) < Date.now() - 2 * patience
}

const locked = async (lock: string): Promise<boolean> =>
  await writeFile(lock, String(process.pid), { flag: 'wx', mode: 0o600 }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    },
  )

export async function claimPartial(folder: string, url: URL, patience: number): Promise<Partial> {
  const key = createHash('sha256').update(url.href).digest('hex').slice(0, 32)
  const [file, note, lock] = ['part', 'json', 'lock'].map((ending) => join(folder, `${key}.${ending}`)) as [
    string,
    string,
    string,
  ]
  const mine = { file, note, isFound: true, release: () => rm(lock, { force: true }) }
  if (await locked(lock)) return mine
  if (await isLeft(lock, file, patience)) {
    await rm(lock, { force: true })
    if (await locked(lock)) return mine
  }
  const own = join(folder, `${key}-${randomUUID()}`)
  const apart = { file: `${own}.part`, note: `${own}.json` }
  return {
    ...apart,
    isFound: false,
    release: async () => {
      await rm(apart.file, { force: true })
      await rm(apart.note, { force: true })
    },
  }
}
