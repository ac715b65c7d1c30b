/**
 * What calls have answered so far: what must still be there after a kill. A call that was under way when the host died
 * may have been carried out or not, and nothing in between.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { metricsOn } from '../../../electron/contract/index.ts'
import type {
  DataKind,
  Input,
  Output,
  ProcedureName,
  Project,
  Recipe,
} from '../../../electron/contract/index.ts'
import { contents, linesOf, Planted } from '../workspace.ts'
import { exact, type Baseline, type Outcome } from '../training.ts'
import { writeData } from '../data.ts'
import { Gone, Host, type HostOptions } from '../support.ts'

/** The recipe of a project and its undo history, as far as we made it. */
export interface Edited {
  readonly name: string
  readonly stack: readonly string[]
  readonly position: number
}

export interface Ongoing {
  readonly id: string
  readonly kind: DataKind
  /** It may be killed so often; then it is left to end. */
  kills: number
}

const canonical = (recipe: Recipe | null): string => JSON.stringify(recipe)

export class World {
  readonly folder: string
  readonly workspace: string
  readonly person: string
  readonly data: Readonly<Record<DataKind, string>>
  readonly planted: Planted
  readonly baselines: ReadonlyMap<DataKind, Baseline>
  host!: Host

  /** By id; null: answered as deleted. */
  readonly projects = new Map<string, { readonly name: string; readonly dataset: string | null } | null>()
  readonly homes = new Map<DataKind, string>()
  edited!: { id: string; now: Edited; maybe: Edited | null }
  readonly runs = new Map<string, { kind: DataKind; done: boolean }>()
  /** Points that an answer has shown. */
  readonly seen = new Map<string, readonly string[]>()
  readonly outcomes = new Map<string, Partial<Outcome>>()
  /** Folders of exported models. */
  readonly exported = new Map<string, Record<string, string>>()
  readonly predictions = new Map<string, number>()
  current: Ongoing | null = null

  constructor(folder: string, baselines: ReadonlyMap<DataKind, Baseline>) {
    this.folder = folder
    this.workspace = join(folder, 'workspace')
    this.person = join(folder, 'person')
    mkdirSync(this.workspace)
    mkdirSync(this.person)
    this.baselines = baselines
    this.planted = new Planted(this.workspace, this.person)
    this.data = {
      table: writeData('table', folder),
      images: writeData('images', folder),
      text: writeData('text', folder),
    }
  }

  async start(options: HostOptions = {}): Promise<void> {
    this.host = await Host.start(this.workspace, options)
  }

  call<N extends ProcedureName>(name: N, input: Input<N>): Promise<Output<N>> {
    return this.host.call(name, input)
  }

  learned({ id, name, dataset }: Project): void {
    this.projects.set(id, { name, dataset: dataset?.id ?? null })
  }

  /** Any of the projects that may have been made by a call without an answer. */
  async edit(change: (now: Edited) => Edited, call: () => Promise<Project>): Promise<void> {
    const { now } = this.edited
    this.edited.maybe = change(now)
    const project = await call()
    this.edited.now = this.edited.maybe
    this.edited.maybe = null
    if (canonical(project.recipe) !== this.edited.now.stack[this.edited.now.position])
      throw new Error('an edit answered another recipe than it should')
  }

  finishedRun(): string | undefined {
    return [...this.runs].findLast(([, run]) => run.done)?.[0]
  }

