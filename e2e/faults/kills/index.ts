/**
 * Kills at random moments: of trainers, of the host, of both, of everything. After each: all that was answered is there,
 * nothing of other people's was touched, nothing is left behind, both databases are sound; and runs that were resumed
 * end with results equal to the bit to those of a run that nobody interrupted.
 */
import type { DataKind } from '../../../electron/contract/index.ts'
import { Cases, type AttackOptions, type Result } from '../cases.ts'
import { baselines, differences, finished, outcomeOf, projectWith } from '../training.ts'
import {
  freshFolder,
  Gone,
  killed,
  messageOf,
  pick,
  randomOf,
  removeFolder,
  sleep,
  until,
} from '../support.ts'
import { leftovers, lostFiles, unsound } from '../workspace.ts'
import { activities, type Activity, type Stop } from './activities.ts'
import { World } from './world.ts'

type Victim = 'the trainer' | 'trainer and workers' | 'the host' | 'host and trainer' | 'everything'
const allKinds: readonly DataKind[] = ['table', 'text', 'images']

interface Round {
  readonly number: number
  readonly random: () => number
  readonly victim: Victim
  readonly activity: Activity
  readonly delay: number
}

/** A third each of trainers, hosts, and both; every activity meets all of them. */
function roundOf(seed: number, number: number): Round {
  const random = randomOf(seed, number)
  const activity = activities[Math.floor(number / 3) % activities.length]!
  const victims: Victim[][] = [
    ['the trainer', 'trainer and workers'],
    ['the host'],
    ['host and trainer', 'everything'],
  ]
  const victim = pick(random, victims[number % 3]!)
  return { number, random, victim, activity, delay: random() * activity.span }
}

async function prepare(world: World): Promise<void> {
  await world.start()
  for (const kind of world.baselines.keys()) {
    const project = await projectWith(world.host, kind, world.data[kind])
    world.homes.set(kind, project.id)
    world.learned(project)
  }
  const created = await world.call('projects.create', { name: 'Edited' })
  const { recipe, canUndo } = await world.call('datasets.import', {
    projectId: created.id,
    path: world.data.table,
  })
  if (canUndo) throw new Error('a first import can be undone')
  world.edited = {
    id: created.id,
    now: { name: 'Edited', stack: [JSON.stringify(recipe)], position: 0 },
    maybe: null,
  }
}

/** A run that trains, so that there is something to kill. Returns complaints about the one that has ended. */
async function keepTraining(world: World, random: () => number): Promise<string[]> {
  const { current } = world
  if (current === null) {
    const kind = pick(random, [...world.baselines.keys()])
    const { id } = await world.call('training.start', { projectId: world.homes.get(kind)! })
    world.runs.set(id, { kind, done: false })
    world.current = { id, kind, kills: 1 + Math.floor(5 * random()) }
    return []
  }
  const run = await world.call('runs.get', { runId: current.id })
  if (run.state === 'interrupted') {
    // From here on what came after the last checkpoint is measured again.
    world.seen.delete(current.id)
    await world.call('training.resume', { runId: current.id })
  } else if (run.state === 'paused') await world.call('training.resume', { runId: current.id })
  else if (run.state === 'failed') {
    world.current = null
    world.runs.delete(current.id)
    return [`the run ${current.id} failed: ${run.error}`]
  }
  if (run.state !== 'finished' && current.kills > 0) return []
  return [...(await settle(world)), ...(await keepTraining(world, random))]
}

/** Lets the run go on to its end, and holds it against one that was not interrupted. */
async function settle(world: World): Promise<string[]> {
  const { id, kind } = world.current!
  world.current = null
  try {
    await finished(world.host, id, 120_000)
  } catch (error) {
    world.runs.delete(id)
    throw error
  }
  const outcome = await outcomeOf(world.host, id)
  world.runs.set(id, { kind, done: true })
  world.outcomes.set(id, outcome)
  await forget(world)
  return differences(outcome, world.baselines.get(kind)!).map(
    (line) => `the resumed run ${id} of ${kind}: ${line}`,
  )
}

async function forget(world: World): Promise<void> {
  const done = [...world.runs].filter(([, run]) => run.done)
  for (const [runId] of done.slice(0, Math.max(0, done.length - 3))) {
    world.runs.delete(runId)
    await world.call('runs.delete', { runId })
  }
}

function strike(world: World, victim: Victim): void {
  const { host } = world
  if (victim === 'everything') return host.killAll()
  const children = host.children()
  if (victim !== 'the trainer' && victim !== 'trainer and workers') killed(host.pid)
  for (const { pid, program } of children) {
    if (program === 'trainer' && victim !== 'the host') killed(pid)
    if (program === 'worker' && victim === 'trainer and workers') killed(pid)
  }
}

