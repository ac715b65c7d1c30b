/** Networks of convolutions one after the other: AlexNet, VGG and LeNet-5. */
import * as nn from '../../nn/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { normalLinear, pooled, startConvolution, type ModelOptions } from './layers.ts'

/** Features, a mean over a fixed grid, and a perceptron. */
export class Classified extends nn.Module {
  readonly features: nn.Sequential
  readonly classifier: nn.Sequential
  readonly grid: number
  constructor(features: nn.Sequential, classifier: nn.Sequential, grid: number) {
    super()
    this.features = features
    this.classifier = classifier
    this.grid = grid
  }
  forward(input: Tensor): Tensor {
    return this.classifier.forward(pooled(this.features.forward(input), this.grid))
  }
}

export interface WideOptions extends ModelOptions {
  /** Of the perceptron behind the convolutions; 4096 by default, which is most of the network. */
  readonly hidden?: number
}

/**
 * Krizhevsky 2014, https://arxiv.org/abs/1404.5997, for images from 63 pixels on. Source: torchvision.models.alexnet.
 */
export function alexnet({
  classes = 1000,
  channels = 3,
  dropout = 0.5,
  hidden = 4096,
  device,
}: WideOptions = {}): Classified {
  const on = { device }
  return new Classified(
    new nn.Sequential(
      new nn.Conv2d(channels, 64, 11, { stride: 4, padding: 2, device }),
      new nn.ReLU(),
      new nn.MaxPool2d(3, { stride: 2 }),
      new nn.Conv2d(64, 192, 5, { padding: 2, device }),
      new nn.ReLU(),
      new nn.MaxPool2d(3, { stride: 2 }),
      new nn.Conv2d(192, 384, 3, { padding: 1, device }),
      new nn.ReLU(),
      new nn.Conv2d(384, 256, 3, { padding: 1, device }),
      new nn.ReLU(),
      new nn.Conv2d(256, 256, 3, { padding: 1, device }),
      new nn.ReLU(),
      new nn.MaxPool2d(3, { stride: 2 }),
    ),
    new nn.Sequential(
      new nn.Dropout(dropout),
      new nn.Linear(256 * 36, hidden, on),
      new nn.ReLU(),
      new nn.Dropout(dropout),
      new nn.Linear(hidden, hidden, on),
      new nn.ReLU(),
      new nn.Linear(hidden, classes, on),
    ),
    6,
  )
}

const stages = {
  vgg11: [1, 1, 2, 2, 2],
  vgg16: [2, 2, 3, 3, 3],
} as const
const widths = [64, 128, 256, 512, 512] as const

/** Simonyan & Zisserman 2014, https://arxiv.org/abs/1409.1556: 3 × 3 only, for images from 32 pixels on. */
function vgg(
  counts: readonly number[],
  { classes = 1000, channels = 3, dropout = 0.5, hidden = 4096, device }: WideOptions,
): Classified {
  const on = { device }
  let from = channels
  const layers = counts.flatMap((count, stage) => {
    const to = widths[stage]!
    const convolutions = Array.from({ length: count }, () => {
      const layer = startConvolution(new nn.Conv2d(from, to, 3, { padding: 1, device }), on)
      from = to
      return [layer, new nn.ReLU()]
    })
    return [...convolutions.flat(), new nn.MaxPool2d(2)]
  })
  return new Classified(
    new nn.Sequential(...layers),
    new nn.Sequential(
      normalLinear(512 * 49, hidden, on),
      new nn.ReLU(),
      new nn.Dropout(dropout),
      normalLinear(hidden, hidden, on),
      new nn.ReLU(),
      new nn.Dropout(dropout),
      normalLinear(hidden, classes, on),
    ),
    7,
  )
}
/** 11 layers, 133 million parameters. Source: torchvision.models.vgg11. */
export const vgg11 = (options: WideOptions = {}): Classified => vgg(stages.vgg11, options)
/** 16 layers, 138 million parameters. Source: torchvision.models.vgg16. */
export const vgg16 = (options: WideOptions = {}): Classified => vgg(stages.vgg16, options)

/**
 * LeCun et al. 1998, http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf, for images of 28 or 32 pixels, with the means and the
 * tanh of the paper; its partly connected layer is whole here, and its last one linear.
 */
export function lenet5({
  classes = 10,
  channels = 1,
  size = 28,
  device,
}: ModelOptions & { readonly size?: number } = {}): nn.Sequential {
  if (size !== 28 && size !== 32) throw new RangeError(`lenet5 takes images of 28 or 32 pixels, not ${size}.`)
  return new nn.Sequential(
    new nn.Conv2d(channels, 6, 5, { padding: (32 - size) / 2, device }),
    new nn.Tanh(),
    new nn.AvgPool2d(2),
    new nn.Conv2d(6, 16, 5, { device }),
    new nn.Tanh(),
    new nn.AvgPool2d(2),
    new nn.Flatten(),
    new nn.Linear(400, 120, { device }),
    new nn.Tanh(),
    new nn.Linear(120, 84, { device }),
    new nn.Tanh(),
    new nn.Linear(84, classes, { device }),
  )
}
