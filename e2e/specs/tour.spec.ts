import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { chooseShell } from './support/app.ts'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import { chooseFile, searchCommands } from './support/steps.ts'

test('the tour is taken by keyboard, trains a real model, and is left by Escape; the workspace is backed up and restored', async ({
  open,
  folder,
}) => {
  const workspace = join(folder, 'workspace')
  const app = await open(workspace)
  const { page } = app
  const card = page.getByRole('region', { name: 'Guided tour' })
  // It opens a sample, whose import starts a process, which takes a loaded machine a while.
  const stands = async (title: string): Promise<void> => {
    await expect(card.getByRole('heading', { name: title })).toBeVisible({ timeout: 60_000 })
    // What it points at is there, or comes.
    await expect(card.getByText('It appears here in a moment.')).toHaveCount(0, { timeout: 60_000 })
  }
  await page.getByRole('button', { name: 'Take the tour' }).press('Enter')
  await stands('What is to be predicted')
  await expect(card.getByRole('button', { name: 'Next' })).toBeFocused({ timeout: 60_000 })
  expect(await complaints(page, 'the tour')).toEqual([])
  await page.keyboard.press('Enter')
  await stands('What the data is like')
  await expect(page.getByRole('heading', { level: 1, name: 'Explore' })).toBeVisible()
  // In a field it is for what is being written.
  const field = await page.evaluate(() => {
    const input = document.createElement('input')
    document.querySelector('#main')!.append(input)
    input.focus()
    return input === document.activeElement
  })
  expect(field).toBe(true)
  await page.keyboard.press('Escape')
  await expect(card).toBeVisible()
  await card.getByRole('button', { name: 'Next' }).focus()
  await page.keyboard.press('Escape')
  await expect(card).toHaveCount(0)
  // Whoever goes on by keyboard goes on from the page.
  await expect.poll(() => page.evaluate(() => document.activeElement?.closest('#main')?.id)).toBe('main')

  await test.step('from anywhere, once more; whoever goes elsewhere is followed', async () => {
    await searchCommands(page, 'guided tour')
    await page.keyboard.press('Enter')
    await stands('What is to be predicted')
    await page.getByRole('link', { name: /^Train:/ }).click()
    await stands('Train it')
    await page.getByRole('button', { name: 'Start training' }).click()
    await stands('Watch it learn')
    await expect(page.getByRole('button', { name: 'Continue to Evaluate' })).toBeVisible({
      timeout: 60_000,
    })
    await card.getByRole('button', { name: 'End the tour' }).click()
    await expect(card).toHaveCount(0)
  })
  await test.step('one file, and a workspace out of it', async () => {
    await page.getByRole('button', { name: 'Settings', exact: true }).click()
    const backup = page.getByRole('group', { name: 'Backup', exact: true })
    await backup.getByRole('button', { name: 'Back up the workspace' }).click()
    await expect(backup.getByText(/^Written: .* with 2 projects and 1 run\.$/)).toBeVisible({
      timeout: 60_000,
    })
    // It is told of also to whoever was elsewhere meanwhile.
    await page.goBack()
    await expect(backup).toHaveCount(0)
    await page.getByRole('button', { name: 'Settings', exact: true }).click()
    await expect(backup.getByText(/^Written: /)).toBeVisible()
    const exports = join(workspace, 'exports')
    const [file] = readdirSync(exports)
    await chooseFile(page, 'Restore a backup…', join(exports, file!))
    await expect(backup.getByText(/^Restored: 2 projects and 1 run, as of/)).toBeVisible({
      timeout: 60_000,
    })
    expect(existsSync(join(`${workspace}-restored`, 'descent.db'))).toBe(true)
    await expect(page.getByRole('table', { name: 'What runs take' }).getByRole('row')).toHaveCount(2)
    expect(await complaints(page, 'settings')).toEqual([])
  })
  // In Electron the preload script is there, and main's tests choose from the menu.
  if (chooseShell().name === 'Chromium')
    await test.step('what is chosen in the native menu is done in the window', async () => {
      await page.addInitScript(() => {
        const menu = new EventTarget()
        Object.assign(globalThis, {
          menu,
          desktop: {
            platform: 'linux',
            onCommand: (listener: (id: string) => void) =>
              menu.addEventListener('command', (event) => listener((event as CustomEvent<string>).detail)),
          },
        })
      })
      await page.reload()
      await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible()
      const choose = (id: string) =>
        page.evaluate((detail) => {
          const { menu } = globalThis as unknown as { menu: EventTarget }
          menu.dispatchEvent(new CustomEvent('command', { detail }))
        }, id)
      await choose('shortcuts')
      await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
      await page.keyboard.press('Escape')
      // What deletes is in no menu, whatever main were to send.
      await choose('undo')
      await choose('tour')
      await stands('What is to be predicted')
      await page.keyboard.press('Escape')
    })
  expect(app.problems).toEqual([])
})
