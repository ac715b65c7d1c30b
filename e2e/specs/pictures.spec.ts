import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import sharp, { type Sharp } from 'sharp'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import { chooseFile, expectState, goTo, newProject, setField, startTraining } from './support/steps.ts'

/** Something round or square on a ground of its own, as a photograph has a subject. */
function drawing(what: 'ball' | 'box', seed: number, size = { width: 96, height: 72 }): Sharp {
  const { width, height } = size
  const [x, y, side] = [24 + ((seed * 7) % 36), 20 + ((seed * 5) % 20), 14 + (seed % 7)]
  const ground = `hsl(${(seed * 47) % 360}, 45%, 70%)`
  const body = what === 'ball' ? 'crimson' : 'royalblue'
  const shape =
    what === 'ball'
      ? `<circle cx="${x}" cy="${y + 8}" r="${side}" fill="${body}"/>`
      : `<rect x="${x - side}" y="${y - side + 12}" width="${2 * side}" height="${2 * side}" fill="${body}"/>`
  return sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="${ground}"/>${shape}</svg>`,
    ),
  )
}

/** In several formats, some turned by their camera, one broken. */
async function writePictures(root: string, each: number): Promise<string> {
  for (const what of ['ball', 'box'] as const) {
    mkdirSync(join(root, what), { recursive: true })
    for (let i = 0; i < each; i++) {
      const picture = drawing(what, i)
      if (i % 3 === 0) await picture.jpeg().toFile(join(root, what, `${i}.jpg`))
      else if (i % 3 === 1) await picture.png().toFile(join(root, what, `${i}.png`))
      else
        await picture
          .withMetadata({ orientation: 6 })
          .webp()
          .toFile(join(root, what, `${i}.webp`))
    }
  }
  writeFileSync(join(root, 'box', 'broken.jpg'), 'this is no picture')
  return root
}

async function openPath(page: Page, path: string): Promise<void> {
  await newProject(page)
  await page.getByRole('textbox', { name: 'Path or address' }).fill(path)
  await page.getByRole('button', { name: 'Read it' }).click()
  await expect(page.getByText('Import receipt')).toBeVisible({ timeout: 30_000 })
}

test('from a folder of pictures by class to a model that says what is on a new one', async ({
  open,
  folder,
}) => {
  const pictures = await writePictures(join(folder, 'shapes'), 30)
  const app = await open()
  const { page } = app
  await openPath(page, pictures)
  await expect(page.getByText('60 images of 64 × 64 pixels, 2 classes.')).toBeVisible()
  await page.getByText(/^Rows left out.*first/).click()
  await expect(page.getByText('box/broken.jpg is text, not a picture.', { exact: true })).toBeVisible()
  await page.getByText(/^Rows left out.*first/).click()
  const balls = page.getByRole('group', { name: 'Pictures of ball' })
  await expect(balls.locator('img').first()).toBeVisible({ timeout: 30_000 })
  await expect(page.getByRole('gridcell').first().locator('img')).toBeVisible({ timeout: 30_000 })
  await look(page, 'pictures-1-data')

  await balls.getByRole('button').first().click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByText('96 × 72 pixels')).toBeVisible({ timeout: 30_000 })
  await expect(dialog.getByText('64 × 64 pixels, in color')).toBeVisible()
  if (process.env['DESCENT_SCREENSHOTS'] === 'all')
    await page.screenshot({ path: 'test-results/screenshots/pictures-2-whole.png' })
  await dialog.getByRole('button', { name: 'Close' }).click()

  await page.getByRole('button', { name: 'Read it differently' }).click()
  await look(page, 'pictures-3-reading')
  await page.getByRole('textbox', { name: 'Size' }).fill('24')
  await page.getByRole('button', { name: 'Import again' }).click()
  await expect(page.getByText('60 images of 24 × 24 pixels, 2 classes.')).toBeVisible({
    timeout: 30_000,
  })
  await goTo(page, 'Explore')
  await expect(page.getByText('Class balance').first()).toBeVisible({ timeout: 30_000 })
  await goTo(page, 'Train')
  await setField(page, 'Epochs', '12')
  await startTraining(page, 'shapes')
  await expectState(page, /^finished$/, 120_000)
  await goTo(page, 'Deploy')
  await page.getByRole('button', { name: 'Save model' }).click()
  const question = join(folder, 'new.jpg')
  await drawing('ball', 101, { width: 200, height: 150 }).jpeg().toFile(question)
  await chooseFile(page, 'Predict on pictures…', question)
  await expect(page.getByRole('link', { name: 'Download predictions (CSV)' })).toBeVisible({
    timeout: 30_000,
  })
  const said = page.getByRole('table', { name: 'Predictions' })
  await expect(said.getByText('new.jpg')).toBeVisible()
  await expect(said.getByText('ball', { exact: true })).toBeVisible()
  expect(app.problems).toEqual([])
})

test('a folder that is chosen in a dialog is read as if its path were given', async ({ open, folder }) => {
  const pictures = await writePictures(join(folder, 'shapes'), 6)
  const { page, problems } = await open()
  await chooseFile(page, 'Open a folder…', pictures)
  await expect(page.getByText('12 images of 64 × 64 pixels, 2 classes.')).toBeVisible({ timeout: 60_000 })
  await page.getByText(/^Rows left out.*first/).click()
  await expect(page.getByText('box/broken.jpg is text, not a picture.', { exact: true })).toBeVisible()
  await expect(page.getByRole('group', { name: 'Pictures of ball' }).locator('img').first()).toBeVisible({
    timeout: 30_000,
  })
  expect(problems).toEqual([])
})

test(
  'pictures that a table names stand in its rows, and open',
  { tag: '@thorough' },
  async ({ open, folder }) => {
    const root = join(folder, 'toys')
    mkdirSync(join(root, 'photos'), { recursive: true })
    const lines = ['size,photo,price']
    for (let i = 0; i < 40; i++) {
      const what = i % 2 === 0 ? 'ball' : 'box'
      await drawing(what, i)
        .jpeg()
        .toFile(join(root, `photos/${i}.jpg`))
      lines.push(`${10 + (i % 7)},photos/${i}.jpg,${10 + (i % 7) + (what === 'ball' ? 20 : 0)}.${i}`)
    }
    writeFileSync(join(root, 'toys.csv'), lines.join('\n'))
    const app = await open()
    const { page } = app
    await openPath(page, join(root, 'toys.csv'))
    await expect(
      page.getByText('“photo” names 40 pictures beside the table and is read as images.'),
    ).toBeVisible()
    const cell = page.getByRole('gridcell', { name: 'photos/3.jpg' })
    await expect(cell.locator('img')).toBeVisible({ timeout: 30_000 })
    await look(page, 'pictures-4-table')
    await cell.getByRole('button').click()
    await expect(page.getByRole('dialog').getByText('96 × 72 pixels')).toBeVisible({ timeout: 30_000 })
    await page.keyboard.press('Escape')
    await test.step('Explore shows them by what they are worth', async () => {
      await goTo(page, 'Explore')
      const shown = page.getByRole('group', { name: 'Pictures · photo' })
      await expect(shown.getByRole('combobox', { name: 'Sort pictures by' })).toBeVisible({ timeout: 60_000 })
      await expect(shown.getByRole('button', { name: /^Open photos/ }).first()).toBeVisible()
      await expect(shown.getByRole('combobox', { name: 'Class' }).getByRole('option')).toHaveCount(5)
      await look(page, 'pictures-4-explore')
      expect(await complaints(page, 'pictures of a column')).toEqual([])
    })
    await goTo(page, 'Model')
    await expect(page.getByRole('table', { name: 'Layers' }).getByText('Conv2d').first()).toBeVisible({
      timeout: 30_000,
    })
    await goTo(page, 'Train')
    await setField(page, 'Epochs', '3')
    await startTraining(page, 'toys')
    await expectState(page, /^finished$/, 120_000)

    await test.step('one is tried: a number, and a picture beside it', async () => {
      await goTo(page, 'Deploy')
      await page.getByRole('button', { name: 'Save model' }).click()
      const form = page.getByRole('form', { name: 'Try it' })
      await form.getByRole('textbox', { name: 'size' }).fill('12')
      await chooseFile(page, 'Choose a picture for photo…', join(root, 'photos/7.jpg'))
      await expect(form.getByText('7.jpg')).toBeVisible()
      await form.getByRole('button', { name: 'Say what it is' }).click()
      await expect(page.getByRole('table', { name: 'What the model says' })).toBeVisible({ timeout: 60_000 })
      await expect(page.getByRole('img', { name: 'As the network gets it' })).toBeVisible()
      await form.getByRole('textbox', { name: 'size' }).fill('14')
      await expect(page.getByText('You have changed the example since.')).toBeVisible()
      await look(page, 'pictures-5-try')
      expect(await complaints(page, 'a row with a picture is tried')).toEqual([])
      await form.getByRole('button', { name: 'Remove the picture of photo' }).click()
      await expect(form.getByText('7.jpg')).toHaveCount(0)
    })
    expect(app.problems).toEqual([])
  },
)
