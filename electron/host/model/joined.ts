/** What a network for tables makes of examples that are more than numbers. */
import { cat, nn, type Tensor } from '../../../engine/index.ts'
import { sizeOfInput, type InputSpec } from './input.ts'

/** Numbers that stand for one of so many categories, as fastai has it: https://docs.fast.ai/tabular.model.html#emb_sz_rule */
const embeddingSize = (categories: number): number => Math.min(600, Math.round(1.6 * categories ** 0.56))
/** Numbers that stand for a word; a text is the mean of its words. */
const wordSize = 64

const partsOf = (input: InputSpec): nn.Module[] => {
  switch (input.kind) {
    case 'numbers':
      return [new nn.Identity()]
    case 'pixels':
      return [new nn.Flatten()]
    case 'codes':
      return input.sizes.map((size) => new nn.Embedding(size, embeddingSize(size)))
    case 'tokens':
      return [new nn.EmbeddingBag(input.vocabulary, wordSize, { mode: 'mean', paddingIdx: input.padding })]
  }
}

const widthOf = (input: InputSpec): number => {
  switch (input.kind) {
    case 'numbers':
    case 'pixels':
      return sizeOfInput(input)
    case 'codes':
      return input.sizes.reduce((sum, size) => sum + embeddingSize(size), 0)
    case 'tokens':
      return wordSize
  }
}

/** All tensors of an example side by side in one [N, width]: categories and words as vectors that are learned. */
class Joined extends nn.Module<Tensor[], Tensor> {
  readonly width: number
  readonly parts: nn.ModuleList
  readonly #inputs: readonly InputSpec[]

  constructor(inputs: readonly InputSpec[]) {
    super()
    this.#inputs = inputs
    this.width = inputs.reduce((sum, input) => sum + widthOf(input), 0)
    this.parts = new nn.ModuleList(inputs.flatMap(partsOf))
  }

  forward(...tensors: Tensor[]): Tensor {
    const parts = [...this.parts]
    let at = 0
    const next = (input: Tensor): Tensor => parts[at++]!.forward(input) as Tensor
    const columns = this.#inputs.flatMap((input, i) => {
      const tensor = tensors[i]!
      return input.kind === 'codes'
        ? input.sizes.map((_, column) => next(tensor.select(1, column)))
        : [next(tensor)]
    })
    return cat(columns, 1)
  }
}

/** What is joined, through further layers; `layers` gets the width. */
export class JoinedNetwork extends nn.Module<Tensor[], Tensor> {
  readonly inputs: Joined
  readonly layers: nn.Sequential

  constructor(inputs: readonly InputSpec[], layers: (width: number) => readonly nn.Module[]) {
    super()
    this.inputs = new Joined(inputs)
    this.layers = new nn.Sequential(...layers(this.inputs.width))
  }

  forward(...tensors: Tensor[]): Tensor {
    return this.layers.forward(this.inputs.forward(...tensors))
  }
}
