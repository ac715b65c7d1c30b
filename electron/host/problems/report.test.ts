import { mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
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
  const { text } = await app.handlers['app.problemReport']({})
  await app.close()
  expect(text).toContain(`Descent    ${packageJson.version}, engine`)
  expect(text).toContain('CPU (WebAssembly')
  expect(text).toContain('Projects   0, with 0 runs')
  expect(text).toContain('something under: Error: ~/data is odd')
  expect(text).not.toContain(homedir())
})

test('a workspace that nobody can open has one too', () => {
  expect(problemReport(join(folder, 'nowhere'))).toContain(
    '# The end of the log, 0 lines\n\n(There is none.)',
  )
})
