/** Versions of a project's data: made by corrections, listed, gone back to, and held against each other. */
import { randomUUID } from 'node:crypto'
import { DescentError, versionName, type Dataset, type Project, type Recipe } from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { getProject, pushState, requireData, requireProject } from '../projects/repository.ts'
import type { Store } from '../store/index.ts'
import { listVersions, loadVersion, removeUnusedDatasets, sourceOf, versionWith } from './repository.ts'

type VersionProcedure = Extract<
  keyof Handlers,
  'datasets.correct' | 'datasets.versions' | 'datasets.useVersion' | 'datasets.compareVersions'
>

function requireVersion(store: Store, projectId: string, datasetId: string): Dataset {
  const isOfProject = store.db
    .prepare('SELECT 1 FROM datasets WHERE id = ? AND project_id = ?')
    .get(datasetId, projectId)
  const version = isOfProject === undefined ? null : loadVersion(store, datasetId)
  if (version === null)
    throw new DescentError(
      'notFound',
      'This project has no such version of its data any more. Choose another one.',
      'datasetId',
    )
  return version
}

/** Corrections are made on what the person saw. */
function requireCurrent({ id, version }: Dataset, datasetId: string): void {
  if (id !== datasetId)
    throw new DescentError(
      'conflict',
      `The data has become version ${versionName(version.number)} meanwhile. Look at it, and correct it again where that is still needed.`,
      'datasetId',
    )
}

export function versionsHandlers(context: HostContext): Pick<Handlers, VersionProcedure> {
  const { store, jobs, emit } = context
  const settle = (projectId: string): Project => {
    removeUnusedDatasets(store, projectId)
    emit({ type: 'project.changed', projectId })
    return getProject(store, projectId)
  }
  const current = (projectId: string): { dataset: Dataset; recipe: Recipe } =>
    requireData(getProject(store, projectId))
  return {
    'datasets.correct': async ({ projectId, datasetId, corrections }) => {
      const { dataset, recipe } = current(projectId)
      requireCurrent(dataset, datasetId)
      const overlay = await jobs.run(
        'correct',
        { source: sourceOf(store, dataset.id, recipe), corrections },
        { kind: 'profile', label: 'Checking the correction', projectId, topic: dataset.id, quick: true },
      )
      store.transaction(() => {
        // Read again: data or recipe may have changed while the correction was checked.
        const now = current(projectId)
        requireCurrent(now.dataset, datasetId)
        const id = versionWith(store, projectId, now.dataset, overlay, randomUUID())
        if (id !== datasetId) pushState(store, projectId, { recipe: now.recipe, datasetId: id })
      })
      return settle(projectId)
    },
    'datasets.versions': async ({ projectId }) => {
      requireProject(store, projectId)
      return listVersions(store, projectId, getProject(store, projectId).dataset?.id ?? null)
    },
    'datasets.useVersion': async ({ projectId, datasetId }) => {
      store.transaction(() => {
        const { dataset, recipe } = current(projectId)
        const version = requireVersion(store, projectId, datasetId)
        if (version.version.importId !== dataset.version.importId)
          throw new DescentError(
            'conflict',
            `Version ${versionName(version.version.number)} is of another import (${version.receipt.fileName}), whose columns and settings may differ. Undo goes back to it with its settings, or import its file again.`,
            'datasetId',
          )
        if (version.id !== dataset.id) pushState(store, projectId, { recipe, datasetId: version.id })
      })
      return settle(projectId)
    },
    'datasets.compareVersions': async ({ projectId, before, after }) => {
      const { recipe } = current(projectId)
      const [one, other] = [before, after].map((id) => requireVersion(store, projectId, id)) as [
        Dataset,
        Dataset,
      ]
      if (one.version.importId !== other.version.importId)
        throw new DescentError(
          'badRequest',
          `Versions ${versionName(one.version.number)} and ${versionName(other.version.number)} are of different imports. What a file changed is shown when it is imported.`,
          'after',
        )
      const compared = await jobs.run(
        'compareVersions',
        { source: sourceOf(store, other.id, recipe), before: sourceOf(store, one.id, recipe) },
        { kind: 'profile', label: 'Comparing versions', projectId, topic: other.id, quick: true },
      )
      const named = ({ version: { number, sha256 }, rows }: Dataset) => ({ number, sha256, rows })
      return { ...compared, before: named(one), after: named(other) }
    },
  }
}
