import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openerOf } from './browser.ts'

let folder: string
let child: ChildProcessWithoutNullStreams | null
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-browser-'))
  child = null
})
afterEach(async () => {
  if (child && child.exitCode === null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  rmSync(folder, { recursive: true, force: true })
})

/** What every user of this machine can read. */
const argumentsOfAll = (): string =>
  globSync('/proc/[0-9]*/cmdline')
    .map((file) => {
      try {
        return readFileSync(file, 'utf8')
      } catch {
        return '' // ended meanwhile
      }
    })
    .join('\n')

test('every system has a program that opens files', () => {
  expect(openerOf('linux')).toEqual(['xdg-open'])
  expect(openerOf('darwin')).toEqual(['open'])
  expect(openerOf('win32')).toEqual(['cmd', '/c', 'start', ''])
})

test.skipIf(process.platform !== 'linux')(
  'the browser is led to the address by a file of its user’s, and arguments never hold the code',
  async () => {
    // The system's own opener, as far as we are concerned: it says what it was given, and keeps running meanwhile.
    const opened = join(folder, 'opened')
    mkdirSync(join(folder, 'bin'))
    writeFileSync(
      join(folder, 'bin/xdg-open'),
      `#!/bin/sh\nprintf '%s\\n' "$@" > '${opened}.part'\nmv '${opened}.part' '${opened}'\nsleep 5\n`,
      { mode: 0o755 },
    )
    const temporary = join(folder, 'tmp')
    mkdirSync(temporary)
    child = spawn(
      process.execPath,
      [join(import.meta.dirname, '../start.ts'), '--dev', '--workspace', join(folder, 'workspace')],
      {
        env: {
          ...process.env,
          DISPLAY: ':0',
          TMPDIR: temporary,
          PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`,
        },
      },
    )
    const lines: string[] = []
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
    const addresses = () =>
      lines.flatMap((line) => /http:\/\/127\.0\.0\.1:\d+\/\?token=\S{43}$/.exec(line) ?? [])
    await expect.poll(() => addresses().length, { timeout: 40_000 }).toBe(1)
    const address = addresses()[0]!
    await expect.poll(() => existsSync(opened)).toBe(true)

    const file = readFileSync(opened, 'utf8').trimEnd()
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700)
    expect(/url=([^"]*)"/.exec(readFileSync(file, 'utf8'))?.[1]).toBe(address)
    expect(argumentsOfAll()).toContain(file)
    expect(argumentsOfAll()).not.toContain(new URL(address).searchParams.get('token'))

    // As a browser comes from that file, through the server that reloads the window's sources.
    const page = await fetch(address, { headers: { 'sec-fetch-site': 'cross-site' } })
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('url=/"')
    const cookie = page.headers.getSetCookie()[0]!.split(';')[0]!
    await expect.poll(() => readdirSync(temporary)).toEqual([])

    const { origin } = new URL(address)
    const rpc = (headers: Record<string, string>) =>
      fetch(`${origin}/rpc/projects.list`, { method: 'POST', body: '{}', headers })
    expect((await rpc({ cookie, origin })).status).toBe(200)
    expect((await rpc({ cookie, origin: 'http://127.0.0.1:1' })).status).toBe(403)
    expect((await fetch(address, { redirect: 'manual' })).status).toBe(401)

    // A second browser has an address of its own, on the same server.
    await expect.poll(() => addresses().length).toBe(2)
    expect(new URL(addresses()[1]!).origin).toBe(origin)
    expect((await fetch(addresses()[1]!, { redirect: 'manual' })).status).toBe(303)

    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  },
  90_000,
)

test.skipIf(process.platform !== 'linux')('a file that nobody used goes when Descent ends', async () => {
  mkdirSync(join(folder, 'tmp'))
  const program = `
    import { openInBrowser } from ${JSON.stringify(join(import.meta.dirname, 'browser.ts'))}
    const remove = openInBrowser('http://127.0.0.1:1/', ${JSON.stringify(join(folder, 'tmp'))})
    console.log('opened')
    process.stdin.resume().on('end', () => { remove(); remove(); process.exit() })`
  const run = () =>
    spawn(process.execPath, ['--input-type=module', '-e', program], { env: { ...process.env, PATH: '' } })
  child = run()
  await once(child.stdout, 'data')
  expect(readdirSync(join(folder, 'tmp'))).toHaveLength(1)
  child.stdin.end()
  await once(child, 'exit')
  expect(readdirSync(join(folder, 'tmp'))).toEqual([])

  // Of one that was killed, the next start takes care.
  const killed = run()
  await once(killed.stdout, 'data')
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  const [left] = readdirSync(join(folder, 'tmp'))
  child = run()
  await once(child.stdout, 'data')
  expect(readdirSync(join(folder, 'tmp'))).toHaveLength(1)
  expect(readdirSync(join(folder, 'tmp'))).not.toContain(left)
  child.stdin.end()
  await once(child, 'exit')
})
