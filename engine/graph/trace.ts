/**
 * The op graph as data: what a model computes for one example, op by op, with shapes, the module each op belongs to, and
 * where every value comes from. Summaries, counts, drawings and exports read it.
 */
import { Module, type AnyModule } from '../nn/module.ts'
import { withModuleScopes } from '../nn/scopes.ts'
import { refuseSurplus } from '../tensor/arguments.ts'
import { grad } from '../tensor/autograd.ts'
import { isFloating, type DType } from '../tensor/dtype.ts'
import { enableGrad, isGradEnabled } from '../tensor/grad-mode.ts'
import type { LazyNode } from '../tensor/graph.ts'
import type { Op } from '../ops/define.ts'
import { currentScope } from '../tensor/scope.ts'
import { formatShape, type Shape } from '../tensor/shape.ts'
import { tensor } from '../tensor/creation.ts'
import { applyAll, startRecording, Tensor } from '../tensor/tensor.ts'

export type ValueKind = 'input' | 'parameter' | 'buffer' | 'constant' | 'computed'

/** One value that flows through the graph. */
export interface GraphValue {
  readonly id: number
  readonly kind: ValueKind
  /** Of a parameter or buffer its name in the model, of an input `input` and its number; else null. */
  readonly name: string | null
  readonly shape: Shape
  readonly dtype: DType
  /** The value itself, as it was: read it with `data()`. */
  readonly tensor: Tensor
  /** What computed it; null for what was there before. */
  readonly producer: GraphNode | null
}

/** One op. */
export interface GraphNode {
  readonly id: number
  /** PyTorch's name, in camelCase. */
  readonly op: string
  readonly attrs: Readonly<Record<string, unknown>>
  readonly inputs: readonly GraphValue[]
  readonly outputs: readonly GraphValue[]
  /** Dotted name of the module whose forward it ran in; '' for the model itself, and outside of modules. */
  readonly module: string
  /** That module's class; '' outside of modules. */
  readonly moduleType: string
  /** Multiplications, each with an addition, of the products it is made of; 0 where it has none. */
  readonly multiplyAdds: number
  /** Of each input, whether gradients flow back to it here: not where it was detached, or nothing was recorded. */
  readonly tracked: readonly boolean[]
}

/** One run of a module's forward, with the tensors that went in and came out. */
export interface GraphModule {
  readonly name: string
  readonly type: string
  readonly inputs: readonly GraphValue[]
  readonly outputs: readonly GraphValue[]
}

/** A direct computation of one value from another. */
export interface GraphEdge {
  readonly from: GraphValue
  readonly to: GraphValue
  readonly node: GraphNode
}

/** What a function computes, as a graph: its operations, values and modules. */
export class OpGraph {
  readonly nodes: readonly GraphNode[]
  /** Inputs, parameters, buffers and constants as they were met, then what was computed from them. */
  readonly values: readonly GraphValue[]
  readonly inputs: readonly GraphValue[]
  readonly outputs: readonly GraphValue[]
  /** In the order in which they were done: those inside before the one around them. */
  readonly modules: readonly GraphModule[]
  readonly #ops: ReadonlyMap<GraphNode, { readonly op: Op; readonly attrs: unknown }>
  readonly #differentiable: ReadonlyMap<GraphValue, Tensor>

  constructor(
    nodes: ReadonlyMap<GraphNode, { readonly op: Op; readonly attrs: unknown }>,
    differentiable: ReadonlyMap<GraphValue, Tensor>,
    values: readonly GraphValue[],
    inputs: readonly GraphValue[],
    outputs: readonly GraphValue[],
    modules: readonly GraphModule[],
  ) {
    this.modules = modules
    this.nodes = [...nodes.keys()]
    this.values = values
    this.inputs = inputs
    this.outputs = outputs
    this.#ops = nodes
    this.#differentiable = differentiable
  }

  get parameters(): readonly GraphValue[] {
    return this.values.filter(({ kind }) => kind === 'parameter')
  }

  /** Every pair of values of which one is computed directly from the other. */
  get edges(): readonly GraphEdge[] {
    return this.nodes.flatMap((node) =>
      node.outputs.flatMap((to) => [...new Set(node.inputs)].map((from) => ({ from, to, node }))),
    )
  }

  /** The value of a tensor that took part. Errors: an Error for another. */
  valueOf(tensor: Tensor): GraphValue {
    const value = this.values.find((v) => v.tensor.node === tensor.node)
    if (!value) throw new Error(`A tensor of ${formatShape(tensor.shape)} takes no part in this graph.`)
    return value
  }

