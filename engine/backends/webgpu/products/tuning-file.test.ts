import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tuningFile, tuningPath } from './tuning-file.ts'
import { readTunings, withChoices } from './tuning.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tunings-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('A file of tunings', () => {
  it('lies where the platform keeps what can be made again', () => {
    const home = '/home/ada'
    expect(tuningPath({ platform: 'linux', env: {}, home })).toBe('/home/ada/.cache/descent/gpu-tunings.json')
    expect(tuningPath({ platform: 'linux', env: { XDG_CACHE_HOME: '/c' }, home })).toBe(
      '/c/descent/gpu-tunings.json',
    )
    expect(tuningPath({ platform: 'darwin', env: {}, home })).toContain('Library/Caches')
    expect(tuningPath({ platform: 'win32', env: { LOCALAPPDATA: 'L' }, home })).toMatch(/^L/)
  })

  it('is made with its folder, and keeps what it had', async () => {
    const path = join(folder, 'new', 'tunings.json')
    const store = tuningFile(path)
    expect(await store.load()).toBeNull()
    await store.update((text) => withChoices(text, 'a', { one: 'x' }))
    await store.update((text) => withChoices(text, 'b', { two: 'y' }))
    expect(readTunings(await tuningFile(path).load())).toEqual({ a: { one: 'x' }, b: { two: 'y' } })
    expect(await readdir(join(folder, 'new'))).toEqual(['tunings.json'])
  })

  it('is replaced when it is damaged', async () => {
    const path = join(folder, 'damaged.json')
    await writeFile(path, '{"a": {"one": "x"')
    const store = tuningFile(path)
    expect(readTunings(await store.load())).toEqual({})
    await store.update((text) => withChoices(text, 'a', { two: 'y' }))
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ a: { two: 'y' } })
  })

  it('loses nothing when many processes write at once', async () => {
    const path = join(folder, 'shared.json')
    const code = (name: string): string => `
      import { tuningFile } from ${JSON.stringify(join(import.meta.dirname, 'tuning-file.ts'))}
      for (let i = 0; i < 8; i++)
        await tuningFile(${JSON.stringify(path)}).update((t) => JSON.stringify([...JSON.parse(t ?? '[]'), ${JSON.stringify(name)} + i]))`
    const run = promisify(execFile)
    const names = ['a', 'b', 'c']
    await Promise.all(
      names.map((name) => run(process.execPath, ['--input-type=module-typescript', '--eval', code(name)])),
    )
    const written: unknown = JSON.parse(await readFile(path, 'utf8'))
    expect(new Set(written as string[]).size).toBe(24)
  })

  it('takes a lock over from a process that died', async () => {
    const path = join(folder, 'stale.json')
    await writeFile(`${path}.lock`, '')
    const longAgo = new Date(Date.now() - 60_000)
    await utimes(`${path}.lock`, longAgo, longAgo)
    await tuningFile(path).update((text) => withChoices(text, 'a', { one: 'x' }))
    expect(readTunings(await readFile(path, 'utf8'))).toEqual({ a: { one: 'x' } })
  })

  it('that cannot be written disturbs nobody', async () => {
    await writeFile(join(folder, 'file'), '')
    const store = tuningFile(join(folder, 'file', 'tunings.json'))
    await expect(store.update(() => 'x')).resolves.toBeUndefined()
    expect(await store.load()).toBeNull()
  })
})
