import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import { chooseFile, goTo, newProject, setField, settled } from './support/steps.ts'

/** One row in twelve is sick, and only partly told by its numbers. */
function patients(rows: number): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const sick = (i * 31) % 12 === 0
    const noise = (seed: number): number => ((i * seed) % 1009) / 1009
    return [
      (noise(7919) + (sick ? 0.5 : 0)).toFixed(3),
      (noise(104_729) - (sick ? 0.3 : 0)).toFixed(3),
      ['north', 'south', 'east', 'west'][(i * 17) % (sick ? 2 : 4)],
      sick ? 'sick' : 'well',
    ].join()
  })
  return ['pulse,pressure,ward,state', ...lines].join('\n') + '\n'
}

test(
  'remedies for a rare class are tried side by side, and their curves compared',
  { tag: '@thorough' },
  async ({ open, folder }) => {
    const file = join(folder, 'patients.csv')
    writeFileSync(file, patients(600))
    const app = await open()
    const { page } = app
    await newProject(page)
    await chooseFile(page, 'Open a table…', file)
    await expect(page.getByLabel('Column to predict')).toHaveValue('state', { timeout: 60_000 })
    await goTo(page, 'Train')
    await setField(page, 'Epochs', '5')
    await goTo(page, 'Prepare')
    await settled(page)

    await test.step('they are chosen in a dialog, two at least', async () => {
      await page.getByRole('button', { name: 'Try remedies side by side' }).click()
      const dialog = page.getByRole('dialog', { name: 'Remedies side by side' })
      await expect(dialog.getByRole('checkbox', { checked: true })).toHaveCount(6)
      await dialog.getByRole('checkbox', { name: /^Weighted sampler/ }).uncheck()
      await dialog.getByRole('checkbox', { name: /^Under-sampling/ }).uncheck()
      expect(await complaints(page, 'remedies')).toEqual([])
      await dialog.getByRole('button', { name: 'Train 4 runs' }).click()
    })
    await test.step('their curves lie over each other once they are measured', async () => {
      await expect(page.getByRole('heading', { level: 1, name: 'Compare' })).toBeVisible({
        timeout: 60_000,
      })
      await page.getByRole('button', { name: 'Measure 4 runs' }).click({ timeout: 60_000 })
      const figure = page.getByRole('figure', { name: 'Precision and recall of “sick”' })
      await expect(figure.getByRole('button', { name: /SMOTE, .* · 0\.\d+/ })).toBeVisible({
        timeout: 60_000,
      })
      const table = page.getByRole('table', { name: 'What is predicted as “sick”' })
      await expect(table.getByRole('row')).toHaveCount(5)
      await expect(page.getByRole('figure', { name: 'ROC of “sick”' })).toBeVisible()
      await figure.scrollIntoViewIfNeeded()
      await look(page, 'remedies-compare')
      expect(await complaints(page, 'compare')).toEqual([])
    })
    await test.step('another class is drawn, and the points stand in a table', async () => {
      await page.getByLabel('Class of the curves').selectOption('well')
      const figure = page.getByRole('figure', { name: 'Precision and recall of “well”' })
      await figure.getByRole('button', { name: /as table/ }).click()
      await expect(figure.getByRole('columnheader', { name: 'Recall' })).toBeVisible()
    })
  },
)