  /**
   * ∂to/∂from of one edge, of the shape of `from`: what the reversed edge of a computational graph stores. Where `to` has
   * several elements, the derivative of their sum. Zeros for what has no gradient.
   */
  localGradient(edge: GraphEdge): Tensor {
    return enableGrad(() => {
      const { variable, output } = this.#alone(edge)
      if (!output?.requiresGrad) return variable.zerosLike()
      const [slope] = grad(output, variable, { gradOutputs: output.onesLike(), allowUnused: true })
      return slope ?? variable.zerosLike()
    })
  }

  /**
   * The derivatives of every element of `to` with respect to one element of `from`, of the shape of `to`: a column of the
   * edge's Jacobian. Backward gives products with rows of it; these are linear in the gradient that comes in, and their
   * derivative with respect to it is the product with a column. null: it has none.
   * Source: https://j-towns.github.io/2017/06/12/A-new-trick.html
   */
  localColumn(edge: GraphEdge, element: number): Tensor | null {
    return enableGrad(() => {
      const { variable, output } = this.#alone(edge)
      if (!output?.requiresGrad) return null
      const arriving = output.detach().zerosLike()
      arriving.requiresGrad = true
      const [given] = grad(output, variable, {
        gradOutputs: arriving,
        createGraph: true,
        allowUnused: true,
      })
      if (!given?.requiresGrad) return null
      const chosen = new Float32Array(variable.numel())
      chosen[element] = 1
      const direction = tensor(chosen, { shape: [...variable.shape], device: variable.device })
      return grad(given, arriving, { gradOutputs: direction, allowUnused: true })[0] ?? null
    })
  }

  /** The op of an edge once more, with nothing before it: of `from` as a variable, everything else constant. */
  #alone({ from, to, node }: GraphEdge): { readonly variable: Tensor; readonly output: Tensor | null } {
    const { op, attrs } = this.#ops.get(node)!
    const variable = from.tensor.detach().clone().detach()
    if (!isFloating(variable.dtype)) return { variable, output: null }
    variable.requiresGrad = true
    // Of a value that was detached for one of its uses, only the others count.
    const free = node.inputs.map((value, i) => value === from && node.tracked[i])
    const varies = free.includes(true) ? free : node.inputs.map((value) => value === from)
    const inputs = node.inputs.map((value, i) => (varies[i] ? variable : value.tensor.detach()))
    return {
      variable,
      output: applyAll(op, inputs, attrs, variable.device)[node.outputs.indexOf(to)]!,
    }
  }

  /**
   * ∂of/∂value for every value that `of`, a single number, depends on: one backward through what was recorded.
   * Errors: an Error where `of` depends on nothing that requires grad, or is no single number.
   */
  gradients(of: GraphValue): ReadonlyMap<GraphValue, Tensor> {
    const root = this.#differentiable.get(of)
    if (!root)
      throw new Error(
        'What came out depends on nothing that requires grad, so there is nothing to go back to.',
      )
    const values = [...this.#differentiable]
    const slopes = grad(
      root,
      values.map(([, t]) => t),
      { retainGraph: true, allowUnused: true },
    )
    return new Map(values.flatMap(([value], i) => (slopes[i] ? [[value, slopes[i]] as const] : [])))
  }

  /** One line for each op, such as `%4 [2, 3] = linear(input 0, 0.weight, 0.bias)  # 0: Linear`. */
  toString(): string {
    const called = ({ id, name }: GraphValue): string => name ?? `%${id}`
    return this.nodes
      .map(({ op, inputs, outputs, module, moduleType }) => {
        const results = outputs.map((value) => `${called(value)} ${formatShape(value.shape)}`).join(', ')
        const where = moduleType === '' ? '' : `  # ${module === '' ? '' : `${module}: `}${moduleType}`
        return `${results} = ${op}(${inputs.map(called).join(', ')})${where}`
      })
      .join('\n')
  }
}

/** What is asked of a recording: values by the node that holds them, named where they are known. */
class Recording {
  readonly nodes = new Map<GraphNode, { readonly op: Op; readonly attrs: unknown }>()
  readonly values = new Map<LazyNode, GraphValue>()
  /** Those that gradients are recorded of, as autograd knows them. */
  readonly differentiable = new Map<GraphValue, Tensor>()

