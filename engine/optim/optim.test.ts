/** What PyTorch promises of optimizers, beyond where they lead, which the fixtures hold. */
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { excess } from '../fixtures/excess.ts'
import * as nn from '../nn/index.ts'
import { profile } from '../profiler/index.ts'
import { capture } from '../tensor/capture.ts'
import { setDefaultDevice, tensor } from '../tensor/creation.ts'
import { ones } from '../functions/creation.ts'
import { manualSeed, randn } from '../tensor/random.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { Adam, AdamW, lrScheduler, SGD, upgradeCheckpoint, type Optimizer } from './index.ts'

beforeAll(() => setDefaultDevice(createWasmDevice({ threads: 1 })))
afterEach(() => vi.restoreAllMocks())

const leaf = (...values: number[]): Tensor => tensor(values, { requiresGrad: true })
const numbers = async (t: Tensor): Promise<number[]> => [...(await t.data())]

/** Gradients of 2 everywhere. */
const slope = (...parameters: Tensor[]): void =>
  parameters
    .map((p) => p.mul(2).sum())
    .reduce((a, b) => a.add(b))
    .backward()

describe('what an optimizer is made for', () => {
  it('may be any list of parameters, with names or in groups', async () => {
    const model = new nn.Linear(2, 1)
    const plain = new SGD(new Set(model.parameters()), { lr: 1 })
    expect(plain.paramGroups[0]!.params).toEqual(model.parameters())
    const named = new SGD(model.namedParameters(), 1)
    expect(named.paramGroups[0]).toMatchObject({ params: model.parameters(), paramNames: ['weight', 'bias'] })
    expect(named.stateDict().paramGroups[0]!['param_names']).toEqual(['weight', 'bias'])
    const [a, b] = [leaf(1), leaf(1)]
    const grouped = new SGD([{ params: a, lr: 0.1, name: 'head' }, { params: [b] }], { lr: 0.5 })
    expect(grouped.paramGroups.map(({ lr, name }) => [lr, name])).toEqual([
      [0.1, 'head'],
      [0.5, undefined],
    ])
    slope(a, b)
    grouped.step()
    expect((await a.item()).toFixed(6)).toBe('0.800000')
    expect(await b.item()).toBe(0)
  })

  it.each<[string, () => unknown, string]>([
    ['nothing', () => new SGD([], 0.1), 'An optimizer needs at least one parameter.'],
    ['an empty group', () => new SGD([{ params: [] }], 0.1), 'An optimizer needs at least one parameter.'],
    ['a tensor by itself', () => new SGD(leaf(1) as never, 0.1), 'a list of tensors or of groups'],
    ['a number', () => new SGD([3] as never, 0.1), 'one of its parameters is 3.'],
    ['a module', () => new SGD([new nn.ReLU()] as never, 0.1), 'one of its parameters is an ReLU.'],
    [
      'a group beside a tensor',
      () => new SGD([leaf(1), { params: [leaf(1)] }] as never, 0.1),
      'is an Object.',
    ],
    ['what was computed', () => new SGD([leaf(1).mul(2)], 0.1), 'moves leaves only'],
    [
      'names for some',
      () => new SGD([['a', leaf(1)], leaf(1)] as never, 0.1),
      'Either all parameters of an optimizer have names, or none.',
    ],
    [
      'an unknown option',
      () => new Adam([leaf(1)], { learningRate: 1 } as never),
      'Adam has no option "learningRate"',
    ],
    [
      'an unknown option of a group',
      () => new SGD([{ params: [leaf(1)], decay: 1 } as never], 0.1),
      'A parameter group has no option "decay". It has: params, lr, momentum',
    ],
    ['a rate below 0', () => new SGD([leaf(1)], -1), 'The learning rate must be a number from 0, not -1.'],
    [
      'a rate that is no number',
      () => new SGD([leaf(1)], 'fast' as never),
      'must be a number from 0, not fast',
    ],
    ['a momentum below 0', () => new SGD([leaf(1)], 1, -0.1), 'momentum must be a number from 0, not -0.1.'],
    [
      'Nesterov without momentum',
      () => new SGD([leaf(1)], 1, { nesterov: true }),
      'nesterov needs a momentum',
    ],
    ['one beta', () => new Adam([leaf(1)], { betas: [0.9] as never }), 'betas must be two numbers'],
    ['a beta of 1', () => new Adam([leaf(1)], 1, [0.9, 1]), 'betas[1] must be less than 1, not 1.'],
    ['a negative eps', () => new AdamW([leaf(1)], { eps: -1 }), 'eps must be a number from 0, not -1.'],
    ['surplus arguments', () => new SGD([leaf(1)], 1, 0, 0, 0, false, 3 as never), 'takes at most 5 options'],
  ])('is not %s', (_, act, sentence) => {
    expect(act).toThrow(sentence)
  })

  it('is warned of what stands twice in a group, and refuses it in two', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const w = leaf(1)
    const twice = new SGD([w, w], 0.1)
    expect(warn).toHaveBeenCalledOnce()
    slope(w)
    twice.step()
    expect((await w.item()).toFixed(6)).toBe('0.600000')
    expect(() => new SGD([{ params: [w] }, { params: [leaf(1), w] }], 0.1)).toThrow(
      'Some parameters appear in more than one parameter group.',
    )
    expect(() => twice.addParamGroup({ params: w })).toThrow('more than one parameter group')
  })

  it('grows by groups', async () => {
    const [a, b] = [leaf(1), leaf(1)]
    const optimizer = new Adam([a], { lr: 0.1, eps: 1e-4 })
    slope(a)
    optimizer.step()
    optimizer.addParamGroup({ params: [b], lr: 0.2 })
    expect(optimizer.paramGroups[1]).toMatchObject({ lr: 0.2, eps: 1e-4, betas: [0.9, 0.999] })
    expect(optimizer.defaults).toMatchObject({ lr: 0.1, weightDecay: 0 })
    optimizer.zeroGrad()
    slope(a, b)
    optimizer.step()
    // Adam's steps are of the rate's size while the gradient stays.
    expect((await a.item()).toFixed(3)).toBe('0.800')
    expect((await b.item()).toFixed(3)).toBe('0.800')
  })
})

