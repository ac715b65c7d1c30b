import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { beforeAll, describe, expect, it } from 'vitest'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import * as nn from '../nn/index.ts'
import * as optim from '../optim/index.ts'
import { noGrad } from './grad-mode.ts'
import { capture } from './capture.ts'
import { setDefaultDevice, tensor } from './creation.ts'
import { ones, zeros } from '../functions/creation.ts'
import { manualSeed, rand, randn } from './random.ts'
import type { Tensor } from './tensor.ts'

const read = async (t: Tensor): Promise<number[]> => [...(await t.data())]
const int32 = (...values: number[]): Tensor => tensor(Int32Array.from(values))

describe.each(['wasm', 'reference'] as const)('captured steps on %s', (backend) => {
  const device = backend === 'wasm' ? createWasmDevice() : createReferenceDevice()
  beforeAll(() => setDefaultDevice(device))

  it('give their memory back at once where they are released, and go on when they are called again', async () => {
    const [w, x] = [ones([300, 200]).realize(), ones([100, 300]).realize()]
    const before = device.memory.stats.allocated
    const step = capture((x: Tensor) => x.matmul(w).relu().matmul(w.t()).sum())
    expect(await read(step(x))).toEqual([100 * 200 * 300 * 300])
    const held = device.memory.stats.allocated - before
    expect(held).toBeGreaterThan(4 * 100 * 200)
    step.release()
    expect(device.memory.stats.allocated - before).toBeLessThan(1024)
    expect(await read(step(x))).toEqual([100 * 200 * 300 * 300])
    expect(device.memory.stats.allocated - before).toBeGreaterThan(4 * 100 * 200)
    step.release()
    x.dispose()
    w.dispose()
  })

  it('begin each call without the gradients of the last, however many were added up', async () => {
    const w = tensor([1, 2], { requiresGrad: true })
    const step = capture(() => {
      w.grad = null
      w.mul(2).sum().backward()
      w.mul(3).sum().backward()
      return w.grad!.detach().clone()
    })
    for (let call = 0; call < 3; call++) expect(await read(step())).toEqual([5, 5])
  })

  /** A network with everything that is state: weights, momenta, running statistics, the random generator. */
  function training(seed: number): { model: nn.Module; step: (rows: Tensor) => Tensor } {
    manualSeed(seed)
    const model = new nn.Sequential(
      // A bias would get no gradient but rounding errors, which Adam makes steps of.
      new nn.Linear(4, 9, { bias: false }),
      new nn.BatchNorm1d(9),
      new nn.ReLU(),
      new nn.Dropout(0.3),
      new nn.Linear(9, 3),
    )
    const [x, y] = [randn([40, 4]).realize(), rand([40]).mul(3).to('int32').realize()]
    const optimizer = new optim.AdamW(model.parameters(), { lr: 0.02 })
    const step = (rows: Tensor): Tensor => {
      const loss = nn.functional.crossEntropy(model.forward(x.indexSelect(0, rows)), y.indexSelect(0, rows))
      loss.backward()
      optimizer.step()
      optimizer.zeroGrad()
      return loss
    }
    return { model, step }
  }

  async function losses(step: (rows: Tensor) => Tensor, sizes: readonly number[]): Promise<number[]> {
    const out: number[] = []
    for (const [i, size] of sizes.entries()) {
      const rows = Int32Array.from({ length: size }, (_, j) => (i * 7 + j * 3) % 40)
      out.push(await step(tensor(rows)).item())
    }
    return out
  }

  it('do exactly what the eager steps do, for several shapes of input', async () => {
    const sizes = [16, 16, 7, 16, 7, 33, 16]
    const eager = training(5)
    const expected = await losses(eager.step, sizes)
    const replayed = training(5)
    const actual = await losses(capture(replayed.step), sizes)
    expect(new Set(expected).size).toBe(sizes.length)
    actual.forEach((loss, i) => expect(loss).toBeCloseTo(expected[i]!, 5))
    const state = replayed.model.stateDict()
    for (const [name, value] of Object.entries(eager.model.stateDict())) {
      const got = await read(state[name]!)
      for (const [i, v] of (await read(value)).entries()) expect(got[i]).toBeCloseTo(v, 4)
    }
  })

  it('give the same bits every time', async () => {
    const sizes = [16, 7, 16, 7]
    expect(await losses(capture(training(9).step), sizes)).toEqual(
      await losses(capture(training(9).step), sizes),
    )
  })

  it('keep what copy_ assigns from call to call', async () => {
    const [sum, count] = [tensor([0, 0]), tensor(0)]
    const step = capture((x: Tensor) => {
      sum.copy_(sum.add(x))
      count.add_(1)
      return sum.div(count)
    })
    expect(await read(step(tensor([2, 4])))).toEqual([2, 4])
    expect(await read(step(tensor([4, 8])))).toEqual([3, 6])
    expect(await read(sum)).toEqual([6, 12])
    expect(await count.item()).toBe(2)
  })

  it('follow tensors that are assigned outside', async () => {
    const [weight, plain] = [tensor([1, 1]), tensor([1, 1])]
    const step = capture(() => {
      weight.add_(1)
      return weight.mul(plain.detach())
    })
    expect(await read(step())).toEqual([2, 2])
    weight.copy_(tensor([10, 20]))
    plain.copy_(tensor([1, 3]))
    expect(await read(step())).toEqual([11, 63])
    weight.mul_(2)
    expect(await read(step())).toEqual([23, 129])
  })

  it('do not overwrite what state was loaded from, nor snapshots of it', async () => {
    const model = new nn.Linear(2, 2)
    const saved = { weight: tensor([[1, 2], [3, 4]]), bias: tensor([5, 6]) } // prettier-ignore
    model.loadStateDict(saved)
    const snapshot = zeros([2]).copy_(model.bias!)
    const step = capture(() => noGrad(() => model.bias!.add_(model.weight.sum())))
    step()
    step()
    expect(await read(model.bias!)).toEqual([25, 26])
    expect(await read(saved.bias)).toEqual([5, 6])
    expect(await read(snapshot)).toEqual([5, 6])
    model.loadStateDict({ weight: saved.weight, bias: snapshot })
    step()
    expect(await read(model.bias!)).toEqual([15, 16])
    expect(await read(snapshot)).toEqual([5, 6])
  })

  it('draw new random numbers at every call, the same after the same seed', async () => {
    const draw = capture(() => rand([5]))
    manualSeed(3)
    const first = await read(draw())
    const second = await read(draw())
    expect(second).not.toEqual(first)
    manualSeed(3)
    expect(await read(rand([5]))).toEqual(first)
    expect(await read(draw())).toEqual(second)
  })

  it('share weights', async () => {
    const model = new nn.Linear(3, 1)
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 })
    const [x, y] = [randn([8, 3]).realize(), ones([8, 1]).realize()]
    const train = capture(() => {
      optimizer.zeroGrad()
      const loss = nn.functional.mseLoss(model.forward(x), y)
      loss.backward()
      optimizer.step()
      return loss
    })
    const evaluate = capture((input: Tensor) => noGrad(() => nn.functional.mseLoss(model.forward(input), y)))
    let before = await evaluate(x).item()
    for (let i = 0; i < 4; i++) {
      expect(await train().item()).toBeCloseTo(before, 5)
      before = await evaluate(x).item()
    }
    for (const parameter of model.parameters()) expect(parameter.grad).toBeNull()
  })

  it('swap two tensors', async () => {
    const [a, b] = [tensor([1, 2]), tensor([3, 4])]
    const swap = capture(() => {
      const old = a.clone()
      a.copy_(b)
      b.copy_(old)
      return [a, b]
    })
    expect(await Promise.all(swap().map(read))).toEqual([[3, 4], [1, 2]]) // prettier-ignore
    expect(await Promise.all(swap().map(read))).toEqual([[1, 2], [3, 4]]) // prettier-ignore
    expect(await read(a)).toEqual([1, 2])
  })

  it('copy in order: a = b, then b = a', async () => {
    const [a, b] = [tensor([1]), tensor([2])]
    const step = capture(() => {
      a.copy_(b)
      b.copy_(a.mul(10))
      return a
    })
    step()
    expect([await a.item(), await b.item()]).toEqual([2, 20])
    step()
    expect([await a.item(), await b.item()]).toEqual([20, 200])
  })

  it('reverse and shift state in place', async () => {
    const a = tensor([1, 2, 3, 4, 5, 6, 7, 8, 9])
    const step = capture(() => a.copy_(a.flip(0).add(a.sum())))
    await step().data()
    expect(await read(a)).toEqual([54, 53, 52, 51, 50, 49, 48, 47, 46])
    await step().data()
    expect((await read(a))[0]).toBe(46 + 450)
  })

  it('may return state, before and after its change', async () => {
    const w = tensor([1, 2])
    const step = capture(() => {
      const before = w.clone()
      w.mul_(3)
      return [before, w, w.add(1)]
    })
    step()
    expect(await Promise.all(step().map(read))).toEqual([[3, 6], [9, 18], [10, 19]]) // prettier-ignore
  })

  it('may detach what they change, also before it was ever computed', async () => {
    const w = tensor([1, 2]).add(1)
    const step = capture(() => {
      const before = w.detach().clone()
      w.mul_(3)
      return w.detach().sub(before)
    })
    expect(await read(step())).toEqual([4, 6])
    expect(await read(step())).toEqual([12, 18])
    expect(await read(w)).toEqual([18, 27])
  })

  it('keep gradients of different tensors apart while they accumulate', async () => {
    const [a, b] = [tensor([1], { requiresGrad: true }), tensor([1], { requiresGrad: true })]
    a.add(b).sum().backward()
    const step = capture(() => {
      const loss = a.mul(2).add(b.mul(5)).sum()
      loss.backward()
      return loss
    })
    step()
    step()
    expect([await a.grad!.item(), await b.grad!.item()]).toEqual([5, 11])
  })

  it('take what is pending as it was before the step, computed once', async () => {
    const w = tensor([1, 2])
    const pending = w.mul(10)
    const step = capture(() => {
      w.add_(1)
      return w.add(pending)
    })
    expect(await read(step())).toEqual([12, 23])
    expect(await read(step())).toEqual([13, 24])
  })

  it('change memory that two tensors share through either', async () => {
    const a = tensor([1])
    const b = a.detach()
    const step = capture(() => [a.add_(1), b.mul_(2)])
    expect(await Promise.all(step().map(read))).toEqual([[4], [4]])
    expect(await Promise.all([a, b].map(read))).toEqual([[4], [4]])
    step()
    expect(await Promise.all([b, a].map(read))).toEqual([[10], [10]])
  })

  it('are seen by views of what they change, and change what they write to through views', async () => {
    const x = tensor([1, 2, 3, 4])
    const outside = x.reshape([2, 2])
    const step = capture(() => {
      x.slice(0, 1, 3).mul_(10)
      return x.sum()
    })
    expect(await step().item()).toBe(55)
    expect(await read(x)).toEqual([1, 20, 30, 4])
    expect(await read(outside)).toEqual([1, 20, 30, 4])
    step()
    expect(await read(outside)).toEqual([1, 200, 300, 4])
    const through = capture(() => outside.slice(0, 0, 1).zero_())
    through()
    expect(await read(x)).toEqual([0, 0, 300, 4])
    noGrad(() => x.add_(1))
    through()
    expect(await read(x)).toEqual([0, 0, 301, 5])
  })

  it('give results that later calls leave alone', async () => {
    const double = capture((x: Tensor) => [x.mul(2), x.add(1)])
    const kept = [1, 2, 3].map((n) => double(tensor([n, n])))
    expect(await Promise.all(kept.map(([y]) => read(y!)))).toEqual([[2, 2], [4, 4], [6, 6]]) // prettier-ignore
    expect(await Promise.all(kept.map(([, y]) => read(y!)))).toEqual([[2, 2], [3, 3], [4, 4]]) // prettier-ignore
    const pending = kept[0]![0]!.mul(100)
    double(tensor([9, 9]))
    expect(await read(pending)).toEqual([200, 200])
  })

  it('refuse to show a large result that a later call has written over', async () => {
    const fill = capture((x: Tensor) => x.expand([20_000]).add(1))
    const first = fill(tensor([1]))
    expect((await read(first))[19_999]).toBe(2)
    const second = fill(tensor([2]))
    await expect(first.data()).rejects.toThrow('too large to be kept for every call')
    expect((await read(second))[0]).toBe(3)
  })

  it('change their inputs in place', async () => {
    const step = capture((x: Tensor) => {
      x.add_(1)
      return x.mul(2)
    })
    const x = tensor([1])
    const view = x.reshape([1, 1])
    expect(await read(step(x))).toEqual([4])
    expect(await read(x)).toEqual([2])
    expect(await read(step(x))).toEqual([6])
    expect(await read(view)).toEqual([3])
  })

  it('refuse inputs whose gradients would not reach them', async () => {
    const double = capture((x: Tensor) => x.mul(2))
    const w = tensor([1], { requiresGrad: true })
    expect(() => double(w)).toThrow('Input 0 of a captured step requires gradients')
    expect(await read(noGrad(() => double(w)))).toEqual([2])
    expect(await read(double(w.detach()))).toEqual([2])
  })

  it('follow a module’s mode, its options, and parameters that are replaced', async () => {
    const model = new nn.Sequential(new nn.Linear(1, 1, { bias: false }), new nn.Dropout(1))
    const linear = model.at(0) as nn.Linear
    const dropout = model.at(1) as nn.Dropout
    noGrad(() => linear.weight.fill_(3))
    let traced = 0
    const step = capture((x: Tensor) => {
      traced++
      return model.forward(x)
    })
    const x = tensor([[2]])
    expect(await step(x).item()).toBe(0)
    model.eval()
    expect(await step(x).item()).toBe(6)
    model.train()
    expect(await step(x).item()).toBe(0)
    expect(traced).toBe(2)
    Object.assign(dropout, { p: 0 })
    expect(await step(x).item()).toBe(6)
    Object.assign(linear, { weight: tensor([[5]], { requiresGrad: true }) })
    expect(await step(x).item()).toBe(10)
    expect(traced).toBe(4)
    step(x)
    expect(traced).toBe(4)
  })

  it('follow a module whose forward is a function in a field', async () => {
    class Scale extends nn.Module {
      factor = 2
      override forward = (input: Tensor): Tensor => input.mul(this.factor)
    }
    const scale = new Scale()
    const inside = new nn.Sequential(scale)
    const [called, within] = [capture((x) => scale.call(x)), capture((x) => inside.forward(x))]
    const x = tensor([1])
    expect(await called(x).item()).toBe(2)
    expect(await within(x).item()).toBe(2)
    scale.factor = 3
    expect(await called(x).item()).toBe(3)
    expect(await within(x).item()).toBe(3)
  })

  it('follow an optimizer’s options, and its rate without being traced anew', async () => {
    const w = tensor([0], { requiresGrad: true })
    const optimizer = new optim.SGD([w], { lr: 1, momentum: 0 })
    let traced = 0
    const step = capture(() => {
      traced++
      optimizer.zeroGrad()
      w.sum().backward()
      optimizer.step()
      return w
    })
    step()
    expect(await read(w)).toEqual([-1])
    optimizer.paramGroups[0]!.lr = 10
    step()
    expect(await read(w)).toEqual([-11])
    expect(traced).toBe(1)
    Object.assign(optimizer.paramGroups[0]!, { maximize: true })
    step()
    expect(await read(w)).toEqual([-1])
    expect(traced).toBe(2)
  })

  it('follow whether gradients are recorded', async () => {
    const w = tensor([1], { requiresGrad: true })
    const mode = capture(() => tensor(w.mul(2).requiresGrad ? 1 : 0))
    expect(await mode().item()).toBe(1)
    expect(await noGrad(() => mode()).item()).toBe(0)
    expect(await mode().item()).toBe(1)
  })

  it('follow a tensor that begins or ceases to require gradients', async () => {
    const [w, v] = [tensor([1], { requiresGrad: true }), tensor([1])]
    const optimizer = new optim.SGD([w, v], { lr: 0.1 })
    const step = capture((x: Tensor) => {
      optimizer.zeroGrad()
      const loss = w.mul(x).add(v.mul(x)).sum()
      loss.backward()
      optimizer.step()
      return loss
    })
    step(tensor([1]))
    expect(await read(v)).toEqual([1])
    v.requiresGrad = true
    step(tensor([1]))
    expect((await read(v))[0]).toBeCloseTo(0.9)
    v.requiresGrad = false
    step(tensor([1]))
    expect((await read(v))[0]).toBeCloseTo(0.9)
    expect((await read(w))[0]).toBeCloseTo(0.7)
  })

  it('refuse to have values read inside', () => {
    const step = capture((x: Tensor) => {
      x.add(1).realize()
      return x
    })
    expect(() => step(tensor([1]))).toThrow('A value cannot be read inside a captured step')
  })

  it('refuse to run inside one another, traced before or not', async () => {
    const inner = capture((x: Tensor) => x.mul(2))
    const outer = capture((x: Tensor) => inner(x).add(1))
    expect(() => outer(tensor([1]))).toThrow('cannot run inside a captured step')
    expect(await read(inner(tensor([1])))).toEqual([2])
    expect(() => outer(tensor([1]))).toThrow('cannot run inside a captured step')
  })

  it('refuse to be asynchronous', () => {
    const wrong = (async (x: Tensor) => x) as unknown as (x: Tensor) => Tensor
    expect(() => capture(wrong)(tensor([1]))).toThrow('must be synchronous')
  })

  it('say so when a value that is still pending has been overwritten', async () => {
    const w = tensor([1, 2])
    const step = capture(() => w.add_(1).mul(1))
    step()
    const late = w.mul(2)
    const timely = w.mul(2).realize()
    step()
    await expect(late.data()).rejects.toThrow(
      /captured step has changed a tensor that mul was to read.*realize\(\)/,
    )
    expect(await read(timely)).toEqual([4, 6])
    expect(await read(w.mul(2))).toEqual([6, 8])
  })

  it('leave everything as it was when tracing fails', async () => {
    const w = tensor([2], { requiresGrad: true })
    w.mul(3).sum().backward()
    const held = w.grad
    manualSeed(1)
    const expected = await read(rand([3]))
    manualSeed(1)
    const step = capture((x: Tensor) => {
      const loss = w
        .mul(x)
        .mul(rand([1]))
        .sum()
      loss.backward()
      noGrad(() => w.sub_(w.grad!))
      w.grad = null
      if (x.shape[0] === 1) throw new Error('half way')
      return loss
    })
    expect(() => step(tensor([1]))).toThrow('half way')
    expect(await read(w)).toEqual([2])
    expect(w.grad).toBe(held)
    expect(await read(w.grad!)).toEqual([3])
    expect(w.gradFn).toBeNull()
    expect(await read(rand([3]))).toEqual(expected)
    expect(Number.isFinite(await step(tensor([1, 1])).item())).toBe(true)
  })

  it('run without inputs, and refuse to have nothing to do', async () => {
    const n = tensor(0)
    const count = capture(() => n.add_(1))
    for (let i = 0; i < 3; i++) count()
    expect(await n.item()).toBe(3)
    expect(() => capture(() => [])()).toThrow('at least one tensor')
  })

  it('take other indices of the same shape as values, not as constants', async () => {
    const x = tensor([10, 20, 30])
    const pick = capture((rows: Tensor) => x.indexSelect(0, rows))
    expect(await read(pick(int32(0, 1)))).toEqual([10, 20])
    expect(await read(pick(int32(2, 2)))).toEqual([30, 30])
    expect(await read(pick(int32(1)))).toEqual([20])
  })
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

