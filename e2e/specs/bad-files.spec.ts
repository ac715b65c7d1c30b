import { Buffer } from 'node:buffer'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { root } from '../checks/process.ts'
import { test } from './support/folder.ts'
import { chooseFile, goTo, newProject, settled } from './support/steps.ts'

const rows = (count: number, row: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => row(i) + '\n').join('')

/** Files that cannot be used, and what the answer must speak of. */
const refused: [name: string, content: string | Buffer, says: RegExp][] = [
  ['empty.csv', '', /empty/i],
  ['blank.csv', '\n\n\n', /empty|no (rows|data|columns)/i],
  [
    'picture.csv',
    Buffer.from('89504e470d0a1a0a0000000d49484452000000ff00ff', 'hex'),
    /binary|not a text|text file/i,
  ],
]

/** Tables that nothing can be predicted of, which are shown all the same. */
const unpredictable: [name: string, content: string, says: RegExp][] = [
  ['header-only.csv', 'a,b,c\n', /a header but no rows below it/],
  ['one-row.csv', 'a,b\nx,1\n', /No column can be predicted/],
  ['one-column.csv', 'a\n1\n2\n', /one column only/],
]

/** Files with blemishes that the import survives, and what its receipt must speak of. */
const accepted: [name: string, content: string | Buffer, says: RegExp][] = [
  [
    'duplicate-header.csv',
    'a,a,b\n' + rows(60, (i) => `${i},${i % 5},${i % 2 ? 'x' : 'y'}`),
    /renamed|duplicate|twice/i,
  ],
  [
    'ragged.csv',
    'a,b,c\n' + rows(60, (i) => (i === 30 ? '1,2' : i === 31 ? '1,2,3,4' : `${i},${i % 7},${i % 2}`)),
    /reject|field|column/i,
  ],
  ['infinite.csv', 'a,b\n' + rows(60, (i) => `${i === 7 ? 'inf' : i * 1.5},${i % 2}`), /infinit/i],
  [
    'latin1.csv',
    Buffer.from('name,b\n' + rows(60, (i) => `Müller${i % 4},${i % 2}`), 'latin1'),
    /latin|8859|1252|encoding/i,
  ],
]

test(
  'tables that nothing can be predicted of are shown, on every page, and say what is missing',
  { tag: '@thorough' },
  async ({ app, folder }) => {
    const { page } = app
    mkdirSync(join(folder, 'files'))
    await newProject(page)
    let open = 'Open a table…'
    for (const [name, content, says] of unpredictable)
      await test.step(name, async () => {
        const path = join(folder, 'files', name)
        writeFileSync(path, content)
        await goTo(page, 'Data')
        await chooseFile(page, open, path)
        open = 'Replace file…'
        await expect(page.getByText(name, { exact: true })).toBeVisible()
        await expect(page.getByRole('main')).toContainText(says)
        for (const step of ['Explore', 'Prepare', 'Model', 'Train']) {
          await goTo(page, step)
          await settled(page)
        }
      })
    expect(app.problems.filter((problem) => !problem.includes('/rpc/'))).toEqual([])
  },
)

test('files that cannot be read say why, and leave the project usable', async ({ app, folder }) => {
  const { page } = app
  mkdirSync(join(folder, 'files'))
  const write = (name: string, content: string | Buffer): string => {
    const path = join(folder, 'files', name)
    writeFileSync(path, content)
    return path
  }
  await newProject(page)
  for (const [name, content, says] of refused)
    await test.step(name, async () => {
      await chooseFile(page, 'Open a table…', write(name, content))
      await expect(page.getByRole('alert').first()).toContainText(says)
      await expect(page.getByRole('button', { name: 'Open a table…' })).toBeEnabled()
    })
  await test.step('a good file, after all', async () => {
    await chooseFile(page, 'Open a table…', join(root, 'resources/samples/churn.csv'))
    await expect(page.getByText('churn.csv', { exact: true })).toBeVisible()
    await expect(page.getByRole('alert')).toHaveCount(0)
  })
  for (const [name, content, says] of accepted)
    await test.step(name, async () => {
      await chooseFile(page, 'Replace file…', write(name, content))
      await expect(page.getByText(name, { exact: true })).toBeVisible()
      await expect(page.getByRole('main')).toContainText(says)
    })
  expect(app.problems.filter((problem) => !problem.includes('/rpc/datasets.import'))).toEqual([])
})
