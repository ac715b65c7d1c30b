import { expect, type Page } from '@playwright/test'
import type { RunningApp } from './support/app.ts'
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
} from './support/steps.ts'

/** Pages and their states by name, each of which axe is asked about once it is there. */
async function walk(
  app: RunningApp,
  visit: (page: Page, check: (state: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const found: string[] = []
  try {
    await visit(app.page, (state) =>
      test.step(state, async () => {
        found.push(...(await complaints(app.page, state)))
      }),
    )
    expect(found).toEqual([])
    expect(app.problems).toEqual([])
  } finally {
    if (found.length > 0) console.log(found.join('\n'))
  }
}

test('axe finds nothing to complain about before a training, in either theme', ({ app }) =>
  walk(app, async (page, check) => {
    await expect(page.getByRole('button', { name: /^Open sample/ })).toHaveCount(4)
    await check('start, without projects')
    await newProject(page)
    await check('data, without data')
    for (const step of ['Explore', 'Evaluate', 'Compare']) {
      await goTo(page, step)
      await check(`${step}, without data`)
    }
    await page.getByRole('button', { name: 'All projects' }).click()
    await openSample(page, 'Customer churn')
    await expect(page.getByText(/rows? × 12 columns/)).toBeVisible()
    await check('data')
    await goTo(page, 'Explore')
    await expect(page.getByRole('table', { name: 'Column profiles' })).toBeVisible({ timeout: 60_000 })
    await check('explore')
    const alerts = page.getByRole('group', { name: 'Alerts', exact: true }).last()
    await alerts.getByRole('button', { name: /…$/ }).first().click()
    await alerts.getByRole('button', { name: 'Details' }).first().click()
    await check('explore, a fix and its evidence')
    await page.getByRole('button', { name: 'Show Class balance as table' }).click()
    await page.getByRole('button', { name: 'Show How columns hang together as table' }).click()
    await check('explore, as tables')
    await goTo(page, 'Prepare')
    await expect(page.getByText('1,400').first()).toBeVisible({ timeout: 60_000 })
    await check('prepare')
    await takeQuick(page)
    await expect(page.getByRole('table', { name: 'Layers' })).toBeVisible({ timeout: 60_000 })
    await check('model')
    await page.getByRole('button', { name: 'Linear 0' }).click()
    await page.getByText('More options').click()
    await check('model, a layer opened')
    await setField(page, 'Out features', '48')
    await expect(page.getByRole('alert')).toContainText('gets 48 features and wants', { timeout: 60_000 })
    await check('model, changed by hand, with a problem')
    await page.getByRole('button', { name: 'Go back to the template' }).click()
    await expect(page.getByRole('alert')).toHaveCount(0, { timeout: 60_000 })
    await page.keyboard.press('Control+k')
    await expect(page.getByRole('option').first()).toBeVisible()
    await check('palette')
    await page.keyboard.type('zzz')
    await check('palette, nothing found')
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
    await check('shortcuts')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^Notices/ }).click()
    await check('notices')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+,')
    await expect(page.getByLabel('Largest file', { exact: true })).toBeVisible()
    await check('settings')
    await page.getByRole('button', { name: 'All projects' }).click()
    await expect(page.getByRole('table', { name: 'Recent projects' })).toBeVisible()
    await check('start')
  }))

test('axe finds nothing to complain about once runs are there, in either theme', ({ app }) =>
  walk(app, async (page, check) => {
    await openSample(page, 'Customer churn')
    await takeQuick(page)
    await goTo(page, 'Train')
    await check('train, without a run')
    await setField(page, 'Epochs', '2')
    await startTraining(page, 'first')
    await expectState(page, /^finished$/)
    await startTraining(page, 'second')
    await expectState(page, /^finished$/)
    await check('train')
    await goTo(page, 'Evaluate')
    await expect(page.getByRole('table', { name: 'Metrics on the validation split' })).toBeVisible({
      timeout: 60_000,
    })
    await check('evaluate')
    await page.getByRole('button', { name: 'Open the test split…' }).first().click()
    await check('evaluate, asked')
    await page.keyboard.press('Escape')
    await goTo(page, 'Deploy')
    await check('deploy')
    await page.getByRole('button', { name: 'Save model' }).click()
    await expect(page.getByRole('table', { name: 'Saved and exported models' })).toBeVisible({
      timeout: 60_000,
    })
    await check('deploy, saved')
    await setField(page, 'Rows of the certificate (made-up rows)', '100')
    await page.getByRole('button', { name: 'Export as ONNX' }).click()
    await expect(page.getByRole('table', { name: 'Files of the export' })).toBeVisible({ timeout: 60_000 })
    await check('deploy, exported')
    await goTo(page, 'Compare')
    await expect(page.getByRole('table', { name: 'Runs' }).getByRole('row')).toHaveCount(3)
    await check('compare')
    await page.getByRole('button', { name: 'All projects' }).click()
    await openSample(page, 'House prices')
    await goTo(page, 'Explore')
    await expect(page.getByRole('table', { name: 'Column profiles' })).toBeVisible({ timeout: 60_000 })
    await check('explore, a number')
    await takeQuick(page)
    await goTo(page, 'Train')
    await setField(page, 'Epochs', '2')
    await startTraining(page, 'houses')
    await expectState(page, /^finished$/)
    await goTo(page, 'Evaluate')
    await expect(page.getByRole('table', { name: 'Metrics on the validation split' })).toBeVisible({
      timeout: 60_000,
    })
    await check('evaluate, a number')
  }))
