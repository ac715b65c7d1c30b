/** The order of a column's categories. */
import { sortedBySize } from '../../../contract/index.ts'
import type { CategoryColumn } from '../../datasets/frame.ts'

/** As the column has them, else by what is in their names. `found`: those of the training rows. */
export const levelsOf = (
  { levels }: Pick<CategoryColumn, 'levels'>,
  found: readonly string[],
): readonly string[] => levels ?? sortedBySize(found)
