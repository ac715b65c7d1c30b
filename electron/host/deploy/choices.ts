/** The values of a category as a person chooses among them. */
import { isOrdered, sortedBySize } from '../../contract/index.ts'
import type { PreparedColumn } from '../prepare/preparation.ts'
import { levelsOf } from '../rest/values.ts'

/** As people look for them: a before B, 2 before 10. */
const byText = new Intl.Collator('en', { numeric: true })

/**
 * Of many the most frequent ones, which training knew first. An order that the column has is kept, as far as its encoder needed to
 * know it; all others are sorted.
 */
export function choicesOf(column: PreparedColumn, most: number): string[] {
  const levels = levelsOf(column).slice(0, most)
  if (!isOrdered(column.kind)) return levels.toSorted(byText.compare)
  return 'levels' in column.encoder ? [...levels] : sortedBySize(levels)
}
