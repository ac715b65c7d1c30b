import { uniform } from '../ops/samples.ts'
import { dropout } from './functional.ts'
import { configure, defineModule } from './define.ts'
import { Module } from './module.ts'
import { inplace, probability, type Rest } from './options.ts'
import { keywords } from '../formats/python.ts'
import { optionList } from './settle.ts'
import type { Tensor } from '../tensor/tensor.ts'

const dropoutOptions = optionList('Dropout', probability, inplace)

/** Identity when evaluating. Source: torch.nn.Dropout. */
export class Dropout extends Module {
  readonly p: number
  readonly inplace: boolean
  constructor(...rest: Rest<typeof dropoutOptions>) {
    super()
    const { p, inplace } = configure(this, dropoutOptions, rest)
    this.p = p
    this.inplace = inplace
  }
  forward(input: Tensor): Tensor {
    return dropout(input, this.p, this.training, this.inplace)
  }
  override extraRepr(): string {
    return keywords({ p: this.p, inplace: this.inplace })
  }
}

defineModule(Dropout, dropoutOptions, {
  family: 'Dropout',
  help: 'While training, zeroes some numbers at random, so that no output depends on one of them alone.',
  onnx: (_, nodes, x) => nodes.add('Identity', [x!]),
  samples: [
    { make: () => new Dropout(), inputs: [uniform([2, 3])], without: ['training'] },
    { make: () => new Dropout(0), inputs: [uniform([2, 3])] },
    { make: () => new Dropout(1), inputs: [uniform([2, 3])] },
  ],
})