const hostDies = (victim: Victim): boolean => victim !== 'the trainer' && victim !== 'trainer and workers'

async function play(world: World, { random, victim, activity, delay }: Round): Promise<string[]> {
  const complaints = await keepTraining(world, random)
  const stop: Stop = { now: false, mayFail: victim === 'trainer and workers' }
  const work = activity.run(world, random, stop).then(
    () => [],
    (error: unknown) => (error instanceof Gone ? [] : [`while it went on: ${messageOf(error)}`]),
  )
  await sleep(delay)
  strike(world, victim)
  if (world.current !== null) world.current.kills--
  stop.now = true
  complaints.push(...(await work))
  if (hostDies(victim)) {
    await world.host.gone().catch(async (error: unknown) => {
      complaints.push(`processes outlived their host: ${messageOf(error)}`)
      world.host.killAll()
    })
    await world.start()
  } else await calm(world)
  return [...complaints, ...(await inspect(world, hostDies(victim)))]
}

/** After a trainer's death its run says so. */
async function calm(world: World): Promise<void> {
  const { current } = world
  if (current === null) return
  await until('the end of a run whose trainer was killed', async () => {
    const { state } = await world.call('runs.get', { runId: current.id })
    // It may have been struck before it had a trainer, or after it had left.
    return !['queued', 'preparing'].includes(state)
  })
}

async function inspect(world: World, restarted: boolean): Promise<string[]> {
  const { workspace, planted } = world
  const live = ['queued', 'preparing', 'running']
  const still: string[] = []
  if (restarted && world.current !== null) {
    const { state } = await world.call('runs.get', { runId: world.current.id })
    if (live.includes(state)) still.push(`the run is ${state}, and nobody trains it`)
  }
  return [
    ...still,
    ...(await world.lost(false)),
    ...planted.complaints(),
    ...(restarted ? leftovers(workspace, planted) : []),
    ...lostFiles(workspace),
    ...unsound(workspace),
  ]
}

/** Whatever went wrong in a round, the next one begins with a host. */
async function isThere({ host }: World): Promise<boolean> {
  try {
    await host.call('projects.list', {})
    return true
  } catch {
    host.killAll()
    await host.gone()
    return false
  }
}

/** Told once: what was left behind by one kill is there after the next one too. */
function fresh(complaints: readonly string[], told: Set<string>): string[] {
  const news = complaints.filter((line) => !told.has(line))
  news.forEach((line) => told.add(line))
  return news
}

/** `kinds`: those of the runs; data of all kinds is imported. */
export async function kills(options: AttackOptions, kinds: readonly DataKind[] = allKinds): Promise<Result> {
  const { rounds, seed, from, say } = options
  const cases = new Cases({ say: () => undefined, only: '' })
  const told = new Set<string>()
  const folder = freshFolder()
  say('measuring what uninterrupted runs give')
  const world = new World(folder, await baselines(kinds))
  try {
    await prepare(world)
    for (let number = from; number < from + rounds; number++) {
      const round = roundOf(seed, number)
      const name = `round ${number}: ${round.victim} after ${Math.round(round.delay)} ms of ${round.activity.name}`
      const failed = cases.failed.length
      await cases.run(name, async () => fresh(await play(world, round), told))
      if (cases.failed.length > failed) say(`✗ ${cases.failed.at(-1)}`)
      if (!(await isThere(world))) await world.start()
      if ((number - from + 1) % 20 === 0)
        say(`${number - from + 1} of ${rounds} kills, ${cases.failed.length} failed`)
    }
    await cases.run('after all of them', async () => {
      const left = world.current === null ? [] : await endCurrent(world)
      await world.host.end()
      await world.start()
      // Exporting puts the folder in order in which an export was killed.
      for (const path of [...world.exported.keys()]) await world.call('deploy.load', { path })
      const runId = world.finishedRun()
      if (runId !== undefined) await world.call('deploy.save', { runId, path: `${world.person}/model-last` })
      return fresh(
        [
          ...left,
          ...(await world.lost(true)),
          ...leftovers(world.workspace, world.planted, [world.person]),
          ...world.planted.complaints(),
        ],
        told,
      )
    })
    await world.host.end()
  } finally {
    world.host?.killAll()
    if (cases.failed.length > 0 && process.env['DESCENT_FAULTS_KEEP']) say(`kept: ${folder}`)
    else removeFolder(folder)
  }
  return cases.result()
}

async function endCurrent(world: World): Promise<string[]> {
  world.current!.kills = 0
  const { state } = await world.call('runs.get', { runId: world.current!.id })
  if (['interrupted', 'paused'].includes(state)) {
    world.seen.delete(world.current!.id)
    await world.call('training.resume', { runId: world.current!.id })
  }
  return await settle(world)
}
