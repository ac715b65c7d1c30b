/** Where a run of the command line leaves its results. */
import { mkdir, readdir, rmdir, stat } from 'node:fs/promises'
import { basename, extname, join, resolve } from 'node:path'
import { DescentError } from '../../contract/index.ts'
import { asOutputError } from '../deploy/output-error.ts'

const stamp = (time: Date): string => time.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')

export function defaultRunFolder(input: string, time: Date): string {
  return join('runs', `${basename(resolve(input), extname(input))}-${stamp(time)}`)
}

/** Made before the training, so that a place that cannot be written is known before an hour is spent. */
export async function claimRunFolder(folder: string): Promise<void> {
  const at = await stat(folder).catch(() => null)
  const names = at?.isDirectory() ? await readdir(folder) : []
  if ((at !== null && !at.isDirectory()) || (names.length > 0 && !names.includes('recipe.json'))) {
    const message = `${folder} already exists and is not the folder of a run. Choose another with --out.`
    throw new DescentError('conflict', message, 'out')
  }
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw asOutputError(error, folder)
  })
}

/** After a failure: an empty folder helps nobody, one with former results stays. */
export async function abandonRunFolder(folder: string): Promise<void> {
  await rmdir(folder).catch(() => undefined)
}
