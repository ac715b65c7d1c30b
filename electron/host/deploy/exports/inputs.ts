/** What the columns of a model are as inputs of an exported file, and how their cells are written. */
import { keptAs, marksOf, parserFor } from '../../../contract/index.ts'
import { readingOf } from '../../prepare/encoders/index.ts'
import { portOfColumn } from '../../prepare/onnx.ts'
import { missingOf, picturesOf } from '../../rest/as-trained.ts'
import { choicesOf } from '../choices.ts'
import type { ModelDocument } from '../document.ts'
import { expressionsOf } from '../shape.ts'
import type { SignatureInput } from './signature.ts'

/** As many as a list is looked through for one. */
const mostLevels = 200

export function columnInputs(document: ModelDocument): SignatureInput[] {
  const { preparation, ranges = [], provenance } = document
  const computed = expressionsOf(document)
  const missing = missingOf(provenance.recipe).filter((mark) => mark !== '')
  const pictures = picturesOf(provenance.recipe)
  return preparation.columns.map((column) => {
    const expression = computed.get(column.name)
    const port = portOfColumn(column)
    // Numbers that say nothing are written plainly, which readers begin with.
    const parser = column.parser ?? (keptAs(column.kind) === 'date' ? parserFor(column.kind) : null)
    const encoded = readingOf(column.encoder)
    const reading = parser || encoded ? { ...parser, ...encoded } : undefined
    const marks = port.dtype === 'uint8' ? [] : marksOf(column, missing)
    const levels = port.dtype === 'string' ? choicesOf(column, mostLevels) : []
    const range = ranges.find((one) => one.column === column.name)
    return {
      ...port,
      ...((port.dtype === 'float32' || port.dtype === 'float64') && { missing: 'NaN' as const }),
      ...(port.dtype === 'string' && { missing: '' as const }),
      ...(reading && { reading }),
      ...(marks.length > 0 && { marks }),
      ...(levels.length > 0 && { levels }),
      ...(range && { range: [range.low, range.high] as const }),
      ...(port.dtype === 'uint8' && { picture: { fit: pictures.fit, background: pictures.background } }),
      ...(expression !== undefined && { computed: expression }),
    }
  })
}
