import { fork } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { below, manifestFile, whyKept, withManifest, type Files } from './owned-folder.ts'
import { tidyExports, writeFolder } from './replace-folder.ts'

let parent: string
let target: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'descent-replace-'))
  target = join(parent, 'run')
})
afterEach(() => rmSync(parent, { recursive: true, force: true }))

const run = (text: string): Files => ({
  'recipe.json': text,
  ...below('model', withManifest({ 'model.json': text, 'model.safetensors': new Uint8Array(3000) })),
})

/** Names below a folder, with `/` after those of folders. */
const tree = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)) + (entry.isDirectory() ? '/' : ''))
    .sort()

it('writes a folder with a manifest, as it does the folder within', () => {
  expect(writeFolder(join(parent, 'deep', 'run'), run('one'))).toEqual({
    path: join(parent, 'deep', 'run'),
    notes: [],
  })
  const folder = join(parent, 'deep', 'run')
  expect(readFileSync(join(folder, 'recipe.json'), 'utf8')).toBe('one')
  const names = ({ files }: { files: { name: string }[] }) => files.map(({ name }) => name)
  const manifest = (at: string) =>
    JSON.parse(readFileSync(join(at, manifestFile), 'utf8')) as { files: { name: string }[] }
  expect(names(manifest(folder))).toEqual([
    'recipe.json',
    'model/model.json',
    'model/model.safetensors',
    `model/${manifestFile}`,
  ])
  expect(names(manifest(join(folder, 'model')))).toEqual(['model.json', 'model.safetensors'])
  expect(readdirSync(join(parent, 'deep'))).toEqual(['run'])
})

it('replaces its own folder, also when that was copied elsewhere, and takes an empty one', () => {
  writeFolder(target, { ...run('one'), 'profile.json': '{}' })
  const copy = join(parent, 'copy')
  cpSync(target, copy, { recursive: true })
  mkdirSync(join(parent, 'empty'))
  for (const path of [target, copy, join(parent, 'empty'), join(target, 'model')]) {
    expect(writeFolder(path, run('two'))).toEqual({ path, notes: [] })
    expect(readFileSync(join(path, 'recipe.json'), 'utf8')).toBe('two')
    expect(readdirSync(path).includes('profile.json')).toBe(false)
  }
  expect(readdirSync(parent).sort()).toEqual(['copy', 'empty', 'run'])
})

