import { expect, test } from 'vitest'
import { notesOnLeft, unplaceable } from './left.ts'

test('names that are in each other’s way are found by what the disk tells apart', () => {
  const paths = ['models/A', 'models/a', 'models/b', 'models/b/c', 'models/D/x', 'models/d', 'models/e:1']
  const left = (foldsCase: boolean, isWindows: boolean): string[] =>
    unplaceable(paths, { foldsCase, isWindows }).map(({ path }) => path)
  expect(left(false, false)).toEqual(['models/b/c'])
  expect(left(true, false)).toEqual(['models/a', 'models/b/c', 'models/d'])
  expect(left(true, true)).toEqual(['models/a', 'models/b/c', 'models/d', 'models/e:1'])
})

test('what is left out is told by what is the matter, and by names that harm no terminal', () => {
  expect(notesOnLeft([])).toEqual([])
  expect(
    notesOnLeft([
      { path: 'models/a\u001b[2J', why: 'it is missing' },
      { path: 'models/b', why: 'it is missing' },
    ]),
  ).toEqual(['Left out, because it is missing: 2 files, "models/a\\u001b[2J", models/b.'])
})
