/** Whether what is about to be written has room: a disk that fills on the way would stop those who train. */
import { statfs } from 'node:fs/promises'
import { describeLimit, DescentError } from '../../contract/index.ts'

/** `what`: as the beginning of a sentence. */
export async function checkRoom(bytes: number, folder: string, what: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (bytes > free)
    throw new DescentError(
      'storageFull',
      `${what} needs up to ${describeLimit('bytes', bytes)}, and the disk of ${folder} has ${describeLimit('bytes', free)} left. Free some space, or choose another disk, and try again.`,
    )
}