  add(tensor: Tensor, kind: ValueKind, name: string | null, producer: GraphNode | null): GraphValue {
    const known = this.values.get(tensor.node)
    if (known) return known
    const { shape, dtype } = tensor
    const id = this.values.size
    const value = { id, kind, name, shape, dtype, tensor: tensor.snapshot(), producer }
    this.values.set(tensor.node, value)
    if (tensor.requiresGrad) this.differentiable.set(value, tensor.saved())
    return value
  }

  record(op: Op, inputs: readonly Tensor[], attrs: unknown, outputs: readonly Tensor[]): void {
    const scope = currentScope()
    const results: GraphValue[] = []
    const node: GraphNode = {
      id: this.nodes.size,
      op: op.name,
      attrs: { ...(attrs as Record<string, unknown> | null) },
      inputs: inputs.map((t) => this.add(t, t.isParameter ? 'parameter' : 'constant', null, null)),
      outputs: results,
      // The model itself has no name, and its scope only that of its class.
      module: scope && scope.type !== '' ? scope.layer : '',
      moduleType: scope ? scope.type || scope.layer : '',
      multiplyAdds: op.multiplyAdds?.(inputs, outputs) ?? 0,
      tracked: inputs.map((t) => t.requiresGrad && isGradEnabled()),
    }
    results.push(...outputs.map((t) => this.add(t, 'computed', null, node)))
    this.nodes.set(node, { op, attrs })
  }
}

type Traceable = AnyModule | ((...inputs: Tensor[]) => unknown)

/** The tensors of a result, in order. */
export function* tensorsIn(value: unknown): Generator<Tensor> {
  if (value instanceof Tensor) yield value
  else if (Array.isArray(value)) for (const item of value as readonly unknown[]) yield* tensorsIn(item)
}

/**
 * The graph of what a module, or a function of tensors, computes from these inputs. Nothing is computed for it: values
 * are there to be read afterwards. What the module does in place (running statistics, the random generator) happens.
 * Source: torch.fx.symbolic_trace, but by running once, as torch.jit.trace.
 */
export function trace(target: Traceable, inputs: Tensor | readonly Tensor[]): OpGraph
/** The sum of a matrix's diagonal. Source: torch.trace. Errors: a RangeError for what is no matrix. */
export function trace(matrix: Tensor): Tensor
export function trace(
  target: Traceable | Tensor,
  ...rest: readonly (Tensor | readonly Tensor[])[]
): OpGraph | Tensor {
  if (target instanceof Tensor) {
    refuseSurplus('trace', 1, [target, ...rest])
    return target.trace()
  }
  refuseSurplus('trace', 2, [target, ...rest])
  const [inputs] = rest
  if (inputs === undefined) throw new TypeError('trace needs what goes into the model: trace(model, inputs).')
  return graphOf(target, inputs)
}

function graphOf(target: Traceable, inputs: Tensor | readonly Tensor[]): OpGraph {
  const given = inputs instanceof Tensor ? [inputs] : [...inputs]
  const recording = new Recording()
  const sources = given.map((t, i) =>
    recording.add(t, 'input', given.length === 1 ? 'input' : `input ${i}`, null),
  )
  const modules: GraphModule[] = []
  const run = (): unknown => {
    if (!(target instanceof Module)) return target(...given)
    for (const [name, parameter] of target.namedParameters())
      recording.add(parameter, 'parameter', name, null)
    for (const [name, buffer] of target.namedBuffers()) recording.add(buffer, 'buffer', name, null)
    return withModuleScopes(
      target,
      () => target.call(...given),
      ({ name, module, inputs: from, output }) => {
        const values = (of: unknown): GraphValue[] =>
          [...tensorsIn(of)].map((t) => recording.add(t, 'constant', null, null))
        modules.push({ name, type: module.constructor.name, inputs: values(from), outputs: values(output) })
      },
    )
  }
  const stop = startRecording((op, from, attrs, to) => {
    recording.record(op, from, attrs, to)
  })
  let result: unknown
  try {
    result = run()
  } finally {
    stop()
  }
  const outputs = [...tensorsIn(result)].map((t) => recording.add(t, 'computed', null, null))
  // What the model has but did not use is no part of the graph.
  const used = new Set([
    ...sources,
    ...outputs,
    ...[...recording.nodes.keys()].flatMap((n) => [...n.inputs, ...n.outputs]),
  ])
  const values = [...recording.values.values()].filter((v) => used.has(v))
  return new OpGraph(recording.nodes, recording.differentiable, values, sources, outputs, modules)
}
