/** Against a server of our own, which does what servers do when things go wrong. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DescentError, startLimits } from '../../contract/index.ts'
import { fileNameOf, isPrivateNumber, withoutSecrets } from './address.ts'
import { fetchFile } from './fetch-file.ts'

const csv = Buffer.from(`a,b\n${Array.from({ length: 5000 }, (_, i) => `${i},x${i % 3}\n`).join('')}`)
type Handler = (request: IncomingMessage, response: ServerResponse) => void

let server: Server
let origin: string
let asked: { url: string; range: string | undefined }[] = []
let folder: string
let begun: string

/** In two halves, of which the second comes only where somebody asks for it. */
const half = csv.length >> 1
const sendRange: (etag: string) => Handler = (etag) => (request, response) => {
  const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
  if (from > 0 && request.headers['if-range'] === etag) {
    response.writeHead(206, {
      etag,
      'content-length': csv.length - from,
      'content-range': `bytes ${from}-${csv.length - 1}/${csv.length}`,
    })
    response.end(csv.subarray(from))
    return
  }
  response.writeHead(200, { etag, 'content-length': csv.length })
  response.write(csv.subarray(0, half))
  setTimeout(() => response.destroy(), 50)
}

const routes: Record<string, Handler> = {
  '/plain.csv': (_, response) =>
    response.writeHead(200, { etag: '"1"', 'content-length': csv.length }).end(csv),
  '/in-pieces.csv': (_, response) => {
    response.writeHead(200, { etag: '"p"', 'content-length': csv.length })
    for (let i = 0; i < 10; i++)
      setTimeout(() => {
        const [from, to] = [i, i + 1].map((n) => Math.floor((n * csv.length) / 10))
        response.write(csv.subarray(from, to), () => void (i === 9 && response.end()))
      }, 15 * i)
  },
  '/left.csv': (request, response) => {
    if (request.headers.range !== undefined) return sendRange('"l"')(request, response)
    response.writeHead(200, { etag: '"l"', 'content-length': csv.length })
    response.write(csv.subarray(0, half))
  },
  '/named': (_, response) =>
    response
      .writeHead(200, { 'content-disposition': `attachment; filename*=UTF-8''Z%C3%BCrich%2F..%2F1.csv` })
      .end(csv),
  '/cut.csv': sendRange('"a"'),
  '/always-cut.csv': (_, response) => {
    response.writeHead(200, { 'content-length': csv.length })
    response.write(csv.subarray(0, 100))
    setTimeout(() => response.destroy(), 20)
  },
  '/slow.csv': (_, response) => {
    response.writeHead(200, { 'content-length': csv.length })
    response.write(csv.subarray(0, 100))
  },
  '/silent.csv': () => undefined,
  '/packed.csv': (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(csv)),
  '/moved': (_, response) => response.writeHead(302, { location: '/further' }).end(),
  '/further': (_, response) => response.writeHead(307, { location: '/plain.csv' }).end(),
  '/loop': (_, response) => response.writeHead(302, { location: '/loop' }).end(),
  '/out': (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  '/page': (_, response) =>
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<!DOCTYPE html><html><body>Sign in</body></html>'),
  '/large.csv': (_, response) => response.writeHead(200, { 'content-length': 5_000_000_000 }).end(),
  '/endless.csv': (_, response) => {
    response.writeHead(200)
    const more = () =>
      void (response.destroyed || response.write(Buffer.alloc(1 << 20, '1,2\n'), () => setImmediate(more)))
    more()
  },
  '/empty.csv': (_, response) => response.writeHead(200, { 'content-length': 0 }).end(),
  '/secret.csv': (_, response) => response.writeHead(401).end('no'),
}

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push({ url: request.url ?? '', range: request.headers.range })
    const handler = routes[(request.url ?? '').split('?')[0]!]
    if (handler) handler(request, response)
    else response.writeHead(404, { 'content-type': 'text/html' }).end('<html>not here</html>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
beforeEach(() => {
  asked = []
  folder = mkdtempSync(join(tmpdir(), 'descent-fetch-'))
  begun = join(folder, 'begun')
  return () => rmSync(folder, { recursive: true, force: true })
})

const get = (path: string, limits = startLimits, patience?: number) =>
  fetchFile(
    path.startsWith('http') ? path : origin + path,
    { folder: join(folder, 'data'), begun },
    { limits, progress: () => undefined, ...(patience !== undefined && { patience }) },
  )
async function refusal(...asking: Parameters<typeof get>): Promise<string> {
  const error: unknown = await get(...asking).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(DescentError)
  return (error as DescentError).message
}
const sha256 = createHash('sha256').update(csv).digest('hex')

describe('a file', () => {
  it('comes as it is, with what its server says of it', async () => {
    const shares: number[] = []
    const options = { limits: startLimits, progress: (share: number) => void shares.push(share) }
    const file = await fetchFile(`${origin}/plain.csv#part`, { folder: join(folder, 'data'), begun }, options)
    expect(readFileSync(file.path).equals(csv)).toBe(true)
    expect(file).toMatchObject({ name: 'plain.csv', bytes: csv.length, sha256 })
    expect(file.fetched).toMatchObject({ address: `${origin}/plain.csv`, redirects: [], etag: '"1"' })
    expect(shares.at(-1)).toBe(1)
  })

  it('is called as its server says, but never out of its folder', async () => {
    const { name, path } = await get('/named')
    expect(name).toBe('1.csv')
    expect(path).toBe(join(folder, 'data', '1.csv'))
  })

  it('that breaks off goes on where it stopped', async () => {
    expect((await get('/cut.csv')).sha256).toBe(sha256)
    expect(asked.map(({ range }) => range)).toEqual([undefined, `bytes=${half}-`])
  })

  it('that a person asks for once more goes on where the last try stopped', async () => {
    routes['/stalls.csv'] = (request, response) => {
      if (request.headers.range !== undefined) return sendRange('"s"')(request, response)
      response.writeHead(200, { etag: '"s"', 'content-length': csv.length })
      response.write(csv.subarray(0, half))
    }
    expect(await refusal('/stalls.csv', startLimits, 300)).toContain('what came so far is kept')
    expect((await get('/stalls.csv')).sha256).toBe(sha256)
    expect(asked.map(({ range }) => range)).toEqual([undefined, `bytes=${half}-`])
  })

  it('that another one took the place of begins anew', async () => {
    let etag = '"old"'
    routes['/changing.csv'] = (request, response) => {
      if (etag === '"old"') {
        sendRange(etag)(request, response)
        etag = '"new"'
      } else response.writeHead(200, { etag, 'content-length': 8 }).end('a,b\n1,2\n')
    }
    const file = await get('/changing.csv')
    expect(readFileSync(file.path, 'utf8')).toBe('a,b\n1,2\n')
  })

  it('that is packed on its way is unpacked', async () => {
    expect((await get('/packed.csv')).sha256).toBe(sha256)
  })

  it('is found where redirects lead, which are told', async () => {
    const { fetched, name } = await get('/moved')
    expect(name).toBe('plain.csv')
    expect(fetched.redirects).toEqual([`${origin}/further`, `${origin}/plain.csv`])
  })
})

describe('several at once', () => {
  it('of one address each get the whole file', async () => {
    const files = await Promise.all(
      ['one', 'two', 'three'].map((name) =>
        fetchFile(
          `${origin}/in-pieces.csv`,
          { folder: join(folder, name), begun },
          { limits: startLimits, progress: () => undefined },
        ),
      ),
    )
    expect(files.map((file) => file.sha256)).toEqual([sha256, sha256, sha256])
    expect(readdirSync(begun)).toEqual([])
  })

  it('takes over what somebody left who was ended', async () => {
    expect(await refusal('/left.csv', startLimits, 300)).toContain('kept')
    const part = readdirSync(begun).find((name) => name.endsWith('.part'))!
    writeFileSync(join(begun, part.replace('.part', '.lock')), '999999999')
    expect((await get('/left.csv')).sha256).toBe(sha256)
    expect(asked.at(-1)?.range).toBe(`bytes=${half}-`)
  })
})

it('secrets of an address are neither kept nor told', async () => {
  const secret = `${origin}/plain.csv?x=1&token=abc&X-Amz-Signature=def`
  const { fetched } = await get(secret)
  expect(fetched.address).toBe(`${origin}/plain.csv?x=1&token=***&X-Amz-Signature=***`)
  expect(await refusal(fetched.address)).toContain('Give the whole address')
  expect(await refusal(`${origin}/nothing.csv?sig=abc`)).not.toContain('abc')
  expect(withoutSecrets('https://a.org/?monkey=1&keyword=2&page=3')).toBe(
    'https://a.org/?monkey=1&keyword=2&page=3',
  )
})

it.each([
  ['http://127.0.0.1:8199/npm/pkg@1.2/data.csv', null],
  ['https://me:p@ss@a.org/x@y.csv', 'https://me:***@a.org/x@y.csv'],
  ['postgresql://localhost:5432/my@db', null],
  ['postgresql://me:secret@localhost:5432/my@db', 'postgresql://me:***@localhost:5432/my@db'],
  ['postgresql://me@a.org/db?sslrootcert=/x@y.crt', null],
  [
    'postgresql://me:secret@a.org/db?sslrootcert=/x@y.crt',
    'postgresql://me:***@a.org/db?sslrootcert=/x@y.crt',
  ],
  ['postgresql://me:se/cr@t?#1@a.org/db', 'postgresql://me:***@a.org/db'],
  ['postgresql://me:12/3@a.org/db', 'postgresql://me:***@a.org/db'],
  ['postgresql://me:se\ncret@a.org/db', 'postgresql://me:***@a.org/db'],
  ['mysql://me:se/cret@/db?socket=/tmp/s@1', 'mysql://me:***@/db?socket=/tmp/s@1'],
  ['postgresql+odd://me:secret@a.org/db', 'postgresql+odd://me:***@a.org/db'],
  ['postgresql://me@a.org/db?password=secret', 'postgresql://me@a.org/db?password=***'],
])('%s is told without its password, and otherwise as it is', (address, shown) => {
  expect(withoutSecrets(address)).toBe(shown ?? address)
})

describe('what is refused, in words', () => {
  it.each([
    ['/nothing.csv', 'could not be fetched: there is nothing at this address (404).'],
    ['/secret.csv', 'it wants a password (401)'],
    ['/loop', 'leads from one address to the next without an end'],
    ['/out', 'leads on to somewhere that is no address: “file:///etc/passwd”'],
    ['/page', 'is a web page, not a file of data'],
    ['/empty.csv', 'is empty'],
    ['/always-cut.csv', 'the connection broke off. Try again.'],
    ['http://name:word@127.0.0.1/a.csv', 'holds a name or a password'],
    ['http://', 'is no address of the web'],
    ['http://127.0.0.1:47999/a.csv', 'nobody answers there'],
  ])('%s', async (path, message) => expect(await refusal(path)).toContain(message))

  it('what is larger than may be, said or not', async () => {
    const limits = { ...startLimits, fileSize: 4 << 20 }
    expect(await refusal('/large.csv', limits)).toContain('has 4.66 GB and the limit is 4 MB')
    expect(await refusal('/endless.csv', limits)).toContain('has more than 4 MB')
  })

  it('a server that says nothing any more', async () => {
    expect(await refusal('/silent.csv', startLimits, 300)).toContain(
      'the server said nothing for 0.3 seconds',
    )
    expect(await refusal('/slow.csv', startLimits, 300)).toContain('the server said nothing for 0.3 seconds')
  })
})

it.each([
  ['127.0.0.1', true],
  ['10.1.2.3', true],
  ['172.20.0.1', true],
  ['192.168.1.1', true],
  ['169.254.169.254', true],
  ['[::1]', true],
  ['fd00::1', true],
  ['::ffff:10.0.0.1', true],
  ['172.32.0.1', false],
  ['8.8.8.8', false],
  ['2606:4700::1111', false],
])('%s is private: %s', (address, expected) => expect(isPrivateNumber(address)).toBe(expected))

it.each([
  ['https://a.org/data/iris.data?x=1', null, null, 'iris.data'],
  ['https://a.org/download', null, 'text/csv; charset=utf-8', 'download.csv'],
  ['https://a.org/', 'inline; filename="x y.json"', null, 'x y.json'],
  ['https://a.org/', null, null, 'a.org'],
  ['https://a.org/a%2Fb%00.csv', null, null, 'b_.csv'],
])('%s is called so', (url, disposition, type, name) =>
  expect(fileNameOf(new URL(url), disposition, type)).toBe(name),
)
