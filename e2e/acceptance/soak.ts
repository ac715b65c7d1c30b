/**
 * `npm run acceptance -- soak [--minutes 480]`: the app at work for as long as that, in a loop of imports, trainings, tests, saved
 * models, predictions, deletions and reloads of the window. What its processes hold afterwards is what they held once warm: memory,
 * open files, processes, and what lies in the workspace. Without `--minutes` for six, which is enough to see what every turn leaves.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type CDPSession, type Page } from '@playwright/test'
import { quickly } from '../../electron/contract/testing.ts'
import type { Input, Output, ProcedureName, Recipe } from '../../electron/contract/index.ts'
import { buildWindow } from '../../electron/launch/window-build.ts'
import { root } from '../checks/process.ts'
import { add, nothing, type Tally } from '../checks/reports.ts'
import { openApp, type RunningApp } from '../specs/support/app.ts'
import { descendants } from '../specs/support/processes.ts'
import { goTo, openSample } from '../specs/support/steps.ts'
import { said } from './said.ts'

/** Until the processes that the host keeps for its work have started, and V8 has compiled what is used. */
const warmTurns = 4
const fewestTurns = 12
const MiB = 2 ** 20

/** What may be more at the end than it was once warm: V8 and SQLite keep what they will need again, and their sizes vary. */
const slack = { hostMiB: 40, pageMiB: 8, files: 4, nodes: 500, listeners: 200, workspaceMiB: 8 }
type Kind = keyof typeof slack

/** A busy machine is no leak. */
const patience = 600_000

const words: Record<Kind, string> = {
  hostMiB: 'memory of the host, MiB',
  pageMiB: 'heap of the page, MiB',
  files: 'open files of the host',
  nodes: 'nodes of the page',
  listeners: 'listeners of the page',
  workspaceMiB: 'workspace on the disk, MiB',
}

type Held = Readonly<Record<Kind, number>>

/** As the window calls the host, with its cookie and headers. */
const call = <N extends ProcedureName>(page: Page, name: N, input: Input<N>): Promise<Output<N>> =>
  page.evaluate(
    async ([what, body]) => {
      const response = await fetch(`/rpc/${what}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      if (!response.ok) throw new Error(`${what}: ${await response.text()}`)
      return (await response.json()) as never
    },
    [name, JSON.stringify(input)] as const,
  )

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => {
      // What is written beside and renamed is gone between the listing and the look.
      const found = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })
      return sum + (found?.size ?? 0)
    }, 0)
}

async function heldBy(app: RunningApp, client: CDPSession, workspace: string): Promise<Held> {
  await client.send('HeapProfiler.collectGarbage')
  const { usedSize } = await client.send('Runtime.getHeapUsage')
  const { nodes, jsEventListeners } = await client.send('Memory.getDOMCounters')
  const status = readFileSync(`/proc/${app.pid}/status`, 'utf8')
  return {
    hostMiB: Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1]) / 1024,
    pageMiB: usedSize / MiB,
    files: readdirSync(`/proc/${app.pid}/fd`).length,
    nodes,
    listeners: jsEventListeners,
    workspaceMiB: sizeOf(workspace) / MiB,
  }
}

/** Other rows in every turn, so that nothing is known of them. */
function tableOf(turn: number): string {
  const lines = Array.from({ length: 400 }, (_, i) => {
    const [x, y] = [((i * 7919 + turn) % 997) / 997 - 0.5, ((i * 104_729 + turn) % 991) / 991 - 0.5]
    return `${x.toFixed(4)},${y.toFixed(4)},${x * y > 0 ? 'same' : 'other'}`
  })
  return `x,y,signs\n${lines.join('\n')}\n`
}

/** From a file to predictions, as a person would over an afternoon; nothing of it is left. */
async function oneTurn(page: Page, folder: string, turn: number): Promise<void> {
  const path = join(folder, 'soak.csv')
  writeFileSync(path, tableOf(turn))
  const { id: projectId } = await call(page, 'projects.create', { name: `Soak ${turn}` })
  const { recipe } = await call(page, 'datasets.import', { projectId, path, target: 'signs' })
  const quick = quickly(recipe!, 400)
  const training = { ...quick.training, epochs: 3 }
  await call(page, 'projects.setRecipe', { projectId, recipe: { ...quick, training } as Recipe })
  const { id: runId } = await call(page, 'training.start', { projectId })
  await expect
    .poll(async () => (await call(page, 'runs.get', { runId })).state, { timeout: patience })
    .toBe('finished')
  await call(page, 'evaluate.run', { runId, split: 'test' })
  const { path: modelPath } = await call(page, 'deploy.save', { runId })
  const predicted = await call(page, 'deploy.predict', { modelPath, dataPath: path })
  expect(predicted.rows).toBe(400)
  await call(page, 'projects.delete', { projectId })
}

/** The window is opened anew, and every page of a project that stays is looked at. */
async function lookAround(page: Page): Promise<void> {
  await page.reload()
  for (const step of ['Data', 'Explore', 'Prepare', 'Model', 'Train']) await goTo(page, step)
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

/** The third of the turns in which it was warm, and the last one. */
function judged(history: readonly Held[]): Tally {
  const third = Math.floor(history.length / 3)
  const [early, late] = [history.slice(0, third), history.slice(-third)]
  return (Object.keys(slack) as Kind[]).reduce((total, kind) => {
    const [before, after] = [early, late].map((part) => median(part.map((held) => held[kind])))
    const detail = `${before!.toFixed(1)} once warm, ${after!.toFixed(1)} at the end (at most ${slack[kind]} more)`
    return add(total, said(words[kind], after! - before! <= slack[kind], detail))
  }, nothing)
}

export async function holdSoak(minutes: number): Promise<Tally> {
  if (process.platform !== 'linux') {
    console.log('– soak: not run, for it reads what Linux says of processes')
    return { ...nothing, skipped: 1 }
  }
  await buildWindow(root)
  const folder = mkdtempSync(join(tmpdir(), 'descent-soak-'))
  const workspace = join(folder, 'workspace')
  const app = await openApp(workspace)
  const { page } = app
  try {
    await openSample(page, 'Customer churn')
    const client = await page.context().newCDPSession(page)
    const history: Held[] = []
    const until = Date.now() + minutes * 60_000
    for (let turn = 0; Date.now() < until || turn < warmTurns + fewestTurns; turn++) {
      await oneTurn(page, folder, turn)
      await lookAround(page)
      const held = await heldBy(app, client, workspace)
      if (turn >= warmTurns) history.push(held)
      if (turn % 10 === 0)
        console.log(
          `turn ${turn}: ${(Object.keys(slack) as Kind[]).map((kind) => `${words[kind]} ${held[kind].toFixed(1)}`).join('; ')}`,
        )
    }
    const trainers = () =>
      descendants(app.pid).filter(({ command }) => /\/trainer[\w-]*\.[jt]s/.test(command))
    // The last of them is given a moment to go.
    for (let i = 0; i < 50 && trainers().length > 0; i++) await page.waitForTimeout(200)
    return [
      judged(history),
      said(
        `trainers left after ${history.length + warmTurns} trainings`,
        trainers().length === 0,
        String(trainers().length),
      ),
      said('errors of the window', app.problems.length === 0, app.problems.join('; ') || 'none'),
    ].reduce(add, nothing)
  } finally {
    await app.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
