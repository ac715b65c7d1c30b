/** Whoever stops and goes on from what was saved comes to the same bits. */
import { beforeAll, describe, expect, it } from 'vitest'
import { createWasmDevice } from '../backends/wasm/device.ts'
import * as nn from '../nn/index.ts'
import { capture } from '../tensor/capture.ts'
import { setDefaultDevice, tensor } from '../tensor/creation.ts'
import { noGrad } from '../tensor/grad-mode.ts'
import type { Tensor } from '../tensor/tensor.ts'
import * as optim from './index.ts'

beforeAll(() => setDefaultDevice(createWasmDevice({ threads: 1 })))

const kinds: Readonly<Record<string, (...w: Tensor[]) => optim.Optimizer>> = {
  SGD: (...w) => new optim.SGD(w, 0.1, 0.9, { dampening: 0.1 }),
  Adam: (...w) => new optim.Adam(w, 0.1, { amsgrad: true }),
  AdamW: (...w) => new optim.AdamW(w, 0.1),
  NAdam: (...w) => new optim.NAdam(w, 0.1),
  RAdam: (...w) => new optim.RAdam(w, 0.1, [0.5, 0.9]),
  Adamax: (...w) => new optim.Adamax(w, 0.1),
  Adagrad: (...w) => new optim.Adagrad(w, 0.1, 0.01),
  Adadelta: (...w) => new optim.Adadelta(w),
  RMSprop: (...w) => new optim.RMSprop(w, 0.1, { momentum: 0.5, centered: true }),
  ASGD: (...w) => new optim.ASGD(w, 0.1, { t0: 2, lambd: 0.1 }),
  Rprop: (...w) => new optim.Rprop(w),
}

const begin = (): Tensor[] => [
  tensor([1, -2, 3], { requiresGrad: true }),
  tensor([0.5], { requiresGrad: true }),
]
const lossOf = (w: readonly Tensor[]): Tensor =>
  w.map((t) => t.square().add(t.sin()).sum()).reduce((a, b) => a.add(b))

/** The second parameter joins late, and so counts its steps by itself. */
function move(optimizer: optim.Optimizer, w: readonly Tensor[], from: number, to: number): void {
  for (let step = from; step < to; step++) {
    optimizer.zeroGrad()
    lossOf(step < 2 ? w.slice(0, 1) : w).backward()
    optimizer.step()
  }
}
const valuesOf = async (w: readonly Tensor[]): Promise<number[][]> =>
  Promise.all(w.map(async (t) => [...(await t.data())]))
const copies = async (w: readonly Tensor[]): Promise<Tensor[]> =>
  (await valuesOf(w)).map((values) => tensor(values, { requiresGrad: true }))

describe.each(Object.keys(kinds))('%s', (name) => {
  it.each(['stateDict', 'checkpoint'] as const)('goes on from its %s', async (how) => {
    const w = begin()
    const whole = kinds[name]!(...w)
    move(whole, w, 0, 6)
    const again = await copies(w)
    const resumed = kinds[name]!(...again)
    // It has moved elsewhere before.
    move(resumed, again, 0, 1)
    again.forEach((t, i) => (t.detach().copy_(w[i]!.detach()), (t.grad = null)))
    if (how === 'stateDict') resumed.loadStateDict(whole.stateDict())
    else resumed.loadCheckpoint(whole.checkpoint())
    move(whole, w, 6, 10)
    move(resumed, again, 6, 10)
    expect(await valuesOf(again)).toEqual(await valuesOf(w))
    expect(resumed.stateDict().paramGroups).toEqual(whole.stateDict().paramGroups)
  })

  it('begins anew after a reset', async () => {
    const w = begin()
    const fresh = kinds[name]!(...w)
    const again = begin()
    const used = kinds[name]!(...again)
    move(used, again, 0, 5)
    begin().forEach((t, i) => (again[i]!.detach().copy_(t.detach()), (again[i]!.grad = null)))
    used.reset()
    move(fresh, w, 0, 5)
    move(used, again, 0, 5)
    expect(await valuesOf(again)).toEqual(await valuesOf(w))
  })

  it('begins anew after a reset between captured steps, and is saved as it is then', async () => {
    const run = (w: readonly Tensor[], optimizer: optim.Optimizer): (() => unknown) =>
      capture(() => {
        optimizer.zeroGrad()
        lossOf(w).backward()
        optimizer.step()
        return w[0]!.detach().sum()
      })
    const [w, again] = [begin(), begin()]
    const [fresh, used] = [kinds[name]!(...w), kinds[name]!(...again)]
    const [first, second] = [run(w, fresh), run(again, used)]
    for (let i = 0; i < 4; i++) second()
    noGrad(() => begin().forEach((t, i) => again[i]!.copy_(t.detach())))
    used.reset()
    for (let i = 0; i < 4; i++) {
      first()
      second()
    }
    expect(await valuesOf(again)).toEqual(await valuesOf(w))
    const [theirs, ours] = [fresh.checkpoint(), used.checkpoint()]
    expect(Object.keys(ours)).toEqual(Object.keys(theirs))
    expect(await valuesOf(Object.values(ours))).toEqual(await valuesOf(Object.values(theirs)))
  })
})