describe('memory', () => {
  const mebibytes = (): number => process.memoryUsage().rss / 2 ** 20

  function setUp(): { train: (rows: Tensor) => Tensor; x: Tensor } {
    setDefaultDevice(createWasmDevice())
    const model = new nn.Sequential(new nn.Linear(20, 32), new nn.ReLU(), new nn.Linear(32, 2))
    const optimizer = new optim.Adam(model.parameters(), {})
    const [x, y] = [randn([256, 20]).realize(), rand([256]).mul(2).to('int32').realize()]
    const train = (rows: Tensor): Tensor => {
      const loss = nn.functional.crossEntropy(model.forward(x.indexSelect(0, rows)), y.indexSelect(0, rows))
      loss.backward()
      optimizer.step()
      optimizer.zeroGrad()
      return loss
    }
    return { train, x }
  }

  it('stays as it is over 20,000 replays', async () => {
    const step = capture(setUp().train)
    const rows = tensor(Int32Array.from({ length: 32 }, (_, i) => i))
    for (let i = 0; i < 2_000; i++) step(rows)
    // When the collector comes by itself depends on how much else is loaded.
    collect()
    const before = mebibytes()
    for (let i = 0; i < 20_000; i++) {
      step(rows)
      if (i % 1_000 === 0) expect(Number.isFinite(await step(rows).item())).toBe(true)
    }
    collect()
    expect(mebibytes() - before).toBeLessThan(40)
  })

  it('stays bounded when every step brings a new batch', async () => {
    setDefaultDevice(createWasmDevice())
    const total = tensor(0)
    const step = capture((batch: Tensor) => total.add_(batch.sum()))
    // 1.6 GB of batches in all: more than fits unless those no longer referred to make room.
    const before = mebibytes()
    const batch = new Float32Array(64 * 784).fill(1)
    for (let i = 0; i < 8_000; i++) {
      const sum = step(tensor(batch))
      if (i % 50 === 0) await sum.item()
    }
    expect(mebibytes() - before).toBeLessThan(1_000)
  })

  it('stays bounded over a long eager loop', async () => {
    const { train } = setUp()
    const rows = tensor(Int32Array.from({ length: 32 }, (_, i) => i))
    for (let i = 0; i < 100; i++) await train(rows).item()
    const before = mebibytes()
    for (let i = 0; i < 600; i++) await train(rows).item()
    expect(mebibytes() - before).toBeLessThan(120)
  })

  it('stays bounded over an eager loop on large tensors', { tags: 'thorough' }, async () => {
    setDefaultDevice(createWasmDevice())
    const before = mebibytes()
    let x = ones([1_000_000])
    // 5 GB of results in all.
    for (let i = 0; i < 1_300; i++) {
      x = x.mul(1)
      await x.slice(0, 0, 1).item()
      x.realize()
    }
    expect(mebibytes() - before).toBeLessThan(1_500)
  })
})
