/** A network on rows that are not as clean, and the run as one file, in the window. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium, expect } from '@playwright/test'
import { findChromium } from '../checks/provision.ts'
import { test } from './support/folder.ts'
import { writeImages } from './support/images.ts'
import { look } from './support/look.ts'
import { expectState, goTo, newProject, setField, startTraining } from './support/steps.ts'

test(
  'rows are corrupted when somebody asks, and the run becomes a page that needs nothing else',
  { tag: '@thorough' },
  async ({ app, folder }) => {
    const { page } = app
    await newProject(page)
    await page.getByRole('textbox', { name: 'Path or address' }).fill(writeImages(join(folder, 'halves')))
    await page.getByRole('button', { name: 'Read it' }).click()
    await expect(page.getByText('Import receipt')).toBeVisible({ timeout: 120_000 })
    await goTo(page, 'Train')
    await setField(page, 'Epochs', '3')
    await startTraining(page, 'convolutional')
    await expectState(page, /^finished$/, 240_000)
    await goTo(page, 'Evaluate')
    const corrupt = page.getByRole('button', { name: 'Corrupt the rows', exact: true })
    await expect(corrupt).toBeVisible({ timeout: 180_000 })
    await look(page, 'robustness-1-before')
    await corrupt.click()
    const figure = page.getByRole('figure', { name: 'Robustness', exact: true })
    await expect(figure).toBeVisible({ timeout: 180_000 })
    await expect(figure.getByText(/rows as they are; in the mean over 8 corruptions/)).toBeVisible()
    await expect(figure.getByText(/pictures of random pixels/)).toBeVisible()
    await figure.scrollIntoViewIfNeeded()
    await look(page, 'robustness-2-figure')
    await figure.getByRole('button', { name: 'Show Robustness as table', exact: true }).click()
    const table = figure.getByRole('table', { name: 'Robustness', exact: true })
    await expect(table.getByText('As they are', { exact: true })).toBeVisible()
    await expect(table.getByRole('columnheader', { name: 'Severity', exact: true })).toBeVisible()

    await page.getByRole('combobox', { name: 'Explanation' }).selectOption('gradCam')
    await page.getByRole('button', { name: /^Explain row / }).click()
    const explained = page.getByRole('group', { name: 'Why it says what it says', exact: true })
    await expect(explained.getByRole('figure', { name: 'Where it comes from', exact: true })).toBeVisible({
      timeout: 180_000,
    })
    await expect(
      explained.getByText('what the network sees there speaks for the answer', { exact: true }),
    ).toBeVisible()
    await explained.scrollIntoViewIfNeeded()
    await look(page, 'robustness-3-grad-cam')

    // What was measured is there again.
    await page.reload()
    await expect(figure).toBeVisible({ timeout: 180_000 })

    const coming = page.waitForEvent('download', { timeout: 120_000 })
    await page.getByRole('button', { name: 'Save report', exact: true }).click()
    const download = await coming
    expect(download.suggestedFilename()).toMatch(/-report\.html$/)
    const path = join(folder, 'report.html')
    await download.saveAs(path)
    expect(readFileSync(path, 'utf8')).not.toContain('<script')

    // As whoever has no Descent opens it, whichever shell the app runs in.
    const browser = await chromium.launch({ executablePath: findChromium() })
    const report = await browser.newPage()
    const asked: string[] = []
    const complaints: string[] = []
    report.on('request', (request) => asked.push(request.url()))
    report.on('console', (message) => complaints.push(message.text()))
    await report.goto(pathToFileURL(path).href)
    await expect(report.getByRole('heading', { name: 'Robustness', exact: true })).toBeVisible()
    await expect(report.getByRole('heading', { name: 'Train it again', exact: true })).toBeVisible()
    expect(asked).toEqual([pathToFileURL(path).href])
    expect(complaints).toEqual([])
    for (const media of ['screen', 'print'] as const)
      for (const width of [640, 1280]) {
        await report.setViewportSize({ width, height: 800 })
        await report.emulateMedia({ media, colorScheme: 'light' })
        const wider = await report.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect(wider, `${media} at ${width} px`).toBeLessThanOrEqual(0)
        if (process.env['DESCENT_SCREENSHOTS'] !== undefined)
          await report.screenshot({
            path: `test-results/screenshots/report-${media}-${width}.png`,
            fullPage: true,
          })
      }
    if (process.env['DESCENT_SCREENSHOTS'] !== undefined) {
      await report.emulateMedia({ media: 'screen', colorScheme: 'dark' })
      await report.screenshot({ path: 'test-results/screenshots/report-dark.png', fullPage: true })
    }
    await browser.close()
  },
)
