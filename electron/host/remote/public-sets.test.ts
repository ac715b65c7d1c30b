/** Public sets from a mirror on this machine, which answers slowly, breaks off, lies or has nothing. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  addressOfSet,
  publicSetNames,
  publicSets,
  sourcesSchema,
  startLimits,
  type PublicSet,
} from '../../contract/index.ts'
import { openApp } from '../app.ts'
import { getPublicSet, keptSet, whyRefused, type GetOptions } from './public-sets.ts'

const flowers = ['Iris-setosa', 'Iris-versicolor', 'Iris-virginica']
const iris = `${Array.from({ length: 150 }, (_, i) => `${4 + (i % 30) / 10},${2 + (i % 20) / 10},${1 + (i % 50) / 10},${(i % 25) / 10},${flowers[Math.floor(i / 50)]}\n`).join('')}\n`
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

type Answer = (request: IncomingMessage, response: ServerResponse) => void
const whole: Answer = (_, response) => response.writeHead(200, { etag: '"v1"' }).end(iris)

let server: Server
let mirror: string
let answer: Answer
let asked: string[]
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.url}${request.headers.range === undefined ? '' : ` ${request.headers.range}`}`)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sets/`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-public-sets-'))
  answer = whole
  asked = []
})
afterEach(() => {
  delete process.env['DESCENT_CACHE']
  rmSync(folder, { recursive: true, force: true })
})

const path = '/sets/ml/machine-learning-databases/iris/iris.data'
const get = (options: Partial<GetOptions> = {}) =>
  getPublicSet('iris', folder, {
    limits: startLimits,
    progress: () => undefined,
    mirror,
    cache: join(folder, 'cache'),
    patience: 2000,
    ...options,
  })

it('is fetched once, and remembered by its hash', async () => {
  const first = await get()
  expect(first).toMatchObject({ set: 'iris', bytes: iris.length, sha256: sha256(iris) })
  expect(first.notes).toEqual([expect.stringContaining(sha256(iris))])
  expect(readFileSync(first.path, 'utf8')).toBe(iris)
  // Also where nobody answers any more.
  const again = await get({ mirror: 'http://127.0.0.1:9/' })
  expect(again).toMatchObject({ path: first.path, sha256: sha256(iris), notes: [] })
  expect(asked).toEqual([path])
  // What was damaged here is fetched anew, and held to the hash.
  writeFileSync(first.path, iris.replace('4', '5'))
  expect((await get()).sha256).toBe(sha256(iris))
  expect(asked).toEqual([path, path])
})

it('goes on where a mirror broke off, also in another try', async () => {
  let cuts = 6
  answer = (request, response) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const rest = iris.slice(from)
    response.writeHead(from > 0 ? 206 : 200, {
      etag: '"v1"',
      'content-length': rest.length,
      ...(from > 0 && { 'content-range': `bytes ${from}-${iris.length - 1}/${iris.length}` }),
    })
    if (cuts-- <= 0) return response.end(rest)
    response.write(rest.slice(0, 300), () => setTimeout(() => response.destroy(), 20))
  }
  await expect(get()).rejects.toThrow('what came so far is kept')
  const tried = asked.length
  expect((await get()).sha256).toBe(sha256(iris))
  expect(asked[tried]).toMatch(/bytes=\d{3,}-$/)
})

it('waits for a slow mirror, and not for one that says nothing', async () => {
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': iris.length })
    const parts = iris.match(/[^]{1,1000}/g)!
    const next = (i: number) => {
      if (i === parts.length) return response.end()
      response.write(parts[i]!)
      setTimeout(() => next(i + 1), 200)
    }
    next(0)
  }
  const shares: number[] = []
  expect((await get({ patience: 400, progress: (share) => shares.push(share) })).sha256).toBe(sha256(iris))
  expect(shares.length).toBeGreaterThan(2)
  answer = () => undefined
  await expect(get({ again: true, patience: 200 })).rejects.toThrow('the server said nothing')
  expect((await keptSet('iris', join(folder, 'cache')))?.sha256).toBe(sha256(iris))
})

it('that is another file is refused until somebody trusts it, and that is not there is told', async () => {
  await get()
  const changed = iris.replace('setosa', 'SETOSA')
  answer = (_, response) => response.end(changed)
  await expect(get({ again: true })).rejects.toMatchObject({
    field: 'sha256',
    message: expect.stringMatching(
      /^The file of “Iris” at .* is another one than on \d{4}-\d\d-\d\d: .*descent data iris --trust\.$/,
    ) as string,
  })
  // The one that is here is as it was.
  expect((await get()).sha256).toBe(sha256(iris))
  expect((await get({ trust: true })).notes).toEqual([expect.stringContaining(sha256(changed))])
  expect((await get()).sha256).toBe(sha256(changed))
  answer = (_, response) => response.writeHead(404).end()
  await expect(get({ again: true })).rejects.toThrow(
    /there is nothing at this address \(404\)\. Where “Iris” has moved, its page says: https:\/\/archive.*another mirror may have it/,
  )
  answer = (_, response) => response.end('<!doctype html><title>Moved</title>')
  await expect(get({ again: true })).rejects.toThrow('is a web page')
})

it('whose note is damaged is not taken for a new one', async () => {
  const first = await get()
  const note = join(folder, 'cache', 'public-sets', 'iris', 'set.json')
  answer = (_, response) => response.end(iris.replace('setosa', 'SETOSA'))
  for (const damaged of ['{bad', '{}']) {
    writeFileSync(note, damaged)
    await expect(get()).rejects.toMatchObject({
      field: 'sha256',
      message: expect.stringMatching(
        /What is noted of “Iris” .* is damaged.*descent data iris --trust\.$/,
      ) as string,
    })
    expect(readFileSync(first.path, 'utf8')).toBe(iris)
  }
  expect((await get({ trust: true })).sha256).not.toBe(sha256(iris))
})

it('starts with the task that the list says', async () => {
  const rows = Array.from({ length: 300 }, (_, i) => `${7 + (i % 17) / 10};${(i * 7) % 5};${3 + (i % 7)}\n`)
  answer = (_, response) => response.end(`"fixed acidity";"alcohol";"quality"\n${rows.join('')}`)
  process.env['DESCENT_CACHE'] = join(folder, 'user')
  const app = await openApp(join(folder, 'workspace'))
  try {
    const call = app.handlers
    await call['settings.set']({ sources: { mirror } })
    const { id: projectId } = await call['projects.create']({ name: 'Wine' })
    const path = 'catalog:wine-quality'
    const task = async (more: object) => (await call['datasets.import']({ projectId, path, ...more })).recipe
    expect(await task({})).toMatchObject({ task: 'regression', training: { loss: { name: 'mse' } } })
    expect(await task({ target: 'alcohol' })).toMatchObject({ task: 'classification' })
  } finally {
    await app.close()
  }
})

it('is held to the hash of the list, whoever trusts what', () => {
  const came = {
    address: 'https://m.org/a',
    sha256: 'b'.repeat(64),
    known: 'a'.repeat(64),
    before: null,
    trust: true,
  }
  expect(whyRefused('iris', came)?.message).toContain(
    'not the published file of “Iris”: its SHA-256 is bbbbbbbbbbbb…, not aaaaaaaaaaaa…',
  )
  expect(whyRefused('iris', { ...came, known: came.sha256 })).toBeNull()
})

it('becomes a project’s data under the names of its description, and settings say from where', async () => {
  process.env['DESCENT_CACHE'] = join(folder, 'user')
  const app = await openApp(join(folder, 'workspace'))
  try {
    const call = app.handlers
    expect(sourcesSchema.safeParse({ mirror: 'ftp://x' }).error?.message).toContain('A mirror is the address')
    expect(sourcesSchema.safeParse({ mirror: 'https://me:pw@x' }).error?.message).toContain(
      'without a name, a password',
    )
    await call['settings.set']({ sources: { mirror } })
    const { id: projectId } = await call['projects.create']({ name: 'Iris' })
    const { dataset, recipe } = await call['datasets.import']({ projectId, path: 'catalog:iris' })
    expect(dataset?.columns.map(({ name, role }) => [name, role]).at(-1)).toEqual(['species', 'target'])
    expect(dataset?.receipt).toMatchObject({
      path: 'catalog:iris',
      fileName: 'iris.data',
      sha256: sha256(iris),
      bytes: iris.length,
      rowsRead: 150,
      fetched: { address: `${mirror.replace('/sets/', '')}${path}` },
    })
    expect(recipe?.data.source).toMatchObject({ path: 'catalog:iris', header: 'first', delimiter: 'comma' })
    const visited = (await call['settings.addresses']({})).map(({ address }) => address)
    expect(visited).toEqual([`${mirror.replace('/sets/', '')}${path}`])
    // It is here, so that nobody is asked again.
    await call['datasets.import']({ projectId, path: 'catalog:iris', target: 'petal_width' })
    expect(asked).toEqual([path])
    await expect(call['datasets.import']({ projectId, path: 'catalog:none' })).rejects.toThrow(
      'no public set “none”',
    )
  } finally {
    await app.close()
  }
})

describe('the list', () => {
  it.each(publicSetNames)('says of %s what it is, whose, and from where', (name) => {
    const set: PublicSet = publicSets[name]
    expect(new URL(set.url).protocol).toBe('https:')
    expect(new URL(set.about).protocol).toBe('https:')
    expect(set.teaches).toMatch(/\.$/)
    expect(set.license).not.toBe('')
    if (set.names) {
      expect(set.names).toHaveLength(set.columns)
      expect(set.names).toContain(set.target)
      expect(new Set(set.names).size).toBe(set.columns)
    }
    expect(addressOfSet(name, 'https://m.org/sets/')).toBe(`https://m.org/sets${new URL(set.url).pathname}`)
  })
})
