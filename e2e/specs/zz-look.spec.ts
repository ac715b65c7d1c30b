import { join } from 'node:path'
import { expect } from '@playwright/test'
import { openApp } from './support/app.ts'
import { test } from './support/folder.ts'
import { goTo, openSample } from './support/steps.ts'

test('look', async ({ folder }) => {
  const app = await openApp(join(folder, 'workspace'))
  const { page } = app
  const out = '/tmp/figlook'
  try {
    await openSample(page, 'Customer churn')
    await goTo(page, 'Explore')
    await expect(page.getByText('Class balance').first()).toBeVisible({ timeout: 60_000 })
    await page.waitForTimeout(500)
    await page.screenshot({ path: `${out}/explore.png` })
    for (const kind of ['PNG', 'SVG']) {
      await page.getByRole('button', { name: 'Actions for Class balance' }).click()
      await page.screenshot({ path: `${out}/menu.png` })
      const down = page.waitForEvent('download')
      await page.getByRole('menuitem', { name: `Save as ${kind}` }).click()
      const d = await down
      console.log(d.suggestedFilename())
      await d.saveAs(`${out}/${d.suggestedFilename()}`)
    }
    await page.getByRole('button', { name: 'Actions for Class balance' }).click()
    await page.getByRole('menuitem', { name: 'Full screen' }).click()
    await page.waitForTimeout(500)
    await page.screenshot({ path: `${out}/full.png` })
    await page.keyboard.press('Escape')
    await page.waitForTimeout(300)
    console.log(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
    await page.screenshot({ path: `${out}/back.png` })
    console.log(app.problems)
  } finally {
    await app.close()
  }
})
