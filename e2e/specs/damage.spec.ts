import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, type Page } from '@playwright/test'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import { expectState, goTo, openSample, setField, startTraining, takeQuick } from './support/steps.ts'

/** Does to the closed workspace what a failing disk or another program might. */
function damage(workspace: string, statements: readonly string[]): void {
  const db = new Database(join(workspace, 'descent.db'))
  for (const statement of statements) expect(db.prepare(statement).run().changes, statement).toBe(1)
  db.close()
}

const home = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'All projects' }).click()
  await expect(page.getByRole('heading', { name: 'Recent projects' })).toBeVisible()
}

async function train(page: Page, name: string): Promise<void> {
  await startTraining(page, name)
  await expect(page.getByRole('group', { name, exact: true })).toContainText(/finished|stopped/, {
    timeout: 60_000,
  })
}

test(
  'a damaged recipe and a damaged run hide only themselves, and can be undone and deleted',
  { tag: '@thorough' },
  async ({ open, folder }) => {
    const workspace = join(folder, 'workspace')
    let app = await open(workspace)
    let { page } = app
    await test.step('a workspace with two projects, two runs and an edit', async () => {
      await openSample(page, 'House prices')
      await goTo(page, 'Prepare')
      const numbers = page.getByRole('group', { name: 'Numbers', exact: true })
      await numbers.getByRole('combobox', { name: 'Add a preparation step' }).selectOption('signedLog')
      await expect(page.getByRole('button', { name: /^Undo/ })).toBeEnabled()
      await home(page)
      await openSample(page, 'Customer churn')
      await takeQuick(page)
      await goTo(page, 'Train')
      await setField(page, 'Epochs', '2')
      await train(page, 'sound')
      await train(page, 'broken')
    })
    await app.close()
    damage(workspace, [
      `UPDATE projects SET recipe = substr(recipe, 1, 99) WHERE name = 'House prices'`,
      `UPDATE run_recipes SET recipe = '{"version": 1}' WHERE run = (SELECT number FROM runs WHERE name = 'broken')`,
    ])
    app = await open(workspace)
    page = app.page

    await test.step('the list says which project is damaged and why', async () => {
      const row = page.getByRole('row', { name: /^House prices damaged/ })
      await expect(row).toBeVisible()
      await expect(page.getByText(/recipe of the project "House prices" cannot be read/)).toBeVisible()
      await look(page, 'damage-1-start')
    })
    await test.step('opened, it says so instead of being blank', async () => {
      await page.getByRole('link', { name: 'House prices' }).click()
      await expect(page.getByRole('heading', { level: 1, name: 'This project cannot be read' })).toBeVisible()
      await look(page, 'damage-2-project')
    })
    await test.step('undo repairs it', async () => {
      await page.getByRole('button', { name: 'Undo last change' }).click()
      await expect(page.getByRole('heading', { level: 1, name: 'Prepare' })).toBeVisible()
      // The history still holds the recipe as it was.
      await expect(page.getByRole('listitem').filter({ hasText: 'Logarithm' })).toBeVisible()
    })
    await test.step('of the other project, only the damaged run is missing', async () => {
      await home(page)
      await expect(page.getByText('damaged')).toHaveCount(0)
      await page.getByRole('link', { name: 'Customer churn' }).click()
      await expect(page.getByRole('heading', { name: '1 run cannot be read' })).toBeVisible()
      await expectState(page, /^(finished|stopped)$/)
      await look(page, 'damage-3-train')
      await goTo(page, 'Compare')
      await expect(page.getByRole('rowheader', { name: 'sound' })).toBeVisible()
      await page.getByRole('button', { name: 'Delete damaged run broken' }).click()
      await page.getByRole('button', { name: 'Delete run' }).click()
      await expect(page.getByRole('heading', { name: /cannot be read/ })).toHaveCount(0)
      await expect(page.getByRole('rowheader', { name: 'sound' })).toBeVisible()
    })
    expect(app.problems.filter((problem) => !problem.includes('/rpc/projects.get'))).toEqual([])
  },
)

test(
  'a database that is set aside is told of until it is dismissed',
  { tag: '@thorough' },
  async ({ open, folder }) => {
    const workspace = join(folder, 'workspace')
    let app = await open(workspace)
    await openSample(app.page, 'Customer churn')
    await app.close()
    writeFileSync(join(workspace, 'descent.db'), 'This is no database.'.repeat(500))
    app = await open(workspace)
    const { page } = app
    const banner = page.getByRole('region', { name: 'Latest notice' })
    const bell = page.getByRole('button', { name: /^Notices/ })

    await test.step('a banner says so at once, and the bell how many and how bad', async () => {
      await expect(banner).toContainText(/database was damaged.*kept as.*descent\.db\.damaged-/)
      await expect(bell).toHaveAccessibleName(/1 error/)
      await look(page, 'damage-4-banner')
    })
    await test.step('opened once, it needs no banner, and stays in the list', async () => {
      await banner.getByRole('button', { name: /^(Open|Show all)/ }).click()
      await expect(banner).toHaveCount(0)
      const list = page.getByRole('list', { name: 'Notices', exact: true })
      await expect(list.getByText(/database was damaged/)).toBeVisible()
      await expect(list.getByRole('button', { name: /^Copy \/.*damaged-/ })).toBeVisible()
      await page.reload()
      await expect(bell).toHaveAccessibleName(/1 error/)
      await expect(banner).toHaveCount(0)
    })
    await test.step('dismissed by keyboard, it stays away', async () => {
      await bell.focus()
      await page.keyboard.press('Enter')
      const list = page.getByRole('list', { name: 'Notices', exact: true })
      const item = list.getByRole('listitem').filter({ hasText: 'database was damaged' })
      await item.getByRole('button', { name: 'Dismiss' }).press('Enter')
      await expect(item).toHaveCount(0)
      await page.keyboard.press('Escape')
      await expect(bell).toBeFocused()
      await page.reload()
      await expect(page.getByRole('heading', { name: 'Recent projects' })).toBeVisible()
      await expect(bell).not.toHaveAccessibleName(/error/)
    })
    await test.step('the workspace goes on', async () => {
      await openSample(page, 'House prices')
    })
    expect(app.problems).toEqual([])
  },
)
