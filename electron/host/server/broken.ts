/** What Node cannot read as HTTP, or does not wait for any longer: it gets a sentence too. */
import { STATUS_CODES } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { DescentErrorValue } from '../../contract/index.ts'
import { securityHeaders } from '../../window-files.ts'

function refusal(code: string | undefined): { status: number; message: string } {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        message:
          'The address or the headers of the call are too long. Shorten it, or delete this site’s cookies.',
      }
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, message: 'The call did not arrive in time. Try again over a better connection.' }
    default:
      return { status: 400, message: 'The call is not HTTP that Descent can read. Use a browser.' }
  }
}

/** https://nodejs.org/api/http.html#event-clienterror */
export function refuseBroken(error: NodeJS.ErrnoException, connection: Duplex): void {
  // An answer under way is not to be mixed with another one.
  const { _httpMessage: answer } = connection as Duplex & { _httpMessage?: { headersSent: boolean } | null }
  if (error.code === 'ECONNRESET' || !connection.writable || answer?.headersSent) {
    connection.destroy()
    return
  }
  const { status, message } = refusal(error.code)
  const body = JSON.stringify({ code: 'badRequest', message } satisfies DescentErrorValue)
  const headers = {
    ...securityHeaders,
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  connection.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
  if (connection instanceof Socket) connection.destroySoon()
  else connection.end()
}
