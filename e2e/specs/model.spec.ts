import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { complaints } from './support/axe.ts'
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
  searchCommands,
} from './support/steps.ts'

const source = (page: Page) => page.getByRole('group', { name: 'PyTorch source' })
const layers = (page: Page) => page.getByRole('table', { name: 'Layers' })
const detached = (page: Page) => page.getByText(/These layers are changed by hand/)
const layer = (page: Page, name: string) => layers(page).getByRole('button', { name, exact: true })
/** The host has worked out what became of the last edit. */
const says = (page: Page, text: string) => expect(source(page)).toContainText(text, { timeout: 60_000 })

test('layers are changed by hand, mended, taken back, trained, saved, and predict', async ({ app }) => {
  const { page } = app
  await openSample(page, 'Customer churn')
  await goTo(page, 'Model')
  await chooseQuick(page)
  await says(page, 'nn.Linear(23, 64)')
  await expect(detached(page)).toHaveCount(0)

  // Why this one to start with; a size more, by keyboard; and an idea of others, with what it costs before it is applied.
  await expect(page.getByText(/^1,400 training rows of 23 features, 2 classes: /).first()).toBeVisible()
  await page.getByRole('button', { name: 'Bigger', exact: true }).focus()
  await page.keyboard.press('Enter')
  await says(page, 'nn.Linear(23, 96)')
  await expect(detached(page)).toHaveCount(0)
  await page.getByText(/^\d+ to try on this network/).focus()
  await page.keyboard.press('Enter')
  const norm = page.getByRole('button', { name: 'Apply Batch normalization' })
  await expect(norm).toBeEnabled({ timeout: 30_000 })
  await expect(page.getByText('2 more layers: 2 BatchNorm1d')).toBeVisible()
  await look(page, 'model-ideas')
  expect(await complaints(page, 'sizes and ideas')).toEqual([])
  await norm.click()
  await says(page, 'nn.BatchNorm1d(96)')
  await expect(detached(page)).toBeVisible()
  for (const before of ['nn.Linear(23, 96)', 'nn.Linear(23, 64)']) {
    await page.getByRole('button', { name: /^Undo/ }).first().click()
    await says(page, before)
  }
  await expect(detached(page)).toHaveCount(0)

  // By keyboard: open the layer, change its width.
  await layer(page, 'Linear 0').focus()
  await page.keyboard.press('Enter')
  await expect(layer(page, 'Linear 0')).toHaveAttribute('aria-expanded', 'true')
  await setField(page, 'Out features', '48')
  await expect(detached(page)).toBeVisible()
  await expect(page.getByRole('alert')).toContainText('3 gets 48 features and wants 64.', {
    timeout: 60_000,
  })
  await expect(layers(page).getByText('3 gets 48 features and wants 64.')).toBeVisible()
  await look(page, 'model-broken')
  await page.getByRole('button', { name: 'Set in features to 48' }).first().click()
  await says(page, 'nn.Linear(48, 64)')

  // Without its last layer it is given one.
  await layer(page, 'Linear 6').click()
  await page.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('button', { name: 'Add a linear layer to 1' }).first().click({ timeout: 60_000 })
  await says(page, 'nn.Linear(64, 1)')

  // Another activation, one layer more, and one less.
  await layer(page, 'ReLU 1').click()
  await page.getByRole('combobox', { name: 'Kind of layer' }).selectOption('SiLU')
  await says(page, 'nn.SiLU()')
  await layer(page, 'Dropout 2').click()
  await page.getByRole('button', { name: 'Duplicate' }).click()
  await expect(layer(page, 'Dropout 2_2')).toBeFocused()
  await says(page, '"2_2"')
  await page.getByRole('button', { name: 'Remove' }).click()
  await expect(layer(page, 'Dropout 2_2')).toHaveCount(0)
  await look(page, 'model-custom')

  // The way back, and back again.
  await page.getByRole('button', { name: 'Go back to the template' }).click()
  await says(page, 'nn.Linear(23, 64)')
  await expect(detached(page)).toHaveCount(0)
  await page.getByRole('button', { name: /^Undo/ }).first().click()
  await says(page, 'nn.SiLU()')

  await goTo(page, 'Train')
  await setField(page, 'Epochs', '3')
  await startTraining(page, 'by hand')
  await expectState(page, /^finished$/)
  await goTo(page, 'Evaluate')
  await expect(page.getByRole('table', { name: 'Metrics on the validation split' })).toBeVisible({
    timeout: 60_000,
  })
  await goTo(page, 'Deploy')
  await page.getByRole('button', { name: 'Save model' }).click()
  await expect(page.getByRole('table', { name: 'Saved and exported models' })).toBeVisible({
    timeout: 60_000,
  })
  expect(app.problems).toEqual([])
})