describe('a step', () => {
  it('calls its closure with gradients recorded, and gives its answer', async () => {
    const w = leaf(3)
    const optimizer = new SGD([w], 0.5)
    const loss = optimizer.step(() => {
      optimizer.zeroGrad()
      const value = w.square().sum()
      value.backward()
      return value
    })
    expect(await loss!.item()).toBe(9)
    expect(await w.item()).toBe(0)
    expect(optimizer.step()).toBeUndefined()
  })

  it('leaves alone what has no gradient, and zeroes gradients where asked to', async () => {
    const [w, frozen] = [leaf(1), leaf(1)]
    frozen.requiresGrad = false
    const optimizer = new AdamW([w, frozen], { lr: 0.1, weightDecay: 0.5 })
    slope(w)
    optimizer.step()
    expect(await frozen.item()).toBe(1)
    expect(Object.keys(optimizer.stateDict().state)).toEqual(['0'])
    const { grad } = w
    optimizer.zeroGrad(false)
    expect(w.grad).toBe(grad)
    expect(await grad!.item()).toBe(0)
    optimizer.zeroGrad()
    expect(w.grad).toBeNull()
  })

  it('follows a group’s rate, also when it was captured, and other options where it was not', async () => {
    const [a, b] = [leaf(0), leaf(0)]
    const optimizer = new SGD([{ params: [a] }, { params: [b], lr: 1 }], { lr: 0.5 })
    const run = (): Tensor => {
      optimizer.zeroGrad()
      slope(a, b)
      optimizer.step()
      return a
    }
    const captured = capture(run)
    captured()
    optimizer.paramGroups[0]!.lr = 0
    captured()
    optimizer.paramGroups[1]!.lr = 0.25
    captured()
    expect([await a.item(), await b.item()]).toEqual([-1, -4.5])
    optimizer.setLearningRate(1)
    expect(optimizer.paramGroups.map(({ lr }) => lr)).toEqual([1, 1])
    optimizer.paramGroups[0]!.maximize = true
    run()
    expect([await a.item(), await b.item()]).toEqual([1, -6.5])
  })

  it('takes no more kernels for more parameters than one each, and one or two in all', async () => {
    const kernelsOf = async (make: (p: Tensor[]) => Optimizer, count: number): Promise<number> => {
      const w = Array.from({ length: count }, (_, i) => randn([i + 2]).realize())
      for (const t of w) t.requiresGrad = true
      const optimizer = make(w) as Adam
      const { kernels } = await profile(
        () => {
          optimizer.zeroGrad()
          slope(...w)
          optimizer.step()
          return w[0]!
        },
        [],
        { steps: 1 },
      )
      return kernels.length
    }
    for (const make of [(p: Tensor[]) => new Adam(p), (p: Tensor[]) => new AdamW(p, { weightDecay: 0.1 })]) {
      const [few, many] = [await kernelsOf(make, 3), await kernelsOf(make, 11)]
      expect(many - few).toBe(8)
      expect(few).toBeLessThanOrEqual(3 + 2)
    }
  })
})

