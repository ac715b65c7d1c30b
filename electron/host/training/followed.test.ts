import { expect, test } from 'vitest'
import type { Answer } from '../../contract/index.ts'
import { checkpointMetaSchema } from './checkpoint.ts'
import {
  chooseFollowed,
  followedUntil,
  mostFollowed,
  mostPinned,
  nothingFollowed,
  withAnswers,
  withoutPinned,
  withPinned,
} from './followed.ts'

const said = (ofTruth: number, other = 'b'): Answer => ({
  is: 'chosen',
  truth: ['a'],
  predicted: ['a'],
  ofTruth,
  other,
  ofOther: 1 - ofTruth,
})

test('every class has its turn, however rare, and the seed says which of its rows', () => {
  // Of 1,000 rows two are of class 2.
  const targets = Int32Array.from({ length: 1000 }, (_, i) => (i === 17 || i === 503 ? 2 : i % 2))
  const chosen = chooseFollowed(targets, 1000, 1)
  expect(chosen).toHaveLength(mostFollowed)
  expect(chosen.map((row) => targets[row])).toEqual([0, 0, 0, 1, 1, 1, 2, 2])
  expect(chooseFollowed(targets, 1000, 1)).toEqual(chosen)
  expect(chooseFollowed(targets, 1000, 2)).not.toEqual(chosen)
  expect(chooseFollowed(Int32Array.of(1, 0), 2, 1).sort()).toEqual([0, 1])
})

test('of numbers they lie from the smallest to the largest', () => {
  const targets = Float32Array.from({ length: 800 }, (_, i) => (i * 37) % 800)
  const values = chooseFollowed(targets, 800, 3).map((row) => targets[row])
  expect(values).toEqual([50, 150, 250, 350, 450, 550, 650, 750])
})

test('what is said is kept in bounds, first and last included, however long it trains', () => {
  let followed = nothingFollowed([5, 9], [said(0), said(0)])
  for (let epoch = 1; epoch <= 10_000; epoch++)
    followed = withAnswers(followed, epoch, [said(epoch / 10_000), said(0.25, epoch % 2 ? 'b' : 'c')])
  expect(followed.epochs.length).toBeLessThanOrEqual(240)
  expect(followed.epochs.length).toBeGreaterThan(100)
  expect(followed.epochs.at(-1)).toBe(10_000)
  expect(followed.epochs.slice(0, -1).every((epoch) => epoch % followed.every === 0)).toBe(true)
  const [first, second] = followed.examples
  expect(first!.said.map((value) => Math.round(value! * 10_000))).toEqual(followed.epochs)
  expect(second!.other.map((at) => followed.names[at!])).toContain('c')
  expect(JSON.stringify(followed).length).toBeLessThan(20_000)
})

test('an epoch that is trained again is said again', () => {
  let followed = nothingFollowed([5], [said(0)])
  for (const epoch of [1, 2, 3, 4]) followed = withAnswers(followed, epoch, [said(epoch / 10)])
  followed = withAnswers(followed, 3, [said(0.9)])
  expect(followed.epochs).toEqual([1, 2, 3])
  expect(followed.examples[0]!.said).toEqual([0.1, 0.2, 0.9])
  expect(followedUntil(followed, 1).examples[0]!.said).toEqual([0.1])
})

test('a row that a person asks for begins where it was asked for, and the oldest makes room', () => {
  let followed = withAnswers(nothingFollowed([5], [said(0)]), 1, [said(0.5)])
  followed = withPinned(followed, 40, said(0))
  followed = withAnswers(followed, 2, [said(0.6), said(0.1)])
  expect(followed.examples[1]).toMatchObject({ row: 40, pinned: true, said: [null, 0.1] })
  for (let row = 41; row < 41 + mostPinned; row++) followed = withPinned(followed, row, said(0))
  expect(followed.examples.map(({ row }) => row)).toEqual([5, 41, 42, 43, 44])
  // One that was chosen can be asked for, and is then kept as what it is.
  expect(withPinned(followed, 5, said(0)).examples.at(-1)).toMatchObject({ row: 5, said: [0.5, 0.6] })
  expect(withoutPinned(followed, 42).examples.map(({ row }) => row)).toEqual([5, 41, 43, 44])
  expect(withoutPinned(followed, 5)).toEqual(followed)
})

test('one that was chosen stays when a person no longer asks for it, and when it makes room', () => {
  const rows = [1, 2, 3]
  let followed = nothingFollowed(
    rows,
    rows.map(() => said(0)),
  )
  followed = withAnswers(
    followed,
    1,
    rows.map((row) => said(row / 10)),
  )
  const back = withoutPinned(withPinned(withPinned(followed, 2, said(0)), 9, said(0)), 2)
  expect(back.examples.map(({ row, pinned }) => [row, pinned])).toEqual([
    [1, false],
    [3, false],
    [2, false],
    [9, true],
  ])
  expect(back.examples[2]).toEqual(followed.examples[1])
  let full = withPinned(followed, 2, said(0))
  for (let row = 40; row < 40 + mostPinned; row++) full = withPinned(full, row, said(0))
  expect(full.examples.map(({ row }) => row)).toEqual([1, 3, 2, 40, 41, 42, 43])
})

test('a checkpoint whose followed examples cannot be read is one all the same', () => {
  const meta = {
    version: 1,
    epoch: 2,
    position: 0,
    step: 8,
    seconds: 1,
    stopping: { reference: null, waited: 0 },
    best: null,
    followed: nothingFollowed([5], [{ is: 'numbers', targets: [{ name: 'y', truth: NaN, predicted: 1 }] }]),
  }
  const stored: unknown = JSON.parse(JSON.stringify(meta))
  expect(checkpointMetaSchema.parse(stored)).toMatchObject({ epoch: 2, step: 8, followed: undefined })
})
