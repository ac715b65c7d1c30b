import { Buffer } from 'node:buffer'
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { test } from './support/folder.ts'
import { chooseFile, openSample } from './support/steps.ts'

const bytes = 150 * 1024 ** 2

/** Large enough to be read for some seconds on any machine. */
function writeLargeTable(path: string): void {
  const file = openSync(path, 'w')
  writeSync(file, 'number,share,word,note,label\n')
  const rows = Array.from(
    { length: 20_000 },
    (_, i) => `${i},${(i % 997) / 997},word ${i % 61},"a note, of ${i} letters",${i % 2 ? 'yes' : 'no'}\n`,
  )
  const block = Buffer.from(rows.join(''))
  for (let written = 0; written < bytes; written += block.length) writeSync(file, block)
  closeSync(file)
}

/** Milliseconds until the host has answered a call of the window. */
const answered = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const began = performance.now()
    const headers = { 'content-type': 'application/json' }
    const response = await fetch('/rpc/projects.list', { method: 'POST', headers, body: '{}' })
    await response.json()
    return performance.now() - began
  })

test('an import of a large file shows how far it is and leaves nothing when cancelled; projects become files and come back', async ({
  open,
  folder,
}) => {
  const workspace = join(folder, 'workspace')
  const table = join(folder, 'large.csv')
  writeLargeTable(table)
  const app = await open(workspace)
  const { page } = app
  await openSample(page, 'Customer churn')
  const kept = readdirSync(join(workspace, 'datasets')).sort()
  await chooseFile(page, 'Replace file…', table)
  const progress = page.getByRole('progressbar', { name: /large\.csv/ })
  await expect(progress).toBeVisible()
  await expect(page.getByRole('main')).toContainText('of memory')
  expect(await answered(page)).toBeLessThan(2000)
  await test.step('elsewhere it stands in the top bar', async () => {
    await page.getByRole('link', { name: /^Model:/ }).click()
    await page.getByRole('button', { name: /^Running jobs/ }).click()
    await expect(page.getByRole('list', { name: 'Running jobs' })).toContainText('large.csv')
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: /^Data:/ }).click()
  })
  await page.getByRole('main').getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByText(/large\.csv was cancelled\. The project is as before/)).toBeVisible()
  await expect(progress).toHaveCount(0)
  await expect(page.getByText('churn.csv', { exact: true })).toBeVisible()
  await expect(page.getByRole('alert')).toHaveCount(0)
  await expect(page.getByRole('button', { name: /^Running jobs/ })).toHaveCount(0)
  await expect(page.getByRole('button', { name: /^Undo \(/ })).toBeDisabled()
  expect(readdirSync(join(workspace, 'datasets')).sort()).toEqual(kept)
  await test.step('a project is copied, written as one file, and opened from it', async () => {
    await page.goto(new URL('/', page.url()).href)
    const projects = page.getByRole('table', { name: 'Recent projects' })
    const act = async (name: string, action: string): Promise<void> => {
      await projects.getByRole('button', { name: `Actions for ${name}`, exact: true }).click()
      await page.getByRole('menuitem', { name: action }).click()
    }
    await act('Customer churn', 'Duplicate')
    await expect(projects.getByRole('link', { name: 'Customer churn (2)' })).toBeVisible()
    await act('Customer churn', 'Export…')
    const dialog = page.getByRole('dialog', { name: 'Export “Customer churn”' })
    await dialog.getByRole('button', { name: 'Write file' }).click()
    const download = page.waitForEvent('download')
    await dialog.getByRole('link', { name: 'Download' }).click()
    const file = join(folder, 'churn.descent')
    await (await download).saveAs(file)
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await chooseFile(page, 'Open a table…', file)
    // Where the person was in it.
    await expect(page.getByRole('button', { name: 'Customer churn (3): rename project' })).toBeVisible()
    await page.goto(new URL('/', page.url()).href)
    await expect(projects.getByRole('link', { name: 'Customer churn (3)' })).toBeVisible()
    const broken = join(folder, 'broken.descent')
    writeFileSync(broken, readFileSync(file).subarray(0, 5000))
    await chooseFile(page, 'Open a project file…', broken)
    await expect(page.getByRole('alert')).toContainText(
      'broken.descent is no project file of Descent, or was cut off',
    )
    await expect(projects.getByRole('link')).toHaveCount(3)
  })
  // The calls that were cancelled or refused are the only things that the console may speak of.
  expect(app.problems.filter((problem) => !/\/rpc\/(datasets|projects)\.import/.test(problem))).toEqual([])
})
