import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import {
  expectState,
  goTo,
  newProject,
  openSample,
  setField,
  startTraining,
  takeQuick,
  searchCommands,
} from './support/steps.ts'

/** How many of a canvas's pixels have the color of this token, as the page has it now. */
const pixelsOf = (page: Page, chart: string, token: string): Promise<number> =>
  page.getByRole('img', { name: chart }).evaluate((element, name) => {
    const canvas = element as HTMLCanvasElement
    const probe = document.createElement('canvas').getContext('2d')!
    probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name)
    probe.fillRect(0, 0, 1, 1)
    const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    let count = 0
    for (let i = 0; i < data.length; i += 4)
      if (data[i] === red && data[i + 1] === green && data[i + 2] === blue) count++
    return count
  }, token)

test('projects stay apart, charts follow the theme, and saved models and profiles are there again', async ({
  app,
}) => {
  const { page } = app
  const toasts = page.getByRole('list', { name: 'Notifications' })
  await page.emulateMedia({ colorScheme: 'light' })
  await openSample(page, 'Customer churn')
  await test.step('the device is told whole', async () => {
    const device = page.getByRole('banner').getByText(/^(CPU|GPU)|SwiftShader/)
    await expect(device).toBeVisible({ timeout: 60_000 })
    expect(await device.evaluate((one) => one.scrollWidth - one.clientWidth)).toBe(0)
  })
  await test.step('the target does not become text, and says why', async () => {
    await page.getByLabel('Kind of churned').selectOption('text')
    await expect(toasts.getByText(/“churned” is predicted, which is a number or a category/)).toBeVisible()
    await expect(page.getByLabel('Column to predict')).toHaveValue('churned')
    await page.getByLabel('Column to predict').selectOption('contract')
    await expect(toasts.getByText('The target is “contract”. “churned” is a feature now.')).toBeVisible({
      timeout: 60_000,
    })
    await page.getByRole('heading', { level: 1 }).click()
    await page.keyboard.press('Control+z')
    await expect(toasts.getByText(/^Undone: /)).toBeVisible()
    await expect(page.getByLabel('Column to predict')).toHaveValue('churned')
  })
  await test.step('bars have the colors of the theme that is there', async () => {
    await goTo(page, 'Explore')
    const balance = 'Class balance'
    await expect(page.getByRole('img', { name: balance })).toBeVisible({ timeout: 60_000 })
    await expect.poll(() => pixelsOf(page, balance, '--series-1')).toBeGreaterThan(1000)
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
    await expect.poll(() => pixelsOf(page, balance, '--series-1')).toBeGreaterThan(1000)
    await page.emulateMedia({ colorScheme: 'light' })
  })
  await test.step('on paper a page is light and whole, without what is only pressed', async () => {
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
    await expect(page.getByRole('heading', { level: 1, name: 'Explore' })).toBeVisible()
    await expect(page.getByRole('navigation', { name: 'Steps', includeHidden: true })).toBeHidden()
    await expect(page.getByText('Customer churn', { exact: true }).first()).toBeVisible()
    await expect(page.getByRole('button', { name: 'Continue to Prepare', includeHidden: true })).toBeHidden()
    const paper = await page.evaluate(() => ({
      further: document.documentElement.scrollHeight / innerHeight,
      within: document.querySelector('main')!.scrollHeight - document.querySelector('main')!.clientHeight,
      panel: getComputedStyle(document.documentElement).getPropertyValue('--panel'),
    }))
    expect(paper.further, 'heights of the window that the document has').toBeGreaterThan(2)
    expect(paper.within, 'what of the page is left to scroll to').toBeLessThanOrEqual(1)
    expect(paper.panel).toMatch(/^#fff/)
    await page.emulateMedia({ media: 'screen', colorScheme: 'light' })
  })
  await test.step('the settings say which run they are for, and a model is saved', async () => {
    await takeQuick(page)
    await goTo(page, 'Train')
    await expect(page.getByRole('heading', { name: 'Settings for the next run' })).toBeVisible()
    await page.getByRole('switch', { name: 'Early stopping' }).click()
    await setField(page, 'Epochs', '20000')
    await startTraining(page, 'long')
    await expect(page.getByText(/trains with the\s+settings it was started with/)).toBeVisible()
    await expectState(page, /^running$/)
    await expect(page.getByText(/^Epoch [1-9]/).first()).toBeVisible({ timeout: 60_000 })
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Stop run' }).click()
    await expectState(page, /^stopped$/)
    await expect(page.getByText(/settings it was started with/)).toHaveCount(0)
    await goTo(page, 'Deploy')
    await page.getByRole('button', { name: 'Save model' }).click()
    await expect(page.getByRole('table', { name: 'Saved and exported models' })).toContainText('long', {
      timeout: 60_000,
    })
  })
  await test.step('an empty project knows nothing of the other one', async () => {
    await page.getByRole('button', { name: 'All projects' }).click()
    await newProject(page)
    const rail = page.getByRole('navigation', { name: 'Steps' })
    await expect(rail.getByRole('link', { name: 'Explore: Needs data' })).toBeVisible()
    await expect(page.getByRole('complementary', { name: 'Inspector' })).not.toContainText('age')
  })
  await test.step('after a reload the profile is not computed again, and the model is listed', async () => {
    await page.getByRole('button', { name: 'All projects' }).click()
    await page.getByRole('link', { name: 'Customer churn' }).click()
    await page.reload()
    await goTo(page, 'Explore')
    await expect(page.getByRole('table', { name: 'Column profiles' })).toBeVisible({ timeout: 60_000 })
    await goTo(page, 'Deploy')
    await page.getByRole('button', { name: 'Load the model of long' }).click()
    await expect(page.getByRole('heading', { name: /^Model: Customer churn: long/ })).toBeVisible({
      timeout: 60_000,
    })
  })
  expect(app.problems).toEqual([])
})

test('everything can be found and done by keyboard', async ({ app }) => {
  const { page } = app
  await test.step('the page’s commands, by a few letters', async () => {
    await expect(page).toHaveTitle('Descent')
    await expect(page.getByRole('button', { name: /^Open sample/ })).toHaveCount(4)
    await searchCommands(page, 'churn')
    await expect(page.getByRole('option').first()).toHaveText(/Open sample Customer churn/)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { level: 1, name: 'Data', exact: true })).toBeVisible({
      timeout: 60_000,
    })
    await expect(page).toHaveTitle('Data · Customer churn · Descent')
  })
  await test.step('steps by the palette and by their number', async () => {
    await searchCommands(page, 'trn')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { level: 1, name: 'Train' })).toBeVisible()
    await expect(page).toHaveTitle('Train · Customer churn · Descent')
    await page.keyboard.press('4')
    await expect(page.getByRole('heading', { level: 1, name: 'Model' })).toBeVisible()
  })
  await test.step('keys typed into a field do nothing else', async () => {
    await page.keyboard.press('5')
    const name = page.getByRole('form', { name: 'New run' }).getByLabel('Name')
    await name.fill('')
    await name.pressSequentially('is 1? or 2')
    await expect(name).toHaveValue('is 1? or 2')
    await expect(page.getByRole('heading', { level: 1, name: 'Train' })).toBeVisible()
    await expect(page.getByRole('dialog')).toHaveCount(0)
  })
  await test.step('the list of shortcuts is that of the page', async () => {
    await page.getByRole('heading', { level: 1 }).click()
    await page.keyboard.press('?')
    const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
    await expect(dialog).toContainText('Start training')
    await expect(dialog).toContainText('Undo')
    // A dialog has the keyboard to itself.
    await page.keyboard.press('1')
    await expect(dialog).toBeVisible()
    await page.keyboard.press('Escape')
    await page.keyboard.press('1')
    await expect(page.getByRole('heading', { level: 1, name: 'Data', exact: true })).toBeVisible()
    await page.keyboard.press('?')
    await expect(dialog).not.toContainText('Start training')
    await page.keyboard.press('Escape')
  })
  await test.step('help is found by its words', async () => {
    await searchCommands(page, 'learning rate')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('complementary', { name: 'Inspector' })).toContainText('The size of a step')
    await searchCommands(page, 'qqqq')
    await expect(page.getByText('Nothing is called so.')).toBeVisible()
    await page.keyboard.press('Escape')
  })
  await test.step('settings are kept: numbers, theme, keys', async () => {
    await page.keyboard.press('Control+,')
    await expect(page).toHaveTitle('Settings · Descent')
    await page.getByRole('radio', { name: '1.234,5' }).click()
    await page.getByRole('radio', { name: 'Dark' }).click()
    await page
      .getByRole('radiogroup', { name: 'Shortcuts of one key' })
      .getByRole('radio', { name: 'Off' })
      .click()
    await page.reload()
    await expect(page.getByRole('radio', { name: '1.234,5' })).toBeChecked()
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
    await page.getByRole('button', { name: 'Back', exact: true }).click()
    await expect(page.getByText('2.000').first()).toBeVisible()
    await page.keyboard.press('5')
    await expect(page.getByRole('heading', { level: 1, name: 'Data', exact: true })).toBeVisible()
  })
  expect(app.problems).toEqual([])
})

