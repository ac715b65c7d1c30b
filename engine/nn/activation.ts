/** Functions of single elements, or of a row, as modules. */
import { uniform } from '../ops/samples.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { full } from '../functions/creation.ts'
import { configure, defineModule, type ModuleSample } from './define.ts'
import * as F from './functional.ts'
import { parameter } from './init.ts'
import { Module } from './module.ts'
import { defineLayer, naming, type Layer } from './layer.ts'
import type { OnnxNodes, OnnxValue } from './onnx.ts'
import { choice, device, index, inplace, real, whole, type OptionTuple, type Rest } from './options.ts'
import { optionList } from './settle.ts'

const family = 'Non-linear activations'
const signed = [uniform([3, 4])]

/** One for each list of arguments, of signed numbers; what is in place, of a copy. */
export const samplesOf =
  (...args: readonly (readonly unknown[])[]) =>
  <M>(Made: new (...args: never) => M): readonly ModuleSample<M>[] =>
    args.map((given) => {
      const make = (): M => new Made(...(given as never))
      const isInPlace = given.at(-1) === true
      const call = {
        ours: (module: M, [x]: readonly Tensor[]) =>
          (module as Layer<OptionTuple, [Tensor]>).forward(x!.mul(1)),
        python: 'm(x0 * 1)',
      }
      return { make, inputs: signed, ...(isInPlace ? { call } : {}) }
    })

/** An activation of nothing but a switch for doing it in place. */
const switched = (
  name: string,
  help: string,
  forward: (x: Tensor, inplace: boolean) => Tensor,
  onnx: (nodes: OnnxNodes, x: OnnxValue) => string,
  isPrinted = true,
) => {
  const list = optionList(name, inplace)
  return defineLayer(list, {
    family,
    help,
    forward: (options, x) => forward(x, options.inplace),
    ...(isPrinted ? { prints: naming(list) } : {}),
    onnx: (_, nodes, x) => onnx(nodes, x!),
    samples: samplesOf([], [true]),
  })
}

/** An activation without options. */
const plain = (
  name: string,
  help: string,
  forward: (x: Tensor) => Tensor,
  onnx: (nodes: OnnxNodes, x: OnnxValue) => string,
) =>
  defineLayer(optionList(name), {
    family,
    help,
    forward: (_, x) => forward(x),
    onnx: (_, nodes, x) => onnx(nodes, x!),
    samples: samplesOf([]),
  })

/** max(x, 0). Source: torch.nn.ReLU. */
export const ReLU = switched(
  'ReLU',
  'Negative numbers become zero.',
  (x, inplace) => (inplace ? x.relu_() : x.relu()),
  (nodes, x) => nodes.add('Relu', [x]),
)
export type ReLU = InstanceType<typeof ReLU>

const geluOptions = optionList(
  'GELU',
  choice('none', 'tanh')('approximate', {
    default: 'none',
    byName: true,
    help: "By the normal distribution itself ('none'), or by a formula close to it ('tanh').",
  }),
)

/** x·Φ(x) (Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415). Source: torch.nn.GELU. */
export const GELU = defineLayer(geluOptions, {
  family,
  help: 'Each number times the probability that a normal one is smaller.',
  forward: ({ approximate }, x) => x.gelu({ approximate }),
  prints: ({ approximate }) => `approximate='${approximate}'`,
  onnx: ({ approximate }, nodes, x) => {
    const inner = (): string => {
      if (approximate === 'none')
        return nodes.add('Erf', [nodes.add('Mul', [x!, nodes.number(Math.SQRT1_2)])])
      const cube = nodes.add('Mul', [x!, nodes.add('Mul', [x!, x!])])
      const bent = nodes.add('Add', [x!, nodes.add('Mul', [cube, nodes.number(0.044715)])])
      return nodes.add('Tanh', [nodes.add('Mul', [bent, nodes.number(Math.sqrt(2 / Math.PI))])])
    }
    const half = nodes.add('Mul', [x!, nodes.number(0.5)])
    return nodes.add('Mul', [half, nodes.add('Add', [inner(), nodes.number(1)])])
  },
  samples: samplesOf([], [{ approximate: 'tanh' }]),
})
export type GELU = InstanceType<typeof GELU>

/** Source: torch.nn.Tanh. */
export const Tanh = plain(
  'Tanh',
  'The hyperbolic tangent: between −1 and 1.',
  (x) => x.tanh(),
  (nodes, x) => nodes.add('Tanh', [x]),
)
export type Tanh = InstanceType<typeof Tanh>

