/** Shapes along a document's edges, and what is wrong with it, node by node; nothing is computed. */
import { noGrad, openDevice, tensor, withDevice, type Device, type Tensor } from '../../../engine/index.ts'
import {
  graphProblems,
  isLayer,
  orderOf,
  type NetworkDocument,
  type NetworkInput,
  type NetworkNode,
  type NetworkProblem,
} from '../../contract/index.ts'
import { functionOf, type FlowValue } from './functions.ts'
import { shapeOfInput } from './input.ts'
import { callLayer, inputsOfNode, makeLayer } from './layers.ts'

/** Its weights are never read, so the slowest will do; it needs no memory of a GPU. */
let paper: Promise<Device> | null = null
/** `body` on a device on which nothing is computed. */
export async function onPaper<R>(body: () => R): Promise<R> {
  paper ??= openDevice('reference')
  return withDevice(await paper, body)
}

/** An input of so many examples, on the current device; all zeros. */
export function blankInput(input: NetworkInput, rows: number): Tensor {
  const shape = [rows, ...shapeOfInput(input)]
  const count = shape.reduce((product, extent) => product * extent, 1)
  const whole = input.kind === 'tokens' || input.kind === 'codes'
  return tensor(whole ? new Int32Array(count) : new Float32Array(count), { shape })
}

/** Options that say how wide an input has to be: of which dimension, and what that counts. */
const widths: Readonly<Record<string, readonly [dim: number, word: string]>> = {
  inFeatures: [-1, 'features'],
  inChannels: [1, 'channels'],
  numFeatures: [1, 'channels'],
  inputSize: [-1, 'features'],
  dModel: [-1, 'features'],
}

function misfit({ id, options }: NetworkNode, x: readonly Tensor[]): string | null {
  for (const [option, [dim, word]] of Object.entries(widths)) {
    const [wanted, given] = [options[option], x[0]?.shape.at(dim)]
    if (typeof wanted === 'number' && given !== undefined && given !== wanted)
      return `${id} gets ${given} ${word} and wants ${wanted}.`
  }
  return null
}

function countProblem(node: NetworkNode): string | null {
  const [least, most] = inputsOfNode(node)
  const given = node.inputs.length
  if (given >= least && given <= most) return null
  const wanted = least === most ? String(least) : `${least} to ${most === Infinity ? 'any number' : most}`
  return `${node.id} gets ${given} tensors and wants ${wanted}.`
}

type Apply = (x: readonly Tensor[]) => Tensor

function applyOf(node: NetworkNode): Apply {
  if (!isLayer(node)) return functionOf(node.op, node.options).call
  const module = makeLayer(node).eval()
  return (x) => callLayer(node.layer, module, x)
}

interface Walk {
  readonly values: ReadonlyMap<string, Tensor>
  readonly problems: readonly NetworkProblem[]
}

/** One example through all nodes; behind a node that has a problem there is nothing. */
function walk(document: NetworkDocument): Walk {
  const values = new Map(document.inputs.map((input) => [input.name, blankInput(input, 1)]))
  const problems: NetworkProblem[] = []
  const { order } = orderOf(document)
  for (const node of order) {
    const report = (message: string): void => void problems.push({ node: node.id, message })
    try {
      const apply = applyOf(node)
      const count = countProblem(node)
      if (count !== null) {
        report(count)
        continue
      }
      const x = node.inputs.flatMap((name) => values.get(name) ?? [])
      if (x.length < node.inputs.length) continue
      const wrong = misfit(node, x)
      if (wrong !== null) report(wrong)
      else
        values.set(
          node.id,
          noGrad(() => apply(x)),
        )
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      report(`${node.id}: ${text}`)
    }
  }
  return { values, problems }
}

/** Everything that is wrong with a document; what cannot be known because of something before it is not listed. */
export async function problemsOf(document: NetworkDocument): Promise<NetworkProblem[]> {
  const problems = graphProblems(document)
  if (problems.length > 0) return problems
  return onPaper(() => [...walk(document).problems])
}

/** What flows along each edge, by the name of the input or node that it comes from, for one example. Errors: the first problem's. */
export async function flowOf(document: NetworkDocument): Promise<ReadonlyMap<string, FlowValue>> {
  const [wrong] = await problemsOf(document)
  if (wrong) throw new Error(wrong.message)
  return onPaper(() => {
    const flow = [...walk(document).values].map(([name, { shape, dtype }]): [string, FlowValue] => [
      name,
      { name, shape, isFloat: dtype === 'float32' },
    ])
    return new Map(flow)
  })
}
