/** What PyTorch promises of modules, beyond what the fixtures hold. */
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { noGrad } from '../tensor/grad-mode.ts'
import { capture } from '../tensor/capture.ts'
import { setDefaultDevice, tensor } from '../tensor/creation.ts'
import { ones, zeros } from '../functions/creation.ts'
import { manualSeed, randn } from '../tensor/random.ts'
import type { Tensor } from '../tensor/tensor.ts'
import * as nn from './index.ts'
import { toFieldName, toStateName } from '../formats/state-names.ts'

beforeAll(() => setDefaultDevice(createWasmDevice({ threads: 1 })))

const names = (entries: readonly (readonly [string, unknown])[]): string[] => entries.map(([name]) => name)

/** A module with two linear layers, by which others are looked at. */
class Two extends nn.Module {
  first = new nn.Linear(2, 3)
  second = new nn.Linear(3, 1)
  forward(input: Tensor): Tensor {
    return this.second.forward(this.first.forward(input).relu())
  }
}

describe('what a module holds', () => {
  it('lists frozen parameters still', () => {
    const model = new Two().requiresGrad_(false)
    expect(model.parameters()).toHaveLength(4)
    expect(model.parameters().every((p) => !p.requiresGrad)).toBe(true)
    expect(
      model
        .requiresGrad_()
        .parameters()
        .every((p) => p.requiresGrad),
    ).toBe(true)
  })

  it('takes an activation in a field for neither parameter nor buffer', () => {
    class Remembers extends Two {
      last: Tensor | null = null
      mask = ones([2])
      override forward(input: Tensor): Tensor {
        return (this.last = super.forward(input))
      }
    }
    const model = new Remembers()
    model.forward(ones([1, 2]))
    expect(Object.keys(model.stateDict())).toEqual([
      'first.weight',
      'first.bias',
      'second.weight',
      'second.bias',
    ])
    expect(model.buffers()).toEqual([])
  })

  it('lists what is shared once, and its state under every name', () => {
    class Tied extends nn.Module {
      encoder = new nn.Linear(2, 2, false)
      decoder = new nn.Linear(2, 2, false)
      again = this.encoder
      constructor() {
        super()
        Object.assign(this.decoder, { weight: this.encoder.weight })
      }
      forward(input: Tensor): Tensor {
        return this.decoder.forward(this.again.forward(input))
      }
    }
    const model = new Tied()
    expect(names(model.namedParameters())).toEqual(['encoder.weight'])
    expect(names(model.namedParameters({ removeDuplicate: false }))).toEqual([
      'encoder.weight',
      'decoder.weight',
      'again.weight',
    ])
    expect(names(model.namedModules())).toEqual(['', 'encoder', 'decoder'])
    expect(names(model.namedModules({ removeDuplicate: false }))).toEqual(['', 'encoder', 'decoder', 'again'])
    expect(names(model.namedChildren())).toEqual(['encoder', 'decoder'])
    expect(Object.keys(model.stateDict())).toEqual(['encoder.weight', 'decoder.weight', 'again.weight'])
    const relu = new nn.ReLU()
    expect(new nn.Sequential(relu, new nn.Linear(2, 2), relu).children()).toHaveLength(2)
  })

  it('runs what stands in a Sequential twice, twice', async () => {
    const twice = new nn.Linear(1, 1, false)
    noGrad(() => twice.weight.copy_(3))
    expect(await new nn.Sequential(twice, twice).forward(ones([1, 1])).item()).toBe(9)
  })

  it('has prefixes, and can leave out what is below', () => {
    const model = new Two()
    expect(names(model.namedParameters({ prefix: 'net' }))[0]).toBe('net.first.weight')
    expect(model.parameters(false)).toEqual([])
    expect(Object.keys(model.stateDict({ prefix: 'module.' }))[3]).toBe('module.second.bias')
  })

  it('takes parameters, buffers and modules by name', () => {
    class Custom extends nn.Module {
      constructor() {
        super()
        this.registerParameter('gain', new nn.Parameter(ones([2])))
        this.registerParameter('offset', null)
        this.registerBuffer('seen', zeros([1]))
        this.registerBuffer('scratch', zeros([1]), { persistent: false })
        this.registerBuffer('later', null)
        this.addModule('inner', new nn.Linear(1, 1))
      }
      forward(input: Tensor): Tensor {
        return input
      }
    }
    const model = new Custom()
    expect(Object.keys(model.stateDict())).toEqual(['gain', 'seen', 'inner.weight', 'inner.bias'])
    expect(names(model.namedBuffers())).toEqual(['seen', 'scratch'])
    Object.assign(model, { later: ones([3]), offset: new nn.Parameter(ones([1])) })
    expect(Object.keys(model.stateDict()).slice(0, 4)).toEqual(['gain', 'offset', 'seen', 'later'])
    expect(model.getBuffer('later').shape).toEqual([3])
    expect(model.getParameter('inner.weight').shape).toEqual([1, 1])
    expect(model.getSubmodule('inner')).toBeInstanceOf(nn.Linear)
    expect(model.getSubmodule('')).toBe(model)
    expect(() => model.getSubmodule('inner.deep')).toThrow('Linear has no module "deep"')
    expect(() => model.getParameter('seen')).toThrow('Custom has no parameter "seen"')
    expect(() => model.getBuffer('gain')).toThrow('Custom has no buffer "gain"')
  })

  it.each<[string, (m: Two) => unknown, string]>([
    ['a name with a dot', (m) => m.registerBuffer('a.b', null), 'needs a name without dots, not "a.b"'],
    ['no name', (m) => m.registerModule('', null), 'needs a name without dots, not ""'],
    [
      'a method’s name',
      (m) => m.registerBuffer('forward', zeros([1])),
      'something else by the name "forward"',
    ],
    ['a plain tensor', (m) => m.registerParameter('w', zeros([1])), '"w" must be a leaf that requires grad'],
    [
      'a number',
      (m) => m.registerBuffer('w', 3 as never),
      'The buffer "w" must be a tensor or null, not number',
    ],
    ['no module', (m) => m.registerModule('w', {} as never), 'must be a Module or null, not object'],
  ])('refuses %s', (_, act, sentence) => {
    expect(() => act(new Two())).toThrow(sentence)
  })

  it('finds attention’s parts by PyTorch’s names and by ours', () => {
    const layer = new nn.TransformerEncoderLayer(4, 2, 8)
    expect(layer.getSubmodule('self_attn.out_proj')).toBe(layer.selfAttn.outProj)
    expect(layer.getParameter('selfAttn.inProjWeight')).toBe(layer.selfAttn.inProjWeight)
  })
})

