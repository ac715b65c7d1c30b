import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, type TestInfo } from '@playwright/test'
import { openApp, type RunningApp } from './app.ts'

/** Opens the app on a workspace, by default the one in the test's folder. Whoever closes it may open it again. */
type Open = (workspace?: string) => Promise<RunningApp>

/** What was to be seen when a test failed, beside Playwright's own report of it. */
async function keepLook({ page }: RunningApp, info: TestInfo, i: number): Promise<void> {
  const path = info.outputPath(`failed-${i + 1}.png`)
  // A browser that crashed shows nothing any more.
  const taken = await page.screenshot({ path, timeout: 5000 }).catch(() => null)
  if (taken !== null) await info.attach(`window ${i + 1}`, { path, contentType: 'image/png' })
}

export const test = base.extend<{ folder: string; open: Open; app: RunningApp }>({
  /** A folder of the test's own, gone when the test has ended. */
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'descent-e2e-'))
    await use(folder)
    rmSync(folder, { recursive: true, force: true })
  },
  open: async ({ folder }, use, info) => {
    const running = new Set<RunningApp>()
    await use(async (workspace = join(folder, 'workspace')) => {
      const app = await openApp(workspace)
      running.add(app)
      return {
        ...app,
        close: async () => {
          running.delete(app)
          await app.close()
        },
      }
    })
    const left = [...running]
    try {
      if (info.status !== info.expectedStatus)
        for (const [i, app] of left.entries()) await keepLook(app, info, i)
    } finally {
      for (const app of left) await app.close()
    }
  },
  /** The app, open on a workspace without projects. */
  app: async ({ open }, use) => {
    await use(await open())
  },
})
