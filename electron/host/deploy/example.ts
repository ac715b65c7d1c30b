/** A row to begin with, made of what the model's training knew. */
import { keptAs } from '../../contract/index.ts'
import type { Cell } from '../kinds/index.ts'
import { levelsOf } from '../rest/values.ts'
import type { ModelDocument } from './document.ts'

export function exampleRow({
  inputs,
  ranges = [],
  preparation,
}: Pick<ModelDocument, 'inputs' | 'ranges' | 'preparation'>): Record<string, Cell> {
  return Object.fromEntries(
    inputs.map(({ name, kind }): [string, Cell] => {
      const range = ranges.find(({ column }) => column === name)
      if (range) return [name, Number(((range.low + range.high) / 2).toPrecision(4))]
      const column = preparation.columns.find((one) => one.name === name)
      const [level] = column === undefined ? [] : levelsOf(column)
      const kept = keptAs(kind)
      // ISO 8601 is understood, however the table wrote its days.
      return [name, level ?? (kept === 'text' ? 'a text' : kind === 'time' ? '14:30' : kept === 'date' ? '2024-01-31' : null)] // prettier-ignore
    }),
  )
}
