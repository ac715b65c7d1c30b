import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import { chooseFile, goTo, newProject } from './support/steps.ts'

test('findings and pictures open the rows behind them, which are searched, sorted and opened whole', async ({
  open,
  folder,
}) => {
  const file = join(folder, 'trees.csv')
  const row = (i: number) => {
    const height = 5 + ((i * 7919) % 1000) / 50
    return [
      i % 9 === 0 ? '' : height.toFixed(2),
      (height * 3 + (i % 5)).toFixed(1),
      ((i * 31) % 97) / 4,
      i % 3 ? 'Oak' : 'Elm',
      height > 15 ? 'old' : 'young',
    ].join()
  }
  const lines = Array.from({ length: 300 }, (_, i) => row(i))
  writeFileSync(file, ['height,width,girth,kind,age', ...lines, ...lines.slice(1, 8)].join('\n') + '\n')
  const app = await open()
  const { page } = app
  await newProject(page)
  await chooseFile(page, 'Open a table…', file)
  await expect(page.getByLabel('Column to predict')).toHaveValue('age', { timeout: 60_000 })
  await goTo(page, 'Explore')
  await expect(page.getByRole('table', { name: 'Column profiles' })).toBeVisible({ timeout: 60_000 })

  await test.step('every picture is there, with its sentence', async () => {
    for (const name of [
      'Against the target',
      'How columns hang together',
      'Missing values',
      'Two columns',
      'Map of the rows',
    ])
      await expect(page.getByRole('heading', { name, exact: true })).toBeVisible()
  })

  expect(await complaints(page, 'explore')).toEqual([])

  await expect(page.getByText('Hardly a test row is in the training split as well')).toBeVisible({
    timeout: 60_000,
  })

  await test.step('rows of a finding', async () => {
    const finding = page.getByRole('listitem').filter({ hasText: '7 rows repeat an earlier row' })
    await finding.getByRole('button', { name: 'Show rows' }).click()
    const dialog = page.getByRole('dialog', { name: 'Duplicates' })
    await expect(dialog.getByRole('status').first()).toHaveText('14 rows')
    expect(await complaints(page, 'rows behind a finding')).toEqual([])
    await dialog.getByRole('searchbox', { name: 'Search in all cells' }).fill('elm')
    await expect(dialog.getByRole('status').first()).toHaveText('4 rows')
    await dialog.getByLabel('Sort by').selectOption('width')
    await dialog
      .getByRole('button', { name: /^Open row/ })
      .first()
      .click()
    await expect(dialog.getByRole('table', { name: 'The whole row' })).toContainText('Elm')
    await dialog.getByRole('button', { name: 'Back to the list' }).click()
    await expect(dialog.getByRole('table', { name: 'Rows found' })).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(dialog).toBeHidden()
  })

  await test.step('rows of a bar', async () => {
    const figure = page.getByRole('figure', { name: 'Against the target' })
    await figure.getByLabel('Column', { exact: true }).selectOption('kind')
    const box = (await figure.getByRole('img').boundingBox())!
    await figure.getByRole('img').click({ position: { x: box.width * 0.3, y: box.height * 0.75 } })
    const dialog = page.getByRole('dialog', { name: 'kind: Oak' })
    await expect(dialog.getByRole('table', { name: 'Rows found' })).toContainText('Oak')
    await page.keyboard.press('Escape')
  })

  await test.step('bars, points and cells are gone through by keyboard', async () => {
    const figure = page.getByRole('figure', { name: 'Against the target' })
    const bar = figure.getByRole('button', { name: /^old, Oak: \d+; 1 of 2$/ })
    await bar.focus()
    await page.keyboard.press('ArrowRight')
    await expect(figure.getByRole('button', { name: /^old, Elm: \d+; 2 of 2$/ })).toBeFocused()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'kind: Elm' })
    await expect(dialog.getByRole('table', { name: 'Rows found' })).toContainText('young')
    await page.keyboard.press('Escape')
    await expect(dialog).toBeHidden()

    const point = page
      .getByRole('figure', { name: 'Map of the rows' })
      .getByRole('button', { name: / of \d+$/ })
    await point.focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    const row = page.getByRole('dialog', { name: 'Map of the rows' })
    await expect(row.getByRole('status').first()).toHaveText('1 row')
    await page.keyboard.press('Escape')

    const map = page.getByRole('table', { name: 'Association map' })
    // One cell of all of them can be reached by Tab.
    await expect(map.locator('button[tabindex="0"]')).toHaveCount(1)
    await map.locator('button[tabindex="0"]').focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('End')
    const cell = map.locator('button:focus')
    const [up, across] = /^(\w+) and (\w+): /.exec((await cell.getAttribute('aria-label'))!)!.slice(1)
    await page.keyboard.press('Enter')
    await expect(page.getByLabel('Across')).toHaveValue(across!)
    await expect(page.getByLabel('Up')).toHaveValue(up!)

    const gap = page.getByRole('button', { name: /^height, rows 1 to \d+: .* missing$/ })
    await gap.focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    const gaps = page.getByRole('dialog', { name: 'Rows in which height is missing' })
    await expect(gaps.getByText(/^Rows \d+ to \d+$/)).toBeVisible()
    await expect(gaps.getByRole('status').first()).toHaveText(/^[01] rows?$/)
    await page.keyboard.press('Escape')
  })

  await test.step('a cell of the map draws its two columns', async () => {
    await page
      .getByRole('button', { name: /^height and width: / })
      .first()
      .click()
    await expect(page.getByLabel('Across')).toHaveValue('width')
    await expect(page.getByLabel('Up')).toHaveValue('height')
  })

  await test.step('rows with a gap', async () => {
    await page.getByRole('button', { name: 'Show rows in which height is missing' }).click()
    const dialog = page.getByRole('dialog', { name: 'Rows in which height is missing' })
    await expect(dialog.getByRole('status').first()).toHaveText('34 rows')
  })
})

test(
  'test rows that stand in training are told, each with the row that it repeats',
  { tag: '@thorough' },
  async ({ open, folder }) => {
    const file = join(folder, 'copied.csv')
    const lines = Array.from({ length: 150 }, (_, i) =>
      [(i * 7919) % 997, (i * 31) % 89, i % 3 ? 'a' : 'b'].join(),
    )
    writeFileSync(file, ['x,y,kind', ...lines, ...lines].join('\n') + '\n')
    const app = await open()
    const { page } = app
    await newProject(page)
    await chooseFile(page, 'Open a table…', file)
    await expect(page.getByLabel('Column to predict')).toHaveValue('kind', { timeout: 60_000 })
    await goTo(page, 'Explore')
    const finding = page
      .getByRole('listitem')
      .filter({ hasText: /test rows .* in the training split as well/ })
    await finding.getByRole('button', { name: 'Show rows' }).click({ timeout: 60_000 })
    const dialog = page.getByRole('dialog', { name: 'Duplicates across splits' })
    await expect(dialog.getByRole('status').first()).toHaveText(/^\d+ rows$/)
    const cells = await dialog.getByRole('table', { name: 'Rows found' }).getByRole('row').allTextContents()
    // Below the header, a test row and the training row that it repeats: the same but for their numbers.
    const said = (line: string) => line.replace(/^\D*\d+/, '')
    expect(said(cells[1]!)).toBe(said(cells[2]!))
    expect(cells[1]).not.toBe(cells[2])
  },
)
