import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { root } from '../checks/process.ts'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import {
  chooseQuick,
  chooseFile,
  expectState,
  goTo,
  openSample,
  setField,
  startTraining,
} from './support/steps.ts'

const churn = join(root, 'resources/samples/churn.csv')

/** The folder that the host has answered to a call of the window. */
async function savedModel(page: Page): Promise<string> {
  const answer = page.waitForResponse((response) => response.url().endsWith('/rpc/deploy.save'))
  await page.getByRole('button', { name: 'Save model' }).click()
  return ((await (await answer).json()) as { path: string }).path
}

async function predict(page: Page): Promise<string> {
  await chooseFile(page, 'Predict on a CSV file…', churn)
  const link = page.getByRole('link', { name: 'Download predictions (CSV)' })
  await expect(link).toBeVisible({ timeout: 30_000 })
  const address = await link.getAttribute('href')
  return page.evaluate(async (href) => (await fetch(href)).text(), address!)
}

test('from the churn sample to a deployed model, two runs compared, nothing lost on closing', async ({
  open,
  folder,
}) => {
  const workspace = join(folder, 'workspace')
  let app = await open(workspace)
  let page = app.page
  await test.step('start', async () => {
    await expect(page.getByRole('button', { name: /^Open sample/ })).toHaveCount(4)
    await look(page, '0-start')
    await openSample(page, 'Customer churn')
  })
  await test.step('data', async () => {
    await expect(page.getByLabel('Column to predict')).toHaveValue('churned')
    await expect(page.getByLabel('Role of customer_id')).toHaveValue(/id|ignore/)
    await look(page, '1-data')
  })
  await test.step('explore', async () => {
    await goTo(page, 'Explore')
    await expect(page.getByRole('table', { name: 'Column profiles' })).toBeVisible({ timeout: 30_000 })
    await expect(page.getByText('Class balance').first()).toBeVisible()
    await look(page, '2-explore')
  })
  await test.step('prepare', async () => {
    await goTo(page, 'Prepare')
    await expect(page.getByText('1,400').first()).toBeVisible({ timeout: 30_000 })
    const numbers = page.getByRole('group', { name: 'Numbers', exact: true })
    const steps = numbers.getByRole('listitem')
    const usual = [/Clip/, /Fill gaps/, /Standardize/]
    await expect(steps).toHaveText(usual)
    await numbers.getByRole('combobox', { name: 'Add a preparation step' }).selectOption('signedLog')
    await expect(steps.nth(3)).toBeFocused()
    await numbers.getByRole('button', { name: 'Move Logarithm up' }).click()
    await expect(steps).toHaveText([/Clip/, /Fill gaps/, /Logarithm/, /Standardize/])
    await expect(steps.nth(2)).toBeFocused()
    await expect(page.getByText(/held within/).first()).toBeVisible({ timeout: 30_000 })
    await look(page, '3-prepare')
    await page.getByRole('button', { name: /^Undo/ }).click()
    await page.getByRole('button', { name: /^Undo/ }).click()
    await expect(steps).toHaveText(usual)
  })
  await test.step('some columns are prepared differently, and as the others again', async () => {
    await page.getByRole('button', { name: 'Prepare some of these columns differently' }).first().click()
    await page.getByRole('checkbox').first().check()
    await page.getByRole('button', { name: 'Separate 1 column' }).click()
    const back = page.getByRole('button', { name: 'Prepare these as the other numbers' })
    await expect(back).toBeVisible()
    await look(page, '3-prepare-groups')
    await back.click()
    await expect(back).toHaveCount(0)
  })
  await test.step('model', async () => {
    await goTo(page, 'Model')
    await chooseQuick(page)
    await setField(page, 'Hidden layers: units 1', '24')
    await expect(page.getByRole('img', { name: /Hidden 1 24/ })).toBeVisible()
    await look(page, '4-model')
  })
  await test.step('train', async () => {
    await goTo(page, 'Train')
    await setField(page, 'Epochs', '12')
    await startTraining(page, 'first')
    await expectState(page, /^finished$/)
    await page.getByRole('button', { name: 'Profile a step' }).click()
    const layers = page.getByRole('table', { name: 'Time by layer' })
    await expect(layers.getByRole('row', { name: /^optimizer/ })).toBeVisible({ timeout: 30_000 })
    await page.getByRole('columnheader', { name: 'GB/s' }).getByRole('button').click()
    await expect(page.getByRole('columnheader', { name: 'GB/s' })).toHaveAttribute('aria-sort', /ending$/)
    await look(page, '5-train')
    await setField(page, 'Learning rate', '0.01')
    await startTraining(page, 'second')
    await expect(page.getByLabel('Shown run')).toHaveCount(1)
    await expectState(page, /^finished$/)
  })
  await test.step('evaluate', async () => {
    await goTo(page, 'Evaluate')
    await page.getByRole('button', { name: 'Open the test split…' }).first().click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Open the test split' }).click()
    await expect(page.getByRole('table', { name: 'Metrics on the test split' })).toBeVisible({
      timeout: 30_000,
    })
    await page.getByRole('radio', { name: 'Calibration' }).click()
    await expect(page.getByText(/^In the mean/)).toBeVisible()
    await expect(page.getByRole('group', { name: 'Checks', exact: true }).first()).toBeVisible({
      timeout: 30_000,
    })
    await look(page, '6-evaluate')
    await page.getByRole('button', { name: /Show the rows that are “yes” and predicted “no”/ }).click()
    await expect(page.getByRole('dialog', { name: '“yes”, predicted “no”' })).toContainText('yes')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Go through the values of' }).click()
    await expect(page.getByRole('figure', { name: /^How answers change with/ })).toBeVisible({
      timeout: 30_000,
    })
    await page.getByRole('button', { name: 'Why row' }).first().click()
    await expect(page.getByText('The parts sum to the difference.').first()).toBeVisible({
      timeout: 30_000,
    })
  })
  await test.step('a threshold is chosen by what errors cost, on the validation split', async () => {
    await page.getByRole('radio', { name: 'Validation' }).click()
    await page.getByRole('combobox', { name: 'Threshold' }).selectOption('cost')
    await setField(page, 'Cost of a miss', '5')
    await page.getByRole('button', { name: 'Use for this run' }).click()
    await expect(page.getByText('This is what the run predicts by.')).toBeVisible({ timeout: 30_000 })
    await expect(page.getByText(/which the validation split chose/)).toBeVisible()
    // What comes after it goes on with the threshold at one half.
    await page.getByRole('combobox', { name: 'Threshold' }).selectOption('half')
    await page.getByRole('button', { name: 'Use for this run' }).click()
    await expect(page.getByText(/which the validation split chose/)).toHaveCount(0, { timeout: 30_000 })
  })
  let model = ''
  let before = ''
  await test.step('deploy', async () => {
    await goTo(page, 'Deploy')
    model = await savedModel(page)
    before = await predict(page)
    expect(before.trim().split('\n')).toHaveLength(2001)
    await page.getByRole('button', { name: 'Say what it is' }).click()
    await expect(page.getByRole('table', { name: 'What the model says' })).toContainText('%')
    await expect(page.getByRole('table', { name: 'What the answer comes from' })).toContainText('points')
    await look(page, '7-deploy')
  })
  await test.step('compare', async () => {
    await goTo(page, 'Compare')
    const table = page.getByRole('table', { name: 'Runs' })
    await expect(table.getByRole('row')).toHaveCount(3)
    await expect(table).toContainText('0.01')
    await look(page, '8-compare')
    // At the smaller size, where the actions cover what does not fit.
    const [last, actions] = await Promise.all(
      ['Best epoch', 'Actions'].map((name) => table.getByRole('columnheader', { name }).boundingBox()),
    )
    expect(last!.x + last!.width).toBeLessThanOrEqual(actions!.x + 1)
  })
  await test.step('closing and reopening loses nothing', async () => {
    await goTo(page, 'Deploy')
    expect(app.problems).toEqual([])
    await app.close()
    app = await open(workspace)
    page = app.page
    await page.getByRole('link', { name: 'Customer churn' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Deploy', exact: true })).toBeVisible()
    await page.getByLabel('Model folder').fill(model)
    await page.getByRole('button', { name: 'Load model' }).click()
    expect(await predict(page), 'predictions of the reloaded model').toBe(before)
    await goTo(page, 'Compare')
    await expect(page.getByRole('table', { name: 'Runs' }).getByRole('row')).toHaveCount(3)
    await goTo(page, 'Model')
    await expect(page.getByLabel('Hidden layers: units 1')).toHaveValue('24')
  })
  expect(app.problems).toEqual([])
})

test('a house price: regression ends in R² and its own pictures', { tag: '@thorough' }, async ({ app }) => {
  const { page } = app
  await openSample(page, 'House prices')
  await goTo(page, 'Train')
  await setField(page, 'Epochs', '10')
  await startTraining(page, 'houses')
  await expectState(page, /^finished$/)
  await goTo(page, 'Evaluate')
  const table = page.getByRole('table', { name: 'Metrics on the validation split' })
  await expect(table).toBeVisible({ timeout: 30_000 })
  await expect(table).toContainText('R²')
  await look(page, '9-regression')
  expect(app.problems).toEqual([])
})
