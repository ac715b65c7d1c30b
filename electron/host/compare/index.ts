/** Runs side by side: what was set differently, and what came of it. */
import type { Handlers, HostContext } from '../context.ts'
import { findRun, publicRun } from '../runs/repository.ts'
import { differingSettings } from './diff.ts'

export function compareHandlers({ store }: HostContext): Pick<Handlers, 'compare.runs'> {
  return {
    'compare.runs': async ({ runIds }) => {
      const runs = [...new Set(runIds)].map((id) => publicRun(findRun(store, id)))
      return { runs, differing: differingSettings(runs.map((run) => run.recipe)) }
    },
  }
}
