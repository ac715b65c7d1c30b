/** Single operations, as captured steps. */
import { capture, nn, noGrad, tensor, type Device, type Tensor } from '../../../index.ts'
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
    case 'embedding':
      return nn.functional.embedding(tokens!, x!)
  }
}

/** A captured step run over and over; `inputs` are handed in each time, as a user's would be. */
function repeated(device: Device, step: () => readonly Tensor[]): Prepared {
  let outputs: readonly Tensor[] = []
  return {
    run: (iterations) => {
      for (let i = 0; i < iterations; i++) outputs = step()
      return device.synchronize()
    },
    result: async () => {
      const values = await Promise.all(outputs.map((output) => output.data()))
      return values.reduce((sum, one) => sum + fingerprint(one), 0)
    },
  }
}

export function prepareOp(device: Device, c: OpCase): Prepared {
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
