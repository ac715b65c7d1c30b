import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DescentError } from '../../contract/index.ts'
import { emptyFolder, writingTo } from './empty-folder.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-test-'))
  writeFileSync(join(folder, 'notes.txt'), 'mine')
  mkdirSync(join(folder, 'empty'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function refusal(path: string): Promise<string> {
  const error = await emptyFolder(path).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(DescentError)
  const { code, field, message } = error as DescentError
  expect([code, field]).toEqual(['badRequest', 'out'])
  return message.replace(path, 'PATH')
}

it('makes it, and takes one without files', async () => {
  await emptyFolder(join(folder, 'new', 'deeper'))
  await emptyFolder(join(folder, 'empty'))
  expect(existsSync(join(folder, 'new', 'deeper'))).toBe(true)
})

it('says in a sentence what stands in the way, and leaves it alone', async () => {
  const file = join(folder, 'notes.txt')
  expect(await refusal(file)).toBe(
    'PATH is no folder, or lies in none (EEXIST). Name another folder with --out.',
  )
  expect(await refusal(join(file, 'below'))).toBe(
    'PATH is no folder, or lies in none (ENOTDIR). Name another folder with --out.',
  )
  expect(await refusal(join(folder, 'x'.repeat(400)))).toBe(
    'PATH cannot be written (ENAMETOOLONG). Name another folder with --out.',
  )
  expect(await refusal(folder)).toBe('PATH is not empty. Name another folder with --out.')
  expect(readFileSync(file, 'utf8')).toBe('mine')
})

it('says so too where the folder goes meanwhile, and keeps other errors as they are', async () => {
  const gone = join(folder, 'gone')
  await expect(writingTo(gone, () => writeFile(join(gone, 'a.png'), ''))).rejects.toThrow(
    `${gone} cannot be written (ENOENT). Name another folder with --out.`,
  )
  const other = new RangeError('a fault of ours')
  await expect(writingTo(gone, () => Promise.reject(other))).rejects.toBe(other)
})
