import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { complaints } from './support/axe.ts'
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

const header = 'age,income,color,bought\n'
const line = (i: number): string =>
  `${20 + ((i * 7) % 50)},${1000 + ((i * 37) % 900)},${['red', 'green', 'blue'][i % 3]},${i % 4 ? 'no' : 'yes'}`
const table = (rows: number): string => header + Array.from({ length: rows }, (_, i) => line(i)).join('\n')

const grid = (page: Page) => page.getByRole('grid', { name: 'Rows of the data' })
const version = (page: Page) => page.getByText(/^Version \d+:/)

test(
  'data is corrected by keyboard and mouse, undone, and runs name their version',
  { tag: '@thorough' },
  async ({ app, folder }) => {
    test.setTimeout(180_000)
    const { page } = app
    const path = join(folder, 'shop.csv')
    writeFileSync(path, table(240))
    const found: string[] = []
    const check = async (state: string) => {
      // What floats at the edge of the screen for five seconds belongs to no landmark.
      await expect(page.getByRole('list', { name: 'Notifications' }).getByRole('listitem')).toHaveCount(0)
      found.push(...(await complaints(page, state)))
    }
    await newProject(page)
    await chooseFile(page, 'Open a table…', path)
    await expect(page.getByText(/240 rows × 4 columns/)).toBeVisible({ timeout: 30_000 })
    await expect(version(page)).toHaveText('Version 1: as imported')
    await expect(grid(page).getByRole('gridcell', { name: '27' }).first()).toBeVisible()

    await test.step('by keyboard: a cell, its mark, and Escape', async () => {
      await grid(page).focus()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      const editor = page.getByRole('textbox', { name: /^age, row 2;/ })
      await expect(editor).toBeFocused()
      await expect(editor).toHaveValue('27')
      await editor.fill('99')
      await page.keyboard.press('Escape')
      await expect(version(page)).toHaveText('Version 1: as imported')
      await expect(grid(page)).toBeFocused()
      await page.keyboard.press('F2')
      await editor.fill('72')
      await page.keyboard.press('Enter')
      await expect(version(page)).toHaveText('Version 2: 1 cell changed')
      await expect(grid(page)).toBeFocused()
      await expect(grid(page).getByRole('gridcell', { name: '72 (corrected, imported as 27)' })).toBeVisible()
      await expect(
        page.locator('[aria-live]').filter({ hasText: 'Row 2, age: 27 became 72; the data is v2' }),
      ).toHaveCount(1)
    })

    await test.step('what does not fit is refused, and what was typed is there to be corrected', async () => {
      await page.keyboard.press('Enter')
      const editor = page.getByRole('textbox', { name: /^age, row 3;/ })
      await editor.fill('old')
      await page.keyboard.press('Enter')
      await expect(
        page.getByText(/^“old” does not fit the column "age" \(row 3\), which holds numbers/),
      ).toBeVisible()
      await expect(editor).toHaveValue('old')
      await page.keyboard.press('Escape')
      await page
        .getByRole('button', { name: /Dismiss/ })
        .first()
        .click()
    })

    await test.step('a double click edits, Tab goes on to the next cell', async () => {
      await grid(page).getByRole('gridcell', { name: 'blue' }).first().dblclick()
      const editor = page.getByRole('combobox', { name: /^color, row 3;/ })
      await editor.fill('violet')
      await page.keyboard.press('Tab')
      await expect(version(page)).toHaveText('Version 3: 2 cells changed')
      await expect(grid(page)).toHaveAttribute('aria-activedescendant', /-2-3$/)
    })

    await test.step('rows are ticked and dropped, and one is appended', async () => {
      await grid(page).focus()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Space')
      await page.keyboard.press('Shift+ArrowDown')
      await expect(page.getByRole('button', { name: 'Drop 2 rows' })).toBeVisible()
      await check('rows ticked')
      await grid(page).focus()
      await page.keyboard.press('Delete')
      await expect(version(page)).toHaveText('Version 4: 2 cells changed, 2 rows dropped')
      await expect(page.getByText(/238 rows × 4 columns/)).toBeVisible()
      await expect(grid(page).getByRole('rowheader', { name: '4', exact: true })).toHaveCount(0)

      await page.getByRole('button', { name: 'Append a row…' }).click()
      await check('append a row')
      await page.getByRole('textbox', { name: /^age/ }).fill('33')
      await page.getByRole('combobox', { name: /^bought/ }).fill('yes')
      await page.keyboard.press('Enter')
      await expect(version(page)).toHaveText('Version 5: 2 cells changed, 2 rows dropped, 1 row appended')
      await grid(page).focus()
      await page.keyboard.press('Control+ArrowDown')
      await expect(grid(page).getByRole('rowheader', { name: 'new 241' })).toBeVisible()
    })

    await test.step('undo, redo, history and what changed', async () => {
      await page.getByRole('button', { name: 'Undo the last correction' }).click()
      await expect(version(page)).toHaveText('Version 4: 2 cells changed, 2 rows dropped')
      await page.getByRole('button', { name: 'Redo the correction' }).click()
      await expect(version(page)).toHaveText(/^Version 5/)
      await page.getByRole('button', { name: 'History' }).click()
      await expect(page.getByRole('row', { name: /^v5 .* In use/ })).toBeVisible()
      await look(page, 'data-history')
      await check('history')
      await page.getByRole('button', { name: 'What changed from v1 to the version in use' }).click()
      const dialog = page.getByRole('dialog', { name: 'From v1 to v5' })
      await expect(dialog).toContainText('2 cells changed, 1 row added, 2 rows removed.')
      await expect(dialog.getByRole('row', { name: '2 age 27 72' })).toBeVisible()
      await check('what changed')
      await page.keyboard.press('Escape')
    })

    await test.step('a run names its version, and says when the data is another one', async () => {
      await takeQuick(page)
      await goTo(page, 'Train')
      await setField(page, 'Epochs', '2')
      await startTraining(page, 'On five')
      await expectState(page, /Trained to the last epoch/)
      await expect(page.getByText(/data v5/)).toBeVisible()
      await goTo(page, 'Data')
      await page.getByRole('button', { name: 'History' }).click()
      await page.getByRole('button', { name: 'Use v1', exact: true }).click()
      await expect(version(page)).toHaveText('Version 1: as imported')
      for (const step of ['Train', 'Evaluate']) {
        await goTo(page, step)
        await expect(page.getByText('Trained on v5 of the data, and tested on it.')).toBeVisible()
        await check(`${step}, other data`)
      }
    })
    await test.step('a changed file is shown before it is used, and takes corrections along', async () => {
      await goTo(page, 'Data')
      await page.getByRole('button', { name: 'History' }).click()
      await page.getByRole('button', { name: 'Use v5', exact: true }).click()
      await expect(version(page)).toHaveText(/^Version 5/)
      writeFileSync(path, table(240).replace('\n48,', '\n47,'))
      await chooseFile(page, 'Replace file…', path)
      const dialog = page.getByRole('dialog', { name: 'What changed in shop.csv' })
      await expect(dialog).toContainText('1 cell changed since it was imported', { timeout: 30_000 })
      await check('a changed file')
      await dialog.getByRole('button', { name: 'Keep the present data' }).click()
      await expect(version(page)).toHaveText(/^Version 5/)
      await chooseFile(page, 'Replace file…', path)
      await dialog.getByRole('button', { name: 'Use the new file' }).click()
      await expect(version(page)).toHaveText(/^Version \d+: 2 cells changed, 1 row dropped, 1 row appended/)
    })
    expect(found).toEqual([])
    // One correction was refused, on purpose.
    expect(app.problems.filter((problem) => !/ 422 .*datasets\.correct/.test(problem))).toEqual([])
  },
)
