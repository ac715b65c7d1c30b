import { expect, it } from 'vitest'
import { publicSetNames } from '../../electron/contract/index.ts'
import { listedSets } from './public-sets.ts'

it('lists all sets, or those in which every word stands', () => {
  expect(listedSets(' ', null).map(({ name }) => name)).toEqual(publicSetNames)
  expect(listedSets('WINE taster', null).map(({ name }) => name)).toEqual(['wine-quality'])
  expect(listedSets('nothing like this', null)).toEqual([])
})

it('says where a set would be fetched, and what imports take', () => {
  const [iris] = listedSets('iris fisher', 'https://mirror.example.org/sets')
  expect(iris).toMatchObject({
    path: 'catalog:iris',
    taskLabel: 'Several classes',
    address: 'https://mirror.example.org/sets/ml/machine-learning-databases/iris/iris.data',
  })
})