  /** Complaints about what was answered and is not there any more. */
  async lost(deep: boolean): Promise<string[]> {
    return [
      ...(await this.#lostProjects(deep)),
      ...(await this.#lostEdits()),
      ...(await this.#lostRuns()),
      ...(await this.#lostModels(deep)),
      ...this.#lostPredictions(),
    ]
  }

  async #lostProjects(deep: boolean): Promise<string[]> {
    const listed = new Map((await this.call('projects.list', {})).map((project) => [project.id, project]))
    const complaints: string[] = []
    for (const [id, known] of this.projects) {
      const project = listed.get(id)
      if (known === null) {
        if (project !== undefined) complaints.push(`the deleted project ${project.name} is back`)
      } else if (project === undefined) complaints.push(`the project ${known.name} is gone`)
      else if (project.damage !== null) complaints.push(`the project ${known.name}: ${project.damage}`)
      else if (deep && known.dataset !== null) {
        const { dataset } = await this.call('projects.get', { projectId: id })
        if (dataset?.id !== known.dataset) complaints.push(`the data of the project ${known.name} is gone`)
        else await this.call('datasets.page', { projectId: id, offset: 0, limit: 5 })
      }
    }
    return complaints
  }

  async #lostEdits(): Promise<string[]> {
    const { id, now, maybe } = this.edited
    const project = await this.call('projects.get', { projectId: id })
    const matches = ({ name, stack, position }: Edited): boolean =>
      project.name === name &&
      canonical(project.recipe) === stack[position] &&
      project.canUndo === position > 0 &&
      project.canRedo === position < stack.length - 1
    this.edited.maybe = null
    if (matches(now)) return []
    if (maybe === null || !matches(maybe))
      return ['the recipe that was edited is neither the former nor the new one']
    this.edited.now = maybe
    return []
  }

  async #lostRuns(): Promise<string[]> {
    const complaints: string[] = []
    for (const [kind, projectId] of this.homes) {
      const { runs } = await this.call('runs.list', { projectId, limit: 500 })
      const listed = new Map(runs.map((run) => [run.id, run]))
      for (const [id, known] of this.runs) {
        if (known.kind !== kind) continue
        const run = listed.get(id)
        if (run === undefined) complaints.push(`the run ${id} is gone`)
        else if (known.done && run.state !== 'finished')
          complaints.push(`the finished run ${id} is ${run.state}`)
        else if (
          known.done &&
          this.outcomes.get(id)?.evaluation !== undefined &&
          metricsOn('test', run) === null
        )
          complaints.push(`the evaluation of the run ${id} is gone`)
        else complaints.push(...(await this.lookAtCurve(id)))
      }
    }
    return complaints
  }

  /** Before a run goes on, all that was shown is there; and it is what an uninterrupted run measures. */
  async lookAtCurve(runId: string): Promise<string[]> {
    const points = exact(await this.call('runs.curves', { runId, limit: 10_000 }))
    const before = this.seen.get(runId) ?? []
    const wanted = this.baselines.get(this.runs.get(runId)!.kind)!.curve
    this.seen.set(runId, points)
    const wrong = points.findIndex((point, i) => point !== wanted[i])
    return [
      ...(points.length < before.length
        ? [`${before.length - points.length} points that were shown are gone`]
        : []),
      ...(wrong === -1
        ? []
        : [`point ${wrong + 1} of run ${runId} is ${points[wrong]} instead of ${wanted[wrong]}`]),
    ]
  }

  async #lostModels(deep: boolean): Promise<string[]> {
    const complaints: string[] = []
    for (const [path, files] of this.exported) {
      if (!existsSync(path)) {
        // In between two renames: whoever looks for it finds it.
        await this.call('deploy.load', { path })
      } else if (deep) await this.call('deploy.load', { path })
      const found = contents(path)
      for (const [name, hash] of Object.entries(files))
        if (found[name] !== hash)
          complaints.push(`${name} of the exported model ${path} is not what was written`)
    }
    return complaints
  }

  #lostPredictions(): string[] {
    return [...this.predictions].flatMap(([path, rows]) =>
      existsSync(path) && linesOf(path) === rows + 1 ? [] : [`the predictions ${path} are not there whole`],
    )
  }
}

/** Goes on until it is told to stop or the host is gone. */
export async function loop(stop: { readonly now: boolean }, work: () => Promise<void>): Promise<void> {
  try {
    while (!stop.now) await work()
  } catch (error) {
    if (!(error instanceof Gone)) throw error
  }
}
