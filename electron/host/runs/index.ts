/** Runs as people look back at them: lists, curves, names, and their end. */
import { join } from 'node:path'
import { classification, DescentError } from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { clearDeletedRun, clearSelectedRun, getProject, requireProject } from '../projects/repository.ts'
import { discardRun } from '../training/index.ts'
import { alarmsOfRun } from '../training/alarms/of-run.ts'
import { storedProfile } from '../training/profiles.ts'
import { readCurves, stepwiseOf } from './curves.ts'
import { exportRuns } from './exports/index.ts'
import { bestRuns, groupsOfRuns } from './groups.ts'
import { columnsOfRuns, damagedRuns, listRuns } from './list.ts'
import { importRuns } from './import-runs.ts'
import { markRuns, undoableOf, unmarkRuns } from './marks.ts'
import { meanCurves, overlayOf } from './overlay.ts'
import { proposedRun } from './proposed.ts'
import { checkpointsOf } from './checkpoints.ts'
import { reportOf } from './reports.ts'
import { deleteRun, findRun, findSummary, publicRun, runToDelete, updateRun } from './repository.ts'

export { renewRepeatKeys } from './groups.ts'
export { removeDeleted } from './marks.ts'

type RunsProcedure = Extract<keyof Handlers, `runs.${string}`>

export function runsHandlers(context: HostContext): Pick<Handlers, RunsProcedure> {
  const { store, emit, workspace } = context
  return {
    'runs.list': async (query) => {
      requireProject(store, query.projectId)
      return listRuns(store, query)
    },
    'runs.columns': async ({ projectId }) => {
      requireProject(store, projectId)
      return columnsOfRuns(store, projectId)
    },
    'runs.best': async ({ projectId, filter = {}, series }) => {
      requireProject(store, projectId)
      return bestRuns(store, projectId, filter, series)
    },
    'runs.proposed': async ({ projectId }) => {
      requireProject(store, projectId)
      return proposedRun(store, projectId)
    },
    'runs.groups': async ({ projectId, filter = {}, grouping, series }) => {
      requireProject(store, projectId)
      return groupsOfRuns(store, projectId, filter, grouping, series)
    },
    'runs.overlay': async ({ projectId, filter = {}, series }) => {
      requireProject(store, projectId)
      return overlayOf(store, projectId, filter, series)
    },
    'runs.means': async ({ projectId, filter = {}, grouping, series }) => {
      requireProject(store, projectId)
      return meanCurves(store, projectId, filter, grouping, series)
    },
    'runs.export': async ({ projectId, filter = {}, export: chosen, path = null }) => {
      requireProject(store, projectId)
      return await exportRuns(store, projectId, filter, chosen, {
        path,
        within: join(workspace, 'exports'),
      })
    },
    'runs.import': async ({ projectId, path }) => {
      const { recipe } = getProject(store, projectId)
      const imported = await importRuns(store, projectId, path, recipe?.task ?? classification.name)
      emit({ type: 'runs.marked', projectId })
      return imported
    },
    'runs.mark': async ({ projectId, filter, change }) => {
      requireProject(store, projectId)
      const marked = markRuns(store, projectId, filter, change)
      if (marked.changed > 0) emit({ type: 'runs.marked', projectId })
      if ('deleted' in change && clearDeletedRun(store, projectId))
        emit({ type: 'project.changed', projectId })
      return marked
    },
    'runs.undoable': async ({ projectId }) => {
      requireProject(store, projectId)
      return undoableOf(store, projectId)
    },
    'runs.unmark': async ({ projectId, undo }) => {
      requireProject(store, projectId)
      const undone = unmarkRuns(store, projectId, undo)
      if (undone !== null) emit({ type: 'runs.marked', projectId })
      return { undone }
    },
    'runs.damaged': async ({ projectId }) => {
      requireProject(store, projectId)
      return await damagedRuns(store, projectId)
    },
    'runs.get': async ({ runId }) => publicRun(findRun(store, runId)),
    'runs.curves': async ({ runId, limit, series, within = false, since, until }) => {
      const { id } = findSummary(store, runId)
      const names = series ?? (within ? stepwiseOf(store, id) : undefined)
      return readCurves(store, id, {
        ...(limit !== undefined && { limit }),
        ...(names && { names }),
        ...(since !== undefined && { since }),
        ...(until !== undefined && { until }),
      })
    },
    'runs.profile': async ({ runId }) => storedProfile(store, findSummary(store, runId).id),
    'runs.report': async ({ runId }) => reportOf(store, findSummary(store, runId).id),
    'runs.checkpoints': async ({ runId }) => checkpointsOf(store, findSummary(store, runId).id),
    'runs.alarms': async ({ runId }) => alarmsOfRun(store, findRun(store, runId)),
    'runs.rename': async ({ runId, name }) => {
      findSummary(store, runId)
      const run = updateRun(store, runId, { name })
      emit({ type: 'run.changed', run })
      return run
    },
    'runs.delete': async ({ runId }) => {
      const run = runToDelete(store, runId)
      if (run.state === 'running' || run.state === 'preparing') {
        throw new DescentError('conflict', `The run "${run.name}" is still training. Stop it first.`, 'runId')
      }
      discardRun(context, runId)
      if (clearSelectedRun(store, run.projectId, runId))
        emit({ type: 'project.changed', projectId: run.projectId })
      deleteRun(store, runId)
      emit({ type: 'run.deleted', runId, projectId: run.projectId })
      return { ok: true }
    },
  }
}
