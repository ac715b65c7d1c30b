import { connect } from 'node:net'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  DescentError,
  procedures,
  protocolVersion,
  type HostEvent,
  type ProcedureName,
} from '../../contract/index.ts'
import type { Handlers } from '../context.ts'
import { EventStream, newToken, startServer, type Door, type RunningServer } from './index.ts'

const token = newToken()
let folder: string
let workspace: string
let server: RunningServer
let events: EventStream
let logged: string[]

/** Procedures these tests do not call say so. */
function handlersWith(some: Partial<Handlers>): Handlers {
  const refuse = (name: string) => async () => {
    throw new DescentError('unavailable', `${name} is not part of this test.`)
  }
  const rest = Object.fromEntries(Object.keys(procedures).map((name) => [name, refuse(name)]))
  return { ...(rest as Record<ProcedureName, () => Promise<never>>), ...some }
}

async function start(some: Partial<Handlers> = {}, door: Door = { kind: 'loopback', port: 0, token }) {
  server = await startServer({
    door,
    handlers: handlersWith(some),
    events,
    workspace,
    staticFolder: join(folder, 'window'),
    log: (message, cause) => logged.push(`${message} ${String(cause)}`),
  })
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-server-'))
  workspace = join(folder, 'workspace')
  mkdirSync(join(folder, 'window/assets'), { recursive: true })
  mkdirSync(workspace)
  writeFileSync(join(folder, 'window/index.html'), '<title>Descent</title>')
  writeFileSync(join(folder, 'window/assets/app-1234.js'), 'export {}')
  writeFileSync(join(folder, 'secret.txt'), 'secret')
  events = new EventStream({ maxPending: 1024 * 1024 })
  logged = []
})
afterEach(async () => {
  await server.close(100)
  rmSync(folder, { recursive: true, force: true })
})

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
  json(): unknown
}

/** Plain node:http, because fetch forbids setting Host and Origin. */
function call(
  method: string,
  path: string,
  {
    body,
    headers = {},
    signedIn = true,
  }: { body?: string | Buffer; headers?: Record<string, string>; signedIn?: boolean } = {},
): Promise<Answer> {
  const port = Number(new URL(server.address).port)
  const cookie: Record<string, string> = signedIn ? { cookie: `descent-${port}=${token}` } : {}
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, method, path, headers: { ...cookie, ...headers } },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            json: () => JSON.parse(text),
          })
        })
        response.on('error', reject)
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

const list = { 'projects.list': async () => [] } satisfies Partial<Handlers>

test('a call without the token is refused, and tells nothing', async () => {
  await start(list)
  for (const [method, path] of [
    ['POST', '/rpc/projects.list'],
    ['GET', '/events'],
    ['GET', '/'],
    ['PUT', '/upload/x.csv'],
  ] as const) {
    const answer = await call(method, path, { body: '{}', signedIn: false })
    expect([path, answer.status]).toEqual([path, 401])
    expect(answer.json()).toMatchObject({ code: 'unauthorized' })
  }
  expect(readdirSync(workspace)).toEqual([])
})

test('the token in the address becomes a cookie that scripts and other sites cannot have', async () => {
  await start(list)
  const { port } = new URL(server.address)
  const wrong = await call('GET', `/?token=${newToken()}`, { signedIn: false })
  expect(wrong.status).toBe(401)
  const answer = await call('GET', `/?token=${token}`, { signedIn: false })
  expect(answer.status).toBe(303)
  expect(answer.headers.location).toBe('/')
  expect(answer.headers['set-cookie']).toEqual([
    `descent-${port}=${token}; HttpOnly; SameSite=Strict; Path=/`,
  ])
  const page = await call('GET', '/', {
    headers: { cookie: `other=1; descent-${port}=${token}` },
    signedIn: false,
  })
  expect(page.text).toBe('<title>Descent</title>')
})

test('only 127.0.0.1 and localhost with our port are us', async () => {
  await start(list)
  const { port } = new URL(server.address)
  const status = async (host: string) =>
    (await call('POST', '/rpc/projects.list', { body: '{}', headers: { host } })).status
  expect(await status(`127.0.0.1:${port}`)).toBe(200)
  expect(await status(`localhost:${port}`)).toBe(200)
  expect(await status('localhost')).toBe(403)
  expect(await status(`evil.example:${port}`)).toBe(403)
  expect(await status(`127.0.0.1:${port}.evil.example`)).toBe(403)
})

test('another site cannot call, even with the cookie', async () => {
  await start(list)
  const { port } = new URL(server.address)
  const status = async (origin: string) =>
    (await call('POST', '/rpc/projects.list', { body: '{}', headers: { origin } })).status
  expect(await status(`http://127.0.0.1:${port}`)).toBe(200)
  expect(await status('http://127.0.0.1:1')).toBe(403)
  expect(await status('https://evil.example')).toBe(403)
  expect(await status('null')).toBe(403)
})

