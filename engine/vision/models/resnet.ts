/** Residual networks for small images (He et al. 2015, https://arxiv.org/abs/1512.03385, section 4.2). */
import * as nn from '../../nn/index.ts'
import { kaimingNormal, type DeviceOption } from '../../nn/init.ts'
import { noGrad } from '../../tensor/grad-mode.ts'
import type { Tensor } from '../../tensor/tensor.ts'

function convolution(
  from: number,
  to: number,
  size: 1 | 3,
  stride: number,
  options: DeviceOption,
): nn.Conv2d {
  const conv = new nn.Conv2d(from, to, size, { ...options, stride, padding: size >> 1, bias: false })
  noGrad(() => conv.weight.copy_(kaimingNormal(conv.weight.shape, options)))
  return conv
}

/**
 * The paper's option A: a shortcut without parameters: every stride-th pixel, and zeros for the channels that are new
 * (after the others, as in the authors' Torch code).
 */
class Shortcut extends nn.Module {
  readonly stride: number
  readonly more: number
  constructor(from: number, to: number, stride: number) {
    super()
    this.stride = stride
    this.more = to - from
  }
  forward(input: Tensor): Tensor {
    const taken = this.stride === 1 ? input : nn.functional.avgPool2d(input, 1, { stride: this.stride })
    return taken.pad([[0, 0], [0, this.more], [0, 0], [0, 0]]) // prettier-ignore
  }
}

const paddedShortcut = (from: number, to: number, stride: number): nn.Module => new Shortcut(from, to, stride)

/** The paper's option B, and torchvision's: a 1 × 1 convolution. */
function projection(from: number, to: number, stride: number, options: DeviceOption): nn.Module {
  return new nn.Sequential(convolution(from, to, 1, stride, options), new nn.BatchNorm2d(to, options))
}

interface BlockOptions extends DeviceOption {
  /** How the input gets past a block that changes its shape: A, the default, without parameters; B by a convolution. */
  readonly shortcut?: 'A' | 'B'
}

/**
 * Two 3 × 3 convolutions beside a shortcut, whose parameters have torchvision's names. Takes [N, from, H, W], gives [N, to, H / stride,
 * W / stride]. Source: He et al. 2015, https://arxiv.org/abs/1512.03385; torchvision.models.resnet.BasicBlock.
 */
export class BasicBlock extends nn.Module {
  readonly conv1: nn.Conv2d
  readonly bn1: nn.BatchNorm2d
  readonly conv2: nn.Conv2d
  readonly bn2: nn.BatchNorm2d
  readonly downsample: nn.Module
  constructor(from: number, to: number, stride = 1, { shortcut = 'A', device }: BlockOptions = {}) {
    super()
    const on: DeviceOption = { device }
    this.conv1 = convolution(from, to, 3, stride, on)
    this.bn1 = new nn.BatchNorm2d(to, on)
    this.conv2 = convolution(to, to, 3, 1, on)
    this.bn2 = new nn.BatchNorm2d(to, on)
    const changes = stride !== 1 || from !== to
    const past = shortcut === 'B' ? projection : paddedShortcut
    this.downsample = changes ? past(from, to, stride, on) : new nn.Identity()
  }
  forward(input: Tensor): Tensor {
    const first = this.bn1.forward(this.conv1.forward(input)).relu()
    return this.bn2.forward(this.conv2.forward(first)).add(this.downsample.forward(input)).relu()
  }
}

export interface ResNetOptions extends BlockOptions {
  readonly channels: number
  readonly classes: number
  /** Blocks of each stage; n makes 6n + 2 layers. */
  readonly blocks: number
  /** Channels of the stages; each but the first halves height and width. */
  readonly widths?: readonly [number, number, number]
}

/** Takes [N, channels, H, W], gives scores [N, classes]. Convolutions start as torchvision's do: normal, by fan-out. */
export class CifarResNet extends nn.Module {
  readonly conv1: nn.Conv2d
  readonly bn1: nn.BatchNorm2d
  readonly layer1: nn.Sequential
  readonly layer2: nn.Sequential
  readonly layer3: nn.Sequential
  readonly fc: nn.Linear
  constructor({ channels, classes, blocks, widths = [16, 32, 64], shortcut, device }: ResNetOptions) {
    super()
    const on: DeviceOption = { device }
    const stage = (from: number, to: number, stride: number): nn.Sequential =>
      new nn.Sequential(
        new BasicBlock(from, to, stride, { shortcut, device }),
        ...Array.from({ length: blocks - 1 }, () => new BasicBlock(to, to, 1, { shortcut, device })),
      )
    const [a, b, c] = widths
    this.conv1 = convolution(channels, a, 3, 1, on)
    this.bn1 = new nn.BatchNorm2d(a, on)
    this.layer1 = stage(a, a, 1)
    this.layer2 = stage(a, b, 2)
    this.layer3 = stage(b, c, 2)
    this.fc = new nn.Linear(c, classes, on)
  }

  forward(input: Tensor): Tensor {
    let x = this.bn1.forward(this.conv1.forward(input)).relu()
    for (const layer of [this.layer1, this.layer2, this.layer3]) x = layer.forward(x)
    return this.fc.forward(nn.functional.adaptiveAvgPool2d(x, 1).flatten(1))
  }
}

/** 20 layers, 0.27 million parameters, for 32 × 32 images such as CIFAR's; shortcut A, as in the paper, unless B is asked for. */
export const resnet20 = (options: Omit<ResNetOptions, 'blocks' | 'widths'>): CifarResNet =>
  new CifarResNet({ ...options, blocks: 3 })

/** 56 layers, 0.85 million parameters; as resnet20. */
export const resnet56 = (options: Omit<ResNetOptions, 'blocks' | 'widths'>): CifarResNet =>
  new CifarResNet({ ...options, blocks: 9 })
