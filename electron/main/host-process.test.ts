import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { protocolVersion } from '../contract/index.ts'
import { answerFrom } from './app-protocol.ts'
import { afterDeath, HostProcess, type HostProcessOptions } from './host-process.ts'

let folder: string
let host: HostProcess | undefined
let log: string[]
let gaveUp: string[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-host-'))
  log = []
  gaveUp = []
})
afterEach(async () => {
  await host?.stop()
  host = undefined
  rmSync(folder, { recursive: true, force: true })
})

function supervise(args: string[], more: Partial<HostProcessOptions> = {}): HostProcess {
  const started = new HostProcess({
    command: process.execPath,
    args,
    log: (line) => log.push(line),
    onGiveUp: (message) => gaveUp.push(message),
    restartMs: 20,
    ...more,
  })
  started.start()
  host = started
  return started
}

/** A host that is a few lines long: it answers on its socket and ends when its stdin does, unless told otherwise. */
function program(source: string): string[] {
  const path = join(folder, 'program.mjs')
  writeFileSync(path, source)
  return [path]
}
const say = (line: object) => `console.log(${JSON.stringify(JSON.stringify(line))})`
const listening = `
  import { createServer } from 'node:http'
  const server = createServer((_, response) => response.end(String(process.pid)))
  server.listen(process.argv.at(-1), () => ${say({ ready: true, protocol: protocolVersion })})
  process.stdin.resume().on('end', () => process.exit(0))`

const alive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
const ask = async (host: HostProcess): Promise<string> =>
  (
    await answerFrom({ hostSocket: () => host.socket(), windowFolder: async () => null })(
      new Request('app://descent/'),
    )
  ).text()

test('delays double, five deaths in a row are forgiven, and an hour of health forgets them', () => {
  const restarts = [0, 1, 2, 3, 4].map((deaths) => afterDeath(deaths, 10, 250))
  expect(restarts.map((next) => ('giveUp' in next ? null : next.restartIn))).toEqual([
    250, 500, 1000, 2000, 4000,
  ])
  expect(afterDeath(5, 10, 250)).toEqual({ giveUp: true })
  expect(afterDeath(5, 3_600_000, 250)).toEqual({ restartIn: 250, deaths: 1 })
})

test('a host that is killed comes back, and calls made meanwhile wait for it', async () => {
  const host = supervise(program(listening))
  const first = Number(await ask(host))
  expect(first).toBe(host.pid)
  process.kill(first, 'SIGKILL')
  await expect.poll(() => log.join()).toContain('The host ended (SIGKILL).')
  const second = Number(await ask(host))
  expect(second).not.toBe(first)
  await host.stop()
  expect(alive(second)).toBe(false)
  expect(gaveUp).toEqual([])
})

test('a host that keeps dying is given up after some tries, with what it said in the log', async () => {
  const host = supervise(program(`console.error('no such luck'); process.exit(3)`))
  await expect(host.socket()).rejects.toThrow('6 times in a row (code 3)')
  expect(gaveUp).toHaveLength(1)
  expect(log.filter((line) => line === 'no such luck')).toHaveLength(6)
})

test('what a new start cannot mend is said at once', async () => {
  const error = { code: 'conflict', message: 'Another Descent is using the workspace.' }
  const host = supervise(program(`${say({ ready: false, error })}; process.exitCode = 1`))
  await expect(host.socket()).rejects.toThrow('Another Descent is using the workspace.')
  expect(gaveUp).toEqual(['Another Descent is using the workspace.'])
})

test('a host of another version is refused, and so is one that speaks nonsense', async () => {
  const host = supervise(program(say({ ready: true, protocol: protocolVersion + 1 })))
  await expect(host.socket()).rejects.toThrow('different versions')
  await host.stop()
  const nonsense = supervise(program(`console.log('hello')`))
  await expect(nonsense.socket()).rejects.toThrow('not understood')
})

test('a host that never gets ready is not waited for', async () => {
  supervise(program('setInterval(() => {}, 1000)'), { readyTimeoutMs: 300 })
  await expect.poll(() => log.join()).toContain('not ready within 300 ms')
  await expect.poll(() => log.join()).toContain('The host ended (SIGKILL).')
})

test('a command that does not exist is given up, not thrown', async () => {
  supervise([], { command: join(folder, 'nothing') })
  await expect.poll(() => log.join()).toContain('ENOENT')
})

test('a host that ignores the end of its stdin is terminated after its time', async () => {
  const host = supervise(
    program(listening.replace("process.stdin.resume().on('end', () => process.exit(0))", '')),
    {
      stopTimeoutMs: 100,
    },
  )
  const pid = Number(await ask(host))
  await host.stop()
  expect(alive(pid)).toBe(false)
  await expect(host.socket()).rejects.toThrow()
})

test('the real host: ready, answering over its socket, and gone without a trace when stopped', async () => {
  const workspace = join(folder, 'workspace')
  const main = fileURLToPath(new URL('../host/main.ts', import.meta.url))
  const host = supervise([main, '--workspace', workspace, '--static', folder])
  const call = new Request('app://descent/rpc/app.info', { method: 'POST', body: '{}' })
  const response = await answerFrom({ hostSocket: () => host.socket(), windowFolder: async () => null })(call)
  expect(await response.json()).toMatchObject({ protocol: protocolVersion, platform: process.platform })
  const pid = host.pid!
  const socket = await host.socket()
  await host.stop()
  expect(alive(pid)).toBe(false)
  expect(existsSync(socket)).toBe(false)
  expect(gaveUp).toEqual([])
})
