/** Prepare step: what the recipe makes of the data. */
import { defineStore } from 'pinia'
import { call } from '../api/client.ts'
import { createResource } from './resource.ts'
import { useSession } from './session.ts'

export const usePrepare = defineStore('prepare', () => {
  const session = useSession()
  const summary = createResource(
    () => session.project?.id ?? null,
    (projectId, signal) => call('prepare.summary', { projectId }, signal),
  )

  function ensure(): void {
    const { project, recipe, dataset, problem } = session
    if (project && recipe && dataset && !problem && session.saving === 0)
      summary.ensure(
        // The batch size is held against the rows that are left for training.
        `${dataset.id}|${JSON.stringify([recipe.data, recipe.task, recipe.target, recipe.selection, recipe.imbalance, recipe.prepare, recipe.split, recipe.training.batchSize])}`,
      )
  }
  return { summary, ensure }
})
