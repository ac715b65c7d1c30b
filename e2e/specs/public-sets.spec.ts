import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'

const rows = Array.from(
  { length: 150 },
  (_, i) =>
    `${4 + (i % 30) / 10},${2 + (i % 20) / 10},${1 + (i % 50) / 10},${(i % 25) / 10},${['a', 'b', 'c'][i % 3]}\n`,
).join('')

test('a public set is found, fetched from a mirror and opened; another file is refused until it is trusted', async ({
  open,
  folder,
}) => {
  test.setTimeout(180_000)
  let body = rows
  const server = createServer((request, response) => {
    if (request.url?.endsWith('/iris/iris.data')) response.end(body)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  process.env['DESCENT_CACHE'] = join(folder, 'cache')
  const app = await open()
  const { page } = app
  const home = () => page.getByRole('button', { name: 'All projects' }).click()
  try {
    await page.getByRole('button', { name: 'Settings' }).click()
    const mirror = page.getByLabel('Mirror of public sets')
    await mirror.fill('somewhere')
    await mirror.press('Enter')
    await expect(page.getByText('A mirror is the address of a server')).toBeVisible()
    await mirror.fill(origin)
    await mirror.press('Enter')
    await expect(page.getByText('Saved: Mirror of public sets.')).toBeVisible()
    await mirror.scrollIntoViewIfNeeded()
    expect(await complaints(page, 'the mirror in settings')).toEqual([])
    await look(page, 'settings-mirror')
    await home()

    await page.getByRole('button', { name: 'Public sets…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Public sets' })
    await expect(dialog.getByRole('listitem')).toHaveCount(13)
    expect(await complaints(page, 'the list of public sets')).toEqual([])
    await dialog.getByLabel('Search').fill('mushrooms')
    await expect(dialog.getByText('1 set', { exact: true })).toBeVisible()
    await dialog.getByRole('button', { name: 'Open Mushrooms' }).click()
    await expect(page.getByRole('alert')).toContainText('there is nothing at this address (404)', {
      timeout: 30_000,
    })

    await page.getByRole('button', { name: 'Public sets…' }).click()
    await dialog.getByLabel('Search').fill('iris')
    await dialog.getByRole('button', { name: 'Open Iris' }).press('Enter')
    await expect(page.getByRole('heading', { level: 1, name: 'Data', exact: true })).toBeVisible({
      timeout: 60_000,
    })
    await expect(page.getByText('is held to be the right one from now on')).toBeVisible()
    await expect(page.getByLabel('Column to predict')).toContainText('species')
    await look(page, 'public-set')
    // It is gone from here, and another one where it came from.
    rmSync(join(folder, 'cache/public-sets/iris/iris.data'))
    body = rows.replaceAll(',a', ',A')
    await home()
    await page.getByRole('button', { name: 'Public sets…' }).click()
    await dialog.getByRole('button', { name: 'Open Iris' }).click()
    await expect(page.getByRole('alert')).toContainText('is another one than on', { timeout: 30_000 })
    expect(await complaints(page, 'a set that has changed')).toEqual([])
    await look(page, 'public-set-changed')
    await page.getByRole('button', { name: 'Trust the new file' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Data', exact: true })).toBeVisible({
      timeout: 60_000,
    })
    await expect(page.getByText('is held to be the right one from now on')).toBeVisible()
    expect(app.problems.filter((problem) => !problem.includes('status of 422'))).toEqual([])
  } finally {
    delete process.env['DESCENT_CACHE']
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})
