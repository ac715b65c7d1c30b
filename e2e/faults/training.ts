/** Training as a person does it, and what must come out to the bit however often it was interrupted. */
import { join } from 'node:path'
import type {
  Curves,
  DataKind,
  Evaluation,
  Project,
  RunDetail,
  RunState,
} from '../../electron/contract/index.ts'
import { hashOf, trainable, writeData } from './data.ts'
import { freshFolder, Host, removeFolder, until } from './support.ts'

/** What does not depend on how fast a machine is. */
export function exact({ series }: Curves): string[] {
  const rest = Object.entries(series)
    .filter(([name]) => name !== 'throughput')
    .sort()
  const first = rest[0]?.[1]
  return (first?.epoch ?? []).map((epoch, i) =>
    JSON.stringify([epoch, first?.step[i], ...rest.map(([name, { value }]) => [name, value[i]])]),
  )
}

export interface Outcome {
  readonly curve: readonly string[]
  readonly weights: string
  readonly evaluation: Tested
}

export const epochsOf: Record<DataKind, number> = { table: 200, images: 800, text: 200 }

/** A project with data and a recipe that trains for some seconds. */
export async function projectWith(
  host: Host,
  kind: DataKind,
  path: string,
  epochs = epochsOf[kind],
): Promise<Project> {
  const { id } = await host.call('projects.create', { name: `Of ${kind}` })
  const { recipe } = await host.call('datasets.import', { projectId: id, path })
  return await host.call('projects.setRecipe', { projectId: id, recipe: trainable(recipe!, epochs) })
}

const over: readonly RunState[] = ['finished', 'stopped', 'failed', 'interrupted']

/** Waits for the end of a run, which must be that it has finished. */
export async function finished(host: Host, runId: string, limitMs = 60_000): Promise<RunDetail> {
  const run = await until(
    'the end of a run',
    async () => {
      const now = await host.call('runs.get', { runId })
      return over.includes(now.state) && now
    },
    limitMs,
  )
  if (run.state !== 'finished')
    throw new Error(`the run ended ${run.state}: ${run.error ?? 'without a reason'}`)
  return run
}

type Tested = Omit<Evaluation, 'runId' | 'looks'>

/** How often its rows were looked at is the project's, and other runs look at them, too. */
export async function evaluation(host: Host, runId: string): Promise<Tested> {
  const { runId: _, looks: __, ...found } = await host.call('evaluate.run', { runId, split: 'test' })
  return found
}

export async function outcomeOf(host: Host, runId: string): Promise<Outcome> {
  const { path } = await host.call('deploy.save', { runId })
  return {
    curve: exact(await host.call('runs.curves', { runId, limit: 10_000 })),
    weights: hashOf(join(path, 'model.safetensors')),
    evaluation: await evaluation(host, runId),
  }
}

export function differences(found: Outcome, wanted: Outcome): string[] {
  const at = wanted.curve.findIndex((point, i) => point !== found.curve[i])
  return [
    ...(found.curve.length === wanted.curve.length && at === -1
      ? []
      : [`its curve differs from epoch ${at + 1} on: ${found.curve[at]} instead of ${wanted.curve[at]}`]),
    ...(found.weights === wanted.weights ? [] : ['its weights are not those of an uninterrupted run']),
    ...(JSON.stringify(found.evaluation) === JSON.stringify(wanted.evaluation)
      ? []
      : ['its evaluation is not that of an uninterrupted run']),
  ]
}

export interface Baseline extends Outcome {
  readonly seconds: number
}

/** The same trained without interruption, in a workspace of its own. */
export async function baselines(kinds: readonly DataKind[]): Promise<Map<DataKind, Baseline>> {
  const folder = freshFolder()
  const host = await Host.start(join(folder, 'workspace'))
  try {
    const found = new Map<DataKind, Baseline>()
    for (const kind of kinds) {
      const project = await projectWith(host, kind, writeData(kind, folder))
      const { id } = await host.call('training.start', { projectId: project.id })
      const { seconds } = await finished(host, id)
      found.set(kind, { ...(await outcomeOf(host, id)), seconds })
    }
    await host.end()
    return found
  } finally {
    host.killAll()
    removeFolder(folder)
  }
}
