import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { openApp } from './support/app.ts'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import { root } from '../checks/process.ts'
import { chooseFile, newProject } from './support/steps.ts'

const workbook = join(root, 'electron/host/kinds/table/formats/fixtures/sales.xlsx')

test('a workbook is read from the sheet with most rows, and another one is chosen by its name', async ({
  folder,
}) => {
  test.setTimeout(120_000)
  const app = await openApp(join(folder, 'workspace'))
  const { page } = app
  const path = join(folder, 'sales.xlsx')
  copyFileSync(workbook, path)
  try {
    await newProject(page)
    await look(page, 'import')
    await chooseFile(page, 'Open a table…', path)
    await expect(page.getByText('Excel workbook, sheet Sales')).toBeVisible({ timeout: 30_000 })
    await expect(page.getByText('The sheet “Sales” is read.')).toBeVisible()
    await page.getByRole('button', { name: 'Read it differently' }).click()
    // A workbook has no delimiters.
    await expect(page.getByRole('form', { name: 'Read the file differently' })).toBeVisible()
    await expect(page.getByLabel('Delimiter')).toHaveCount(0)
    expect(await complaints(page, 'the form of reading a workbook')).toEqual([])
    await look(page, 'workbook')
    await page.getByLabel('Sheet').getByText('Hidden').click()
    await page.getByRole('button', { name: 'Import again' }).click()
    await page.getByRole('button', { name: 'Use the new file' }).click()
    await expect(page.getByText('Excel workbook, sheet Hidden')).toBeVisible({ timeout: 30_000 })
  } finally {
    await app.close()
  }
})

test('JSON is read with what is nested in it', async ({ folder }) => {
  test.setTimeout(120_000)
  const app = await openApp(join(folder, 'workspace'))
  const { page } = app
  const path = join(folder, 'people.json')
  const people = Array.from({ length: 40 }, (_, i) => ({
    home: { town: `Town ${i % 3}` },
    age: i,
    old: i > 20,
  }))
  writeFileSync(path, JSON.stringify(people))
  try {
    await newProject(page)
    await chooseFile(page, 'Open a table…', path)
    await expect(page.getByText('JSON file', { exact: true })).toBeVisible({ timeout: 30_000 })
    await expect(page.getByRole('columnheader', { name: /home\.town/ }).first()).toBeVisible()
  } finally {
    await app.close()
  }
})
