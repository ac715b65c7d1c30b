import { expect, it } from 'vitest'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { setDefaultDevice, tensor } from '../tensor/creation.ts'
import * as nn from './index.ts'

it('losses are modules too, with the functions’ options', async () => {
  setDefaultDevice(createReferenceDevice())
  const scores = tensor([[1, 2, 0.5], [0, -1, 3]]) // prettier-ignore
  const classes = tensor([1, 2], { dtype: 'int32' })
  const weight = tensor([1, 2, 4])
  for (const options of [
    {},
    { reduction: 'sum' },
    { labelSmoothing: 0.1 },
    { weight, ignoreIndex: 1 },
  ] as const) {
    const loss = new nn.CrossEntropyLoss(options)
    expect(await loss.forward(scores, classes).item()).toBe(
      await nn.functional.crossEntropy(scores, classes, options).item(),
    )
  }
  expect(Object.keys(new nn.CrossEntropyLoss(weight).stateDict())).toEqual(['weight'])
  expect(new nn.CrossEntropyLoss().parameters()).toEqual([])
  expect(await new nn.MSELoss({ reduction: 'sum' }).forward(tensor([1, 2]), tensor([3, 5])).item()).toBe(13)
  const Loss = nn.MSELoss as unknown as new (options: object) => nn.Module
  expect(() => new Loss({ reduce: true })).toThrow('MSELoss has no option "reduce"')
})
