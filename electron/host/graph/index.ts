/** The computational graph of a project's training step, and the graph lab. */
import type { z } from 'zod'
import {
  DescentError,
  type builtGraphSchema,
  type BatchGraph,
  type GraphCheckpoint,
  type GraphWeights,
} from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { sourceOf } from '../datasets/repository.ts'
import type { TaskInput } from '../jobs/tasks.ts'
import type { About } from '../jobs/index.ts'
import { getProject, requireData } from '../projects/index.ts'
import { findRun } from '../runs/repository.ts'
import { bestOfRun } from '../training/best.ts'
import { section, withPrefix } from '../training/checkpoint.ts'
import { graphKey, type GraphRequest } from './kept.ts'

type GraphProcedure = Extract<keyof Handlers, `graph.${string}` | `lab.${string}`>

type StoredRun = ReturnType<typeof findRun>

/** What a run had learned; its recipe says which network these are weights of. */
const weightsAt: Readonly<
  Record<
    GraphCheckpoint,
    (store: HostContext['store'], run: StoredRun) => NonNullable<GraphRequest['weights']>
  >
> = {
  best(store, run) {
    const { epoch, tensors } = bestOfRun(store, run)
    return { key: `${run.id}/best/${epoch}`, tensors }
  },
  last(store, run) {
    const last = store.loadCheckpoint(run.id, 'last')
    if (last === null)
      throw new DescentError(
        'conflict',
        `The run "${run.name}" has no checkpoint yet. Let it train for an epoch, or choose the weights at the start.`,
        'weights',
      )
    if (Object.keys(last.tensors).length === 0)
      throw new DescentError(
        'conflict',
        `The last checkpoint of “${run.name}” was deleted to save space. Choose the weights of its best epoch.`,
        'weights',
      )
    const tensors = withPrefix(section(last.tensors, 'model'), 'model')
    return { key: `${run.id}/last/${last.epoch}/${last.createdAt}`, tensors }
  },
}

function weightsOf(
  { store }: HostContext,
  { runId, checkpoint }: NonNullable<GraphWeights>,
): { readonly run: StoredRun; readonly weights: NonNullable<GraphRequest['weights']> } {
  const run = findRun(store, runId)
  return { run, weights: weightsAt[checkpoint](store, run) }
}

/** Of a run everything is as it was trained: its recipe and its version of the data. */
function requestOf(
  context: HostContext,
  { projectId, batchSize, weights }: BatchGraph,
): { readonly input: TaskInput<'graphOfBatch'>; readonly about: About; readonly key: string } {
  const project = getProject(context.store, projectId)
  const { dataset, recipe } = requireData(project)
  const learned = weights && weightsOf(context, weights)
  const about: About = {
    kind: 'graph',
    label: learned
      ? `Building the graph of ${learned.run.name}`
      : `Building the graph of ${dataset.receipt.fileName}`,
    projectId,
    topic: `graph ${projectId}`,
  }
  const source = learned
    ? sourceOf(context.store, learned.run.datasetId, learned.run.recipe)
    : sourceOf(context.store, dataset.id, recipe)
  const input = { source, batchSize, weights: learned && learned.weights }
  return { input, about, key: graphKey(source, input) }
}

/** The same graph once more. Errors: a DescentError where the project's recipe, its data or the run's weights are others by now. */
function requestAgain(
  context: HostContext,
  { key, ...request }: z.infer<typeof builtGraphSchema>,
): Omit<ReturnType<typeof requestOf>, 'key'> {
  const again = requestOf(context, request)
  if (again.key === key) return again
  throw new DescentError(
    'conflict',
    request.weights === null
      ? 'The recipe or the data was changed since this graph was built. Build it again to ask for its numbers.'
      : 'The run has trained on since this graph was built, and has other weights. Build it again to ask for its numbers.',
    'key',
  )
}

export function graphHandlers(context: HostContext): Pick<Handlers, GraphProcedure> {
  const { jobs } = context
  return {
    'graph.ofBatch': async (request) => {
      const { input, about, key } = requestOf(context, request)
      return { ...(await jobs.run('graphOfBatch', input, about)), key }
    },
    'graph.numbers': async ({ value, ...request }) => {
      const { input, about } = requestAgain(context, request)
      return await jobs.run(
        'graphNumbers',
        { ...input, value },
        { ...about, label: 'Reading a value of the graph', quick: true },
      )
    },
    'graph.paths': async ({ value, element, ...request }) => {
      const { input, about } = requestAgain(context, request)
      return await jobs.run(
        'graphPaths',
        { ...input, value, element },
        { ...about, label: 'Finding paths to the loss' },
      )
    },
    'lab.evaluate': async (program) => {
      const { evaluateProgram } = await import('./lab/evaluate.ts')
      return await evaluateProgram(program)
    },
    'lab.numbers': async ({ value, ...program }) => {
      const { openProgram } = await import('./lab/evaluate.ts')
      return await (await openProgram(program)).numbers(value)
    },
    'lab.paths': async ({ value, element, ...program }) => {
      const { openProgram } = await import('./lab/evaluate.ts')
      return await (await openProgram(program)).paths(value, element)
    },
  }
}
