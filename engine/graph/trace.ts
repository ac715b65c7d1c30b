/**
 * The op graph as data: what a model computes for one example, op by op, with shapes, the module each op belongs to, and
 * where every value comes from. Summaries, counts, drawings and exports read it.
 */
import { Module, type AnyModule } from '../nn/module.ts'
import { withModuleScopes } from '../nn/scopes.ts'
import { refuseSurplus } from '../tensor/arguments.ts'
import { grad } from '../tensor/autograd.ts'
import { isFloating, type DType } from '../tensor/dtype.ts'
import { enableGrad } from '../tensor/grad-mode.ts'
import type { LazyNode } from '../tensor/graph.ts'
import type { Op } from '../ops/define.ts'
import { currentScope } from '../tensor/scope.ts'
import { formatShape, type Shape } from '../tensor/shape.ts'
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

export class OpGraph {
  readonly nodes: readonly GraphNode[]
  /** Inputs, parameters, buffers and constants as they were met, then what was computed from them. */
  readonly values: readonly GraphValue[]
  readonly inputs: readonly GraphValue[]
  readonly outputs: readonly GraphValue[]
  /** In the order in which they were done: those inside before the one around them. */
  readonly modules: readonly GraphModule[]
  readonly #ops: ReadonlyMap<GraphNode, { readonly op: Op; readonly attrs: unknown }>

  constructor(
    nodes: ReadonlyMap<GraphNode, { readonly op: Op; readonly attrs: unknown }>,
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
  localGradient({ from, to, node }: GraphEdge): Tensor {
    const { op, attrs } = this.#ops.get(node)!
    return enableGrad(() => {
      const variable = from.tensor.detach().clone().detach()
      if (!isFloating(variable.dtype)) return variable.zerosLike()
      variable.requiresGrad = true
      const inputs = node.inputs.map((value) => (value === from ? variable : value.tensor.detach()))
      const output = applyAll(op, inputs, attrs, variable.device)[node.outputs.indexOf(to)]!
      if (!output.requiresGrad) return variable.zerosLike()
      const [slope] = grad(output, variable, { gradOutputs: output.onesLike(), allowUnused: true })
      return slope ?? variable.zerosLike()
    })
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

  add(tensor: Tensor, kind: ValueKind, name: string | null, producer: GraphNode | null): GraphValue {
    const known = this.values.get(tensor.node)
    if (known) return known
    const { shape, dtype } = tensor
    const id = this.values.size
    const value = { id, kind, name, shape, dtype, tensor: tensor.snapshot(), producer }
    this.values.set(tensor.node, value)
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
  return new OpGraph(recording.nodes, values, sources, outputs, modules)
}