const makers: Readonly<Record<string, (p: Tensor[]) => SGD | Adam>> = {
  SGD: (p) => new SGD(p, 0.1),
  'SGD with momentum': (p) => new SGD(p, 0.1, 0.9, { nesterov: true }),
  'damped SGD': (p) => new SGD(p, 0.1, 0.9, 0.3),
  Adam: (p) => new Adam(p, 0.1),
  'Adam with amsgrad': (p) => new Adam(p, 0.1, { amsgrad: true, weightDecay: 0.1 }),
  AdamW: (p) => new AdamW(p, 0.1),
}

describe.each(Object.entries(makers))('the state of %s', (_, make) => {
  const begin = () => {
    const w = [leaf(1, -2, 3), tensor([[0.5], [4]], { requiresGrad: true }), leaf(7)]
    return { w, optimizer: make(w) }
  }
  /** The last one joins late. */
  const move = ({ w, optimizer }: ReturnType<typeof begin>, from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      optimizer.zeroGrad()
      w.flatMap((t, j) => (j < 2 || i >= 2 ? [t.square().add(t.sin()).sum()] : []))
        .reduce((a, b) => a.add(b))
        .backward()
      optimizer.step()
      // One program per step: which steps are computed together shows in last bits.
      w[0]!.realize()
    }
  }
  const places = ({ w }: ReturnType<typeof begin>) => Promise.all(w.map(numbers))
  const elsewhere = async (from: ReturnType<typeof begin>) => {
    const w = await Promise.all(
      from.w.map(async (t) => tensor(await t.data(), { shape: t.shape, requiresGrad: true })),
    )
    return { w, optimizer: make(w) }
  }

  it.each([1, 4])('goes on to the bit, from stateDict, checkpoint, or itself, after %i steps', async (at) => {
    const whole = begin()
    move(whole, 0, 9)
    const half = begin()
    move(half, 0, at)
    const [one, two] = [await elsewhere(half), await elsewhere(half)]
    one.optimizer.loadStateDict(half.optimizer.stateDict())
    two.optimizer.loadCheckpoint(half.optimizer.checkpoint())
    half.optimizer.loadStateDict(half.optimizer.stateDict())
    for (const run of [one, two, half]) {
      move(run, at, 9)
      expect(await places(run)).toEqual(await places(whole))
    }
  })

  it('that was thrown away starts anew', async () => {
    const [used, fresh] = [begin(), begin()]
    const empty = fresh.optimizer.stateDict()
    expect(empty.state).toEqual({})
    move(used, 0, 3)
    used.optimizer.loadStateDict(empty)
    expect(used.optimizer.stateDict().state).toEqual({})
    const again = await elsewhere(used)
    for (const run of [used, again]) move(run, 3, 6)
    expect(await places(used)).toEqual(await places(again))
  })
})

