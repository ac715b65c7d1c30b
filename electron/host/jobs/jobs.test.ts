import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import {
  createWriteStream,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventSchema, type DescentError, type HostEvent, type Job } from '../../contract/index.ts'
import { openApp, type App } from '../app.ts'

let folder: string
let app: App
let events: HostEvent[]
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-jobs-'))
  app = await openApp(join(folder, 'workspace'))
  events = []
  // The window takes them as they are said.
  app.onEvent((event) => events.push(eventSchema.parse(event)))
})
afterEach(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A table of which reading takes a while. */
async function largeTable(rows: number): Promise<string> {
  const path = join(folder, 'large.csv')
  const file = createWriteStream(path)
  file.write('a,b,c,d,e,label\n')
  for (let row = 0; row < rows; row += 1000) {
    const lines = Array.from({ length: 1000 }, (_, i) => {
      const k = row + i
      return `${k * 0.5},${(k * 7919) % 1000},${(k * 104_729) % 977},x${k % 17},${k % 5 ? k : ''},${k % 3 ? 'no' : 'yes'}\n`
    })
    if (!file.write(lines.join(''))) await once(file, 'drain')
  }
  file.end()
  await finished(file)
  return path
}

const jobs = (): Job[] => events.flatMap((event) => (event.type === 'job.changed' ? [event.job] : []))
const refusal = (call: Promise<unknown>): Promise<DescentError> =>
  call.then(
    () => Promise.reject(new Error('It was accepted.')),
    (error: DescentError) => error,
  )
const newProject = async (): Promise<string> => (await app.handlers['projects.create']({ name: 'Large' })).id

/** The longest that the host's own loop was held up. */
function holdups(): () => number {
  let last = performance.now()
  let longest = 0
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last - 5)
    last = now
  }, 5)
  return () => {
    clearInterval(timer)
    return longest
  }
}

