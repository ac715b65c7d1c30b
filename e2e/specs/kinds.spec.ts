import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { test } from './support/folder.ts'
import { halves, writeImages } from './support/images.ts'
import { look } from './support/look.ts'
import { chooseFile, expectState, goTo, newProject, setField, startTraining } from './support/steps.ts'

function writeText(folder: string): string {
  mkdirSync(folder)
  // Right to left, without spaces, and longer than what is read.
  const odd: Record<number, string> = {
    4: 'sun يوم مشمس جميل في المدينة القديمة',
    6: 'sun 今天天气很好，我们去公园散步。',
    8: `sun ${Array.from({ length: 70 }, (_, i) => `word${i}`).join(' ')}`,
  }
  const lines = (rows: number) =>
    Array.from(
      { length: rows },
      (_, i) => odd[i] ?? (i % 2 === 0 ? `sun what a fine day ${i % 7}` : `rain what clouds again ${i % 7}`),
    )
  writeFileSync(join(folder, 'train.txt'), lines(80).join('\n'))
  writeFileSync(join(folder, 'test.txt'), lines(20).join('\n'))
  return folder
}

async function openFolder(page: Page, path: string): Promise<void> {
  await newProject(page)
  await page.getByRole('textbox', { name: 'Path or address' }).fill(path)
  await page.getByRole('button', { name: 'Read it' }).click()
  await expect(page.getByText('Import receipt')).toBeVisible({ timeout: 30_000 })
}

test(
  'a folder of images, from import to predictions, in the same window',
  { tag: '@thorough' },
  async ({ app, folder }) => {
    const { page } = app
    await openFolder(page, writeImages(join(folder, 'halves')))
    await expect(page.getByText('120 training and 30 test images of 8 × 8 pixels, 2 classes.')).toBeVisible()
    await expect(page.getByRole('button', { name: 'halves: rename project' })).toBeVisible()
    await look(page, 'images-1-data')
    await goTo(page, 'Explore')
    await expect(page.getByText('Class balance').first()).toBeVisible({ timeout: 30_000 })
    await expect(page.getByRole('img', { name: 'Mean picture of 1', exact: true })).toBeVisible()
    await expect(page.getByRole('button', { name: 'Show more (48 of 150 shown)' })).toBeVisible()
    await page.getByRole('combobox', { name: 'Sort pictures by' }).selectOption('brightness')
    await page.getByRole('combobox', { name: 'Class', exact: true }).selectOption('0')
    await expect(page.getByRole('button', { name: 'Show more (48 of 75 shown)' })).toBeVisible()
    await look(page, 'images-2-explore')
    await goTo(page, 'Prepare')
    await page.getByRole('combobox', { name: 'Add an augmentation' }).selectOption('shift')
    await setField(page, 'Most (pixels)', '1')
    await expect(page.getByText('8 × 8 pixels').first()).toBeVisible({ timeout: 30_000 })
    const preview = page.getByRole('group', { name: 'What the network will see' })
    await expect(preview.getByRole('img', { name: 'Draw 11' })).toBeVisible({ timeout: 30_000 })
    const before = await preview.getByRole('img', { name: 'Draw 1', exact: true }).getAttribute('src')
    await preview.getByRole('button', { name: 'New draws' }).click()
    await expect(preview.getByRole('img', { name: 'Draw 1', exact: true })).not.toHaveAttribute(
      'src',
      before!,
    )
    await look(page, 'images-3-prepare')
    await page.getByRole('combobox', { name: 'Add an augmentation' }).selectOption('mixUp')
    await expect(preview.getByText(/%/).first()).toBeVisible({ timeout: 30_000 })
    await page.getByRole('button', { name: 'Move MixUp up' }).click()
    await page.getByRole('button', { name: 'Remove MixUp' }).press('Enter')
    await expect(preview.getByText(/%/)).toHaveCount(0)
    await page.getByRole('button', { name: 'Try with and without' }).click()
    const form = page.getByRole('form', { name: 'New search' })
    await expect(form.getByText(/^Trains with all augmentations of the recipe/)).toBeVisible()
    await goTo(page, 'Model')
    await expect(page.getByRole('table', { name: 'Layers' }).getByText('Conv2d').first()).toBeVisible({
      timeout: 30_000,
    })
    await look(page, 'images-4-model')
    await goTo(page, 'Train')
    await setField(page, 'Epochs', '3')
    await startTraining(page, 'convolutional')
    await expectState(page, /^finished$/)
    await goTo(page, 'Evaluate')
    await page.getByRole('button', { name: 'Open the test split…' }).first().click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Open the test split' }).click()
    await expect(page.getByRole('table', { name: 'Metrics on the test split' })).toBeVisible({
      timeout: 30_000,
    })
    await goTo(page, 'Deploy')
    await page.getByRole('button', { name: 'Save model' }).click()
    const question = join(folder, 'new-images')
    writeFileSync(question, halves(4).images)
    await chooseFile(page, 'Predict on pictures…', question)
    await expect(page.getByRole('link', { name: 'Download predictions (CSV)' })).toBeVisible({
      timeout: 30_000,
    })
    await look(page, 'images-7-deploy')
    expect(app.problems).toEqual([])
  },
)

test('a folder of text opens without errors, and its steps say what they can do', async ({ app, folder }) => {
  const { page } = app
  await openFolder(page, writeText(join(folder, 'weather')))
  await expect(page.getByText('80 training and 20 test texts, 2 classes.')).toBeVisible()
  await goTo(page, 'Explore')
  await expect(page.getByText('Class balance').first()).toBeVisible({ timeout: 30_000 })
  await expect(page.getByText('what clouds', { exact: true })).toBeVisible()
  await look(page, 'text-2-explore')
  await goTo(page, 'Prepare')
  await expect(page.getByText('each word as its number').first()).toBeVisible({ timeout: 30_000 })
  const tokens = page.getByRole('group', { name: 'Texts as tokens' })
  await expect(tokens.getByText('Unknown in validation')).toBeVisible()
  await page.getByRole('combobox', { name: 'Tokenizer' }).selectOption('character')
  await expect(tokens.getByRole('listitem').getByText('w', { exact: true }).first()).toBeVisible({
    timeout: 30_000,
  })
  await page.getByRole('combobox', { name: 'Tokenizer' }).selectOption('basicEnglish')
  await page.getByRole('combobox', { name: 'Add an augmentation' }).selectOption('wordDropout')
  const preview = page.getByRole('group', { name: 'What the network will see' })
  await expect(preview.getByText('Epoch 11', { exact: true })).toBeVisible({ timeout: 30_000 })
  await expect(preview.getByText('<unk>').first()).toBeVisible()
  await look(page, 'text-3-prepare')
  await test.step('a list of synonyms is chosen as a file', async () => {
    const list = join(folder, 'synonyms.txt')
    writeFileSync(list, 'fine, nice, lovely\nday, morning\n')
    await page.getByRole('combobox', { name: 'Add an augmentation' }).selectOption('synonyms')
    await chooseFile(page, 'Choose… List', list)
    await expect(page.getByRole('textbox', { name: 'List' })).toHaveValue(/synonyms\.txt$/)
    await expect(page.getByText('Saving…')).toHaveCount(0)
    await expect(page.getByText(/needs its list/)).toHaveCount(0)
    await look(page, 'text-3-synonyms')
  })
  await goTo(page, 'Model')
  await expect(page.getByRole('table', { name: 'Layers' }).getByText('Embedding').first()).toBeVisible({
    timeout: 30_000,
  })
  await look(page, 'text-4-model')
  expect(app.problems).toEqual([])
})
