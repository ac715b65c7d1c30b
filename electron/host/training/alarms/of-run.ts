/** The alarms of a run, from what the store has of it: also of runs that ended long ago, with another version. */
import type { Finding, RunSummary } from '../../../contract/index.ts'
import { readCurves } from '../../runs/curves.ts'
import type { StoredRun } from '../../runs/repository.ts'
import { parseStored, type Store } from '../../store/index.ts'
import { checkpointMetaSchema } from '../checkpoint.ts'
import { saysNotFinite } from '../not-finite.ts'
import { alarmSeries, findAlarms, linesOfCurves, type End } from './index.ts'

export function endOf({ state, epoch, epochs }: Pick<RunSummary, 'state' | 'epoch' | 'epochs'>): End {
  if (state === 'finished') return epoch < epochs ? 'early' : 'lastEpoch'
  return state === 'stopped' || state === 'failed' ? 'early' : 'open'
}

/** The trainer writes it beside its checkpoints. */
function expectedLossOf(store: Store, runId: string): number | null {
  const meta = store.checkpointMeta(runId, 'last')
  return meta === null ? null : (parseStored(checkpointMetaSchema, meta)?.expectedLoss ?? null)
}

export const alarmsOfRun = (store: Store, run: StoredRun): Finding[] =>
  findAlarms({
    recipe: run.recipe,
    end: endOf(run),
    blewUp: run.state === 'failed' && saysNotFinite(run.error),
    ...linesOfCurves(readCurves(store, run.id, { names: alarmSeries })),
    expectedLoss: expectedLossOf(store, run.id),
  })
