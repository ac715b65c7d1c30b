/** A run as one file for people who have no Descent. What of it nobody has measured yet is measured, and kept with the run. */
import { DescentError, type Output } from '../../../contract/index.ts'
import type { Handlers, HostContext } from '../../context.ts'
import { loadDataset, sourceOf } from '../../datasets/repository.ts'
import { getProject } from '../../projects/index.ts'
import { readCurves } from '../../runs/curves.ts'
import { reportOf } from '../../runs/reports.ts'
import { findRun } from '../../runs/repository.ts'
import { measuredAsItPredicts } from '../../runs/rule.ts'
import { storedEvaluation, storedRobustness } from '../repository.ts'
import { reportPage } from './page.ts'

/** Of a file on any system. */
export function reportName(run: string): string {
  const words = run
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
  return `${words.slice(0, 60) || 'run'}-report.html`
}

type Measured = Pick<Handlers, 'evaluate.run' | 'evaluate.examine' | 'evaluate.baselines'>

const trained = new Set(['finished', 'stopped'])

export function reportHandlers(
  { store, jobs }: HostContext,
  call: Measured,
): Pick<Handlers, 'evaluate.report'> {
  return {
    'evaluate.report': async ({ runId, fileName }): Promise<Output<'evaluate.report'>> => {
      const { state, name } = findRun(store, runId)
      if (!trained.has(state))
        throw new DescentError(
          'conflict',
          `${name} has no trained network to report on: it is ${state}. Train it to its end first.`,
          'runId',
        )
      // Never the first look at the test.
      const split = storedEvaluation(store, runId, 'test') === null ? 'validation' : 'test'
      const of = { runId, split } as const
      // A threshold may be set meanwhile: then all of it is of the one that holds.
      const { found } = await measuredAsItPredicts(store, runId, async () => {
        const evaluation = await call['evaluate.run'](of)
        const [examined, beside] = await Promise.all([
          call['evaluate.examine'](of),
          call['evaluate.baselines'](of),
        ])
        return { evaluation, examined, beside }
      })
      const run = findRun(store, runId)
      const { projectId, datasetId, recipe } = run
      const network = await jobs
        .run(
          'describeModel',
          { source: sourceOf(store, datasetId, recipe) },
          { kind: 'prepare', label: `Describing the network of ${name}`, projectId, topic: datasetId },
        )
        .catch((error: unknown) => {
          if (error instanceof DescentError && error.code !== 'cancelled') return error.message
          throw error
        })
      const own = fileName ?? reportName(name)
      return {
        fileName: own,
        html: reportPage({
          fileName: own,
          project: getProject(store, projectId).name,
          run,
          dataset: loadDataset(store, datasetId),
          network,
          curves: readCurves(store, runId),
          training: reportOf(store, runId),
          ...found,
          robustness: storedRobustness(store, runId, split),
          writtenAt: Date.now(),
        }),
      }
    },
  }
}