describe('nn.Parameter', () => {
  it('is listed from the start, frozen or not, and shares its tensor’s value', async () => {
    const value = tensor([1, 2])
    const [trained, frozen] = [new nn.Parameter(value), new nn.Parameter(value, false)]
    expect(trained).toMatchObject({ requiresGrad: true, isLeaf: true })
    expect(frozen.requiresGrad).toBe(false)
    expect(await trained.toArray()).toEqual([1, 2])
    class Holds extends nn.Module {
      a = trained
      b = frozen
      forward(input: Tensor): Tensor {
        return input
      }
    }
    expect(names(new Holds().namedParameters())).toEqual(['a', 'b'])
    expect(new nn.Linear(1, 1).weight).toBeInstanceOf(nn.Parameter)
  })

  it('cuts what it is made of from the graph, and is made of tensors only', () => {
    const grown = ones([2], { requiresGrad: true }).mul(2)
    expect(new nn.Parameter(grown).isLeaf).toBe(true)
    expect(() => new nn.Parameter([1] as never)).toThrow('made of a tensor, not of object')
    expect(() => new nn.Parameter(tensor(Int32Array.of(1)))).toThrow('Only tensors of floats')
  })
})

describe('names', () => {
  it.each([
    ['weightIhL0', 'weight_ih_l0'],
    ['biasHhL1Reverse', 'bias_hh_l1_reverse'],
    ['numBatchesTracked', 'num_batches_tracked'],
    ['inProjWeight', 'in_proj_weight'],
    ['conv1', 'conv1'],
    ['l1Out', 'l1_out'],
    ['fooBAR', 'foo_b_a_r'],
    ['Wq', 'Wq'],
    ['my_Field', 'my_Field'],
    ['snake_case', 'snake_case'],
    ['_hidden', '_hidden'],
    ['0', '0'],
  ])('%s is %s', (field, name) => {
    expect(toStateName(field)).toBe(name)
    if (field !== name) expect(toFieldName(name)).toBe(field)
  })

  it('keep two fields apart that would be called the same', () => {
    class Both extends nn.Module {
      fooBar = new nn.Parameter(ones([1]))
      foo_bar = new nn.Parameter(zeros([1]))
      forward(input: Tensor): Tensor {
        return input
      }
    }
    const [from, to] = [new Both(), new Both()]
    expect(Object.keys(from.stateDict())).toEqual(['fooBar', 'foo_bar'])
    noGrad(() => from.fooBar.copy_(7))
    expect(to.loadStateDict(from.stateDict())).toEqual({ missingKeys: [], unexpectedKeys: [] })
  })
})

