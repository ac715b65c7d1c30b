/** What the first rows of a large table show, in a line for whoever waits for the others. */
import { basename } from 'node:path'
import { extentIn, formatPercent, numberTextOf, plural, type FirstLook } from '../../contract/index.ts'
import { plainSpaces } from './text-table.ts'

const mostColumns = 8

function columnText({ name, numeric, top }: FirstLook['columns'][number], looked: number): string {
  if (numeric !== null) {
    const text = numberTextOf(name, extentIn({ numeric }))
    return `${name} ${text(numeric.min)} to ${text(numeric.max)}`
  }
  return top === null ? `${name} empty` : `${name} ${top.value} (${formatPercent(top.count / looked)})`
}

export function describeFirstLook(path: string, { looked, width, columns }: FirstLook): string {
  const shown = columns.slice(0, mostColumns).map((column) => columnText(column, looked))
  const more = width > shown.length ? ', …' : ''
  return plainSpaces(
    `Reading ${basename(path)}: ${plural(width, 'column')}. In the first ${plural(looked, 'row')}: ${shown.join(', ')}${more}\n`,
  )
}
