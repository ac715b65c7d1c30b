/** Searches for good settings: many runs of one recipe, and which of them go on. */
import { changesOf, DescentError, mainChanges, settingOf, type Recipe } from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { getProject, requireData } from '../projects/index.ts'
import { requireProject } from '../projects/repository.ts'
import { applyOverrides } from '../recipes/overrides.ts'
import { supervisorOf } from '../training/index.ts'
import { deleteSearch, findSearch, listSearches, trialsOf } from './repository.ts'
import { candidateOf, changed, Searches } from './searches.ts'
import { detailOf, summaryOfSearch } from './told.ts'

const opened = new WeakMap<HostContext, Searches>()

/** Call before training is closed: what it stops then is not taken for the search's own doing. */
export function closeSearches(context: HostContext): void {
  opened.get(context)?.close()
}

/** What sets the tried recipe apart from the one that the search began with, put into today's. */
export function withSettingsOf(
  now: Recipe,
  begun: Recipe,
  tried: Recipe,
  searched: readonly string[],
): Recipe {
  const changes = mainChanges(changesOf(begun, tried)).filter(
    // Seeds were only what luck was told by.
    ({ path }) => path.join('.') !== 'seed' || searched.includes('seed'),
  )
  return applyOverrides(
    now,
    changes.map((change) => settingOf(change, tried)),
    'these settings',
  )
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
