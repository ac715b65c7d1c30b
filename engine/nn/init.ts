/** Initial values of parameters, from the distributions of torch.nn.init. Each gives a new parameter. */
import type { TensorOptions } from '../tensor/creation.ts'
import { ones, zeros } from '../functions/creation.ts'
import { rand, randn } from '../tensor/random.ts'
import { numel, type Shape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { Parameter } from './parameter.ts'

export type DeviceOption = Pick<TensorOptions, 'device'>

/** Makes values a parameter. */
export const parameter = (values: Tensor): Parameter => new Parameter(values)

/** A parameter of zeros of this shape. */
export const zeroParameter = (shape: Shape, { device }: DeviceOption = {}): Parameter =>
  new Parameter(zeros(shape, { device }))

/** A parameter of ones of this shape. */
export const oneParameter = (shape: Shape, { device }: DeviceOption = {}): Parameter =>
  new Parameter(ones(shape, { device }))

/** Uniform in ±bound. */
export function uniform(shape: Shape, bound: number, options: DeviceOption = {}): Tensor {
  return parameter(
    rand(shape, options)
      .mul(2 * bound)
      .sub(bound),
  )
}

/** Normal around zero. */
export function normal(shape: Shape, std = 1, options: DeviceOption = {}): Tensor {
  return parameter(randn(shape, options).mul(std))
}

/** How many inputs feed one output of a weight [out, in, kernel…], and how many outputs one input feeds. */
export function fans(shape: Shape): { readonly fanIn: number; readonly fanOut: number } {
  const field = numel(shape.slice(2))
  return { fanIn: shape[1]! * field, fanOut: shape[0]! * field }
}

/**
 * Uniform in ±1/√fanIn: what torch.nn.Linear and the convolutions call kaiming_uniform_ with a = √5, for weights of
 * [out, in, kernel…], and the distribution of their biases.
 */
export function fanInUniform(shape: Shape, fanIn: number, options: DeviceOption = {}): Tensor {
  return uniform(shape, 1 / Math.sqrt(fanIn), options)
}

/** Normal with variance 2/fanOut, which keeps gradients' size through ReLUs (He et al. 2015, https://arxiv.org/abs/1502.01852). */
export function kaimingNormal(shape: Shape, options: DeviceOption = {}): Tensor {
  return normal(shape, Math.sqrt(2 / fans(shape).fanOut), options)
}

/** Uniform with variance 2/(fanIn + fanOut) (Glorot & Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html). */
export function xavierUniform(shape: Shape, options: DeviceOption = {}): Tensor {
  const { fanIn, fanOut } = fans(shape)
  return uniform(shape, Math.sqrt(6 / (fanIn + fanOut)), options)
}
