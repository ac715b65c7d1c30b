/** What a request asks for. */
import type { IncomingMessage } from 'node:http'
import { DescentError } from '../../contract/index.ts'

const malformed = (): DescentError => new DescentError('badRequest', 'The address of the call is malformed.')

/** Errors: a DescentError for what no address can be. */
export function addressOf({ url = '' }: Pick<IncomingMessage, 'url'>): URL {
  // The base is only there to make the parser happy; a leading // would otherwise be read as a host name.
  const parsed = URL.parse(`http://descent${url.replace(/^[^/]+/, '')}`)
  if (!parsed) throw malformed()
  return parsed
}

/** A part of an address, as it was before it was escaped. Errors: a DescentError. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw malformed()
  }
}
