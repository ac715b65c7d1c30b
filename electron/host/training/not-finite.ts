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

/** The first value in the order of computing that is not finite, though all it was computed from was; null: there is none. */
export async function firstNotFinite(
  { graph, given }: StepGraph,
  rows: Int32Array,
  step: number,
): Promise<NotFiniteCause | null> {
  const none = { step, op: null, layer: null, parameter: null, input: null, example: null }
  /** The example that the value at this place belongs to, where the first dimension is the batch's. */
  const exampleOf = ({ shape }: Tensor, at: number): number | null => {
    const [first, ...others] = shape
    if (first !== rows.length) return null
    return rows[Math.floor(at / others.reduce((product, extent) => product * extent, 1))] ?? null
  }
  for (const [input, value] of given) {
    const at = await firstBroken(value)
    if (at >= 0) return { ...none, input, example: exampleOf(value, at) }
  }
  for (const { name, tensor } of graph.parameters)
    if ((await firstBroken(tensor)) >= 0) return { ...none, parameter: shortName(name ?? '') }
  for (const { op, module, outputs } of graph.nodes)
    for (const { tensor } of outputs) {
      const at = await firstBroken(tensor)
      if (at < 0) continue
      const layer = module === 'network' || module === '' ? null : shortName(module)
      return { ...none, op, layer, example: exampleOf(tensor, at) }
    }
  return null
}

/** Where the first value is that is not finite; -1: all are. */
async function firstBroken(value: Tensor): Promise<number> {
  if (value.dtype !== 'float32' && value.dtype !== 'float16') return -1
  return (await value.data()).findIndex((x: number) => !Number.isFinite(x))
}

/** The network stands beside the loss in what is traced. */
const shortName = (name: string): string => name.replace(/^network\./, '')