/** What people, and other programs, do to a folder. */
const changes: [string, (folder: string) => void, RegExp][] = [
  ['a longer file', (at) => appendFileSync(join(at, 'recipe.json'), ' '), /recipe\.json that was changed/],
  ['a file of the same length', (at) => writeFileSync(join(at, 'recipe.json'), 'eno'), /was changed/],
  [
    'a file below',
    (at) => writeFileSync(join(at, 'model', 'model.json'), 'eno'),
    /model\/model\.json that was/,
  ],
  [
    'another file',
    (at) => writeFileSync(join(at, 'thesis.tex'), ''),
    /holds thesis\.tex, which Descent did not/,
  ],
  ['another file below', (at) => writeFileSync(join(at, 'model', 'x'), ''), /holds model\/x, which/],
  ['an empty folder', (at) => mkdirSync(join(at, 'sub')), /holds sub, which/],
  ['a folder of their own', (at) => mkdirSync(join(at, 'sub', 'b'), { recursive: true }), /holds sub, which/],
  ['a hidden file', (at) => writeFileSync(join(at, '.git'), ''), /holds \.git, which/],
  ['a file less', (at) => rmSync(join(at, 'recipe.json')), /has lost its recipe\.json/],
  ['a folder less', (at) => rmSync(join(at, 'model'), { recursive: true }), /has lost its model\//],
  [
    'a link to the same content',
    (at) => {
      renameSync(join(at, 'recipe.json'), join(dirname(at), 'kept'))
      symlinkSync(join(dirname(at), 'kept'), join(at, 'recipe.json'))
    },
    /holds recipe\.json, which/,
  ],
  [
    'a link for the folder below',
    (at) => {
      renameSync(join(at, 'model'), join(dirname(at), 'kept'))
      symlinkSync(join(dirname(at), 'kept'), join(at, 'model'))
    },
    /holds model, which/,
  ],
  [
    'a file where a folder was',
    (at) => {
      rmSync(join(at, 'model'), { recursive: true })
      writeFileSync(join(at, 'model'), '')
    },
    /holds model, which/,
  ],
  ['no manifest', (at) => rmSync(join(at, manifestFile)), /holds something that Descent did not write/],
  ['a manifest of theirs', (at) => writeFileSync(join(at, manifestFile), '[]'), /cannot be understood/],
  [
    'a manifest that reaches outside',
    (at) => {
      const manifest = readFileSync(join(at, manifestFile), 'utf8')
      writeFileSync(join(at, manifestFile), manifest.replace('recipe.json', '../recipe.json'))
    },
    /cannot be understood/,
  ],
]

it.each(changes)('keeps its folder with %s, and writes beside it', (_, change, why) => {
  writeFolder(target, run('one'))
  change(target)
  const before = tree(parent)
  expect(whyKept(target)).toMatch(why)
  const { path, notes } = writeFolder(target, run('two'))
  expect(path).toBe(`${target}-2`)
  expect(notes).toEqual([
    `${target} ${whyKept(target)}, so it stays as it is. This went to ${target}-2 instead.`,
  ])
  expect(tree(parent).filter((name) => !name.startsWith('run-2/'))).toEqual(before)
  // The place beside is ours from now on.
  expect(writeFolder(target, run('three')).path).toBe(`${target}-2`)
  expect(readFileSync(join(`${target}-2`, 'recipe.json'), 'utf8')).toBe('three')
})

it('keeps the folders, files and links of others', () => {
  const theirs = join(parent, 'theirs')
  mkdirSync(join(theirs, 'assets', 'fonts'), { recursive: true })
  writeFileSync(join(theirs, 'model.json'), '{"format":"graph-model"}')
  writeFileSync(join(theirs, 'assets', 'a.bin'), 'weights')
  writeFolder(join(parent, 'ours'), run('one'))
  symlinkSync(join(parent, 'ours'), join(parent, 'link'))
  symlinkSync(join(parent, 'nowhere'), join(parent, 'dangling'))
  writeFileSync(join(parent, 'file'), 'a thesis')
  writeFileSync(join(parent, 'file-2'), 'its second part')
  const before = tree(parent)
  const to = (name: string) => writeFolder(join(parent, name), run('new'))
  expect(to('theirs').notes[0]).toMatch(/theirs holds something that Descent did not write, so it stays/)
  expect(to('link').notes[0]).toMatch(/link is a link, so it stays/)
  expect(to('dangling').path).toBe(join(parent, 'dangling-2'))
  expect(to('file').path).toBe(join(parent, 'file-3'))
  const written = /^(theirs-2|link-2|dangling-2|file-3)\//
  expect(tree(parent).filter((name) => !written.test(name))).toEqual(before)
  expect(readFileSync(join(parent, 'file'), 'utf8')).toBe('a thesis')
  expect(readFileSync(join(theirs, 'assets', 'a.bin'), 'utf8')).toBe('weights')
})

it.skipIf(process.platform !== 'linux')('keeps what is a disk of its own', () => {
  expect(whyKept('/proc')).toBe('is where another disk begins')
})

it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
  'keeps a folder that it cannot look into',
  () => {
    mkdirSync(target, { mode: 0 })
    expect(whyKept(target)).toBe('cannot be read (EACCES)')
    chmodSync(target, 0o700)
  },
)

/** A process that replaces the folder, in which `rename` takes the place of the system's. */
async function replaceWith(rename: string, text: string): Promise<void> {
  const program = join(tmpdir(), `descent-replace-${process.pid}.mjs`)
  const module = (name: string) => JSON.stringify(join(import.meta.dirname, name))
  writeFileSync(
    program,
    `import fs from 'node:fs'
     import { syncBuiltinESMExports } from 'node:module'
     import { writeFolder } from ${module('replace-folder.ts')}
     const rename = fs.renameSync
     ${rename}
     syncBuiltinESMExports()
     writeFolder(${JSON.stringify(target)}, { 'recipe.json': ${JSON.stringify(text)} })`,
  )
  try {
    await once(fork(program, [], { execArgv: ['--no-warnings'] }), 'exit')
  } finally {
    rmSync(program)
  }
}

