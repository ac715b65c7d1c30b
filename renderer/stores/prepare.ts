/** Prepare step: what the recipe makes of the data. */
import { defineStore } from 'pinia'
import { call } from '../api/client.ts'
import { createResource } from './resource.ts'
import { useSession } from './session.ts'

export const usePrepare = defineStore('prepare', () => {
  const session = useSession()
  const summary = createResource((signal) =>
    call('prepare.summary', { projectId: session.project?.id ?? '' }, signal),
  )

  function ensure(): void {
    const { project, recipe, dataset, problem } = session
    if (project && recipe && dataset && !problem && session.saving === 0)
      summary.ensure(
        `${project.id}|${dataset.id}|${JSON.stringify([recipe.data, recipe.task, recipe.prepare, recipe.split])}`,
      )
  }
  return { summary, ensure }
})
