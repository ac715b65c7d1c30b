import { connect } from 'node:net'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DescentError, protocolVersion, type HostEvent } from '../../contract/index.ts'
import type { Handlers } from '../context.ts'
import { EventStream, startServer, type ServerOptions } from './index.ts'
import { handlersWith, Trial } from './trial.ts'

let trial: Trial
let folder: string
let workspace: string

beforeEach(() => {
  trial = new Trial()
  ;({ folder, workspace } = trial)
})
afterEach(() => trial.close())

const start = (some?: Partial<Handlers>, more?: Partial<ServerOptions>) => trial.start(some, more)
const call: Trial['call'] = (...request) => trial.call(...request)

const list = { 'projects.list': async () => [] } satisfies Partial<Handlers>

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
  expect(trial.logged).toEqual([])
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
  expect(trial.logged.join()).toContain('password is not a function')
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

test.skipIf(process.platform === 'win32').each([0, 0o777])(
  'uploads are their user’s alone, whatever the umask (%o)',
  async (mask) => {
    await start()
    const before = process.umask(mask)
    try {
      const answer = await call('PUT', '/upload/x.csv', { body: 'x' })
      const { path } = answer.json() as { path: string }
      const mode = (path: string) => statSync(path).mode & 0o777
      expect(mode(path)).toBe(0o600)
      expect(mode(dirname(path))).toBe(0o700)
      expect(mode(join(workspace, 'uploads'))).toBe(0o700)
    } finally {
      process.umask(before)
    }
  },
)

test('an upload that breaks off leaves nothing behind', async () => {
  await start()
  const { socket } = trial.raw()
  socket.write(trial.head('PUT', '/upload/half.csv', 'Content-Length: 1000') + 'half')
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
  const response = await fetch(`http://127.0.0.1:${trial.port}/events`, {
    headers: { cookie: trial.cookie },
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
  await expect.poll(() => trial.events.clients).toBe(2)
  const changed: HostEvent = { type: 'project.changed', projectId: 'p' }
  trial.events.emit(changed)
  for (const seen of await Promise.all(both))
    expect(seen).toEqual([{ type: 'hello', protocol: protocolVersion }, changed])
  await expect.poll(() => trial.events.clients).toBe(0)
})

/** More than the kernel's buffers take, when there are some. */
const large: HostEvent = { type: 'run.deleted', runId: 'r'.repeat(256 * 1024), projectId: 'p' }

/** A window that has asked for events and reads none. */
function stuck() {
  const socket = connect(trial.port, '127.0.0.1')
  socket.pause()
  socket.on('error', () => {})
  socket.write(trial.head('GET', '/events'))
  return socket
}

test('a window that stops reading is dropped instead of filling the memory', async () => {
  await start()
  const socket = stuck()
  await expect.poll(() => trial.events.clients).toBe(1)
  for (let i = 0; i < 100 && trial.events.clients > 0; i++) {
    trial.events.emit(large)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(trial.events.clients).toBe(0)
  socket.destroy()
})

test('many windows that do not read cost little, are limited, and do not hold up one that does', async () => {
  trial.events = new EventStream({ maxPending: 64 * 1024 * 1024, maxClients: 50 })
  await start()
  const reading = listen(41)
  await expect.poll(() => trial.events.clients).toBe(1)
  const sockets = Array.from({ length: 49 }, stuck)
  await expect.poll(() => trial.events.clients).toBe(50)
  const refused = await call('GET', '/events')
  expect([refused.status, refused.json()]).toMatchObject([503, { code: 'unavailable' }])
  const before = process.memoryUsage().rss
  for (let i = 0; i < 40; i++) {
    trial.events.emit(large)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect((await reading).length).toBe(41)
  expect(trial.events.clients).toBeGreaterThanOrEqual(49)
  // 40 events of 256 KiB for 49 windows are 490 MiB; they are kept once.
  expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(250)
  for (const socket of sockets) socket.destroy()
  await expect.poll(() => trial.events.clients).toBe(0)
  expect((await call('GET', '/')).status).toBe(200)
})

test('a quiet stream carries a heartbeat', async () => {
  trial.events = new EventStream({ heartbeatMs: 20 })
  await start()
  const response = await fetch(`http://127.0.0.1:${trial.port}/events`, {
    headers: { cookie: trial.cookie },
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
  const { port } = trial
  const second = startServer({
    door: { kind: 'loopback', port },
    handlers: handlersWith({}),
    events: trial.events,
    workspace,
    scratch: workspace,
    staticFolder: null,
    log: () => {},
  })
  await expect(second).rejects.toThrow(`Port ${port} is taken`)
})

test.skipIf(process.platform === 'win32')(
  'the socket is the user’s alone, needs no key, and replaces a dead one',
  async () => {
    const path = join(folder, 'run/host.sock')
    mkdirSync(join(folder, 'run'))
    writeFileSync(path, 'left behind')
    const before = process.umask(0)
    await start(list, { door: { kind: 'socket', path } })
    // Its own folder, when there was none.
    const second = new Trial()
    const inside = join(folder, 'new/folder/host.sock')
    await second.start(list, { door: { kind: 'socket', path: inside } })
    expect(process.umask(before)).toBe(0)
    expect(statSync(dirname(inside)).mode & 0o777).toBe(0o700)
    await second.close()
    expect(trial.server.address).toBe(path)
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
