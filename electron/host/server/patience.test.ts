import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { callPatience, msLeft, uploadPatience } from './patience.ts'
import { Trial } from './trial.ts'

let trial: Trial
beforeEach(() => {
  trial = new Trial()
})
afterEach(() => trial.close())

const patience = {
  headersMs: 300,
  call: { idleMs: 300, graceMs: 300, bytesPerSecond: null },
  upload: { idleMs: 300, graceMs: 600, bytesPerSecond: 1000 },
}
const start = () => trial.start({ 'projects.list': async () => [] }, { patience })

const uploads = () => {
  const folder = join(trial.workspace, 'uploads')
  return readdirSync(trial.workspace).includes('uploads') ? readdirSync(folder) : []
}

/** Writes for as long as the connection takes it. Returns what came back, and after how long it was closed. */
async function drip(head: string, text: string, everyMs: number): Promise<{ heard: string; ms: number }> {
  const began = performance.now()
  const { socket, heard } = trial.raw()
  socket.write(head)
  const timer = setInterval(() => socket.write(text), everyMs)
  const answer = await heard
  clearInterval(timer)
  return { heard: answer, ms: performance.now() - began }
}

const sentence = (answer: string): unknown => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))

test('the clock of a client: pauses, the total of a call, the average of an upload', () => {
  expect(msLeft(callPatience, 0, 0)).toBe(30_000)
  expect(msLeft(callPatience, 29_000, 5_000_000)).toBe(1_000)
  expect(msLeft(callPatience, 31_000, 5_000_000)).toBe(0)
  expect(msLeft(uploadPatience, 0, 0)).toBe(60_000)
  // A byte every five seconds is too little after a minute.
  expect(msLeft(uploadPatience, 58_000, 12)).toBe(2_000)
  expect(msLeft(uploadPatience, 60_000, 12)).toBe(0)
  // 100 MB in ten hours are not.
  expect(msLeft(uploadPatience, 36_000_000, 100_000_000)).toBe(60_000)
})

test('a call whose body trickles in is ended with a sentence', async () => {
  await start()
  const head = trial.head('POST', '/rpc/projects.list', 'Content-Length: 1000')
  const { heard, ms } = await drip(head, ' ', 50)
  expect(heard).toMatch(/^HTTP\/1\.1 408 /)
  expect(heard).toMatch(/connection: close/i)
  expect(sentence(heard)).toMatchObject({
    code: 'badRequest',
    message: expect.stringContaining('within 0.3 seconds'),
  })
  expect(ms).toBeGreaterThan(250)
  expect(ms).toBeLessThan(3000)
  expect((await trial.call('POST', '/rpc/projects.list', { body: '{}' })).status).toBe(200)
})

test('an oversize call that trickles on after its refusal was certain is ended too', async () => {
  await start()
  const { socket, heard } = trial.raw()
  socket.write(trial.head('POST', '/rpc/projects.list', `Content-Length: ${20 * 1024 * 1024}`))
  socket.write(Buffer.alloc(9 * 1024 * 1024, 0x20))
  expect(await heard).toMatch(/^HTTP\/1\.1 408 /)
})

test('an upload that pauses is ended with a sentence, and nothing of it stays', async () => {
  await start()
  const { socket, heard } = trial.raw()
  socket.write(trial.head('PUT', '/upload/half.csv', 'Content-Length: 1000000') + 'a,b\n')
  await expect.poll(() => uploads().length).toBe(1)
  const answer = await heard
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  expect(sentence(answer)).toMatchObject({ message: expect.stringContaining('only 4 bytes') })
  expect(uploads()).toEqual([])
  expect(trial.logged).toEqual([])
})

test('an upload that trickles is ended after its time of grace, one that is only slow is not', async () => {
  await start()
  const head = (bytes: number) => trial.head('PUT', '/upload/slow.csv', `Content-Length: ${bytes}`)
  const trickling = await drip(head(1_000_000), 'x', 50)
  expect(trickling.heard).toMatch(/^HTTP\/1\.1 408 /)
  expect(trickling.ms).toBeGreaterThan(550)
  expect(uploads()).toEqual([])

  const { socket, heard } = trial.raw()
  socket.write(head(6000))
  for (let i = 0; i < 12; i++) {
    socket.write('x'.repeat(500))
    await delay(100)
  }
  socket.end()
  expect(await heard).toMatch(/^HTTP\/1\.1 200 /)
  expect(uploads()).toHaveLength(1)
})

test('what arrived while the host was busy is not late', async () => {
  await start()
  const { socket, heard } = trial.raw()
  socket.write(trial.head('PUT', '/upload/x.csv', 'Content-Length: 3', 'Connection: close') + 'a')
  await expect.poll(() => uploads().length).toBe(1)
  await new Promise((resolve) => setImmediate(resolve))
  socket.write('bc')
  // The rest lies in the kernel while nothing of ours runs, for longer than anyone is waited for; then timers come first.
  const until = performance.now() + 500
  while (performance.now() < until);
  expect(await heard).toMatch(/^HTTP\/1\.1 200 /)
})

test.each([
  ['GET', '/'],
  ['GET', '/download?path=x'],
  ['DELETE', '/'],
])('a body that nobody asked for does not hold the connection: %s %s', async (method, path) => {
  await start()
  const { heard, ms } = await drip(trial.head(method, path, 'Content-Length: 1000'), 'x', 50)
  expect(heard).toMatch(/connection: close/i)
  expect(ms).toBeLessThan(2000)
})

test('headers that trickle in, or never come, are not waited for', async () => {
  await start()
  const slow = await drip(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${trial.port}\r\nX: `, 'x', 50)
  expect(slow.heard).toMatch(/^HTTP\/1\.1 408 /)
  expect(sentence(slow.heard)).toMatchObject({ code: 'badRequest' })
  expect(slow.ms).toBeLessThan(3000)
  const { heard } = trial.raw()
  expect(await heard).toMatch(/^HTTP\/1\.1 408 |^$/)
})
