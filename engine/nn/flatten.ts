import { uniform } from '../ops/samples.ts'
import { normalizeDim, numel } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { configure, defineModule } from './define.ts'
import { Module } from './module.ts'
import { index, type Rest } from './options.ts'
import { keywords } from '../formats/python.ts'
import { optionList } from './settle.ts'

const flattenOptions = optionList(
  'Flatten',
  index('startDim', { default: 1, help: 'The first dimension that becomes part of the one.' }),
  index('endDim', { default: -1, help: 'The last one.' }),
)

/** Makes one dimension of those from `startDim` to `endDim`. Source: torch.nn.Flatten. */
export class Flatten extends Module {
  readonly startDim: number
  readonly endDim: number
  constructor(...rest: Rest<typeof flattenOptions>) {
    super()
    const { startDim, endDim } = configure(this, flattenOptions, rest)
    this.startDim = startDim
    this.endDim = endDim
  }
  forward(input: Tensor): Tensor {
    const { shape } = input
    const [start, end] = [normalizeDim(this.startDim, input.ndim), normalizeDim(this.endDim, input.ndim)]
    if (start > end)
      throw new RangeError(`Flatten cannot go from dimension ${start} to ${end}, which comes before it.`)
    return input.reshape([
      ...shape.slice(0, start),
      numel(shape.slice(start, end + 1)),
      ...shape.slice(end + 1),
    ])
  }
  override extraRepr(): string {
    return keywords({ start_dim: this.startDim, end_dim: this.endDim })
  }
}

defineModule(Flatten, flattenOptions, {
  family: 'Shapes',
  help: 'Makes one dimension of several, such as a row of numbers of an image.',
  onnx: ({ startDim, endDim }, nodes, x) => {
    const { shape } = x!
    const [start, end] = [normalizeDim(startDim, shape.length), normalizeDim(endDim, shape.length)]
    // 0 keeps an extent, such as the batch's; −1 is what remains.
    const extents = [...shape.slice(0, start).map(() => 0), -1, ...shape.slice(end + 1)]
    return nodes.add('Reshape', [x!, nodes.list(extents)])
  },
  samples: [
    { make: () => new Flatten(), inputs: [uniform([2, 3, 4])] },
    { make: () => new Flatten(0, 1), inputs: [uniform([2, 3, 4])] },
    { make: () => new Flatten(1, -2), inputs: [uniform([2, 3, 2, 2])] },
    { make: () => new Flatten(), inputs: [uniform([0, 3, 4])], without: ['onnx'] },
  ],
})
