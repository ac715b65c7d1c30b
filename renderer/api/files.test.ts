import { expect, it } from 'vitest'
import { projectNameOf } from './files.ts'

it('names a project after its file', () => {
  expect(projectNameOf('/home/a/churn.2024.csv')).toBe('churn.2024')
  expect(projectNameOf('C:\\data\\houses.tsv')).toBe('houses')
})
