import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import { chooseFile, newProject } from './support/steps.ts'
import { look } from './support/look.ts'

const line = (i: number): string =>
  `${1 + (i % 9)}.250,${10 + (i % 18)}/0${1 + (i % 9)}/2022,${i % 4 ? 'no' : 'yes'}`
const cell = (page: Page, text: string) =>
  page
    .getByRole('grid', { name: 'Rows of the data' })
    .getByRole('gridcell', { name: text, exact: true })
    .first()

test(
  'how a column is written is told and changed as a form',
  { tag: '@thorough' },
  async ({ app, folder }) => {
    test.setTimeout(120_000)
    const { page } = app
    const path = join(folder, 'sizes.csv')
    writeFileSync(path, `size,day,sold\n${Array.from({ length: 120 }, (_, i) => line(i)).join('\n')}\n`)
    await newProject(page)
    await chooseFile(page, 'Open a table…', path)
    await expect(page.getByText('"day" writes dates as %d/%m/%Y.')).toBeVisible({ timeout: 30_000 })
    await expect(cell(page, '1.25')).toBeVisible()

    await page.getByRole('button', { name: 'How day is written' }).click()
    await expect(page.getByLabel('Formats')).toHaveValue('%d/%m/%Y')
    await page.getByLabel('Formats').fill('no format')
    await page.keyboard.press('Tab')
    await expect(page.getByRole('alert')).toContainText('each a format with a year')
    await page.keyboard.press('Escape')

    await page.getByRole('button', { name: 'How size is written' }).click()
    expect(await complaints(page, 'the parser of a column')).toEqual([])
    await page.getByLabel('Decimal sign').getByText('Comma').click()
    await page.getByLabel('Between thousands').selectOption('Point')
    await page.keyboard.press('Escape')
    await expect(cell(page, '1250')).toBeVisible()
  },
)

test(
  'how a file was read is told with its reasons, and read otherwise',
  { tag: '@thorough' },
  async ({ app, folder }) => {
    test.setTimeout(120_000)
    const { page } = app
    const path = join(folder, 'survey.csv')
    writeFileSync(
      path,
      `Survey of 2022\n\nsize;'day; or night';sold\n${Array.from({ length: 60 }, (_, i) => `${i % 7};'a; ${i % 3}';${i % 4 ? 'no' : 'yes'}`).join('\n')}\n`,
    )
    await newProject(page)
    await chooseFile(page, 'Open a table…', path)
    await expect(page.getByText('The table begins below line 1')).toBeVisible({ timeout: 30_000 })
    await expect(cell(page, 'a; 1')).toBeVisible()
    await page.getByRole('button', { name: 'Read it differently' }).click()
    const form = page.getByRole('form', { name: 'Read the file differently' })
    await expect(form.getByText('Cells are quoted by apostrophes.')).toBeVisible()
    expect(await complaints(page, 'how a file is read')).toEqual([])
    await look(page, 'reading-1-form')

    // What cannot be obeyed is refused, and the data stay.
    await form.getByLabel('Header').fill('900')
    await form.getByRole('button', { name: 'Import again' }).click()
    await expect(page.getByText(/Line 900 cannot be the header/).first()).toBeVisible()
    await expect(cell(page, 'a; 1')).toBeVisible()

    await form.getByLabel('Header').fill('none')
    await form.getByRole('button', { name: 'Import again' }).click()
    // Other columns are a change that is shown before it is made.
    await page.getByRole('button', { name: 'Use the new file' }).click({ timeout: 30_000 })
    await expect(page.getByText('The file has no header: its columns are called c1 to c3.')).toBeVisible()
    await expect(cell(page, 'day; or night')).toBeVisible()
  },
)