describe('loadStateDict', () => {
  it('lists what is missing, unknown or of another shape, and changes nothing', async () => {
    const model = new Two()
    const before = await model.first.bias!.toArray()
    const { 'second.bias': _, ...state } = new Two().stateDict()
    expect(() => model.loadStateDict({ ...state, more: zeros([1]), 'first.bias': zeros([2]) })).toThrow(
      'The saved state does not fit this module: second.bias is missing; more is unknown; first.bias is [2] instead of [3].',
    )
    expect(await model.first.bias!.toArray()).toEqual(before)
  })

  it('takes what fits where it need not be strict', async () => {
    const model = new Two()
    const result = model.loadStateDict({ 'first.bias': ones([3]), other: ones([1]) }, { strict: false })
    expect(result).toEqual({
      missingKeys: ['first.weight', 'second.weight', 'second.bias'],
      unexpectedKeys: ['other'],
    })
    expect(await model.first.bias!.toArray()).toEqual([1, 1, 1])
    expect(() => model.loadStateDict({ 'first.bias': ones([2]) }, false)).toThrow(
      'first.bias is [2] instead of [3]',
    )
    expect(() => model.loadStateDict({ 'first.bias': 3 as never }, false)).toThrow('first.bias is no tensor')
  })

  it('counts batches on, and from 0 where a state has no count', async () => {
    const norm = new nn.BatchNorm1d(2)
    const count = async (m: nn.BatchNorm1d): Promise<unknown> => m.numBatchesTracked!.toArray()
    for (let i = 0; i < 3; i++) norm.forward(randn([4, 2]))
    norm.eval().forward(randn([4, 2]))
    expect(await count(norm)).toBe(3)
    const { num_batches_tracked, ...old } = norm.stateDict()
    expect(num_batches_tracked!.dtype).toBe('int32')
    const other = new nn.BatchNorm1d(2)
    other.loadStateDict(norm.stateDict())
    expect(await count(other)).toBe(3)
    expect(other.loadStateDict(old).missingKeys).toEqual([])
    expect(await count(other)).toBe(0)
  })

  it('counts batches in a captured step as well', async () => {
    const model = new nn.Sequential(new nn.BatchNorm1d(2), new nn.BatchNorm1d(2))
    const step = capture((x) => model.forward(x))
    for (let i = 0; i < 4; i++) step(randn([4, 2]))
    for (const name of ['0', '1'])
      expect(await model.stateDict()[`${name}.num_batches_tracked`]!.item()).toBe(4)
  })
})

