/** Runs side by side: what was set differently, what came of it, and whether that is more than chance. */
import {
  DescentError,
  metricsFor,
  metricsOn,
  primaryFor,
  type MetricName,
  type RunSummary,
} from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { sourceOf } from '../datasets/repository.ts'
import { findRun, findSummary, publicRun, type StoredRun } from '../runs/repository.ts'
import { bestOfRun } from '../training/best.ts'
import { differingSettings } from './diff.ts'
import { diffNetworks } from './network-diff.ts'

/** Throws why these two cannot be compared row by row. */
function requireComparable(first: StoredRun, second: StoredRun): void {
  if (first.id === second.id)
    throw new DescentError('badRequest', 'A run is compared with another one, not with itself.', 'secondId')
  if (first.task !== second.task)
    throw new DescentError(
      'badRequest',
      `“${first.name}” and “${second.name}” have different tasks (${first.task}, ${second.task}), so no metric judges both.`,
      'secondId',
    )
  if (first.dataSha256 !== second.dataSha256)
    throw new DescentError(
      'badRequest',
      `“${first.name}” and “${second.name}” were trained on different data, so they were not judged on the same rows.`,
      'secondId',
    )
}

/** The test split stays sealed: comparing on it before it was opened would be a look that nobody counts. */
function requireTested(run: RunSummary): void {
  if (metricsOn('test', run) === null)
    throw new DescentError(
      'conflict',
      `“${run.name}” has not been tested yet. Test it under Evaluate first, or compare on the validation split.`,
      'split',
    )
}

function metricFor(task: RunSummary['task'], asked: string | undefined): MetricName {
  if (asked === undefined) return primaryFor(task).name
  const known = metricsFor(task)
  const found = known.find(({ name }) => name === asked)
  if (found === undefined)
    throw new DescentError(
      'badRequest',
      `Runs of this task are not judged by “${asked}”. There are: ${known.map(({ name }) => name).join(', ')}.`,
      'metric',
    )
  return found.name
}

export function compareHandlers({
  store,
  jobs,
}: HostContext): Pick<Handlers, `compare.${'runs' | 'paired' | 'networks'}`> {
  return {
    'compare.paired': async ({ firstId, secondId, split, metric }) => {
      const [first, second] = [findRun(store, firstId), findRun(store, secondId)]
      requireComparable(first, second)
      if (split === 'test') [first, second].forEach(requireTested)
      const of = (run: StoredRun) => ({
        source: sourceOf(store, run.datasetId, run.recipe),
        backend: run.backend ?? run.recipe.backend,
        weights: bestOfRun(store, run).tensors,
      })
      const compared = await jobs.run(
        'comparePair',
        { pair: [of(first), of(second)], split, metric: metricFor(first.task, metric) },
        {
          kind: 'evaluate',
          label: `Comparing ${first.name} with ${second.name}`,
          projectId: first.projectId,
          device: true,
        },
      )
      return { firstId, secondId, ...compared }
    },
    'compare.networks': async ({ firstId, secondId }) => {
      const documentOf = async (runId: string) => {
        const run = findRun(store, runId)
        const { document } = await jobs.run(
          'describeModel',
          { source: sourceOf(store, run.datasetId, run.recipe) },
          { kind: 'prepare', label: `Building the network of ${run.name}`, projectId: run.projectId },
        )
        return document
      }
      const first = await documentOf(firstId)
      return diffNetworks(first, await documentOf(secondId))
    },
    'compare.runs': async ({ runIds }) => {
      const found = [...new Set(runIds)].map((id) => findSummary(store, id))
      const imported = found.filter(({ state }) => state === 'imported')
      const runs = found
        .filter(({ state }) => state !== 'imported')
        .map(({ id }) => publicRun(findRun(store, id)))
      return { runs, imported, differing: differingSettings(runs.map((run) => run.recipe)) }
    },
  }
}
