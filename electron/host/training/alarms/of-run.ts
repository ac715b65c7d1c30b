/** The alarms of a run, from what the store has of it: also of runs that ended long ago, with another version. */
import type { Finding, RunSummary } from '../../../contract/index.ts'
import { readCurves, stepwiseOf } from '../../runs/curves.ts'
import { reportOf } from '../../runs/reports.ts'
import type { StoredRun } from '../../runs/repository.ts'
import { parseStored, type Store } from '../../store/index.ts'
import { checkpointMetaSchema } from '../checkpoint.ts'
import { saysNotFinite } from '../not-finite.ts'
import {
  alarmSeries,
  findAlarms,
  linesOfCurves,
  stepLinesOfCurves,
  type AlarmEvidence,
  type End,
} from './index.ts'

export function endOf({ state, epoch, epochs }: Pick<RunSummary, 'state' | 'epoch' | 'epochs'>): End {
  if (state === 'finished') return epoch < epochs ? 'early' : 'lastEpoch'
  return state === 'stopped' || state === 'failed' ? 'early' : 'open'
}

/** The trainer writes it beside its checkpoints. */
function expectedLossOf(store: Store, runId: string): number | null {
  const meta = store.checkpointMeta(runId, 'last')
  return meta === null ? null : (parseStored(checkpointMetaSchema, meta)?.expectedLoss ?? null)
}

/** Of each series within epochs; of more, every stretch keeps its ends. The first steps are all read. */
const [enoughSteps, firstSteps] = [400, 100]

function stepsOfRun(store: Store, runId: string): AlarmEvidence['steps'] {
  const names = stepwiseOf(store, runId)
  const first = readCurves(store, runId, { names, limit: Infinity, until: firstSteps })
  const all = readCurves(store, runId, { names, limit: enoughSteps })
  const joined = Object.entries(all.series).map(([name, curve]) => {
    const start = first.series[name]
    const from = curve.step.findIndex((step) => step > firstSteps)
    const join = (key: 'step' | 'value' | 'epoch' | 'seconds'): number[] => [
      ...(start?.[key] ?? []),
      ...(from < 0 ? [] : curve[key].slice(from)),
    ]
    return [
      name,
      { step: join('step'), value: join('value'), epoch: join('epoch'), seconds: join('seconds') },
    ] as const
  })
  return stepLinesOfCurves({ ...all, series: Object.fromEntries(joined) })
}

export const alarmsOfRun = (store: Store, run: StoredRun): Finding[] =>
  findAlarms({
    recipe: run.recipe,
    end: endOf(run),
    blewUp: run.state === 'failed' && saysNotFinite(run.error),
    ...linesOfCurves(readCurves(store, run.id, { names: alarmSeries })),
    expectedLoss: expectedLossOf(store, run.id),
    steps: stepsOfRun(store, run.id),
    report: reportOf(store, run.id),
  })
