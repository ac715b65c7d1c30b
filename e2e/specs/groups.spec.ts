import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import { chooseFile, goTo, newProject, settled } from './support/steps.ts'

/** Applications over two years, none in two of the months, decided otherwise for women than for men. */
function applications(rows: number): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const month = (i * 7) % 24
    const kept = month === 4 || month === 5 ? 6 : month
    const date = `${2021 + Math.floor(kept / 12)}-${String((kept % 12) + 1).padStart(2, '0')}-15`
    const sex = i % 150 === 0 ? 'other' : i % 3 === 0 ? 'female' : 'male'
    const approved = (i * 37) % 100 < (sex === 'female' ? 35 : 60) ? 'yes' : 'no'
    return [date, sex, ((i * 7919) % 1000) / 10, approved].join()
  })
  return ['applied,sex,score,approved', ...lines].join('\n') + '\n'
}

test(
  'groups of people and the course of time are told, with the rows behind them',
  { tag: '@thorough' },
  async ({ open, folder }) => {
    const file = join(folder, 'applications.csv')
    writeFileSync(file, applications(600))
    const app = await open()
    const { page } = app
    await newProject(page)
    await chooseFile(page, 'Open a table…', file)
    await expect(page.getByLabel('Column to predict')).toHaveValue('approved', { timeout: 60_000 })
    await test.step('a column is marked on Data', async () => {
      const mark = page.getByRole('button', { name: /^sex says of people/ })
      await expect(mark).toHaveAttribute('aria-pressed', 'false')
      await mark.click()
      await expect(mark).toHaveAttribute('aria-pressed', 'true')
      await settled(page)
      await look(page, 'groups-data')
      expect(await complaints(page, 'data')).toEqual([])
    })
    await goTo(page, 'Explore')
    await test.step('its groups are told with their target, and open their rows', async () => {
      const figure = page.getByRole('figure', { name: 'Groups of people' })
      await expect(figure).toContainText('male', { timeout: 60_000 })
      await expect(figure).toContainText(/200 \(33\.3.%\)|19\d \(3\d\.\d.%\)/)
      await expect(page.getByText(/“yes” is the class of/)).toBeVisible()
      await figure.scrollIntoViewIfNeeded()
      await look(page, 'groups-explore')
      expect(await complaints(page, 'explore')).toEqual([])
      await figure.getByRole('button', { name: 'Show rows in which sex is other' }).click()
      const dialog = page.getByRole('dialog', { name: 'sex: other' })
      await expect(dialog.getByRole('status').first()).toHaveText('4 rows')
      await page.keyboard.press('Escape')
    })
    await test.step('months without rows are named', async () => {
      await expect(page.getByText('Without any rows: 2021-05 to 2021-06.')).toBeVisible()
      await expect(page.getByRole('figure', { name: 'Target over time' })).toBeVisible()
    })
  },
)
