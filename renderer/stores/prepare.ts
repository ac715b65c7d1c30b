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
        `${dataset.id}|${JSON.stringify([recipe.data, recipe.task, recipe.prepare, recipe.split])}`,
      )
  }
  return { summary, ensure }
})
