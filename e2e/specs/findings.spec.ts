import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import {
  chooseFile,
  expectState,
  goTo,
  newProject,
  setField,
  startTraining,
  takeQuick,
} from './support/steps.ts'

/** A column that is mostly missing, and classes of which one is rare. */
function uneven(folder: string): string {
  const path = join(folder, 'uneven.csv')
  const line = (i: number) => `${(i * 37) % 101},${i % 3 === 0 ? 'low' : ''},${i % 12 === 0 ? 'ill' : 'well'}`
  writeFileSync(path, `pulse,dose,state\n${Array.from({ length: 300 }, (_, i) => line(i)).join('\n')}\n`)
  return path
}

test('a fix is shown before it is applied, by keyboard, and undone', async ({ app, folder }) => {
  const { page } = app
  await newProject(page)
  await chooseFile(page, 'Open a table…', uneven(folder))
  await expect(page.getByText(/300 rows × 3 columns/)).toBeVisible({ timeout: 30_000 })
  await goTo(page, 'Explore')
  // The panel and the list in it.
  const list = page.getByRole('group', { name: 'Alerts', exact: true }).last()
  const missing = list.getByRole('listitem').filter({ hasText: '“dose” is missing in 66.7' })
  await expect(missing).toBeVisible({ timeout: 30_000 })

  await test.step('what it changes is said, and Escape leaves it', async () => {
    const fix = missing.getByRole('button', { name: 'Ignore…' })
    await fix.focus()
    await page.keyboard.press('Enter')
    const shown = missing.getByRole('group', { name: 'What “Ignore” changes' })
    await expect(shown).toContainText('Role of “dose”: feature → ignore')
    await expect(shown.getByRole('button', { name: 'Apply' })).toBeFocused()
    await look(page, 'fix-shown')
    await page.keyboard.press('Escape')
    await expect(shown).toHaveCount(0)
    await expect(fix).toBeFocused()
  })
  await test.step('its numbers are those of the table', async () => {
    await missing.getByRole('button', { name: 'Details' }).click()
    await expect(missing).toContainText(/Missing\s*200/)
    const row = page
      .getByRole('table', { name: 'Column profiles' })
      .getByRole('row')
      .filter({ hasText: 'dose' })
    await expect(row).toContainText('66.7\u00a0%')
  })
  await test.step('applied, it is gone, and the focus is on the list', async () => {
    await missing.getByRole('button', { name: 'Ignore…' }).focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await expect(page.getByText('Role of “dose”: feature → ignore.').first()).toBeVisible()
    await expect(missing).toHaveCount(0, { timeout: 30_000 })
    await expect(list).toBeFocused()
  })
  await test.step('undone, it is back', async () => {
    await page.keyboard.press('Control+z')
    await expect(missing).toBeVisible({ timeout: 30_000 })
  })
  await test.step('what stays true says that it has been dealt with', async () => {
    const classes = list.getByRole('listitem').filter({ hasText: 'The classes are very uneven' })
    await classes.getByRole('button', { name: 'Weigh classes…' }).click()
    await expect(classes).toContainText('Remedy for class imbalance: As it is → Class weights')
    await classes.getByRole('button', { name: 'Apply' }).click()
    await expect(classes).toContainText('Weigh classes: done')
    await goTo(page, 'Prepare')
    await expect(page.getByLabel('Remedy for class imbalance')).toHaveValue('classWeights')
  })
  await test.step('a check of the recipe offers its fix, too', async () => {
    await takeQuick(page)
    await goTo(page, 'Train')
    await setField(page, 'Batch size (examples)', '4096')
    await goTo(page, 'Prepare')
    const checks = page.getByRole('group', { name: 'Checks' })
    await expect(checks).toContainText('A batch of 4,096 is more than all 210 training rows', {
      timeout: 30_000,
    })
    await checks.getByRole('button', { name: 'Smaller batches…' }).click()
    await expect(checks).toContainText('Batch size: 4,096 → 16')
    await look(page, 'check-shown')
    await checks.getByRole('button', { name: 'Apply' }).click()
    await expect(checks).not.toContainText('A batch of 4,096', { timeout: 30_000 })
  })
  await test.step('an alarm of a training offers its fix for the next run', async () => {
    await goTo(page, 'Train')
    await setField(page, 'Learning rate', '1e-7')
    await setField(page, 'Epochs', '6')
    await startTraining(page, 'crawls')
    await expectState(page, /^finished$/)
    const alarm = page
      .getByRole('group', { name: 'Alarms' })
      .getByRole('listitem')
      .filter({ hasText: 'After 6 epochs the training loss has come to' })
    await alarm.getByRole('button', { name: 'Raise the learning rate…' }).click()
    await expect(alarm).toContainText(/Learning rate: 1e.7 → 0.001/)
    await look(page, 'alarm-shown')
    await alarm.getByRole('button', { name: 'Apply' }).click()
    const rate = page.getByRole('textbox', { name: 'Learning rate', exact: true })
    await expect(rate).toHaveValue('0.001')
    await expect(alarm).toContainText('Raise the learning rate: done')
    await page.keyboard.press('Control+z')
    await expect(rate).not.toHaveValue('0.001')
  })
  expect(app.problems).toEqual([])
})
