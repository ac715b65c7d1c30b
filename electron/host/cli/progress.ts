/** What a person sees on stderr while a run works: a line that renews itself on a terminal, a few lines elsewhere. */
import {
  measuredOn,
  midCase,
  primaryFor,
  trainLossSeries,
  validationLossSeries,
  type MetricPoint,
  type Progress,
  type Series,
  type Task,
} from '../../contract/index.ts'

export interface Display {
  /** A finished step of the path. */
  say(text: string): void
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

export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–'
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

export function formatRate(rate: number): string {
  if (rate >= 1e6) return `${(rate / 1e6).toFixed(1)} M rows/s`
  if (rate >= 1e3) return `${(rate / 1e3).toFixed(1)} k rows/s`
  return `${rate.toFixed(0)} rows/s`
}

export function bar(fraction: number): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * barWidth)
  return '█'.repeat(full) + '░'.repeat(barWidth - full)
}

/** As its definition has it written. */
export function formatValue(
  { format, decimals, unit }: Pick<Series, 'format' | 'decimals' | 'unit'>,
  value: number,
): string {
  const behind = unit === undefined ? '' : ` ${unit}`
  switch (format) {
    case 'share':
      return `${(value * 100).toFixed(decimals)} %`
    case 'number':
    case 'count':
      return value.toFixed(decimals) + behind
    case 'target':
    case 'significant':
      return String(Number(value.toPrecision(4))) + behind
  }
}

const scores = ({ values }: MetricPoint, task: Task): string =>
  [trainLossSeries, validationLossSeries, measuredOn('validation', primaryFor(task))]
    .flatMap((series) => {
      const value = values[series.name]
      return value === undefined ? [] : [`${midCase(series.label)} ${formatValue(series, value)}`]
    })
    .join('  ')

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
    screen.write(`\r\x1b[2K${line.slice(0, (screen.columns ?? 100) - 1)}`)
  }
  const clear = (): void => {
    if (drawn) screen.write('\r\x1b[2K')
    drawn = false
  }
  return {
    say: (text) => {
      clear()
      screen.write(`${text}\n`)
    },
    epoch: (point) => {
      last = point
      const label = `epoch ${point.epoch}/${epochs}`
      if (screen.isTTY) draw(`${bar(point.epoch / epochs)} ${label}  ${scores(point, task)}`)
      else if (point.epoch === 1 || point.epoch % Math.ceil(epochs / logLines) === 0) {
        screen.write(`${label}  ${scores(point, task)}\n`)
      }
    },
    progress: (progress) => {
      const { epoch, step, stepsPerEpoch, throughput, eta } = progress
      const fraction = (epoch - 1 + step / stepsPerEpoch) / epochs
      const tail = last === null ? '' : `  ${scores(last, task)}`
      draw(
        `${bar(fraction)} epoch ${epoch}/${epochs}  ${formatRate(throughput)}  at most ${formatSeconds(eta)} left${tail}`,
      )
    },
    done: clear,
  }
}
