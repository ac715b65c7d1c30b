/** How the columns of a model come about that were not in the file: for whoever gives it its inputs. */
import { isJoin, leavesOutRows, pairOf, toldOf } from '../../contract/index.ts'
import { joinedName } from '../kinds/table/shaping/joined-files.ts'
import type { ModelDocument } from './document.ts'

const code = (text: string): string => `\`${text.replaceAll('`', "'")}\``

/** The steps in order, in Markdown; nothing where there are none. `here`: Descent does them, and what is joined is beside. */
export function shapeLines({ provenance: { recipe } }: ModelDocument, here: boolean): string[] {
  const { shape = [], joined = [] } = recipe.kind === 'table' ? recipe.data.source : {}
  if (shape.length === 0) return []
  const steps = shape.map((step, i) => {
    const sha256 = isJoin(step) ? joined.find(({ path }) => path === step.path)?.sha256 : undefined
    const kept =
      sha256 === undefined ? '' : `; the table is kept as ${code(joinedName(sha256))} in the model’s folder`
    const on = isJoin(step)
      ? `, found by ${step.on.map((said) => code(Object.values(pairOf(said)).join(' = '))).join(' and ')}`
      : ''
    const training = leavesOutRows(step) ? ' (of the rows that were trained on only)' : ''
    return `${i + 1}. ${code(toldOf(step))}${on}${kept}${training}`
  })
  return [
    '## Shape',
    '',
    here
      ? 'The table that was trained on went through these steps; `descent predict` takes new rows through them as well, but leaves none out:'
      : 'The table that was trained on went through these steps. The model’s inputs are its columns after them: compute those that a file does not have by the same expressions (SQL, as DuckDB has it) before they are given to the model.',
    '',
    ...steps,
    '',
  ]
}

/** By the name of a column: the expression that it is computed by. For programs. */
export function expressionsOf({ provenance: { recipe } }: ModelDocument): ReadonlyMap<string, string> {
  const shape = recipe.kind === 'table' ? (recipe.data.source.shape ?? []) : []
  return new Map(shape.flatMap((step) => ('expression' in step ? [[step.as, step.expression] as const] : [])))
}
