/** An expression as a graph: what it is made of, op by op, with values and derivatives. */
import {
  exactTensor,
  openDevice,
  trace,
  withDevice,
  type GraphValue,
  type OpGraph,
  type Tensor,
} from '../../../../engine/index.ts'
import {
  DescentError,
  ExpressionError,
  freeNames,
  parseFormula,
  type Line,
  type LabAnswer,
  type LabProblem,
  type LabProgram,
} from '../../../contract/index.ts'
import { openGraph, type OpenGraph } from '../describe.ts'
import { Evaluation } from '../../formulas/compute.ts'

/** In float64 from the leaves on, on a device of its own: small, exact, and nobody waits for it. */
const device = openDevice('reference')

async function opened({ source, variables }: LabProgram, lines: readonly Line[]): Promise<OpenGraph> {
  const last = lines.at(-1)!
  const free = freeNames(lines)
  return withDevice(await device, () => {
    const leaves = new Map(
      free.map((name) => {
        const value = variables.find((one) => one.name === name)?.value ?? 1
        return [name, exactTensor(value, { requiresGrad: true })] as const
      }),
    )
    const evaluation = new Evaluation(source, { variables: leaves, constant: exactTensor, along: 'whole' })
    const graph = trace(
      () => lines.reduce<Tensor | null>((_, line) => evaluation.line(line), null),
      [...leaves.values()],
    )
    const result = graph.outputs[0]!
    const elements = result.tensor.numel()
    if (elements !== 1)
      throw new ExpressionError(
        `The last line gives ${elements} numbers, and derivatives are of one.`,
        last.start,
        last.end,
        `sum(${source.slice(last.value.start, last.value.end)})`,
      )
    return openNamed(graph, evaluation, leaves)
  })
}

function openNamed(graph: OpGraph, evaluation: Evaluation, leaves: ReadonlyMap<string, Tensor>): OpenGraph {
  const names = new Map<GraphValue['tensor']['node'], string>()
  for (const [value, text] of evaluation.texts) names.set(value.node, text)
  for (const [name, leaf] of leaves) names.set(leaf.node, name)
  return openGraph(graph, graph.outputs[0]!, {
    value: (value) => names.get(value.tensor.node) ?? null,
    module: () => ({ module: '', type: '' }),
  })
}

const problemOf = (error: unknown): LabProblem => {
  if (error instanceof ExpressionError)
    return { message: error.message, suggestion: error.suggestion, start: error.start, end: error.end }
  if (!(error instanceof Error)) throw error
  return { message: error.message, suggestion: null, start: null, end: null }
}

/** Bad input is an answer, not an error: whoever types is told while typing. */
export async function evaluateProgram(program: LabProgram): Promise<LabAnswer> {
  let free: string[] = []
  try {
    const lines = parseFormula(program.source)
    free = freeNames(lines)
    if (lines.length === 0) return { free, problem: null, graph: null }
    return { free, problem: null, graph: await (await opened(program, lines)).describe() }
  } catch (error) {
    return { free, problem: problemOf(error), graph: null }
  }
}

/** The same graph once more, for what is asked of it. Errors: a DescentError for what is no expression. */
export async function openProgram(program: LabProgram): Promise<OpenGraph> {
  try {
    const lines = parseFormula(program.source)
    if (lines.length > 0) return await opened(program, lines)
  } catch (error) {
    if (error instanceof ExpressionError) throw new DescentError('badRequest', error.message, 'source')
    throw error
  }
  throw new DescentError('badRequest', 'There is no expression yet.', 'source')
}