test('unknown and malformed calls are errors of the caller, with the field', async () => {
  await start(list)
  const rpc = (name: string, body: string | Buffer) => call('POST', `/rpc/${name}`, { body })
  const unknown = await rpc('projects.explode', '{}')
  expect([unknown.status, unknown.json()]).toMatchObject([404, { code: 'unknownProcedure' }])
  expect((await rpc('__proto__', '{}')).status).toBe(404)
  for (const body of ['', '{', 'projects', Buffer.from([0x22, 0xff, 0x22])]) {
    const answer = await rpc('projects.list', body)
    expect([answer.status, answer.json()]).toMatchObject([400, { code: 'badRequest' }])
  }
  expect((await rpc('projects.list', '[]')).status).toBe(400)
  expect((await rpc('projects.create', '{"name": ""}')).json()).toMatchObject({
    code: 'badRequest',
    field: 'name',
  })
  expect((await rpc('projects.create', '{"name": "a", "nmae": 1}')).json()).toMatchObject({ field: 'nmae' })
  expect((await rpc('compare.runs', '{"runIds": ["a", 7]}')).json()).toMatchObject({ field: 'runIds.1' })
  expect((await call('GET', '/rpc/projects.list')).status).toBe(405)
  expect((await call('DELETE', '/')).status).toBe(405)
  expect((await call('GET', '/%E0%A4%A')).status).toBe(400)
  expect(logged).toEqual([])
})

test('an oversize body is refused with a sentence, and the next call works', async () => {
  await start(list)
  const answer = await call('POST', '/rpc/projects.list', { body: Buffer.alloc(9 * 1024 * 1024, 0x20) })
  expect([answer.status, answer.json()]).toMatchObject([413, { code: 'badRequest' }])
  expect((await call('POST', '/rpc/projects.list', { body: '{}' })).status).toBe(200)
})

test('errors keep their code, sentence and field; bugs are logged and not shown', async () => {
  await start({
    'projects.get': async () => {
      throw new DescentError('badRecipe', 'The target is missing.', 'data.columns')
    },
    'projects.list': async () => {
      throw new TypeError('password is not a function')
    },
    'samples.list': async () => {
      writeFileSync('/dev/full', 'x')
      return []
    },
  })
  const rpc = async (name: string, body = '{}') => {
    const answer = await call('POST', `/rpc/${name}`, { body })
    return [answer.status, answer.json()]
  }
  expect(await rpc('projects.get', '{"projectId":"p"}')).toEqual([
    422,
    { code: 'badRecipe', message: 'The target is missing.', field: 'data.columns' },
  ])
  const [status, value] = await rpc('projects.list')
  expect([status, value]).toMatchObject([500, { code: 'internal' }])
  expect(JSON.stringify(value)).not.toContain('password')
  expect(logged.join()).toContain('password is not a function')
  if (process.platform === 'linux')
    expect(await rpc('samples.list')).toMatchObject([507, { code: 'storageFull' }])
})

test('the request reaches the handler as the contract read it', async () => {
  await start({
    'projects.setStep': async (input) => {
      expect(input).toEqual({ projectId: 'p', step: 'train' })
      return { ok: true }
    },
  })
  const answer = await call('POST', '/rpc/projects.setStep', { body: '{"projectId":"p","step":"train"}' })
  expect([answer.status, answer.json()]).toEqual([200, { ok: true }])
})

test('uploads keep their name and their bytes, each in a folder of its own', async () => {
  await start()
  const bytes = Buffer.alloc(3 * 1024 * 1024, 'a,b\n')
  const upload = async (name: string, body: Buffer) => {
    const answer = await call('PUT', `/upload/${encodeURIComponent(name)}`, { body })
    return (answer.json() as { path: string }).path
  }
  const first = await upload('Käse table.csv', bytes)
  const second = await upload('Käse table.csv', Buffer.from('x'))
  expect(readFileSync(first).equals(bytes)).toBe(true)
  expect(readFileSync(second, 'utf8')).toBe('x')
  expect(first.startsWith(join(workspace, 'uploads'))).toBe(true)
  expect(first.endsWith('Käse table.csv')).toBe(true)
  const escaping = await upload('../../../evil.csv', Buffer.from('x'))
  expect(escaping.startsWith(join(workspace, 'uploads'))).toBe(true)
  expect(escaping.endsWith('evil.csv')).toBe(true)
})

test('an upload that breaks off leaves nothing behind', async () => {
  await start()
  const port = Number(new URL(server.address).port)
  const socket = connect(port, '127.0.0.1')
  socket.write(
    `PUT /upload/half.csv HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: descent-${port}=${token}\r\nContent-Length: 1000\r\n\r\nhalf`,
  )
  const uploads = join(workspace, 'uploads')
  const count = () => (readdirSync(workspace).includes('uploads') ? readdirSync(uploads).length : 0)
  await expect.poll(count).toBe(1)
  socket.destroy()
  await expect.poll(count).toBe(0)
  expect((await call('GET', '/')).status).toBe(200)
})

