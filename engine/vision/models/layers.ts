/** What torchvision's networks are built of, with its names in states and its initial weights. */
import * as nn from '../../nn/index.ts'
import { kaimingNormal, type DeviceOption } from '../../nn/init.ts'
import { noGrad } from '../../tensor/grad-mode.ts'
import { rand, randn } from '../../tensor/random.ts'
import type { Tensor } from '../../tensor/tensor.ts'

export interface ModelOptions extends DeviceOption {
  /** 1000 by default, as in ImageNet. */
  readonly classes?: number
  /** Of the images; 3 by default. */
  readonly channels?: number
  /** Before the last layers, where the network has it; as published by default. */
  readonly dropout?: number
}

/** Normal by fan-out, as torchvision starts convolutions. */
export function startConvolution(layer: nn.Conv2d, on: DeviceOption): nn.Conv2d {
  noGrad(() => {
    layer.weight.copy_(kaimingNormal(layer.weight.shape, on))
    layer.bias?.zero_()
  })
  return layer
}
/** Normal with deviation 0.01, without offset. */
export function normalLinear(from: number, to: number, on: DeviceOption): nn.Linear {
  const layer = new nn.Linear(from, to, on)
  noGrad(() => {
    layer.weight.copy_(randn(layer.weight.shape, on).mul(0.01))
    layer.bias?.zero_()
  })
  return layer
}
/** Uniform by the number of outputs, without offset. */
export function uniformLinear(from: number, to: number, on: DeviceOption): nn.Linear {
  const layer = new nn.Linear(from, to, on)
  const most = 1 / Math.sqrt(to)
  noGrad(() => {
    layer.weight.copy_(
      rand(layer.weight.shape, on)
        .mul(2 * most)
        .sub(most),
    )
    layer.bias?.zero_()
  })
  return layer
}

export interface ConvNormOptions extends DeviceOption {
  /** 3 by default. */
  readonly kernel?: number
  readonly stride?: number
  readonly groups?: number
  readonly eps?: number
  readonly momentum?: number
  /** None by default. */
  readonly activation?: () => nn.Module
}
/** torchvision.ops.Conv2dNormActivation: convolution, batch normalization and, where one is given, an activation. */
export function convNorm(
  from: number,
  to: number,
  { kernel = 3, stride = 1, groups = 1, eps = 1e-5, momentum = 0.1, activation, device }: ConvNormOptions,
): nn.Sequential {
  const convolution = new nn.Conv2d(from, to, kernel, {
    stride,
    padding: (kernel - 1) >> 1,
    groups,
    bias: false,
    device,
  })
  return new nn.Sequential(
    startConvolution(convolution, { device }),
    new nn.BatchNorm2d(to, { eps, momentum, device }),
    ...(activation ? [activation()] : []),
  )
}

/** torchvision.ops.SqueezeExcitation (Hu et al. 2017, https://arxiv.org/abs/1709.01507): channels weigh each other. */
export class SqueezeExcitation extends nn.Module {
  readonly fc1: nn.Conv2d
  readonly fc2: nn.Conv2d
  readonly activation: nn.Module
  readonly scaleActivation: nn.Module
  constructor(channels: number, squeezed: number, activation: nn.Module, scale: nn.Module, on: DeviceOption) {
    super()
    this.fc1 = startConvolution(new nn.Conv2d(channels, squeezed, 1, on), on)
    this.fc2 = startConvolution(new nn.Conv2d(squeezed, channels, 1, on), on)
    this.activation = activation
    this.scaleActivation = scale
  }
  forward(input: Tensor): Tensor {
    const squeezed = this.activation.forward(this.fc1.forward(input.mean([2, 3], { keepdim: true })))
    return this.scaleActivation.forward(this.fc2.forward(squeezed)).mul(input)
  }
}

/** The nearest multiple of 8 that is not more than a tenth smaller. */
export function divisible(width: number): number {
  const near = Math.max(8, Math.floor((width + 4) / 8) * 8)
  return near < 0.9 * width ? near + 8 : near
}

/** Features of images as one row for each, of as many places as are asked for. */
export const pooled = (features: Tensor, size: number): Tensor =>
  nn.functional.adaptiveAvgPool2d(features, size).flatten(1)
