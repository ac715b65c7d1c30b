import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { engineVersion } from '../../../engine/index.ts'
import {
  begin,
  optimizers,
  DescentError,
  type Backend,
  type Computing,
  type HostEvent,
  type Recipe,
  type RunState,
} from '../../contract/index.ts'
import { createProject } from '../projects/index.ts'
import { openStore, type Store } from '../store/index.ts'
import { readCurves } from '../runs/curves.ts'
import { listRuns } from '../runs/list.ts'
import { findRun, insertRun, updateRun } from '../runs/repository.ts'
import { Supervisor } from './supervisor.ts'
import type { DatasetSource } from '../jobs/source.ts'
import { moonsIn, recipeOf } from './testing.ts'

let folder: string
let store: Store
let events: HostEvent[]
let supervisor: Supervisor
let computing: Computing
let source: Awaited<ReturnType<typeof moonsIn>>

function openSupervisor(): Supervisor {
  return new Supervisor({
    store,
    emit: (event) => void events.push(event),
    computing: () => computing,
    source: (run): DatasetSource => ({ ...source, recipe: run.recipe }),
    scratch: folder,
  })
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-runs-'))
  store = openStore(folder)
  events = []
  computing = {}
  source = await moonsIn(folder, 180)
  supervisor = openSupervisor()
})

