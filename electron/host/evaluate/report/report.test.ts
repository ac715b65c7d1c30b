import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withEffort } from '../../../contract/index.ts'
import { openApp, type App } from '../../app.ts'
import { perform } from '../../cli/command.ts'
import type { Handlers } from '../../context.ts'
import { randomSource } from '../../prepare/random.ts'
import { marksBetween } from './charts.ts'
import { escaped, html, named, unescaped } from './html.ts'
import { commandFor, obstacles, recipeInReport } from './reproduce.ts'
import { reportName } from './index.ts'

const hostile = [
  `<script>alert("1")</script>`,
  `"quoted' & <b>bold</b>`,
  'עברית ‮מימין‬ לשמאל',
  ']]></style><img src=x onerror=alert(1)>',
  'a\u0000b\ud800c',
]

let folder: string
let app: App
let call: Handlers
let runId: string

/** A class and a column are called as nobody should call them. */
function table(rows: number): string {
  const random = randomSource(5)
  const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`
  const lines = [[hostile[0]!, hostile[1]!, 'y'].map(cell).join(',')]
  for (let i = 0; i < rows; i++) {
    const [a, b] = [2 * random() - 1, 2 * random() - 1]
    const said = a + b + 0.4 * (2 * random() - 1) > 0 ? hostile[2]! : hostile[3]!
    lines.push([a.toFixed(4), b.toFixed(4), cell(said)].join(','))
  }
  return `${lines.join('\n')}\n`
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-report-'))
  app = await openApp(join(folder, 'workspace'))
  call = app.handlers
  const path = join(folder, 'data.csv')
  writeFileSync(path, table(500))
  const projectId = (await call['projects.create']({ name: hostile[0]! })).id
  const { recipe: begun } = await call['datasets.import']({ projectId, path, target: 'y' })
  if (begun?.kind !== 'table') throw new Error('The import made no recipe of a table.')
  const recipe = withEffort(begun, 'quick', 500)
  recipe.training = { ...recipe.training, epochs: 6 }
  await call['projects.setRecipe']({ projectId, recipe })
  const run = await call['training.start']({ projectId })
  runId = run.id
  const deadline = Date.now() + 60_000
  for (;;) {
    const { state, error } = await call['runs.get']({ runId })
    if (state === 'finished') break
    if (Date.now() > deadline) throw new Error(`The run is still ${state}: ${error}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}, 90_000)
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

test('texts are escaped wherever they stand, and come back as they were', () => {
  for (const text of hostile.slice(0, 4)) expect(unescaped(escaped(text))).toBe(text)
  expect(escaped(hostile[4]!)).toBe('a\ufffdb\ufffdc')
  expect(html`<p title="${hostile[1]!}">${named(hostile[0]!)}${[html`<i>${1}</i>`, null]}</p>`.text).toBe(
    '<p title="&quot;quoted&#39; &amp; &lt;b&gt;bold&lt;/b&gt;"><bdi>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;</bdi><i>1</i></p>',
  )
  // What was escaped twice is unescaped once.
  expect(unescaped('&amp;lt;')).toBe('&lt;')
  expect([commandFor('run-1.html'), commandFor("a b'c.html")]).toEqual([
    'descent run run-1.html',
    `descent run 'a b'\\''c.html'`,
  ])
  expect([reportName('Run 1'), reportName('../x')]).toEqual(['run-1-report.html', 'x-report.html'])
  expect(marksBetween(0, 1, 4)).toEqual([0, 0.5, 1])
  expect(marksBetween(1, 6, 8, true)).toEqual([1, 2, 3, 4, 5, 6])
})

test(
  'the page holds the run, no script, nothing from elsewhere, and no sealed test',
  { timeout: 120_000 },
  async () => {
    await call['runs.rename']({ runId, name: hostile[1]! })
    const { html: page } = await call['evaluate.report']({ runId, fileName: 'r.html' })
    expect(page).not.toMatch(/<script|<img|<link|<iframe|<b>|onerror=alert\(1\)>/i)
    expect(page).not.toMatch(/<[^>]*\s(src|href|action|srcset|on\w+)=|url\(|@import/i)
    expect(page).toContain("default-src 'none'")
    for (const text of hostile.slice(0, 4)) expect(page).toContain(escaped(text))
    for (const id of ['verdict', 'answers', 'training', 'data', 'network', 'recipe', 'again'])
      expect(page).toContain(`<h2 id="${id}">`)
    expect(page).toContain('The test split is sealed')
    expect(page).not.toContain('<h2 id="robustness">')
    expect(page).toContain((await call['runs.get']({ runId })).dataSha256)
    // Every element that is opened is closed, in its order.
    const open: string[] = []
    for (const [, closing, tag, own] of page.matchAll(/<(\/?)([a-z0-9]+)\b[^<>]*?(\/?)>/g)) {
      if (own === '/' || tag === 'meta') continue
      if (closing === '') open.push(tag!)
      else expect(open.pop()).toBe(tag)
    }
    expect(open).toEqual([])
    const known = await call['runs.list']({ projectId: (await call['runs.get']({ runId })).projectId })
    expect(Object.keys(known.runs[0]!.metrics).filter((series) => series.startsWith('test/'))).toEqual([])
  },
)

test('of a run that somebody stopped it is not said that the line gives the same', async () => {
  const run = await call['runs.get']({ runId })
  expect(obstacles(run, null, {})).toEqual([])
  expect(obstacles({ ...run, state: 'stopped', epoch: 2 }, null, {})[0]).toMatch(
    /^It was stopped after 2.epochs/,
  )
})

test(
  'the line of a report gives the same figures exactly, in an empty folder',
  { tags: 'thorough', timeout: 180_000 },
  async () => {
    const test = await call['evaluate.run']({ runId, split: 'test' })
    await call['evaluate.robustness']({ runId, split: 'test' })
    const fileName = 'it is.html'
    const { html: page } = await call['evaluate.report']({ runId, fileName })
    expect(page).toContain('<h2 id="robustness">')
    expect(page).toContain(escaped(`descent run 'it is.html'`))
    expect(JSON.parse(recipeInReport(page)!)).toMatchObject({ kind: 'table' })
    const path = join(folder, fileName)
    writeFileSync(path, page)
    const out = join(folder, 'again')
    expect(await perform(['run', path, '-q', '--no-preflight', '--baselines', 'none', '-o', out])).toBe(0)
    const again = JSON.parse(readFileSync(join(out, 'evaluation.json'), 'utf8')) as typeof test
    expect(again.metrics).toEqual(test.metrics)
    expect(again.intervals).toEqual(test.intervals)
    writeFileSync(path, page.replace('<pre id="recipe-json">', '<pre>'))
    expect(await perform(['run', path, '-q', '-o', join(folder, 'none')])).toBe(1)
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  },
)
