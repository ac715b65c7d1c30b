import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contentSecurityPolicy } from '../window-files.ts'
import { answerFrom } from './app-protocol.ts'

/** Large enough that no buffer on the way could hold it back. */
const large = Buffer.alloc(5 * 1024 * 1024, 'abc')
let folder: string
let socket: string
let server: Server
let streamsOpen = 0

const answer: RequestListener = (request, response) => {
  switch (request.url) {
    case '/echo?q=1':
      response.setHeader('content-type', 'application/octet-stream')
      response.setHeader('x-method', request.method ?? '')
      response.setHeader('x-host', request.headers.host ?? '')
      request.pipe(response)
      return
    case '/events':
      streamsOpen++
      response.on('close', () => streamsOpen--)
      response.setHeader('content-type', 'text/event-stream')
      response.write('data: hello\n\n')
      request.socket.once('data', () => {})
      setTimeout(() => response.write('data: later\n\n'), 50)
      return
    case '/large':
      response.end(large)
      return
    case '/early':
      response.writeHead(413, { connection: 'close' }).end('too much')
      return
    case '/none':
      response.writeHead(204).end()
      return
    default:
      request.socket.destroy()
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-protocol-'))
  socket = process.platform === 'win32' ? '\\\\.\\pipe\\descent-protocol-test' : join(folder, 'host')
  server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(socket, resolve))
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

const noFiles = async () => null
const forward = (path: string, init?: RequestInit) =>
  answerFrom({ hostSocket: async () => socket, windowFolder: noFiles })(
    new Request(`app://descent${path}`, init),
  )

test('method, query, body and headers arrive, and come back', async () => {
  const response = await forward('/echo?q=1', {
    method: 'PUT',
    body: large,
    headers: { 'content-type': 'text/csv' },
  })
  expect(response.status).toBe(200)
  expect(response.headers.get('x-method')).toBe('PUT')
  expect(response.headers.get('x-host')).not.toContain('descent')
  expect(response.headers.has('transfer-encoding')).toBe(false)
  expect(large.equals(await response.bytes())).toBe(true)
})

test('a body is sent as it is made', async () => {
  const parts = ['one,', 'two']
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const part = parts.shift()
      if (part === undefined) controller.close()
      else controller.enqueue(new TextEncoder().encode(part))
    },
  })
  // `duplex` is demanded by fetch's standard and unknown to the DOM's types.
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' }
  expect(await (await forward('/echo?q=1', init)).text()).toBe('one,two')
})

test('events come one by one, and leaving closes the stream at the host', async () => {
  const response = await forward('/events')
  const reader = response.body!.getReader()
  const read = async () => new TextDecoder().decode((await reader.read()).value)
  expect(await read()).toBe('data: hello\n\n')
  expect(streamsOpen).toBe(1)
  expect(await read()).toBe('data: later\n\n')
  await reader.cancel()
  await expect.poll(() => streamsOpen).toBe(0)
})

test('a window that gives up a call ends it at the host', async () => {
  const leaving = new AbortController()
  await forward('/events', { signal: leaving.signal })
  expect(streamsOpen).toBe(1)
  leaving.abort()
  await expect.poll(() => streamsOpen).toBe(0)
})

test('large answers arrive whole; empty ones are empty', async () => {
  expect(large.equals(await (await forward('/large')).bytes())).toBe(true)
  const none = await forward('/none')
  expect([none.status, none.body]).toEqual([204, null])
})

test('a refusal before the body has ended is heard', async () => {
  const response = await forward('/early', { method: 'PUT', body: 'x' })
  expect([response.status, await response.text()]).toEqual([413, 'too much'])
})

test('a host that is not there is an error value, not an exception', async () => {
  const broken = await forward('/hang-up')
  expect([broken.status, await broken.json()]).toMatchObject([503, { code: 'unavailable' }])
  const request = new Request('app://descent/')
  const nobody = () => Promise.reject(new Error('It ended.'))
  const gone = await answerFrom({ hostSocket: nobody, windowFolder: noFiles })(request)
  expect([gone.status, await gone.json()]).toMatchObject([
    503,
    { message: expect.stringContaining('It ended.') },
  ])
  const elsewhere = await answerFrom({ hostSocket: async () => socket, windowFolder: noFiles })(
    new Request('app://evil/large'),
  )
  expect(elsewhere.status).toBe(404)
})

test('the page and its files are there before the host is, and nothing else of the disk', async () => {
  const built = join(folder, 'dist')
  mkdirSync(join(built, 'assets'), { recursive: true })
  writeFileSync(join(built, 'index.html'), '<title>Descent</title>')
  writeFileSync(join(built, 'assets/index-1.js'), 'start()')
  writeFileSync(join(folder, 'secret.txt'), 'of others')
  const starting = new Promise<string>(() => {})
  const handle = answerFrom({ hostSocket: () => starting, windowFolder: async () => built })
  const page = await handle(new Request('app://descent/'))
  expect([page.status, await page.text()]).toEqual([200, '<title>Descent</title>'])
  expect(page.headers.get('content-security-policy')).toBe(contentSecurityPolicy)
  expect(page.headers.get('cache-control')).toBe('no-cache')
  const script = await handle(new Request('app://descent/assets/index-1.js'))
  expect([script.headers.get('content-type'), await script.text()]).toEqual([
    'text/javascript; charset=utf-8',
    'start()',
  ])
  expect(script.headers.get('cache-control')).toContain('immutable')

  // What is no file of the window is the host's to say.
  const then = answerFrom({ hostSocket: async () => socket, windowFolder: async () => built })
  expect((await then(new Request('app://descent/large'))).headers.get('content-type')).toBe(
    'text/html; charset=utf-8',
  )
  const posted = await then(new Request('app://descent/echo?q=1', { method: 'POST', body: 'x' }))
  expect(await posted.text()).toBe('x')
  for (const way of ['/..%2fsecret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt', '/%zz.txt'])
    expect((await then(new Request(`app://descent${way}`))).status).toBe(503)
  // Calls are never looked for among files, and a window that is not as it was packaged is not shown.
  expect((await then(new Request('app://descent/events'))).headers.get('content-type')).toBe(
    'text/event-stream',
  )
  const unsound = answerFrom({ hostSocket: async () => socket, windowFolder: noFiles })
  expect((await unsound(new Request('app://descent/assets/index-1.js'))).status).toBe(503)
})
