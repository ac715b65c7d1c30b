/** Real servers for tests: begun in a temporary folder, by a user without rights, and ended with the test. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TestServer {
  /** `user:password@127.0.0.1:port/database` is put behind it. */
  readonly port: number
  readonly folder: string
  /** Of a certificate that is signed by itself, for 127.0.0.1; null: the server has no TLS. */
  readonly certificate: string | null
  readonly socket: string
  stop(): Promise<void>
}

export const password = 'se:cr@t/1'

const debianPostgres = '/usr/lib/postgresql'
function postgresPrograms(): string | null {
  const folders = existsSync(debianPostgres)
    ? readdirSync(debianPostgres).map((version) => join(debianPostgres, version, 'bin'))
    : ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin']
  return folders.find((folder) => existsSync(join(folder, 'initdb'))) ?? null
}
const mariadbProgram = () =>
  ['/usr/sbin/mariadbd', '/usr/local/bin/mariadbd', '/opt/homebrew/bin/mariadbd'].find((path) =>
    existsSync(path),
  )

/** What its files are made by; Debian has a part of that in another package than the server. */
const makesMariadb = (): boolean =>
  ['mariadb-install-db', 'my_print_defaults'].every((name) =>
    ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'].some((folder) => existsSync(join(folder, name))),
  )

/** Why there is none to test with; null: there is one. */
export const missingServers = () => ({
  postgresql:
    postgresPrograms() === null ? 'PostgreSQL is not installed here (apt-get install postgresql)' : null,
  mysql:
    mariadbProgram() === undefined || !makesMariadb()
      ? 'MariaDB is not installed here (apt-get install mariadb-server-core mariadb-client-core)'
      : null,
})

interface Identity {
  readonly uid?: number
  readonly gid?: number
}

/** These servers refuse to be run by root. */
function unprivileged(): Identity {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

function folderFor(name: string, { uid, gid }: Identity): string {
  const folder = mkdtempSync(join(tmpdir(), `descent-${name}-`))
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid)
  chmodSync(folder, 0o755)
  return folder
}

function makeCertificate(folder: string, { uid, gid }: Identity): string {
  const [key, certificate] = [join(folder, 'server.key'), join(folder, 'server.crt')]
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=127.0.0.1',
      '-addext',
      'subjectAltName=IP:127.0.0.1,DNS:localhost',
      '-keyout',
      key,
      '-out',
      certificate,
    ],
    { stdio: 'ignore' },
  )
  chmodSync(key, 0o600)
  if (uid !== undefined && gid !== undefined) for (const file of [key, certificate]) chownSync(file, uid, gid)
  return certificate
}

async function ready(child: ChildProcess, said: RegExp): Promise<void> {
  let text = ''
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      text += chunk.toString()
      if (said.test(text)) resolve()
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('exit', (code) => reject(new Error(`The server ended with ${code}: ${text}`)))
    child.once('error', reject)
  })
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await gone
}

/** How the user whom the cluster was made with connects. */
export const postgresAdmin = ({ port }: TestServer) => ({
  host: '127.0.0.1',
  port,
  user: 'postgres',
  password,
  database: 'postgres',
})

/** Of this machine, by which it is no loopback; null: it has none. */
export const ownAddress = (): string | null =>
  Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === 'IPv4' && !each.internal)?.address ?? null

/** Hands everything on until somebody says `word`, and nothing from then on, with all connections open. */
export async function silentProxy(port: number, word: string): Promise<{ port: number; close(): void }> {
  const sockets: Socket[] = []
  const proxy = createServer((from) => {
    const to = connect(port, '127.0.0.1')
    sockets.push(from, to)
    let isSilent = false
    from.on('data', (chunk) => {
      isSilent ||= chunk.includes(word)
      if (!isSilent) to.write(chunk)
    })
    to.on('data', (chunk) => {
      if (!isSilent) from.write(chunk)
    })
    for (const socket of [from, to]) socket.on('error', () => undefined)
    from.on('close', () => to.destroy())
    to.on('close', () => from.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    port: (proxy.address() as AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy()
      proxy.close()
    },
  }
}

/** The superuser is called `postgres`; the database too. */
export async function startPostgres(): Promise<TestServer> {
  const programs = postgresPrograms()!
  const identity = unprivileged()
  const folder = folderFor('postgres', identity)
  const data = join(folder, 'data')
  const secret = join(folder, 'password')
  writeFileSync(secret, password, { mode: 0o644 })
  execFileSync(
    join(programs, 'initdb'),
    [
      '-D',
      data,
      '-U',
      'postgres',
      '--auth=scram-sha-256',
      `--pwfile=${secret}`,
      '-E',
      'UTF8',
      '--no-locale',
      '--no-sync',
    ],
    { stdio: 'ignore', cwd: folder, ...identity },
  )
  // Whoever comes from elsewhere, which are the tests as well.
  if (ownAddress() !== null)
    appendFileSync(join(data, 'pg_hba.conf'), `host all all ${ownAddress()}/32 scram-sha-256\n`)
  const certificate = makeCertificate(folder, identity)
  const port = await freePort()
  const options = {
    listen_addresses: ['127.0.0.1', ownAddress()].filter((each) => each !== null).join(','),
    port: String(port),
    unix_socket_directories: folder,
    fsync: 'off',
  }
  // In the file, so that a test can switch it off.
  appendFileSync(
    join(data, 'postgresql.conf'),
    `ssl = on\nssl_cert_file = '${certificate}'\nssl_key_file = '${join(folder, 'server.key')}'\n`,
  )
  const child = spawn(
    join(programs, 'postgres'),
    ['-D', data, ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], ...identity },
  )
  await ready(child, /ready to accept connections/)
  return {
    port,
    folder,
    certificate,
    socket: folder,
    async stop() {
      await ended(child, 'SIGQUIT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The user is root, without a password. */
export async function startMariadb({ tls = false } = {}): Promise<TestServer> {
  const identity = unprivileged()
  const folder = folderFor('mariadb', identity)
  const [data, socket] = [join(folder, 'data'), join(folder, 'socket')]
  mkdirSync(data)
  if (identity.uid !== undefined && identity.gid !== undefined) chownSync(data, identity.uid, identity.gid)
  execFileSync(
    'mariadb-install-db',
    ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
    { stdio: 'ignore', cwd: folder, ...identity },
  )
  const certificate = tls ? makeCertificate(folder, identity) : null
  const port = await freePort()
  const child = spawn(
    mariadbProgram()!,
    [
      '--no-defaults',
      `--datadir=${data}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${socket}`,
      `--pid-file=${join(folder, 'pid')}`,
      '--innodb-flush-log-at-trx-commit=0',
      ...(certificate === null
        ? []
        : [`--ssl-cert=${certificate}`, `--ssl-key=${join(folder, 'server.key')}`]),
    ],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], ...identity },
  )
  await ready(child, /ready for connections/)
  return {
    port,
    folder,
    certificate,
    socket,
    async stop() {
      await ended(child, 'SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
