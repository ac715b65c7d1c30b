/** Single operations, as captured steps. */
import {
  capture,
  nn,
  noGrad,
  tensor,
  withFloat32MatmulPrecision,
  type Device,
  type Tensor,
} from '../../../index.ts'
import type { DispatchCase, OpCase } from '../../cases.ts'
import { fingerprint, Uniform } from '../data.ts'
import { operandsOf } from '../operands.ts'
import type { Prepared } from '../serve.ts'
import { tunedOnce } from './tuned.ts'

/** `inputs` as operands.ts lists them. */
function forward({ op, sizes }: OpCase, inputs: readonly Tensor[], tokens: Tensor | null): Tensor {
  const [x, y, z] = inputs
  switch (op) {
    case 'matmul':
      return x!.matmul(y!)
    case 'conv':
      return nn.functional.conv2d(x!, y!, undefined, { padding: sizes[5]! >> 1 })
    case 'elementwise':
      return x!.mul(y!).add(z!).relu()
    case 'reduce-all':
      return x!.sum()
    case 'reduce-rows':
      return x!.sum(1)
    case 'reduce-columns':
      return x!.sum(0)
    case 'softmax':
      return x!.softmax(1)
    case 'layer-norm':
      return nn.functional.layerNorm(x!, [sizes[1]!], { weight: y!, bias: z! })
    case 'cross-entropy':
      return nn.functional.crossEntropy(x!, tokens!)
    case 'embedding':
      return nn.functional.embedding(tokens!, x!)
  }
}

interface Repeated extends Prepared {
  /** Of the first output. */
  values: () => Promise<ArrayLike<number>>
}

/** A captured step run over and over; `inputs` are handed in each time, as a user's would be. */
function repeated(device: Device, step: () => readonly Tensor[]): Repeated {
  let outputs: readonly Tensor[] = []
  return {
    run: (iterations) => {
      for (let i = 0; i < iterations; i++) outputs = step()
      return device.synchronize()
    },
    values: () => outputs[0]!.data(),
    result: async () => {
      const values = await Promise.all(outputs.map((output) => output.data()))
      return values.reduce((sum, one) => sum + fingerprint(one), 0)
    },
  }
}

export function prepareOp(device: Device, c: OpCase): Repeated & Required<Pick<Prepared, 'prelude'>> {
  const { inputs, tokens, gradient } = operandsOf(c)
  const leaves = inputs.map(({ values, shape }) => tensor(values, { shape, requiresGrad: c.gradient }))
  const index = tokens && tensor(tokens, { dtype: 'int32' })
  const seed = tensor(gradient.values, { shape: gradient.shape })
  const compute = (): readonly Tensor[] => {
    if (!c.gradient) return [noGrad(() => forward(c, leaves, index))]
    forward(c, leaves, index).backward(seed)
    const gradients = leaves.map((leaf) => leaf.grad!)
    for (const leaf of leaves) leaf.grad = null
    return gradients
  }
  const prepared = repeated(device, capture(compute))
  const prelude = tunedOnce(device, compute, [])
  return { ...prepared, prelude, dispose: () => [...leaves, seed].forEach((t) => t.dispose()) }
}

/** Of float16, between 1 and the next number. */
const halfEpsilon = 2 ** -10

/** Length of the difference over the length of what is right. */
function distance(actual: ArrayLike<number>, right: ArrayLike<number>): number {
  let [squares, all] = [0, 0]
  for (let i = 0; i < right.length; i++) {
    squares += (actual[i]! - right[i]!) ** 2
    all += right[i]! ** 2
  }
  return Math.sqrt(squares / all)
}

/**
 * The same with factors rounded to float16, in whose precision the first result must agree with that of float32. Errors: an Error
 * where it does not, or where the device has no float16.
 */
export async function prepareReducedOp(device: Device, c: OpCase): Promise<Prepared> {
  const full = prepareOp(device, c)
  await full.run(1, '')
  const right = await full.values()
  full.dispose?.()
  const { values, ...reduced } = prepareOp(device, c)
  const inMedium = <T>(work: () => T): T => withFloat32MatmulPrecision('medium', work)
  let isChecked = false
  return {
    ...reduced,
    prelude: (iterations) => inMedium(() => reduced.prelude(iterations)),
    run: (iterations, variant) => inMedium(() => reduced.run(iterations, variant)),
    result: async () => {
      if (!isChecked) {
        const off = distance(await values(), right)
        if (off === 0) throw new Error('this device multiplies in float32 only')
        if (!(off < halfEpsilon)) throw new Error(`it is off by ${off.toExponential(1)} of float32's result`)
        isChecked = true
      }
      return reduced.result()
    },
  }
}

export function prepareDispatch(device: Device, { kind, kernels }: DispatchCase): Prepared {
  const random = new Uniform(4)
  const [x, y] = [0, 1].map(() => tensor(random.floats(16, 0.5), { shape: [4, 4] }))
  const step = capture(() => {
    let out = x!
    for (let i = 0; i < kernels; i++) out = out.matmul(y!)
    return [out]
  })
  if (kind === 'dispatch') return { ...repeated(device, step), result: () => 0 }
  let seconds = 0
  return {
    // The device is idle again each time: one that is behind would slow down whoever hands it more.
    async run(iterations) {
      seconds = 0
      for (let i = 0; i < iterations; i++) {
        const start = performance.now()
        step()
        seconds += (performance.now() - start) / 1000
        await device.synchronize()
      }
    },
    seconds: () => seconds,
    result: () => 0,
  }
}
