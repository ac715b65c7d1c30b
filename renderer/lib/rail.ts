/** What the rail says about each step. Decided here, drawn elsewhere. */
import { metricsOn } from '../../electron/contract/index.ts'
import type { Finding, Project, RunState, RunSummary, StepName } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'

const words = strings.shell.rail.reasons

export type StepState = 'empty' | 'ready' | 'attention' | 'done'
export type RailStep = StepName | 'compare'
export interface RailEntry {
  state: StepState
  /** Why it is in this state: read by screen readers and shown as a tooltip. */
  reason: string
  busy: boolean
}

export interface RailInput {
  project: Project | null
  /** The newest ones, newest first. */
  runs: readonly RunSummary[]
  /** Runs of the project that have weights. */
  trained: number
  /** null while the profile has not been computed. */
  alerts: readonly Finding[] | null
  prepareWarnings: readonly Finding[] | null
  /** The run that Evaluate and Deploy show. */
  currentRun: RunSummary | null
  exported: boolean
}

const deserveAttention = (findings: readonly Finding[]): boolean =>
  findings.some(({ severity }) => severity !== 'info')

export const activeStates: RunState[] = ['queued', 'preparing', 'running', 'paused']
export const isActive = (run: RunSummary): boolean => activeStates.includes(run.state)
/** Has weights worth evaluating. */
export const isTrained = (run: RunSummary): boolean =>
  run.state === 'finished' || (run.state === 'stopped' && run.bestEpoch !== null)
export const canResume = (run: RunSummary): boolean => run.state === 'paused' || run.state === 'interrupted'

/** The chosen run, or else the proposed one, or else the latest trained one; `runs` are newest first. */
export function currentRunOf(
  project: Project | null,
  runs: readonly RunSummary[],
  proposed: string | null = null,
): RunSummary | null {
  const trained = runs.filter(isTrained)
  const called = (id: string | null | undefined) => trained.find((run) => run.id === id)
  return called(project?.selectedRun) ?? called(proposed) ?? trained[0] ?? null
}

export function railStates(input: RailInput): Record<RailStep, RailEntry> {
  const { project, runs, trained } = input
  const newest = runs[0] ?? null
  const dataset = project?.dataset ?? null
  const entry = (state: StepState, reason: string, busy = false): RailEntry => ({ state, reason, busy })
  const noData = entry('empty', words.needsData)
  const noRun = entry('empty', words.needsRun)

  const data = (): RailEntry => {
    if (!dataset) return entry('empty', words.noData)
    if (!project?.recipe?.data.columns.some((column) => column.role === 'target'))
      return entry('attention', words.noTarget)
    return dataset.receipt.rowsRejected > 0
      ? entry('attention', words.rejected)
      : entry('done', words.imported)
  }
  const explore = (): RailEntry => {
    if (!dataset) return noData
    if (!input.alerts) return entry('ready', words.notProfiled)
    return deserveAttention(input.alerts) ? entry('attention', words.alerts) : entry('done', words.noAlerts)
  }
  const prepare = (): RailEntry => {
    if (!dataset) return noData
    if (deserveAttention(input.prepareWarnings ?? [])) return entry('attention', words.warnings)
    return runs.length > 0 ? entry('done', words.used) : entry('ready', words.defaults)
  }
  const model = (): RailEntry => {
    if (!dataset) return noData
    return runs.length > 0 ? entry('done', words.used) : entry('ready', words.defaults)
  }
  const train = (): RailEntry => {
    if (!dataset) return noData
    if (newest && isActive(newest))
      return entry('ready', words.running(newest.state), newest.state !== 'paused')
    if (newest?.state === 'failed' || newest?.state === 'interrupted')
      return entry('attention', words.lastRun(newest.state))
    return trained > 0 ? entry('done', words.trained) : entry('ready', words.readyToTrain)
  }
  const evaluate = (): RailEntry => {
    if (!input.currentRun) return noRun
    return metricsOn('test', input.currentRun) ? entry('done', words.opened) : entry('ready', words.sealed)
  }
  const deploy = (): RailEntry => {
    if (!input.currentRun) return noRun
    return input.exported ? entry('done', words.saved) : entry('ready', words.readyToSave)
  }
  const compare = (): RailEntry => {
    if (trained === 0) return noRun
    return trained === 1 ? entry('ready', words.oneRun) : entry('done', words.runs(trained))
  }
  return {
    data: data(),
    explore: explore(),
    prepare: prepare(),
    model: model(),
    train: train(),
    evaluate: evaluate(),
    deploy: deploy(),
    compare: compare(),
  }
}
