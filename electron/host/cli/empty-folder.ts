/** A folder that a command fills with files of its own: new or empty, so that nothing of anybody's is in the way. */
import { constants } from 'node:fs'
import { access, mkdir, readdir } from 'node:fs/promises'
import { DescentError } from '../../contract/index.ts'
import { asOutputError } from '../deploy/output-error.ts'

const anotherFolder = 'Name another folder with --out.'

/** Errors: a DescentError for what the system says about the folder that was named; anything else passes unchanged. */
export async function writingTo<T>(folder: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    const told = asOutputError(error, folder)
    if (!(told instanceof DescentError) || told.code !== 'storageReadOnly') throw told
    const { code = '' } = error as NodeJS.ErrnoException
    const why =
      code === 'EEXIST' || code === 'ENOTDIR' ? 'is no folder, or lies in none' : 'cannot be written'
    throw new DescentError('badRequest', `${folder} ${why} (${code}). ${anotherFolder}`, 'out')
  }
}

export const emptyFolder = (path: string): Promise<void> =>
  writingTo(path, async () => {
    await mkdir(path, { recursive: true })
    await access(path, constants.W_OK | constants.X_OK)
    if ((await readdir(path)).length > 0)
      throw new DescentError('badRequest', `${path} is not empty. ${anotherFolder}`, 'out')
  })