test('an upload into a workspace that cannot take it says so', async () => {
  await start()
  rmSync(workspace, { recursive: true })
  writeFileSync(workspace, 'a file is in the way')
  const answer = await call('PUT', '/upload/x.csv', { body: Buffer.alloc(1024 * 1024) })
  expect([answer.status, answer.json()]).toMatchObject([507, { code: 'storageReadOnly' }])
})

test('downloads come from the workspace only', async () => {
  await start()
  mkdirSync(join(workspace, 'models'))
  writeFileSync(join(workspace, 'models/predictions é.csv'), 'a\n1\n')
  symlinkSync(join(folder, 'secret.txt'), join(workspace, 'link.txt'))
  const get = (path: string) => call('GET', `/download?path=${encodeURIComponent(path)}`)
  const good = await get(join(workspace, 'models/predictions é.csv'))
  expect([good.status, good.text]).toEqual([200, 'a\n1\n'])
  expect(good.headers['content-disposition']).toBe("attachment; filename*=UTF-8''predictions%20%C3%A9.csv")
  for (const path of [
    'secret.txt',
    'workspace/../secret.txt',
    'workspace/link.txt',
    'workspace/models',
    'workspace/no',
  ])
    expect([path, (await get(join(folder, path))).status]).toEqual([path, 404])
  expect((await call('GET', '/download')).status).toBe(400)
})

test('the window is served with its policy, its routes fall back to index.html, and nothing else leaks', async () => {
  await start()
  const page = await call('GET', '/projects/42/train')
  expect(page.text).toBe('<title>Descent</title>')
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
  expect(page.headers['content-security-policy']).toContain("script-src 'self';")
  expect(page.headers['cache-control']).toBe('no-cache')
  const script = await call('GET', '/assets/app-1234.js')
  expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8')
  expect(script.headers['cache-control']).toContain('immutable')
  expect((await call('GET', '/assets/gone.js')).status).toBe(404)
  for (const path of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '//secret.txt',
    '/a%00.txt',
  ])
    expect([path, (await call('GET', path)).status]).toEqual([path, 404])
  expect((await call('HEAD', '/')).text).toBe('')
})

/** Reads the stream until `count` events have come. */
async function listen(count: number): Promise<HostEvent[]> {
  const { port } = new URL(server.address)
  const response = await fetch(`http://127.0.0.1:${port}/events`, {
    headers: { cookie: `descent-${port}=${token}` },
  })
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  const seen: HostEvent[] = []
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks)
      if (block.startsWith('data: ')) seen.push(JSON.parse(block.slice('data: '.length)) as HostEvent)
    if (seen.length >= count) break
  }
  return seen
}

test('every window hears hello first, then what happens', async () => {
  await start()
  const both = [listen(2), listen(2)]
  await expect.poll(() => events.clients).toBe(2)
  const changed: HostEvent = { type: 'project.changed', projectId: 'p' }
  events.emit(changed)
  for (const seen of await Promise.all(both))
    expect(seen).toEqual([{ type: 'hello', protocol: protocolVersion }, changed])
  await expect.poll(() => events.clients).toBe(0)
})

test('a window that stops reading is dropped instead of filling the memory', async () => {
  await start()
  const port = Number(new URL(server.address).port)
  const socket = connect(port, '127.0.0.1')
  socket.pause()
  socket.on('error', () => {})
  socket.write(`GET /events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: descent-${port}=${token}\r\n\r\n`)
  await expect.poll(() => events.clients).toBe(1)
  // More than the kernel's buffers take.
  const event: HostEvent = { type: 'run.deleted', runId: 'r'.repeat(256 * 1024), projectId: 'p' }
  for (let i = 0; i < 100 && events.clients > 0; i++) {
    events.emit(event)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(events.clients).toBe(0)
  socket.destroy()
})

test('a quiet stream carries a heartbeat', async () => {
  events = new EventStream({ heartbeatMs: 20 })
  await start()
  const { port } = new URL(server.address)
  const response = await fetch(`http://127.0.0.1:${port}/events`, {
    headers: { cookie: `descent-${port}=${token}` },
  })
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    if (text.includes('\n\n:\n\n')) break
  }
  expect(text).toContain('\n\n:\n\n')
})

test('a port that is taken is said in a sentence', async () => {
  await start()
  const port = Number(new URL(server.address).port)
  const second = startServer({
    door: { kind: 'loopback', port, token },
    handlers: handlersWith({}),
    events,
    workspace,
    staticFolder: null,
    log: () => {},
  })
  await expect(second).rejects.toThrow(`Port ${port} is taken`)
})

test.skipIf(process.platform === 'win32')(
  'the socket is the user’s alone, needs no token, and replaces a dead one',
  async () => {
    const path = join(folder, 'run/host.sock')
    mkdirSync(join(folder, 'run'))
    writeFileSync(path, 'left behind')
    await start(list, { kind: 'socket', path })
    expect(server.address).toBe(path)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest(
        { socketPath: path, method: 'POST', path: '/rpc/projects.list' },
        (response) => {
          response.resume()
          resolve(response.statusCode)
        },
      )
      request.on('error', reject)
      request.end('{}')
    })
    expect(status).toBe(200)
  },
)
