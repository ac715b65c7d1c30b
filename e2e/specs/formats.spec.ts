import { copyFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import { root } from '../checks/process.ts'
import { chooseFile, newProject } from './support/steps.ts'

const workbook = join(root, 'electron/host/kinds/table/formats/fixtures/sales.xlsx')

test(
  'a workbook is read from the sheet with most rows, and another one is chosen by its name',
  { tag: '@thorough' },
  async ({ app, folder }) => {
    test.setTimeout(120_000)
    const { page } = app
    const path = join(folder, 'sales.xlsx')
    copyFileSync(workbook, path)
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
  },
)

test('a table is fetched from an address, which Settings lists', { tag: '@thorough' }, async ({ open }) => {
  test.setTimeout(120_000)
  const rows = Array.from({ length: 60 }, (_, i) => `${i},${i % 3},${i % 2 ? 'yes' : 'no'}\n`).join('')
  const server = createServer((request, response) => {
    if (request.url === '/data/flowers.csv') response.end(`x,kind,y\n${rows}`)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const app = await open()
  const { page } = app
  try {
    await newProject(page)
    const field = page.getByRole('textbox', { name: 'Path or address' })
    await field.fill(`${origin}/none.csv`)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('alert').first()).toContainText('there is nothing at this address (404)', {
      timeout: 30_000,
    })
    await field.fill(`${origin}/data/flowers.csv`)
    await page.keyboard.press('Enter')
    await expect(page.getByText(`${origin}/data/flowers.csv`).first()).toBeVisible({ timeout: 30_000 })
    await expect(page.getByText('60 × 3 columns')).toBeVisible()
    expect(await complaints(page, 'data from an address')).toEqual([])
    await look(page, 'address')
    await page.getByRole('button', { name: 'Settings' }).click()
    const listed = page.getByRole('table', { name: 'Addresses' })
    await expect(listed).toContainText(`${origin}/data/flowers.csv`)
    await expect(listed).toContainText(`${origin}/none.csv`)
    expect(await complaints(page, 'settings with addresses')).toEqual([])
    await listed.scrollIntoViewIfNeeded()
    await look(page, 'addresses')
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('JSON is read with what is nested in it', { tag: '@thorough' }, async ({ app, folder }) => {
  test.setTimeout(120_000)
  const { page } = app
  const path = join(folder, 'people.json')
  const people = Array.from({ length: 40 }, (_, i) => ({
    home: { town: `Town ${i % 3}` },
    age: i,
    old: i > 20,
  }))
  writeFileSync(path, JSON.stringify(people))
  await newProject(page)
  await chooseFile(page, 'Open a table…', path)
  await expect(page.getByText('JSON file', { exact: true })).toBeVisible({ timeout: 30_000 })
  await expect(page.getByRole('columnheader', { name: /home\.town/ }).first()).toBeVisible()
})
