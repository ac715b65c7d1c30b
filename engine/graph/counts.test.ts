import { beforeAll, expect, it } from 'vitest'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { ones } from '../functions/creation.ts'
import * as nn from '../nn/index.ts'
import { setDefaultDevice } from '../tensor/creation.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { activationsOf, countsOf } from './counts.ts'
import { trace } from './trace.ts'

beforeAll(() => {
  setDefaultDevice(createReferenceDevice())
})

it('counts parameters once, with their bytes, and products', () => {
  const model = new nn.Sequential(new nn.Linear(4, 3), new nn.ReLU(), new nn.Linear(3, 2))
  expect(countsOf(trace(model, ones([5, 4])))).toEqual({
    parameters: { elements: 23, bytes: 92 },
    multiplyAdds: 5 * (4 * 3 + 3 * 2),
  })
  class Tied extends nn.Module {
    first = new nn.Linear(3, 3, { bias: false })
    second = this.first
    forward(x: Tensor): Tensor {
      return this.second.forward(this.first.forward(x))
    }
  }
  expect(countsOf(trace(new Tied(), ones([1, 3]))).parameters.elements).toBe(9)
})

it('counts what the way back reads, and nothing else', () => {
  // Its gradient reads the input and the weight alone.
  expect(activationsOf(new nn.Linear(4, 3), [ones([5, 4])]).elements).toBe(0)
  const hidden = new nn.Sequential(new nn.Linear(4, 3), new nn.ReLU(), new nn.Linear(3, 2))
  // The hidden units after ReLU, where it is seen which of them were positive, too.
  expect(activationsOf(hidden, [ones([5, 4])])).toEqual({ elements: 15, bytes: 60 })
  // A view is no memory of its own.
  const flat = new nn.Sequential(new nn.Conv2d(1, 2, 3), new nn.ReLU(), new nn.Flatten(), new nn.Linear(8, 2))
  expect(activationsOf(flat, [ones([1, 1, 4, 4])]).elements).toBe(8)
})

it('counts nothing of what is not trained', () => {
  expect(activationsOf(new nn.ReLU(), [ones([5, 4])]).elements).toBe(0)
  const frozen = new nn.Sequential(new nn.Linear(4, 3), new nn.Tanh(), new nn.Linear(3, 2))
  frozen.requiresGrad_(false)
  expect(activationsOf(frozen, [ones([5, 4])]).elements).toBe(0)
})
