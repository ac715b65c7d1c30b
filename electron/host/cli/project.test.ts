import { mkdtempSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createProject } from '../projects/index.ts'
import { openStore } from '../store/index.ts'
import { parseProject } from './project-args.ts'
import { project } from './project.ts'

let folder: string
let here: string
let there: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-cli-project-'))
  here = join(folder, 'here')
  there = join(folder, 'there')
  const store = openStore(here)
  createProject(store, 'Churn')
  createProject(store, 'My rings')
  store.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const answer = (workspace: string, ...args: string[]) =>
  project(parseProject([...args, '--workspace', workspace])!)
const said = async (workspace: string, ...args: string[]): Promise<string> =>
  (await answer(workspace, ...args)).text
const complaint = (workspace: string, ...args: string[]): Promise<string> =>
  said(workspace, ...args).catch((error: unknown) => (error instanceof Error ? error.message : String(error)))

it('takes a project from one workspace to another that there was none of yet', async () => {
  const file = join(folder, 'rings.descent')
  expect(await said(here, 'export', 'my rings', '-o', file)).toMatch(
    /^Written with 0 runs to .*rings\.descent, [\d.]+ KB\.\n$/,
  )
  expect(existsSync(there)).toBe(false)
  expect(await said(there, 'import', file)).toMatch(
    /^“My rings” is in the workspace, with 0 runs: [\da-f-]{36}\n$/,
  )
  expect(await said(there, 'import', file)).toMatch(/^“My rings \(2\)” is in the workspace/)
  expect(await said(there, 'duplicate', 'My rings')).toMatch(/^“My rings \(3\)” is in the workspace/)
  const { text, data } = await answer(there)
  expect(text.split('\n').map((line) => line.trim().split(/\s{2,}/)[0])).toEqual([
    'Project',
    'My rings (3)',
    'My rings (2)',
    'My rings',
    '3 projects',
    '',
  ])
  expect(data).toMatchObject([{ name: 'My rings (3)' }, { name: 'My rings (2)' }, { name: 'My rings' }])
})

it('says what is wrong', async () => {
  const file = join(folder, 'again.descent')
  expect(await complaint(here, 'export', '-o', file)).toBe('Say which one: “My rings”, “Churn”.')
  expect(await complaint(here, 'export', 'nobody', '-o', file)).toMatch(
    /There is no project “nobody”\. There are:/,
  )
  expect(await complaint(here, 'export', 'Churn', '-o', join(folder, 'a.zip'))).toMatch(/ends with \.descent/)
  writeFileSync(file, 'mine')
  expect(await complaint(here, 'export', 'Churn', '-o', file)).toMatch(/already exists/)
  expect(await complaint(here, 'import', file)).toMatch(/again\.descent is no project file of Descent/)
  expect(await said(here, 'export', 'Churn', '-o', file, '--overwrite')).toMatch(/^Written/)
  expect(await complaint(join(folder, 'nowhere'), 'list')).toMatch(/is no workspace of Descent/)
})
