/** Addresses of database servers: `postgresql://user@host:5432/database?sslmode=require`. Pure. */
import { userInfo } from 'node:os'
import { DescentError, serverAt, servers, type ServerName } from '../../../contract/index.ts'
import { passwordApart, removed, withoutSecrets } from '../secrets.ts'

/** As libpq calls them. */
export const tlsModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
export type TlsMode = (typeof tlsModes)[number]

export interface ServerAddress {
  readonly kind: ServerName
  readonly user: string
  /** null: the address has none. */
  readonly password: string | null
  readonly host: string
  readonly port: number
  /** The path of a Unix socket (MySQL), or the folder it is in (PostgreSQL), instead of host and port. */
  readonly socket: string | null
  readonly database: string
  readonly tls: TlsMode
  /** Of who signs certificates; null: those that the system trusts. */
  readonly certificates: string | null
  /** On this machine: nobody is on the way. */
  readonly isLocal: boolean
  /** As it may be kept and shown. */
  readonly shown: string
}

const refuse = (message: string): DescentError => new DescentError('badRequest', message, 'path')

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|::1)$/i.test(host)

const withoutHost = /^([a-z]+:\/\/(?:[^@/?#]*@)?)(?=[/?])/i
const nowhere = 'nowhere.invalid'

/** Names of the parameters that are obeyed. */
const parameters = ['sslmode', 'sslrootcert', 'host', 'socket']

/** Errors: a DescentError for what is none, or asks for what cannot be obeyed. */
export function parseServer(text: string): ServerAddress {
  const address = text.trim()
  const kind = serverAt(address)
  const shown = withoutSecrets(address)
  const example = `${servers[kind ?? 'postgresql'].schemes[0]}://user@host:${servers[kind ?? 'postgresql'].port}/database`
  // The password apart, whatever characters it has.
  const { before, password: given, after } = passwordApart(address)
  const plain = before + after
  // An address that names a socket instead of a machine is none to a browser.
  const url = URL.parse(plain.replace(withoutHost, `$1${nowhere}`))
  if (kind === null || url === null)
    throw refuse(`“${shown}” is no address of a database server. It should look like ${example}.`)
  for (const name of url.searchParams.keys())
    if (!parameters.includes(name))
      throw refuse(
        `“${name}” in ${shown} is nothing that Descent can obey. It knows sslmode, sslrootcert, and host or socket for the path of a socket.`,
      )
  const tls = url.searchParams.get('sslmode')
  if (tls !== null && !tlsModes.some((mode) => mode === tls))
    throw refuse(`sslmode in ${shown} is one of ${tlsModes.join(', ')}; not “${tls}”.`)
  const named = url.searchParams.get('host') ?? url.searchParams.get('socket')
  const socket = named?.startsWith('/') === true ? named : null
  if (named !== null && socket === null)
    throw refuse(`The socket in ${shown} is a path, such as /var/run/postgresql; not “${named}”.`)
  const host = url.hostname === nowhere ? '' : decoded(url.hostname.replace(/^\[|\]$/g, ''))
  if (host === '' && socket === null)
    throw refuse(`${shown} does not say on which machine the server is. It should look like ${example}.`)
  const database = decoded(url.pathname.replace(/^\//, ''))
  if (database === '' || database.includes('/'))
    throw refuse(`${shown} does not say which database. It should look like ${example}.`)
  const isLocal = socket !== null || isLoopback(host)
  return {
    kind,
    user: url.username === '' ? (process.env[servers[kind].userFrom] ?? systemUser()) : decoded(url.username),
    password: given === null || given === removed ? null : decoded(given),
    host,
    port: url.port === '' ? servers[kind].port : Number(url.port),
    socket,
    database,
    tls: (tls as TlsMode | null) ?? (isLocal ? 'disable' : 'prefer'),
    certificates: url.searchParams.get('sslrootcert'),
    isLocal,
    shown,
  }
}

function systemUser(): string {
  try {
    return userInfo().username
  } catch {
    return ''
  }
}
