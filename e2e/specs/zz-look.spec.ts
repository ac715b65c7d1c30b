import { join } from 'node:path'
import { expect } from '@playwright/test'
import { openApp } from './support/app.ts'
import { test } from './support/folder.ts'
import { expectState, goTo, openSample, setField, startTraining } from './support/steps.ts'

test('look', async ({ folder }) => {
  test.setTimeout(600_000)
  const app = await openApp(join(folder, 'workspace'))
  const { page } = app
  const out = '/tmp/look7'
  const shot = async (name: string) => {
    for (const [width, height, dark] of [
      [640, 1000, false],
      [800, 1200, true],
      [1280, 1200, false],
      [1920, 1200, false],
    ] as const) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' })
      await page.waitForTimeout(300)
      await page.screenshot({ path: `${out}/${name}-${width}.png` })
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (wide > 0) console.log(`${name} at ${width}: ${wide} px too wide`)
    }
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.emulateMedia({ colorScheme: 'light' })
  }
  try {
    await shot('start')
    await openSample(page, 'Customer churn')
    await shot('data')
    await goTo(page, 'Explore')
    await expect(page.getByText('Class balance').first()).toBeVisible({ timeout: 60_000 })
    await shot('explore')
    await goTo(page, 'Prepare')
    await expect(page.getByText('1,400').first()).toBeVisible({ timeout: 60_000 })
    await shot('prepare')
    await goTo(page, 'Model')
    await page.waitForTimeout(2000)
    await shot('model')
    await goTo(page, 'Train')
    await setField(page, 'Epochs', '8')
    await startTraining(page, 'first')
    await expectState(page, /^finished$/)
    await startTraining(page, 'a second run with quite a long name, as people give them')
    await expectState(page, /^finished$/)
    await shot('train')
    await goTo(page, 'Evaluate')
    await expect(page.getByRole('table', { name: 'Metrics on the validation split' })).toBeVisible({ timeout: 60_000 })
    await shot('evaluate')
    await goTo(page, 'Deploy')
    await page.getByRole('button', { name: 'Save model' }).click()
    await expect(page.getByRole('table', { name: 'Saved models' })).toBeVisible({ timeout: 60_000 })
    await page.getByRole('button', { name: 'Export as ONNX' }).click()
    await expect(page.getByRole('table', { name: 'Files of the export' })).toBeVisible({ timeout: 60_000 })
    await shot('deploy')
    await goTo(page, 'Compare')
    await shot('compare')
    await page.keyboard.press('Control+,')
    await page.waitForTimeout(500)
    await shot('settings')
  } finally {
    await app.close()
  }
})
