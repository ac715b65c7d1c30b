/** Model step: shapes and parameter counts of the network in the recipe. */
import { defineStore } from 'pinia'
import { call } from '../api/client.ts'
import { createResource } from './resource.ts'
import { useSession } from './session.ts'

export const useModel = defineStore('model', () => {
  const session = useSession()
  const summary = createResource(
    () => session.project?.id ?? null,
    (projectId, signal) => call('model.summary', { projectId }, signal),
  )

  function ensure(): void {
    const { project, recipe, dataset, problem } = session
    if (project && recipe && dataset && !problem && session.saving === 0)
      summary.ensure(
        `${dataset.id}|${JSON.stringify([recipe.data, recipe.task, recipe.target, recipe.imbalance, recipe.prepare, recipe.split, recipe.model, recipe.training.loss])}`,
      )
  }
  return { summary, ensure }
})
