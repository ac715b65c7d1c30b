import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { apart, thorough } from '../fixtures/apart.ts'
import * as nn from '../nn/index.ts'
import { setDefaultDevice, tensor } from '../tensor/creation.ts'
import { manualSeed, randint, randn } from '../tensor/random.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { PathFinder, type PathSum } from './paths.ts'
import { trace, type GraphValue } from './trace.ts'

const F = nn.functional
const sumOf = ({ paths, remainder }: PathSum): number =>
  paths.reduce((sum, { product }) => sum + product, remainder)

/** Residual, with one weight that two layers share. */
class Residual extends nn.Module<[Tensor], Tensor> {
  first = new nn.Linear(5, 5)
  norm = new nn.LayerNorm(5)
  last = new nn.Linear(5, 3)
  forward(x: Tensor): Tensor {
    const once = x.add(this.first.forward(x).tanh())
    return this.last.forward(this.norm.forward(once.add(this.first.forward(once).sigmoid())))
  }
}

/** What one of several branches looks at is detached: no path goes there. */
class Detached extends nn.Module<[Tensor], Tensor> {
  layer = new nn.Linear(4, 3)
  forward(x: Tensor): Tensor {
    const y = this.layer.forward(x)
    return y.mul(y.detach()).sub(y.exp().detach())
  }
}

interface Case {
  readonly make: () => nn.AnyModule
  readonly input: () => Tensor
}
const networks: Record<string, Case> = {
  'fully connected': {
    make: () => new nn.Sequential(new nn.Linear(4, 6), new nn.ReLU(), new nn.Linear(6, 3)),
    input: () => randn([3, 4]),
  },
  'convolution, batch norm, pooling': {
    make: () =>
      new nn.Sequential(
        new nn.Conv2d(1, 2, 3),
        new nn.BatchNorm2d(2),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.Flatten(),
        new nn.Linear(8, 3),
      ),
    input: () => randn([3, 1, 6, 6]),
  },
  'residual with a shared weight': { make: () => new Residual(), input: () => randn([3, 5]) },
  'a detached branch': { make: () => new Detached(), input: () => randn([3, 4]) },
  recurrent: {
    make: () => {
      class Last extends nn.Module<[Tensor], Tensor> {
        lstm = new nn.LSTM(2, 3, { batchFirst: true })
        forward(x: Tensor): Tensor {
          const [, [h]] = this.lstm.forward(x)
          return h.squeeze(0)
        }
      }
      return new Last()
    },
    input: () => randn([3, 4, 2]),
  },
}

describe.each(['reference', 'wasm'] as const)('products of all paths, on %s', (backend) => {
  const device = backend === 'wasm' ? createWasmDevice() : createReferenceDevice()
  beforeAll(() => setDefaultDevice(device))
  afterAll(() => device.close())

  const sumUp = async (name: string): Promise<void> => {
    for (let seed = 1; seed <= 2; seed++) {
      manualSeed(seed)
      const model = networks[name]!.make()
      const x = networks[name]!.input().detach()
      x.requiresGrad = true
      const labels = randint(0, 3, [3])
      const lossOf = (input: Tensor): Tensor =>
        F.crossEntropy(model.call(...([input] as never[])) as Tensor, labels)
      const graph = trace(lossOf, x)
      const finder = new PathFinder(graph, graph.outputs[0]!)
      lossOf(x).backward()
      for (const leaf of [x, ...model.parameters()]) {
        const grads = await leaf.grad!.data()
        for (const element of [0, grads.length - 1]) {
          const found = await finder.of(graph.valueOf(leaf), element, { limit: 5, expansions: 60 })
          expect(found.gradient).toBeCloseTo(grads[element]!, 6)
          expect(Math.abs(sumOf(found) - grads[element]!)).toBeLessThan(1e-6)
          expect(found.paths.length > 0 || Math.abs(grads[element]!) < 1e-6).toBe(true)
          for (const { steps, product } of found.paths)
            expect(steps.reduce((p, { derivative }) => p * derivative, 1)).toBe(product)
        }
      }
    }
  }
  // Each network on one of them.
  const [some, others] = apart(Object.keys(networks), 2)
  const [first, second] = backend === 'reference' ? [some, others] : [others, some]
  it.each(first)('sum to .grad: %s', sumUp)
  it.each(second)('sum to .grad: %s', thorough, sumUp)
})

describe('the paths', () => {
  beforeAll(() => setDefaultDevice(createReferenceDevice()))

  it('are all there where they are few, largest first', async () => {
    // The lecture's: b = w₁·a, c = w₂·a, d = w₃·b + w₄·c, L = d².
    const [w1, w2, w3, w4] = [2, 3, 5, 7].map((w) => tensor(w, { requiresGrad: true }))
    const a = tensor(11, { requiresGrad: true })
    const graph = trace(
      (x: Tensor) =>
        w3!
          .mul(w1!.mul(x))
          .add(w4!.mul(w2!.mul(x)))
          .square(),
      a,
    )
    const loss = graph.outputs[0]!
    const finder = new PathFinder(graph, loss)
    const found = await finder.of(graph.valueOf(a), 0)
    expect(found.complete).toBe(true)
    expect(found.remainder).toBe(0)
    // Through c and through b: 2·d·w₄·w₂ and 2·d·w₃·w₁.
    expect(found.paths.map(({ product }) => product)).toEqual([2 * 341 * 21, 2 * 341 * 10])
    expect(found.paths[0]!.steps.map(({ edge }) => edge.node.op)).toEqual(['mul', 'mul', 'add', 'mul'])
    expect(found.gradient).toBe(2 * 341 * 31)
    const one = await finder.of(graph.valueOf(a), 0, { limit: 1 })
    expect([one.paths.length, one.remainder, one.complete]).toEqual([1, 2 * 341 * 10, false])
  })

  it('need an element that is there, of a value that the loss depends on', async () => {
    const x = tensor([1, 2], { requiresGrad: true })
    const graph = trace((v: Tensor) => v.square().sum(), x)
    const finder = new PathFinder(graph, graph.outputs[0]!)
    await expect(finder.of(graph.valueOf(x), 2)).rejects.toThrow('There is no element 2: the value has 2')
    const constant = tensor(3)
    const other = trace((v: Tensor) => v.square().sum().mul(constant), x)
    const value: GraphValue = other.valueOf(constant)
    await expect(new PathFinder(other, other.outputs[0]!).of(value, 0)).rejects.toThrow('does not depend')
    const still = trace((v: Tensor) => v.square().sum(), tensor([1, 2]))
    expect(() => new PathFinder(still, still.outputs[0]!)).toThrow('nothing that requires grad')
  })
})
