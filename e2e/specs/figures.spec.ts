import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Locator, type Page } from '@playwright/test'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import {
  chooseFile,
  expectState,
  goTo,
  newProject,
  openSample,
  setField,
  startTraining,
  takeQuick,
} from './support/steps.ts'

const figure = (page: Page, title: string): Locator => page.getByRole('figure', { name: title, exact: true })

async function act(page: Page, title: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${title}`, exact: true }).click()
  await page.getByRole('menuitem', { name: action, exact: true }).click()
}

async function saved(
  page: Page,
  title: string,
  kind: 'PNG' | 'SVG' | 'CSV',
): Promise<{ name: string; bytes: Buffer }> {
  const coming = page.waitForEvent('download')
  await act(page, title, kind === 'CSV' ? 'Save data as CSV' : `Save as ${kind}`)
  const download = await coming
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
}

/** Of a PNG file its size, the color of its first pixel, and how many pixels are of another color. */
const pixels = (page: Page, bytes: Buffer, color: string) =>
  page.evaluate(
    async ([base64, wanted]) => {
      const image = new Image()
      image.src = `data:image/png;base64,${base64}`
      await image.decode()
      const canvas = document.createElement('canvas')
      canvas.width = image.width
      canvas.height = image.height
      const context = canvas.getContext('2d')!
      context.drawImage(image, 0, 0)
      const { data } = context.getImageData(0, 0, image.width, image.height)
      const hex = (at: number) =>
        '#' + [0, 1, 2].map((one) => data[at + one]!.toString(16).padStart(2, '0')).join('')
      let found = 0
      for (let at = 0; at < data.length; at += 4) if (hex(at) === wanted) found++
      return { width: image.width, height: image.height, ground: hex(0), found }
    },
    [bytes.toString('base64'), color] as const,
  )

/** Whether the drawn chart holds the color that the token has now. */
const isDrawnWith = (canvas: Locator, token: string) =>
  canvas.evaluate((element: HTMLCanvasElement, name) => {
    const color = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
    const { data } = element.getContext('2d')!.getImageData(0, 0, element.width, element.height)
    for (let at = 0; at < data.length; at += 4) {
      const hex = '#' + [0, 1, 2].map((one) => data[at + one]!.toString(16).padStart(2, '0')).join('')
      if (data[at + 3] === 255 && hex === color) return true
    }
    return false
  }, token)

test('a figure is copied, saved, enlarged and said, in both themes', async ({ app }) => {
  const { page } = app
  const found: string[] = []
  try {
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
    await openSample(page, 'Customer churn')

    await test.step('all rows of the data are saved, in full', async () => {
      const { name, bytes } = await saved(page, 'Rows', 'CSV')
      expect(name).toBe('rows-customer-churn.csv')
      const lines = bytes.toString().trimEnd().split('\r\n')
      expect(lines).toHaveLength(2001)
      expect(lines[0]).toMatch(/^customer_id,/)
      const { bytes: svg } = await saved(page, 'Rows', 'SVG')
      expect(svg.toString()).toContain('and 1,900 more rows')
    })

    await goTo(page, 'Explore')
    const chart = figure(page, 'Class balance')
    const canvas = chart.getByRole('img')
    await expect(canvas).toBeVisible({ timeout: 60_000 })
    await test.step('it is said what the chart shows', async () => {
      await expect(canvas).toHaveAccessibleName(
        'Class balance Rows by class of churned, 2 bars: most, no with 1,700; fewest, yes with 300.',
      )
    })
    await test.step('CSV holds the numbers', async () => {
      const { name, bytes } = await saved(page, 'Class balance', 'CSV')
      expect(name).toBe('class-balance-customer-churn.csv')
      expect(bytes.toString()).toBe('Class,Rows,Share\r\nno,1700,0.85\r\nyes,300,0.15\r\n')
    })
    await test.step('SVG holds shapes and text', async () => {
      const { bytes } = await saved(page, 'Class balance', 'SVG')
      const text = bytes.toString()
      const texts = await page.evaluate((source) => {
        const image = new Image()
        image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source)}`
        return image.decode().then(() => [image.width, image.height])
      }, text)
      expect(texts).toEqual([960, 540])
      expect(text).toContain('<title>Class balance</title>')
      for (const word of ['Class balance', 'Class of churned', 'Rows', 'no', 'yes', '1,500'])
        expect(text).toContain(`>${word}</text>`)
      expect(text).toMatch(/fill="#0b6b75"/)
      expect(text).not.toMatch(/<image|var\(--|undefined/)
    })
    await test.step('PNG is twice as dense, on the ground of the theme', async () => {
      const { bytes } = await saved(page, 'Class balance', 'PNG')
      const light = await pixels(page, bytes, '#0b6b75')
      expect(light).toMatchObject({ width: 1920, height: 1080, ground: '#ffffff' })
      expect(light.found).toBeGreaterThan(100_000)
    })
    await test.step('the other theme recolors what is drawn, and what is saved then', async () => {
      expect(await isDrawnWith(canvas, 'series-1')).toBe(true)
      await page.emulateMedia({ colorScheme: 'dark' })
      await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
      await expect.poll(() => isDrawnWith(canvas, 'series-1')).toBe(true)
      const { bytes } = await saved(page, 'Class balance', 'PNG')
      const dark = await pixels(page, bytes, '#56c2c9')
      expect(dark.ground).toBe('#151a1d')
      expect(dark.found).toBeGreaterThan(100_000)
      await page.emulateMedia({ colorScheme: 'light' })
    })
    await test.step('the clipboard gets a picture of a chart and the cells of a table', async () => {
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      const kinds = () =>
        page.evaluate(async () => (await navigator.clipboard.read()).flatMap(({ types }) => [...types]))
      await act(page, 'Class balance', 'Copy picture')
      await expect(chart.getByRole('status')).toHaveText('Copied')
      expect(await kinds()).toContain('image/png')
      await act(page, 'Columns', 'Copy table')
      await expect(figure(page, 'Columns').getByRole('status')).toHaveText('Copied')
      const text = await page.evaluate(() => navigator.clipboard.readText())
      expect(text.split('\n')[0]).toBe('Column\tKind\tMissing\tDistinct\tMean\tStd\tMin\tMax\tMost frequent')
      expect(text.trimEnd().split('\n')).toHaveLength(13)
    })
    await test.step('full screen takes the figure alone, and gives the focus back', async () => {
      await act(page, 'Class balance', 'Full screen')
      const dialog = page.getByRole('dialog', { name: 'Class balance' })
      await expect(dialog.getByText('2 bars: most, no with 1,700')).toBeVisible()
      await expect.poll(async () => (await canvas.boundingBox())?.width ?? 0).toBeGreaterThan(1000)
      expect(await isDrawnWith(canvas, 'series-1')).toBe(true)
      await dialog.getByRole('button', { name: 'Show Class balance as table' }).click()
      await expect(dialog.getByRole('table', { name: 'Class balance' })).toBeVisible()
      found.push(...(await complaints(page, 'full screen, as a table')))
      await dialog.getByRole('button', { name: 'Actions for Class balance' }).click()
      await expect(page.getByRole('menuitem')).toHaveCount(4)
      found.push(...(await complaints(page, 'the menu in full screen')))
      await page.keyboard.press('Escape')
      await expect(page.getByRole('menuitem')).toHaveCount(0)
      await expect(dialog).toBeVisible()
      for (let i = 0; i < 8; i++) {
        await page.keyboard.press('Tab')
        expect(await page.evaluate(() => document.activeElement?.closest('#app') ?? null)).toBeNull()
      }
      await dialog.getByRole('button', { name: 'Actions for Class balance' }).focus()
      await page.keyboard.press('Escape')
      await expect(dialog).toHaveCount(0)
      await expect(page.getByRole('button', { name: 'Actions for Class balance' })).toBeFocused()
      await expect(page.getByRole('button', { name: 'Continue to Prepare' })).toBeEnabled()
    })
    await test.step('every figure has its menu, on every page', async () => {
      await page.getByRole('button', { name: 'Actions for How columns hang together' }).click()
      found.push(...(await complaints(page, 'the menu')))
      await page.keyboard.press('Escape')
      await page.emulateMedia({ colorScheme: 'light' })
      for (const step of ['Data', 'Explore', 'Prepare', 'Model']) {
        await goTo(page, step)
        await expect(page.getByRole('figure').first()).toBeVisible({ timeout: 60_000 })
        // panels of a page appear one after another, so both are counted until they agree
        await expect(async () => {
          const figures = await page.getByRole('figure').count()
          await expect(page.getByRole('button', { name: /^Actions for / })).toHaveCount(figures, {
            timeout: 500,
          })
        }).toPass({ timeout: 30_000 })
        await expect(
          page.locator('main table, main canvas, main [role=table]').and(page.locator(':not(figure *)')),
        ).toHaveCount(0)
      }
      for (const kind of ['PNG', 'SVG'] as const) {
        const { name, bytes } = await saved(page, 'Network', kind)
        expect(name).toBe(`network-customer-churn.${kind.toLowerCase()}`)
        if (kind === 'PNG') expect((await pixels(page, bytes, '#0b6b75')).found).toBeGreaterThan(1000)
        else expect(bytes.toString()).toContain('>Input</text>')
      }
    })
    expect(found).toEqual([])
    expect(app.problems).toEqual([])
  } finally {
    if (found.length > 0) console.log(found.join('\n'))
  }
})

