import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import {
  chooseFile,
  expectState,
  goTo,
  setField,
  settled,
  startTraining,
  takeQuick,
} from './support/steps.ts'

const line = (i: number): string => {
  const [x, z] = [((i * 37) % 101) / 50 - 1, ((i * 53) % 97) / 48 - 1]
  const day = new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10)
  return [`p${i % 23}`, day, i % 5 === 0 ? 'test' : 'train', x, z, x + z > 0 ? 'ill' : 'well'].join(',')
}
const table = (from: number, rows: number): string =>
  ['patient,day,part,x,z,state', ...Array.from({ length: rows }, (_, i) => line(from + i))].join('\n') + '\n'

test(
  'every way of splitting is chosen, told and trained on',
  { tag: '@thorough' },
  async ({ open, folder }) => {
    test.setTimeout(240_000)
    const path = join(folder, 'visits.csv')
    writeFileSync(path, table(0, 300))
    const app = await open()
    const { page } = app
    const method = page.getByRole('combobox', { name: 'Method' })
    const split = async (name: string, field?: string, column?: string): Promise<void> => {
      await method.selectOption(name)
      if (field && column) await page.getByRole('combobox', { name: field, exact: true }).selectOption(column)
      await settled(page)
    }
    await chooseFile(page, 'Open a table…', path)
    await expect(page.getByLabel('Column to predict')).toHaveValue('state', { timeout: 60_000 })
    await goTo(page, 'Prepare')
    await test.step('by group, with the column that is asked for', async () => {
      await method.selectOption('byGroup')
      await expect(page.getByText('Choose the column that the split goes by (Group).')).toBeVisible()
      await look(page, 'splits-choose-column')
      await split('byGroup', 'Group', 'patient')
      await expect(page.getByText(/The 23 groups by “patient” are each on one side/)).toBeVisible({
        timeout: 30_000,
      })
      await look(page, 'splits-group')
      expect(await complaints(page, 'prepare')).toEqual([])
    })
    await test.step('by time, and by what a column says', async () => {
      await split('byTime', 'Time', 'day')
      await expect(page.getByText(/By “day”: rows before 2024-07-29 train/)).toBeVisible({ timeout: 30_000 })
      await split('byColumn', 'Split column', 'part')
      await expect(page.getByText(/“part” says which rows are for what/)).toBeVisible({ timeout: 30_000 })
      await look(page, 'splits-column')
    })
    await test.step('by a list of rows', async () => {
      const list = join(folder, 'index_test_0.txt')
      writeFileSync(list, Array.from({ length: 40 }, (_, i) => `${i * 3}.000e+00\n`).join(''))
      await method.selectOption('byRowNumbers')
      await page.getByLabel('Test rows').setInputFiles(list)
      await expect(page.getByText('40 rows', { exact: true })).toBeVisible()
      await settled(page)
      await expect(page.getByText(/40 to test/)).toBeVisible({ timeout: 30_000 })
      await look(page, 'splits-rows')
      expect(await complaints(page, 'rows')).toEqual([])
    })
    await test.step('in folds, each of which is trained and compared', async () => {
      await method.selectOption('folds')
      await setField(page, 'Folds', '3')
      await takeQuick(page)
      await goTo(page, 'Train')
      await setField(page, 'Epochs', '6')
      await page.getByRole('form', { name: 'New run' }).getByLabel('Name').fill('Crossed')
      await page.getByRole('button', { name: 'Train all 3 folds' }).click()
      await look(page, 'splits-train-folds')
      await expect(page.getByText('Crossed, fold 3 of 3').first()).toBeAttached({ timeout: 60_000 })
      await goTo(page, 'Compare').catch(() =>
        page
          .getByRole('link', { name: /Compare/ })
          .first()
          .click(),
      )
      const table = page.getByRole('table', { name: 'Cross-validation' })
      await expect(table).toBeVisible({ timeout: 60_000 })
      await page.getByRole('button', { name: 'Test 3 folds' }).click()
      await page.getByRole('alertdialog').getByRole('button', { name: 'Test 3 folds' }).click()
      await expect(table).toContainText('Accuracy, test', { timeout: 60_000 })
      await look(page, 'splits-folds')
      expect(await complaints(page, 'compare')).toEqual([])
    })
    await test.step('on a file of its own', async () => {
      const own = join(folder, 'later.csv')
      writeFileSync(own, table(300, 60))
      await goTo(page, 'Prepare')
      await chooseFile(page, 'Test on a file of its own…', own)
      await expect(method).toHaveValue('given', { timeout: 60_000 })
      await settled(page)
      await look(page, 'splits-file')
      await goTo(page, 'Train')
      await setField(page, 'Epochs', '3')
      await startTraining(page, 'On a file')
      await expectState(page, /^finished$/)
    })
  },
)
