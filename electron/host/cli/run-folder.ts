/** Where a run of the command line leaves its results: whole when the run is at its end, and nothing before. */
import { basename, extname, join, resolve } from 'node:path'
import { DescentError } from '../../contract/index.ts'
import { whyKept, type Files } from '../deploy/owned-folder.ts'
import { exists, firstSuch, openScratchBeside, placeFolder, type Placed } from '../deploy/replace-folder.ts'
import { checkPath } from '../inputs/regular-file.ts'
import { isAddress } from '../remote/index.ts'

const stamp = (time: Date): string => time.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')

export function defaultRunFolder(input: string, time: Date): string {
  // Of an address what comes before its parameters, among which may be secrets.
  const named = isAddress(input) ? input.replace(/[?#].*$/s, '') : input
  return join('runs', `${basename(resolve(named), extname(named))}-${stamp(time)}`)
}

export interface RunFolder {
  readonly path: string
  /** May be called again, with more files; returns where they are. */
  write(files: Files): Placed
  /** Whatever was begun and not written goes. */
  release(): void
}

const isFree = (path: string): boolean => !exists(path)

/**
 * Before the training, so that a place that cannot be written or must not be replaced is known before an hour is spent.
 * `out`: where the person wants it; null: a name of its own, which another run may take meanwhile, or have taken if
 * the clock was set back.
 */
export function claimRunFolder(out: string | null, input: string, time: Date): RunFolder {
  const named = checkPath(out ?? defaultRunFolder(input, time))
  const scratch = openScratchBeside(named)
  const release = (): void => {
    process.off('exit', release)
    scratch.remove()
  }
  process.on('exit', release)
  const path = out === null ? firstSuch(named, isFree) : named
  const why = whyKept(path)
  if (why !== null) {
    release()
    throw new DescentError(
      'conflict',
      `${path} ${why}. Only a folder that Descent wrote and nobody has changed since is replaced: choose another with --out.`,
      'out',
    )
  }
  let placed: Placed | null = null
  return {
    path,
    write(files) {
      // What came in the way during the training stays too, but the results of an hour are not given up for it.
      const suits = out === null && placed === null ? isFree : undefined
      placed = placeFolder(scratch.path, placed?.path ?? named, files, suits)
      return placed
    },
    release,
  }
}
