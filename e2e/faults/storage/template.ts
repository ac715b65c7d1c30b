/** A workspace with something of everything in it, of which every case gets a copy. */
import { cpSync, existsSync, lstatSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DescentError, errorSchema, type DataKind } from '../../../electron/contract/index.ts'
import { hashOf, writeData } from '../data.ts'
import { evaluation, finished, projectWith, type Outcome } from '../training.ts'
import { freshFolder, Host, messageOf, removeFolder, until } from '../support.ts'
import { change, everything } from '../workspace.ts'

const kinds: readonly DataKind[] = ['table', 'text', 'images']

export interface Template {
  readonly folder: string
  readonly projects: Readonly<Record<DataKind, string>>
  /** Of the table: one that was tested, with its test, and one that was not. */
  readonly tested: { readonly id: string; readonly evaluation: Outcome['evaluation'] }
  readonly untested: string
  readonly data: Readonly<Record<DataKind, string>>
}

export async function makeTemplate(): Promise<Template> {
  const folder = freshFolder()
  const workspace = join(folder, 'workspace')
  const data = Object.fromEntries(kinds.map((kind) => [kind, writeData(kind, folder)])) as Template['data']
  const host = await Host.start(workspace)
  try {
    const projects: Partial<Record<DataKind, string>> = {}
    for (const kind of kinds) projects[kind] = (await projectWith(host, kind, data[kind], 20)).id
    const projectId = projects.table!
    const tested = await host.call('training.start', { projectId })
    const untested = await host.call('training.start', { projectId })
    await finished(host, tested.id)
    await finished(host, untested.id)
    const found = await evaluation(host, tested.id)
    await host.call('deploy.save', { runId: tested.id })
    await host.end()
    await backUpNow(workspace)
    return {
      folder,
      projects: projects as Template['projects'],
      tested: { id: tested.id, evaluation: found },
      untested: untested.id,
      data,
    }
  } finally {
    host.killAll()
  }
}

/** Today’s was made when there was nothing yet. */
async function backUpNow(workspace: string): Promise<void> {
  rmSync(join(workspace, 'backups'), { recursive: true, force: true })
  change(workspace, 'DELETE FROM backups')
  const host = await Host.start(workspace)
  try {
    const backups = join(workspace, 'backups')
    await until('a backup', () => existsSync(backups) && readdirSync(backups).length === 1)
    await host.end()
  } finally {
    host.killAll()
  }
}

export interface Trial {
  readonly template: Template
  readonly folder: string
  readonly workspace: string
  host: Host | null
  start(): Promise<Host>
}

/** `work` on a copy of its own. */
export async function onCopy(
  template: Template,
  work: (trial: Trial) => Promise<string[]>,
  where = freshFolder(),
): Promise<string[]> {
  const workspace = join(where, 'workspace')
  cpSync(join(template.folder, 'workspace'), workspace, { recursive: true })
  const trial: Trial = {
    template,
    folder: where,
    workspace,
    host: null,
    async start() {
      trial.host = await Host.start(workspace)
      return trial.host
    },
  }
  try {
    const complaints = await work(trial)
    const host = trial.host as Host | null
    if (host?.exited !== null && host !== null)
      complaints.push(`the host ended (${JSON.stringify(host.exited)}): ${host.stderr.slice(-1000)}`)
    return complaints
  } finally {
    const host = trial.host as Host | null
    if (host !== null && host.exited === null) await host.end().catch(() => host.killAll())
    removeFolder(where)
  }
}

/** It may begin with the name of a file. */
const sentence = /^\S.*[.!?…]$/su

/** What is wrong with a refusal, if anything. */
export function badRefusal(what: string, error: unknown): string[] {
  if (!(error instanceof DescentError)) return [`${what}: ${messageOf(error)}`]
  if (error.code === 'internal') return [`${what}: ${messageOf(error)}`]
  const { success } = errorSchema.safeParse(error.toValue())
  if (!success || !sentence.test(error.message))
    return [`${what} is refused without a sentence: ${error.message}`]
  return []
}

export interface Reading {
  /** Calls that were granted. */
  readonly granted: string[]
  readonly refused: Map<string, DescentError>
  readonly complaints: string[]
}

/** Everything that can be asked about a project and its runs. */
export async function readProject(host: Host, projectId: string): Promise<Reading> {
  const granted: string[] = []
  const refused = new Map<string, DescentError>()
  const complaints: string[] = []
  const attempt = async <T>(what: string, call: Promise<T>): Promise<T | null> => {
    try {
      const value = await call
      granted.push(what)
      return value
    } catch (error) {
      complaints.push(...badRefusal(what, error))
      if (error instanceof DescentError) refused.set(what, error)
      return null
    }
  }
  await attempt('projects.get', host.call('projects.get', { projectId }))
  await attempt('datasets.page', host.call('datasets.page', { projectId, offset: 0, limit: 10 }))
  await attempt('explore.profile', host.call('explore.profile', { projectId }))
  await attempt('prepare.summary', host.call('prepare.summary', { projectId }))
  await attempt('model.summary', host.call('model.summary', { projectId }))
  await attempt('runs.damaged', host.call('runs.damaged', { projectId }))
  const { runs = [] } = (await attempt('runs.list', host.call('runs.list', { projectId }))) ?? {}
  for (const { id: runId, state } of runs) {
    await attempt('runs.curves', host.call('runs.curves', { runId }))
    await attempt('runs.profile', host.call('runs.profile', { runId }))
    await attempt('compare.runs', host.call('compare.runs', { runIds: [runId] }))
    if (state !== 'finished') continue
    await attempt('evaluate.run', host.call('evaluate.run', { runId, split: 'test' }))
    await attempt('deploy.save', host.call('deploy.save', { runId }))
  }
  return { granted, refused, complaints }
}

/** New work, as on the first day. */
export async function worksAnew(host: Host, { data }: Template): Promise<string[]> {
  try {
    const { id: projectId } = await host.call('projects.create', { name: 'Anew' })
    await host.call('datasets.import', { projectId, path: data.table })
    await host.call('datasets.page', { projectId, offset: 0, limit: 5 })
    await host.call('projects.delete', { projectId })
    return []
  } catch (error) {
    return [`new work is not possible: ${messageOf(error)}`]
  }
}

/** A project that nothing happened to: its recipe, its data, its runs. */
export async function intact(host: Host, projectId: string, name: string): Promise<string[]> {
  const complaints: string[] = []
  for (const call of [
    () => host.call('projects.get', { projectId }),
    () => host.call('datasets.page', { projectId, offset: 0, limit: 5 }),
    () => host.call('runs.list', { projectId }),
  ])
    await (call() as Promise<unknown>).catch((error: unknown) =>
      complaints.push(`${name} is not as it was: ${messageOf(error)}`),
    )
  return complaints
}

/** Names of data files by their hash, wherever in the workspace they are. */
export const dataFiles = (workspace: string): Map<string, string> =>
  new Map(
    everything(workspace)
      .filter((path) => lstatSync(path).isFile() && /\/(datasets|uploads)\//.test(path))
      .map((path) => [hashOf(path), path]),
  )