test(
  'the source is written beside the layers: by keyboard, with what is wrong at its lines, and back again',
  { tag: '@thorough' },
  async ({ app }) => {
    test.setTimeout(240_000)
    const { page } = app
    const found: string[] = []
    const field = page.getByRole('textbox', { name: 'PyTorch source to edit' })
    const apply = page.getByRole('button', { name: 'Apply', exact: true })
    const said = page.getByRole('list', { name: 'What is said of its lines' })
    const status = (text: string) => expect(page.getByRole('status').filter({ hasText: text })).toBeVisible()
    await openSample(page, 'Customer churn')
    await goTo(page, 'Model')
    await chooseQuick(page)
    await says(page, 'nn.Linear(23, 64)')
    const before = (await source(page).textContent())!

    // By keyboard: into the text, a mistake, to its line, mended, applied.
    await page.getByRole('button', { name: 'Edit', exact: true }).focus()
    await page.keyboard.press('Enter')
    await expect(field).toBeFocused()
    await expect(field).toHaveValue(before)
    await expect(apply).toBeDisabled()
    await field.fill(before.replace('nn.Linear(23, 64)', 'nn.Linaer(23, 48)'))
    await expect(said).toContainText('There is no layer Linaer here. Did you mean Linear?', {
      timeout: 30_000,
    })
    await expect(apply).toBeDisabled()
    await look(page, 'model-source-wrong')
    found.push(...(await complaints(page, 'source with a mistake')))
    await said.getByRole('button').first().focus()
    await page.keyboard.press('Enter')
    await expect(field).toBeFocused()
    const line = before.slice(0, before.indexOf('nn.Linear')).split('\n').length
    await expect(said.getByRole('button').first()).toContainText(`Line ${line}`)
    // Nothing was taken over yet.
    await expect(detached(page)).toHaveCount(0)

    // It is understood, and does not fit: that is said at the line, and may be applied.
    const misfit = before.replace('nn.Linear(23, 64)', 'nn.Linear(23, 48)')
    await field.fill(misfit)
    await expect(said).toContainText('3 gets 48 features and wants 64.', { timeout: 30_000 })
    await status('Understood:')
    const narrow = misfit.replace('nn.Linear(64, 64)', 'nn.Linear(48, 64)')
    await field.fill(narrow)
    await expect(said).toHaveCount(0, { timeout: 30_000 })
    await expect(apply).toBeEnabled()
    await look(page, 'model-source-understood')
    found.push(...(await complaints(page, 'source that is understood')))
    await page.keyboard.press('Control+Enter')
    await expect(detached(page)).toBeVisible()
    await expect(layers(page).getByText('in features 23, out features 48')).toBeVisible()

    // It follows the layers as they are edited.
    await layer(page, 'ReLU 1').click()
    await page.getByRole('combobox', { name: 'Kind of layer' }).selectOption('SiLU')
    await expect(field).toHaveValue(/nn\.SiLU\(\)/, { timeout: 60_000 })

    // One edit each: two steps back are the template again.
    await page.getByRole('button', { name: 'Close', exact: true }).click()
    await expect(page.getByRole('button', { name: 'Edit', exact: true })).toBeFocused()
    await page.getByRole('button', { name: /^Undo/ }).first().click()
    await says(page, 'nn.Linear(23, 48)')
    await page.getByRole('button', { name: /^Undo/ }).first().click()
    await says(page, 'nn.Linear(23, 64)')
    await expect(detached(page)).toHaveCount(0)
    expect(found).toEqual([])
    expect(app.problems).toEqual([])
  },
)

