/** How many rows go through the network of a saved model at once. */
import { documentOf, type NetworkSpec } from '../model/build.ts'
import { costOf } from '../model/describe.ts'
import { sizeOfInputs } from '../model/input.ts'
import { rowsWithin } from '../model/rows-within.ts'
import { rowsPerPass } from './predictor.ts'

/** Rows of a pass, where fewer come: a lone row does not wait for the arithmetic of hundreds. */
const few = [1, 8, 64]

/** Of large pictures and slow networks few: a pass that takes seconds makes all others wait for it. */
function mostOfPass(spec: NetworkSpec): number {
  const usual = rowsPerPass(spec.inputs)
  if (spec.inputs.every(({ kind }) => kind !== 'pixels')) return usual
  return rowsWithin(usual, sizeOfInputs(spec.inputs), costOf(documentOf(spec)).multiplyAdds, 1)
}

/** Ascending; fewer rows than one holds are filled up to it, and more than the last holds take several passes. */
export function passSizes(spec: NetworkSpec): readonly number[] {
  const most = mostOfPass(spec)
  return [...few.filter((size) => size < most), most]
}

/** That so many rows go in; of more than one pass all but the last are as large. */
export const passFor = (sizes: readonly number[], rows: number): number =>
  sizes.find((size) => size >= rows) ?? sizes.at(-1)!
