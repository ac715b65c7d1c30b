import { expect, test } from 'vitest'
import type { StoredTrial } from './repository.ts'
import { after, costOf, standingOf, type Course, type SeenRun } from './progress.ts'

const trial: StoredTrial = {
  number: 1,
  runId: 'r',
  name: 'Search 1, run 1',
  settings: {},
  target: 0,
  results: [],
  ended: null,
  why: null,
  epoch: 0,
  seconds: 0,
  value: null,
}
const course: Course = { series: 'validation/accuracy', stops: [1, 3, 9], seconds: null }
const run = (state: SeenRun['state'], epoch: number, more: Partial<SeenRun> = {}): SeenRun => ({
  state,
  epoch,
  seconds: 1,
  error: null,
  value: 0.8,
  ...more,
})
const seen = (before: StoredTrial, now: SeenRun | null, of: Course = course) =>
  after(before, now, of, (epoch) => -epoch / 10)

test('larger is better of an accuracy, and smaller of a loss', () => {
  expect(costOf('validation/accuracy', 0.9)).toBe(-0.9)
  expect(costOf('validation/loss', 0.9)).toBe(0.9)
  expect(costOf('validation/loss', null)).toBe(Infinity)
})

test('a run that has come to its stop waits, with what it had come to until then', () => {
  const waits = seen(trial, run('paused', 1))
  expect(waits).toMatchObject({ results: [-0.1], epoch: 1, ended: null })
  expect(standingOf(waits)).toMatchObject({ busy: false, over: false })
  // One that has gone too far is judged at every stop that it has passed.
  expect(seen(trial, run('paused', 4)).results).toEqual([-0.1, -0.3])
})

test('a run that a person pauses on its way is left alone, and one that a person resumes comes to its end', () => {
  const further = { ...trial, target: 1, results: [-0.1] }
  expect(standingOf(seen(further, run('paused', 2)))).toMatchObject({ busy: true })
  const resumed = seen({ ...trial, results: [-0.1] }, run('running', 1))
  expect(resumed.target).toBe(2)
  expect(standingOf(resumed).busy).toBe(true)
  expect(seen(further, run('running', 2)).target).toBe(1)
})

test('a run that ended early counts at all later stops, and one that came to nothing as the worst', () => {
  expect(seen(trial, run('finished', 2))).toMatchObject({ ended: 'finished', results: [-0.8, -0.8, -0.8] })
  const failed = seen({ ...trial, results: [-0.1] }, run('failed', 2, { error: 'The loss is not finite.' }))
  expect(failed).toMatchObject({
    ended: 'failed',
    why: 'The loss is not finite.',
    results: [-0.1, null, null],
  })
  expect(standingOf(failed).results).toEqual([-0.1, Infinity, Infinity])
  expect(seen(trial, null)).toMatchObject({ ended: 'failed', runId: null })
})

test('a run that was stopped has done its time, or a person stopped it', () => {
  const timed = { ...course, seconds: 5 }
  expect(seen(trial, run('stopped', 4, { seconds: 5.1 }), timed)).toMatchObject({
    ended: 'finished',
    why: expect.stringMatching(/^Stopped after 5\.1.s of training, in epoch 5\.$/),
  })
  expect(seen(trial, run('stopped', 4, { seconds: 2 }), timed)).toMatchObject({ ended: 'cut' })
  expect(seen(trial, run('stopped', 4))).toMatchObject({
    ended: 'cut',
    why: 'Stopped by hand after 4 epochs.',
  })
})
