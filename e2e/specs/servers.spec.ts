import { expect } from '@playwright/test'
import pg from 'pg'
import {
  missingServers,
  password,
  postgresAdmin,
  startPostgres,
} from '../../electron/host/remote/servers/testing.ts'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import { newProject } from './support/steps.ts'

const why = missingServers().postgresql
test.skip(why !== null, why ?? '')

test(
  'a table of a server is read by its address, with a password that is asked for, and another one by its name',
  { tag: '@thorough' },
  async ({ open }) => {
    test.setTimeout(180_000)
    const server = await startPostgres()
    const admin = new pg.Client(postgresAdmin(server))
    await admin.connect()
    await admin.query(`
    CREATE TABLE orders AS SELECT i AS id, date '2024-01-01' + i AS day, (i % 7)::numeric(6, 2) AS price,
      CASE i % 2 WHEN 0 THEN 'no' ELSE 'yes' END AS kept FROM generate_series(1, 400) i;
    CREATE TABLE towns AS SELECT i AS id, 'town ' || i % 3 AS town FROM generate_series(1, 60) i; ANALYZE`)
    await admin.end()
    const app = await open()
    const { page } = app
    try {
      await newProject(page)
      const field = page.getByRole('textbox', { name: 'Path or address' })
      await field.fill(`postgresql://postgres@127.0.0.1:${server.port}/postgres`)
      await expect(
        page.getByRole('group', { name: 'PostgreSQL server: which table, or which rows' }),
      ).toBeVisible()
      expect(await complaints(page, 'the fields of a server')).toEqual([])
      await look(page, 'server-address')
      await field.press('Enter')
      await expect(page.getByRole('alert').first()).toContainText('the server wants a password', {
        timeout: 30_000,
      })
      const asked = page.getByRole('form', { name: 'The server’s password' })
      await asked.getByLabel('Password').fill('wrong')
      await page.keyboard.press('Enter')
      await expect(page.getByRole('alert').first()).toContainText('the password is wrong', {
        timeout: 30_000,
      })
      await expect(asked.getByLabel('Password')).toHaveValue('')
      expect(await complaints(page, 'the form of a password')).toEqual([])
      await look(page, 'server-password')
      await asked.getByLabel('Password').fill(password)
      await page.keyboard.press('Enter')
      await expect(page.getByText('PostgreSQL server, table orders')).toBeVisible({ timeout: 30_000 })
      await expect(page.getByText('The table “orders” is read.')).toBeVisible()
      await look(page, 'server-receipt')

      // Other rows, for which it is asked again.
      await page.getByRole('button', { name: 'Read it differently' }).click()
      const form = page.getByRole('form', { name: 'Read the file differently' })
      await form.getByLabel('Query').fill('SELECT id, kept FROM orders WHERE price > 3')
      await form.getByLabel('Query').press('Tab')
      await look(page, 'server-reading')
      await page.getByRole('button', { name: 'Import again' }).click()
      await asked.getByLabel('Password').fill(password)
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: 'Use the new file' }).click({ timeout: 30_000 })
      await expect(page.getByText('171 × 2 columns')).toBeVisible({ timeout: 30_000 })

      await page.getByRole('button', { name: 'Settings' }).click()
      await expect(page.getByRole('table', { name: 'Addresses' })).toContainText(
        `postgresql://postgres@127.0.0.1:${server.port}/postgres`,
      )
      // Refusals of the host, which are answers.
      expect(app.problems.filter((problem) => !problem.includes('status of 422'))).toEqual([])
    } finally {
      await server.stop()
    }
  },
)
