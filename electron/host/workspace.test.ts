import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DescentError } from '../contract/index.ts'
import { createWorkspace, defaultWorkspace, lockWorkspace, workspacePath } from './workspace.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-workspace-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.skipIf(process.platform === 'win32')('each platform keeps it where its applications keep data', () => {
  const home = '/home/ada'
  expect(defaultWorkspace({ platform: 'linux', env: {}, home })).toBe('/home/ada/.local/share/descent')
  expect(defaultWorkspace({ platform: 'linux', env: { XDG_DATA_HOME: '/data' }, home })).toBe('/data/descent')
  expect(defaultWorkspace({ platform: 'darwin', env: {}, home })).toBe(
    '/home/ada/Library/Application Support/Descent',
  )
  expect(defaultWorkspace({ platform: 'win32', env: { APPDATA: '/roaming' }, home })).toBe('/roaming/Descent')
  expect(defaultWorkspace({ platform: 'linux', env: { DESCENT_WORKSPACE: '/w' }, home })).toBe('/w')
  expect(workspacePath('/given')).toBe('/given')
})

test('creating it is quiet, repeatable and leaves no trace', () => {
  const path = join(folder, 'a/b')
  expect(createWorkspace(path)).toBe(createWorkspace(path))
  expect(readdirSync(path)).toEqual([])
})

const refusal = (work: () => unknown): DescentError => {
  try {
    work()
  } catch (error) {
    if (error instanceof DescentError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

test('a place that cannot be written to is named, with what to do', () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  const inTheWay = refusal(() => createWorkspace(file))
  expect(inTheWay.code).toBe('storageReadOnly')
  expect(inTheWay.message).toContain(file)
  expect(refusal(() => createWorkspace(join(file, 'below'))).code).toBe('storageReadOnly')
  // Not even root may make a folder here.
  if (process.platform === 'linux') {
    const error = refusal(() => createWorkspace('/proc/descent'))
    expect(error.code).toBe('storageReadOnly')
    expect(error.message).toContain('--workspace')
  }
})

test('one process at a time, and a killed one leaves no lock', async () => {
  const path = createWorkspace(join(folder, 'locked'))
  const program = `
    import { lockWorkspace } from ${JSON.stringify(join(import.meta.dirname, 'workspace.ts'))}
    lockWorkspace(process.argv[1])
    console.log('locked')
    setInterval(() => {}, 1000)`
  const other = spawn(process.execPath, ['--input-type=module', '-e', program, path])
  await once(other.stdout, 'data')
  const error = refusal(() => lockWorkspace(path))
  expect(error.code).toBe('conflict')
  expect(error.message).toContain('Another Descent is using the workspace')
  other.kill('SIGKILL')
  await once(other, 'exit')
  const lock = lockWorkspace(path)
  expect(refusal(() => lockWorkspace(path)).code).toBe('conflict')
  lock.release()
  lockWorkspace(path).release()
})
