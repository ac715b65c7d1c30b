/** Baselines beside runs: trained once for all runs of the same rows, in a worker, and kept. */
import type { Handlers, HostContext } from '../context.ts'
import { sourceOf } from '../datasets/repository.ts'
import { sealedError } from '../evaluate/sealed.ts'
import { requireProject } from '../projects/repository.ts'
import { findRun, type StoredRun } from '../runs/repository.ts'
import { measuredAsItPredicts } from '../runs/rule.ts'
import { bestOfRun } from '../training/best.ts'
import type { Fitted } from './index.ts'
import { baselinesKey, storeBeside, storedBeside, storedFitted, storeFitted } from './repository.ts'

/** What is being trained, so that two who ask for the same wait for the same. */
type Underway = Map<string, Promise<Fitted>>

function fittedFor({ store, jobs }: HostContext, underway: Underway, run: StoredRun): Promise<Fitted> {
  const { projectId, datasetId, recipe, name } = run
  const key = baselinesKey(datasetId, recipe)
  const known = storedFitted(store, key)
  if (known !== null) return Promise.resolve(known)
  const waited = underway.get(key)
  if (waited !== undefined) return waited
  const fitting = jobs
    .run(
      'fitBaselines',
      { source: sourceOf(store, datasetId, recipe) },
      { kind: 'baselines', label: `Training baselines for ${name}`, projectId },
    )
    .then((fitted) => {
      // It may have been deleted meanwhile.
      requireProject(store, projectId)
      storeFitted(store, projectId, key, fitted)
      return fitted
    })
    .finally(() => underway.delete(key))
  underway.set(key, fitting)
  return fitting
}

export function baselineHandlers(context: HostContext): Pick<Handlers, 'evaluate.baselines'> {
  const { store, jobs } = context
  const underway: Underway = new Map()
  return {
    'evaluate.baselines': async ({ runId, split }) => {
      const run = findRun(store, runId)
      const known = storedBeside(store, run, split)
      if (known !== null) return known
      const opened = store.db
        .prepare<[string]>("SELECT 1 FROM evaluations WHERE run_id = ? AND split = 'test'")
        .get(runId)
      if (split === 'test' && opened === undefined) throw sealedError(run.name, 'baselines do')
      const fitted = await fittedFor(context, underway, run)
      const measured = await measuredAsItPredicts(store, runId, async (current) => {
        const { projectId, datasetId, recipe, backend, name } = current
        return await jobs.run(
          'besideBaselines',
          {
            source: sourceOf(store, datasetId, recipe),
            backend: backend ?? recipe.backend,
            weights: bestOfRun(store, current).tensors,
            split,
            fitted,
          },
          { kind: 'baselines', label: `Holding ${name} against baselines`, projectId, device: true },
        )
      })
      const beside = { runId, ...measured.found }
      storeBeside(store, measured.run, beside)
      return beside
    },
  }
}