test('a training says which layer does not fit', { tag: '@thorough' }, async ({ app, folder }) => {
  test.setTimeout(120_000)
  const { page } = app
  const rows = Array.from({ length: 60 }, (_, i) => `${i % 7},${i % 5},${i % 2 ? 'a' : 'b'}`)
  const path = join(folder, 'plain.csv')
  writeFileSync(path, `x,y,kind\n${rows.join('\n')}\n`)
  await chooseFile(page, 'Open a table…', path)
  await goTo(page, 'Model')
  await chooseQuick(page)
  await says(page, 'nn.Linear(2, 32)')
  await layer(page, 'Linear 0').click()
  await setField(page, 'In features', '3')
  await expect(page.getByRole('alert')).toContainText('0 gets 2 features and wants 3.', { timeout: 60_000 })
  await goTo(page, 'Train')
  await startTraining(page, 'broken')
  await expect(page.getByText('Set its inFeatures to 2 in Model').first()).toBeVisible({ timeout: 60_000 })
  expect(app.problems.filter((problem) => !problem.includes('rpc/training.start'))).toEqual([])
})

test(
  'what the graph lab computes becomes a layer with a slope of its own, and the loss',
  { tag: '@thorough' },
  async ({ app }) => {
    const { page } = app
    const lab = async (expression: string) => {
      await searchCommands(page, 'graph lab')
      await page.keyboard.press('Enter')
      await expect(page.getByRole('heading', { level: 1, name: 'Graph lab' })).toBeVisible()
      await page.getByRole('textbox', { name: 'Expression', exact: true }).fill(expression)
    }
    const use = page.getByRole('group', { name: /^Use in/ })
    await openSample(page, 'Customer churn')
    await goTo(page, 'Model')
    await chooseQuick(page)
    await says(page, 'nn.Linear(23, 64)')

    // Each line doubles what one formula says.
    await lab(`${'h = h * 0.5 + tanh(h)\n'.repeat(30)}h`)
    await expect(use.getByRole('alert')).toContainText('longer than 500 characters')
    await expect(use.getByRole('button', { name: 'Use as the loss' })).toBeDisabled()

    await lab('half = h / 2\nw * sign(half)')
    await page.getByLabel('w', { exact: true }).fill('0.5')
    await page.getByLabel('w', { exact: true }).press('Enter')
    await use.getByLabel('The tensor that comes in').selectOption('h')
    await expect(use.getByText('0.5 * sign((x / 2))')).toBeVisible()
    await use.getByLabel('Slope').fill('z')
    await expect(use.getByRole('alert')).toContainText('There is no z here.')
    await expect(use.getByRole('button', { name: 'Add as a layer' })).toBeDisabled()
    await use.getByLabel('Slope').fill('exp(-h**2)')
    await look(page, 'lab-use')
    expect(await complaints(page, 'graph lab, with a project open')).toEqual([])
    await use.getByRole('button', { name: 'Add as a layer' }).press('Enter')
    await says(page, 'formula(lambda x: 0.5 * sign((x / 2))'.replace('sign', 'torch.sign'))
    await says(page, 'slope=lambda x: torch.exp(-x**2)')
    await look(page, 'model-formula')

    await lab('-(1 - q)**2 * log(q)')
    await expect(use.getByText('-(1 - x)**2 * log(x)')).toBeVisible()
    await use.getByRole('button', { name: 'Use as the loss' }).press('Enter')
    await expect(page.getByRole('heading', { level: 1, name: 'Train' })).toBeVisible()
    await expect(page.getByLabel('Formula', { exact: true })).toHaveValue('-(1 - p)**2 * log(p)')
    await setField(page, 'Epochs', '2')
    await startTraining(page, 'own')
    await expectState(page, /finished/i)
    await look(page, 'train-own-loss')
    expect(app.problems).toEqual([])
  },
)
