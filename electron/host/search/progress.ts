/** What the state of a trial's run says of the trial: pure, so that every case is tested without a process. */
import { formatSeconds, plural, seriesOf, type RunSummary } from '../../contract/index.ts'
import type { Standing } from './moves.ts'
import type { StoredTrial } from './repository.ts'

/** What a trial looks at. */
export type SeenRun = Pick<RunSummary, 'state' | 'epoch' | 'seconds' | 'error'> & {
  /** Of what the search is judged by, in the best epoch. */
  readonly value: number | null
}

/** Larger values are better of some series: turned round, the smaller is always the better. */
export const costOf = (series: string, value: number | null): number =>
  value === null ? Infinity : seriesOf(series).higherIsBetter === false ? value : -value

export interface Course {
  readonly series: string
  readonly stops: readonly number[]
  /** Its runs are stopped after so long, and have then done what was asked. */
  readonly seconds: number | null
}

/** `costAt`: what it had come to in the best epoch until then. */
export function after(
  trial: StoredTrial,
  run: SeenRun | null,
  { stops, seconds, series }: Course,
  costAt: (epoch: number) => number,
): StoredTrial {
  if (trial.ended !== null) return trial
  if (run === null) return { ...trial, runId: null, ended: 'failed', why: 'Its run was deleted.' }
  const seen = { ...trial, epoch: run.epoch, seconds: run.seconds, value: run.value }
  const all = (cost: number): (number | null)[] =>
    stops.map((_, i) => trial.results[i] ?? (Number.isFinite(cost) ? cost : null))
  switch (run.state) {
    case 'queued':
    case 'preparing':
    case 'running':
      // Somebody else told it to go on than the search, which lets it come to its end.
      return trial.results.length > trial.target ? { ...seen, target: stops.length - 1 } : seen
    case 'imported':
      return seen
    case 'paused': {
      const results = stops
        .filter((stop, i) => stop <= run.epoch && i < stops.length - 1)
        .map((stop, i) => {
          if (i < trial.results.length) return trial.results[i]!
          const cost = costAt(stop)
          return Number.isFinite(cost) ? cost : null
        })
      return { ...seen, results }
    }
    case 'finished':
      return { ...seen, results: all(costOf(series, run.value)), ended: 'finished' }
    case 'stopped': {
      const timed = seconds !== null && run.seconds >= seconds
      const cost = costOf(series, run.value)
      return timed
        ? {
            ...seen,
            results: all(cost),
            ended: 'finished',
            why: `Stopped after ${formatSeconds(run.seconds)} of training, in epoch ${run.epoch + 1}.`,
          }
        : { ...seen, ended: 'cut', why: `Stopped by hand after ${plural(run.epoch, 'epoch')}.` }
    }
    case 'failed':
    case 'interrupted':
      return { ...seen, results: all(Infinity), ended: 'failed', why: run.error ?? 'Its trainer ended.' }
  }
}

/** As the next move looks at it. One that a person has paused is as good as busy: it is theirs. */
export function standingOf(trial: StoredTrial): Standing {
  const { number, results, ended, target } = trial
  return {
    number,
    results: results.map((result) => result ?? Infinity),
    busy: ended === null && results.length <= target,
    over: ended !== null,
  }
}
