/** Shapes along a document's edges, and what is wrong with it, node by node; nothing is computed. */
import {
  noGrad,
  openDevice,
  setRngState,
  tensor,
  withDevice,
  zeros,
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
  type LayerNode,
  unreadBehind,
  type NetworkDocument,
  type NetworkInput,
  type NetworkMend,
  type NetworkNode,
  type NetworkProblem,
} from '../../contract/index.ts'
import { functionOf, type FlowValue } from './functions.ts'
import { shapeOfInput } from './input.ts'
import { callLayer, inputsOfNode, sketchLayer } from './layers.ts'
import { exchanged, flattened, joinedBefore, matched, siblingsOf } from './mends.ts'

/** Its weights are never read, so the slowest will do; it needs no memory of a GPU. */
let paper: Promise<Device> | null = null
/** `body` on a device on which nothing is computed. */
export async function onPaper<R>(body: () => R): Promise<R> {
  paper ??= openDevice('reference')
  const device = await paper
  return withDevice(device, () => {
    withShortChains()
    return body()
  })
}

/**
 * First weights that nobody computes wait for the draws before them; after a thousand the engine would compute them, and all
 * that hangs on them. Whoever makes many networks in one body on paper says so before each.
 */
export const withShortChains = (): void => setRngState([0, 0])

/** An input of so many examples, on the current device; all zeros. */
export function blankInput(input: NetworkInput, rows: number): Tensor {
  const shape = [rows, ...shapeOfInput(input)]
  const count = shape.reduce((product, extent) => product * extent, 1)
  const whole = input.kind === 'tokens' || input.kind === 'codes'
  return tensor(whole ? new Int32Array(count) : new Float32Array(count), { shape })
}

/**
 * What stands for a value, of the same shape and type: it hangs on nothing, so that values of deep networks are no chain which
 * the engine would compute at its thousandth link.
 */
const blankOf = ({ shape, dtype }: Tensor): Tensor => zeros(shape, { dtype })

/** With the one that may be a list of several. */
const widths: typeof inputWidths = { ...inputWidths, normalizedShape: [-1, 'feature'] }

type Found = Omit<NetworkProblem, 'node'>

