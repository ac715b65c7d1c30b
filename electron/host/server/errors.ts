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
  if (known instanceof DescentError)
    return { value: readable(known.toValue()), unexpected: known.code === 'internal' }
  return {
    value: {
      code: 'internal',
      message: 'Something went wrong inside Descent. The details are in its log; your data is untouched.',
    },
    unexpected: true,
  }
}

/** Sentences quote names, which may be of any length and hold anything. */
const readable = (value: DescentErrorValue): DescentErrorValue => ({
  ...value,
  message: shown(value.message, 1000),
  ...(value.field === undefined ? {} : { field: shown(value.field, 200) }),
})

/** Paths that no file can have come from callers; wherever they were tried, they are the caller's mistake. */
function asPathError(error: unknown): unknown {
  const { code, message } = (error ?? {}) as Partial<NodeJS.ErrnoException>
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
  const field = [...issue.path, ...keys].map(String).join('.')
  const where = field ? ` at “${shown(field)}”` : ''
  const what = / received undefined$/.test(issue.message) ? 'It is missing' : issue.message
  return new DescentError(
    'badRequest',
    `The call ${procedure} is malformed${where}. ${shown(what, 300).replace(/\.?$/, '.')}`,
    field || undefined,
  )
}
