import { expect, test } from 'vitest'
import { runStateSchema } from '../../contract/index.ts'
import { eventOf, isEvaluable, isSettled, liveStates, nextState, type RunEvent } from './state.ts'

const follow = (events: RunEvent[]) =>
  events.reduce<ReturnType<typeof nextState>>((state, event) => state && nextState(state, event), 'queued')

test('the usual lives of a run', () => {
  expect(follow(['launch', 'begin', 'finish'])).toBe('finished')
  expect(follow(['launch', 'begin', 'pause', 'begin', 'finish'])).toBe('finished')
  expect(follow(['launch', 'begin', 'stop'])).toBe('stopped')
  expect(follow(['launch', 'begin', 'die', 'resume', 'launch', 'begin', 'finish'])).toBe('finished')
  expect(follow(['launch', 'begin', 'pause', 'die', 'resume', 'launch', 'begin'])).toBe('running')
  expect(follow(['launch', 'fail'])).toBe('failed')
  expect(follow(['stop'])).toBe('stopped')
})

test('what is over stays over', () => {
  const events: RunEvent[] = ['launch', 'begin', 'pause', 'resume', 'stop', 'finish', 'fail', 'die']
  for (const state of runStateSchema.options.filter(isSettled)) {
    for (const event of events) expect(nextState(state, event)).toBeNull()
  }
  expect(runStateSchema.options.filter(isSettled)).toEqual(['finished', 'stopped', 'failed', 'imported'])
})

test('a lost trainer leaves every live run resumable', () => {
  for (const state of liveStates) {
    const after = nextState(state, 'die')
    expect(after && nextState(after, 'resume')).toBe('queued')
  }
})

test('a run that lost its GPU or its data can be gone on with, one that diverged cannot', () => {
  for (const code of ['deviceLost', 'damaged'] as const)
    expect(nextState(nextState('running', eventOf(code))!, 'resume')).toBe('queued')
  for (const code of ['trainingFailed', 'unavailable', 'badData', null] as const)
    expect(nextState(nextState('running', eventOf(code))!, 'resume')).toBeNull()
})

test('only what the user has seen end may be evaluated', () => {
  expect(runStateSchema.options.filter(isEvaluable)).toEqual(['finished', 'stopped'])
})