function misfit(document: NetworkDocument, node: NetworkNode, x: readonly Tensor[]): Found | null {
  const { id, options } = node
  const [wanted, shape] = [options['inFeatures'], x[0]?.shape ?? []]
  if (typeof wanted === 'number' && shape.length === 4 && shape[3] !== wanted)
    return {
      message: `${id} gets a grid of ${shape.slice(1).join(' × ')} numbers and wants a row of ${wanted}.`,
      mend: flattened(document, node, shape),
    }
  for (const [option, [dim, word]] of Object.entries(widths)) {
    const [set, given] = [options[option], x[0]?.shape.at(dim)]
    const wanted: unknown = Array.isArray(set) && set.length === 1 ? set[0] : set
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

function countProblem(document: NetworkDocument, node: NetworkNode): Found | null {
  const [least, most] = inputsOfNode(node)
  const given = node.inputs.length
  if (given >= least && given <= most) return null
  const wanted = least === most ? String(least) : `${least} to ${most === Infinity ? 'any number' : most}`
  return {
    message: `${node.id} gets ${given} tensors and wants ${wanted}.`,
    ...(most === 1 && isLayer(node) ? { mend: joinedBefore(document, node) } : {}),
  }
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
  /** As it was walked: mended where that was asked for. */
  readonly document: NetworkDocument
  readonly values: ReadonlyMap<string, Tensor>
  /** By the nodes' ids; `values` lacks those that failed. */
  readonly visits: ReadonlyMap<string, Visit>
  readonly problems: readonly NetworkProblem[]
}

/** What an error says that a layer or function throws, and what would mend it. */
function thrown(
  document: NetworkDocument,
  node: NetworkNode,
  { x, opened }: Pick<Visit, 'x'> & { readonly opened: boolean },
  error: unknown,
): Found {
  const message = `${node.id}: ${error instanceof Error ? error.message : String(error)}`
  // What is wrong with its own options, no other layer mends.
  if (!opened) return { message }
  const mend = isLayer(node) ? sibling(node, x) : matched(document, node, x)
  return { message, ...(mend ? { mend } : {}) }
}

function sibling(node: LayerNode, x: readonly Tensor[]): NetworkMend | null {
  const found = siblingsOf(node).find((layer) => {
    try {
      const { apply } = openNode({ ...node, layer })
      return noGrad(() => apply(x)).shape.length === x[0]?.shape.length
    } catch {
      return false
    }
  })
  return found === undefined ? null : exchanged(node, found)
}

/** With the option that a problem names, or the nodes whose options alone it changes; null: that would not do. */
function byOptions(document: NetworkDocument, node: NetworkNode, { fix, mend }: Found): NetworkNode[] | null {
  if (fix) return [{ ...node, options: { ...node.options, [fix.option]: fix.value } }]
  const known = new Set(document.nodes.map(({ id }) => id))
  return mend?.output === undefined && mend?.nodes.every(({ id }) => known.has(id)) ? mend.nodes : null
}

/** Mending an option of a node can show the next one's. */
const mostMends = 4

/**
 * One example through all nodes, on the current device; behind a node that has a problem there is nothing. `mending`: what
 * other options would mend is mended on the way, so that what follows from a width is carried to the end. Of what the output does
 * not need only a layer that cannot be made is a problem.
 */
export function walk(given: NetworkDocument, mending = false): Walk {
  const document = { ...given, nodes: [...given.nodes] }
  const values = new Map(document.inputs.map((input) => [input.name, blankInput(input, 1)]))
  const codes = new Map(document.inputs.map((input) => [input.name, codesIn(input)]))
  const visits = new Map<string, Visit>()
  const problems: NetworkProblem[] = []
  /** What is wrong with the node; null: its value is there. Undefined: it waits for one that is not. */
  function visit(node: NetworkNode): Found | null | undefined {
    const { id, inputs } = node
    const x = inputs.flatMap((name) => values.get(name) ?? [])
    withShortChains()
    try {
      const opened = openNode(node)
      visits.set(id, { ...opened, x })
      const count = countProblem(document, node)
      if (count === null && x.length < inputs.length) return undefined
      const held = codes.get(inputs[0]!) ?? []
      codes.set(id, codesBehind(node, held))
      const wrong = count ?? misfit(document, node, x) ?? lacking(node, held)
      if (wrong !== null) return wrong
      values.set(
        id,
        noGrad(() => blankOf(opened.apply(x))),
      )
      return null
    } catch (error) {
      return thrown(document, node, { x, opened: visits.has(id) }, error)
    }
  }
  const put = (node: NetworkNode): void => {
    document.nodes[document.nodes.findIndex(({ id }) => id === node.id)] = node
  }
  const { order } = orderOf(document)
  const needed = new Set(order.map(({ id }) => id))
  for (const one of [...order, ...unreadBehind(document, order)]) {
    let [node, found] = [one, visit(one)]
    const isNeeded = needed.has(one.id)
    for (let tries = 0; mending && found && tries < mostMends; tries++) {
      const mended = byOptions(document, node, found)
      if (mended === null) break
      // For what nothing reads, what is read stays as it is.
      if (!isNeeded && mended.some(({ id }) => needed.has(id))) break
      for (const other of mended) {
        put(other)
        if (other.id !== one.id && visit(other)) break
      }
      node = document.nodes.find(({ id }) => id === one.id)!
      found = visit(node)
    }
    if (found && (isNeeded || (isLayer(one) && !visits.has(one.id))))
      problems.push({ node: one.id, ...found })
  }
  return { document, values, visits, problems }
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