describe('stateDict', () => {
  it('has PyTorch’s names, and can be loaded with counts as plain numbers', async () => {
    const w = leaf(1)
    const optimizer = new Adam([w], { lr: 0.1, weightDecay: 0.01 })
    for (let i = 0; i < 3; i++) {
      optimizer.zeroGrad()
      slope(w)
      optimizer.step()
    }
    const { state, paramGroups } = optimizer.stateDict()
    expect(Object.keys(state[0]!)).toEqual(['step', 'exp_avg', 'exp_avg_sq'])
    expect(await state[0]!['step']!.item()).toBe(3)
    expect(state[0]!['step']!.shape).toEqual([])
    expect(paramGroups).toEqual([
      {
        lr: 0.1,
        betas: [0.9, 0.999],
        eps: 1e-8,
        weight_decay: 0.01,
        amsgrad: false,
        maximize: false,
        params: [0],
      },
    ])
    const other = new Adam([leaf(1)], { lr: 9, betas: [0, 0] })
    other.loadStateDict({ state: { 0: { ...state[0], step: 3 } }, paramGroups })
    expect(other.paramGroups[0]).toMatchObject({ lr: 0.1, betas: [0.9, 0.999], weightDecay: 0.01 })
    expect(await numbers(other.checkpoint()['step']!)).toEqual([3])
  })

  it('is a copy of the counts: later steps leave them', async () => {
    const w = leaf(1)
    const optimizer = new Adam([w])
    const step = capture(() => {
      optimizer.zeroGrad()
      slope(w)
      optimizer.step()
      return w
    })
    step()
    const { state } = optimizer.stateDict()
    step()
    expect(await state[0]!['step']!.item()).toBe(1)
  })

  it.each<[string, (o: Adam) => void, string]>([
    [
      'other groups',
      (o) => o.loadStateDict({ state: {}, paramGroups: [] }),
      'it has 0 parameter groups, not 1',
    ],
    [
      'other numbers of parameters',
      (o) => o.loadStateDict({ state: {}, paramGroups: [{ lr: 1, params: [0] }] }),
      'its parameter group 0 has 1 parameters, not 2',
    ],
    [
      'other shapes',
      (o) =>
        o.loadStateDict({
          state: { 1: { step: 1, exp_avg: ones([2]), exp_avg_sq: ones([1]) } },
          paramGroups: [{ lr: 1, params: [0, 1] }],
        }),
      'exp_avg of parameter 1 should be [1], got [2]',
    ],
    [
      'a count that is missing',
      (o) => o.loadCheckpoint({ 'exp_avg.0': ones([1]), 'exp_avg_sq.0': ones([1]) }),
      'parameter 0 has no step',
    ],
    ['what is unknown', (o) => o.loadCheckpoint({ 'velocity.0': ones([1]) }), 'velocity.0 is unknown'],
    ['what is beyond', (o) => o.loadCheckpoint({ 'exp_avg.7': ones([1]) }), 'exp_avg.7 is unknown'],
    ['other counts', (o) => o.loadCheckpoint({ step: ones([3]) }), 'step should be [2], got [3]'],
    [
      'options out of range',
      (o) => o.loadStateDict({ state: {}, paramGroups: [{ lr: 1, eps: -1, params: [0, 1] }] }),
      'eps must be a number from 0',
    ],
  ])('refuses %s, and changes nothing', (_, load, sentence) => {
    const optimizer = new Adam([leaf(1), leaf(2)], 0.5)
    expect(() => load(optimizer)).toThrow(sentence)
    expect(optimizer.learningRate).toBe(0.5)
    expect(optimizer.stateDict().state).toEqual({})
  })

  it('is printed as PyTorch prints it', () => {
    expect(inspect(new SGD([leaf(1)], 0.1))).toBe(
      'SGD (\nParameter Group 0\n    dampening: 0\n    lr: 0.1\n    maximize: False\n    momentum: 0\n    nesterov: False\n    weight_decay: 0\n)',
    )
  })
})