/** Source: torch.nn.Sigmoid. */
export const Sigmoid = plain(
  'Sigmoid',
  'The logistic function: between 0 and 1.',
  (x) => x.sigmoid(),
  (nodes, x) => nodes.add('Sigmoid', [x]),
)
export type Sigmoid = InstanceType<typeof Sigmoid>

const alpha = real('alpha', { default: 1, decimal: true, help: 'Where it tends to far below zero, negated.' })
const eluOptions = optionList('ELU', alpha, inplace)

/** x where it is positive, elsewhere alpha · (eˣ − 1) (Clevert et al. 2016, https://arxiv.org/abs/1511.07289). Source: torch.nn.ELU. */
export const ELU = defineLayer(eluOptions, {
  family,
  help: 'Negative numbers approach −alpha exponentially.',
  forward: ({ alpha, inplace }, x) => F.elu(x, alpha, inplace),
  prints: naming(eluOptions, 'alpha'),
  onnx: ({ alpha }, nodes, x) => nodes.add('Elu', [x!], { alpha: { float: alpha } }),
  samples: samplesOf([], [0.5], [2, true]),
})

const celuOptions = optionList('CELU', alpha, inplace)

/** As ELU, with a slope of 1 at zero whatever alpha. Source: torch.nn.CELU. */
export const CELU = defineLayer(celuOptions, {
  family,
  help: 'As ELU, with a slope of 1 at zero whatever alpha.',
  forward: ({ alpha, inplace }, x) => F.celu(x, alpha, inplace),
  prints: naming(celuOptions, 'alpha'),
  onnx: ({ alpha }, nodes, x) => nodes.add('Celu', [x!], { alpha: { float: alpha } }),
  samples: samplesOf([], [0.5]),
})

/** ELU scaled so that variances stay (Klambauer et al. 2017, https://arxiv.org/abs/1706.02515). Source: torch.nn.SELU. */
export const SELU = switched(
  'SELU',
  'As ELU, scaled so that variances stay from layer to layer.',
  (x, inplace) => F.selu(x, inplace),
  (nodes, x) => nodes.add('Selu', [x]),
)

/** x · sigmoid(x) (Elfwing et al. 2017, https://arxiv.org/abs/1702.03118). Source: torch.nn.SiLU. */
export const SiLU = switched(
  'SiLU',
  'Each number times its sigmoid; also called Swish.',
  (x, inplace) => F.silu(x, inplace),
  (nodes, x) => nodes.add('Mul', [x, nodes.add('Sigmoid', [x])]),
)

/** x · tanh(softplus(x)) (Misra 2019, https://arxiv.org/abs/1908.08681). Source: torch.nn.Mish. */
export const Mish = switched(
  'Mish',
  'Each number times the tangent of its softplus.',
  (x, inplace) => F.mish(x, inplace),
  (nodes, x) => nodes.add('Mul', [x, nodes.add('Tanh', [nodes.add('Softplus', [x])])]),
)

const clip = (nodes: OnnxNodes, x: OnnxValue, least: number, most: number): string =>
  nodes.add('Clip', [x, nodes.number(least), nodes.number(most)])

/** x between 0 and 6. Source: torch.nn.ReLU6. */
export const ReLU6 = switched(
  'ReLU6',
  'As ReLU, and no more than 6.',
  (x, inplace) => F.relu6(x, inplace),
  (nodes, x) => clip(nodes, x, 0, 6),
)

const hardtanhOptions = optionList(
  'Hardtanh',
  real('minVal', { default: -1, decimal: true, help: 'The lower bound.' }),
  real('maxVal', { default: 1, decimal: true, help: 'The upper bound.' }),
  inplace,
)

/** x between two bounds. Source: torch.nn.Hardtanh. */
export const Hardtanh = defineLayer(hardtanhOptions, {
  family,
  help: 'Numbers stay between two bounds.',
  forward: ({ minVal, maxVal, inplace }, x) => F.hardtanh(x, minVal, maxVal, inplace),
  prints: naming(hardtanhOptions, 'minVal', 'maxVal'),
  onnx: ({ minVal, maxVal }, nodes, x) => clip(nodes, x!, minVal, maxVal),
  samples: samplesOf([], [-0.5, 0.25]),
})

/** x · hardsigmoid(x) (Howard et al. 2019, https://arxiv.org/abs/1905.02244). Source: torch.nn.Hardswish. */
export const Hardswish = switched(
  'Hardswish',
  'As SiLU, of straight lines.',
  (x, inplace) => F.hardswish(x, inplace),
  (nodes, x) => nodes.add('HardSwish', [x]),
  false,
)