/** It is killed as soon as it has renamed so many times. */
const killAfter = (renames: number, text: string): Promise<void> =>
  replaceWith(
    `let left = ${renames}
     fs.renameSync = (...args) => {
       if (left > 0) rename(...args)
       if (--left <= 0) process.kill(process.pid, 'SIGKILL')
     }`,
    text,
  )

it('writes beside its own folder where the system does not let that go', async () => {
  writeFolder(target, run('one'))
  await replaceWith(
    `fs.renameSync = (from, to) => {
       if (from === ${JSON.stringify(target)}) throw Object.assign(new Error('busy'), { code: 'EBUSY' })
       rename(from, to)
     }`,
    'two',
  )
  expect(readdirSync(parent).sort()).toEqual(['run', 'run-2'])
  expect(readFileSync(join(target, 'recipe.json'), 'utf8')).toBe('one')
  expect(readFileSync(join(`${target}-2`, 'recipe.json'), 'utf8')).toBe('two')
})

it.each([
  [0, true, 'one'],
  [1, false, 'one'],
  [2, true, 'two'],
])('after a kill behind rename %i has the former folder or the new one, whole', async (n, stood, text) => {
  writeFolder(target, run('one'))
  await killAfter(n, 'two')
  expect(readdirSync(parent).includes('run')).toBe(stood)
  tidyExports(parent)
  expect(readdirSync(parent)).toEqual(['run'])
  expect(whyKept(target)).toBeNull()
  expect(readFileSync(join(target, 'recipe.json'), 'utf8')).toBe(text)
})

it('brings a former folder back also when the folder around it has moved, and never over another', async () => {
  writeFolder(target, run('one'))
  await killAfter(1, 'two')
  const moved = `${parent}-moved`
  renameSync(parent, moved)
  try {
    tidyExports(moved)
    expect(readFileSync(join(moved, 'run', 'recipe.json'), 'utf8')).toBe('one')
  } finally {
    renameSync(moved, parent)
  }
  await killAfter(1, 'two')
  mkdirSync(target)
  writeFileSync(join(target, 'thesis.tex'), 'written meanwhile')
  tidyExports(parent)
  expect(tree(parent)).toEqual(['run/', 'run/thesis.tex'])
})

it('what was written into the former folder while it was put aside is not dropped with it', async () => {
  writeFolder(target, run('one'))
  await killAfter(2, 'two')
  const scratch = readdirSync(parent).find((name) => name.startsWith('.descent-'))!
  writeFileSync(join(parent, scratch, 'old', 'notes.txt'), 'through an open window')
  tidyExports(parent)
  expect(readdirSync(parent).sort()).toEqual(['run', 'run-former'])
  expect(readFileSync(join(parent, 'run-former', 'notes.txt'), 'utf8')).toBe('through an open window')
})

it('two processes that write to one place leave one folder, whole', async () => {
  const program = join(parent, 'program.mjs')
  writeFileSync(
    program,
    `import { writeFolder } from ${JSON.stringify(join(import.meta.dirname, 'replace-folder.ts'))}
     for (let i = 0; i < 15; i++) writeFolder(${JSON.stringify(target)}, { a: process.argv[2] + i, b: process.argv[2] + i })`,
  )
  const children = ['x', 'y'].map((name) => fork(program, [name], { execArgv: ['--no-warnings'] }))
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit')) as [number]))
  expect(codes.map(([code]) => code)).toEqual([0, 0])
  rmSync(program)
  tidyExports(parent)
  expect(readdirSync(parent).filter((name) => !/^run(-\d+)?$/.test(name))).toEqual([])
  for (const name of readdirSync(parent)) expect(whyKept(join(parent, name))).toBeNull()
})