describe('all of a module at once', () => {
  it('applies from the inside out', () => {
    const seen: string[] = []
    new nn.Sequential(new nn.ReLU(), new nn.Sequential(new nn.Tanh())).apply((m) =>
      seen.push(m.constructor.name),
    )
    expect(seen).toEqual(['ReLU', 'Tanh', 'Sequential', 'Sequential'])
  })

  it('forgets gradients, or makes them zeros', async () => {
    const model = new Two()
    const loss = (): Tensor => model.forward(ones([1, 2])).sum()
    loss().backward()
    const { grad } = model.second.bias!
    model.zeroGrad(false)
    expect(model.second.bias!.grad).toBe(grad)
    expect(await grad!.toArray()).toEqual([0])
    model.zeroGrad()
    expect(model.parameters().map((p) => p.grad)).toEqual([null, null, null, null])
  })

  it('moves to another device, with gradients and buffers, and computes the same there', async () => {
    manualSeed(2)
    const model = new nn.Sequential(new nn.Linear(2, 3), new nn.BatchNorm1d(3), new nn.Linear(3, 1))
    const x = randn([5, 2])
    model.forward(x).sum().backward()
    model.eval()
    const parameters = model.parameters()
    const [before, slope] = [await model.forward(x).data(), await parameters[0]!.grad!.data()]
    const other = createReferenceDevice()
    expect(await model.to(other)).toBe(model)
    expect(model.parameters()).toEqual(parameters)
    expect([...model.parameters(), ...model.buffers()].every((t) => t.device === other)).toBe(true)
    const there = tensor(await x.data(), { shape: [5, 2], device: other })
    const after = await model.forward(there).data()
    after.forEach((value, i) => expect(value).toBeCloseTo(before[i]!, 5))
    expect([...(await parameters[0]!.grad!.data())]).toEqual([...slope])
    await expect(model.to('int32' as never)).rejects.toThrow('takes a device')
  })
})

describe('hooks', () => {
  it('run in order around forward and call, until they are removed', () => {
    const model = new Two()
    const seen: string[] = []
    const note = (what: string) => () => void seen.push(what)
    const handles = [
      model.registerForwardHook(note('after')),
      model.registerForwardPreHook(note('before')),
      model.registerForwardPreHook(note('first'), { prepend: true }),
      model.first.registerForwardHook(note('inner')),
    ]
    model.forward(ones([1, 2]))
    expect(seen.splice(0)).toEqual(['first', 'before', 'inner', 'after'])
    model.call(ones([1, 2]))
    expect(seen.splice(0)).toEqual(['first', 'before', 'inner', 'after'])
    for (const handle of handles) handle.remove()
    handles[0]!.remove()
    model.forward(ones([1, 2]))
    expect(seen).toEqual([])
    expect(Object.hasOwn(model, 'forward')).toBe(false)
  })

  it('see inputs and output, and are called once where forward calls super.forward', () => {
    class More extends Two {
      override forward(input: Tensor): Tensor {
        return super.forward(input).add(1)
      }
    }
    const model = new More()
    const hook = vi.fn()
    model.registerForwardHook(hook)
    const x = ones([1, 2])
    const y = model.forward(x)
    expect(hook.mock.calls).toEqual([[model, [x], y]])
  })

  it('survive in a field that holds a function as forward', async () => {
    class Arrow extends nn.Module {
      override forward = (input: Tensor): Tensor => input.mul(2)
    }
    const model = new Arrow()
    const handle = model.registerForwardHook((_, __, output) => (output as Tensor).add(1))
    expect(await model.forward(ones([1])).item()).toBe(3)
    handle.remove()
    expect(await model.forward(ones([1])).item()).toBe(2)
  })

  it('called always, run where forward throws', () => {
    const model = new nn.Linear(2, 1)
    const [always, other] = [vi.fn(), vi.fn()]
    model.registerForwardHook(other)
    model.registerForwardHook(always, { alwaysCall: true })
    expect(() => model.forward(ones([1, 3]))).toThrow()
    expect(other).not.toHaveBeenCalled()
    expect(always).toHaveBeenCalledOnce()
  })

  it('on the way back get each gradient once all of it has arrived', async () => {
    class Sum extends nn.Module<[a: Tensor, b: Tensor]> {
      forward(a: Tensor, b: Tensor): Tensor {
        return a.mul(3).add(b.mul(a))
      }
    }
    const model = new Sum()
    const seen: unknown[] = []
    model.registerFullBackwardHook((_, [a, b], [output]) => void seen.push(a, b, output))
    const [a, b] = [tensor([2], { requiresGrad: true }), tensor([5], { requiresGrad: true })]
    model.forward(a, b).sum().backward()
    const values = await Promise.all(seen.map((t) => (t as Tensor).item()))
    expect(values).toEqual([8, 2, 1])
    expect(await a.grad!.item()).toBe(8)
    seen.length = 0
    model
      .forward(tensor([2]), b)
      .sum()
      .backward()
    expect(seen[0]).toBeNull()
    noGrad(() => model.forward(a, b))
    expect(seen).toHaveLength(3)
  })
})

