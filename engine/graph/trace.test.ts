import { beforeAll, describe, expect, it } from 'vitest'
import { createReferenceDevice } from '../backends/reference/device.ts'
import * as nn from '../nn/index.ts'
import { setDefaultDevice, tensor } from '../tensor/creation.ts'
import { ones } from '../functions/creation.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { trace, type GraphEdge, type GraphValue, type OpGraph } from './trace.ts'

beforeAll(() => {
  setDefaultDevice(createReferenceDevice())
})

/** Every way from one value to another, along the edges. */
function paths(graph: OpGraph, from: GraphValue, to: GraphValue): GraphEdge[][] {
  if (from === to) return [[]]
  return graph.edges
    .filter((edge) => edge.from === from)
    .flatMap((edge) => paths(graph, edge.to, to).map((rest) => [edge, ...rest]))
}

describe('the graph of a computation', () => {
  // The lecture's: b = w₁·a, c = w₂·a, d = w₃·b + w₄·c, L = f(d).
  const weights = (): Tensor[] => [2, 3, 5, 7].map((w) => tensor(w, { requiresGrad: true }))
  const forward =
    ([w1, w2, w3, w4]: readonly Tensor[]) =>
    (a: Tensor): Tensor => {
      const [b, c] = [w1!.mul(a), w2!.mul(a)]
      return w3!.mul(b).add(w4!.mul(c)).square()
    }

  it('has an edge for each direct computation', () => {
    const graph = trace(forward(weights()), tensor(11))
    expect(graph.nodes.map(({ op }) => op)).toEqual(['mul', 'mul', 'mul', 'mul', 'add', 'mul'])
    expect(graph.inputs.map(({ name }) => name)).toEqual(['input'])
    expect(graph.parameters).toHaveLength(4)
    expect(graph.edges).toHaveLength(11)
    expect(graph.outputs[0]!.producer).toBe(graph.nodes.at(-1))
  })

  it('has local gradients whose products along all paths sum to the gradient', async () => {
    const w = weights()
    const graph = trace(forward(w), tensor(11))
    const [loss] = graph.outputs
    loss!.tensor.dim()
    forward(w)(tensor(11)).backward()
    for (const weight of w) {
      let sum = 0
      for (const path of paths(graph, graph.valueOf(weight), loss!)) {
        let product = 1
        for (const edge of path) product *= await graph.localGradient(edge).item()
        sum += product
      }
      expect(sum).toBe(await weight.grad!.item())
    }
  })

  it('keeps the values, to be read afterwards', async () => {
    const graph = trace(forward(weights()), tensor(11))
    const values = await Promise.all(graph.nodes.map((node) => node.outputs[0]!.tensor.item()))
    expect(values).toEqual([22, 33, 110, 231, 341, 341 * 341])
  })
})

describe('trace of a single tensor', () => {
  it('is the sum of its diagonal', async () => {
    expect(await trace(tensor([1, 2, 3, 4], { shape: [2, 2] })).item()).toBe(5)
    expect(() => trace(ones([2, 2, 2]))).toThrow('trace takes a matrix, not [2, 2, 2].')
    const untyped = trace as (...args: unknown[]) => unknown
    expect(() => untyped(ones([2, 2]), ones([2]))).toThrow('trace takes one argument, not 2.')
    expect(() => untyped(() => 1)).toThrow('trace needs what goes into the model')
  })
})

describe('the graph of a module', () => {
  it('says where each op belongs, what it reads and how much it multiplies', () => {
    const model = new nn.Sequential(new nn.Linear(4, 3), new nn.ReLU(), new nn.Linear(3, 2)).eval()
    const graph = trace(model, ones([5, 4]))
    const called = (values: readonly GraphValue[]): (string | null)[] => values.map(({ name }) => name)
    expect(graph.nodes.map((n) => [n.op, n.module, n.moduleType, called(n.inputs), n.multiplyAdds])).toEqual([
      ['linear', '0', 'Linear', ['input', '0.weight', '0.bias'], 60],
      ['relu', '1', 'ReLU', [null], 0],
      ['linear', '2', 'Linear', [null, '2.weight', '2.bias'], 30],
    ])
    expect(graph.modules.map(({ name, type }) => [name, type])).toEqual([
      ['0', 'Linear'],
      ['1', 'ReLU'],
      ['2', 'Linear'],
      ['', 'Sequential'],
    ])
    expect(String(graph).split('\n')[0]).toBe('%5 [5, 3] = linear(input, 0.weight, 0.bias)  # 0: Linear')
  })

  it('names a shared weight once, and several outputs of one op', () => {
    class Tied extends nn.Module {
      first = new nn.Linear(3, 3, { bias: false })
      second = this.first
      forward(x: Tensor): Tensor {
        return this.second.forward(this.first.forward(x))
      }
    }
    const tied = trace(new Tied(), ones([2, 3]))
    expect(tied.parameters.map(({ name }) => name)).toEqual(['first.weight'])
    const lstm = trace(new nn.LSTM(2, 3), ones([4, 1, 2]))
    const node = lstm.nodes.find(({ op }) => op === 'lstm')!
    expect(node.outputs.map(({ shape }) => shape)).toEqual([[4, 1, 3], [1, 3], [1, 3]]) // prettier-ignore
    expect(node.module).toBe('')
    expect(node.moduleType).toBe('LSTM')
  })

  it('of convolutions and their gradients counts as PyTorch users do', () => {
    const graph = trace(new nn.Conv2d(3, 8, 3, 1, 1), ones([1, 3, 10, 10]))
    expect(graph.nodes.reduce((sum, node) => sum + node.multiplyAdds, 0)).toBe(8 * 10 * 10 * 3 * 3 * 3)
  })
})
