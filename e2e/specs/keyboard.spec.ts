/** From a budget to a model that is asked and timed, without a pointer: what is pressed is reached by Tab and seen to be. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Locator, type Page } from '@playwright/test'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import { expectState, goTo, openSample, setField, startTraining, takeQuick } from './support/steps.ts'

/** As far as nobody has to press. */
const mostTabs = 150

/** By Tab alone, from where the focus is; what has it then is in sight, and marked. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  const isThere = () => wanted.evaluate((element) => element === document.activeElement)
  for (let pressed = 0; pressed < mostTabs && !(await isThere()); pressed++) await page.keyboard.press('Tab')
  await expect(wanted).toBeFocused()
  await expect(wanted).toBeInViewport()
  expect(await wanted.evaluate((element) => getComputedStyle(element).outlineStyle)).not.toBe('none')
}
async function press(page: Page, wanted: Locator, key = 'Enter'): Promise<void> {
  await tabTo(page, wanted)
  await page.keyboard.press(key)
}
/** A field is filled by typing over what it holds. */
async function type(page: Page, field: Locator, text: string): Promise<void> {
  await tabTo(page, field)
  await page.keyboard.press('Control+a')
  await page.keyboard.type(text)
  await page.keyboard.press('Enter')
}
/** As whoever comes to the page begins. */
const begin = (page: Page) => page.getByRole('main').focus()

test(
  'panels of Model, Evaluate, Deploy and Compare are used by keys alone',
  { tag: '@thorough' },
  async ({ app, folder }) => {
    const { page } = app
    const log = join(folder, 'log.jsonl')
    mkdirSync(folder, { recursive: true })
    writeFileSync(log, [1, 2].map((epoch) => JSON.stringify({ epoch, 'train/loss': 1 / epoch, seconds: 1 })).join('\n') + '\n') // prettier-ignore
    await openSample(page, 'Customer churn')
    await takeQuick(page)

    await test.step('a budget', async () => {
      await begin(page)
      await type(page, page.getByRole('textbox', { name: 'Size (MB)' }), '0.001')
      await type(page, page.getByRole('textbox', { name: 'Time of an answer (ms)' }), '60000')
      await expect(page.getByRole('list', { name: 'Budget', exact: true })).toContainText(
        'and the budget allows 1.0 KB',
        {
          timeout: 60_000,
        },
      )
      await look(page, 'keyboard-model')
    })

    await goTo(page, 'Train')
    await setField(page, 'Epochs', '2')
    await startTraining(page, 'By keys')
    await expectState(page, /^finished$/)
    await goTo(page, 'Evaluate')

    await test.step('a threshold by what errors cost', async () => {
      const rule = page.getByRole('combobox', { name: 'Threshold', exact: true })
      await expect(rule).toBeVisible({ timeout: 120_000 })
      await begin(page)
      await tabTo(page, rule)
      await page.keyboard.type('By what')
      await expect(rule).toHaveValue('cost')
      await type(page, page.getByRole('textbox', { name: 'Cost of a miss' }), '5')
      await press(page, page.getByRole('button', { name: 'Use for this run' }))
      await expect(page.getByText('This is what the run predicts by.')).toBeVisible({ timeout: 120_000 })
      await look(page, 'keyboard-threshold')
    })

    await test.step('the rows behind a cell of the confusion matrix', async () => {
      const matrix = page.getByRole('table', { name: 'Confusion matrix' })
      const cells = matrix.getByRole('button')
      await expect(cells).toHaveCount(4, { timeout: 120_000 })
      await begin(page)
      await tabTo(page, cells.first())
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('ArrowRight')
      await expect(cells.last()).toBeFocused()
      await page.keyboard.press('Enter')
      await expect(page.getByRole('dialog')).toBeVisible()
      await page.keyboard.press('Escape')
      await expect(cells.last()).toBeFocused()
      await page.keyboard.press('Tab')
      await expect(matrix.locator(':focus')).toHaveCount(0)
      await matrix.scrollIntoViewIfNeeded()
      await look(page, 'keyboard-confusion')
    })

    await test.step('robustness', async () => {
      await press(page, page.getByRole('button', { name: 'Corrupt the rows', exact: true }))
      const figure = page.getByRole('figure', { name: 'Robustness', exact: true })
      await expect(figure).toBeVisible({ timeout: 180_000 })
      // Whoever waited is at the figure, not at the top of the page.
      await expect(page.getByRole('group', { name: 'Robustness', exact: true })).toBeFocused()
      await press(page, figure.getByRole('button', { name: 'Show Robustness as table', exact: true }))
      await expect(figure.getByRole('table', { name: 'Robustness', exact: true })).toBeVisible()
      await look(page, 'keyboard-robustness')
      expect(await complaints(page, 'evaluate, by keys')).toEqual([])
    })

    await goTo(page, 'Deploy')
    await test.step('a model is saved, asked and timed', async () => {
      await begin(page)
      await press(page, page.getByRole('button', { name: 'Save model' }))
      await expect(page.getByRole('list', { name: 'Budget', exact: true })).toContainText(
        'and the budget allows 1.0 KB',
        {
          timeout: 60_000,
        },
      )
      await page.getByRole('list', { name: 'Budget', exact: true }).scrollIntoViewIfNeeded()
      await look(page, 'keyboard-card')
      await press(page, page.getByRole('button', { name: 'Say what it is' }))
      await expect(page.getByRole('table', { name: 'What the model says' })).toBeVisible({ timeout: 120_000 })
      // It was busy, and still has the focus.
      await expect(page.getByRole('button', { name: 'Say what it is' })).toBeFocused()
      const measure = page.getByRole('button', { name: 'Measure', exact: true })
      await begin(page)
      await press(page, measure)
      await expect(page.getByRole('table', { name: 'Times of answers' })).toBeVisible({ timeout: 180_000 })
      await expect(page.getByRole('button', { name: 'Measure again' })).toBeFocused()
      await expect(page.getByRole('list', { name: 'Budget of time' })).toContainText('99 % of calls with 1 row stay below') // prettier-ignore
      await look(page, 'keyboard-deploy')
      expect(await complaints(page, 'deploy, by keys')).toEqual([])
    })

    await goTo(page, 'Compare')
    await test.step('a log from elsewhere', async () => {
      const open = page.getByRole('button', { name: 'Export or import' })
      await begin(page)
      await press(page, open)
      const dialog = page.getByRole('dialog', { name: 'Take runs along' })
      await type(page, dialog.getByRole('textbox', { name: 'Folder of MLflow’s runs, or a log' }), log)
      await expect(dialog.getByRole('status')).toContainText('1 run imported.', { timeout: 60_000 })
      expect(await complaints(page, 'compare, a log imported')).toEqual([])
      await page.keyboard.press('Escape')
      await expect(open).toBeFocused()
      await expect(page.getByRole('table', { name: 'Runs' }).getByRole('row')).toHaveCount(3)
      await look(page, 'keyboard-compare')
    })
    expect(app.problems).toEqual([])
  },
)
