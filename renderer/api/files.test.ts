import { expect, it } from 'vitest'
import { chosenPath, isProjectFile, projectNameOf } from './files.ts'

it('names a project after its file', () => {
  expect(projectNameOf('/home/a/churn.2024.csv')).toBe('churn.2024')
  expect(projectNameOf('C:\\data\\houses.tsv')).toBe('houses')
})

it('cuts long names between characters', () => {
  const name = projectNameOf(`/home/a/x${'🦜'.repeat(80)}.csv`)
  expect(name.length).toBe(119)
  expect(name.isWellFormed()).toBe(true)
})

it('calls a chosen path by its last part', async () => {
  expect(chosenPath('/data/mnist/').name).toBe('mnist')
  expect(chosenPath('C:\\data\\a.csv').name).toBe('a.csv')
  expect(await chosenPath('/data/a.csv').path()).toBe('/data/a.csv')
})

it('knows a whole project by its name', () => {
  expect(isProjectFile(chosenPath('/data/Rings.DESCENT'))).toBe(true)
  expect(isProjectFile(chosenPath('/data/descent.csv'))).toBe(false)
})
