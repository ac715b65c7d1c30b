/** Halves as PyTorch's float16 has them, on every device. What PyTorch gives was asked of PyTorch 1.13 on a CPU. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../backends/device.ts'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { onWebGPU } from '../backends/webgpu/testing.ts'
import {
  arange,
  cat,
  capture,
  full,
  grad,
  manualSeed,
  nn,
  noGrad,
  ones,
  optim,
  rand,
  randLike,
  randn,
  tensor,
  where,
  zeros,
  type DType,
  type Tensor,
} from '../index.ts'

const everyHalf = new Float16Array(Uint16Array.from({ length: 65_536 }, (_, bits) => bits).buffer)
const bitsOf = (halves: Float16Array): Uint16Array => new Uint16Array(halves.buffer)

/** Between each half and the next, and beside that: where rounding decides. */
function betweenHalves(): Float32Array {
  const out: number[] = []
  const bits = new Uint32Array(1)
  const float = new Float32Array(bits.buffer)
  for (let i = 0; i < 0x7c00; i++) {
    // What follows the largest one is 65536, were there more exponents.
    const next = i === 0x7bff ? 65_536 : everyHalf[i + 1]!
    float[0] = (everyHalf[i]! + next) / 2
    const middle = bits[0]!
    for (const near of [middle - 1, middle, middle + 1]) {
      bits[0] = near
      out.push(float[0], -float[0])
    }
  }
  return Float32Array.from([...out, Infinity, -Infinity, NaN, 0, -0, 3.4e38, -1e30, 1e-30])
}

