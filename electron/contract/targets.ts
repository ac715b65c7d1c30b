/** Which columns are predicted. Apart from the target's settings, whose choices only the steps need. */
import type { Column } from './column.ts'

export const targetsOf = (columns: readonly Column[]): Column[] =>
  columns.filter(({ role }) => role === 'target')
