import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { claimRunFolder, defaultRunFolder } from './run-folder.ts'

let folder: string
const before = process.cwd()
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'descent-run-')))
  process.chdir(folder)
})
afterEach(() => {
  process.chdir(before)
  rmSync(folder, { recursive: true, force: true })
})

const now = new Date('2024-05-06T07:08:09Z')
const claim = (out: string | null) => claimRunFolder(out, 'data/plants.csv', now)
const recipeIn = (path: string): string => readFileSync(join(path, 'recipe.json'), 'utf8')

function finished(out: string | null, text: string): string {
  const place = claim(out)
  const { path } = place.write({ 'recipe.json': text })
  place.release()
  return path
}

test('a run has a folder of its own, also when another began in the same second or the clock was set back', () => {
  const name = defaultRunFolder('data/plants.csv', now)
  expect(name).toBe(join('runs', 'plants-20240506-070809'))
  expect(finished(null, 'one')).toBe(join(folder, name))
  expect(finished(null, 'two')).toBe(join(folder, `${name}-2`))
  const [third, fourth] = [claim(null), claim(null)]
  expect(third.write({ 'recipe.json': 'three' })).toEqual({ path: join(folder, `${name}-3`), notes: [] })
  expect(fourth.write({ 'recipe.json': 'four' }).path).toBe(join(folder, `${name}-4`))
  // Once more, with the profile: its own place, not one beside.
  expect(fourth.write({ 'recipe.json': 'four', 'profile.json': '{}' }).path).toBe(join(folder, `${name}-4`))
  third.release()
  fourth.release()
  const names = ['', '-2', '-3', '-4'].map((suffix) => `${name}${suffix}`)
  expect(names.map(recipeIn)).toEqual(['one', 'two', 'three', 'four'])
  expect(readdirSync('runs').length).toBe(4)
})

test('nothing is there before the end, and nothing after a failure', () => {
  const place = claim('out')
  expect(readdirSync('.').filter((name) => !name.startsWith('.descent-'))).toEqual([])
  place.release()
  expect(readdirSync('.')).toEqual([])
})

test('a folder that a person named is replaced when it is ours, and refused with the reason when it is not', () => {
  const path = finished('out', 'one')
  expect(finished('out', 'two')).toBe(path)
  expect(recipeIn(path)).toBe('two')
  const refused = (sentence: string) => {
    expect(() => claim('out')).toThrow(`${path} ${sentence}`)
    expect(() => claim('out')).toThrow('choose another with --out')
    expect(readdirSync('.')).toEqual(['out'])
  }
  writeFileSync(join(path, 'recipe.json'), 'owt')
  refused('has a recipe.json that was changed since Descent wrote it.')
  rmSync(path, { recursive: true })
  mkdirSync(path)
  expect(finished('out', 'into an empty one')).toBe(path)
  rmSync(join(path, 'descent-files.json'))
  refused('holds something that Descent did not write.')
  writeFileSync(join(path, 'receipt.json'), '')
  refused('seems to be from an earlier version of Descent, which left no marker')
  rmSync(path, { recursive: true })
  writeFileSync(path, 'a thesis')
  refused('is a file.')
  expect(readFileSync(path, 'utf8')).toBe('a thesis')
})

test('what came in the way during the training stays, and the results go beside it', () => {
  const place = claim('out')
  mkdirSync('out')
  writeFileSync(join('out', 'thesis.tex'), '')
  const { path, notes } = place.write({ 'recipe.json': 'one' })
  place.release()
  expect(path).toBe(join(folder, 'out-2'))
  expect(notes).toEqual([
    expect.stringMatching(/out holds something that Descent did not write, so it stays/),
  ])
  expect(readdirSync('.').sort()).toEqual(['out', 'out-2'])
})
