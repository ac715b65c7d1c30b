/** Anything thrown → the error value that leaves the host. */
import type { z } from 'zod'
import { DescentError, type DescentErrorValue } from '../../contract/index.ts'
import { asStorageError } from '../store/index.ts'

/** `unexpected` is set where the cause is a bug of ours and belongs in the log. */
export function toErrorValue(
  error: unknown,
  workspace: string,
): { value: DescentErrorValue; unexpected: boolean } {
  const known = asStorageError(error, workspace)
  if (known instanceof DescentError) return { value: known.toValue(), unexpected: known.code === 'internal' }
  return {
    value: {
      code: 'internal',
      message: 'Something went wrong inside Descent. The details are in its log; your data is untouched.',
    },
    unexpected: true,
  }
}

/** The first thing zod found wrong. An unexpected key is named itself, not the object that holds it. */
export function inputError(procedure: string, error: z.ZodError): DescentError {
  const issue = error.issues[0]
  if (!issue) return new DescentError('badRequest', `The call ${procedure} is malformed.`)
  const keys = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  const field = [...issue.path, ...keys].map(String).join('.')
  const where = field ? ` at “${field}”` : ''
  return new DescentError(
    'badRequest',
    `The call ${procedure} is malformed${where}: ${issue.message}`,
    field || undefined,
  )
}
