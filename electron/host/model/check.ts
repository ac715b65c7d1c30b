/** Shapes along a document's edges, and what is wrong with it, node by node; nothing is computed. */
import {
  noGrad,
  openDevice,
  tensor,
  withDevice,
  type Device,
  type nn,
  type Tensor,
} from '../../../engine/index.ts'
import {
  graphProblems,
  inputWidths,
  isLayer,
  orderOf,
  plural,
  unreadBehind,
  type NetworkDocument,
  type NetworkInput,
  type NetworkNode,
  type NetworkProblem,
} from '../../contract/index.ts'
import { functionOf, type FlowValue } from './functions.ts'
import { shapeOfInput } from './input.ts'
import { callLayer, inputsOfNode, sketchLayer } from './layers.ts'

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

type Found = Omit<NetworkProblem, 'node'>

function misfit({ id, options }: NetworkNode, x: readonly Tensor[]): Found | null {
  for (const [option, [dim, word]] of Object.entries(inputWidths)) {
    const [wanted, given] = [options[option], x[0]?.shape.at(dim)]
    if (typeof wanted === 'number' && given !== undefined && given !== wanted)
      return {
        message: `${id} gets ${plural(given, word)} and wants ${wanted}.`,
        fix: { option, value: given },
      }
  }
  return null
}

/** How many categories or words there are in each column of an input. */
function codesIn(input: NetworkInput): readonly number[] {
  if (input.kind === 'codes') return input.sizes
  return input.kind === 'tokens' ? [input.vocabulary] : []
}

/** And in what `select` takes out of these; of other functions nobody knows. */
function codesBehind(node: NetworkNode, codes: readonly number[]): readonly number[] {
  const { index } = node.options
  return !isLayer(node) && node.op === 'select' && typeof index === 'number' ? [codes.at(index) ?? 0] : []
}

/** A vector that is not there is read as whatever lies behind the others, and nobody would notice. */
function lacking({ id, options }: NetworkNode, codes: readonly number[]): Found | null {
  const [had, wanted] = [options['numEmbeddings'], Math.max(0, ...codes)]
  return typeof had === 'number' && had < wanted
    ? {
        message: `${id} has ${had} vectors and gets ${wanted} words or categories, each of which needs one.`,
        fix: { option: 'numEmbeddings', value: wanted },
      }
    : null
}

function countProblem(node: NetworkNode): Found | null {
  const [least, most] = inputsOfNode(node)
  const given = node.inputs.length
  if (given >= least && given <= most) return null
  const wanted = least === most ? String(least) : `${least} to ${most === Infinity ? 'any number' : most}`
  return { message: `${node.id} gets ${given} tensors and wants ${wanted}.` }
}

type Apply = (x: readonly Tensor[]) => Tensor

/** What an example met on its way: of layers the module, of functions none. */
export interface Visit {
  readonly module: nn.AnyModule | null
  readonly apply: Apply
  readonly x: readonly Tensor[]
}

function openNode(node: NetworkNode): Pick<Visit, 'module' | 'apply'> {
  if (!isLayer(node)) return { module: null, apply: functionOf(node.op, node.options).call }
  const module = sketchLayer(node).eval()
  return { module, apply: (x) => callLayer(node.layer, module, x) }
}

interface Walk {
  readonly values: ReadonlyMap<string, Tensor>
  /** By the nodes' ids; `values` lacks those that failed. */
  readonly visits: ReadonlyMap<string, Visit>
  readonly problems: readonly NetworkProblem[]
}

/**
 * One example through all nodes, on the current device; behind a node that has a problem there is nothing. Of what the output
 * does not need only a layer that cannot be made is a problem.
 */
export function walk(document: NetworkDocument): Walk {
  const values = new Map(document.inputs.map((input) => [input.name, blankInput(input, 1)]))
  const codes = new Map(document.inputs.map((input) => [input.name, codesIn(input)]))
  const visits = new Map<string, Visit>()
  const problems: NetworkProblem[] = []
  const { order } = orderOf(document)
  const needed = new Set(order)
  for (const node of [...order, ...unreadBehind(document, order)]) {
    const { id, inputs } = node
    const said = (found: Found): void => void problems.push({ node: id, ...found })
    try {
      const opened = openNode(node)
      const x = inputs.flatMap((name) => values.get(name) ?? [])
      visits.set(id, { ...opened, x })
      const count = countProblem(node)
      if (count === null && x.length < inputs.length) continue
      const held = codes.get(inputs[0]!) ?? []
      const wrong = count ?? misfit(node, x) ?? lacking(node, held)
      if (wrong !== null) {
        if (needed.has(node)) said(wrong)
      } else
        values.set(
          id,
          noGrad(() => opened.apply(x)),
        )
      codes.set(id, codesBehind(node, held))
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      if (needed.has(node) || (isLayer(node) && !visits.has(id))) said({ message: `${id}: ${text}` })
    }
  }
  return { values, visits, problems }
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
