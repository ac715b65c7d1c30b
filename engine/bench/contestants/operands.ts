/** What a single operation works on, the same for everybody; gradients start from the last one. */
import type { OpCase } from '../cases.ts'
import { Uniform } from './data.ts'

export interface Operand {
  shape: number[]
  values: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

function shapesOf({ op, sizes }: OpCase): { inputs: number[][]; output: number[] } {
  const [a = 0, b = 0, c = 0] = sizes
  switch (op) {
    case 'matmul':
      return { inputs: [[a, b], [b, c]], output: [a, c] } // prettier-ignore
    case 'conv': {
      const [n = 0, channels = 0, h = 0, w = 0, outputs = 0, kernel = 0] = sizes
      return { inputs: [[n, channels, h, w], [outputs, channels, kernel, kernel]], output: [n, outputs, h, w] } // prettier-ignore
    }
    case 'elementwise':
      return { inputs: [[a, b], [a, b], [a, b]], output: [a, b] } // prettier-ignore
    case 'reduce-all':
      return { inputs: [[a, b]], output: [] }
    case 'reduce-rows':
      return { inputs: [[a, b]], output: [a] }
    case 'reduce-columns':
      return { inputs: [[a, b]], output: [b] }
    case 'softmax':
      return { inputs: [[a, b]], output: [a, b] }
    case 'layer-norm':
      return { inputs: [[a, b], [b], [b]], output: [a, b] }
    case 'cross-entropy':
      return { inputs: [[a, b]], output: [] }
    case 'embedding':
      return { inputs: [[a, b]], output: [c, b] }
  }
}

function indicesOf({ op, sizes }: OpCase): { count: number; below: number } | null {
  const [a = 0, b = 0, c = 0] = sizes
  if (op === 'embedding') return { count: c, below: a }
  return op === 'cross-entropy' ? { count: a, below: b } : null
}

export interface Operands {
  inputs: Operand[]
  /** Which entries of an embedding, or the class of each row. */
  tokens: Int32Array<ArrayBuffer> | null
  /** What comes back to the output. */
  gradient: Operand
}

export function operandsOf(c: OpCase): Operands {
  const random = new Uniform(3)
  const draw = (shape: number[]): Operand => ({ shape, values: random.floats(product(shape)) })
  const { inputs, output } = shapesOf(c)
  const indices = indicesOf(c)
  return {
    inputs: inputs.map(draw),
    gradient: draw(output),
    // Spread over what they choose from, a few of them several times.
    tokens: indices && Int32Array.from({ length: indices.count }, (_, i) => (i * 7919) % indices.below),
  }
}
