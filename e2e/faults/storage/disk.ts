/** Small disks that are really full or really cannot be written: file systems in memory, mounted for the purpose. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { freshFolder, removeFolder } from '../support.ts'

const mounted = new Set<Disk>()
process.on('exit', () => mounted.forEach((disk) => disk.remove()))

export class Disk {
  readonly #folder = freshFolder()
  readonly path = join(this.#folder, 'disk')

  constructor(mebibytes: number) {
    mkdirSync(this.path)
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0700`, 'tmpfs', this.path], {
      stdio: 'pipe',
    })
    mounted.add(this)
  }

  /** Why there can be none here; null: there can. */
  static whyNot(): string | null {
    if (process.platform !== 'linux' || process.getuid?.() !== 0)
      return 'only root can mount a small disk, on Linux'
    try {
      new Disk(1).remove()
      return null
    } catch (error) {
      return `a small disk cannot be mounted here (${error instanceof Error ? error.message.trim() : String(error)})`
    }
  }

  /** To the last byte but for `spare`. */
  fill(spare = 0): void {
    const file = openSync(join(this.path, 'filler'), 'a')
    try {
      for (let size = 1 << 20; size >= 1 << 9;) {
        if (this.free() - size < spare) size /= 2
        else
          try {
            writeSync(file, Buffer.alloc(size))
          } catch {
            size /= 2
          }
      }
    } finally {
      closeSync(file)
    }
  }

  makeRoom(): void {
    rmSync(join(this.path, 'filler'), { force: true })
  }

  free(): number {
    const { bavail, bsize } = statfsSync(this.path)
    return bavail * bsize
  }

  readOnly(yes: boolean): void {
    execFileSync('mount', ['-o', `remount,${yes ? 'ro' : 'rw'}`, this.path], { stdio: 'pipe' })
  }

  remove(): void {
    mounted.delete(this)
    execFileSync('umount', ['--lazy', this.path], { stdio: 'pipe' })
    removeFolder(this.#folder)
  }
}

/** `work` on a disk of its own. */
export async function onDisk<T>(mebibytes: number, work: (disk: Disk) => Promise<T>): Promise<T> {
  const disk = new Disk(mebibytes)
  try {
    return await work(disk)
  } finally {
    disk.remove()
  }
}
