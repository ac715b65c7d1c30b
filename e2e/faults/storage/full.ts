/** Full and read-only disks: what is refused says so, what waits goes on by itself when there is room. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type {
  ProcedureName,
  Recipe,
  RunDetail,
  RunState,
  RunSummary,
} from '../../../electron/contract/index.ts'
import type { Cases } from '../cases.ts'
import { write, writeData } from '../data.ts'
import { differences, finished, outcomeOf, projectWith, type Outcome } from '../training.ts'
import {
  freshFolder,
  Host,
  inTime,
  messageOf,
  refusalOf,
  removeFolder,
  sleep,
  slowness,
  until,
} from '../support.ts'
import { contents, leftovers, Planted, unsound } from '../workspace.ts'
import { Disk, onDisk } from './disk.ts'
import { badRefusal, onCopy, type Template } from './template.ts'

const epochs = 120
const diskSize = 64

/** Weights of about a megabyte, so that a checkpoint needs room. */
function heavier(recipe: Recipe): Recipe {
  const changed = structuredClone(recipe)
  changed.model = { template: 'mlp', hidden: [384, 384], activation: 'relu', dropout: 0.1, batchNorm: false }
  changed.training.batchSize = 256
  return changed
}

async function started(host: Host, data: string): Promise<{ projectId: string; run: RunSummary }> {
  const { id: projectId, recipe } = await projectWith(host, 'table', data, epochs)
  await host.call('projects.setRecipe', { projectId, recipe: heavier(recipe!) })
  return { projectId, run: await host.call('training.start', { projectId }) }
}

async function uninterrupted(data: string): Promise<Outcome> {
  const folder = freshFolder()
  const host = await Host.start(join(folder, 'workspace'))
  try {
    const { run } = await started(host, data)
    await finished(host, run.id, 120_000)
    return await outcomeOf(host, run.id)
  } finally {
    host.killAll()
    removeFolder(folder)
  }
}

const reaches = (
  host: Host,
  runId: string,
  states: readonly RunState[],
  limitMs: number,
): Promise<RunDetail> =>
  until(
    `a run that is ${states.join(' or ')}`,
    async () => {
      const run = await host.call('runs.get', { runId })
      return states.includes(run.state) && run
    },
    limitMs,
  )

/** These only read: a full disk is no reason to refuse them. */
async function answers(host: Host, projectId: string): Promise<string[]> {
  const complaints: string[] = []
  const calls: readonly (readonly [ProcedureName, object])[] = [
    ['runs.list', { projectId }],
    ['datasets.page', { projectId, offset: 0, limit: 10 }],
    ['explore.profile', { projectId }],
    ['projects.list', {}],
    ['notices.list', {}],
  ]
  for (const [name, input] of calls) {
    const refusal = await refusalOf(inTime(name, host.call(name, input as never), 20_000))
    if (refusal !== undefined) complaints.push(`${name} is refused on a full disk: ${messageOf(refusal)}`)
  }
  return complaints
}

const isFull = async (what: string, call: Promise<unknown>): Promise<string[]> => {
  const refusal = await refusalOf(call)
  if (refusal === undefined) return []
  return refusal.code === 'storageFull' ? badRefusal(what, refusal) : [`${what}: ${messageOf(refusal)}`]
}

/** `stop`: what is done to the interrupted run; null: it is left to go on. */
async function whileTraining(
  data: string,
  wanted: Outcome,
  stop: null | 'and wait' | 'and close at once',
): Promise<string[]> {
  const atOnce = stop === 'and close at once'
  return await onDisk(diskSize, async (disk) => {
    const workspace = join(disk.path, 'workspace')
    let host = await Host.start(workspace)
    try {
      const { projectId, run } = await started(host, data)
      await reaches(host, run.id, ['running'], 60_000)
      disk.fill()
      const complaints: string[] = []
      const interrupted = await reaches(host, run.id, ['interrupted'], 15_000)
      if (!/full|room|space/i.test(interrupted.error ?? ''))
        complaints.push(`the run does not say why it is interrupted: ${interrupted.error}`)
      if (!(await host.call('notices.list', {})).some(({ message }) => /full/.test(message)))
        complaints.push('no notice tells of the full disk')
      complaints.push(...(await answers(host, projectId)))
      if (stop !== null) {
        const { state } = await host.call('training.stop', { runId: run.id })
        if (state !== 'stopped') complaints.push(`a run that was stopped is ${state}`)
        complaints.push(...(await answers(host, projectId)))
        disk.makeRoom()
        if (!atOnce) await sleep(3000 * slowness())
        await host.end()
        host = await Host.start(workspace)
        const after = await host.call('runs.get', { runId: run.id })
        if (after.state !== 'stopped')
          complaints.push(`a run that was stopped is ${after.state} after a restart`)
        return [...complaints, ...unsound(workspace)]
      }
      disk.makeRoom()
      await reaches(host, run.id, ['queued', 'preparing', 'running', 'finished'], 90_000)
      await finished(host, run.id, 120_000)
      complaints.push(...differences(await outcomeOf(host, run.id), wanted), ...unsound(workspace))
      await host.end()
      return complaints
    } finally {
      host.killAll()
    }
  })
}

