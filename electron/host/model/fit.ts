/**
 * Whether a network fits the data and the task, which its document alone does not say. A template follows the data; layers
 * that were changed by hand stay as they are, so what changed under them is found here, before anything is trained.
 */
import {
  DescentError,
  graphProblems,
  isCustom,
  isLayer,
  type NetworkDocument,
  type NetworkInput,
  type NetworkProblem,
} from '../../contract/index.ts'
import { documentOf, type NetworkSpec } from './build.ts'
import { onPaper, walk } from './check.ts'
import { headed } from './mends.ts'

const wayBack =
  'Go back to the template, which takes what there is, or undo what was changed in Data or Prepare.'

/** What the data gives now, beside what it gave when the layers were written. */
function inputProblems(
  { inputs: before, nodes }: NetworkDocument,
  now: readonly NetworkInput[],
): NetworkProblem[] {
  const gone = before.filter(({ name }) => !now.some((input) => input.name === name))
  return [
    ...gone.flatMap(({ name }) =>
      nodes
        .filter(({ inputs }) => inputs.includes(name))
        .map(({ id }) => ({
          node: id,
          message: `${id} reads “${name}”, which the data does not give any more. ${wayBack}`,
        })),
    ),
    ...now.flatMap((input): NetworkProblem[] => {
      const known = before.find(({ name }) => name === input.name)
      if (!known)
        return [{ node: null, message: `The data gives “${input.name}”, which no layer reads. ${wayBack}` }]
      // Columns of codes are taken out one by one: one more would be left out without a word.
      if (known.kind !== 'codes' || input.kind !== 'codes' || known.sizes.length === input.sizes.length)
        return []
      const message = `The data gives ${input.sizes.length} embedded columns, and the layers were written for ${known.sizes.length}. ${wayBack}`
      return [{ node: null, message }]
    }),
  ]
}

const extents = (shape: readonly number[]): string => (shape.length === 0 ? '1' : shape.join(' × '))

/** The loss compares as many numbers as the task has outputs. */
function outputProblems(
  document: NetworkDocument,
  shape: readonly number[],
  outputs: number,
): NetworkProblem[] {
  const { nodes, output: id } = document
  const [, ...given] = shape
  const node = nodes.find((one) => one.id === id)
  if (given.length === 1 && given[0] === outputs) return []
  const says = `${id} gives ${extents(given)} numbers for each example, and the target takes ${outputs}`
  const isLinear =
    given.length === 1 &&
    node !== undefined &&
    isLayer(node) &&
    typeof node.options['outFeatures'] === 'number'
  const mend = isLinear ? null : headed(document, shape, outputs)
  return [
    {
      node: node?.id ?? null,
      message: isLinear ? `${says}.` : `${says}: end with ${given.length > 1 ? 'Flatten and ' : ''}Linear.`,
      ...(isLinear ? { fix: { option: 'outFeatures', value: outputs } } : {}),
      ...(mend ? { mend } : {}),
    },
  ]
}

/** Everything that stands against training this network on this data. Errors: for a template that is not for this data. */
export async function problemsWith(spec: NetworkSpec): Promise<NetworkProblem[]> {
  const { model, inputs, outputs } = spec
  const document = documentOf(spec)
  const before = isCustom(model) ? model.document : document
  if (before.nodes.length === 0)
    return [{ node: null, message: 'There are no layers: choose a template, and change what it draws.' }]
  const graph = graphProblems(before)
  if (graph.length > 0) return graph
  const missing = inputProblems(before, inputs)
  if (missing.length > 0) return missing
  return await onPaper(() => {
    const { values, problems } = walk(document)
    const { shape } = values.get(document.output) ?? {}
    return shape && problems.length === 0 ? outputProblems(document, shape, outputs) : [...problems]
  })
}

/** Errors: a DescentError that says which layer does not fit, and what to do. */
export async function requireFitting(spec: NetworkSpec): Promise<void> {
  const [problem] = await problemsWith(spec)
  if (!problem) return
  const { node, message, fix, mend } = problem
  if (!isCustom(spec.model)) {
    const advice = 'Choose another network, or other settings of it, in Model.'
    throw new DescentError('badRecipe', `${message} ${advice}`, 'model')
  }
  const place = node === null ? 'model.document' : `model.document.nodes.${node}`
  const advice = fix
    ? ` Set its ${fix.option} to ${fix.value} in Model (${place}.options.${fix.option}).`
    : mend
      ? ` Model offers what mends it: “${mend.label}”.`
      : ''
  throw new DescentError('badRecipe', `${message}${advice}`, place)
}
