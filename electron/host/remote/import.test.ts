/** From an address to a project's data, through the handlers that the window calls. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openApp, type App } from '../app.ts'
import { hashOfFile } from '../store/index.ts'

const csv = `x,y\n${Array.from({ length: 50 }, (_, i) => `${i},${i % 2 ? 'yes' : 'no'}\n`).join('')}`
let folder: string
let app: App
let server: Server
let origin: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-remote-'))
  app = await openApp(join(folder, 'workspace'))
  server = createServer((request, response) => {
    if (request.url === '/here.csv') response.writeHead(302, { location: '/there.csv' }).end()
    else if (request.url === '/there.csv') response.writeHead(200, { etag: '"v1"' }).end(csv)
    else if (request.url === '/bad.csv') response.end(Buffer.from([0, 1, 2, 3, 0, 0, 1, 2]))
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  await app.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

it('is fetched, kept as it came, and read again from there; the address stays with it, and is listed', async () => {
  const call = app.handlers
  const { id: projectId } = await call['projects.create']({ name: 'Remote' })
  const { dataset } = await call['datasets.import']({ projectId, path: `${origin}/here.csv` })
  const { receipt } = dataset!
  expect(receipt).toMatchObject({ rowsRead: 50, fileName: 'there.csv', bytes: csv.length })
  expect(receipt.fetched).toMatchObject({
    address: `${origin}/here.csv`,
    redirects: [`${origin}/there.csv`],
    etag: '"v1"',
  })
  expect(receipt.notes[0]).toBe(`The address led to ${origin}/there.csv.`)
  expect(receipt.path.startsWith(join(folder, 'workspace', 'uploads'))).toBe(true)
  expect(readFileSync(receipt.path, 'utf8')).toBe(csv)
  expect(hashOfFile(receipt.path)).toBe(receipt.sha256)

  server.closeAllConnections()
  const again = await call['datasets.import']({ projectId, path: receipt.path, header: 'first' })
  expect(again.dataset?.receipt.fetched?.address).toBe(`${origin}/here.csv`)
  expect(readFileSync(receipt.path, 'utf8')).toBe(csv)

  const visited = await call['settings.addresses']({})
  expect(visited.map(({ address }) => address)).toEqual([`${origin}/there.csv`, `${origin}/here.csv`])
})

it('what is nothing to learn from is refused by its address, and the project stays as it was', async () => {
  const call = app.handlers
  const { id: projectId } = await call['projects.create']({ name: 'Refused' })
  await expect(call['datasets.import']({ projectId, path: `${origin}/bad.csv` })).rejects.toThrow(
    `${origin}/bad.csv is not a text table.`,
  )
  await expect(call['datasets.import']({ projectId, path: `${origin}/none.csv` })).rejects.toThrow('(404)')
  expect((await call['projects.get']({ projectId })).dataset).toBeNull()
})