test(
  'two hundred classes: a map, and tables that hold only what is seen',
  { tag: '@thorough' },
  async ({ open, folder }) => {
    const file = join(folder, 'classes.csv')
    const lines = Array.from({ length: 4000 }, (_, row) => {
      const of = row % 200
      return `${Math.sin(of) + Math.sin(row * 7) / 9},${Math.cos(of * 3)},${of / 200},class ${of}`
    })
    writeFileSync(file, ['x,y,z,kind', ...lines].join('\n'))
    const app = await open()
    const { page } = app
    const found: string[] = []
    try {
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
      await newProject(page)
      await chooseFile(page, 'Open a table…', file)
      await expect(page.getByLabel('Column to predict')).toHaveValue('kind', { timeout: 60_000 })
      await takeQuick(page)
      await goTo(page, 'Train')
      await setField(page, 'Epochs', '3')
      await startTraining(page, 'many')
      await expectState(page, /^finished$/)
      await test.step('the loss is said and saved with its legend', async () => {
        const loss = figure(page, 'Loss')
        await expect(loss.getByRole('img')).toHaveAccessibleName(
          /Training loss (falls|rises) from .* over 3 epochs/,
        )
        const { bytes } = await saved(page, 'Loss', 'SVG')
        for (const word of ['Training loss', 'Validation loss', 'Epoch'])
          expect(bytes.toString()).toContain(`>${word}</text>`)
        // The line itself: a stroke in the color of its series that goes from point to point.
        expect(bytes.toString()).toMatch(/<path[^>]*stroke="#0b6b75"[^>]* L [^>]*/)
        const csv = (await saved(page, 'Loss', 'CSV')).bytes.toString().trimEnd().split('\r\n')
        expect(csv).toHaveLength(4)
        expect(csv[1]).toMatch(/^1,\d\.\d{6,},\d\.\d{6,}$/)
      })
      await goTo(page, 'Evaluate')
      const matrix = figure(page, 'Confusion matrix')
      await expect(matrix.getByRole('img')).toHaveAccessibleName(/^200 classes; /, { timeout: 60_000 })
      await test.step('both tables have few rows in the page and all of them by scrolling', async () => {
        const table = page.getByRole('table', { name: 'Metrics per class' })
        await expect(table).toHaveAttribute('aria-rowcount', '201')
        expect(await table.getByRole('row').count()).toBeLessThan(50)
        await page.getByRole('group', { name: 'Metrics per class, table' }).focus()
        await page.keyboard.press('End')
        await expect(table.getByRole('rowheader', { name: 'class 99', exact: true })).toBeVisible()
        await expect(table.getByRole('columnheader', { name: 'Recall' })).toBeInViewport()
        await matrix.getByRole('button', { name: 'Show Confusion matrix as table' }).click()
        const cells = matrix.getByRole('table', { name: 'Confusion matrix' })
        await expect(cells).toHaveAttribute('aria-rowcount', '202')
        expect(await cells.getByRole('row').count()).toBeLessThan(50)
        found.push(...(await complaints(page, 'a matrix of 200 classes')))
      })
      await test.step('a click on a head sorts', async () => {
        const table = page.getByRole('table', { name: 'Metrics per class' })
        await table.getByRole('columnheader', { name: 'Class' }).getByRole('button').click()
        await expect(table.getByRole('columnheader', { name: 'Class' })).toHaveAttribute(
          'aria-sort',
          'ascending',
        )
      })
      const csv = (await saved(page, 'Confusion matrix', 'CSV')).bytes.toString().trimEnd().split('\r\n')
      expect(csv).toHaveLength(201)
      expect(csv[0]).toMatch(/^True class,Predicted class \d+ \(rows\),/)
      expect(found).toEqual([])
      expect(app.problems).toEqual([])
    } finally {
      if (found.length > 0) console.log(found.join('\n'))
    }
  },
)
