import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { authorize, cookieName, newInstance, newSecret, type Keys } from './auth.ts'
import { forwardingPage } from './entrance.ts'
import { Trial } from './trial.ts'

let trial: Trial
beforeEach(async () => {
  trial = new Trial()
  await trial.start({ 'projects.list': async () => [] })
})
afterEach(() => trial.close())

const call: Trial['call'] = (...request) => trial.call(...request)
const visit = (address: string, headers: Record<string, string> = {}) => {
  const { pathname, search } = new URL(address)
  return call('GET', pathname + search, { signedIn: false, headers })
}

test('a call without the cookie is refused, and tells nothing', async () => {
  for (const [method, path] of [
    ['POST', '/rpc/projects.list'],
    ['GET', '/events'],
    ['GET', '/'],
    ['PUT', '/upload/x.csv'],
  ] as const) {
    const answer = await call(method, path, { body: '{}', signedIn: false })
    expect([path, answer.status]).toEqual([path, 401])
    expect(answer.json()).toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('printed last'),
    })
  }
  expect(readdirSync(trial.workspace)).toEqual([])
})

test('the address becomes a cookie of this port and instance, once; a fresh address is given out', async () => {
  const { address } = trial.server
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/)
  const code = new URL(address).searchParams.get('token')!
  const first = await visit(address)
  expect([first.status, first.headers.location]).toEqual([303, '/'])
  expect(first.headers['cache-control']).toBe('no-store')
  expect(first.headers['set-cookie']).toEqual([
    expect.stringMatching(
      new RegExp(`^descent-${trial.port}-[0-9a-f]{16}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/$`),
    ),
  ])
  expect(first.headers['set-cookie']!.join()).not.toContain(code)

  const second = await visit(address)
  expect([second.status, second.json()]).toMatchObject([
    401,
    { code: 'unauthorized', message: expect.stringContaining('used already') },
  ])
  expect(second.headers['set-cookie']).toBe(undefined)

  expect(trial.addresses).toEqual([trial.server.address])
  expect(trial.addresses).not.toContain(address)
  expect((await visit(trial.server.address)).status).toBe(303)
  expect(trial.addresses).toHaveLength(2)
})

test('of two browsers that open the same address at once, one is let in', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => visit(trial.server.address)))
  expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array<number>(9).fill(401)])
})

test('a browser that is signed in may open an old address', async () => {
  const old = `/projects/1?x=2&token=${newSecret()}`
  const answer = await call('GET', old)
  expect([answer.status, answer.headers.location, answer.headers['set-cookie']]).toEqual([
    303,
    '/projects/1?x=2',
    undefined,
  ])
  expect(trial.addresses).toEqual([])
  expect((await call('GET', old, { signedIn: false })).status).toBe(401)
})

test('a program that only looks does not use the address up', async () => {
  const { pathname, search } = new URL(trial.server.address)
  expect((await call('HEAD', pathname + search, { signedIn: false })).status).toBe(401)
  expect((await call('POST', pathname + search, { signedIn: false })).status).toBe(401)
  expect((await visit(trial.server.address)).status).toBe(303)
})

test('led here by a file, the browser goes on in our own name, or it would not send the cookie', async () => {
  const answer = await visit(trial.server.address, { 'sec-fetch-site': 'cross-site' })
  expect(answer.status).toBe(200)
  expect(answer.headers['set-cookie']).toHaveLength(1)
  expect(answer.text).toContain('<meta http-equiv="refresh" content="0; url=/">')
  expect(answer.text).not.toContain('token')
  // An old one is tried again in our own name, which shows whether the browser is signed in.
  const old = `/?token=${newSecret()}`
  const again = await visit(`http://descent${old}`, { 'sec-fetch-site': 'cross-site' })
  expect([again.status, again.headers['set-cookie']]).toEqual([200, undefined])
  expect(again.text).toContain(`content="0; url=${old}"`)
  expect((await visit(`http://descent${old}`, { 'sec-fetch-site': 'same-origin' })).status).toBe(401)
  expect(forwardingPage('/"><script>')).not.toContain('<script>')
})

test('the cookie of another start, and the code as a cookie, are no keys', async () => {
  const other = new Trial()
  await other.start()
  const [name, value] = trial.cookie.split('=') as [string, string]
  const code = new URL(trial.server.address).searchParams.get('token')!
  const status = async (cookie: string) =>
    (await call('GET', '/', { signedIn: false, headers: { cookie } })).status
  expect(await status(other.cookie)).toBe(401)
  expect(await status(`${name}=${code}`)).toBe(401)
  expect(await status(`descent-${trial.port}=${value}`)).toBe(401)
  expect(await status(`other=1; ${name}=${value}`)).toBe(200)
  // Other software may set a cookie of the same name for another path; ours still counts.
  expect(await status(`${name}=x; ${name}=${value}`)).toBe(200)
  await other.close()
})

test('cookies of starts long gone are dropped before they fill the headers', () => {
  const keys: Keys = { port: 80, instance: newInstance(), session: newSecret(), code: newSecret() }
  const old = Array.from({ length: 25 }, (_, port) => `${cookieName({ port, instance: newInstance() })}=x`)
  const verdict = authorize(
    {
      method: 'GET',
      url: new URL(`http://descent/?token=${keys.code}`),
      host: 'localhost:80',
      origin: undefined,
      crossSite: false,
      cookie: ['theirs=1', ...old].join('; '),
    },
    keys,
  )
  const dropped = old.slice(0, 5).map((pair) => expect.stringContaining(`${pair.slice(0, -1)}; Max-Age=0;`))
  expect(verdict).toMatchObject({ kind: 'signIn', setCookies: [expect.anything(), ...dropped] })
})

test('only 127.0.0.1 and localhost with our port are us', async () => {
  const { port } = trial
  const status = async (host: string) =>
    (await call('POST', '/rpc/projects.list', { body: '{}', headers: { host } })).status
  expect(await status(`127.0.0.1:${port}`)).toBe(200)
  expect(await status(`localhost:${port}`)).toBe(200)
  expect(await status('localhost')).toBe(403)
  expect(await status(`evil.example:${port}`)).toBe(403)
  expect(await status(`127.0.0.1:${port}.evil.example`)).toBe(403)
})

test('another site cannot call, even with the cookie', async () => {
  const status = async (origin: string) =>
    (await call('POST', '/rpc/projects.list', { body: '{}', headers: { origin } })).status
  expect(await status(`http://127.0.0.1:${trial.port}`)).toBe(200)
  expect(await status('http://127.0.0.1:1')).toBe(403)
  expect(await status('https://evil.example')).toBe(403)
  expect(await status('null')).toBe(403)
})
