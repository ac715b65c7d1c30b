/** What steps did, in lines for people. */
import { formatCount, plural, type ShapedBy } from '../../../../contract/index.ts'

export const shapeLines = (steps: readonly ShapedBy[] = []): string[] =>
  steps.map(({ step, rows: [before, after], columns, notes }) => {
    const left = before === after ? plural(after, 'row') : `${plural(after, 'row')} of ${formatCount(before)}`
    return `${step}: ${left}, ${plural(columns[1], 'column')}.${notes.map((note) => ` ${note}`).join('')}`
  })
