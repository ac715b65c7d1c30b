/** `descent run --each`: a run for each value of a setting, on the same rows, and what they come to side by side. */
import {
  formatFixed,
  formatMetric,
  formatPercent,
  metricOf,
  metricsFor,
  plural,
  rarestOf,
  type OneOfSeveral,
} from '../../contract/index.ts'
import { toldBudget } from './budget-of-run.ts'
import { compareEach, runOfValue, type EachCommand, type EachSummary, type RunOfValue } from './each-runs.ts'
import type { ToldFinding } from './findings.ts'
import type { Ran } from './run.ts'
import { toldUnstable, unstableAmong } from './stability.ts'
import { plainSpaces, textTable } from './text-table.ts'

interface OneRun extends RunOfValue {
  readonly value: string
  /** From which probability on the second of two classes is predicted, where that was chosen. */
  readonly threshold: number | null
  /** Of classes or labels: that of which the validation split has fewest rows. */
  readonly rarest: OneOfSeveral | null
}

export interface EachReport extends EachSummary {
  readonly runs: readonly OneRun[]
  /** All runs were judged on the same validation and test rows. */
  readonly sameRows: boolean
  /** Values that are farther apart than they may be, where they are of a seed or of rows; null: they are of something else, or too few to tell. */
  readonly unstable: readonly ToldFinding[] | null
}

const oneRun = (value: string, ran: Ran): OneRun => ({
  value,
  ...runOfValue(ran),
  threshold: ran.validation!.threshold ?? null,
  rarest: rarestOf(ran.validation!),
})

export const runEach = (
  command: EachCommand,
  stderr: NodeJS.WriteStream = process.stderr,
): Promise<EachReport> =>
  compareEach(
    command,
    stderr,
    (recipe) => [{ recipe, suffix: '', said: ',' }],
    (done, summary) => {
      const rans = done.map(({ value, runs: [ran] }) => ({ value, ran: ran! }))
      return {
        ...summary,
        runs: rans.map(({ value, ran }) => oneRun(value, ran)),
        unstable: unstableAmong(
          rans.map(({ ran }) => ran),
          'validation',
        ),
        sameRows: rans.every(({ ran }) => ran.heldOut === rans[0]!.ran.heldOut),
      }
    },
  )

const shortened = (name: string): string => (name.length > 16 ? `${name.slice(0, 15)}…` : name)
const share = (value: number | null): string => (value === null ? '–' : formatFixed(value, 3))

/** For people: a line for each value, by what the validation split says. */
export function describeEach(report: EachReport): string {
  const { each, runs, failed, sameRows, unstable, run, task } = report
  const names = metricsFor(task)
    .map(({ name }) => name)
    .filter((name) => metricOf(name)?.headline)
    .filter((name) => runs.some(({ validation }) => name in validation))
  const rarest = runs[0]?.rarest ?? null
  const chosen = runs.some(({ threshold }) => threshold !== null)
  const ofRarest = rarest === null ? [] : (['recall', 'precision', 'f1', 'averagePrecision'] as const)
  const words = { recall: 'Recall', precision: 'Precision', f1: 'F1', averagePrecision: 'AP' }
  const table = textTable(
    [
      [
        each,
        ...names.map((name) => metricOf(name)?.label ?? name),
        ...ofRarest.map((key) => `${words[key]} (${shortened(rarest!.name)})`),
        ...(chosen ? ['Threshold'] : []),
      ],
      ...runs.map((one) => [
        one.value,
        ...names.map((name) => (name in one.validation ? formatMetric(name, one.validation[name]) : '–')),
        ...ofRarest.map((key) => share(one.rarest?.[key] ?? null)),
        ...(chosen ? [one.threshold === null ? '–' : formatPercent(one.threshold)] : []),
      ]),
    ],
    (column) => column === 0,
  )
  const rows = runs[0]?.rows.validation ?? 0
  const lines = [
    `Validation split, ${plural(rows, 'row')}${rarest === null ? '' : `, ${rarest.support} of them “${rarest.name}”, the rarest (AP: average precision)`}:`,
    table.trimEnd(),
    ...toldUnstable(unstable),
    ...runs.flatMap(({ value, budget }) => toldBudget(`${each}=${value}`, budget)),
    ...failed.map(({ value, message }) => `${each}=${value} failed: ${message}`),
    ...(sameRows
      ? []
      : [
          'The runs were not judged on the same rows, as this setting changes the split: differences may be of the rows.',
        ]),
    'Choose by these figures: whoever chooses by the test no longer has an honest forecast. The test of each stands in its folder.',
    `Saved in ${run}`,
    '',
  ]
  return plainSpaces(lines.join('\n'))
}
