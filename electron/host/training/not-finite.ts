/** A value that is infinite or not a number ends a training: what made it is found by doing the last steps once more, op by op. */
import type { OpGraph, Tensor } from '../../../engine/index.ts'
import { DescentError, formatCount, type NotFiniteCause } from '../../contract/index.ts'

const became = 'became infinite or not a number'

export const saysNotFinite = (error: string | null): boolean => error?.includes(became) ?? false

/** The error that a stored run is told by. `cause`: null where it could not be found. */
export const notFinite = (
  what: string,
  epoch: number,
  step: number,
  rate: number,
  cause: NotFiniteCause | null = null,
): DescentError =>
  new DescentError(
    'trainingFailed',
    `${what} ${became} in epoch ${epoch}, by step ${step} (learning rate ${rate.toPrecision(2)}). ` +
      (cause === null ? '' : `${sentenceOf(cause)} `) +
      'Lower the learning rate, scale the inputs (Prepare), or make the network smaller, then train again.',
    'training.optimizer.learningRate',
  )

/** Where it began, for people. */
export function sentenceOf({ op, layer, parameter, input, example }: NotFiniteCause): string {
  const whose = example === null ? '' : `, for training example ${formatCount(example + 1)}`
  if (parameter !== null) return `The step before had made “${parameter}” not finite.`
  if (input !== null) return `The input “${input}” is not finite itself${whose}.`
  return `The first such value came from ${op ?? 'an operation'}${layer === null ? '' : ` in “${layer}”`}${whose}.`
}

/** One step op by op, for the batch of these rows. */
export interface StepGraph {
  readonly graph: OpGraph
  /** What went in, by name: the tensors of the examples, and the target. */
  readonly given: readonly (readonly [name: string, value: Tensor])[]
}

/** A value with numbers that are not finite. `lowest`: all of them are −Infinity, as what masks hide is. */
interface Broken {
  readonly at: number
  readonly lowest: boolean
}

/**
 * Where the loss stopped being finite: back from it along values that are not finite, to the operation that made such a one of
 * finite values. A mask’s −Infinity is meant, until an operation makes something else of it. null: the loss is finite.
 */
export async function firstNotFinite(
  { graph, given }: StepGraph,
  rows: Int32Array,
  step: number,
): Promise<NotFiniteCause | null> {
  const none = { step, op: null, layer: null, parameter: null, input: null, example: null }
  /** The example that an element belongs to, where the first dimension is the batch's. */
  const exampleOf = ({ shape }: Tensor, at: number): number | null => {
    const [first, ...others] = shape
    if (first !== rows.length) return null
    return rows[Math.floor(at / others.reduce((product, extent) => product * extent, 1))] ?? null
  }
  for (const [input, value] of given) {
    const broken = await brokenIn(value)
    if (broken) return { ...none, input, example: exampleOf(value, broken.at) }
  }
  for (const { name, tensor } of graph.parameters)
    if (await brokenIn(tensor)) return { ...none, parameter: shortName(name ?? '') }

  const known = new Map<number, Broken | null>()
  const brokenValue = async ({ id, tensor }: GraphValue): Promise<Broken | null> => {
    if (!known.has(id)) known.set(id, await brokenIn(tensor))
    return known.get(id)!
  }
  const fromData = valuesOfData(graph)
  let [value] = graph.outputs
  for (;;) {
    const broken = value === undefined ? null : await brokenValue(value)
    if (value === undefined || broken === null || value.producer === null) return null
    const { inputs, op, module } = value.producer
    let [worse, lowest]: (GraphValue | null)[] = [null, null]
    for (const input of inputs) {
      const found = input.producer === null ? null : await brokenValue(input)
      if (found === null) continue
      if (found.lowest) lowest ??= input
      else worse ??= input
    }
    const before = worse ?? (broken.lowest ? lowest : null)
    if (before === null) {
      const layer = module === 'network' || module === '' ? null : shortName(module)
      const example = fromData.has(value.id) ? exampleOf(value.tensor, broken.at) : null
      return { ...none, op, layer, example }
    }
    value = before
  }
}

type GraphValue = OpGraph['values'][number]

/** Values that were computed from the examples: of others, no element belongs to one of these. */
function valuesOfData({ nodes, inputs }: OpGraph): Set<number> {
  const found = new Set(inputs.map(({ id }) => id))
  for (const node of nodes)
    if (node.inputs.some(({ id }) => found.has(id))) for (const { id } of node.outputs) found.add(id)
  return found
}

/** The worst there is; null: all are finite. */
async function brokenIn(value: Tensor): Promise<Broken | null> {
  if (value.dtype !== 'float32' && value.dtype !== 'float16') return null
  const numbers = await value.data()
  const at = numbers.findIndex((x: number) => !Number.isFinite(x) && x !== -Infinity)
  if (at >= 0) return { at, lowest: false }
  const low = numbers.indexOf(-Infinity)
  return low < 0 ? null : { at: low, lowest: true }
}

/** The network stands beside the loss in what is traced. */
const shortName = (name: string): string => name.replace(/^network\./, '')
