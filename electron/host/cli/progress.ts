/** What a person sees on stderr while a run works: a line that renews itself on a terminal, a few lines elsewhere. */
import {
  formatFixed,
  formatSeconds,
  formatValue,
  measuredOn,
  midCase,
  primaryFor,
  trainLossSeries,
  validationLossSeries,
  type MetricPoint,
  type Progress,
  type Task,
} from '../../contract/index.ts'
import { plainSpaces } from './text-table.ts'
import { forTerminal, oneLine } from './for-terminal.ts'

export interface Display {
  /** A finished step of the path. */
  say(text: string): void
  /** What is said even where quiet was asked for. */
  warn(text: string): void
  epoch(point: MetricPoint): void
  progress(progress: Progress): void
  /** Ends the renewing line. */
  done(): void
}

interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const barWidth = 24
/** Without a terminal: at most this many lines for the epochs. */
const logLines = 10

export function formatRate(rate: number): string {
  if (rate >= 1e6) return `${formatFixed(rate / 1e6, 1)} M rows/s`
  if (rate >= 1e3) return `${formatFixed(rate / 1e3, 1)} k rows/s`
  return `${formatFixed(rate, 0)} rows/s`
}

export function bar(fraction: number): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * barWidth)
  return '█'.repeat(full) + '░'.repeat(barWidth - full)
}

const scores = ({ values }: MetricPoint, task: Task): string =>
  [trainLossSeries, validationLossSeries, measuredOn('validation', primaryFor(task))]
    .flatMap((series) => {
      const value = values[series.name]
      return value === undefined ? [] : [`${midCase(series.label)} ${formatValue(series, value)}`]
    })
    .join('  ')

/** With `--quiet`: what spoils a training, and nothing else. */
export const openQuietDisplay = (screen: Screen): Display => ({
  say: () => undefined,
  warn: (text) => screen.write(`${forTerminal(plainSpaces(text))}\n`),
  epoch: () => undefined,
  progress: () => undefined,
  done: () => undefined,
})

export function openDisplay(
  screen: Screen,
  task: Task,
  epochs: number,
  now = () => performance.now(),
): Display {
  let last: MetricPoint | null = null
  let drawn = false
  let drawnAt = -Infinity
  const draw = (line: string): void => {
    if (screen.isTTY !== true || now() - drawnAt < 100) return
    drawnAt = now()
    drawn = true
    screen.write(`\r\x1b[2K${oneLine(plainSpaces(line)).slice(0, (screen.columns ?? 100) - 1)}`)
  }
  const clear = (): void => {
    if (drawn) screen.write('\r\x1b[2K')
    drawn = false
  }
  const say = (text: string): void => {
    clear()
    screen.write(`${forTerminal(plainSpaces(text))}\n`)
  }
  return {
    say,
    warn: say,
    epoch: (point) => {
      last = point
      const label = `epoch ${point.epoch}/${epochs}`
      if (screen.isTTY) draw(`${bar(point.epoch / epochs)} ${label}  ${scores(point, task)}`)
      else if (point.epoch === 1 || point.epoch % Math.ceil(epochs / logLines) === 0) {
        screen.write(`${label}  ${plainSpaces(scores(point, task))}\n`)
      }
    },
    progress: (progress) => {
      const { epoch, step, stepsPerEpoch, throughput, eta } = progress
      const fraction = (epoch - 1 + step / stepsPerEpoch) / epochs
      const pace =
        throughput === null || eta === null
          ? ''
          : `  ${formatRate(throughput)}  at most ${formatSeconds(eta)} left`
      const tail = last === null ? '' : `  ${scores(last, task)}`
      draw(`${bar(fraction)} epoch ${epoch}/${epochs}${pace}${tail}`)
    },
    done: clear,
  }
}
