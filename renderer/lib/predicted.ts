import type { TablePage } from '../../electron/contract/index.ts'
import { cutMiddle, formatNumber, formatPercent } from './format.ts'
import { strings } from '../strings/index.ts'

/** What the model adds to a file, by the names of its columns. */
export const isPrediction = (name: string): boolean =>
  /^(prediction|probability_|lower|upper|outside_training)/.test(name)

export interface SaidOfRow {
  readonly answer: string
  /** How likely that is; '': it is not said. */
  readonly sure: string
  /** What the file calls the row, or its number. */
  readonly name: string
}

/** In a few words, of each row of the page. */
export function saidOfRows({ columns, rows, offset }: TablePage): SaidOfRow[] {
  const answers = columns.flatMap((name, at) => (/^prediction/.test(name) ? [at] : []))
  const named = columns.findIndex((name) => !isPrediction(name))
  return rows.map((row, i) => {
    const said = answers.map((at) => row[at] ?? null)
    const text = said.map((one) => (typeof one === 'number' ? formatNumber(one) : (one ?? ''))).join(', ')
    const likely = said.length === 1 ? row[columns.indexOf(`probability_${said[0]}`)] : undefined
    const name = named < 0 ? null : row[named]
    return {
      answer: text,
      sure: typeof likely === 'number' ? formatPercent(likely) : '',
      name:
        typeof name === 'string' && name !== ''
          ? cutMiddle(name, 40)
          : `${strings.deploy.predict.result.row} ${offset + i + 1}`,
    }
  })
}