/** A sigmoid of straight lines. Source: torch.nn.Hardsigmoid. */
export const Hardsigmoid = switched(
  'Hardsigmoid',
  'As Sigmoid, of straight lines: (x + 3) / 6 between 0 and 1.',
  (x, inplace) => F.hardsigmoid(x, inplace),
  (nodes, x) => nodes.add('HardSigmoid', [x], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }),
  false,
)

const leakyOptions = optionList(
  'LeakyReLU',
  real('negativeSlope', { default: 0.01, help: 'By which negative numbers are multiplied.' }),
  inplace,
)

/** x where it is positive, elsewhere a part of it. Source: torch.nn.LeakyReLU. */
export const LeakyReLU = defineLayer(leakyOptions, {
  family,
  help: 'Negative numbers become small.',
  forward: ({ negativeSlope, inplace }, x) => F.leakyRelu(x, negativeSlope, inplace),
  prints: naming(leakyOptions, 'negativeSlope'),
  onnx: ({ negativeSlope }, nodes, x) => nodes.add('LeakyRelu', [x!], { alpha: { float: negativeSlope } }),
  samples: samplesOf([], [0.2], [0.2, true]),
})

const preluOptions = optionList(
  'PReLU',
  whole('numParameters', { default: 1, help: 'One part for all, or as many as there are channels.' }),
  real('init', { default: 0.25, help: 'What they start at.' }),
  device,
)

/** As LeakyReLU, by a part that is learned: weight [1] or [channels] (He et al. 2015, https://arxiv.org/abs/1502.01852). Source: torch.nn.PReLU. */
export class PReLU extends Module {
  readonly numParameters: number
  readonly weight: Tensor
  constructor(...rest: Rest<typeof preluOptions>) {
    super()
    const { numParameters, init, device } = configure(this, preluOptions, rest)
    this.numParameters = numParameters
    this.weight = parameter(full([numParameters], init, { device }))
  }
  forward(input: Tensor): Tensor {
    return F.prelu(input, this.weight)
  }
  override extraRepr(): string {
    return `num_parameters=${this.numParameters}`
  }
}

defineModule(PReLU, preluOptions, {
  family,
  help: 'Negative numbers become small: by how much is learned.',
  onnx: ({ weight, numParameters }, nodes, x) => {
    const after = x!.shape.slice(2).map(() => 1)
    const slope = nodes.add('Reshape', [nodes.weight(weight), nodes.list([numParameters, ...after])])
    return nodes.add('PRelu', [x!, slope])
  },
  samples: [
    { make: () => new PReLU(), inputs: signed },
    { make: () => new PReLU(3, 0.1), inputs: [uniform([2, 3, 2])] },
    { make: () => new PReLU(), inputs: [uniform([1])] },
  ],
})

const softplusOptions = optionList(
  'Softplus',
  real('beta', { default: 1, help: 'How sharp its bend is.' }),
  real('threshold', { default: 20, help: 'Beyond which beta · x is straight.' }),
)

/** ln(1 + exp(beta · x)) / beta. Source: torch.nn.Softplus. */
export const Softplus = defineLayer(softplusOptions, {
  family,
  help: 'A smooth ReLU, always positive.',
  forward: ({ beta, threshold }, x) => F.softplus(x, beta, threshold),
  prints: naming(softplusOptions, 'beta', 'threshold'),
  onnx: ({ beta, threshold }, nodes, x) => {
    const scaled = nodes.add('Mul', [x!, nodes.number(beta)])
    const soft = nodes.add('Div', [nodes.add('Softplus', [scaled]), nodes.number(beta)])
    return nodes.add('Where', [nodes.add('Greater', [scaled, nodes.number(threshold)]), x!, soft])
  },
  samples: samplesOf([], [2, 1]),
})

/** x / (1 + |x|). Source: torch.nn.Softsign. */
export const Softsign = plain(
  'Softsign',
  'Between −1 and 1, more slowly than Tanh.',
  (x) => F.softsign(x),
  (nodes, x) => nodes.add('Softsign', [x]),
)

/** ln(sigmoid(x)). Source: torch.nn.LogSigmoid. */
export const LogSigmoid = plain(
  'LogSigmoid',
  'The logarithm of the sigmoid, without overflow.',
  (x) => F.logsigmoid(x),
  (nodes, x) => nodes.add('Neg', [nodes.add('Softplus', [nodes.add('Neg', [x])])]),
)

