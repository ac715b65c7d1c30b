/** How much a model is: parameters, products, and what a training step keeps of its forward pass. */
import type { AnyModule } from '../nn/module.ts'
import { grad } from '../tensor/autograd.ts'
import { elementTypes, type DType } from '../tensor/dtype.ts'
import { enableGrad } from '../tensor/grad-mode.ts'
import type { LazyNode } from '../tensor/graph.ts'
import { numel, type Shape } from '../tensor/shape.ts'
import { startRecording, type Tensor } from '../tensor/tensor.ts'
import { tensorsIn, type OpGraph } from './trace.ts'

export interface Size {
  readonly elements: number
  /** In the memory of a device. */
  readonly bytes: number
}

function sizeOf(values: Iterable<{ readonly shape: Shape; readonly dtype: DType }>): Size {
  let [elements, bytes] = [0, 0]
  for (const { shape, dtype } of values) {
    elements += numel(shape)
    bytes += numel(shape) * elementTypes[dtype].lanes.BYTES_PER_ELEMENT
  }
  return { elements, bytes }
}

export interface GraphCounts {
  /** Those that take part, a shared one once. */
  readonly parameters: Size
  /** Multiplications, each with an addition. */
  readonly multiplyAdds: number
}

/** How many operations, parameters, elements and multiply-adds a traced graph has. Source: the graph that trace() gives. */
export const countsOf = (graph: OpGraph): GraphCounts => ({
  parameters: sizeOf(graph.parameters),
  multiplyAdds: graph.nodes.reduce((sum, node) => sum + node.multiplyAdds, 0),
})

/**
 * Activations: what a module computes from these inputs and the way back to its parameters reads again. Inputs and parameters
 * themselves do not count, and a view is the memory that it shows. Nothing is computed. A step may need less, where it computes
 * anew what is cheap; a module that trains also keeps what it draws for dropout.
 */
export function activationsOf(model: AnyModule, inputs: readonly Tensor[]): Size {
  const memory = new Map<LazyNode, Tensor | null>()
  const outputs = recorded(
    (op, from, _, to) => {
      const shown = 'back' in op && op.back ? from[0] : undefined
      for (const t of to) memory.set(t.node, shown ? (memory.get(shown.node) ?? null) : t)
    },
    () => [...tensorsIn(enableGrad(() => model.call(...(inputs as never[]))))].filter((t) => t.requiresGrad),
  )
  const parameters = model.parameters().filter((p) => p.requiresGrad)
  if (outputs.length === 0 || parameters.length === 0) return sizeOf([])
  const gradOutputs = outputs.map((t) => t.onesLike())
  const kept = new Set<Tensor>()
  recorded(
    (_op, from) => {
      for (const { node } of from) {
        const value = memory.get(node)
        if (value) kept.add(value)
      }
    },
    () => grad(outputs, parameters, { gradOutputs, allowUnused: true }),
  )
  return sizeOf(kept)
}

function recorded<R>(record: Parameters<typeof startRecording>[0], body: () => R): R {
  const stop = startRecording(record, true)
  try {
    return body()
  } finally {
    stop()
  }
}
