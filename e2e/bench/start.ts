/**
 * `npm run bench -- start [--rounds 5] [--runs 20000]`: from the start of the desktop app's processes to a window that can be used.
 * What Electron itself takes is left out, for its binary need not be here: the host is the packaged one, under the pinned Node, main's
 * own code answers `app://`, and Chromium loads the page from it. Each figure stands beside what the machine takes for Node and a
 * page that do nothing. `--runs`: of a workspace that has so many runs already.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { chromium, type BrowserContext, type Page } from '@playwright/test'
import { defaultRecipe, detected } from '../../electron/contract/index.ts'
import { manyRuns } from '../../electron/host/runs/testing.ts'
import { openStore } from '../../electron/host/store/index.ts'
import { createWorkspace } from '../../electron/host/workspace.ts'
import { buildWindow } from '../../electron/launch/window-build.ts'
import { answerFrom } from '../../electron/main/app-protocol.ts'
import { HostProcess } from '../../electron/main/host-process.ts'
import { appOrigin } from '../../electron/main/policy.ts'
import { pinnedNode } from '../../electron/pinned-node.mjs'
import { buildPrograms } from '../../resources/packaging/programs-build.ts'
import { root } from '../checks/process.ts'
import { findChromium } from '../checks/provision.ts'

/** In milliseconds, warm on two cores: so long people wait without asking themselves what for. */
const limitMs = 1500

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