it('LBFGS goes on from its stateDict', async () => {
  const make = (w: readonly Tensor[]): optim.LBFGS => new optim.LBFGS(w, 0.5, 2)
  const run = async (optimizer: optim.LBFGS, w: readonly Tensor[]): Promise<void> => {
    await optimizer.step(() => {
      optimizer.zeroGrad()
      const loss = lossOf(w)
      loss.backward()
      return loss
    })
  }
  const w = begin()
  const whole = make(w)
  await run(whole, w)
  const again = await copies(w)
  const resumed = make(again)
  await resumed.loadStateDict(whole.stateDict())
  await run(whole, w)
  await run(resumed, again)
  expect(await valuesOf(again)).toEqual(await valuesOf(w))
  const { state, paramGroups } = whole.stateDict()
  await expect(
    resumed.loadStateDict({ state: { 0: { ...state[0], d: tensor([1]) } }, paramGroups }),
  ).rejects.toThrow('d of parameter 0 is missing or has another size')
})

it.each<[string, () => unknown, string]>([
  ['groups', () => new optim.LBFGS([{ params: begin() }, { params: begin() }]), 'one group of parameters'],
  [
    'another search',
    () => new optim.LBFGS(begin(), { lineSearchFn: 'armijo' as never }),
    'lineSearchFn must be',
  ],
  [
    'no history',
    () => new optim.LBFGS(begin(), { historySize: 0 }),
    'historySize must be a whole number from 1',
  ],
  ['etas in disorder', () => new optim.Rprop(begin(), 0.1, [1.2, 0.5]), 'etas must be'],
  ['a share above 1', () => new optim.Adadelta(begin(), 1, 1.5), 'rho must be between 0 and 1'],
  ['beta 1', () => new optim.Adamax(begin(), 0.1, [1, 0.9]), 'betas[0] must be less than 1'],
])('refuses %s', (_, make, says) => {
  expect(make).toThrow(says)
})

describe('schedules', () => {
  const { SequentialLR, LinearLR, CosineAnnealingLR, ChainedScheduler, ExponentialLR, ReduceLROnPlateau } =
    optim.lrScheduler
  const sgd = (): optim.SGD => new optim.SGD([tensor([1], { requiresGrad: true })], 0.1, 0.9)
  const chained = (o: optim.Optimizer): optim.lrScheduler.SequentialLR =>
    new SequentialLR(o, [new LinearLR(o, 0.1), new CosineAnnealingLR(o, 10)], [5])

  it.each<
    [string, (o: optim.Optimizer) => { step(): void; stateDict(): object; loadStateDict(s: never): void }]
  >([
    ['a sequence', chained],
    ['a chain', (o) => new ChainedScheduler([new ExponentialLR(o, 0.9), new LinearLR(o)])],
    ['milestones', (o) => new optim.lrScheduler.MultiStepLR(o, [3, 3, 8], 0.5)],
    ['one cycle', (o) => new optim.lrScheduler.OneCycleLR(o, 1, 20)],
  ])('%s goes on from its state', (_, make) => {
    const [whole, resumed] = [sgd(), sgd()]
    const [a, b] = [make(whole), make(resumed)]
    for (let i = 0; i < 4; i++) a.step()
    resumed.loadStateDict(whole.stateDict())
    b.loadStateDict(structuredClone(a.stateDict()) as never)
    for (let i = 0; i < 8; i++) {
      a.step()
      b.step()
      expect(resumed.paramGroups[0]!.lr).toBe(whole.paramGroups[0]!.lr)
    }
    expect(b.stateDict()).toEqual(a.stateDict())
  })

  it('says what is wrong', () => {
    const o = sgd()
    expect(() => new SequentialLR(o, [new LinearLR(o)], [3])).toThrow('1 schedules need 0 milestones')
    expect(() => new SequentialLR(o, [new LinearLR(sgd())], [])).toThrow('belongs to another optimizer')
    expect(() => new ChainedScheduler([])).toThrow('at least one')
    expect(() => new optim.lrScheduler.OneCycleLR(o, 1)).toThrow(
      'needs totalSteps, or epochs and stepsPerEpoch',
    )
    expect(() => new optim.lrScheduler.LambdaLR(o)).toThrow('a function of the epoch')
    expect(() => new optim.lrScheduler.CyclicLR(o, [1, 2], 3)).toThrow('one value for each of the 1 groups')
    expect(() => new ReduceLROnPlateau(o).step(tensor(1) as never)).toThrow('await loss.item()')
    const plain = new optim.Adagrad([tensor([1], { requiresGrad: true })])
    expect(() => new optim.lrScheduler.OneCycleLR(plain, 1, 10)).toThrow('no momentum to move')
  })
})

