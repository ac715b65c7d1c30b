import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base } from '@playwright/test'

/** A folder of the test's own, gone when the test has ended. */
export const test = base.extend<{ folder: string }>({
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'descent-e2e-'))
    await use(folder)
    rmSync(folder, { recursive: true, force: true })
  },
})
