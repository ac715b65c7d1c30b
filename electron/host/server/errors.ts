/** Anything thrown → the error value that leaves the host. */
import type { z } from 'zod'
import { DescentError, type DescentErrorValue } from '../../contract/index.ts'
import { asStorageError } from '../store/index.ts'
import { shown } from './words.ts'

/** `unexpected` is set where the cause is a bug of ours and belongs in the log. */
export function toErrorValue(
  error: unknown,
  workspace: string,
): { value: DescentErrorValue; unexpected: boolean } {
  const known = asPathError(asStorageError(error, workspace))
  if (known instanceof DescentError) return { value: known.toValue(), unexpected: known.code === 'internal' }
  return {
    value: {
      code: 'internal',
      message: 'Something went wrong inside Descent. The details are in its log; your data is untouched.',
    },
    unexpected: true,
  }
}

/** Paths that no file can have come from callers; wherever they were tried, they are the caller's mistake. */
function asPathError(error: unknown): unknown {
  const { code, message } = error as Partial<NodeJS.ErrnoException>
  if (code === 'ENAMETOOLONG')
    return new DescentError('badRequest', 'The path is longer than this system allows. Choose a shorter one.')
  if (code === 'ERR_INVALID_ARG_VALUE' && message?.includes('null bytes'))
    return new DescentError('badRequest', 'The path holds a null character, which no path can. Correct it.')
  return error
}

/** The first thing zod found wrong. An unexpected key is named itself, not the object that holds it. */
export function inputError(procedure: string, error: z.ZodError): DescentError {
  const issue = error.issues[0]
  if (!issue) return new DescentError('badRequest', `The call ${procedure} is malformed.`)
  const keys = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  const field = shown([...issue.path, ...keys].map(String).join('.'), 200)
  const where = field ? ` at “${field}”` : ''
  return new DescentError(
    'badRequest',
    `The call ${procedure} is malformed${where}: ${shown(issue.message, 300)}`,
    field || undefined,
  )
}
