/** Tensors that share memory, held to a plain model of memory: one list of numbers, and strides into it. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../backends/device.ts'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { generator } from '../ops/samples.ts'
import { setDefaultDevice, tensor } from './creation.ts'
import { noGrad } from './grad-mode.ts'
import { contiguousStrides, numel } from './shape.ts'
import { cat, type Tensor } from './tensor.ts'
import { reshapedStrides } from './views.ts'

interface Strided {
  readonly memory: number[]
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  readonly offset: number
}

function* places({ shape, strides, offset }: Strided): Generator<number> {
  for (let i = 0; i < numel(shape); i++) {
    let [rest, at] = [i, offset]
    for (let d = shape.length - 1; d >= 0; d--) {
      at += (rest % shape[d]!) * strides[d]!
      rest = Math.floor(rest / shape[d]!)
    }
    yield at
  }
}

const contentOf = (x: Strided): number[] => Array.from(places(x), (at) => x.memory[at]!)
const read = async (t: Tensor): Promise<number[]> => [...(await t.data())]

/** A tensor beside its model. */
interface Pair {
  readonly ours: Tensor
  readonly model: Strided
}

const fresh = (shape: readonly number[], first: number): Pair => {
  const memory = Array.from({ length: numel(shape) }, (_, i) => first + i)
  return {
    ours: tensor(Float32Array.from(memory), { shape }),
    model: { memory, shape, strides: contiguousStrides(shape), offset: 0 },
  }
}

/** Another look at the same memory; a copy where the shape cannot be shown without one, as in PyTorch. */
function look({ ours, model }: Pair, pick: (n: number) => number): Pair {
  const { shape, strides, offset } = model
  const rank = shape.length
  const kind = pick(5)
  if (kind === 0) {
    const order = shape.map((_, i) => i).sort(() => pick(3) - 1)
    const moved = { shape: order.map((d) => shape[d]!), strides: order.map((d) => strides[d]!) }
    return { ours: ours.permute(order), model: { ...model, ...moved } }
  }
  if (kind === 1) {
    const d = pick(rank)
    const from = pick(shape[d]!)
    const to = from + 1 + pick(shape[d]! - from)
    return {
      ours: ours.slice(d, from, to),
      model: { ...model, shape: shape.with(d, to - from), offset: offset + from * strides[d]! },
    }
  }
  if (kind === 2) {
    const flat = [numel(shape)]
    const over = reshapedStrides(shape, strides, flat)
    const copied = { memory: contentOf(model), shape: flat, strides: [1], offset: 0 }
    return { ours: ours.reshape(flat), model: over ? { ...model, shape: flat, strides: over } : copied }
  }
  if (kind === 3) return { ours: ours.detach(), model: { ...model } }
  return {
    ours: ours.unsqueeze(0),
    model: { ...model, shape: [1, ...shape], strides: [shape[0]! * strides[0]!, ...strides] },
  }
}

async function agrees(seed: number): Promise<void> {
  const next = generator(seed)
  const pick = (n: number): number => Math.floor(next() * n)
  const pairs = [fresh([2, 3, 4], 0), fresh([5], 100)]
  for (let step = 0; step < 14; step++) {
    const at = pick(pairs.length)
    const pair = pairs[at]!
    if (next() < 0.5) pairs.push(look(pair, pick))
    else {
      const [by, add] = [pick(5) + 1, next() < 0.5]
      noGrad(() => (add ? pair.ours.add_(by) : pair.ours.mul_(by)))
      for (const place of places(pair.model))
        pair.model.memory[place] = add ? pair.model.memory[place]! + by : pair.model.memory[place]! * by
    }
    // Some are read in between, most are not.
    if (next() < 0.2) expect(await read(pair.ours)).toEqual(contentOf(pair.model))
    // A tensor that nobody refers to any more still lends its memory.
    if (next() < 0.1 && pairs.length > 2) pairs.splice(pick(pairs.length), 1)
  }
  for (const { ours, model } of pairs) expect(await read(ours), `seed ${seed}`).toEqual(contentOf(model))
}

