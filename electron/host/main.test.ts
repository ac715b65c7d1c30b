import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { procedures, protocolVersion, type HostEvent, type Project } from '../contract/index.ts'
import { parseHostArgs } from './main.ts'

interface Ready {
  ready: boolean
  protocol?: number
  url?: string
  socket?: string
  error?: { code: string; message: string }
}

const program = fileURLToPath(new URL('./main.ts', import.meta.url))
let folder: string
let workspace: string
let children: ChildProcessWithoutNullStreams[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-host-'))
  workspace = join(folder, 'workspace')
  children = []
})
afterEach(() => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

async function start(...args: string[]): Promise<{ child: ChildProcessWithoutNullStreams; line: Ready }> {
  const child = spawn(process.execPath, [program, '--workspace', workspace, '--static', folder, ...args])
  children.push(child)
  const [text] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return { child, line: JSON.parse(text) as Ready }
}

const exitCode = async (child: ChildProcessWithoutNullStreams): Promise<number | null> => {
  if (child.exitCode === null) await once(child, 'exit')
  return child.exitCode
}

/** Signs in as a browser does: by following the printed address, keeping the cookie. */
async function signIn(url: string): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  const response = await fetch(url, { redirect: 'manual' })
  expect(response.status).toBe(303)
  const [cookie] = response.headers.getSetCookie()[0]!.split(';')
  return (path, init) => fetch(new URL(path, url), { ...init, headers: { cookie: cookie! } })
}

test('ready, answering with the real application, and gone when its stdin closes', async () => {
  const { child, line } = await start('--port', '0')
  expect(line).toMatchObject({ ready: true, protocol: protocolVersion })
  const visit = await signIn(line.url!)
  const rpc = async (name: string, input: object = {}) => {
    const response = await visit(`/rpc/${name}`, { method: 'POST', body: JSON.stringify(input) })
    return (await response.json()) as unknown
  }
  expect(procedures['app.info'].output.parse(await rpc('app.info'))).toMatchObject({
    protocol: protocolVersion,
  })
  expect(await rpc('projects.list')).toEqual([])

  const events = (await visit('/events')).body!.pipeThrough(new TextDecoderStream()).getReader()
  const next = async (): Promise<HostEvent> => {
    const { value } = await events.read()
    return JSON.parse(/^data: (.*)$/m.exec(value ?? '')?.[1] ?? 'null') as HostEvent
  }
  expect(await next()).toEqual({ type: 'hello', protocol: protocolVersion })
  const project = (await rpc('projects.create', { name: 'Churn' })) as Project
  await rpc('projects.rename', { projectId: project.id, name: 'Churn 2' })
  expect(await next()).toEqual({ type: 'project.changed', projectId: project.id })

  child.stdin.end()
  expect(await exitCode(child)).toBe(0)

  const again = await start('--port', '0')
  const list = await (await signIn(again.line.url!))('/rpc/projects.list', { method: 'POST', body: '{}' })
  expect(await list.json()).toMatchObject([{ name: 'Churn 2' }])
})

test.skipIf(process.platform === 'win32')(
  'a signal ends it in good order',
  async () => {
    const socket = join(folder, 'host.sock')
    const { child, line } = await start('--socket', socket)
    expect(line).toMatchObject({ ready: true, socket })
    child.kill('SIGTERM')
    expect(await exitCode(child)).toBe(0)
    expect(existsSync(socket)).toBe(false)
  },
  30_000,
)

test('a second host on the same workspace says so and ends; after the first it may', async () => {
  const first = await start('--port', '0')
  const second = await start('--port', '0')
  expect(second.line).toMatchObject({ ready: false, error: { code: 'conflict' } })
  expect(second.line.error?.message).toContain('Another Descent is using the workspace')
  expect(await exitCode(second.child)).toBe(1)
  first.child.kill('SIGKILL')
  await exitCode(first.child)
  expect((await start('--port', '0')).line.ready).toBe(true)
})

test.each([
  [['--port', 'eighty'], 'is not a port'],
  [['--port', '1', '--socket', 'x'], 'not both'],
  [['--sokcet', 'x'], '--sokcet'],
])('%j is refused in a sentence', (args, sentence) => {
  expect(() => parseHostArgs(args)).toThrow(sentence)
})

test('a workspace that cannot be one is refused in a sentence', async () => {
  writeFileSync(workspace, 'a file is in the way')
  const { line } = await start('--port', '0')
  expect(line).toMatchObject({ ready: false, error: { code: 'storageReadOnly' } })
})

test('`descent serve` prints an address that works once, then the next; and outlives its stdin', async () => {
  const descent = join(import.meta.dirname, '../descent.mjs')
  const child = spawn(process.execPath, [descent, 'serve', '--workspace', workspace])
  children.push(child)
  child.stdin.end()
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  await expect.poll(() => lines.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(3)
  const url = /^Descent is ready: (http:\/\/127\.0\.0\.1:\d+\/\?token=\S{43})$/.exec(lines[0]!)?.[1]
  const visit = await signIn(url!)
  const list = () => visit('/rpc/projects.list', { method: 'POST', body: '{}' })
  expect((await list()).status).toBe(200)
  const again = await fetch(url!)
  expect([again.status, await again.json()]).toMatchObject([401, { code: 'unauthorized' }])

  await expect.poll(() => lines.length).toBe(4)
  const next = /^A browser is signed in\. To open Descent in another one: (http:\S+)$/.exec(lines[3]!)?.[1]
  await signIn(next!)
  expect((await list()).status).toBe(200)

  child.kill('SIGTERM')
  expect(await exitCode(child)).toBe(0)
  await expect(visit('/')).rejects.toThrow()
}, 30_000)

test(
  'after each sign-in the program says the next address',
  { tags: 'thorough', timeout: 30_000 },
  async () => {
    const child = spawn(process.execPath, [
      program,
      '--workspace',
      workspace,
      '--static',
      folder,
      '--port',
      '0',
    ])
    children.push(child)
    const lines: unknown[] = []
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)))
    await expect.poll(() => lines.length, { timeout: 20_000 }).toBe(1)
    await signIn((lines[0] as Ready).url!)
    await expect.poll(() => lines.length).toBe(2)
    await signIn((lines[1] as { address: string }).address)
  },
)
