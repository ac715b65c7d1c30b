/** The loopback door: exchanges the printed address, once, for a cookie, and lets in who has that. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { authorize, newInstance, newSecret, type Keys, type Onward, type Verdict } from './auth.ts'
import { securityHeaders } from '../../window-files.ts'
import { sendError } from './reply.ts'

export class Entrance {
  readonly #onSignIn: (address: string) => void
  #keys: Keys

  constructor(port: number, onSignIn: (address: string) => void) {
    this.#keys = { port, instance: newInstance(), session: newSecret(), code: newSecret() }
    this.#onSignIn = onSignIn
  }

  /** Signs one browser in. */
  get address(): string {
    return `http://127.0.0.1:${this.#keys.port}/?token=${this.#keys.code}`
  }

  /** Whether the request may go on; otherwise it has been answered. */
  admits(request: IncomingMessage, response: ServerResponse, url: URL): boolean {
    const { host, origin, cookie, 'sec-fetch-site': from } = request.headers
    const verdict = authorize(
      { method: request.method ?? '', url, host, origin, cookie, crossSite: from === 'cross-site' },
      this.#keys,
    )
    if (verdict.kind === 'allow') return true
    if (verdict.kind === 'deny')
      sendError(request, response, { code: 'unauthorized', message: verdict.message }, verdict.status)
    else sendOn(response, verdict)
    if (verdict.kind === 'signIn') {
      this.#keys = { ...this.#keys, code: newSecret() }
      this.#onSignIn(this.address)
    }
    return false
  }
}

/**
 * A redirect goes on in the name of whoever led here. Where that is another site, such as the file that opens the
 * browser, the strict cookie would not be sent along; a page of ours that goes on by itself is on our own site.
 * https://www.rfc-editor.org/rfc/rfc6265bis#section-5.2
 */
function sendOn(response: ServerResponse, verdict: Extract<Verdict, Onward>): void {
  const headers = {
    ...securityHeaders,
    ...(verdict.kind === 'signIn' ? { 'set-cookie': [...verdict.setCookies] } : {}),
    'cache-control': 'no-store',
  }
  if (verdict.byPage)
    response
      .writeHead(200, { ...headers, 'content-type': 'text/html; charset=utf-8' })
      .end(forwardingPage(verdict.location))
  else response.writeHead(303, { ...headers, location: verdict.location }).end()
}

/** A page that goes to an address by itself, without a script. */
export function forwardingPage(address: string): string {
  const quoted = address.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
  return `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${quoted}">
<link rel="icon" href="data:,">
<title>Descent</title>
<p><a href="${quoted}">Open Descent</a></p>
`
}
