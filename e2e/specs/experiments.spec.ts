import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import { expectState, goTo, openSample, setField, startTraining, takeQuick } from './support/steps.ts'

const long =
  'A run with a name that is much longer than any column of any table has room for, and then some more'

test(
  'runs are compared, the best is proposed, and all of them are taken along',
  { tag: '@thorough' },
  async ({ app, folder }) => {
    const { page } = app
    await openSample(page, 'Customer churn')
    await test.step('a good run and a poor one', async () => {
      await takeQuick(page)
      await goTo(page, 'Train')
      await setField(page, 'Epochs', '12')
      await startTraining(page, long)
      await expectState(page, /^finished$/)
      await setField(page, 'Epochs', '1')
      await startTraining(page, 'Poor')
      await expect(page.getByRole('heading', { name: 'Poor', exact: true })).toBeVisible()
      await expectState(page, /^finished$/)
    })
    await test.step('Evaluate and Deploy propose the best one, and say so', async () => {
      await goTo(page, 'Evaluate')
      await expect(page.getByText(/^The best of 2 runs on this data by validation/)).toBeVisible()
      await look(page, 'experiments-evaluate')
      await goTo(page, 'Deploy')
      await expect(page.getByText(/^The best of 2 runs on this data by validation/)).toBeVisible()
    })
    await test.step('another one is chosen by hand, and the best is still named', async () => {
      await goTo(page, 'Compare')
      await page.getByRole('button', { name: 'Use Poor in Evaluate and Deploy' }).click()
      await goTo(page, 'Evaluate')
      await expect(page.getByText(/is the best by validation .* here\.$/)).toBeVisible()
      await expect(page.getByRole('button', { name: `Use ${long}` })).toBeVisible()
      await look(page, 'experiments-chosen')
    })
    await test.step('whether one is better is told with its interval', async () => {
      await goTo(page, 'Compare')
      await page.getByLabel('Metric that both are judged by').selectOption({ label: 'ROC AUC' })
      await page.getByLabel('The run that may be better').selectOption({ label: long })
      await page.getByRole('button', { name: 'Compare', exact: true }).click()
      await expect(page.getByText(`Yes: “${long}” is better than “Poor”.`)).toBeVisible({ timeout: 60_000 })
      await expect(page.getByText(/with 95 % confidence between/)).toBeVisible()
      await expect(page.getByText('Both networks are the same')).toBeVisible()
      await look(page, 'experiments-pair')
    })
    await test.step('an answer that comes late never stands under another question', async () => {
      const release = Promise.withResolvers<void>()
      await page.route('**/rpc/compare.paired', async (route) => {
        const response = await route.fetch()
        await release.promise
        // Nobody may wait for it any more.
        await route.fulfill({ response }).catch(() => undefined)
      })
      await page.getByRole('button', { name: 'Compare', exact: true }).click()
      await page.getByLabel('Metric that both are judged by').selectOption({ label: 'Accuracy' })
      release.resolve()
      await page.waitForTimeout(1000)
      await expect(page.getByText(/with 95 % confidence between/)).toHaveCount(0)
      await page.unroute('**/rpc/compare.paired')
      await page.getByRole('button', { name: 'Compare', exact: true }).click()
      await expect(page.getByText(/with 95 % confidence between/)).toBeVisible({ timeout: 60_000 })
    })
    await test.step('by keyboard alone a run gets a star, a note and a tag', async () => {
      await page.getByRole('button', { name: 'Give Poor a star' }).focus()
      await page.keyboard.press('Enter')
      await expect(page.getByRole('button', { name: 'Take the star off Poor' })).toBeVisible()
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await page.getByRole('textbox', { name: 'Note of Poor' }).fill('One epoch is not enough.')
      await page.keyboard.press('Control+Enter')
      await expect(page.getByRole('cell', { name: 'One epoch is not enough.' })).toBeVisible()
      // What is typed is kept however it is closed, and Undo takes that back and nothing else.
      await page.getByRole('button', { name: 'Note of Poor' }).click()
      await page.getByRole('textbox', { name: 'Note of Poor' }).fill('Typed, and clicked away.')
      await page.keyboard.press('Escape')
      await expect(page.getByRole('cell', { name: 'Typed, and clicked away.' })).toBeVisible()
      await page.getByRole('button', { name: 'Undo', exact: true }).first().click()
      await expect(page.getByRole('cell', { name: 'One epoch is not enough.' })).toBeVisible()
      await page.getByLabel('Tag', { exact: true }).focus()
      await page.keyboard.type('first try')
      await page.keyboard.press('Enter')
      await expect(page.getByRole('cell', { name: 'first try' })).toHaveCount(2)
      await look(page, 'experiments-marks')
      expect(await complaints(page, 'compare, marks')).toEqual([])
    })
    await test.step('they are written for TensorBoard, and runs of MLflow are read', async () => {
      await page.getByRole('button', { name: 'Export or import' }).click()
      const dialog = page.getByRole('dialog', { name: 'Take runs along' })
      await dialog.getByLabel('Form of runs').selectOption({ label: 'TensorBoard' })
      const out = join(folder, 'events')
      await dialog.getByLabel('Where to').fill(out)
      await dialog.getByRole('button', { name: 'Write 2 runs' }).click()
      await expect(dialog.getByText('2 runs written to:')).toBeVisible()
      expect(existsSync(out) && readdirSync(out)).toHaveLength(3)
      const run = join(folder, 'mlruns', '0', 'abc')
      mkdirSync(join(run, 'metrics', 'validation'), { recursive: true })
      writeFileSync(join(run, 'meta.yaml'), 'run_id: abc\nrun_name: elsewhere\nstart_time: 1700000000000\n')
      writeFileSync(join(run, 'metrics', 'validation', 'loss'), '1700000001000 0.9 1\n1700000002000 0.4 2\n')
      await dialog.getByLabel('Folder of MLflow’s runs').fill(join(folder, 'mlruns'))
      await dialog.getByRole('button', { name: 'Import runs' }).click()
      await expect(dialog.getByText('1 run imported.')).toBeVisible()
      expect(await complaints(page, 'take along')).toEqual([])
      await dialog.getByRole('button', { name: 'Close' }).last().click()
      await expect(page.getByRole('rowheader', { name: 'elsewhere' })).toBeVisible()
      await page.getByRole('checkbox', { name: 'Compare elsewhere' }).click()
      await expect(page.getByRole('list', { name: 'Legend' }).first().getByText('elsewhere')).toBeVisible()
    })
    expect(app.problems).toEqual([])
  },
)
