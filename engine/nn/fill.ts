/**
 * What torch.nn.init does to tensors: each fills one in place, without a gradient, and gives it back. Weights are [out, in, kernel…].
 */
import { qr } from '../linalg/index.ts'
import { tensor as tensorOf } from '../tensor/creation.ts'
import { noGrad } from '../tensor/grad-mode.ts'
import { eye } from '../functions/creation.ts'
import { rand, randn } from '../tensor/random.ts'
import { formatShape, numel } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { oneOf } from './checks.ts'
import { fans } from './init.ts'

const filled = (tensor: Tensor, values: () => Tensor): Tensor => noGrad(() => tensor.copy_(values()))

/** Makes every element this number, in place, and gives the tensor back. Source: torch.nn.init.constant_. */
export const constant_ = (tensor: Tensor, value: number): Tensor => noGrad(() => tensor.fill_(value))
/** Makes every element 0, in place, and gives the tensor back. Source: torch.nn.init.zeros_. */
export const zeros_ = (tensor: Tensor): Tensor => constant_(tensor, 0)
/** Makes every element 1, in place, and gives the tensor back. Source: torch.nn.init.ones_. */
export const ones_ = (tensor: Tensor): Tensor => constant_(tensor, 1)

/** Draws every element uniformly from a to below b, in place, and gives the tensor back. Source: torch.nn.init.uniform_. */
export const uniform_ = (tensor: Tensor, a = 0, b = 1): Tensor =>
  filled(tensor, () =>
    rand(tensor.shape, { device: tensor.device })
      .mul(b - a)
      .add(a),
  )

/**
 * Draws every element from the normal distribution of this mean and standard deviation, in place, and gives the tensor back. Source:
 * torch.nn.init.normal_.
 */
export const normal_ = (tensor: Tensor, mean = 0, std = 1): Tensor =>
  filled(tensor, () => randn(tensor.shape, { device: tensor.device }).mul(std).add(mean))

/** Normal, of what lies between a and b alone. Source: torch.nn.init.trunc_normal_. */
export function truncNormal_(tensor: Tensor, mean = 0, std = 1, a = -2, b = 2): Tensor {
  if (!(a < b)) throw new RangeError(`truncNormal_ needs a below b, not ${a} and ${b}.`)
  const share = (x: number): number => cumulative((x - mean) / std)
  const [low, high] = [share(a), share(b)]
  return filled(tensor, () =>
    rand(tensor.shape, { device: tensor.device })
      .mul(2 * (high - low))
      .add(2 * low - 1)
      .clamp({ min: -1 + 2 ** -23, max: 1 - 2 ** -23 })
      .erfinv()
      .mul(std * Math.SQRT2)
      .add(mean)
      .clamp({ min: a, max: b }),
  )
}

/** The normal distribution's, by Simpson's rule. */
function cumulative(x: number): number {
  const [end, steps] = [Math.max(-12, Math.min(12, x)), 2000]
  const width = end / steps
  const density = (t: number): number => Math.exp((-t * t) / 2)
  let sum = density(0) + density(end)
  for (let i = 1; i < steps; i++) sum += density(i * width) * (i % 2 === 1 ? 4 : 2)
  return 0.5 + (sum * width) / 3 / Math.sqrt(2 * Math.PI)
}

/** Errors: a RangeError that names the function, for another number of dimensions. */
function requireDimensions(name: string, { shape }: Tensor, fits: boolean, wanted: string): void {
  if (!fits) throw new RangeError(`${name} fills ${wanted}, not ${formatShape(shape)}.`)
}

/** The identity, of a matrix. Source: torch.nn.init.eye_. */
export function eye_(tensor: Tensor): Tensor {
  requireDimensions('eye_', tensor, tensor.ndim === 2, 'a matrix')
  const [rows, columns] = tensor.shape as [number, number]
  return filled(tensor, () => eye(rows, columns, { device: tensor.device }))
}

/** Kernels that leave their inputs as they are, for as many channels as there are. Source: torch.nn.init.dirac_. */
export function dirac_(tensor: Tensor, groups = 1): Tensor {
  const { shape, ndim } = tensor
  requireDimensions('dirac_', tensor, ndim >= 3 && ndim <= 5, 'weights of convolutions')
  if (shape[0]! % groups !== 0)
    throw new RangeError(`dirac_ needs ${shape[0]} channels divisible by the ${groups} groups.`)
  const [out, each] = [shape[0]! / groups, Math.min(shape[0]! / groups, shape[1]!)]
  const kernel = shape.slice(2)
  const strides = shape.map((_, i) => numel(shape.slice(i + 1)))
  const middle = kernel.reduce((at, extent, i) => at + Math.floor(extent / 2) * strides[i + 2]!, 0)
  const flat = new Float32Array(numel(shape))
  for (let group = 0; group < groups; group++)
    for (let i = 0; i < each; i++) flat[(group * out + i) * strides[0]! + i * strides[1]! + middle] = 1
  return filled(tensor, () => tensorOf(flat, { shape, device: tensor.device }))
}

export type Nonlinearity =
  | 'linear'
  | 'conv1d'
  | 'conv2d'
  | 'conv3d'
  | 'convTranspose1d'
  | 'convTranspose2d'
  | 'convTranspose3d'
  | 'sigmoid'
  | 'tanh'
  | 'relu'
  | 'leakyRelu'
  | 'selu'