/** x − tanh(x). Source: torch.nn.Tanhshrink. */
export const Tanhshrink = plain(
  'Tanhshrink',
  'Each number without its hyperbolic tangent.',
  (x) => F.tanhshrink(x),
  (nodes, x) => nodes.add('Sub', [x, nodes.add('Tanh', [x])]),
)

const lambd = real('lambd', { default: 0.5, least: 0, help: 'Around zero, what becomes zero.' })
const shrink = (nodes: OnnxNodes, x: OnnxValue, lambd: number, bias: number): string =>
  nodes.add('Shrink', [x], { lambd: { float: lambd }, bias: { float: bias } })

/** x, but 0 within ±lambd. Source: torch.nn.Hardshrink. */
export const Hardshrink = defineLayer(optionList('Hardshrink', lambd), {
  family,
  help: 'Small numbers become zero.',
  forward: ({ lambd }, x) => F.hardshrink(x, lambd),
  prints: ({ lambd }) => String(lambd),
  onnx: ({ lambd }, nodes, x) => shrink(nodes, x!, lambd, 0),
  samples: samplesOf([], [1]),
})

/** x drawn toward 0 by lambd, 0 within it. Source: torch.nn.Softshrink. */
export const Softshrink = defineLayer(optionList('Softshrink', lambd), {
  family,
  help: 'Numbers are drawn toward zero.',
  forward: ({ lambd }, x) => F.softshrink(x, lambd),
  prints: ({ lambd }) => String(lambd),
  onnx: ({ lambd }, nodes, x) => shrink(nodes, x!, lambd, lambd),
  samples: samplesOf([], [1]),
})

const thresholdOptions = optionList(
  'Threshold',
  real('threshold', { help: 'Above which numbers stay.' }),
  real('value', { help: 'What the others become.' }),
  inplace,
)

/** x where it is beyond the threshold, elsewhere `value`. Source: torch.nn.Threshold. */
export const Threshold = defineLayer(thresholdOptions, {
  family,
  help: 'Numbers up to a threshold become one value.',
  forward: ({ threshold, value, inplace }, x) => F.threshold(x, threshold, value, inplace),
  prints: naming(thresholdOptions, 'threshold', 'value'),
  onnx: ({ threshold, value }, nodes, x) =>
    nodes.add('Where', [nodes.add('Greater', [x!, nodes.number(threshold)]), x!, nodes.number(value)]),
  samples: samplesOf([0.1, -2], [0.1, 20, true]),
})

const gluOptions = optionList('GLU', index('dim', { default: -1, help: 'The dimension that is halved.' }))

/** One half of a dimension times the sigmoid of the other (Dauphin et al. 2017, https://arxiv.org/abs/1612.08083). Source: torch.nn.GLU. */
export const GLU = defineLayer(gluOptions, {
  family,
  help: 'One half of the features, let through by the other.',
  forward: ({ dim }, x) => F.glu(x, dim),
  prints: naming(gluOptions, 'dim'),
  onnx: ({ dim }, nodes, x) => {
    const [value, gate] = nodes.several('Split', [x!], 2, { axis: { int: dim } })
    return nodes.add('Mul', [value!, nodes.add('Sigmoid', [gate!])])
  },
  samples: (Made) => [
    { make: () => new Made(), inputs: signed },
    { make: () => new Made(0), inputs: [uniform([4, 3])] },
  ],
})

const rreluOptions = optionList(
  'RReLU',
  real('lower', { default: 1 / 8, help: 'The least of what remains of a negative number.' }),
  real('upper', { default: 1 / 3, help: 'The most.' }),
  inplace,
)

/** As LeakyReLU by slopes drawn while training, by their mean else (Xu et al. 2015, https://arxiv.org/abs/1505.00853). Source: torch.nn.RReLU. */
export const RReLU = defineLayer(rreluOptions, {
  family,
  help: 'Of negative numbers a part remains, which is drawn anew each time while training.',
  forward: ({ lower, upper, training, inplace }, x) => F.rrelu(x, lower, upper, training, inplace),
  prints: naming(rreluOptions, 'lower', 'upper'),
  onnx: ({ lower, upper }, nodes, x) =>
    nodes.add('LeakyRelu', [x!], { alpha: { float: (lower + upper) / 2 } }),
  samples: (Made) => [
    { make: () => new Made(), inputs: signed, without: ['training'] },
    { make: () => new Made(0.25, 0.25), inputs: signed },
  ],
})
