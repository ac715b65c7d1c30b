/** Errors are values: a code for programs, a sentence for people, and the field it is about. */
import { z } from 'zod'

export const errorCodes = [
  'badRequest', // the call itself is malformed
  'unknownProcedure',
  'unauthorized',
  'notFound',
  'conflict', // e.g. starting a run that is running
  'badData', // the user's file or table cannot be used as asked
  'badRecipe', // the recipe contradicts itself or the data
  'tooLarge', // more than the limits allow to be read (limits.ts)
  'cancelled', // by the person who started it
  'damaged', // what the workspace keeps is missing or is not what was kept
  'storageFull',
  'storageReadOnly',
  'trainingFailed',
  'deviceLost', // it went away while it computed: what is kept on the disk stands
  'unavailable', // e.g. a backend this machine does not have
  'internal',
] as const
export const errorCodeSchema = z.enum(errorCodes)
export type ErrorCode = z.infer<typeof errorCodeSchema>

export const errorSchema = z.strictObject({
  code: errorCodeSchema,
  /** What happened, where, and what to do: one or two sentences. */
  message: z.string(),
  /** Path into the request or recipe, e.g. `data.columns.3.role`. */
  field: z.string().optional(),
})
export type DescentErrorValue = z.infer<typeof errorSchema>

/** The same without the schema, for whoever reads nothing else with one: the window's first page. */
export const isErrorValue = (value: unknown): value is DescentErrorValue => {
  if (typeof value !== 'object' || value === null) return false
  const { code, message, field } = value as Record<string, unknown>
  return (
    errorCodes.some((known) => known === code) &&
    typeof message === 'string' &&
    (field === undefined || typeof field === 'string')
  )
}

/** The thrown form of an error value, used inside the host and by the renderer's client. */
export class DescentError extends Error {
  readonly code: ErrorCode
  readonly field: string | undefined
  constructor(code: ErrorCode, message: string, field?: string) {
    super(message)
    this.name = 'DescentError'
    this.code = code
    this.field = field
  }
  toValue(): DescentErrorValue {
    return {
      code: this.code,
      message: this.message,
      ...(this.field === undefined ? {} : { field: this.field }),
    }
  }
}

export const httpStatus: Record<ErrorCode, number> = {
  badRequest: 400,
  unknownProcedure: 404,
  unauthorized: 401,
  notFound: 404,
  conflict: 409,
  badData: 422,
  badRecipe: 422,
  tooLarge: 413,
  cancelled: 409,
  damaged: 422,
  storageFull: 507,
  storageReadOnly: 507,
  trainingFailed: 500,
  deviceLost: 503,
  unavailable: 503,
  internal: 500,
}