describe('containers', () => {
  it('grow, are counted and walked', () => {
    const row = new nn.Sequential(new nn.Linear(2, 2)).append(new nn.ReLU())
    expect(row).toHaveLength(2)
    expect(row.at(-1)).toBeInstanceOf(nn.ReLU)
    expect([...row]).toEqual(row.children())
    expect(() => row.at(2)).toThrow('Sequential has 2 modules, none of them number 2.')
    const list = new nn.ModuleList([new nn.Linear(1, 1)]).append(new nn.Linear(1, 2))
    expect([...list].map(({ outFeatures }) => outFeatures)).toEqual([1, 2])
    expect(list.at(1).outFeatures).toBe(2)
    expect(new nn.ModuleList(new nn.ReLU(), new nn.Tanh())).toHaveLength(2)
    expect(new nn.ModuleList()).toHaveLength(0)
    const x = ones([2])
    expect(new nn.Sequential().forward(x)).toBe(x)
    expect(() => new nn.Sequential(3 as never)).toThrow('must be a Module or null, not number')
  })

  it('hold modules by name', () => {
    const dict = new nn.ModuleDict({ a: new nn.Linear(1, 1), b: new nn.Linear(1, 2) })
    expect([...dict]).toEqual(['a', 'b'])
    expect(dict.get('b').outFeatures).toBe(2)
    expect(dict.has('c')).toBe(false)
    dict.pop('a')
    expect(names(dict.entries())).toEqual(['b'])
    expect(Object.keys(dict.stateDict())).toEqual(['b.weight', 'b.bias'])
    expect(() => dict.get('a')).toThrow('ModuleDict has no module "a". It has: b.')
    expect(() => dict.set('keys', new nn.Linear(1, 1))).toThrow('something else by the name "keys"')
    expect(() => dict.forward()).toThrow('only holds modules')
  })
})

