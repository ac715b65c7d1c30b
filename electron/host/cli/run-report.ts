/** What a run says at its end: the line for programs, and the words for people. */
import { join } from 'node:path'
import {
  baselineLabel,
  checkLabels,
  formatCount,
  formatFixed,
  formatMetric,
  formatNumber,
  formatPercent,
  metricOf,
  metrics,
  plural,
  primaryFor,
  type Beside,
  type BudgetLine,
  type BesideVerdict,
  type Calibration,
  type ColumnImportance,
  type JudgedColumn,
  type HardExample,
  type HardestOfSplits,
  type MetricDifference,
  type MetricInterval,
  type insideAndOutside,
  type Metrics,
  type Outside,
  type Recipe,
  type StepProfile,
} from '../../contract/index.ts'
import { toldCoverage } from '../evaluate/uncertainty.ts'
import type { ToldFinding } from './findings.ts'
import { describeProfile } from './profile-table.ts'
import { plainSpaces, textTable } from './text-table.ts'
import { oneLine } from './for-terminal.ts'
import { describeRobustness, type MeasuredRobustness } from './robustness.ts'

/** What was found in the data, in what was tried before training, and in the training. */
export interface FoundOut {
  readonly alerts: readonly ToldFinding[]
  readonly preflight: readonly ToldFinding[]
  readonly alarms: readonly ToldFinding[]
}

/** The line that `--json` ends with. */
export interface RunReport extends FoundOut {
  task: Recipe['task']
  target: string
  backend: string
  device: string
  epochs: number
  seconds: number
  /** What was said of the training before it, and what it took. */
  resources: {
    /** Bytes on the device at most; null: it was not tried before. */
    readonly memory: { readonly estimated: number | null; readonly used: number }
    /** Of an epoch without its validation. */
    readonly secondsPerEpoch: { readonly estimated: number | null; readonly used: number | null }
    /** Which share of a step its examples take to be gathered and made ready; null: too short to be measured. */
    readonly loading: number | null
  }
  rows: { train: number; validation: number; test: number }
  /** sha256 of the version of the data: the file as it was imported. */
  data: string
  test: Metrics
  /** Of classes one of which stands for none of the others: below which confidence it is answered, and how that does on the test rows. */
  outside?: Outside & { readonly test: ReturnType<typeof insideAndOutside> }
  /** Between which values each may be, with 95 % confidence, as far as that can be told. */
  intervals: Record<string, MetricInterval>
  /** Of the constant one. */
  baseline: Metrics
  /** The examples with the highest loss, the highest first; rows counted from 1. */
  hardest: {
    readonly [Split in keyof HardestOfSplits]: readonly (HardExample & { readonly told: string })[]
  }
  /** Trained on the same rows, the constant one first; differences are of the network. */
  baselines: readonly ToldBaseline[]
  /** What may be said of the network beside them; null: there was nothing to compare. */
  beside: BesideVerdict | null
  /** How far probabilities are from what is so, of whatever is most likely in each row; null: the task has none. */
  calibration: ToldCalibration | null
  /** What was looked for in the network on the test rows, and what was found; null: it is one of many runs, or nothing is tested. */
  checks: {
    readonly made: readonly string[]
    readonly passed: number
    readonly found: readonly ToldFinding[]
  } | null
  /** Of each column of a table, which share of what the network knows goes when it is shuffled; null: that is not known. */
  importance: readonly ColumnImportance[] | null
  /** Why that cannot be told; null: it is told, or it is no table. */
  noImportance: string | null
  /** Of columns that are marked sensitive. */
  groups: readonly JudgedColumn[]
  /** Of how many test rows the truth was within what is promised to hold it for 90 %; null: nothing is promised. */
  coverage: number | null
  /** What the recipe allows, held against the saved model; absent: nothing is limited. */
  budget?: readonly BudgetLine[]
  /** How the test falls where something happens to its rows; only with --robustness. */
  robustness?: MeasuredRobustness
  /** The run folder. */
  run: string
  /** Where the time of a training step goes; only with --profile. */
  profile?: StepProfile
}

type ToldCalibration = Pick<Calibration, 'ece' | 'mce' | 'chance' | 'said' | 'seen'>

/** Of one class out of several. */
export const toldCalibration = (found: readonly Calibration[] = []): ToldCalibration | null => {
  const whole = found.find(({ name }) => name === null)
  if (whole === undefined) return null
  const { ece, mce, chance, said, seen } = whole
  return { ece, mce, chance, said, seen }
}

function describeCalibration(found: ToldCalibration | null): string {
  if (found === null) return ''
  const { ece, chance, said, seen } = found
  const why =
    ece <= chance
      ? `as near as chance lets honest probabilities come on so many rows (up to ${formatFixed(chance, 3)})`
      : `farther than chance makes of honest probabilities on so many rows (up to ${formatFixed(chance, 3)})`
  return `Calibration: in the mean ${formatPercent(said)} sure and ${formatPercent(seen)} right; ECE ${formatFixed(ece, 3)}, ${why}.\n`
}