describe('what version 0.1.0 stored', () => {
  interface Stored {
    readonly shape: readonly number[]
    readonly values: readonly number[]
  }
  const { runs } = JSON.parse(
    readFileSync(new URL('../fixtures/optimizers-0.1.0.json', import.meta.url), 'utf8'),
  ) as {
    readonly runs: readonly {
      readonly name: 'sgd' | 'adam' | 'adamw'
      readonly parameters: readonly Stored[]
      readonly state: Readonly<Record<string, Stored>>
      readonly after: readonly Stored[]
    }[]
  }
  const make = {
    sgd: (p: Tensor[]) => new SGD(p, { lr: 0.1, momentum: 0.9, weightDecay: 0.01 }),
    adam: (p: Tensor[]) => new Adam(p, { lr: 0.1, betas: [0.8, 0.95], weightDecay: 0.01 }),
    adamw: (p: Tensor[]) => new AdamW(p, { lr: 0.1 }),
  }
  const load = ({ shape, values }: Stored, requiresGrad = false): Tensor =>
    tensor(Float32Array.from(values), { shape, requiresGrad })

  it.each(runs)('goes on: $name', async ({ name, parameters, state, after }) => {
    const w = parameters.map((p) => load(p, true))
    const optimizer = make[name](w)
    const upgraded = upgradeCheckpoint<Stored>(
      state,
      ({ values }) => values,
      (counts) => ({ shape: [counts.length], values: [...counts] }),
      name === 'adam' ? [0.8, 0.95] : undefined,
    )
    if (name !== 'sgd') expect(upgraded['step']!.values).toEqual([4, 4])
    optimizer.loadCheckpoint(
      Object.fromEntries(Object.entries(upgraded).map(([key, stored]) => [key, load(stored)])),
    )
    for (let i = 0; i < 3; i++) {
      optimizer.zeroGrad()
      w[0]!.square().sum().add(w[1]!.sin().sum()).backward()
      optimizer.step()
    }
    for (const [i, { values }] of after.entries()) {
      const now = await numbers(w[i]!)
      // Adam's corrections are more exact than they were.
      if (name === 'sgd') expect(now).toEqual(values)
      else expect(excess(now, values, 1e-6, 1e-5)).toBeLessThanOrEqual(0)
    }
  })

  it('is told from what is stored today, and knows its number of steps', () => {
    const today = { step: 3, 'exp_avg.0': 1, 'exp_avg_sq.0': 2 }
    const never = (): never => {
      throw new Error('nothing to read or store')
    }
    expect(upgradeCheckpoint(today, never, never)).toEqual(today)
    for (const t of [0, 1, 2, 10, 500, 20_000]) {
      let power = 1
      for (let i = 0; i < t; i++) power = Math.fround(power * Math.fround(0.999))
      const { step } = upgradeCheckpoint<readonly number[]>(
        { powers: [0, power], 'first.0': [], 'second.0': [] },
        (values) => values,
        (counts) => [...counts],
      )
      expect(Math.abs(step![0]! - t)).toBeLessThanOrEqual(t / 10_000)
    }
  })
})

