/** Profiles of runs: measured when asked for, kept with the run. */
import { DescentError, stepProfileSchema, type StepProfile } from '../../contract/index.ts'
import type { HostContext } from '../context.ts'
import { parseStored, type Store } from '../store/index.ts'
import { sourceOf } from '../datasets/repository.ts'
import { findRun, runExists } from '../runs/repository.ts'
import { backendFor } from '../settings/computing.ts'
import { computingOf } from '../settings/index.ts'
import type { Supervisor } from './supervisor.ts'

export function storedProfile(store: Store, runId: string): StepProfile | null {
  const row = store.db
    .prepare<[string], { result: string }>('SELECT result FROM profiles WHERE run_id = ?')
    .get(runId)
  // One that cannot be read any more is as good as none: it is measured again.
  return row === undefined ? null : (parseStored(stepProfileSchema, row.result) ?? null)
}

function storeProfile(store: Store, runId: string, profile: StepProfile): void {
  if (!runExists(store, runId))
    throw new DescentError('notFound', 'The run was deleted while its step was measured.', 'runId')
  store.write(() =>
    store.db
      .prepare('INSERT OR REPLACE INTO profiles (run_id, result, created_at) VALUES (?, ?, ?)')
      .run(runId, JSON.stringify(profile), profile.measuredAt),
  )
}

/** A run that trains measures itself between two steps: two processes would take the device from each other. */
export async function profileRun(
  context: HostContext,
  supervisor: Supervisor,
  runId: string,
): Promise<StepProfile> {
  const live = await supervisor.profile(runId)
  const profile = live ?? (await profileAside(context, runId))
  storeProfile(context.store, runId, profile)
  return profile
}

async function profileAside({ store, jobs }: HostContext, runId: string): Promise<StepProfile> {
  const { name, projectId, recipe, backend, datasetId } = findRun(store, runId)
  return await jobs.run(
    'profileStep',
    {
      source: sourceOf(store, datasetId, recipe),
      backend: backend ?? backendFor(recipe.backend, computingOf(store)),
    },
    { kind: 'profile', label: `Profiling a step of ${name}`, projectId, device: true },
  )
}