afterEach(async () => {
  await supervisor.close(2000)
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

function newRun(training: Parameters<typeof recipeOf>[2], backend: Backend = 'wasm'): string {
  const recipe: Recipe = {
    ...source.recipe,
    ...recipeOf('classification', { dropout: 0.2 }, training),
    backend,
  }
  const id = randomUUID()
  const projectId = createProject(store, 'Moons')
  insertRun(store, {
    id,
    projectId,
    name: 'Run 1',
    recipe,
    dataSha256: 'x',
    dataVersion: 1,
    datasetId: 'd',
    engineVersion,
  })
  return id
}

/** Waits for something to become true; what it waits for happens in another process. */
async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const stateOf = (id: string): RunState => findRun(store, id).state
const reach = (id: string, state: RunState): Promise<void> =>
  until(() => stateOf(id) === state, `${id} ${state}`)
/** All that does not depend on how fast a machine is. */
const curves = (id: string) =>
  Object.entries(readCurves(store, id).series).flatMap(([name, { epoch, step, value }]) =>
    name === 'throughput' ? [] : [{ name, epoch, step, value }],
  )
const weights = (id: string, kind: 'best' | 'last') =>
  Object.entries(store.loadCheckpoint(id, kind)?.tensors ?? {}).map(([name, { data }]) => [
    name,
    Buffer.from(data).toString('hex'),
  ])
const statesSeen = (id: string): RunState[] =>
  events.flatMap((event) => (event.type === 'run.changed' && event.run.id === id ? [event.run.state] : []))

test(
  'what is set for computing holds for the trainers that are started then',
  { tags: 'thorough' },
  async () => {
    computing = { device: 'wasm', threads: 1 }
    const alone = newRun({ epochs: 1 }, 'auto')
    supervisor.enqueue(alone)
    await reach(alone, 'finished')
    expect(findRun(store, alone)).toMatchObject({ backend: 'wasm', device: expect.stringContaining('CPU') })
    expect(findRun(store, alone).device).not.toContain('threads')

    computing = { device: 'wasm', threads: 2 }
    const named = newRun({ epochs: 1 }, 'reference')
    const two = newRun({ epochs: 1 }, 'auto')
    supervisor.enqueue(named)
    supervisor.enqueue(two)
    await reach(named, 'finished')
    await reach(two, 'finished')
    expect(findRun(store, named).backend).toBe('reference')
    if (availableParallelism() > 1) expect(findRun(store, two).device).toContain('2 threads')
  },
)

test('a run trains in a process of its own, to the end', async () => {
  const id = newRun({ epochs: 5 })
  supervisor.enqueue(id)
  await reach(id, 'finished')
  const run = findRun(store, id)
  expect(run).toMatchObject({
    epoch: 5,
    error: null,
    backend: expect.any(String),
    device: expect.any(String),
  })
  expect(run.startedAt).toBeLessThanOrEqual(run.finishedAt ?? 0)
  expect(curves(id).map(({ epoch }) => epoch)).toEqual(Array(10).fill([1, 2, 3, 4, 5]))
  const losses = readCurves(store, id).series['validation/loss']!.value
  expect(run.metrics['validation/loss']).toBe(Math.min(...losses))
  expect(run.bestEpoch).toBe(losses.indexOf(Math.min(...losses)) + 1)
  expect(weights(id, 'best').map(([name]) => name)).toContain('model.0.weight')
  expect(store.loadCheckpoint(id, 'best')?.epoch).toBe(run.bestEpoch)
  expect(statesSeen(id).filter((state, i, all) => state !== all[i - 1])).toEqual([
    'preparing',
    'running',
    'finished',
  ])
})

function trainerPid(id: string): number {
  const pid = supervisor.pidOf(id)
  if (pid === undefined) throw new Error('The trainer is not running.')
  return pid
}

test('a killed trainer leaves a run that resumes to the very same result', async () => {
  // Long enough that it is still training when the news of its first checkpoint arrives.
  source = await moonsIn(folder, 1500)
  const plan = { epochs: 300, batchSize: 32 }
  const undisturbed = newRun(plan)
  const killed = newRun(plan)
  supervisor.enqueue(killed)
  await until(() => store.loadCheckpoint(killed, 'last') !== null, 'a checkpoint')
  process.kill(trainerPid(killed), 'SIGKILL')
  await reach(killed, 'interrupted')
  expect(findRun(store, killed).error).toContain('SIGKILL')
  const reached = store.loadCheckpoint(killed, 'last')?.epoch ?? 0
  expect(reached).toBeGreaterThan(0)
  expect(reached).toBeLessThan(plan.epochs)
  expect((await supervisor.resume(killed)).state).toBe('preparing')
  supervisor.enqueue(undisturbed)
  await reach(killed, 'finished')
  await reach(undisturbed, 'finished')
  expect(findRun(store, killed).error).toBeNull()
  expect(curves(killed)).toEqual(curves(undisturbed))
  expect(weights(killed, 'best')).toEqual(weights(undisturbed, 'best'))
  expect(weights(killed, 'last')).toEqual(weights(undisturbed, 'last'))
})

// Windows has no signal that holds a process.
test.skipIf(process.platform === 'win32')(
  'a trainer that slept, and woke under a clock that went back, ends where it would have',
  async () => {
    source = await moonsIn(folder, 1500)
    const plan = { epochs: 100, batchSize: 32 }
    const undisturbed = newRun(plan)
    supervisor.enqueue(undisturbed)
    await reach(undisturbed, 'finished')
    const slept = newRun(plan)
    supervisor.enqueue(slept)
    await until(() => findRun(store, slept).epoch > 0, 'the first epoch')
    const pid = trainerPid(slept)
    process.kill(pid, 'SIGSTOP')
    const hour = 3_600_000
    const { now } = Date
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() - hour)
    try {
      // What it had said is heard; then nothing comes.
      await new Promise((resolve) => setTimeout(resolve, 300))
      const { epoch } = findRun(store, slept)
      await new Promise((resolve) => setTimeout(resolve, 700))
      expect(findRun(store, slept)).toMatchObject({ state: 'running', epoch })
      expect(epoch).toBeLessThan(plan.epochs)
      process.kill(pid, 'SIGCONT')
      await reach(slept, 'finished')
    } finally {
      clock.mockRestore()
    }
    const run = findRun(store, slept)
    expect(run.finishedAt).toBeLessThan(run.startedAt!)
    expect(run.seconds).toBeGreaterThan(0.7)
    expect(run.seconds).toBeLessThan(hour / 1000)
    expect(curves(slept)).toEqual(curves(undisturbed))
    expect(weights(slept, 'best')).toEqual(weights(undisturbed, 'best'))
  },
)

test('pausing holds a run at a checkpoint; resuming and stopping follow', async () => {
  const id = newRun({ epochs: 100_000 })
  supervisor.enqueue(id)
  await until(() => findRun(store, id).epoch > 0, 'the first epoch')
  expect((await supervisor.pause(id)).state).toBe('paused')
  const epoch = store.loadCheckpoint(id, 'last')?.epoch
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(findRun(store, id).epoch).toBe(epoch)
  await expect(supervisor.pause(id)).rejects.toThrow('is paused and cannot be paused')
  expect((await supervisor.resume(id)).state).toBe('running')
  await until(() => findRun(store, id).epoch > (epoch ?? 0), 'another epoch')
  const stopped = await supervisor.stop(id)
  expect(stopped.state).toBe('stopped')
  expect(weights(id, 'best').length).toBeGreaterThan(0)
  await expect(supervisor.resume(id)).rejects.toThrow(DescentError)
})

test('closing brings runs to a checkpoint from which the next host resumes', async () => {
  const id = newRun({ epochs: 100_000 })
  supervisor.enqueue(id)
  await until(() => findRun(store, id).epoch > 0, 'the first epoch')
  await supervisor.close()
  expect(stateOf(id)).toBe('interrupted')
  const epoch = store.loadCheckpoint(id, 'last')?.epoch ?? 0
  expect(epoch).toBeGreaterThan(0)
  supervisor = openSupervisor()
  await supervisor.resume(id)
  await until(() => findRun(store, id).epoch > epoch, 'an epoch after the checkpoint')
  await supervisor.stop(id)
})

test('a host that was killed finds its runs interrupted', () => {
  const id = newRun({ epochs: 5 })
  updateRun(store, id, { state: 'running' })
  supervisor = openSupervisor()
  expect(stateOf(id)).toBe('interrupted')
})

test('more runs than trainers wait their turn, and can be stopped while they wait', async () => {
  const ids = [1, 2, 3].map(() => newRun({ epochs: 100_000 }))
  for (const id of ids) supervisor.enqueue(id)
  const [first = '', second = '', third = ''] = ids
  await reach(second, 'running')
  expect(stateOf(third)).toBe('queued')
  expect((await supervisor.stop(third)).state).toBe('stopped')
  await supervisor.stop(first)
  await supervisor.stop(second)
})

test('a run that was deleted with its project is let go', { tags: 'thorough' }, async () => {
  const id = newRun({ epochs: 100_000 })
  supervisor.enqueue(id)
  await reach(id, 'running')
  await supervisor.pause(id)
  store.db.prepare('DELETE FROM projects').run()
  const next = newRun({ epochs: 2 })
  supervisor.enqueue(next)
  expect(supervisor.pidOf(id)).toBeUndefined()
  await reach(next, 'finished')
})

test('a run that cannot be trained fails with the reason', async () => {
  const optimizer = begin(optimizers, 'sgd', { learningRate: 1e30, momentum: 0 })
  const id = newRun({ epochs: 5, optimizer })
  supervisor.enqueue(id)
  await reach(id, 'failed')
  expect(findRun(store, id).error).toContain('Lower the learning rate')
})

/** SQLite then answers as it does on a full disk; undone by a number that is larger than any file. */
function limitDisk(full: boolean): void {
  for (const name of ['main', 'blobs']) {
    const pages = Number(store.db.pragma(`${name}.page_count`, { simple: true }))
    store.db.pragma(`${name}.max_page_count = ${full ? pages : 1e9}`)
  }
}

test(
  'a full disk interrupts a run with its reason; when there is room it goes on to the very same result',
  { tags: 'thorough', timeout: 60_000 },
  async () => {
    source = await moonsIn(folder, 1500)
    const plan = { epochs: 300, batchSize: 32 }
    const undisturbed = newRun(plan)
    const disturbed = newRun(plan)
    const other = newRun({ epochs: 2 })
    supervisor.enqueue(disturbed)
    await until(() => store.loadCheckpoint(disturbed, 'last') !== null, 'a checkpoint')
    limitDisk(true)
    await reach(disturbed, 'interrupted')
    expect(findRun(store, disturbed).error).toMatch(
      /The disk that holds the workspace .* is full\..*goes on by itself when there is room\./,
    )
    expect(store.notices.list()[0]).toMatchObject({
      severity: 'error',
      message: expect.stringContaining('is full'),
    })
    // What needs no room works: another run is stopped before it began, and all are listed.
    expect((await supervisor.stop(other)).state).toBe('stopped')
    expect(listRuns(store, { projectId: findRun(store, disturbed).projectId }).runs[0]?.state).toBe(
      'interrupted',
    )
    limitDisk(false)
    await until(() => stateOf(disturbed) !== 'interrupted', 'going on')
    // A person who still saw it interrupted may say so as well.
    expect(['queued', 'preparing', 'running', 'finished']).toContain(
      stateOf(disturbed) === 'finished' ? 'finished' : (await supervisor.resume(disturbed)).state,
    )
    supervisor.enqueue(undisturbed)
    await reach(disturbed, 'finished')
    await reach(undisturbed, 'finished')
    expect(findRun(store, disturbed).error).toBeNull()
    expect(store.db.prepare('SELECT state FROM runs WHERE id = ?').pluck().get(other)).toBe('stopped')
    expect(curves(disturbed)).toEqual(curves(undisturbed))
    expect(weights(disturbed, 'best')).toEqual(weights(undisturbed, 'best'))
    expect(weights(disturbed, 'last')).toEqual(weights(undisturbed, 'last'))
  },
)

test('a run whose checkpoint is gone begins again, and that is told', { tags: 'thorough' }, async () => {
  const id = newRun({ epochs: 100_000 })
  supervisor.enqueue(id)
  await until(() => store.loadCheckpoint(id, 'last') !== null, 'a checkpoint')
  await supervisor.close()
  store.db.prepare('DELETE FROM blobs.checkpoints').run()
  supervisor = openSupervisor()
  await supervisor.resume(id)
  await until(() => findRun(store, id).epoch > 0, 'an epoch')
  expect(store.notices.list()[0]?.message).toContain('The checkpoint of the run "Run 1" is missing')
  await supervisor.stop(id)
})

test('a stop that was answered on a full disk holds when Descent closes at once', async () => {
  const id = newRun({ epochs: 100_000 })
  updateRun(store, id, { state: 'interrupted' })
  limitDisk(true)
  // A write needs a new page somewhere: what is there is filled first.
  const fill = (): unknown =>
    store.db.prepare('INSERT INTO settings (name, value) VALUES (?, ?)').run(randomUUID(), 'x'.repeat(200))
  expect(() => {
    for (;;) fill()
  }).toThrow('full')
  store.db.exec(
    'CREATE TRIGGER full BEFORE UPDATE ON runs BEGIN INSERT INTO settings VALUES (hex(randomblob(9)), hex(randomblob(4000))); END',
  )
  expect((await supervisor.stop(id)).state).toBe('stopped')
  expect(store.db.prepare('SELECT state FROM runs WHERE id = ?').pluck().get(id)).toBe('interrupted')
  limitDisk(false)
  await supervisor.close()
  expect(store.db.prepare('SELECT state FROM runs WHERE id = ?').pluck().get(id)).toBe('stopped')
})

test(
  'coming into the queue is told, and a run that goes on when others have its room waits for it',
  { tags: 'thorough', timeout: 60_000 },
  async () => {
    const [first, second, third] = [1, 2, 3].map(() => newRun({ epochs: 100_000 })) as [
      string,
      string,
      string,
    ]
    supervisor.enqueue(first)
    supervisor.enqueue(second)
    await until(() => findRun(store, first).epoch > 0, 'the first epoch')
    events = []
    supervisor.enqueue(third)
    expect(events).toEqual([{ type: 'queue.changed' }])
    await supervisor.pause(first)
    await reach(third, 'running')
    const { epoch } = findRun(store, first)
    expect((await supervisor.resume(first)).state).toBe('queued')
    expect(supervisor.waiting()).toEqual([first])
    await supervisor.stop(second)
    await until(() => findRun(store, first).epoch > epoch, 'an epoch after the pause')
    await supervisor.stop(first)
    await supervisor.stop(third)
  },
)

test(
  'a run that came to its leash while it was to make room is asked for it again when it goes on',
  { tags: 'thorough', timeout: 90_000 },
  async () => {
    const ids = [1, 2].map(() => newRun({ epochs: 100_000 }))
    const [other, leashed] = ids as [string, string]
    for (const id of ids) supervisor.letYield(id)
    supervisor.leash(leashed, { epoch: 1, seconds: null })
    supervisor.enqueue(other)
    supervisor.enqueue(leashed)
    await until(() => supervisor.pidOf(leashed) !== undefined, 'a trainer')
    // It is told to make room before it has begun, and comes to its leash.
    const mine = newRun({ epochs: 2 })
    supervisor.enqueue(mine)
    await reach(leashed, 'paused')
    await reach(mine, 'finished')
    supervisor.leash(leashed, null)
    await supervisor.resume(leashed)
    await until(() => findRun(store, leashed).epoch > 1, 'going on')
    const next = newRun({ epochs: 2 })
    supervisor.enqueue(next)
    await reach(next, 'finished')
    await until(() => stateOf(leashed) === 'running' && stateOf(other) === 'running', 'both going on')
    for (const id of ids) await supervisor.stop(id)
  },
)
