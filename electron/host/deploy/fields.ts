/** What a person enters of one example, by what the model's training knew of each column. */
import { keptAs, type ModelField } from '../../contract/index.ts'
import { levelsOf } from '../rest/values.ts'
import { choicesOf } from './choices.ts'
import { exampleRow } from './example.ts'
import type { ModelDocument } from './document.ts'

/** Of a list that somebody chooses from. */
const mostLevels = 200

type Of = Pick<ModelDocument, 'inputs' | 'ranges' | 'reference' | 'preparation'>

export function fieldsOf(document: Of): ModelField[] {
  const examples = exampleRow(document)
  return document.inputs.map(({ name, kind }): ModelField => {
    const column = document.preparation.columns.find((one) => one.name === name)
    const known = column === undefined ? 0 : levelsOf(column).length
    const range = document.ranges?.find((one) => one.column === name)
    const kept = keptAs(kind)
    const example = examples[name] ?? null
    return {
      name,
      holds: kept,
      levels: column === undefined ? [] : choicesOf(column, mostLevels),
      moreLevels: Math.max(0, known - mostLevels),
      low: range?.low ?? null,
      high: range?.high ?? null,
      // Of a text there is nothing to begin with that would be one.
      example: example === null || kept === 'text' || kept === 'image' ? null : String(example),
    }
  })
}
