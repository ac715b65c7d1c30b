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
    case 'embedding':
      return { inputs: [[a, b]], output: [c, b] }
  }
}

export interface Operands {
  inputs: Operand[]
  /** Embedding only: which entries. */
  tokens: Int32Array<ArrayBuffer> | null
  /** What comes back to the output. */
  gradient: Operand
}

export function operandsOf(c: OpCase): Operands {
  const random = new Uniform(3)
  const draw = (shape: number[]): Operand => ({ shape, values: random.floats(product(shape)) })
  const { inputs, output } = shapesOf(c)
  const [count = 0, , tokens = 0] = c.sizes
  return {
    inputs: inputs.map(draw),
    gradient: draw(output),
    // Spread over the table, a few of them several times.
    tokens: c.op === 'embedding' ? Int32Array.from({ length: tokens }, (_, i) => (i * 7919) % count) : null,
  }
}
