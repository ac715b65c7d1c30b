/** Settings are searched from the window, by keyboard alone, and the best of them become the recipe's. */
import { expect, type Locator, type Page } from '@playwright/test'
import { optimizers } from '../../electron/contract/index.ts'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import { chooseQuick, goTo, openSample, setField } from './support/steps.ts'

/** By keyboard, from Train, of few epochs. */
async function openSearch(page: Page): Promise<Locator> {
  await openSample(page, 'Customer churn')
  await goTo(page, 'Model')
  await chooseQuick(page)
  await goTo(page, 'Train')
  await setField(page, 'Epochs', '6')
  await page.getByRole('button', { name: 'Search settings' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'Search' })).toBeVisible()
  await expect(page.getByText('Nothing was searched yet')).toBeVisible()
  return page.getByRole('form', { name: 'New search' })
}

test('a search is set up by keyboard, watched, used and undone', async ({ app }) => {
  const { page } = app
  page.setDefaultTimeout(15_000)
  const form = await openSearch(page)

  await test.step('what is tried comes from the recipe', async () => {
    await expect(form.getByLabel('Learning rate, from')).toHaveValue('0.0001')
    await form.getByLabel('Add a setting').selectOption('model.hidden')
    await expect(form.getByLabel('Values of Hidden layers')).toHaveValue(/\[\d+, \d+\], \[/)
    await form.getByLabel('Learning rate, to').fill('0.00001')
    await form.getByLabel('Learning rate, to').press('Enter')
    await page.keyboard.press('Control+Enter')
    await expect(form.getByText('the first has to be the smaller one')).toBeVisible()
    await form.getByLabel('Learning rate, to').fill('0.1')
    await form.getByLabel('Learning rate, to').press('Enter')
    expect(await complaints(page, 'search, empty')).toEqual([])
    await look(page, 'search-empty')
  })

  await test.step('it runs, and says which were stopped and why', async () => {
    await form.getByLabel('Runs', { exact: true }).fill('8')
    await form.getByLabel('Runs', { exact: true }).press('Enter')
    await form.getByLabel('First stop').fill('1')
    await form.getByLabel('First stop').press('Enter')
    await page.keyboard.press('Control+Enter')
    const panel = page.getByRole('group', { name: 'Search 1', exact: true })
    await expect(panel.getByText('running', { exact: true })).toBeVisible()
    await expect(panel.getByText('finished', { exact: true })).toBeVisible({ timeout: 150_000 })
    await expect(panel.getByText(/looks better on the validation split than it is/)).toBeVisible()
    const runs = page.getByRole('table', { name: 'Runs of the search' })
    await expect(runs.getByText('stopped early').first()).toBeVisible()
    await expect(runs.getByText(/of 8 after 1 epoch, of which one in 3 goes on/).first()).toBeVisible()
    await expect(page.getByRole('table', { name: 'What each setting accounts for' })).toBeVisible()
    await expect(page.getByText(/these are few runs for 2 settings/i)).toBeVisible()
    expect(await complaints(page, 'search, finished')).toEqual([])
    await look(page, 'search-finished')
  })

  await test.step('its settings become the recipe’s, and undo takes them back', async () => {
    await page.getByRole('button', { name: 'Use these settings' }).focus()
    await page.keyboard.press('Enter')
    const told = page.getByRole('list', { name: 'Notifications' })
    await expect(told.getByText(/The settings of run \d are the recipe’s now/)).toBeVisible()
    await page.getByRole('button', { name: 'Train', exact: true }).click()
    await expect(page.getByLabel('Learning rate', { exact: true })).not.toHaveValue('0.003')
    await page.keyboard.press('Control+z')
    await expect(page.getByText('Saving…')).toHaveCount(0)
  })
})

test('every optimizer is held against that of the recipe', { tag: '@thorough' }, async ({ app }) => {
  const { page } = app
  page.setDefaultTimeout(15_000)
  const form = await openSearch(page)
  await page.getByRole('button', { name: 'Try other optimizers' }).click()
  await expect(form.getByText(/on the same rows and from the same seeds/)).toBeVisible()
  await form.getByLabel('Seeds', { exact: true }).fill('2')
  await form.getByLabel('Seeds', { exact: true }).press('Enter')
  await page.keyboard.press('Control+Enter')
  const panel = page.getByRole('group', { name: 'Search 1', exact: true })
  await expect(panel.getByText('finished', { exact: true })).toBeVisible({ timeout: 90_000 })
  const contest = page.getByRole('table', { name: 'Optimizers from the same seeds' })
  await expect(contest.getByText(/^The one of the recipe/)).toBeVisible()
  await expect(contest.getByText(/ over 2 seeds\.$/)).toHaveCount(optimizers.members.length - 1)
  await look(page, 'search-optimizers')
})
