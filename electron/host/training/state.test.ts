import { expect, test } from 'vitest'
import { runStateSchema } from '../../contract/index.ts'
import { isEvaluable, isSettled, liveStates, nextState, type RunEvent } from './state.ts'

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

test('only what the user has seen end may be evaluated', () => {
  expect(runStateSchema.options.filter(isEvaluable)).toEqual(['finished', 'stopped'])
})
