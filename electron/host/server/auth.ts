/** Who may speak to the loopback listener. Pure: the request's headers go in, a verdict comes out. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

export const newToken = (): string => randomBytes(32).toString('base64url')

/** Hashing first makes the lengths equal, which timingSafeEqual demands. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

/** Cookies are shared by all ports of a host name, so the port is part of the name. */
export const cookieName = (port: number): string => `descent-${port}`

export function readCookie(header: string | undefined, name: string): string | null {
  for (const pair of (header ?? '').split(';')) {
    const equals = pair.indexOf('=')
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
  }
  return null
}

export interface Credentials {
  readonly method: string
  /** Path and query as requested. */
  readonly url: URL
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly cookie: string | undefined
}

export type Verdict =
  | { readonly kind: 'allow' }
  /** The token came by URL: keep it in a cookie and drop it from the address bar. */
  | { readonly kind: 'signIn'; readonly setCookie: string; readonly location: string }
  | { readonly kind: 'deny'; readonly status: 401 | 403; readonly message: string }

const deny = (status: 401 | 403, message: string): Verdict => ({ kind: 'deny', status, message })

export function authorize(credentials: Credentials, port: number, token: string): Verdict {
  const { method, url, host, origin, cookie } = credentials
  // Comparing Host with Origin would let a rebound DNS name through: only these exact names are us.
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]
  if (host === undefined || !hosts.includes(host))
    return deny(403, `Descent answers only to ${hosts.join(' and ')}.`)
  const reads = method === 'GET' || method === 'HEAD'
  // Browsers always send Origin with other methods; programs without one still need the token.
  if (!reads && origin !== undefined && !hosts.some((name) => origin === `http://${name}`))
    return deny(403, 'Descent does not take calls from other sites.')

  const fromUrl = url.searchParams.get('token')
  if (reads && fromUrl !== null && sameSecret(fromUrl, token)) {
    const rest = new URLSearchParams(url.searchParams)
    rest.delete('token')
    const query = rest.toString()
    return {
      kind: 'signIn',
      setCookie: `${cookieName(port)}=${token}; HttpOnly; SameSite=Strict; Path=/`,
      // A path such as //example.org would be read as another host.
      location: url.pathname.replace(/^\/+/, '/') + (query ? `?${query}` : ''),
    }
  }
  const fromCookie = readCookie(cookie, cookieName(port))
  if (fromCookie !== null && sameSecret(fromCookie, token)) return { kind: 'allow' }
  return deny(401, 'Open the address that Descent printed when it started: it carries the key to this page.')
}
