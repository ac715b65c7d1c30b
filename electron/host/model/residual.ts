/** A residual network for tables, as Gorishniy et al. 2021 have it: https://arxiv.org/abs/2106.11959, section 3.2. */
import { nn, type Tensor } from '../../../engine/index.ts'

interface Knobs {
  readonly width: number
  readonly blocks: number
  readonly inner: number
  readonly dropout: number
}

/** x + Dropout(Linear(Dropout(ReLU(Linear(BatchNorm(x)))))): [N, width] → [N, width]. */
class ResidualBlock extends nn.Module {
  readonly normalization: nn.BatchNorm1d
  readonly linear0: nn.Linear
  readonly linear1: nn.Linear
  readonly dropout: nn.Dropout

  constructor({ width, inner, dropout }: Knobs) {
    super()
    this.normalization = new nn.BatchNorm1d(width)
    this.linear0 = new nn.Linear(width, inner)
    this.linear1 = new nn.Linear(inner, width)
    this.dropout = new nn.Dropout(dropout)
  }

  forward(x: Tensor): Tensor {
    const half = this.dropout.forward(this.linear0.forward(this.normalization.forward(x)).relu())
    return x.add(this.dropout.forward(this.linear1.forward(half)))
  }
}

/** From so many numbers to the outputs: a first layer, the blocks, and what reads the outputs from the last one. */
export const residualLayers = (knobs: Knobs, inputs: number, outputs: number): nn.Module[] => [
  new nn.Linear(inputs, knobs.width),
  ...Array.from({ length: knobs.blocks }, () => new ResidualBlock(knobs)),
  new nn.BatchNorm1d(knobs.width),
  new nn.ReLU(),
  new nn.Linear(knobs.width, outputs),
]