describe('schedules', () => {
  it('move every group from its own rate, and tell the last ones', () => {
    const optimizer = new SGD([{ params: [leaf(1)], lr: 1 }, { params: [leaf(1)] }], { lr: 0.1 })
    const schedule = new lrScheduler.StepLR(optimizer, 2, 0.5)
    expect(schedule.lastEpoch).toBe(0)
    expect(schedule.getLastLr()).toEqual([1, 0.1])
    schedule.step()
    schedule.step()
    expect(schedule.getLastLr()).toEqual([0.5, 0.05])
    schedule.step(7)
    expect(schedule.getLastLr()).toEqual([0.125, 0.0125])
    expect(optimizer.stateDict().paramGroups.map((group) => group['initial_lr'])).toEqual([1, 0.1])
  })

  it.each([
    ['StepLR', (o: Optimizer) => new lrScheduler.StepLR(o, { stepSize: 3, gamma: 0.5 })],
    ['CosineAnnealingLR', (o: Optimizer) => new lrScheduler.CosineAnnealingLR(o, { tMax: 6, etaMin: 0.01 })],
  ])('%s goes on from its state, and the optimizer’s', (_, make) => {
    const plan = (): { optimizer: SGD; schedule: lrScheduler.LRScheduler } => {
      const optimizer = new SGD([leaf(1)], 0.3)
      return { optimizer, schedule: make(optimizer as unknown as Optimizer) }
    }
    const rates = ({ optimizer, schedule }: ReturnType<typeof plan>, steps: number): number[] =>
      Array.from({ length: steps }, () => {
        schedule.step()
        return optimizer.learningRate
      })
    const whole = rates(plan(), 10)
    const first = plan()
    const half = rates(first, 4)
    const saved = JSON.stringify([first.optimizer.stateDict().paramGroups, first.schedule.stateDict()])
    const [paramGroups, schedule] = JSON.parse(saved)
    const next = plan()
    next.optimizer.loadStateDict({ state: {}, paramGroups })
    next.schedule.loadStateDict(schedule)
    expect([...half, ...rates(next, 6)]).toEqual(whole)
  })

  it('start in the middle where the groups know their first rates', () => {
    const optimizer = new SGD([leaf(1)], 0.3)
    expect(() => new lrScheduler.StepLR(optimizer, 2, 0.5, 3)).toThrow('has no initial rate to go on from')
    optimizer.paramGroups[0]!.initialLr = 0.6
    expect(new lrScheduler.StepLR(optimizer, 2, 0.5, 3).lastEpoch).toBe(4)
    expect(optimizer.learningRate).toBe(0.15)
  })

  it('refuse what is no period', () => {
    const optimizer = new SGD([leaf(1)], 0.3)
    expect(() => new lrScheduler.StepLR(optimizer, 0)).toThrow(
      'stepSize must be a whole number from 1, not 0.',
    )
    expect(() => new lrScheduler.StepLR(optimizer)).toThrow(
      'stepSize must be a whole number from 1, not undefined.',
    )
    expect(() => new lrScheduler.CosineAnnealingLR(optimizer, 2.5)).toThrow('tMax must be a whole number')
    expect(() => new lrScheduler.StepLR(optimizer, { stepSize: 1, decay: 2 } as never)).toThrow(
      'no option "decay"',
    )
  })
})

it('a model keeps learning with Adam in groups', async () => {
  manualSeed(1)
  const model = new nn.Sequential(new nn.Linear(3, 8), new nn.Tanh(), new nn.Linear(8, 1))
  const [x, y] = [randn([16, 3]).realize(), randn([16, 1]).realize()]
  const optimizer = new Adam(
    [{ params: model.at(0).parameters(), lr: 0.02 }, { params: model.at(2).parameters() }],
    0.05,
  )
  const step = capture(() => {
    optimizer.zeroGrad()
    const loss = nn.functional.mseLoss(model.forward(x), y)
    loss.backward()
    optimizer.step()
    return loss
  })
  const first = await step().item()
  for (let i = 0; i < 100; i++) step()
  expect(await step().item()).toBeLessThan(first / 5)
})
