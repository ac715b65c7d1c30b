/** Exploring: what is in the data, and what is wrong with it. */
import type { Handlers, HostContext } from '../context.ts'
import { sourceOf } from '../datasets/repository.ts'
import { getProject, requireData } from '../projects/repository.ts'
import { keepProfile, questionOf, storedProfile } from './stored.ts'

export function exploreHandlers({ store, jobs }: HostContext): Pick<Handlers, 'explore.profile'> {
  return {
    'explore.profile': async ({ projectId }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      const source = sourceOf(store, dataset.id, recipe)
      const question = questionOf(source)
      const stored = storedProfile(store, dataset.id, question)
      if (stored !== null) return stored
      const profile = await jobs.run(
        'profile',
        { source },
        { kind: 'profile', label: `Exploring ${dataset.receipt.fileName}`, projectId, topic: dataset.id },
      )
      keepProfile(store, dataset.id, question, profile)
      return profile
    },
  }
}
