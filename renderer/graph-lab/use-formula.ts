/** An expression of the lab as a formula of a project. */
import { inlineFormula, insertedBehind, readFormula } from '../../electron/contract/index.ts'
import type { LabVariable, NetworkDocument, NetworkEdit } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'

const words = strings.graph.lab.useIn

export type Written = { readonly formula: string } | { readonly problem: string }

/**
 * With `tensor` called `name`, and every other variable as its number. `each`: whether a formula there is of single elements.
 */
export function writtenWith(
  source: string,
  variables: readonly LabVariable[],
  tensor: string,
  name: string,
  each: 'elements' | 'rows',
): Written {
  const others = variables.filter((variable) => variable.name !== tensor)
  const values = new Map<string, number>()
  for (const other of others) {
    if (typeof other.value !== 'number') return { problem: words.list(other.name) }
    values.set(other.name, other.value)
  }
  try {
    const formula = inlineFormula(source, values, new Map([[tensor, name]]))
    return { formula: readFormula(formula, [name], each).source }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

/** Before the layer that gives the output, where there is room for what is learned behind it; of a single layer behind it. */
export function withFormula(
  document: NetworkDocument,
  options: { readonly formula: string; readonly slope?: string },
): NetworkEdit {
  const last = document.nodes.find(({ id }) => id === document.output)
  const from = last?.inputs[0] ?? document.output
  return insertedBehind(document, from, { op: 'formula', options })
}