/** Chromium has no `app://`: its requests come by HTTP, and are answered by what answers Electron's. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handle: (request: Request) => Promise<Response>,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { method = 'GET', url = '/' } = request
  const answered = await handle(
    new Request(`${appOrigin}${url}`, {
      method,
      headers: Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
        typeof value === 'string' && name !== 'host' && name !== 'connection' ? [[name, value]] : [],
      ),
      body: method === 'GET' || method === 'HEAD' ? null : Buffer.concat(chunks),
    }),
  )
  response.writeHead(answered.status, Object.fromEntries(answered.headers))
  if (answered.body) await pipeline(Readable.fromWeb(answered.body as NodeReadableStream), response)
  else response.end()
}

interface Door {
  readonly address: string
  handle: (request: Request) => Promise<Response>
  close(): void
}

/** One address for all rounds, as `app://` is one: what Chromium keeps of a page it keeps by that. */
async function openDoor(): Promise<Door> {
  const door = { handle: async () => new Response(''), address: '', close: () => {} } as Door
  const server = createServer(
    (request, response) =>
      void answer(request, response, (asked) => door.handle(asked)).catch(() => response.destroy()),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(door, {
    address: `http://127.0.0.1:${port}/`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  })
}

interface Round {
  /** Until the host can be called. */
  readonly hostMs: number
  /** Until the page shows something. */
  readonly shownMs: number
  /** Until what is listed on it has come, and it can be used. */
  readonly usableMs: number
}

async function oneStart(page: Page, door: Door, host: HostProcess, meanwhile: boolean): Promise<Round> {
  const started = performance.now()
  const since = (): number => performance.now() - started
  host.start()
  const ready = host.socket().then(since)
  door.handle = answerFrom({
    hostSocket: () => host.socket(),
    windowFolder: async () => {
      if (!meanwhile) await host.socket()
      return join(root, 'renderer/dist')
    },
  })
  void page.goto(door.address).catch(() => undefined)
  const shown = page.getByRole('heading', { level: 1 }).waitFor().then(since)
  await page
    .getByRole('button', { name: /^Open sample / })
    .first()
    .waitFor()
  return { usableMs: since(), hostMs: await ready, shownMs: await shown }
}

/** What the machine takes for a Node that does nothing, and for a page that says one word. */
async function emptyStarts(page: Page, node: string): Promise<{ nodeMs: number; pageMs: number }> {
  const nodes: number[] = []
  const pages: number[] = []
  for (let round = 0; round < 5; round++) {
    const before = performance.now()
    spawnSync(node, ['-e', '0'])
    nodes.push(performance.now() - before)
    const opened = performance.now()
    await page.goto('about:blank')
    await page.setContent('<h1>Empty</h1>')
    await page.getByRole('heading').waitFor()
    pages.push(performance.now() - opened)
  }
  return { nodeMs: median(nodes), pageMs: median(pages) }
}

function fill(workspace: string, runs: number): void {
  createWorkspace(workspace)
  const store = openStore(workspace)
  const recipe = defaultRecipe(
    { path: '/a.csv', ...detected, header: 'first', missingValues: [] },
    [
      { name: 'age', kind: 'number', role: 'feature' },
      { name: 'churned', kind: 'category', role: 'target' },
    ],
    'classification',
    500,
  )
  manyRuns(store, recipe, { runs, metrics: 200 })
  store.db.pragma('wal_checkpoint(TRUNCATE)')
  store.close()
}

const columns = (round: Round): string =>
  [round.hostMs, round.shownMs, round.usableMs].map((ms) => `${ms.toFixed(0)} ms`.padStart(12)).join('')

async function measure(
  context: BrowserContext,
  door: Door,
  { workspace, programs, node, rounds, meanwhile }: Asked,
): Promise<Round[]> {
  const measured: Round[] = []
  for (let round = 0; round < rounds; round++) {
    const page = await context.newPage()
    const host = new HostProcess({
      command: node,
      args: [join(programs, 'main.js'), '--workspace', workspace],
      env: { ...process.env, NODE_COMPILE_CACHE: join(programs, '../code') },
      log: (line) => console.error(line),
      onGiveUp: (message) => console.error(message),
    })
    try {
      measured.push(await oneStart(page, door, host, meanwhile))
    } finally {
      await page.close()
      await host.stop()
    }
  }
  return measured
}

interface Asked {
  readonly workspace: string
  readonly programs: string
  readonly node: string
  readonly rounds: number
  /** Whether the page loads while the host starts; otherwise after it. */
  readonly meanwhile: boolean
}

export async function benchStart(rounds: number, runs: number): Promise<boolean> {
  await buildWindow(root)
  const node = pinnedNode() ?? process.execPath
  const folder = mkdtempSync(join(tmpdir(), 'descent-bench-start-'))
  // Where a package has them: two folders below what they read.
  const programs = join(root, 'dist/programs')
  await buildPrograms(root, programs)
  const workspace = join(folder, 'workspace')
  if (runs > 0) fill(workspace, runs)
  const door = await openDoor()
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: findChromium(),
    viewport: { width: 1280, height: 800 },
  })
  try {
    const { nodeMs, pageMs } = await emptyStarts(context.pages()[0]!, node)
    console.log(
      `a Node that does nothing: ${nodeMs.toFixed(0)} ms; a page with one word: ${pageMs.toFixed(0)} ms`,
    )
    console.log(`${''.padEnd(30)}${'host'.padStart(12)}${'shown'.padStart(12)}${'usable'.padStart(12)}`)
    const asked = { workspace, programs, node, rounds: rounds + 2, meanwhile: true }
    const [first, , ...warm] = await measure(context, door, asked)
    const after = await measure(context, door, { ...asked, rounds, meanwhile: false })
    const middle = (of: readonly Round[]): Round => ({
      hostMs: median(of.map((one) => one.hostMs)),
      shownMs: median(of.map((one) => one.shownMs)),
      usableMs: median(of.map((one) => one.usableMs)),
    })
    const usual = middle(warm)
    const inTurn = middle(after)
    console.log(`${'the first start'.padEnd(30)}${columns(first!)}`)
    console.log(`${`warm, median of ${warm.length}`.padEnd(30)}${columns(usual)}`)
    console.log(`${'warm, page after the host'.padEnd(30)}${columns(inTurn)}`)
    const holds = usual.usableMs <= limitMs
    console.log(
      `${holds ? '✓' : '✗'} usable after ${usual.usableMs.toFixed(0)} ms (at most ${limitMs}): ` +
        `${(usual.usableMs / (nodeMs + pageMs)).toFixed(1)} times the empty Node and page together, ` +
        `${(usual.usableMs / inTurn.usableMs).toFixed(2)} of one after the other`,
    )
    return holds
  } finally {
    await context.close()
    door.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