describe.each([
  ['reference', createReferenceDevice],
  ['wasm', createWasmDevice],
] as const)('views on %s', (_, open) => {
  beforeAll(() => {
    setDefaultDevice(open() as Device)
  })

  it('see what is written through any of them, over 150 random programs', { timeout: 120_000 }, async () => {
    for (let seed = 0; seed < 150; seed++) await agrees(seed)
  })

  it('of a tensor that requires no grad carry what is written into gradients', async () => {
    // torch: x = w * 1; x[0:1] = w[1:2] * 10; x.sum().backward(); w.grad = [0, 11, 1]
    const w = tensor([1, 2, 3], { requiresGrad: true })
    const x = w.mul(1)
    const second = w.slice(0, 1, 2)
    x.slice(0, 0, 1).copy_(second.mul(10))
    expect(await read(x)).toEqual([20, 2, 3])
    x.sum().backward()
    expect(await read(w.grad!)).toEqual([0, 11, 1])
  })

  it('taken before a write show it, with its gradient', async () => {
    // torch: x = w * 2; v = x.view(2, 2); x.mul_(3); v.sum().backward(); w.grad = 6
    const w = tensor([1, 2, 3, 4], { requiresGrad: true })
    const x = w.mul(2)
    const v = x.reshape([2, 2])
    x.mul_(3)
    expect(await read(v)).toEqual([6, 12, 18, 24])
    v.sum().backward()
    expect(await read(w.grad!)).toEqual([6, 6, 6, 6])
  })

  it('by detach() share numbers but no gradients', async () => {
    const w = tensor([1, 2], { requiresGrad: true })
    const x = w.mul(2)
    const d = x.detach()
    d.add_(5)
    expect(await read(x)).toEqual([7, 9])
    x.sum().backward()
    expect(await read(w.grad!)).toEqual([2, 2])
    w.detach().zero_()
    expect(await read(w)).toEqual([0, 0])
    expect(w.isLeaf && w.requiresGrad).toBe(true)
  })

  it('keep the graph of a tensor changed under noGrad', async () => {
    const w = tensor([3], { requiresGrad: true })
    const y = w.mul(2)
    noGrad(() => y.add_(1))
    expect(await read(y)).toEqual([7])
    y.sum().backward()
    expect(await read(w.grad!)).toEqual([2])
  })

  it('keep the graph through writes inside and outside of it', async () => {
    // torch: x = torch.zeros(3); v = x.view(3); v.add_(w); with torch.no_grad(): v[1:].mul_(2); v[:2].mul_(3)
    const w = tensor([1, 2, 3], { requiresGrad: true })
    const x = tensor([0, 0, 0])
    const v = x.view(3)
    v.add_(w)
    noGrad(() => {
      v.slice(0, 1, 3).mul_(2)
      v.slice(0, 0, 2).mul_(3)
    })
    expect(x.requiresGrad).toBe(true)
    expect(await read(x)).toEqual([3, 12, 6])
    x.sum().backward()
    expect(await read(w.grad!)).toEqual([1, 1, 1])
  })

  it('keep the graph where the whole is changed outside of it', async () => {
    // torch: x = torch.zeros(3); v = x.view(3); x.add_(w); with torch.no_grad(): x.mul_(2); v.sum().backward()
    const w = tensor([1, 2, 3], { requiresGrad: true })
    const x = tensor([0, 0, 0])
    const v = x.view(3)
    x.add_(w)
    noGrad(() => x.mul_(2))
    expect(await read(v)).toEqual([2, 4, 6])
    v.sum().backward()
    expect(await read(w.grad!)).toEqual([1, 1, 1])
  })

  it('keep the graph of what was changed outside of it, beside what was changed inside', async () => {
    // torch: x = w * 2; v = x.view(3); with torch.no_grad(): v[:1].mul_(5); v[1:].mul_(3); x.sum().backward()
    const w = tensor([1, 2, 3], { requiresGrad: true })
    const x = w.mul(2)
    const v = x.view(3)
    noGrad(() => v.slice(0, 0, 1).mul_(5))
    v.slice(0, 1, 3).mul_(3)
    expect(await read(x)).toEqual([10, 12, 18])
    x.sum().backward()
    expect(await read(w.grad!)).toEqual([2, 6, 6])
  })

  it('of leaves that require grad cannot be changed while gradients are recorded', async () => {
    const w = tensor([1, 2, 3], { requiresGrad: true })
    expect(() => w.slice(0, 0, 1).zero_()).toThrow('A view of a leaf')
    noGrad(() => w.slice(0, 0, 1).zero_())
    expect(await read(w)).toEqual([0, 2, 3])
    expect(w.isLeaf).toBe(true)
  })

  it('of every other element and of diagonals are written through', async () => {
    // torch: x = torch.arange(9.).reshape(3, 3); x[:, ::2].mul_(10); x.diagonal(1).zero_()
    const x = tensor(
      Float32Array.from({ length: 9 }, (_, i) => i),
      { shape: [3, 3] },
    )
    x.slice(1, 0, 3, 2).mul_(10)
    x.diagonal(1).zero_()
    expect(await read(x)).toEqual([0, 0, 20, 30, 4, 0, 60, 7, 80])
  })

  it('are not what PyTorch copies, also where it need not', async () => {
    const x = tensor([1, 2])
    const copies = [x.repeat(1), x.tile([1]), x.repeatInterleave(1), x.roll(0, 0), x.roll(2, 0), cat([x])]
    for (const copy of copies) copy.zero_()
    expect(await read(x)).toEqual([1, 2])
    expect(await read(tensor([1]).repeat(2).add_(1))).toEqual([2, 2])
  })

  it('that refuse a write are as before', async () => {
    const x = tensor([1])
    const wide = x.expand([3])
    expect(() => wide.add_(1)).toThrow('cannot be changed in place')
    expect(await read(wide)).toEqual([1, 1, 1])
  })

  it('that are overwritten pass gradients of 0', async () => {
    // torch: x = w * 2; x.zero_(); x.sum().backward(); w.grad = 0
    const w = tensor([1, 2], { requiresGrad: true })
    const x = w.mul(2)
    x.zero_().sum().backward()
    expect(await read(w.grad!)).toEqual([0, 0])
  })

  it('retain the gradient of what they hold now', async () => {
    const w = tensor([1, 2], { requiresGrad: true })
    const x = w.mul(2)
    x.retainGrad()
    x.mul_(3)
    x.sum().backward()
    expect(await read(x.grad!)).toEqual([1, 1])
  })

  it('are not what gradients that keep their graph are, whatever else is added to them', async () => {
    const [a, b] = [tensor([1], { requiresGrad: true }), tensor([2], { requiresGrad: true })]
    const seed = tensor([3])
    a.add(b).backward(seed, { createGraph: true })
    a.mul(1).backward(tensor([10]))
    expect(await Promise.all([seed, a.grad!, b.grad!].map((t) => t.item()))).toEqual([3, 13, 3])
  })

  it('of a changed leaf matter only to gradients that need its value', async () => {
    // torch: y = (w + 1).reshape(2, 1); with torch.no_grad(): w.add_(1); y.sum().backward()
    const w = tensor([1, 2], { requiresGrad: true })
    const y = w.add(1).reshape([2, 1])
    noGrad(() => w.add_(1))
    y.sum().backward()
    expect(await read(w.grad!)).toEqual([1, 1])
  })

  it('that show one number at several places cannot be changed', async () => {
    const x = tensor([1])
    expect(() => x.expand([3]).add_(1)).toThrow('expanded to [3] cannot be changed in place')
    x.expand([1, 1]).add_(1)
    expect(await read(x)).toEqual([2])
  })

  it('notice a change of what the backward pass needs', () => {
    const w = tensor([1, 2], { requiresGrad: true })
    const y = w.mul(w)
    noGrad(() => w.reshape([2, 1]).add_(1))
    expect(() => {
      y.sum().backward()
    }).toThrow('was changed in place')
  })
})
