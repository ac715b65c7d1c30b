import { fork } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openScratch, sweepScratch } from './scratch.ts'

let parent: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'descent-scratch-'))
})
afterEach(() => rmSync(parent, { recursive: true, force: true }))

/** A process that opens a folder, puts a file into it and is then killed. */
async function leaveBehind(): Promise<string> {
  const program = join(parent, 'program.mjs')
  writeFileSync(
    program,
    `import { openScratch } from ${JSON.stringify(join(import.meta.dirname, 'scratch.ts'))}
     import { writeFileSync } from 'node:fs'
     const { path } = openScratch(${JSON.stringify(parent)})
     writeFileSync(path + '/half', 'half a file')
     process.send(path)
     setInterval(() => undefined, 1000)`,
  )
  const child = fork(program, [], { execArgv: [] })
  const [path] = (await once(child, 'message')) as [string]
  expect(sweepScratch(parent)).toEqual([])
  child.kill('SIGKILL')
  await once(child, 'exit')
  rmSync(program)
  return path
}

it('removes what a killed process left, once it is dead', async () => {
  const path = await leaveBehind()
  expect(existsSync(join(path, 'half'))).toBe(true)
  const rescued: string[] = []
  expect(sweepScratch(parent, (folder) => rescued.push(folder))).toEqual([path])
  expect(rescued).toEqual([path])
  expect(readdirSync(parent)).toEqual([])
})

it('leaves what is still in use, and what is not ours, alone', () => {
  const mine = openScratch(parent)
  mkdirSync(join(parent, '.descent-notes1'))
  writeFileSync(join(parent, '.descent-notes1', 'owner'), 'my notes')
  mkdirSync(join(parent, '.descent-empty1'))
  writeFileSync(join(parent, '.descent-afile1'), '')
  symlinkSync(mine.path, join(parent, '.descent-alink1'))
  const before = readdirSync(parent)
  expect(sweepScratch(parent)).toEqual([])
  expect(readdirSync(parent)).toEqual(before)
  mine.remove()
  expect(existsSync(mine.path)).toBe(false)
})

it('keeps a folder whose rescue fails', async () => {
  const path = await leaveBehind()
  const fail = (): never => {
    throw new Error('no')
  }
  expect(sweepScratch(parent, fail)).toEqual([])
  expect(existsSync(path)).toBe(true)
})

it.skipIf(process.platform === 'win32')('is the user’s alone, whatever the umask', () => {
  const former = process.umask(0)
  try {
    const { path, remove } = openScratch(parent)
    expect(statSync(path).mode & 0o777).toBe(0o700)
    remove()
  } finally {
    process.umask(former)
  }
})
