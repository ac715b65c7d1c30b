import type { TableRecipe } from '../../contract/index.ts'
import type { Frame } from '../datasets/frame.ts'
import { fitPreparation, targetOf } from './fit.ts'
import type { TablePreparation } from './preparation.ts'
import { splitRows, type RowSplit } from './split.ts'
import { transform, type Transformed } from './transform.ts'

export interface PreparedData {
  readonly preparation: TablePreparation
  readonly split: RowSplit
  /** Every row of the frame; `split` holds row numbers into it. Rows in no split have no target. */
  readonly data: Transformed
}

/** The same frame and recipe give the same data, to the bit. */
export function prepareData(frame: Frame, recipe: TableRecipe): PreparedData {
  const split = splitRows(targetOf(frame, recipe), recipe.split, { limit: recipe.data.rows })
  const preparation = fitPreparation(frame, recipe, split.train)
  return { preparation, split, data: transform(frame, preparation) }
}
