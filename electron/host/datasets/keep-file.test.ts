import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openApp, type App } from '../app.ts'
import { uploadsFolder } from './handlers.ts'

/** A file that a setting names: what a browser sent is kept with the data, and everything else stays where it is. */
let folder: string
let app: App
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'descent-keep-'))
  app = await openApp(join(folder, 'workspace'))
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

function table(name: string): string {
  const lines = Array.from({ length: 30 }, (_, i) => `${i % 7},${i % 2 === 0 ? 'a' : 'b'}`)
  writeFileSync(join(folder, name), `x,y\n${lines.join('\n')}\n`)
  return join(folder, name)
}
/** As the server leaves it. */
function uploaded(name: string, text: string): string {
  const uploads = join(app.context.scratch, uploadsFolder)
  mkdirSync(uploads, { recursive: true })
  const path = join(mkdtempSync(join(uploads, 'u')), name)
  writeFileSync(path, text)
  return path
}

test('an upload is kept in the workspace as long as the data are', async () => {
  const call = app.handlers
  const { id: projectId } = await call['projects.create']({ name: 'Words' })
  const sent = uploaded('words.txt', 'big, large, huge\n')
  // Before there is data, nothing could keep it.
  await expect(call['datasets.keepFile']({ projectId, path: sent })).rejects.toThrow()
  await call['datasets.import']({ projectId, path: table('one.csv') })
  const { path } = await call['datasets.keepFile']({ projectId, path: sent })
  expect(path.startsWith(join(folder, 'workspace', uploadsFolder))).toBe(true)
  expect(path.endsWith('words.txt')).toBe(true)
  expect(existsSync(sent)).toBe(false)
  expect(readFileSync(path, 'utf8')).toBe('big, large, huge\n')
  // Named once more, it is where it is.
  expect(await call['datasets.keepFile']({ projectId, path })).toEqual({ path })
  app.context.store.files.removeUnused()
  expect(existsSync(path)).toBe(true)
  await call['projects.delete']({ projectId })
  app.context.store.files.removeUnused()
  expect(existsSync(path)).toBe(false)
})

test('a file of a person’s own stays where it is', async () => {
  const call = app.handlers
  const { id: projectId } = await call['projects.create']({ name: 'Own' })
  await call['datasets.import']({ projectId, path: table('two.csv') })
  const own = join(folder, 'own.txt')
  writeFileSync(own, 'big, large\n')
  expect(await call['datasets.keepFile']({ projectId, path: own })).toEqual({ path: own })
  expect(existsSync(own)).toBe(true)
})
