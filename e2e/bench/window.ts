/**
 * `npm run bench -- window [--only PAGE] [--traces DIR]`: what each page costs whoever opens it in a window of its own: time until there is something to see, the
 * scripts it waits for, and how long it keeps the person waiting. Tasks are measured in processor time, which other programs on the
 * machine change little; Lighthouse's total blocking time is made of the same tasks.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { buildWindow } from '../../electron/launch/window-build.ts'
import { root } from '../checks/process.ts'
import { openApp } from '../specs/support/app.ts'
import { expectState, goTo, openSample, setField, startTraining, takeQuick } from '../specs/support/steps.ts'
import { longTasks, type TraceEvent } from './long-tasks.ts'

/** What is held; see docs/benchmarks.md for where these stand. */
const limits = { longestMs: 250, blockingMs: 300, scriptsKb: 700 }

/** Pages that have little to show before a run. */
const ofRuns = ['Train', 'Evaluate', 'Deploy', 'Compare']
const steps = ['Data', 'Explore', 'Prepare', 'Model', ...ofRuns]

interface Measured {
  readonly page: string
  /** From the navigation to the first text or picture. */
  readonly contentMs: number
  /** As they come over the line, those that are fetched while nobody waits left out. */
  readonly scriptsKb: number
  readonly longestMs: number
  readonly blockingMs: number
}

/** Opens the address anew, as the window does at its start, and watches until it rests. */
async function measure(page: Page, name: string, address: string, keep: string | null): Promise<Measured> {
  const browser = page.context().browser()
  if (browser === null) throw new Error('Only Chromium’s own window can be traced.')
  await page.goto('about:blank')
  await browser.startTracing(page, {
    categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'],
  })
  await page.goto(address)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible({ timeout: 60_000 })
  const scripts = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter((entry): entry is PerformanceResourceTiming => /\.js(\?|$)/.test(entry.name))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
  )
  await page.waitForLoadState('networkidle').catch(() => undefined)
  await page.waitForTimeout(3000)
  const contentMs = await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
  )
  const trace = await browser.stopTracing()
  if (keep !== null) writeFileSync(join(keep, `${name.toLowerCase()}.trace.json`), trace)
  const { traceEvents } = JSON.parse(trace.toString()) as {
    traceEvents: TraceEvent[]
  }
  const tasks = longTasks(traceEvents)
  return {
    page: name,
    contentMs,
    scriptsKb: scripts / 1024,
    longestMs: Math.max(0, ...tasks),
    blockingMs: tasks.reduce((sum, ms) => sum + ms - 50, 0),
  }
}

/** In words; what is beyond its limit is named. */
function lineOf(one: Measured): string {
  const beyond = (['longestMs', 'blockingMs', 'scriptsKb'] as const).filter((key) => one[key] > limits[key])
  const cells = [
    one.page.padEnd(9),
    `${one.contentMs.toFixed(0)} ms`.padStart(14),
    `${one.scriptsKb.toFixed(0)} KB`.padStart(9),
    `${one.longestMs.toFixed(0)} ms`.padStart(14),
    `${one.blockingMs.toFixed(0)} ms`.padStart(10),
  ]
  const verdict =
    beyond.length === 0 ? '' : `   beyond ${beyond.map((key) => `${key} ${limits[key]}`).join(', ')}`
  return cells.join(' ') + verdict
}

const holds = (one: Measured): boolean =>
  (Object.keys(limits) as (keyof typeof limits)[]).every((key) => one[key] <= limits[key])

/** `keep`: a folder for the traces, which Chromium’s developer tools open; null: they are not kept. */
export async function benchWindow(only: string, keep: string | null): Promise<boolean> {
  await buildWindow(root)
  const folder = mkdtempSync(join(tmpdir(), 'descent-bench-window-'))
  const app = await openApp(join(folder, 'workspace'))
  const { page } = app
  let allHold = true
  try {
    const start = page.url()
    await openSample(page, 'Customer churn')
    const project = page.url().replace(/\/data$/, '')
    const asked = ['Start', ...steps].filter((name) => name.toLowerCase().includes(only.toLowerCase()))
    if (asked.some((name) => ofRuns.includes(name))) {
      await takeQuick(page)
      await goTo(page, 'Train')
      await setField(page, 'Epochs', '12')
      await startTraining(page, 'measured')
      await expectState(page, /^finished$/)
    }
    console.log('page       first content   scripts   longest task   blocking')
    for (const name of asked) {
      const address = name === 'Start' ? start : `${project}/${name.toLowerCase()}`
      // What the host works out once is not the window's.
      await page.goto(address)
      await page.waitForTimeout(4000)
      const measured = await measure(page, name, address, keep)
      console.log(lineOf(measured))
      allHold &&= holds(measured)
    }
  } finally {
    await app.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return allHold
}
