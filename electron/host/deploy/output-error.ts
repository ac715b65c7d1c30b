import { DescentError } from '../../contract/index.ts'

const unwritable = new Set(
  'EROFS EACCES EPERM ENOTDIR EISDIR EEXIST ENOTEMPTY EBUSY EXDEV ELOOP ENAMETOOLONG ENOENT EINVAL EIO'.split(
    ' ',
  ),
)

/** Why a file or folder that the user named could not be written; anything else passes unchanged. */
export function asOutputError(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new DescentError('storageFull', `The disk is full: ${path} could not be written.`, 'path')
  }
  if (unwritable.has(code)) {
    return new DescentError(
      'storageReadOnly',
      `${path} cannot be written (${code}). Choose another place.`,
      'path',
    )
  }
  return error
}
