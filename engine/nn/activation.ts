import { readArguments, refuseSurplus, type Arguments, type Signature } from '../tensor/arguments.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { oneOf, yesOrNo } from './checks.ts'
import { Module } from './module.ts'
import { keywords } from '../formats/python.ts'

export interface ReLUOptions {
  /** Puts the result into the input as well. */
  readonly inplace?: boolean
}
const reluOrder = ['inplace'] as const
export const reluSignature: Signature<ReLUOptions> = { name: 'ReLU', positional: reluOrder }

/** max(x, 0). Source: torch.nn.ReLU. */
export class ReLU extends Module {
  readonly inplace: boolean
  constructor(...rest: Arguments<ReLUOptions, typeof reluOrder>) {
    super()
    const { inplace = false } = readArguments<ReLUOptions>(reluSignature, rest)
    this.inplace = yesOrNo('inplace', inplace)
  }
  forward(input: Tensor): Tensor {
    return this.inplace ? input.relu_() : input.relu()
  }
  override extraRepr(): string {
    return this.inplace ? 'inplace=True' : ''
  }
}

type Approximation = 'none' | 'tanh'
export interface GELUOptions {
  /** 'none', the default: by the normal distribution itself. 'tanh': by a formula close to it. */
  readonly approximate?: Approximation
}
export const geluSignature: Signature<GELUOptions> = { name: 'GELU', positional: [], named: ['approximate'] }

/** x·Φ(x) (Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415). Source: torch.nn.GELU. */
export class GELU extends Module {
  readonly approximate: Approximation
  constructor(...rest: Arguments<GELUOptions>) {
    super()
    const { approximate = 'none' } = readArguments<GELUOptions>(geluSignature, rest)
    this.approximate = oneOf('approximate', approximate, ['none', 'tanh'])
  }
  forward(input: Tensor): Tensor {
    return this.approximate === 'tanh' ? tanhGelu(input) : input.gelu()
  }
  override extraRepr(): string {
    return keywords({ approximate: `'${this.approximate}'` })
  }
}

const tanhGelu = (x: Tensor): Tensor => {
  const inner = x.add(x.mul(x).mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI))
  return x.mul(0.5).mul(inner.tanh().add(1))
}

/** Source: torch.nn.Tanh. */
export class Tanh extends Module {
  constructor(...rest: []) {
    super()
    refuseSurplus('Tanh', 0, rest)
  }
  forward(input: Tensor): Tensor {
    return input.tanh()
  }
}

/** Source: torch.nn.Sigmoid. */
export class Sigmoid extends Module {
  constructor(...rest: []) {
    super()
    refuseSurplus('Sigmoid', 0, rest)
  }
  forward(input: Tensor): Tensor {
    return input.sigmoid()
  }
}
