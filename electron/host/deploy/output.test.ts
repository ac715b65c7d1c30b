import { execFileSync } from 'node:child_process'
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { DescentError } from '../../contract/index.ts'
import { checkOutput, writeWhole } from './output.ts'

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'descent-output-')))
  mkdirSync(join(folder, 'model'))
  writeFileSync(join(folder, 'model', 'model.json'), '{}')
  writeFileSync(join(folder, 'input.csv'), 'a\n1\n')
  writeFileSync(join(folder, 'thesis.tex'), 'ten years')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function* lines(...texts: string[]): AsyncGenerator<string> {
  for (const text of texts) yield await Promise.resolve(text)
}

const text = (name: string): string => readFileSync(join(folder, name), 'utf8')

const check = async (name: string, overwrite = false): Promise<string> => {
  const request = { overwrite, input: join(folder, 'input.csv'), modelFolder: join(folder, 'model') }
  return await checkOutput({ ...request, out: join(folder, name) }).catch((error: unknown) => {
    if (!(error instanceof DescentError)) throw error
    return `${error.code}: ${error.message}`
  })
}

it('writes a file whole, and folders above it', async () => {
  await writeWhole(join(folder, 'deep', 'out.csv'), lines('a\n', 'b\n'))
  expect(text('deep/out.csv')).toBe('a\nb\n')
  expect(readdirSync(join(folder, 'deep'))).toEqual(['out.csv'])
})

it('leaves nothing of what fails half-way', async () => {
  async function* broken(): AsyncGenerator<string> {
    yield await Promise.resolve('half')
    throw new Error('no more')
  }
  await expect(writeWhole(join(folder, 'out.csv'), broken())).rejects.toThrow('no more')
  await expect(writeWhole(join(folder, 'thesis.tex'), broken(), true)).rejects.toThrow('no more')
  expect(readdirSync(folder).sort()).toEqual(['input.csv', 'model', 'thesis.tex'])
  expect(text('thesis.tex')).toBe('ten years')
})

it('never replaces what appeared while it was writing, unless told to', async () => {
  const path = join(folder, 'out.csv')
  async function* slow(): AsyncGenerator<string> {
    writeFileSync(path, 'somebody else')
    yield await Promise.resolve('new')
  }
  await expect(writeWhole(path, slow())).rejects.toThrow('out.csv already exists, and stays as it is.')
  expect(text('out.csv')).toBe('somebody else')
  await writeWhole(path, slow(), true)
  expect(text('out.csv')).toBe('new')
  expect(readdirSync(folder).sort()).toEqual(['input.csv', 'model', 'out.csv', 'thesis.tex'])
})

it('asks before a file that is there is replaced', async () => {
  expect(await check('out.csv')).toBe(join(folder, 'out.csv'))
  expect(await check('nowhere/out.csv')).toBe(join(folder, 'nowhere', 'out.csv'))
  expect(await check('thesis.tex')).toBe(
    `conflict: ${join(folder, 'thesis.tex')} already exists. Choose another file, or add --overwrite to replace it.`,
  )
  expect(await check('thesis.tex', true)).toBe(join(folder, 'thesis.tex'))
})

it('keeps the input and the model whatever is asked, by whichever name they are called', async () => {
  linkSync(join(folder, 'input.csv'), join(folder, 'hard.csv'))
  symlinkSync(join(folder, 'input.csv'), join(folder, 'soft.csv'))
  symlinkSync(join(folder, 'model'), join(folder, 'm'))
  for (const name of ['input.csv', 'hard.csv', 'soft.csv'])
    expect(await check(name, true)).toMatch(/^conflict: .* is the file that is read\./)
  for (const name of ['model', 'model/model.json', 'model/new.csv', 'm/new.csv', 'm/deep/new.csv', 'm'])
    expect(await check(name, true)).toMatch(/^conflict: .* is inside the model's folder/)
  expect(await check('model-2.csv')).toBe(join(folder, 'model-2.csv'))
  expect(await check('..model.csv')).toBe(join(folder, '..model.csv'))
})

it.skipIf(process.platform === 'win32')('writes no folder, device or pipe, and keeps links', async () => {
  mkdirSync(join(folder, 'sub'))
  execFileSync('mkfifo', [join(folder, 'pipe')])
  symlinkSync('/dev/null', join(folder, 'null'))
  symlinkSync(join(folder, 'thesis.tex'), join(folder, 'latest'))
  symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'))
  expect(await check('sub', true)).toMatch(/is a folder\. Say by --out which file/)
  for (const name of ['pipe', 'null']) expect(await check(name, true)).toMatch(/is no ordinary file/)
  for (const name of ['latest', 'dangling']) expect(await check(name)).toMatch(/already exists\./)
  expect(await check('latest', true)).toBe(join(folder, 'thesis.tex'))
})