describe('a copy of a module', () => {
  it('has tensors of its own, shared and frozen as they are', async () => {
    const shared = new nn.Linear(2, 2)
    const model = new nn.Sequential({ a: shared, norm: new nn.BatchNorm1d(2), b: shared })
    shared.bias!.requiresGrad = false
    model.eval()
    const copy = model.deepCopy()
    expect(copy.toString()).toBe(model.toString())
    expect(Object.keys(copy.stateDict())).toEqual(Object.keys(model.stateDict()))
    expect(copy.parameters()).toHaveLength(4)
    expect(copy.parameters().map((p) => p.requiresGrad)).toEqual(
      model.parameters().map((p) => p.requiresGrad),
    )
    copy.train()
    expect(model.training).toBe(false)
    shared.weight.detach().zero_()
    expect(await copy.parameters()[0]!.abs().sum().item()).toBeGreaterThan(0)
  })

  it('works for every kind of container and layer that computes', async () => {
    const layer = new nn.TransformerEncoderLayer(4, 2, { dropout: 0, batchFirst: true })
    const x = tensor([[[1, 2, 3, 4]]])
    expect(await layer.deepCopy().forward(x).toArray()).toEqual(await layer.forward(x).toArray())
    const dict = new nn.ModuleDict({ one: new nn.ReLU() }).deepCopy()
    expect(dict.get('one')).toBeInstanceOf(nn.ReLU)
  })

  it.each<[string, <M extends nn.Linear>(module: M) => M]>([
    ['weightNorm', (module) => nn.utils.weightNorm(module)],
    ['spectralNorm', (module) => nn.utils.spectralNorm(module)],
  ])('computes its weight from its own parameters: %s', async (_, wrap) => {
    const model = wrap(new nn.Linear(3, 2))
    const x = tensor([[1, -2, 3]])
    const copy = model.deepCopy()
    // A copy of a copy too. The first steps of a power iteration stand in each.
    for (const one of [copy, copy.deepCopy()]) {
      expect(await one.eval().forward(x).toArray()).toEqual(await model.eval().forward(x).toArray())
      expect(Object.keys(one.stateDict())).toEqual(Object.keys(model.stateDict()))
    }
    const before = await model.forward(x).toArray()
    for (const parameter of copy.parameters()) parameter.detach().mul_(3)
    copy.train().forward(x).sum().backward()
    expect(copy.parameters().every((parameter) => parameter.grad !== null)).toBe(true)
    expect(await model.forward(x).toArray()).toEqual(before)
    expect(await copy.eval().forward(x).toArray()).not.toEqual(before)
  })

  it('refuses a class with private members', () => {
    class Secret extends nn.Module {
      #scale = 2
      forward(x: Tensor): Tensor {
        return x.mul(this.#scale)
      }
    }
    expect(() => new nn.Sequential(new Secret()).deepCopy()).toThrow('Secret cannot be copied')
  })
})
