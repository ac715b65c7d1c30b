/** Searches for good settings: many runs of one recipe, and which of them go on. */
import { DescentError } from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { getProject, requireData } from '../projects/index.ts'
import { requireProject } from '../projects/repository.ts'
import { checkTraining, supervisorOf } from '../training/index.ts'
import { candidateOf, planOf } from './planned.ts'
import { deleteSearch, findSearch, listSearches, trialsOf } from './repository.ts'
import { changed, Searches } from './searches.ts'
import { withSettingsOf } from './settings.ts'
import { detailOf, summaryOfSearch } from './told.ts'

const opened = new WeakMap<HostContext, Searches>()

/** Call before training is closed: what it stops then is not taken for the search's own doing. */
export function closeSearches(context: HostContext): void {
  opened.get(context)?.close()
}

type SearchProcedure = Extract<keyof Handlers, `search.${string}`>

export function searchHandlers(
  context: HostContext,
  setRecipe: Handlers['projects.setRecipe'],
): Pick<Handlers, SearchProcedure> {
  const { store, emit } = context
  const searches = new Searches({ store, emit, supervisor: supervisorOf(context) })
  opened.set(context, searches)
  const detail = (searchId: string) => detailOf(store, findSearch(store, searchId))
  return {
    'search.start': async ({ projectId, name, search, space }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      // What is wrong with the search itself is said before the data is looked at, which may take long.
      planOf(recipe, search, space)
      await checkTraining(context, projectId, dataset, recipe)
      return detail(searches.start({ projectId, name, search, space }, dataset.id, recipe).id)
    },
    'search.list': async ({ projectId }) => {
      requireProject(store, projectId)
      return listSearches(store, projectId).map((search) => summaryOfSearch(search, search.begun))
    },
    'search.get': async ({ searchId }) => detail(searchId),
    'search.stop': async ({ searchId }) => {
      await searches.stop(searchId)
      return detail(searchId)
    },
    'search.resume': async ({ searchId }) => {
      searches.resume(searchId)
      return detail(searchId)
    },
    'search.use': async ({ searchId, number }) => {
      const search = findSearch(store, searchId)
      const trial = trialsOf(store, searchId).find((one) => one.number === number)
      if (trial === undefined)
        throw new DescentError('notFound', `The search “${search.name}” has no run ${number}.`, 'number')
      const { recipe: begun, space } = search.document
      const { recipe } = requireData(getProject(store, search.projectId))
      const searched = space.map(({ path }) => path)
      const next = withSettingsOf(recipe, begun, candidateOf(store, search, trial), searched)
      return await setRecipe({ projectId: search.projectId, recipe: next })
    },
    'search.delete': async ({ searchId }) => {
      const search = findSearch(store, searchId)
      if (search.state === 'running')
        throw new DescentError('conflict', `The search “${search.name}” goes on: stop it first.`, 'searchId')
      deleteSearch(store, searchId)
      emit(changed(search))
      return { ok: true }
    },
  }
}
