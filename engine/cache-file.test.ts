import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readTunings, withChoices } from './backends/webgpu/products/tuning.ts'
import { cacheFile, userCache } from './cache-file.ts'
import { cacheFolder, codeCacheEnvironment } from './cache-folder.mjs'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tunings-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('The cache folder', () => {
  const home = '/home/ada'
  it('lies where the platform keeps what can be made again, or where the user wants it', () => {
    expect(cacheFolder({ platform: 'linux', env: {}, home })).toBe('/home/ada/.cache/descent')
    expect(cacheFolder({ platform: 'linux', env: { XDG_CACHE_HOME: '/c' }, home })).toBe('/c/descent')
    expect(cacheFolder({ platform: 'darwin', env: {}, home })).toContain('Library/Caches')
    expect(cacheFolder({ platform: 'win32', env: { LOCALAPPDATA: 'L' }, home })).toMatch(/^L/)
    expect(cacheFolder({ platform: 'darwin', env: { DESCENT_CACHE: '/mine' }, home })).toBe('/mine')
  })

  it('can be switched off, and then nothing is kept', async () => {
    const machine = { platform: 'linux', env: { DESCENT_CACHE: 'off' }, home }
    expect(cacheFolder(machine)).toBeNull()
    expect(codeCacheEnvironment(machine)).toEqual({})
    const store = userCache(null)('x.json')
    await store.update(() => 'kept')
    expect(await store.load()).toBeNull()
  })

  it('takes compiled sources, unless the user has decided about those', () => {
    const at = (env: Record<string, string>) => codeCacheEnvironment({ platform: 'linux', env, home })
    expect(at({})).toEqual({ NODE_COMPILE_CACHE: '/home/ada/.cache/descent/code' })
    expect(at({ NODE_COMPILE_CACHE: '/theirs' })).toEqual({})
    expect(at({ NODE_DISABLE_COMPILE_CACHE: '1' })).toEqual({})
  })
})

describe('A file in it', () => {
  it('is made with its folder, and keeps what it had', async () => {
    const path = join(folder, 'new', 'tunings.json')
    const store = cacheFile(path)
    expect(await store.load()).toBeNull()
    await store.update((text) => withChoices(text, 'a', { one: 'x' }))
    await store.update((text) => withChoices(text, 'b', { two: 'y' }))
    expect(readTunings(await cacheFile(path).load())).toEqual({ a: { one: 'x' }, b: { two: 'y' } })
    expect(await readdir(join(folder, 'new'))).toEqual(['tunings.json'])
  })

  it('is replaced when it is damaged', async () => {
    const path = join(folder, 'damaged.json')
    await writeFile(path, '{"a": {"one": "x"')
    const store = cacheFile(path)
    expect(readTunings(await store.load())).toEqual({})
    await store.update((text) => withChoices(text, 'a', { two: 'y' }))
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ a: { two: 'y' } })
  })

  it('loses nothing when many processes write at once', async () => {
    const path = join(folder, 'shared.json')
    const code = (name: string): string => `
      import { cacheFile } from ${JSON.stringify(join(import.meta.dirname, 'cache-file.ts'))}
      for (let i = 0; i < 8; i++)
        await cacheFile(${JSON.stringify(path)}).update((t) => JSON.stringify([...JSON.parse(t ?? '[]'), ${JSON.stringify(name)} + i]))`
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
    await cacheFile(path).update((text) => withChoices(text, 'a', { one: 'x' }))
    expect(readTunings(await readFile(path, 'utf8'))).toEqual({ a: { one: 'x' } })
  })

  it('that cannot be written disturbs nobody', async () => {
    await writeFile(join(folder, 'file'), '')
    const store = cacheFile(join(folder, 'file', 'tunings.json'))
    await expect(store.update(() => 'x')).resolves.toBeUndefined()
    expect(await store.load()).toBeNull()
  })
})
