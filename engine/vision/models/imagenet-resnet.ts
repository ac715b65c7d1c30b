/** Residual networks for large images (He et al. 2015, https://arxiv.org/abs/1512.03385, table 1), for images from 32 pixels on. */
import * as nn from '../../nn/index.ts'
import type { DeviceOption } from '../../nn/init.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { pooled, startConvolution, convNorm, type ModelOptions } from './layers.ts'
import { BasicBlock } from './resnet.ts'

/** A narrow 3 × 3 convolution between two of 1 × 1; the stride is the middle one's, as torchvision has it. */
class Bottleneck extends nn.Module {
  readonly conv1: nn.Conv2d
  readonly bn1: nn.BatchNorm2d
  readonly conv2: nn.Conv2d
  readonly bn2: nn.BatchNorm2d
  readonly conv3: nn.Conv2d
  readonly bn3: nn.BatchNorm2d
  readonly downsample: nn.Module
  constructor(from: number, width: number, stride: number, on: DeviceOption) {
    super()
    const to = 4 * width
    const convolution = (a: number, b: number, size: number, by = 1): nn.Conv2d =>
      startConvolution(new nn.Conv2d(a, b, size, { stride: by, padding: size >> 1, bias: false, ...on }), on)
    this.conv1 = convolution(from, width, 1)
    this.bn1 = new nn.BatchNorm2d(width, on)
    this.conv2 = convolution(width, width, 3, stride)
    this.bn2 = new nn.BatchNorm2d(width, on)
    this.conv3 = convolution(width, to, 1)
    this.bn3 = new nn.BatchNorm2d(to, on)
    this.downsample =
      stride !== 1 || from !== to ? convNorm(from, to, { kernel: 1, stride, ...on }) : new nn.Identity()
  }
  forward(input: Tensor): Tensor {
    const first = this.bn1.forward(this.conv1.forward(input)).relu()
    const second = this.bn2.forward(this.conv2.forward(first)).relu()
    return this.bn3.forward(this.conv3.forward(second)).add(this.downsample.forward(input)).relu()
  }
}

/**
 * A residual network of four stages, of 64, 128, 256 and 512 channels, with so many `blocks` in each (He et al. 2015,
 * https://arxiv.org/abs/1512.03385). Takes [N, channels, H, W] from 32 pixels on, gives scores [N, classes].
 * Source: torchvision.models.ResNet.
 */
export class ResNet extends nn.Module {
  readonly conv1: nn.Conv2d
  readonly bn1: nn.BatchNorm2d
  readonly maxpool: nn.MaxPool2d
  readonly layer1: nn.Sequential
  readonly layer2: nn.Sequential
  readonly layer3: nn.Sequential
  readonly layer4: nn.Sequential
  readonly fc: nn.Linear
  constructor(
    kind: 'basic' | 'bottleneck',
    blocks: readonly [number, number, number, number],
    { classes = 1000, channels = 3, device }: ModelOptions,
  ) {
    super()
    const on = { device }
    let from = 64
    const stage = (width: number, count: number, stride: number): nn.Sequential =>
      new nn.Sequential(
        ...Array.from({ length: count }, (_, i) => {
          const by = i === 0 ? stride : 1
          const block =
            kind === 'basic'
              ? new BasicBlock(from, width, by, { shortcut: 'B', device })
              : new Bottleneck(from, width, by, on)
          from = kind === 'basic' ? width : 4 * width
          return block
        }),
      )
    this.conv1 = startConvolution(
      new nn.Conv2d(channels, 64, 7, { stride: 2, padding: 3, bias: false, device }),
      on,
    )
    this.bn1 = new nn.BatchNorm2d(64, on)
    this.maxpool = new nn.MaxPool2d(3, { stride: 2, padding: 1 })
    this.layer1 = stage(64, blocks[0], 1)
    this.layer2 = stage(128, blocks[1], 2)
    this.layer3 = stage(256, blocks[2], 2)
    this.layer4 = stage(512, blocks[3], 2)
    this.fc = new nn.Linear(from, classes, on)
  }
  forward(input: Tensor): Tensor {
    let x = this.maxpool.forward(this.bn1.forward(this.conv1.forward(input)).relu())
    for (const layer of [this.layer1, this.layer2, this.layer3, this.layer4]) x = layer.forward(x)
    return this.fc.forward(pooled(x, 1))
  }
}

/** 18 layers, 11.7 million parameters. Takes [N, channels, H, W] from 32 pixels on, gives scores [N, classes]. Source: torchvision.models.resnet18. */
export const resnet18 = (options: ModelOptions = {}): ResNet => new ResNet('basic', [2, 2, 2, 2], options)
/** 34 layers, 21.8 million parameters. Takes [N, channels, H, W] from 32 pixels on, gives scores [N, classes]. Source: torchvision.models.resnet34. */
export const resnet34 = (options: ModelOptions = {}): ResNet => new ResNet('basic', [3, 4, 6, 3], options)
/** 50 layers, 25.6 million parameters. Takes [N, channels, H, W] from 32 pixels on, gives scores [N, classes]. Source: torchvision.models.resnet50. */
export const resnet50 = (options: ModelOptions = {}): ResNet =>
  new ResNet('bottleneck', [3, 4, 6, 3], options)
