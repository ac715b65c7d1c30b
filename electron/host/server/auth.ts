/** Who may speak to the loopback listener. Pure: the request's headers go in, a verdict comes out. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

export const newSecret = (): string => randomBytes(32).toString('base64url')

/** A name, not a secret. */
export const newInstance = (): string => randomBytes(8).toString('hex')

/** Hashing first makes the lengths equal, which timingSafeEqual demands. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

export interface Keys {
  readonly port: number
  /** Tells this host's cookie from that of another one that had, or has at the other end of a tunnel, the same port. */
  readonly instance: string
  /** The cookie's value. It is never shown: whoever reads the address does not learn it. */
  readonly session: string
  /** What the printed address carries. Good for one sign-in. */
  readonly code: string
}

/** Cookies are shared by all ports of a host name. */
export const cookieName = ({ port, instance }: Pick<Keys, 'port' | 'instance'>): string =>
  `descent-${port}-${instance}`

const ourCookie = /^descent-\d+-[0-9a-f]+$/

/** Cookies of hosts that may still run; with many more, a browser's request would have headers too long to be read. */
const cookiesKept = 20

function readCookies(header: string | undefined): [name: string, value: string][] {
  return (header ?? '').split(';').flatMap((pair) => {
    const equals = pair.indexOf('=')
    return equals > 0 ? [[pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()]] : []
  })
}

const attributes = 'HttpOnly; SameSite=Strict; Path=/'

/** Browsers send the oldest first. https://www.rfc-editor.org/rfc/rfc6265#section-5.4 */
function cookiesToSet(keys: Keys, header: string | undefined): string[] {
  const others = readCookies(header)
    .map(([name]) => name)
    .filter((name) => ourCookie.test(name) && name !== cookieName(keys))
  return [
    `${cookieName(keys)}=${keys.session}; ${attributes}`,
    ...others.slice(0, -cookiesKept).map((name) => `${name}=; Max-Age=0; ${attributes}`),
  ]
}

export interface Credentials {
  readonly method: string
  /** Path and query as requested. */
  readonly url: URL
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly cookie: string | undefined
  /** Led here by another site, or by a file: the browser keeps strict cookies to itself. */
  readonly crossSite: boolean
}

export interface Onward {
  readonly location: string
  /** By a page of ours instead of a redirect, so that the next request comes from our own site. */
  readonly byPage: boolean
}

export type Verdict =
  | { readonly kind: 'allow' }
  /** The code came by URL: it is spent now. The browser gets a cookie, and an address without it. */
  | ({ readonly kind: 'signIn'; readonly setCookies: readonly string[] } & Onward)
  /** An old address in a browser that is signed in, or that may turn out to be. */
  | ({ readonly kind: 'forward' } & Onward)
  | { readonly kind: 'deny'; readonly status: 401 | 403; readonly message: string }

const deny = (status: 401 | 403, message: string): Verdict => ({ kind: 'deny', status, message })

export function authorize(credentials: Credentials, keys: Keys): Verdict {
  const { method, url, host, origin, cookie, crossSite } = credentials
  // Comparing Host with Origin would let a rebound DNS name through: only these exact names are us.
  const hosts = [`127.0.0.1:${keys.port}`, `localhost:${keys.port}`]
  if (host === undefined || !hosts.includes(host))
    return deny(403, `Descent answers only to ${hosts.join(' and ')}.`)
  const reads = method === 'GET' || method === 'HEAD'
  // Browsers always send Origin with other methods; programs without one still need the cookie.
  if (!reads && origin !== undefined && !hosts.some((name) => origin === `http://${name}`))
    return deny(403, 'Descent does not take calls from other sites.')

  // HEAD is what programs that preview links send: they must not spend the code.
  const code = method === 'GET' ? url.searchParams.get('token') : null
  const location = withoutCode(url)
  if (code !== null && sameSecret(code, keys.code))
    return { kind: 'signIn', setCookies: cookiesToSet(keys, cookie), location, byPage: crossSite }
  const signedIn = readCookies(cookie).some(
    ([name, value]) => name === cookieName(keys) && sameSecret(value, keys.session),
  )
  if (signedIn) return code === null ? { kind: 'allow' } : { kind: 'forward', location, byPage: crossSite }
  // The same address again, this time with the cookie, if there is one.
  if (code !== null && crossSite)
    return { kind: 'forward', location: ownPath(url) + url.search, byPage: true }
  return deny(
    401,
    code === null
      ? 'This browser is not signed in to Descent. Open the address that Descent printed last: it carries the key.'
      : 'This address has been used already, or belongs to an earlier start of Descent. Each opens Descent once: open the one that Descent printed last.',
  )
}

/** A path such as //example.org would be read as another host. */
const ownPath = (url: URL): string => url.pathname.replace(/^\/+/, '/')

function withoutCode(url: URL): string {
  const rest = new URLSearchParams(url.searchParams)
  rest.delete('token')
  const query = rest.toString()
  return ownPath(url) + (query ? `?${query}` : '')
}