function halves(device: () => Device): void {
  const half = (...values: number[]): Tensor => tensor(values, { dtype: 'float16', device: device() })
  const floats = (...values: number[]): Tensor => tensor(values, { device: device() })
  const ints = (...values: number[]): Tensor => tensor(values, { dtype: 'int32', device: device() })
  const read = async (x: Tensor): Promise<[DType, number[]]> => [x.dtype, [...(await x.data())]]

  it('keep all 65,536 of them', async () => {
    const x = tensor(everyHalf, { device: device() })
    expect(x.dtype).toBe('float16')
    for (const y of [
      x,
      x.clone(),
      x.float().half(),
      x.mul(1),
      x.reshape([256, 256]).T.T.flatten(),
      x.neg().neg(),
    ]) {
      const data = await y.data()
      expect(data).toBeInstanceOf(Float16Array)
      expect(data).toEqual(everyHalf)
    }
    expect(await x.float().data()).toEqual(Float32Array.from(everyHalf))
  })

  it('are the nearest, of two the even one; what is too large is infinite, what is small is kept', async () => {
    const x = betweenHalves()
    const rounded = (await tensor(x, { device: device() }).half().data()) as Float16Array
    const expected = Float16Array.from(x)
    expect(bitsOf(rounded.map((v) => (Number.isNaN(v) ? 0 : v)))).toEqual(
      bitsOf(expected.map((v) => (Number.isNaN(v) ? 0 : v))),
    )
    expect(rounded.map(Number.isNaN as never)).toEqual(expected.map(Number.isNaN as never))
    expect(await read(floats(65_519, 65_520, 2 ** -24, 2 ** -25, 1.5 * 2 ** -24).half())).toEqual([
      'float16',
      [65_504, Infinity, 2 ** -24, 0, 2 ** -23],
    ])
    expect(await read(ints(2049, 65_519, 65_520, -70_000).half())).toEqual([
      'float16',
      [2048, 65_504, Infinity, -Infinity],
    ])
  })

  it('compute as PyTorch’s', async () => {
    const x = half(3.1415926, -0.333333, 1000.5, 6e-8, 65_504, 0.1)
    const y = half(2.71828, 7.7, 0.001, 3e-8, 65_504, -123.25)
    const results: [Tensor, number[]][] = [
      [x.add(y), [5.859375, 7.3671875, 1000.5, 1.1920928955078125e-7, Infinity, -123.125]],
      [x.sub(y), [0.421875, -8.03125, 1000.5, 0, 0, 123.375]],
      [x.mul(y), [8.5390625, -2.56640625, 1.0009765625, 0, Infinity, -12.3203125]],
      [x.div(y), [1.1552734375, -0.04327392578125, Infinity, 1, 1, -0.0008111000061035156]],
      [x.pow(2), [9.8671875, 0.111083984375, Infinity, 0, Infinity, 0.0099945068359375]],
      [x.pow(3), [30.984375, -0.037017822265625, Infinity, 0, Infinity, 0.00099945068359375]],
      [x.abs(), [3.140625, 0.333251953125, 1000.5, 5.960464477539063e-8, 65_504, 0.0999755859375]],
      [x.add(ints(2049, 4097, 1, -70_000, 3, 0)), [2052, 4096, 1001.5, -Infinity, 65_504, 0.0999755859375]],
      // Rounded between, though both are one kernel.
      [x.add(1).sub(1), [3.140625, -0.3330078125, 1000.5, 0, 65_504, 0.099609375]],
      [x.mul(y).div(y), [3.140625, -0.333251953125, 1000.5, 0, Infinity, 0.0999755859375]],
      [cat([x, y]).slice(0, 0, 3), [3.140625, -0.333251953125, 1000.5]],
      [half(1, 2, 4, 8).var(), [9.5859375]],
    ]
    for (const [result, expected] of results) expect(await read(result)).toEqual(['float16', expected])
    expect(await read(x.lt(y))).toEqual(['bool', [0, 1, 0, 0, 0, 0]])
    expect(await read(x.eq(0.1))).toEqual(['bool', [0, 0, 0, 0, 0, 1]])
    expect(await read(half(300, 2.7, 0).to('uint8'))).toEqual(['uint8', [44, 2, 0]])
    expect(await read(half(1.5, -2.5, 1000.7).int())).toEqual(['int32', [1, -2, 1000]])
    expect(await read(half(0, -0, NaN).bool())).toEqual(['bool', [0, 0, 1]])
  })

  it('take numbers as float32, and round what comes of them', async () => {
    const x = half(3, 1000, 0.1)
    const once = (f: (v: number) => number): number[] =>
      [3, 1000, Math.f16round(0.1)].map((v) => Math.f16round(Math.fround(f(v))))
    expect(await read(x.mul(0.1))).toEqual(['float16', once((v) => v * Math.fround(0.1))])
    expect(await read(x.div(1e5))).toEqual(['float16', once((v) => v / 1e5)])
    // 10⁻⁸ is none itself, and is lost in a sum as in PyTorch.
    expect(await read(x.add(1e-8))).toEqual(['float16', once((v) => v)])
    expect(await read(x.exp())).toEqual(['float16', once(Math.exp)])
    expect(await read(x.sqrt())).toEqual(['float16', once(Math.sqrt)])
    expect(await read(x.where(x.gt(1), 0.1))).toEqual(['float16', [3, 1000, Math.f16round(0.1)]])
    expect(await read(x.clamp(0.3, 500))).toEqual(['float16', [3, 500, Math.f16round(0.3)]])
  })

  it('stand between whole numbers and float32 in promotion', () => {
    const x = half(1, 2)
    const beside: Record<DType, DType> = {
      float32: 'float32',
      float16: 'float16',
      int32: 'float16',
      uint32: 'float16',
      uint8: 'float16',
      bool: 'float16',
    }
    for (const [dtype, expected] of Object.entries(beside) as [DType, DType][]) {
      const y = ones([2], { dtype, device: device() })
      const made = [x.add(y), y.add(x), x.mul(y), x.div(y), y.div(x), where(y.bool(), x, y), cat([y, x])]
      for (const made1 of [...made, x.maximum(y)]) expect(made1.dtype).toBe(expected)
    }
    for (const y of [x.add(2), x.mul(0.5), x.add(true), x.pow(2), x.pow(-0.5), x.floorDivide(3), x.sum()])
      expect(y.dtype).toBe('float16')
  })

  it('are summed in float32, and rounded at the end', async () => {
    expect(await read(full([4000], 1.001, { dtype: 'float16', device: device() }).sum())).toEqual([
      'float16',
      [4004],
    ])
    const many = full([4000], 20, { dtype: 'float16', device: device() })
    expect(await read(many.sum())).toEqual(['float16', [Infinity]])
    expect(await read(many.sum({ dtype: 'float32' }))).toEqual(['float32', [80_000]])
    // PyTorch's CPU rounds the sum too, its GPUs only the mean.
    expect(await read(many.mean())).toEqual(['float16', [20]])
    expect(await read(half(300, 400).norm())).toEqual(['float16', [500]])
    expect(await read(half(3, 0.1, 7.7).prod())).toEqual([
      'float16',
      [Math.f16round(3 * Math.f16round(0.1) * Math.f16round(7.7))],
    ])
    expect(await read(half(0.1, 0.1, 0.1).cumsum(0))).toEqual([
      'float16',
      [1, 2, 3].map((n) => Math.f16round(n * Math.f16round(0.1))),
    ])
    expect(await read(half(3, 70_000, -1).amax())).toEqual(['float16', [Infinity]])
    expect(await read(half(3, 7, -1).argmax())).toEqual(['int32', [1]])
    expect(await read(half(3, 7, -1).sort().values)).toEqual(['float16', [-1, 3, 7]])
    expect(await read(half(1, 2, 3).softmax(0).sum())).toEqual(['float16', [1]])
  })

  it('multiply as matrices and in convolutions, but not beside float32', async () => {
    const [m, n] = [half(1, 2, 3, 4).reshape([2, 2]), half(0.1, 0.2, 0.3, 0.4).reshape([2, 2])]
    const h = (v: number): number => Math.f16round(v)
    const product = [
      h(0.1) + 2 * h(0.3),
      h(0.2) + 2 * h(0.4),
      3 * h(0.1) + 4 * h(0.3),
      3 * h(0.2) + 4 * h(0.4),
    ]
    expect(await read(m.matmul(n))).toEqual(['float16', product.map(h)])
    expect(await read(nn.functional.linear(m, n, half(1, 1)).sum())).toEqual([
      'float16',
      [expect.closeTo(9.2, 1)],
    ])
    const image = ones([1, 1, 3, 3], { dtype: 'float16', device: device() })
    const kernel = full([1, 1, 2, 2], 0.1, { dtype: 'float16', device: device() })
    expect(await read(nn.functional.conv2d(image, kernel).flatten())).toEqual([
      'float16',
      new Array<number>(4).fill(h(4 * h(0.1))),
    ])
    for (const attempt of [
      () => m.matmul(n.float()),
      () => nn.functional.linear(m, n.float()),
      () => nn.functional.conv2d(image.float(), kernel),
    ])
      expect(attempt).toThrow(
        "its inputs are float16 and float32; convert one with to('float32') or to('float16').",
      )
  })

  it('have gradients of their own type', async () => {
    const w = half(0.1, 2, -3).requiresGrad_()
    w.mul(3).div(7).sum().backward()
    expect(await read(w.grad!)).toEqual(['float16', [0.428466796875, 0.428466796875, 0.428466796875]])
    w.mul(3).div(7).sum().backward()
    expect(await read(w.grad!)).toEqual(['float16', [0.85693359375, 0.85693359375, 0.85693359375]])

    const [a, b] = [half(0.1, 2, -3).requiresGrad_(), floats(0.3, 0.7, 1.1).requiresGrad_()]
    a.mul(b).sum().backward()
    expect(await read(a.grad!)).toEqual(['float16', [0.300048828125, 0.7001953125, 1.099609375]])
    expect(await read(b.grad!)).toEqual(['float32', [0.0999755859375, 2, -3]])

    const c = floats(0.1, 2, -3).requiresGrad_()
    c.half().mul(c.half()).sum().backward()
    expect(await read(c.grad!)).toEqual(['float32', [0.199951171875, 4, -6]])

    const d = half(0.5, 2).requiresGrad_()
    const [slope] = grad(d.pow(3).sum(), d, { createGraph: true })
    slope!.sum().backward()
    expect(await read(slope!)).toEqual(['float16', [0.75, 12]])
    expect(await read(d.grad!)).toEqual(['float16', [3, 12]])
    expect(() => ints(1).requiresGrad_()).toThrow('Only tensors of floats can require gradients, not int32.')
  })

  it('change in place', async () => {
    const x = half(1, 2)
    expect(await read(x.add_(floats(0.1, 0.1)))).toEqual([
      'float16',
      [1.0996, 2.0996].map((v) => expect.closeTo(v, 3)),
    ])
    expect(await read(x.copy_(0.1))).toEqual(['float16', [0.0999755859375, 0.0999755859375]])
    expect(await read(x.fill_(1e5))).toEqual(['float16', [Infinity, Infinity]])
    expect(() => ints(1, 2).add_(x)).toThrow(
      'add_: a result of type float16 cannot be kept in a tensor of int32.',
    )
    const row = zeros([2, 2], { dtype: 'float16', device: device() })
    row.select(0, 1).copy_(floats(1 / 3, 70_000))
    expect(await read(row)).toEqual(['float16', [0, 0, Math.f16round(1 / 3), Infinity]])
  })

  it('are made by what makes tensors', async () => {
    const options = { dtype: 'float16', device: device() } as const
    expect(await read(full([1], 0.1, options))).toEqual(['float16', [0.0999755859375]])
    expect(await read(arange(0, 1, 0.3, options))).toEqual([
      'float16',
      [0, 0.300048828125, 0.60009765625, 0.89990234375],
    ])
    expect(await read(half(1).newFull([2], 0.1))).toEqual(['float16', [0.0999755859375, 0.0999755859375]])
    expect(await read(half(1, 2).onesLike())).toEqual(['float16', [1, 1]])
    expect(await half(0.1).item()).toBe(0.0999755859375)
    expect(await half(0.1, 2).toArray()).toEqual([0.0999755859375, 2])
    manualSeed(3)
    const u = rand([4096], options)
    expect(u.dtype).toBe('float16')
    const drawn = [...(await u.data())]
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...drawn)).toBeLessThan(1)
    expect(drawn.reduce((a, b) => a + b) / 4096).toBeCloseTo(0.5, 1)
    for (const made of [randn([3], options), randLike(u), u.isFloatingPoint() ? u : ints(1)])
      expect(made.dtype).toBe('float16')
  })

  it('are refused where whole numbers are needed', () => {
    const x = half(1, 2)
    expect(() => x.bitwiseAnd(x)).toThrow(
      "bitwiseAnd is not defined for float16 tensors; convert them with to('int32').",
    )
    expect(() => x.bitwiseNot()).toThrow('bitwiseNot is not defined for float16 tensors')
    expect(() => floats(1, 2).indexSelect(0, x)).toThrow('An index must be int32, not float16.')
    expect(() => half(1, 2, 3, 4).reshape([2, 2]).inverse()).toThrow('takes float32, not float16')
  })

  it('train a network', async () => {
    manualSeed(1)
    const [x, y] = [randn([32, 3], { device: device() }), randn([32, 1], { device: device() })]
    const model = new nn.Sequential(
      new nn.Linear(3, 8, { device: device() }),
      new nn.BatchNorm1d(8, { device: device() }),
      new nn.Tanh(),
      new nn.Linear(8, 1, { device: device() }),
    )
    const before = [...model.parameters()]
    expect(model.half()).toBe(model)
    expect(model.parameters()).toEqual(before)
    expect(new Set(model.parameters().map((p) => p.dtype))).toEqual(new Set(['float16']))
    expect(Object.fromEntries(model.namedBuffers().map(([name, b]) => [name, b.dtype]))).toEqual({
      '1.running_mean': 'float16',
      '1.running_var': 'float16',
      '1.num_batches_tracked': 'int32',
    })
    const [input, target] = [x.half(), y.half()]
    const adam = new optim.Adam(model.parameters(), 0.02)
    const step = capture((input: Tensor, target: Tensor) => {
      adam.zeroGrad()
      const loss = nn.functional.mseLoss(model.call(input), target)
      loss.backward()
      adam.step()
      return loss
    })
    const losses: number[] = []
    for (let i = 0; i < 30; i++) {
      const loss = step(input, target)
      expect(loss.dtype).toBe('float16')
      losses.push(await loss.item())
    }
    expect(losses.at(-1)!).toBeLessThan(0.75 * losses[0]!)
    expect(model.parameters().every((p) => p.dtype === 'float16')).toBe(true)
    for (const p of model.parameters()) {
      const data = await p.data()
      expect(data).toEqual(Float16Array.from(data))
    }
    const states = Object.entries(adam.checkpoint()).filter(([name]) => name.startsWith('exp_avg'))
    expect(new Set(states.map(([, t]) => t.dtype))).toEqual(new Set(['float16']))
    expect(new Set((await model.to('float32')).parameters().map((p) => p.dtype))).toEqual(
      new Set(['float32']),
    )
  })

  it('are moved by SGD as on PyTorch’s GPUs, where rates are float32', async () => {
    const p = new nn.Parameter(half(1, -2))
    const sgd = new optim.SGD([p], 0.1, { momentum: 0.9 })
    const grads = [0.5, Math.f16round(0.3)]
    let [values, velocity] = [
      [1, -2],
      [0, 0],
    ]
    for (let i = 0; i < 3; i++) {
      p.grad = half(...grads)
      sgd.step()
      velocity = velocity.map((v, j) => Math.f16round(Math.f16round(v * 0.9) + grads[j]!))
      values = values.map((v, j) => Math.f16round(v - velocity[j]! * 0.1))
      expect([...(await p.data())]).toEqual(values)
    }
  })

  it('write into running statistics and inputs that they were asked to', async () => {
    const [mean, variance] = [zeros([2], { device: device() }).half(), ones([2], { device: device() }).half()]
    const x = half(1, 2, 3, 4).reshape([2, 2])
    noGrad(() => nn.functional.batchNorm(x, mean, variance, { training: true, momentum: 0.5 }))
    expect(await read(mean)).toEqual(['float16', [1, 1.5]])
    expect(await read(variance)).toEqual(['float16', [1.5, 1.5]])
    const z = half(-1, 2)
    expect(nn.functional.relu(z, true)).toBe(z)
    expect(await read(z)).toEqual(['float16', [0, 2]])
  })
}