/** What a layer's outputs are to be multiplied by, so that the nonlinearity behind it keeps their size. Source: torch.nn.init.calculate_gain. */
export function calculateGain(nonlinearity: Nonlinearity, param = 0.01): number {
  switch (nonlinearity) {
    case 'tanh':
      return 5 / 3
    case 'relu':
      return Math.SQRT2
    case 'leakyRelu':
      return Math.sqrt(2 / (1 + param ** 2))
    case 'selu':
      return 3 / 4
    case 'linear':
    case 'sigmoid':
    case 'conv1d':
    case 'conv2d':
    case 'conv3d':
    case 'convTranspose1d':
    case 'convTranspose2d':
    case 'convTranspose3d':
      return 1
    default:
      throw new RangeError(`calculateGain does not know the nonlinearity “${String(nonlinearity)}”.`)
  }
}

function fansOf(name: string, tensor: Tensor): { readonly fanIn: number; readonly fanOut: number } {
  requireDimensions(name, tensor, tensor.ndim >= 2, 'weights of at least two dimensions')
  return fans(tensor.shape)
}

/** Uniform with variance gain² · 2/(fanIn + fanOut) (Glorot & Bengio 2010). Source: torch.nn.init.xavier_uniform_. */
export function xavierUniform_(tensor: Tensor, gain = 1): Tensor {
  const { fanIn, fanOut } = fansOf('xavierUniform_', tensor)
  const bound = gain * Math.sqrt(6 / (fanIn + fanOut))
  return uniform_(tensor, -bound, bound)
}

/**
 * Draws a weight [out, in, kernel…] from the normal distribution of variance gain² · 2/(fanIn + fanOut), in place (Glorot & Bengio 2010,
 * https://proceedings.mlr.press/v9/glorot10a.html). Source: torch.nn.init.xavier_normal_.
 */
export function xavierNormal_(tensor: Tensor, gain = 1): Tensor {
  const { fanIn, fanOut } = fansOf('xavierNormal_', tensor)
  return normal_(tensor, 0, gain * Math.sqrt(2 / (fanIn + fanOut)))
}

export type FanMode = 'fanIn' | 'fanOut'

function kaimingStd(
  name: string,
  tensor: Tensor,
  a: number,
  mode: FanMode,
  nonlinearity: Nonlinearity,
): number {
  return (
    calculateGain(nonlinearity, a) / Math.sqrt(fansOf(name, tensor)[oneOf('mode', mode, ['fanIn', 'fanOut'])])
  )
}

/** Uniform with variance gain²/fan; `a` is leakyRelu's slope (He et al. 2015). Source: torch.nn.init.kaiming_uniform_. */
export function kaimingUniform_(
  tensor: Tensor,
  a = 0,
  mode: FanMode = 'fanIn',
  nonlinearity: Nonlinearity = 'leakyRelu',
): Tensor {
  const bound = Math.sqrt(3) * kaimingStd('kaimingUniform_', tensor, a, mode, nonlinearity)
  return uniform_(tensor, -bound, bound)
}

/**
 * Draws a weight [out, in, kernel…] from the normal distribution of variance gain²/fan, in place (He et al. 2015,
 * https://arxiv.org/abs/1502.01852). Source: torch.nn.init.kaiming_normal_.
 */
export function kaimingNormal_(
  tensor: Tensor,
  a = 0,
  mode: FanMode = 'fanIn',
  nonlinearity: Nonlinearity = 'leakyRelu',
): Tensor {
  return normal_(tensor, 0, kaimingStd('kaimingNormal_', tensor, a, mode, nonlinearity))
}

/**
 * A matrix [rows, all other dimensions] whose rows or columns, whichever are fewer, are orthonormal, times gain (Saxe et al. 2014,
 * https://arxiv.org/abs/1312.6120). Source: torch.nn.init.orthogonal_.
 */
export function orthogonal_(tensor: Tensor, gain = 1): Tensor {
  requireDimensions('orthogonal_', tensor, tensor.ndim >= 2, 'tensors of at least two dimensions')
  const { shape, device } = tensor
  const [rows, columns] = [shape[0]!, numel(shape.slice(1))]
  if (rows * columns === 0) return tensor
  return filled(tensor, () => {
    const [tall, wide] = [Math.max(rows, columns), Math.min(rows, columns)]
    const [q, r] = qr(randn([tall, wide], { device }))
    // By the signs of R's diagonal, so that every orthogonal matrix is as likely.
    const fair = q!.mul(r!.diagonal().sign())
    return (rows < columns ? fair.t() : fair).reshape(shape).mul(gain)
  })
}

/** Normal, but for a share of zeros in each column of a matrix (Martens 2010). Source: torch.nn.init.sparse_. */
export function sparse_(tensor: Tensor, sparsity: number, std = 0.01): Tensor {
  requireDimensions('sparse_', tensor, tensor.ndim === 2, 'a matrix')
  const { shape, device } = tensor
  const zeros = Math.ceil(sparsity * shape[0]!)
  return filled(tensor, () => {
    // The place of each row in a random order of its column.
    const place = rand(shape, { device }).argsort(0).argsort(0)
    return place.lt(zeros).choose(0, randn(shape, { device }).mul(std))
  })
}
