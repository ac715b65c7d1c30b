import { expect, it } from 'vitest'
import { runFilterSchema } from '../../electron/contract/index.ts'
import { emptyForm, filterOf } from './run-filter.ts'

it('asks for nothing where nothing was typed', () => {
  expect(filterOf(emptyForm)).toEqual({})
  expect(filterOf({ ...emptyForm, where: '  ', limit: '0.5', value: '32', setting: '' })).toEqual({})
  expect(filterOf({ ...emptyForm, setting: 'seed', value: ' ' })).toEqual({})
})

it('asks for all that was typed, in what the host takes', () => {
  const filter = filterOf({
    where: ' first ',
    state: 'finished',
    series: 'validation/accuracy',
    bound: 'atMost',
    limit: '0,9',
    setting: 'training.batchSize',
    value: ' 32 ',
  })
  expect(filter).toEqual({
    where: 'first',
    states: ['finished'],
    metrics: [{ series: 'validation/accuracy', atMost: 0.9 }],
    settings: [{ setting: 'training.batchSize', is: '32' }],
  })
  expect(runFilterSchema.safeParse(filter).success).toBe(true)
  expect(filterOf({ ...emptyForm, series: 'test/f1', limit: 'much' })).toEqual({
    metrics: [{ series: 'test/f1' }],
  })
})