/** Fills the disk under a call; then makes room, restarts, and looks at what was left. */
async function under(
  template: Template,
  before: (host: Host, folder: string) => Promise<() => Promise<unknown>>,
  { spare = 0, early = true } = {},
): Promise<string[]> {
  return await onDisk(diskSize, async (disk) =>
    onCopy(
      template,
      async (trial) => {
        const planted = new Planted(trial.workspace, join(trial.folder, 'person'))
        let host = await trial.start()
        const call = await before(host, trial.folder)
        const models = join(trial.workspace, 'models')
        const former = contents(models)
        if (early) disk.fill(spare)
        const pending = isFull('the call', call())
        if (!early) disk.fill(spare)
        const complaints = await inTime('the call', pending, 60_000)
        complaints.push(...(await answers(host, template.projects.table)))
        disk.makeRoom()
        for (const [name, hash] of Object.entries(former))
          if (contents(models)[name] !== hash && !name.endsWith('README.md') && !name.endsWith('.json'))
            complaints.push(`a model that was there was changed: ${name}`)
        const again = await refusalOf(call())
        if (again !== undefined) complaints.push(`when there is room again: ${messageOf(again)}`)
        await host.end()
        host = await trial.start()
        return [
          ...complaints,
          ...planted.complaints(),
          ...leftovers(trial.workspace, planted),
          ...unsound(trial.workspace),
        ]
      },
      join(disk.path, 'trial'),
    ),
  )
}

/** About six megabytes. */
function largeTable(path: string): string {
  const lines = Array.from(
    { length: 120_000 },
    (_, i) => `${i},${(i * 7919) % 104_729},${i % 3 ? 'a' : 'b'},text ${i}\n`,
  )
  return write(path, `n,m,k,t\n${lines.join('')}`)
}

async function atStart(template: Template, fresh: boolean): Promise<string[]> {
  return await onDisk(diskSize, async (disk) =>
    onCopy(
      template,
      async (trial) => {
        const workspace = fresh ? join(disk.path, 'fresh') : trial.workspace
        disk.fill()
        const complaints: string[] = []
        const host = await Host.start(workspace).catch((error: unknown) => {
          complaints.push(...badRefusal('starting on a full disk', error))
          if (!messageOf(error).startsWith('storageFull'))
            complaints.push(`it does not start: ${messageOf(error)}`)
          return null
        })
        if (host !== null) {
          if (!fresh) complaints.push(...(await answers(host, template.projects.table)))
          await host.end()
        }
        disk.makeRoom()
        const again = await Host.start(workspace)
        const projects = await again.call('projects.list', {})
        if (projects.length !== (fresh ? 0 : 3))
          complaints.push(`afterwards there are ${projects.length} projects`)
        await again.end()
        return complaints
      },
      join(disk.path, 'trial'),
    ),
  )
}

async function readOnly(template: Template): Promise<string[]> {
  return await onDisk(diskSize, async (disk) =>
    onCopy(
      template,
      async (trial) => {
        disk.readOnly(true)
        const complaints: string[] = []
        const refusal = await refusalOf(Host.start(trial.workspace).then((host) => host.end()))
        if (refusal?.code !== 'storageReadOnly')
          complaints.push(
            `it starts on a read-only disk: ${refusal ? messageOf(refusal) : 'as if nothing were'}`,
          )
        else complaints.push(...badRefusal('starting', refusal))
        disk.readOnly(false)
        const host = await trial.start()
        const { length } = await host.call('projects.list', {})
        return length === 3 ? complaints : [...complaints, `afterwards there are ${length} projects`]
      },
      join(disk.path, 'trial'),
    ),
  )
}

