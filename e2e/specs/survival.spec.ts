import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { test } from './support/folder.ts'
import { descendants, killTrainer } from './support/processes.ts'
import { expectState, goTo, openSample, setField, startTraining, takeQuick } from './support/steps.ts'

/** The epoch that the Train step shows. */
async function epoch(page: Page): Promise<number> {
  const text = await page
    .getByRole('main')
    .getByText(/^Epoch [\d,]+ of/)
    .textContent()
  return Number(/[\d,]+/.exec(text ?? '')?.[0].replaceAll(',', ''))
}

const reaches = (page: Page, least: number): Promise<void> =>
  expect.poll(() => epoch(page), { timeout: 30_000 }).toBeGreaterThanOrEqual(least)

test('a run survives a reload of the window and a killed trainer, and can be paused, resumed and stopped', async ({
  open,
  folder,
}) => {
  const workspace = join(folder, 'workspace')
  let app = await open(workspace)
  let page = app.page
  await openSample(page, 'Customer churn')
  await takeQuick(page)
  await goTo(page, 'Train')
  await setField(page, 'Epochs', '20000')
  await page.getByRole('switch', { name: 'Early stopping' }).click()
  await startTraining(page, 'long')
  await reaches(page, 2)

  await test.step('reload in the middle', async () => {
    const before = await epoch(page)
    await page.reload()
    await expectState(page, /^running$/)
    await reaches(page, before + 2)
  })
  await test.step('pause and resume', async () => {
    await page.getByRole('button', { name: 'Pause' }).click()
    await expectState(page, /^paused$/)
    const paused = await epoch(page)
    await page.getByRole('button', { name: 'Resume' }).click()
    await expectState(page, /^running$/)
    await reaches(page, paused + 2)
  })
  await test.step('kill the trainer', async () => {
    killTrainer(app.pid)
    await expectState(page, /^interrupted$/)
    const reached = await epoch(page)
    await page.getByRole('button', { name: 'Resume' }).click()
    await expectState(page, /^running$/)
    await reaches(page, reached + 2)
  })
  await test.step('close in the middle', async () => {
    const reached = await epoch(page)
    const processes = descendants(app.pid).map((process) => process.pid)
    await app.close()
    await expect
      .poll(() => processes.filter(isAlive), { message: 'processes left behind', timeout: 5000 })
      .toEqual([])
    app = await open(workspace)
    page = app.page
    await page.getByRole('link', { name: 'Customer churn' }).click()
    await expectState(page, /^(interrupted|paused)$/)
    expect(await epoch(page)).toBeGreaterThan(0)
    await page.getByRole('button', { name: 'Resume' }).click()
    await reaches(page, reached)
  })
  await test.step('stop keeps the best weights', async () => {
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Stop run' }).click()
    await expectState(page, /^stopped$/)
    await goTo(page, 'Evaluate')
    await expect(page.getByRole('table', { name: 'Metrics on the validation split' })).toBeVisible({
      timeout: 30_000,
    })
  })
  expect(app.problems).toEqual([])
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
