import { expect, test } from 'vitest'
import { detected, picturesFound } from '../../electron/contract/index.ts'
import { againAs } from './read-again.ts'

const pictures = { ...picturesFound, size: '32' }
const source = { path: '/a.csv', ...detected, missingValues: [], test: '/b.csv', pictures }

test('reading a table differently loses neither its test file nor how its pictures are read', () => {
  const reading = { ...detected, delimiter: ';' }
  expect(againAs(source, { reading })).toEqual({ ...reading, test: '/b.csv', pictures })
  expect(againAs(source, { pictures: picturesFound })).toEqual({
    ...detected,
    test: '/b.csv',
    pictures: picturesFound,
  })
})

test('images have no reading of a table', () => {
  expect(againAs({ path: '/folder', pictures }, {})).toEqual({ pictures })
  expect(againAs(undefined, {})).toEqual({})
})
