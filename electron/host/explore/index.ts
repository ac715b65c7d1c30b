/** Exploring: what is in the data, and what is wrong with it. */
import { DescentError } from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { sourceOf } from '../datasets/repository.ts'
import { getProject, requireData } from '../projects/repository.ts'
import { largeFrom } from './profile.ts'
import { keepProfile, questionOf, storedProfile } from './stored.ts'

type Procedures = 'explore.profile' | 'explore.glance' | 'explore.rows' | 'explore.scatter'

export function exploreHandlers({ store, jobs }: HostContext): Pick<Handlers, Procedures> {
  const tableOf = (projectId: string) => {
    const { dataset, recipe } = requireData(getProject(store, projectId))
    if (recipe.kind !== 'table')
      throw new DescentError('badRequest', `Rows can be looked for in tables, not in ${recipe.kind}.`)
    return { dataset, source: sourceOf(store, dataset.id, recipe) }
  }
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
    'explore.glance': async ({ projectId }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      const source = sourceOf(store, dataset.id, recipe)
      // What is known in full needs no glance.
      if (recipe.kind !== 'table' || dataset.rows < largeFrom) return null
      if (storedProfile(store, dataset.id, questionOf(source)) !== null) return null
      return await jobs.run(
        'glance',
        { source },
        { kind: 'profile', label: 'Looking at a part', projectId, topic: dataset.id, quick: true },
      )
    },
    'explore.rows': async ({ projectId, ...wanted }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      const source = sourceOf(store, dataset.id, recipe)
      return await jobs.run(
        'rowsBehind',
        { source, wanted },
        { kind: 'profile', label: 'Looking for rows', projectId, topic: dataset.id, quick: true },
      )
    },
    'explore.scatter': async ({ projectId, ...wanted }) => {
      const { dataset, source } = tableOf(projectId)
      return await jobs.run(
        'scatter',
        { source, ...wanted },
        { kind: 'profile', label: 'Drawing points', projectId, topic: dataset.id, quick: true },
      )
    },
  }
}