describe('arguments', () => {
  it.each<[string, () => unknown, string]>([
    ['NaN', () => new nn.Linear(NaN, 2), 'inFeatures must be a whole number from 1, not NaN.'],
    ['a negative size', () => new nn.Linear(2, -1), 'outFeatures must be a whole number from 1, not -1.'],
    ['half a channel', () => new nn.Conv2d(1.5, 2, 3), 'inChannels must be a whole number from 1, not 1.5.'],
    [
      'nothing',
      () => new nn.Conv2d(1, 2, undefined as never),
      'kernelSize must be a whole number of at least 1',
    ],
    [
      'no features',
      () => new nn.BatchNorm2d(undefined as never),
      'numFeatures must be a whole number from 1',
    ],
    ['no width', () => new nn.LSTM(2, undefined as never), 'hiddenSize must be a whole number from 1'],
    [
      'clusters without a width',
      () => new nn.AdaptiveLogSoftmaxWithLoss(8, 5000, [100, 1000, 4000]),
      'Give fewer cutoffs or a smaller divValue',
    ],
    ['half a head', () => new nn.MultiheadAttention(4, 1.5), 'numHeads must be a whole number from 1'],
    ['no embedding', () => new nn.Embedding(0, 2), 'numEmbeddings must be a whole number from 1, not 0.'],
    ['no shape', () => new nn.LayerNorm([]), 'normalizedShape needs at least one extent'],
    ['a stride of nothing', () => new nn.Conv1d(1, 1, 3, 0), 'stride must be a whole number of at least 1'],
    ['a probability beyond 1', () => new nn.Dropout(1.5), 'p must be between 0 and 1, not 1.5.'],
    ['a number for a choice', () => new nn.Linear(1, 1, 2 as never), 'bias must be true or false, not 2.'],
    [
      'a word nobody knows',
      () => new nn.GELU({ approximate: 'erf' as never }),
      "must be 'none' or 'tanh', not erf",
    ],
    [
      'an unknown option',
      () => new nn.Linear(1, 1, { biass: false } as never),
      'Linear has no option "biass"',
    ],
    [
      'a surplus argument',
      () => new nn.Dropout(0.5, false, 3 as never),
      'takes at most 2 options by position',
    ],
    ['a surplus to none', () => new nn.Tanh(...([3] as unknown as [])), 'Tanh takes no arguments, not 1.'],
    [
      'groups that do not divide',
      () => new nn.Conv2d(3, 4, 1, { groups: 2 }),
      'inChannels must be divisible by',
    ],
    [
      'what the engine has not got',
      () => new nn.Conv2d(1, 1, 3, { paddingMode: 'reflect' as never }),
      'Conv2d cannot have paddingMode reflect here yet: leave it at zeros.',
    ],
    [
      'indices',
      () => new nn.MaxPool2d(2, { returnIndices: true }),
      'cannot have returnIndices true here yet',
    ],
    [
      'projections',
      () => new nn.LSTM(2, 3, { projSize: 1 as never }),
      'LSTM cannot have projSize 1 here yet',
    ],
    [
      'keys of another width',
      () => {
        const x = ones([2, 1, 4])
        return new nn.MultiheadAttention(4, 2, { kdim: 3 }).forward(x, x, x)
      },
      'three dimensions, the last of 3, not [2, 1, 4]',
    ],
    [
      'other rows of keys',
      () => new nn.MultiheadAttention(4, 2).forward(ones([3, 2, 4]), ones([3, 1, 4]), ones([3, 1, 4])),
      'of as many rows, not [3, 2, 4], [3, 1, 4], [3, 1, 4]',
    ],
    [
      'sparse gradients',
      () => new nn.Embedding(3, 2, { sparse: true as never }),
      'cannot have sparse true here yet',
    ],
    [
      'a surplus in a function',
      () => nn.functional.linear(ones([1, 1]), ones([1, 1]), null, ...([1] as unknown as [])),
      'linear takes 3 arguments, not 4.',
    ],
    [
      'an unknown reduction',
      () => nn.functional.mseLoss(ones([1]), ones([1]), { reduction: 'max' as never }),
      "reduction must be 'mean' or 'sum' or 'none', not max.",
    ],
  ])('refuse %s', (_, act, sentence) => {
    expect(act).toThrow(sentence)
  })

  it('may leave what the engine has not got as it is', () => {
    expect(new nn.Conv2d(2, 2, 3, { paddingMode: 'zeros', groups: 1 }).weight.shape).toEqual([2, 2, 3, 3])
    expect(new nn.MultiheadAttention(4, 2, 0, true, false, false, null, 4).embedDim).toBe(4)
  })

  it('by position mean the same as by name', () => {
    const x = ones([1, 1, 28, 28])
    expect(new nn.Conv2d(1, 6, 5, 1, 2).forward(x).shape).toEqual([1, 6, 28, 28])
    expect(new nn.Conv2d(1, 6, 5, { padding: 2 }).forward(x).shape).toEqual([1, 6, 28, 28])
    expect(new nn.Conv2d(1, 6, 5, null, 2, { bias: false }).bias).toBeUndefined()
  })

  it('in place means that the input holds the result', async () => {
    const x = tensor([-1, 2])
    const y = new nn.ReLU(true).forward(x)
    expect(y).toBe(x)
    expect(await x.toArray()).toEqual([0, 2])
    const [w] = [tensor([-1, 3], { requiresGrad: true })]
    const z = w.mul(2)
    new nn.ReLU({ inplace: true }).forward(z)
    z.sum().backward()
    expect(await w.grad!.toArray()).toEqual([0, 2])
  })
})

it('a Sequential takes one list, too', () => {
  const model = new nn.Sequential([new nn.Linear(2, 3), new nn.ReLU()])
  expect(model).toHaveLength(2)
  expect(Object.keys(model.stateDict())).toEqual(['0.weight', '0.bias'])
})
