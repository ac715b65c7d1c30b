import { expect, type Page } from '@playwright/test'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import { expectState, goTo, newProject, setField, startTraining, takeQuick } from './support/steps.ts'

const rows = Array.from({ length: 120 }, (_, i) =>
  [i % 40, ['low', 'medium', 'high'][i % 3], `${8 + (i % 12)}:30`, i % 40 > 19 ? 'yes' : 'no'].join('\t'),
)
const grid = (page: Page) => page.getByRole('grid', { name: 'Rows of the data' })
const paste = (page: Page, text: string) =>
  grid(page).evaluate((element, pasted) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', pasted)
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, text)

test('a table is typed in by keyboard, rows are pasted, labeled anew, and trained on', async ({ app }) => {
  test.setTimeout(120_000)
  const { page } = app
  const found: string[] = []
  const check = async (state: string) => void found.push(...(await complaints(page, state)))
  await newProject(page)

  await test.step('an empty table with columns of one\u2019s choice', async () => {
    await page.getByRole('button', { name: 'Type in a table…' }).click()
    const form = page.getByRole('form', { name: 'New table' })
    await form.getByLabel('Name', { exact: true }).fill('Tasting')
    await form.getByLabel('Name of column 1').fill('sugar')
    await form.getByLabel('Name of column 2').fill('sugar')
    await form.getByLabel('Kind of column 2').selectOption('ordered')
    await form.getByLabel('Levels of column 2, from the lowest on').fill('low, medium, high')
    await form.getByLabel('Name of column 3').fill('opened')
    await form.getByLabel('Kind of column 3').selectOption('time')
    await form.getByRole('button', { name: 'Add a column' }).press('Enter')
    await expect(form.getByLabel('Name of column 4')).toBeFocused()
    await page.keyboard.type('liked')
    await form.getByLabel('Kind of column 4').selectOption('boolean')
    await form.getByLabel('Predict column 4').check()
    await expect(form.getByRole('alert')).toHaveText('Two columns are called “sugar”.')
    await form.getByLabel('Name of column 2').fill('body')
    await expect(form.getByRole('alert')).toHaveCount(0)
    await check('a new table')
    await form.getByRole('button', { name: 'Make the table' }).click()
    await expect(page.getByText(/0 rows × 4 columns/)).toBeVisible()
    await expect(page.getByText('No rows yet.')).toBeVisible()
    await expect(page.getByLabel('Kind of body')).toHaveValue('ordered')
    await look(page, 'typed-empty')
    await check('an empty table')
  })

  await test.step('pasted rows are shown before they are appended', async () => {
    await grid(page).focus()
    await paste(
      page,
      `liked\tsugar\tbody\topened\tnote\n${rows
        .map((row) => row.split('\t'))
        .map(([a, b, c, d]) => [d, a, b, c, 'x'].join('\t'))
        .join('\n')}`,
    )
    const form = page.getByRole('form', { name: 'Paste rows' })
    await expect(form.getByRole('status')).toHaveText('120 rows of 5 columns, known by their header')
    await expect(form.getByText('Not in the table, and left out: note.')).toBeVisible()
    await check('pasted rows')
    await form.getByRole('button', { name: 'Append 120 rows' }).click()
    await expect(page.getByText('Version 2: 120 rows appended')).toBeVisible()
    await expect(page.getByText(/120 rows × 4 columns/)).toBeVisible()
  })

  await test.step('a block is written over the cells from the active one on', async () => {
    await grid(page).focus()
    await page.keyboard.press('Control+Home')
    await paste(page, '7\n8\n')
    const form = page.getByRole('form', { name: 'Paste rows' })
    await form.getByRole('radio', { name: 'Over the cells from the active one on' }).click()
    await form.getByRole('button', { name: 'Write 2 cells' }).click()
    await expect(grid(page).getByRole('row').nth(1)).toContainText('7')
  })

  await test.step('ticked rows get one label', async () => {
    await grid(page).focus()
    await page.keyboard.press('Space')
    await page.keyboard.press('Shift+ArrowDown')
    await page.getByRole('button', { name: 'Set a value in 2 rows…' }).click()
    const form = page.getByRole('form', { name: 'Value of the ticked rows' })
    await expect(form.getByLabel('Column')).toHaveValue('liked')
    await form.getByLabel('Value').fill('yes')
    await form.getByRole('button', { name: 'Set it' }).click()
    await expect(grid(page).getByRole('row').nth(1)).toContainText('yes')
  })

  await test.step('an order is changed, and the table is trained on', async () => {
    await page.getByRole('button', { name: 'Order of body' }).click()
    await expect(
      page.getByRole('list', { name: 'From the lowest level to the highest' }).getByRole('listitem'),
    ).toHaveCount(3)
    await page.keyboard.press('Escape')
    await goTo(page, 'Prepare')
    await expect(page.getByText('Ordered categories').first()).toBeVisible()
    await look(page, 'typed-prepare')
    await check('prepare')
    await takeQuick(page)
    await goTo(page, 'Train')
    await setField(page, 'Epochs', '3')
    await startTraining(page, 'Run 1')
    await expectState(page, /finished/)
  })
  expect(found).toEqual([])
  expect(app.problems).toEqual([])
})
