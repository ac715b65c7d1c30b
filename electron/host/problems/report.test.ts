import { mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }
import { openApp } from '../app.ts'
import { problemReport } from './report.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-problem-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('it says versions and machine, and what the host said last, without the name of whose home it is', async () => {
  const app = await openApp(join(folder, 'workspace'))
  app.log('something under', new Error(`${homedir()}/data is odd`))
  app.log('Run 1234 failed: "churned" has 1 value that the order of classes does not name: no.')
  app.context.store.notices.add('warning', 'The data of “Patients of Dr. X” is missing.')
  const { text } = await app.handlers['app.problemReport']({})
  await app.close()
  expect(text).toContain(`Descent    ${packageJson.version}, engine`)
  expect(text).toContain('CPU (WebAssembly')
  expect(text).toMatch(/^Sandbox {4}(nothing keeps|Electron’s sandbox)/m)
  expect(text).toContain('Projects   0, with 0 runs')
  expect(text).toContain('something under: Error: ~/data is odd')
  expect(text).toContain('Run 1234 failed: (left out)')
  expect(text).toContain('The data of “…” is missing.')
  expect(text).not.toMatch(/churned|Patients/)
  expect(text).not.toContain(homedir())
})

test('a workspace that nobody can open has one too, which says why', async () => {
  const workspace = join(folder, 'future')
  await (await openApp(workspace)).close()
  const db = new Database(join(workspace, 'descent.db'))
  db.pragma('user_version = 999')
  db.close()
  await expect(openApp(workspace)).rejects.toThrow()
  expect(problemReport(workspace)).toContain('could not open it: ')
  expect(problemReport(join(folder, 'nowhere'))).toContain(
    '# The end of the log, 0 lines\n\n(There is none.)',
  )
})