const mostColumns = 8

/** What the network goes by, how it does for groups, and how many checks it passes. */
function describeExamined({ checks, importance, noImportance, groups }: RunReport): string {
  const goesBy =
    importance === null
      ? noImportance === null
        ? ''
        : `${noImportance}\n`
      : `It goes by: ${importance
          .slice(0, mostColumns)
          .map(
            ({ column, share, low, high }) =>
              `${column} ${formatPercent(share, 0)} (${formatPercent(low, 0)}–${formatPercent(high, 0)})`,
          )
          .join(
            ', ',
          )}${importance.length > mostColumns ? ', …' : ''}: the share of what it knows that goes when the column is shuffled.\n`
  const passed =
    checks === null
      ? ''
      : `${checks.passed} of ${checks.made.length} checks of the test are passed${checks.found.length > 0 ? `; not: ${checkLabels(checks.found.map(({ code }) => code))}` : ''}.\n`
  return `${goesBy}${groups.map(describeGroups).join('')}${passed}`
}

const groupFigure = (format: 'share' | 'number' | 'target', value: number | null): string =>
  format === 'share' ? formatPercent(value) : formatNumber(value)

/** A line for each group; after a figure what may be said of it beside all others. */
function describeGroups({ column, figures, groups, left, compared }: JudgedColumn): string {
  const lines = [
    [`By “${oneLine(column)}”`, 'rows', ...figures.map(({ label }) => label)],
    ...groups.map(({ label, rows, figures: own, gaps }) => [
      `  ${label === null ? 'without a value' : oneLine(label)}`,
      formatCount(rows),
      ...figures.map(({ name, format }) => {
        const one = own[name]
        if (one === undefined) return ''
        return `${groupFigure(format, one.value)}${gaps[name]?.verdict === 'differs' ? ' *' : ''}`
      }),
    ]),
  ]
  const more = left > 0 ? `  ${plural(left, 'more group')} not shown.\n` : ''
  return `${textTable(lines, (at) => at === 0)}${more}  * differs from all others by more than chance makes of one of all ${formatCount(compared)} gaps; elsewhere these rows cannot tell.\n`
}

/** A baseline, in the metrics that are promised. */
interface ToldBaseline {
  readonly name: string
  readonly label: string
  readonly rows: number
  readonly notes: readonly string[]
  readonly test: Metrics
  readonly intervals: Record<string, MetricInterval>
  readonly differences: Record<string, MetricDifference>
}

export const toldBaseline =
  (task: Recipe['task']) =>
  ({ name, rows, notes, metrics: test, intervals, differences }: Beside): ToldBaseline => ({
    name,
    label: baselineLabel(name, task),
    rows,
    notes,
    test: headline(test),
    intervals: headline(intervals),
    differences: headline(differences),
  })

/** The metrics that are promised to whoever reads the JSON line. */
export const headline = <Value = number>(all: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(
    metrics.flatMap(({ name, headline }) => (headline && name in all ? [[name, all[name]!]] : [])),
  )

/** What may be said of a baseline beside the network. */
const verdictWords = {
  better: 'worse',
  worse: 'better',
  cannotTell: 'as good, for all that is known',
} as const

/** A column for each metric, a line for the network and for each baseline, and what may be said of them. */
function describeBaselines({ task, test, intervals, baselines, beside }: RunReport): string {
  const names = Object.keys(test)
  const primary = primaryFor(task).name
  const within = (name: string): string => {
    const found = intervals[name]
    return found === undefined
      ? ''
      : `${formatMetric(name, found.low, test[name])}–${formatMetric(name, found.high, test[name])}`
  }
  const lines = [
    ['', ...names.map((name) => metricOf(name)?.label ?? name), ''],
    ['Test', ...names.map((name) => formatMetric(name, test[name])), ''],
    ['  95 % interval', ...names.map(within), ''],
    ...baselines.map(({ label, test: theirs, differences }) => [
      label,
      ...names.map((name) =>
        theirs[name] === undefined ? '' : formatMetric(name, theirs[name], test[name]),
      ),
      differences[primary] === undefined ? '' : verdictWords[differences[primary].verdict],
    ]),
  ]
  const table = textTable(lines, (column) => column === 0 || column === names.length + 1)
  return beside === null ? table : `${table}${beside.sentence}\n`
}

/** For people: the test beside the baselines. */
export function describeReport(report: RunReport): string {
  const profile = report.profile ? `\n${describeProfile(report.profile)}` : ''
  const sure =
    report.coverage === null
      ? ''
      : `What “descent predict --coverage ${toldCoverage}” says holds the truth for ${formatPercent(report.coverage)} of the test rows.\n`
  return (
    plainSpaces(
      `${describeBaselines(report)}${describeCalibration(report.calibration)}${describeExamined(report)}${sure}${report.robustness ? describeRobustness(report.robustness) : ''}Saved in ${report.run}\nIts model predicts by: descent predict ${join(report.run, 'model')} FILE\n`,
    ) + profile
  )
}
