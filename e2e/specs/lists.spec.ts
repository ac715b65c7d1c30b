import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { openApp } from './support/app.ts'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import { chooseFile, goTo, newProject } from './support/steps.ts'

const colors = ['red', 'green', 'blue', 'round', 'big']
const listOf = (i: number): string =>
  colors.filter((_, k) => ((i * 7 + k * 13) % 31) % 3 === 0).join(';') || colors[i % colors.length]!

test('a column that lists labels is found out, told, and taken otherwise', async ({ folder }) => {
  const path = join(folder, 'things.csv')
  const lines = Array.from({ length: 200 }, (_, i) => `${i % 17},${(i * 5) % 23},${listOf(i)}`)
  writeFileSync(path, `x,z,tags\n${lines.join('\n')}\n`)
  const app = await openApp(join(folder, 'workspace'))
  const { page } = app
  const task = page.getByRole('combobox', { name: 'Task' })
  try {
    await newProject(page)
    await chooseFile(page, 'Open a table…', path)
    await expect(page.getByText(/"tags" lists labels with “;” between them, 5 different ones/)).toBeVisible({
      timeout: 120_000,
    })
    await expect(task).toHaveValue('multilabel')
    await look(page, 'lists-1-data')
    expect(await complaints(page, 'a column of lists')).toEqual([])
    await goTo(page, 'Prepare')
    const separator = page.getByRole('textbox', { name: 'Separator' })
    await expect(separator).toHaveValue(';')
    await expect(page.getByText('any of 5 labels').or(page.getByText('round')).first()).toBeVisible({
      timeout: 120_000,
    })
    await look(page, 'lists-2-prepare')
    await goTo(page, 'Data')
    await task.selectOption('classification')
    await expect(task).toHaveValue('classification')
    await task.selectOption('multilabel')
    await expect(task).toHaveValue('multilabel')
    await goTo(page, 'Prepare')
    await expect(separator).toHaveValue(';')
    expect(app.problems).toEqual([])
  } finally {
    await app.close()
  }
})

const ofTexts = 'texts with several labels each are found out, and their task is chosen in Prepare'
test(ofTexts, { tag: '@thorough' }, async ({ folder }) => {
  const path = join(folder, 'said')
  mkdirSync(path)
  const lines = Array.from(
    { length: 160 },
    (_, i) => `${listOf(i)}\tit is ${listOf(i).replaceAll(';', ' and ')} number ${i % 9}`,
  )
  writeFileSync(join(path, 'train.txt'), `${lines.join('\n')}\n`)
  const app = await openApp(join(folder, 'workspace'))
  const { page } = app
  try {
    await newProject(page)
    await page.getByRole('textbox', { name: 'Path or address' }).fill(path)
    await page.getByRole('button', { name: 'Read it' }).click()
    await expect(page.getByText(/"label" lists labels with “;” between them/)).toBeVisible({
      timeout: 120_000,
    })
    await goTo(page, 'Prepare')
    const task = page.getByRole('combobox', { name: 'Task' })
    await expect(task).toHaveValue('multilabel')
    await expect(page.getByRole('textbox', { name: 'Separator' })).toHaveValue(';')
    await look(page, 'lists-3-texts')
    expect(await complaints(page, 'the task of texts')).toEqual([])
    await task.selectOption('classification')
    await expect(page.getByText('Saving…')).toHaveCount(0)
    await expect(task).toHaveValue('classification')
    await expect(page.getByRole('textbox', { name: 'Separator' })).toHaveCount(0)
    expect(app.problems).toEqual([])
  } finally {
    await app.close()
  }
})
