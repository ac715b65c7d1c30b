/** Exploring: what is in the data, and what is wrong with it. */
import type { Handlers, HostContext } from '../context.ts'
import { sourceOf } from '../datasets/repository.ts'
import { getProject, requireData } from '../projects/repository.ts'
import { keepProfile, questionOf, storedProfile } from './stored.ts'

export function exploreHandlers({ store, jobs }: HostContext): Pick<Handlers, 'explore.profile'> {
  return {
    'explore.profile': async ({ projectId }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      const question = questionOf(dataset, recipe)
      const source = sourceOf(store, dataset.id, recipe)
      const label = `Exploring ${dataset.receipt.fileName}`
      const about = { kind: 'profile', label, projectId, topic: dataset.id } as const
      const stored = storedProfile(store, dataset.id, question)
      if (stored !== null) {
        // Damage is told here too, and not hidden behind what was found out before it.
        await jobs.run('verify', { source }, { ...about, quick: true })
        return stored
      }
      const profile = await jobs.run('profile', { source }, about)
      keepProfile(store, dataset.id, question, profile)
      return profile
    },
  }
}