async function exportReadOnly(template: Template): Promise<string[]> {
  return await onDisk(1, async (disk) => {
    disk.readOnly(true)
    return await onCopy(template, async (trial) => {
      const host = await trial.start()
      const path = join(disk.path, 'model')
      const refusal = await refusalOf(host.call('deploy.save', { runId: template.tested.id, path }))
      if (refusal === undefined) return ['an export onto a read-only disk is granted']
      return refusal.code === 'storageReadOnly' ? badRefusal('the export', refusal) : [messageOf(refusal)]
    })
  })
}

async function exportFull(template: Template): Promise<string[]> {
  return await onDisk(1, async (disk) =>
    onCopy(template, async (trial) => {
      const host = await trial.start()
      const path = join(disk.path, 'model')
      await host.call('deploy.save', { runId: template.tested.id, path })
      const former = contents(path)
      disk.fill()
      const complaints = await isFull(
        'the export',
        host.call('deploy.save', { runId: template.untested, path }),
      )
      if (JSON.stringify(contents(path)) !== JSON.stringify(former) && complaints.length > 0)
        complaints.push('the model that was there was changed')
      await host.call('deploy.load', { path })
      disk.makeRoom()
      await host.call('deploy.save', { runId: template.untested, path })
      const left = readdirSync(disk.path).filter((name) => name !== 'model')
      return [...complaints, ...left.map((name) => `left behind: ${name}`)]
    }),
  )
}

async function uploadFull(template: Template): Promise<string[]> {
  return await under(template, async (host) => async () => {
    const path = await host.upload('large.csv', Buffer.alloc(8 << 20, 'a,b\n'))
    if (!existsSync(path)) throw new Error('an upload was answered that is not there')
  })
}

export async function full(cases: Cases, template: Template): Promise<void> {
  const why = Disk.whyNot()
  if (why !== null) return cases.skip('full and read-only disks', why)
  const folder = freshFolder()
  try {
    const data = writeData('table', folder)
    const large = largeTable(join(folder, 'large.csv'))
    let wanted: Outcome | null = null
    await cases.run('full while training, then room', async () =>
      whileTraining(data, (wanted ??= await uninterrupted(data)), null),
    )
    for (const stop of ['and wait', 'and close at once'] as const)
      await cases.run(`full while training, then stop, make room ${stop}`, async () =>
        whileTraining(data, (wanted ??= await uninterrupted(data)), stop),
      )
    const projectId = template.projects.text
    const importing = async (host: Host) => () => host.call('datasets.import', { projectId, path: large })
    for (const spare of [0, 1 << 18, 2 << 20])
      await cases.run(`full before an import, but for ${spare} bytes`, () =>
        under(template, importing, { spare }),
      )
    await cases.run('full during an import', () => under(template, importing, { early: false }))
    await cases.run('full before an export', () =>
      under(template, async (host) => () => host.call('deploy.save', { runId: template.untested })),
    )
    await cases.run('full during an export', () =>
      under(template, async (host) => () => host.call('deploy.save', { runId: template.untested }), {
        early: false,
      }),
    )
    await cases.run('full before an evaluation', () =>
      under(
        template,
        async (host) => () => host.call('evaluate.run', { runId: template.untested, split: 'test' }),
      ),
    )
    await cases.run('full before a prediction', () =>
      under(template, async (host) => {
        const { path: modelPath } = await host.call('deploy.save', { runId: template.tested.id })
        return () => host.call('deploy.predict', { modelPath, dataPath: template.data.table })
      }),
    )
    await cases.run('full before an upload', () => uploadFull(template))
    await cases.run('full before edits', () =>
      under(
        template,
        async (host) => () => host.call('projects.rename', { projectId, name: 'x'.repeat(100) }),
      ),
    )
    await cases.run('full at the start', () => atStart(template, false))
    await cases.run('full at the first start', () => atStart(template, true))
    await cases.run('a read-only workspace', () => readOnly(template))
    await cases.run('an export onto a read-only disk', () => exportReadOnly(template))
    await cases.run('an export onto a full disk', () => exportFull(template))
  } finally {
    removeFolder(folder)
  }
}