it('an import tells how far it is, and the host answers meanwhile', async () => {
  const path = await largeTable(400_000)
  const projectId = await newProject()
  const done = holdups()
  const importing = app.handlers['datasets.import']({ projectId, path })
  const waits: number[] = []
  let over = false
  void importing.finally(() => (over = true))
  while (!over) {
    const start = performance.now()
    await app.handlers['projects.list']({})
    waits.push(performance.now() - start)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const project = await importing
  expect(project.dataset?.rows).toBe(400_000)
  // The machine may be busy with other things: what is rare may take longer.
  const usual = waits.sort((a, b) => a - b)[Math.floor(0.9 * waits.length)]!
  expect(usual).toBeLessThan(100)
  expect(done()).toBeLessThan(1000)
  const told = jobs()
  expect(told[0]).toMatchObject({ kind: 'import', projectId, label: 'Reading large.csv', state: 'running' })
  expect(told.at(-1)).toMatchObject({ id: told[0]?.id, state: 'finished' })
  expect(told.some(({ progress }) => progress !== null && progress > 0)).toBe(true)
  if (process.platform === 'linux')
    expect(Math.max(...told.map(({ memory }) => memory ?? 0))).toBeGreaterThan(1e7)
})

it('an import that is cancelled leaves nothing, and its caller is told', async () => {
  const path = await largeTable(400_000)
  const projectId = await newProject()
  const importing = refusal(app.handlers['datasets.import']({ projectId, path }))
  await expect.poll(() => jobs().length, { timeout: 10_000 }).toBeGreaterThan(0)
  const [job] = await app.handlers['jobs.list']({})
  await app.handlers['jobs.cancel']({ jobId: job!.id })
  expect(await importing).toMatchObject({
    code: 'cancelled',
    message: 'Reading large.csv was cancelled. Nothing was changed.',
  })
  expect(jobs().at(-1)?.state).toBe('cancelled')
  expect((await app.handlers['projects.get']({ projectId })).dataset).toBeNull()
  expect(readdirSync(app.context.scratch)).toEqual(['owner'])
  expect(existsSync(join(app.workspace, 'datasets'))).toBe(false)
  expect(await app.handlers['jobs.list']({})).toEqual([])
  expect((await refusal(app.handlers['jobs.cancel']({ jobId: job!.id }))).code).toBe('notFound')
})

it('an import that takes too long or too much memory is ended with a sentence', async () => {
  const path = await largeTable(400_000)
  const projectId = await newProject()
  await app.handlers['settings.set']({ limits: { jobSeconds: 1 } })
  expect(await refusal(app.handlers['datasets.import']({ projectId, path }))).toMatchObject({
    code: 'tooLarge',
    message: expect.stringContaining('takes longer than 1 seconds and was ended'),
  })
  if (process.platform !== 'linux') return
  await app.handlers['settings.set']({ limits: { jobMemory: 256 * 1024 * 1024 } })
  const large = await largeTable(2_000_000)
  expect(await refusal(app.handlers['datasets.import']({ projectId, path: large }))).toMatchObject({
    code: 'tooLarge',
    message: expect.stringMatching(
      /needs more than 256 MB of memory and was ended.*Raise “Memory for one job”/,
    ),
  })
})

it('a worker that is killed is a sentence, and the next task gets another one', async () => {
  const path = await largeTable(400_000)
  const projectId = await newProject()
  const importing = refusal(app.handlers['datasets.import']({ projectId, path }))
  await expect.poll(() => jobs().length, { timeout: 10_000 }).toBeGreaterThan(0)
  for (const pid of workerPids()) process.kill(pid, 'SIGKILL')
  expect(await importing).toMatchObject({ code: 'unavailable', message: expect.stringContaining('SIGKILL') })
  const small = join(folder, 'small.csv')
  writeFileSync(
    small,
    'x,y\n' + Array.from({ length: 40 }, (_, i) => `${i % 7},${i % 2 ? 'a' : 'b'}`).join('\n'),
  )
  expect((await app.handlers['datasets.import']({ projectId, path: small })).dataset?.rows).toBe(40)
})

/** This process's children that are workers. */
const workerPids = (): number[] =>
  execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)])
    .toString()
    .split('\n')
    .filter((line) => /\/worker\.[jt]s/.test(line))
    .map((line) => Number(line.trim().split(' ')[0]))

it('stored bytes that were altered are noticed, told and not used', async () => {
  const path = join(folder, 'small.csv')
  writeFileSync(
    path,
    'x,y\n' + Array.from({ length: 40 }, (_, i) => `${i % 7},${i % 2 ? 'a' : 'b'}`).join('\n'),
  )
  const projectId = await newProject()
  await app.handlers['datasets.import']({ projectId, path })
  const page = () => app.handlers['datasets.page']({ projectId, offset: 0, limit: 10 })
  expect((await page()).rows).toHaveLength(10)
  const [name] = readdirSync(join(app.workspace, 'datasets'))
  const file = join(app.workspace, 'datasets', name!)
  const bytes = readFileSync(file)
  const altered = Buffer.from(bytes)
  altered[bytes.length >> 1]! ^= 1
  writeFileSync(file, altered)
  const said =
    /The data of small\.csv is not what was imported: the bytes of datasets\/.* were changed\. Put .* back/
  for (const call of [page, () => app.handlers['explore.profile']({ projectId })])
    expect(await refusal(call())).toMatchObject({ code: 'damaged', message: expect.stringMatching(said) })
  const { id: runId } = await app.handlers['training.start']({ projectId })
  const run = () => app.handlers['runs.get']({ runId })
  while ((await run()).state === 'queued') await new Promise((resolve) => setTimeout(resolve, 20))
  // It can go on once the file is back.
  expect(await run()).toMatchObject({ state: 'interrupted', error: expect.stringMatching(said) })
  expect((await app.handlers['notices.list']({}))[0]).toMatchObject({ severity: 'error' })
  rmSync(file)
  expect((await refusal(page())).message).toContain('is missing')
  writeFileSync(file, bytes)
  expect((await page()).rows).toHaveLength(10)
  expect(statSync(file).size).toBe(bytes.length)
})
