import { beforeAll, describe, expect, it } from 'vitest'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { excess } from '../fixtures/excess.ts'
import { detectAnomaly } from './anomaly.ts'
import { grad } from './autograd.ts'
import { isGradEnabled, noGrad, enableGrad } from './grad-mode.ts'
import { setDefaultDevice, tensor } from './creation.ts'
import { full, ones } from '../functions/creation.ts'
import { AutogradFunction, type FunctionContext } from './function.ts'
import type { Tensor } from './tensor.ts'

const parameter = (values: number[] | number[][]): Tensor => tensor(values, { requiresGrad: true })
const read = async (t: Tensor | null): Promise<number[] | null> => t && [...(await t.data())]

describe.each(['wasm', 'reference'] as const)('autograd on %s', (backend) => {
  const device = backend === 'wasm' ? createWasmDevice() : createReferenceDevice()
  beforeAll(() => setDefaultDevice(device))

  it('accumulates into .grad, in place', async () => {
    const x = parameter([1, 2, 3])
    x.mul(2).sum().backward()
    const held = x.grad
    x.mul(x).sum().backward()
    expect(x.grad).toBe(held)
    expect(await read(x.grad)).toEqual([4, 6, 8])
    x.grad = null
    x.sum().backward()
    expect(await read(x.grad)).toEqual([1, 1, 1])
  })

  it('keeps the gradients of tensors that share one apart', async () => {
    const [a, b] = [parameter([1]), parameter([1])]
    a.add(b).sum().backward()
    a.mul(5).sum().backward()
    expect(await read(a.grad)).toEqual([6])
    expect(await read(b.grad)).toEqual([1])
  })

  it('adds up every path of a diamond', async () => {
    const x = parameter([3])
    const y = x.mul(2)
    const z = y.mul(y).add(y.mul(x)).add(y)
    z.sum().backward()
    // z = 4x² + 2x² + 2x
    expect(await read(x.grad)).toEqual([38])
  })

  it('sums over broadcast dimensions', async () => {
    const [column, row, scalar] = [
      parameter([[1], [2]]),
      parameter([1, 2, 3]),
      tensor(2, { requiresGrad: true }),
    ]
    column.mul(row).mul(scalar).sum().backward()
    expect(column.grad!.shape).toEqual([2, 1])
    expect(await read(column.grad)).toEqual([12, 12])
    expect(await read(row.grad)).toEqual([6, 6, 6])
    expect(scalar.grad!.shape).toEqual([])
    expect(await read(scalar.grad)).toEqual([18])
  })

  it('frees the graph after backward unless asked to retain it', async () => {
    const x = parameter([2])
    const y = x.mul(x).sum()
    y.backward(undefined, { retainGraph: true })
    y.backward()
    expect(await read(x.grad)).toEqual([8])
    expect(() => y.backward()).toThrow(/second time.*retainGraph/)
  })

  it('differentiates twice with createGraph', async () => {
    const x = parameter([0.5, -1, 2])
    const [first] = grad(x.pow(3).sum(), [x], { createGraph: true })
    const [second] = grad(first!.sum(), [x], { createGraph: true })
    const [third] = grad(second!.sum(), [x])
    expect(await read(first!)).toEqual([0.75, 3, 12])
    expect(await read(second!)).toEqual([3, -6, 12])
    expect(await read(third!)).toEqual([6, 6, 6])
  })

  it('keeps gradients of gradients differentiable when they accumulate', async () => {
    const x = parameter([3])
    x.pow(3).sum().backward(undefined, { createGraph: true })
    x.pow(2).sum().backward(undefined, { createGraph: true })
    const [second] = grad(x.grad!.sum(), [x])
    expect(await read(x.grad)).toEqual([33])
    expect(await read(second!)).toEqual([20])
  })

  it('lets hooks see and change gradients, and removes only their own', async () => {
    const x = parameter([1, 2])
    const y = x.mul(3)
    const seen: Tensor[] = []
    const remove = y.registerHook((g) => void seen.push(g))
    x.registerHook((g) => g.mul(10))
    y.sum().backward(undefined, { retainGraph: true })
    expect(seen).toHaveLength(1)
    expect(await read(seen[0]!)).toEqual([1, 1])
    expect(await read(x.grad)).toEqual([30, 30])
    remove()
    y.registerHook((g) => g.mul(0))
    remove()
    x.grad = null
    y.sum().backward()
    expect(seen).toHaveLength(1)
    expect(await read(x.grad)).toEqual([0, 0])
  })

  it('fills .grad of an inner tensor after retainGrad only', async () => {
    const x = parameter([1, 2])
    const [kept, plain] = [x.mul(2), x.mul(4)]
    kept.retainGrad()
    kept.mul(plain).sum().backward()
    expect(await read(kept.grad)).toEqual([4, 8])
    expect(plain.grad).toBeNull()
  })

  it('leaves the graph with detach and noGrad', async () => {
    const x = parameter([1, 2])
    expect(x.mul(2).detach().requiresGrad).toBe(false)
    expect(noGrad(() => x.mul(2)).requiresGrad).toBe(false)
    expect(noGrad(() => enableGrad(() => x.mul(2))).requiresGrad).toBe(true)
    expect(() => noGrad(() => x.mul(2).sum().backward())).toThrow(/requires grad/)
    expect(() =>
      noGrad(() => {
        throw new Error('inside')
      }),
    ).toThrow('inside')
    expect(isGradEnabled()).toBe(true)
    x.detach().mul(x).sum().backward()
    expect(await read(x.grad)).toEqual([1, 2])
  })

  it('computes grad() without touching any leaf’s .grad', async () => {
    const x = parameter([1, 2])
    const y = x.mul(x)
    y.retainGrad()
    const unrelated = parameter([1])
    const tripled = y.mul(3).sum()
    expect(() => grad(tripled, [x, unrelated], { retainGraph: true })).toThrow(
      'do not depend on input 1 (shape [1])',
    )
    const [dx, dy, again, none] = grad(tripled, [x, y, y, unrelated], { allowUnused: true })
    expect(await read(dx!)).toEqual([6, 12])
    expect(await read(dy!)).toEqual([3, 3])
    expect(await read(again!)).toEqual([3, 3])
    expect(none).toBeNull()
    expect([x.grad, unrelated.grad]).toEqual([null, null])
    // A retained gradient is kept by whichever way it is computed.
    expect(await read(y.grad!)).toEqual([6, 6])
  })

  it('computes grad() of several outputs, from gradients of theirs', async () => {
    // torch.autograd.grad([x ** 2, x * 3], [x], [torch.tensor([1., 2.]), torch.tensor([10., 10.])])
    const x = parameter([1, 2])
    const outputs = [x.mul(x), x.mul(3)]
    const [dx] = grad(outputs, x, { gradOutputs: [tensor([1, 2]), tensor([10, 10])] })
    expect(await read(dx!)).toEqual([32, 38])
    const [zeros] = grad(x.sum(), [parameter([1, 1])], { materializeGrads: true })
    expect(await read(zeros!)).toEqual([0, 0])
  })

  it('adds to a retained gradient, as to a leaf’s', async () => {
    const x = parameter([1])
    const y = x.mul(2)
    y.retainGrad()
    y.mul(2).sum().backward(undefined, { retainGraph: true })
    y.mul(5).sum().backward()
    expect(await read(y.grad!)).toEqual([7])
    expect(await read(x.grad!)).toEqual([14])
  })

  it('keeps the mode of an asynchronous body to its end, and of what runs beside it', async () => {
    const x = parameter([2])
    const inside = noGrad(async () => {
      await Promise.resolve()
      return x.mul(3)
    })
    expect(x.mul(2).requiresGrad).toBe(true)
    expect((await inside).requiresGrad).toBe(false)
    expect(x.mul(2).requiresGrad).toBe(true)
    const nested = await noGrad(async () => enableGrad(async () => (await Promise.resolve(), x.mul(1))))
    expect(nested.requiresGrad).toBe(true)
  })

  it('names the op of the first NaN, forward and backward, and stops looking afterwards', async () => {
    const x = parameter([-1, 4])
    expect(() => detectAnomaly(() => x.mul(2).sqrt().sum())).toThrow(
      'sqrt gave the first NaN, from inputs of [2].',
    )
    // 0 times the infinite slope of a root at 0.
    const zero = parameter([0])
    expect(() =>
      detectAnomaly(() => {
        zero.sqrt().mul(0).sum().backward()
      }),
    ).toThrow(/gave the first NaN/)
    await expect(
      detectAnomaly(async () => {
        await Promise.resolve()
        return x.log().sum()
      }),
    ).rejects.toThrow('log gave the first NaN')
    expect(Number.isNaN(await x.log().sum().item())).toBe(true)
  })

  it('refuses what has no gradient, in plain words', () => {
    const x = parameter([1, 2])
    expect(() => x.mul(2).backward()).toThrow('backward() without a gradient needs a single number')
    expect(() => grad(x.mul(2), [x])).toThrow('grad() without a gradient needs a single number')
    expect(() => grad(tensor([1]), [x])).toThrow('grad() needs a tensor that requires grad')
    expect(() => tensor([1]).backward()).toThrow('requires grad')
    expect(() => x.mul(2).backward(ones([3]))).toThrow('the gradient has shape [3], the tensor [2]')
    expect(() => tensor([1], { dtype: 'int32', requiresGrad: true })).toThrow('Only tensors of floats')
    expect(() => (x.mul(2).requiresGrad = false)).toThrow('leaf tensors only')
  })

  it('takes a gradient for results of many elements', async () => {
    const x = parameter([1, 2])
    x.mul(x).backward(tensor([1, 10]))
    expect(await read(x.grad)).toEqual([2, 40])
  })

  it('guards leaves against changes in place', async () => {
    const w = parameter([1, 2])
    expect(() => w.mul_(2)).toThrow('noGrad()')
    expect(await read(w)).toEqual([1, 2])
    const y = w.mul(w).sum()
    noGrad(() => w.add_(1))
    expect(await read(w)).toEqual([2, 3])
    expect(() => y.backward()).toThrow(/changed in place.*version 1, expected 0/)
  })

  it('differentiates through changes in place of inner tensors', async () => {
    const x = parameter([1, 2])
    const y = x.mul(3)
    const before = y.mul(y)
    y.mul_(2)
    y.add_(x)
    expect(y.version).toBe(2)
    before.add(y).sum().backward()
    // 9x² + 7x
    expect(await read(x.grad)).toEqual([25, 43])
    const buffer = tensor([0, 0])
    buffer.copy_(x.mul(2))
    buffer.sum().backward()
    expect(await read(x.grad)).toEqual([27, 45])
  })

  it('keeps the output an op saved when the tensor is changed later', async () => {
    const x = parameter([0, 1])
    const y = x.exp()
    const z = y.sum()
    y.mul_(100)
    const [first] = grad(z, [x], { createGraph: true })
    const [second] = grad(first!.sum(), [x])
    for (const g of [first!, second!])
      expect(excess(await g.data(), [1, Math.E], 1e-6, 1e-6)).toBeLessThanOrEqual(0)
  })

  it('keeps what copy_ copied apart from its source', async () => {
    const [a, b] = [tensor([1, 2]), tensor([3, 4])]
    b.copy_(a)
    a.add_(10)
    expect(await read(b)).toEqual([1, 2])
    b.copy_(5)
    expect(await read(b)).toEqual([5, 5])
    expect(() => b.copy_(tensor([1, 2, 3]))).toThrow('Cannot expand')
  })

  it('keeps a retained gradient apart from the one that was passed', async () => {
    const x = tensor([1, -2], { requiresGrad: true })
    const y = x.mul(2)
    y.retainGrad()
    const passed = tensor([3, 4])
    y.backward(passed)
    passed.narrow(0, 0, 1).add_(10)
    expect([...(await y.grad!.data())]).toEqual([3, 4])
  })

  it('takes custom functions: a straight-through estimator', async () => {
    class Round extends AutogradFunction {
      forward(context: FunctionContext, x: Tensor): Tensor {
        context.saved = [x]
        return x.add(0.5).floor()
      }
      backward(context: FunctionContext, g: Tensor): (Tensor | null)[] {
        return [context.saved[0]!.abs().lt(2).choose(g, 0)]
      }
    }
    const x = parameter([0.4, 1.6, 2.7])
    const y = new Round().apply(x)
    expect(await read(y)).toEqual([0, 2, 3])
    expect(y.gradFn!.name).toBe('RoundBackward')
    y.mul(2).sum().backward()
    expect(await read(x.grad)).toEqual([2, 2, 0])
  })

  it('shows its graph through nextFunctions', () => {
    const [x, w] = [parameter([[1, 2]]), parameter([[1], [1]])]
    const y = x.matmul(w).relu().sum()
    const names: string[] = []
    for (let fn = y.gradFn; fn; fn = fn.nextFunctions[0] ?? null) names.push(fn.name)
    expect(names).toEqual(['sumBackward', 'reluBackward', 'matmulBackward'])
    expect(y.gradFn!.nextFunctions[0]!.nextFunctions[0]!.nextFunctions).toEqual([null, null])
    expect(x.isLeaf).toBe(true)
    expect(y.isLeaf).toBe(false)
  })

  it('ignores integer branches', async () => {
    const x = parameter([1.5, -2])
    const sign = x.gt(0)
    expect(sign.requiresGrad).toBe(false)
    sign.choose(x, x.neg()).sum().backward()
    expect(await read(x.grad)).toEqual([1, -1])
  })
})

