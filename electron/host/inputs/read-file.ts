/** A whole file that a person named, within the limits, whose refusal says how to raise them. */
import { DescentError, type Limits } from '../../contract/index.ts'
import { limitError } from './limit-error.ts'
import { readRegularFile, statRegular } from './regular-file.ts'

export interface NamedFile {
  readonly path: string
  /** What it should be, with its article: “a file of images”. */
  readonly what: string
  /** The field of the request that names it. */
  readonly field?: string
}

/** Its size, where it may be read. */
export async function checkNamed({ path, what, field = 'path' }: NamedFile, limits: Limits): Promise<number> {
  const { bytes } = await aboutField(field, () => statRegular(path, { most: Infinity, what }))
  if (bytes > limits.fileSize) throw limitError('fileSize', limits, `${path} has`, bytes, field)
  return bytes
}

export async function readNamed(file: NamedFile, limits: Limits): Promise<Uint8Array<ArrayBuffer>> {
  await checkNamed(file, limits)
  const { path, what, field = 'path' } = file
  return await aboutField(field, () => readRegularFile(path, { most: limits.fileSize, what }))
}

async function aboutField<T>(field: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof DescentError ? new DescentError(error.code, error.message, field) : error
  }
}

/** An array of so many bytes, or a refusal in words. */
export function allocateBytes(bytes: number, what: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes)
  } catch {
    throw new DescentError('tooLarge', `${what} do not fit into this machine's memory.`, 'path')
  }
}
