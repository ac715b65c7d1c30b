/** What people do while something is killed. */
import { DescentError, type DataKind } from '../../../electron/contract/index.ts'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { contents } from '../workspace.ts'
import { evaluation } from '../training.ts'
import { pick, sample, sleep } from '../support.ts'
import { loop, type World } from './world.ts'

export interface Stop {
  now: boolean
  /** Refused, because the process that worked on it was killed. */
  readonly mayFail: boolean
}

export interface Activity {
  readonly name: string
  /** About as long as once takes, in milliseconds. */
  readonly span: number
  run(world: World, random: () => number, stop: Stop): Promise<void>
}

/** Where a worker was killed, the call that it worked for says so. */
async function unlessKilled(stop: Stop, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(stop.mayFail && error instanceof DescentError && error.code === 'unavailable')) throw error
    stop.now = true
  }
}

const most = 4

function imports(kind: DataKind): Activity {
  return {
    name: `import of ${kind}`,
    span: 1500,
    run: (world, random, stop) =>
      loop(stop, () =>
        unlessKilled(stop, async () => {
          const created = await world.call('projects.create', { name: `Import of ${kind}` })
          world.learned(created)
          const path = kind === 'table' && random() < 0.5 ? sample('houses') : world.data[kind]
          world.learned(await world.call('datasets.import', { projectId: created.id, path }))
          await removeSome(world, `Import of ${kind}`)
        }),
      ),
  }
}

async function removeSome(world: World, name: string): Promise<void> {
  const mine = [...world.projects].filter(([, project]) => project?.name === name)
  for (const [projectId] of mine.slice(0, Math.max(0, mine.length - most))) {
    const known = world.projects.get(projectId)!
    // Until there is an answer, it may be there or not.
    world.projects.delete(projectId)
    await world.call('projects.delete', { projectId })
    if (known !== null) world.projects.set(projectId, null)
  }
}

const training: Activity = {
  name: 'training',
  span: 2500,
  run: (world, random, stop) =>
    loop(stop, async () => {
      await sleep(50 + 200 * random())
      const { current } = world
      if (current !== null) throwAll(await world.lookAtCurve(current.id))
    }),
}

const pausing: Activity = {
  name: 'pausing',
  span: 1500,
  run: (world, random, stop) =>
    loop(stop, async () => {
      await sleep(300 * random())
      const { current } = world
      if (current === null) return
      for (const name of ['training.pause', 'training.resume'] as const)
        try {
          await world.call(name, { runId: current.id })
        } catch (error) {
          // It may have ended, or its trainer have been killed.
          if (!(error instanceof DescentError && error.code === 'conflict')) throw error
          await sleep(100)
        }
    }),
}

const throwAll = (complaints: readonly string[]): void => {
  if (complaints.length > 0) throw new Error(complaints.join('; '))
}

const evaluating: Activity = {
  name: 'evaluation',
  span: 1200,
  run: (world, random, stop) =>
    loop(stop, () =>
      unlessKilled(stop, async () => {
        const runId = world.finishedRun()
        if (runId === undefined) return void (await sleep(100))
        const found = await evaluation(world.host, runId)
        const wanted = world.baselines.get(world.runs.get(runId)!.kind)!.evaluation
        if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error('an evaluation differs')
        world.outcomes.set(runId, { ...world.outcomes.get(runId), evaluation: found })
        await world.call('evaluate.run', { runId, split: 'validation' })
        await sleep(20 * random())
      }),
    ),
}

function exporting(name: string, into: (world: World, random: () => number) => string | undefined): Activity {
  return {
    name,
    span: 600,
    run: (world, random, stop) =>
      loop(stop, () =>
        unlessKilled(stop, async () => {
          const runId = world.finishedRun()
          if (runId === undefined) return void (await sleep(100))
          const path = into(world, random)
          // It may be replaced any moment: by a whole one, but with another time in it.
          for (const each of [...world.exported.keys()])
            if (path === undefined ? each.includes(runId.slice(0, 8)) : each === path)
              world.exported.delete(each)
          const info = await world.call('deploy.save', { runId, path })
          if (path !== undefined && info.path !== path)
            throw new Error(`the export went to ${info.path} instead: ${info.notes.join(' ')}`)
          world.exported.set(info.path, contents(info.path))
        }),
      ),
  }
}

const predicting: Activity = {
  name: 'prediction',
  span: 1500,
  run: (world, _random, stop) =>
    loop(stop, () =>
      unlessKilled(stop, async () => {
        const model = [...world.exported.keys()].find(
          (path) => path.includes('of-table') || path.includes('model-'),
        )
        if (model === undefined) return void (await sleep(100))
        const { kind } = await world.call('deploy.load', { path: model })
        if (kind !== 'table') return void (await sleep(100))
        const { outputPath, rows } = await world.call('deploy.predict', {
          modelPath: model,
          dataPath: world.data.table,
        })
        world.predictions.set(outputPath, rows)
      }),
    ),
}

const editing: Activity = {
  name: 'undo and redo',
  span: 300,
  run: (world, random, stop) =>
    loop(stop, async () => {
      const { id: projectId, now } = world.edited
      const what = pick(random, ['set', 'set', 'undo', 'redo', 'rename'])
      if (what === 'undo' && now.position > 0)
        await world.edit(
          (state) => ({ ...state, position: state.position - 1 }),
          () => world.call('projects.undo', { projectId }),
        )
      else if (what === 'redo' && now.position < now.stack.length - 1)
        await world.edit(
          (state) => ({ ...state, position: state.position + 1 }),
          () => world.call('projects.redo', { projectId }),
        )
      else if (what === 'rename') {
        const name = `Edited ${Math.floor(1e6 * random())}`
        await world.edit(
          (state) => ({ ...state, name }),
          () => world.call('projects.rename', { projectId, name }),
        )
      } else {
        const recipe = JSON.parse(now.stack[now.position]!) as {
          training: { batchSize: number }
          seed: number
        }
        recipe.seed = Math.floor(1e6 * random())
        const stack = [...now.stack.slice(0, now.position + 1), JSON.stringify(recipe)]
        // The host forgets the oldest; we begin anew before it does.
        if (stack.length > 100) return void (stop.now = true)
        await world.edit(
          (state) => ({ ...state, stack, position: state.position + 1 }),
          () => world.call('projects.setRecipe', { projectId, recipe: recipe as never }),
        )
      }
    }),
}

const uploading: Activity = {
  name: 'upload',
  span: 800,
  run: (world, random, stop) =>
    loop(stop, () =>
      unlessKilled(stop, async () => {
        const path = await world.host.upload('Meine Kunden.csv', readFileSync(world.data.table))
        if (random() < 0.4) return
        const created = await world.call('projects.create', { name: 'Upload' })
        world.learned(created)
        const project = await world.call('datasets.import', { projectId: created.id, path })
        world.learned(project)
        await removeSome(world, 'Upload')
      }),
    ),
}

export const activities: readonly Activity[] = [
  training,
  imports('table'),
  exporting('export into the workspace', () => undefined),
  imports('text'),
  editing,
  evaluating,
  exporting('export into a folder of a person', (world, random) =>
    join(world.person, `model-${Math.floor(3 * random())}`),
  ),
  uploading,
  pausing,
  predicting,
  imports('images'),
]