/** Derivatives of derivatives against central differences of the first, in float64. */
describe('second derivatives', () => {
  const device = createReferenceDevice()
  const point = [0.3, -0.7, 1.1, 0.2, -0.4, 0.9]
  const weights = tensor([0.7, -1.3, 0.4, 1.9, -0.2, 0.8], { device })
  const functions: Readonly<Record<string, (x: Tensor) => Tensor>> = {
    tanh: (x) => x.tanh(),
    sigmoid: (x) => x.sigmoid(),
    gelu: (x) => x.gelu(),
    exp: (x) => x.exp(),
    log: (x) => x.square().add(1).log(),
    sqrt: (x) => x.square().add(1).sqrt(),
    'sin and cos': (x) => x.sin().mul(x.cos()),
    erf: (x) => x.erf(),
    div: (x) => x.div(x.square().add(1)),
    pow: (x) => x.square().add(1).pow(-1.5),
    softmax: (x) => x.reshape([2, 3]).softmax(1).reshape([6]),
    logSoftmax: (x) => x.reshape([2, 3]).logSoftmax(0).square().reshape([6]),
    matmul: (x) =>
      x
        .reshape([2, 3])
        .matmul(x.reshape([3, 2]))
        .reshape([4])
        .pad([[1, 1]]),
    variance: (x) =>
      x
        .reshape([2, 3])
        .var(1, { keepdim: true })
        .mul(x.reshape([2, 3]))
        .reshape([6]),
    gather: (x) => x.square().indexSelect(0, tensor([1, 1, 0, 5, 2, 3], { dtype: 'int32', device })),
    crossEntropy: (x) =>
      x
        .reshape([2, 3])
        .logSoftmax(1)
        .exp()
        .mul(x.reshape([2, 3]))
        .reshape([6]),
  }
  it.each(Object.entries(functions))('%s', (_, f) => {
    const exact = (t: Tensor): Float64Array => device.readExact(t.realize().node.storage!.buffer)
    const slope = (values: readonly number[]): { x: Tensor; sum: Tensor } => {
      const x = full([6], 0, { device }).realize()
      device.writeExact(x.node.storage!.buffer, Float64Array.from(values))
      x.requiresGrad = true
      const [g] = grad(f(x).mul(weights).sum(), [x], { createGraph: true })
      return { x, sum: g!.mul(weights.flip(0)).sum() }
    }
    const { x, sum } = slope(point)
    const [analytic] = grad(sum, [x])
    const eps = 1e-6
    const numeric = point.map((value, i) => {
      const at = (delta: number): number => exact(slope(point.with(i, value + delta)).sum)[0]!
      return (at(eps) - at(-eps)) / (2 * eps)
    })
    expect(Math.max(...numeric.map(Math.abs))).toBeGreaterThan(1e-3)
    expect(excess(exact(analytic!), numeric, 1e-5, 1e-3)).toBeLessThanOrEqual(0)
  })
})

describe('long chains', () => {
  it.each([
    ['cheap operations', (y: Tensor): Tensor => y.mul(0.999).add(0.001), (y: number) => y * 0.999 + 0.001],
    [
      'functions that become formulas',
      (y: Tensor): Tensor => y.sin().add(0.5),
      (y: number) => Math.sin(y) + 0.5,
    ],
  ])('computes and differentiates 10,000 %s without exhausting the stack', async (_, link, exact) => {
    setDefaultDevice(createWasmDevice())
    const x = parameter([1, 2, 3])
    let y = x
    let expected = 2
    for (let i = 0; i < 5_000; i++) {
      y = link(y)
      expected = exact(expected)
    }
    y.sum().backward()
    expect((await y.data())[1]).toBeCloseTo(expected, 3)
    expect(Number.isFinite((await x.grad!.data())[1])).toBe(true)
  })
})

it('backward takes its options alone, and refuses what is no gradient', async () => {
  const x = tensor([1, 2], { requiresGrad: true })
  const y = x.square().sum()
  y.backward({ retainGraph: true })
  y.backward()
  expect(await x.grad!.toArray()).toEqual([4, 8])
  expect(() => y.backward(1 as never)).toThrow('takes a gradient that is a tensor')
})
