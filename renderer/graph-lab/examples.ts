/** The lecture's examples: a graph of four weights, a logarithm and an inverse square root of elementary operations. */
import type { LabProgram } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'

const words = strings.graph.lab.example

interface Example {
  readonly label: string
  readonly about: string
  readonly program: LabProgram
}

export const examples: readonly Example[] = [
  {
    ...words.weights,
    program: {
      source: 'b = w1 * a\nc = w2 * a\nd = w3 * b + w4 * c\nL = d ** 2',
      variables: [
        { name: 'w1', value: 2 },
        { name: 'a', value: 1.5 },
        { name: 'w2', value: -1 },
        { name: 'w3', value: 0.5 },
        { name: 'w4', value: 3 },
      ],
    },
  },
  {
    ...words.logarithm,
    program: {
      source: 'u = (z - 1) / (z + 1)\n2 * (u + u**3 / 3 + u**5 / 5 + u**7 / 7)',
      variables: [{ name: 'z', value: 2 }],
    },
  },
  {
    ...words.rsqrt,
    program: {
      source:
        'h = x / 2\ny1 = y0 * (1.5 - h * y0 ** 2)\ny2 = y1 * (1.5 - h * y1 ** 2)\ny3 = y2 * (1.5 - h * y2 ** 2)',
      variables: [
        { name: 'x', value: 4 },
        { name: 'y0', value: 0.4 },
      ],
    },
  },
]