test('what is computed with is set, obeyed, and told beside what this machine has', async ({ app }) => {
  test.setTimeout(180_000)
  const { page } = app
  const cores = availableParallelism()
  await page.keyboard.press('Control+,')
  const group = page.getByRole('group', { name: 'Computing' })
  const threads = group.getByLabel('CPU threads')
  await expect(threads).toHaveValue('automatic')
  await expect(group).toContainText('holds for the next process')
  await expect(group).toContainText('of this machine’s')
  const gpu = group.getByRole('radio', { name: 'GPU' })
  if (await gpu.isDisabled()) await expect(group).toContainText('No GPU:')
  await test.step('by keyboard: the CPU, one thread', async () => {
    await group.getByRole('radio', { name: 'Auto' }).focus()
    // Held as by a finger: a radio is chosen only while the key is down.
    await page.keyboard.press('ArrowRight', { delay: 100 })
    await expect(page.getByRole('status').filter({ hasText: 'Saved: Device.' })).toBeVisible()
    await threads.focus()
    await page.keyboard.press('1')
    await expect(page.getByRole('status').filter({ hasText: 'Saved: CPU threads.' })).toBeVisible()
    await expect(group).toContainText(`Now: 1 of ${cores} core`)
    await expect(page.getByRole('banner')).toContainText('CPU · 1 thread')
  })
  await test.step('the memory of a job is a limit, and stands here only', async () => {
    await expect(page.getByLabel('Memory for one job', { exact: true })).toHaveCount(1)
    await expect(group.getByLabel('Memory for one job', { exact: true })).toBeVisible()
  })
  await test.step('axe has nothing to say, in either theme', async () => {
    expect(await complaints(page, 'settings, computing')).toEqual([])
  })
  await test.step('a training obeys', async () => {
    await page.getByRole('button', { name: 'All projects' }).click()
    await openSample(page, 'Customer churn')
    await takeQuick(page)
    await goTo(page, 'Train')
    await expect(page.getByLabel('Backend')).toContainText('Auto: the CPU, as in Settings')
    await setField(page, 'Epochs', '1')
    await startTraining(page, 'alone')
    await expectState(page, /^finished$/)
    await expect(page.getByRole('main')).toContainText('CPU (WebAssembly')
    await expect(page.getByRole('main')).not.toContainText(/\d threads/)
  })
  await test.step('it is kept, and goes back to automatic', async () => {
    await page.keyboard.press('Control+,')
    await page.reload()
    await expect(threads).toHaveValue('1')
    await expect(group.getByRole('radio', { name: 'CPU' })).toBeChecked()
    await threads.selectOption('automatic')
    await group.getByRole('radio', { name: 'Auto' }).click()
    await expect(page.getByRole('status').filter({ hasText: 'Saved: Device.' })).toBeVisible()
    await page.reload()
    await expect(threads).toHaveValue('automatic')
  })
  expect(app.problems).toEqual([])
})

test(
  'a target that is not the last column is told, with the reason',
  { tag: '@thorough' },
  async ({ open, folder }) => {
    const path = join(folder, 'reviews.csv')
    const rows = Array.from(
      { length: 40 },
      (_, i) => `${i % 7},${i % 2 ? 'good' : 'bad'},what person ${i} wrote of it`,
    )
    writeFileSync(path, ['visits,verdict,review', ...rows].join('\n'))
    const app = await open()
    const { page } = app
    const chooser = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: 'Open a table…' }).click()
    await (await chooser).setFiles(path)
    await expect(page.getByLabel('Column to predict')).toHaveValue('verdict', { timeout: 60_000 })
    await expect(page.getByRole('list', { name: 'Import notes' })).toContainText(
      'The target is "verdict", not the last column.',
    )
    expect(app.problems).toEqual([])
  },
)