describe('halves on the reference', () => {
  const reference = createReferenceDevice()
  halves(() => reference)
})
describe('halves on wasm', () => {
  const wasm = createWasmDevice()
  halves(() => wasm)
})
onWebGPU('halves on WebGPU', (open) => {
  let gpu: Device
  beforeAll(async () => {
    gpu = await open()
  })
  afterAll(() => {
    gpu.close()
  })
  halves(() => gpu)
})

/** As PyTorch prints them. */
it('print their type', () => {
  const half = (values: number[]): Tensor => tensor(values, { dtype: 'float16' })
  expect(String(half([1.5, -2, 1000, 0.1]).reshape([2, 2]))).toBe(
    'tensor([[ 1.5000e+00, -2.0000e+00],\n        [ 1.0000e+03,  9.9976e-02]], dtype=torch.float16)',
  )
  expect(String(half([0.1]).reshape([]))).toBe('tensor(0.1000, dtype=torch.float16)')
  expect(String(zeros([0, 2], { dtype: 'float16' }))).toBe('tensor([], size=(0, 2), dtype=torch.float16)')
  expect(String(half([65_504, Infinity, NaN]))).toBe('tensor([65504.,    inf,    nan], dtype=torch.float16)')
  expect(String(half([1, 2]).requiresGrad_().mul(2))).toBe(
    'tensor([2., 4.], dtype=torch.float16, grad_fn=<MulBackward0>)',
  )
})
