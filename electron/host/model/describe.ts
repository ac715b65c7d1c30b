/** What a network looks like, node by node of its document, from one example; nothing is computed. */
import { activationsOf, cat, countsOf, noGrad, trace, type Tensor } from '../../../engine/index.ts'
import {
  isLayer,
  isWritten,
  losses,
  memberOf,
  neededBy,
  type Loss,
  type ModelSummary,
  type NetworkDocument,
} from '../../contract/index.ts'
import { lossFunctionOf } from '../training/losses.ts'
import { documentOf, type NetworkSpec } from './build.ts'
import { blankInput, onPaper, walk, withShortChains } from './check.ts'
import { problemsWith } from './fit.ts'
import { sketchOf } from './module.ts'
import { sourceOf } from './python.ts'

type Layer = ModelSummary['layers'][number]

const batched = ({ shape }: Tensor): Layer['inputShape'] => ['N', ...shape.slice(1)]

/** In the document's order; what the output does not need costs nothing. Of what lies behind a node that has a problem there are no shapes, but its own weights. */
function layersOf(document: NetworkDocument): Layer[] {
  const { values, visits } = walk(document)
  const needed = neededBy(document)
  return document.nodes.map((node) => {
    const [visit, to] = [visits.get(node.id), values.get(node.id)]
    const [from] = visit?.x ?? []
    return {
      name: node.id,
      type: isLayer(node) ? node.layer : node.op,
      inputShape: from ? batched(from) : null,
      outputShape: to ? batched(to) : null,
      parameters: visit?.module?.parameters().reduce((sum, p) => sum + p.numel(), 0) ?? 0,
      multiplyAdds:
        visit && to && needed.has(node.id)
          ? noGrad(() => countsOf(trace((...x) => visit.apply(x), visit.x)).multiplyAdds)
          : 0,
    }
  })
}

/** Bytes that a step keeps of one example for the way back. */
function activationBytes(document: NetworkDocument): number {
  const network = sketchOf(document)
  const example = document.inputs.map((input) => blankInput(input, 1))
  const kept = (inputs: readonly Tensor[]): number => activationsOf(network, [...inputs]).bytes
  // What is kept once for any number of examples, such as the scales of a batch norm, is no part of one of them.
  return kept(example.map((input) => cat([input, input]))) - kept(example)
}

/** What a network costs, as far as its layers fit. On the current device. */
export interface Cost {
  readonly parameters: number
  readonly multiplyAdds: number
}
export function costOf(document: NetworkDocument): Cost {
  withShortChains()
  const layers = layersOf(document)
  return { parameters: sumOf(layers, 'parameters'), multiplyAdds: sumOf(layers, 'multiplyAdds') }
}

const floatBytes = 4
const sumOf = (layers: readonly Layer[], count: 'parameters' | 'multiplyAdds'): number =>
  layers.reduce((sum, layer) => sum + layer[count], 0)

/**
 * Also of a network that does not fit: with its problems, and without what nobody can know then. `choices`: among how many
 * answers each prediction is made.
 */
export async function describeNetwork(
  spec: NetworkSpec,
  loss: Loss,
  choices: number,
): Promise<Omit<ModelSummary, 'facts'>> {
  const document = documentOf(spec)
  const problems = await problemsWith(spec)
  const works = problems.length === 0
  const layers = await onPaper(() => layersOf(document))
  const parameters = sumOf(layers, 'parameters')
  return {
    layers,
    problems,
    parameters,
    multiplyAdds: sumOf(layers, 'multiplyAdds'),
    bytes: floatBytes * parameters,
    ...(works ? { activationBytes: await onPaper(() => activationBytes(document)) } : {}),
    // What somebody wrote may be no number there, such as log(error).
    expectedInitialLoss: isWritten(loss) ? null : lossFunctionOf(loss).atStart(choices),
    loss: memberOf(losses, loss.name).label,
    document,
    source: works ? await sourceOf(document) : null,
  }
}
