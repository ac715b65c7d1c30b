import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import { chooseFile, goTo, newProject } from './support/steps.ts'

const line = (i: number): string =>
  `${40 + ((i * 7) % 60)},${(1.5 + ((i * 13) % 50) / 100).toFixed(2)},${['Rome', 'Oslo', 'Lima'][i % 3]},${i % 4 ? 'no' : 'yes'}`
const people = ['weight,height,city,ill', ...Array.from({ length: 240 }, (_, i) => line(i)), ''].join('\n')
const towns = 'town,country,inhabitants\nRome,IT,2800000\nOslo,NO,700000\n'

test(
  'a table is shaped: seen before it is applied, refused with the reason, undone',
  { tag: '@thorough' },
  async ({ app, folder }) => {
    test.setTimeout(120_000)
    const { page } = app
    const path = join(folder, 'people.csv')
    writeFileSync(path, people)
    writeFileSync(join(folder, 'towns.csv'), towns)
    const panel = page.getByRole('group', { name: 'Shape' })
    const steps = panel.getByRole('listitem')
    const add = (label: string) =>
      panel.getByRole('combobox', { name: /shaping step/ }).selectOption({ label })
    const write = async (name: string, text: string, at: number) => {
      const field = steps.nth(at).getByRole('textbox', { name, exact: true })
      await field.fill(text)
      await field.press('Tab')
    }
    const preview = panel.getByRole('button', { name: 'Preview', exact: true })
    const found: string[] = []
    await newProject(page)
    await chooseFile(page, 'Open a table…', path)
    await expect(page.getByText(/240 rows × 4 columns/)).toBeVisible({ timeout: 30_000 })
    await expect(panel.getByText('The table is as it was read.')).toBeVisible()

    await test.step('an incomplete step cannot be tried, and a wrong one says what is wrong', async () => {
      await panel.getByRole('button', { name: 'Add a step…' }).click()
      await add('Derive a column')
      await expect(panel.getByRole('status')).toHaveText('Step 1: say Name, Expression.')
      await expect(preview).toBeDisabled()
      await write('Name', 'bmi', 0)
      await write('Expression', 'weigth / (height * height)', 0)
      await preview.click()
      await expect(panel.getByText(/no column “weigth”.*Did you mean weight\?/)).toBeVisible()
      await expect(page.getByText(/240 rows × 4 columns/)).toBeVisible()
    })

    await test.step('what comes of the steps is seen, then applied', async () => {
      await write('Expression', 'weight / (height * height)', 0)
      await add('Keep rows')
      await write('Condition', 'weight >= 60', 1)
      const chooser = page.waitForEvent('filechooser')
      await panel.getByRole('button', { name: 'Join a file…' }).click()
      await (await chooser).setFiles(join(folder, 'towns.csv'))
      await expect(steps).toHaveCount(3)
      await write('Found by', 'city = town', 2)
      await preview.click()
      const told = panel.getByRole('table', { name: 'What each step does' })
      await expect(told.getByRole('row')).toHaveCount(4)
      await expect(told.getByRole('row').nth(2)).toContainText('240 → 160')
      await expect(panel.getByText(/New or otherwise: bmi, country, inhabitants/)).toBeVisible()
      found.push(...(await complaints(page, 'preview of a shape')))
      await look(page, 'shape-preview')
      await panel.getByRole('button', { name: 'Apply' }).click()
      await expect(page.getByText(/160 rows × 7 columns/)).toBeVisible()
      await expect(page.getByRole('list', { name: 'What its steps did' })).toContainText('160 rows of 240')
      await look(page, 'shape-applied')
    })

    await test.step('the data are written as a file, with how they came to be', async () => {
      await page.getByRole('button', { name: 'Export data…' }).click()
      const dialog = page.getByRole('dialog', { name: 'Export the data' })
      await dialog.getByRole('button', { name: 'Write file' }).click()
      await expect(dialog.getByText(/^160 rows, 7 columns/)).toBeVisible()
      found.push(...(await complaints(page, 'export of the data')))
      const download = page.waitForEvent('download')
      await dialog.getByRole('link', { name: 'Download', exact: true }).click()
      const text = await readFile(await (await download).path(), 'utf8')
      expect(text.split('\n')[0]).toBe('weight,height,city,bmi,country,inhabitants,ill')
      await page.keyboard.press('Escape')
      await expect(dialog).toHaveCount(0)
    })

    await test.step('steps are moved by keyboard, and undo takes all of it back', async () => {
      await expect(steps).toHaveText([
        'bmi = weight / (height * height)',
        'Keep rows where weight >= 60',
        'Join towns.csv on city = town',
      ])
      await panel.getByRole('button', { name: 'Change steps' }).click()
      await panel.getByRole('button', { name: /^Move .*Keep rows.* up/ }).focus()
      await page.keyboard.press('Enter')
      await expect(steps.first()).toContainText('Keep rows')
      await expect(panel.getByRole('status')).toHaveText('These steps are not applied yet.')
      await panel.getByRole('button', { name: 'Undo these changes' }).click()
      await expect(steps.first()).toContainText('Derive a column')
      await page.getByRole('button', { name: /^Undo/ }).first().click()
      await expect(page.getByText(/240 rows × 4 columns/)).toBeVisible()
      await expect(panel.getByText('The table is as it was read.')).toBeVisible()
    })
    await test.step('features are selected, by scores that are shown', async () => {
      await goTo(page, 'Prepare')
      const selection = page.getByRole('group', { name: 'Feature selection' })
      await selection.getByRole('combobox').first().selectOption({ label: 'The best' })
      await selection.getByRole('textbox', { name: 'Features (columns)' }).fill('2')
      await page.keyboard.press('Tab')
      await expect(
        page.getByText('Features by what each tells of the target: 2 of 3 used').first(),
      ).toBeVisible()
      found.push(...(await complaints(page, 'selected features')))
      await look(page, 'selected-features')
    })
    expect(found).toEqual([])
  },
)
