/** A row to begin with, made of what the model's training knew. */
import { keptAs } from '../../contract/index.ts'
import type { Cell } from '../kinds/index.ts'
import type { ReferenceColumn } from '../evaluate/reference.ts'
import { levelsOf } from '../rest/values.ts'
import type { ModelDocument } from './document.ts'

/** The value in the middle of the training rows; null: no number is known of them. */
function medianOf(column: ReferenceColumn | undefined): number | null {
  if (column?.kind !== 'number') return null
  const half = (column.upTo.at(-1) ?? 0) / 2
  return column.edges[column.upTo.findIndex((rows) => rows >= half)] ?? null
}

export function exampleRow({
  inputs,
  ranges = [],
  reference = [],
  preparation,
}: Pick<ModelDocument, 'inputs' | 'ranges' | 'reference' | 'preparation'>): Record<string, Cell> {
  return Object.fromEntries(
    inputs.map(({ name, kind }): [string, Cell] => {
      // One that a row had: between two of them there may be none, as between 0 and 1.
      const usual = medianOf(reference.find((one) => one.column === name))
      if (usual !== null) return [name, usual]
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
