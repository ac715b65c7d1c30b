/** The examples that a network gets most wrong, as the terminal prints them. */
import {
  answerText,
  formatCount,
  formatNumber,
  type Hardest,
  type HardestOfSplits,
} from '../../contract/index.ts'
import type { RunReport } from './run-report.ts'
import { plainSpaces } from './text-table.ts'

/** Of each split; `--json` has more, and examples.json all. */
const mostSaid = 3

const lines = (split: string, { looked, examples }: Hardest): string[] => [
  `Highest loss of ${formatCount(looked)} ${split} rows`,
  ...examples
    .slice(0, mostSaid)
    .map(
      ({ row, loss, answer }) =>
        `  row ${formatCount(row + 1)}: ${answerText(answer)}, loss ${formatNumber(loss)}`,
    ),
]

export const describeHardest = ({ validation, train }: HardestOfSplits): string[] =>
  [...(validation ? lines('validation', validation) : []), ...(train ? lines('training', train) : [])].map(
    plainSpaces,
  )

const asData = ({ examples }: Hardest) =>
  examples.map((one) => ({ ...one, row: one.row + 1, told: plainSpaces(answerText(one.answer)) }))

/** For programs. */
export const hardestAsData = ({ validation, train }: HardestOfSplits): RunReport['hardest'] => ({
  ...(validation && { validation: asData(validation) }),
  ...(train && { train: asData(train) }),
})
