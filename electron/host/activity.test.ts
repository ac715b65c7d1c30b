import { expect, test } from 'vitest'
import type { Activity, HostEvent, RunState } from '../contract/index.ts'
import { ActivityWatch } from './activity.ts'

const changed = (id: string, state: RunState) => ({ type: 'run.changed', run: { id, state } }) as HostEvent
const progress = (runId: string, epoch: number, step: number): HostEvent => ({
  type: 'run.progress',
  runId,
  progress: {
    epoch,
    epochs: 4,
    step,
    stepsPerEpoch: 10,
    throughput: null,
    eta: null,
    seconds: 1,
    trainLoss: null,
    memory: 0,
  },
})
function told(...events: HostEvent[]): Activity[] {
  const said: Activity[] = []
  const watch = new ActivityWatch((activity) => said.push(activity))
  for (const event of events) watch.hear(event)
  return said
}

test('a training counts from the queue to its end, and tells how far it is', () => {
  const events = [
    changed('a', 'queued'),
    changed('a', 'preparing'),
    changed('a', 'running'),
    progress('a', 1, 0),
    progress('a', 2, 5),
    changed('a', 'finished'),
  ]
  expect(told(...events)).toEqual([
    { trainings: 1, progress: null },
    { trainings: 1, progress: 0 },
    { trainings: 1, progress: 0.38 },
    { trainings: 0, progress: null },
  ])
})

test('one that waits has done nothing of what all have to do', () => {
  const events = [changed('a', 'running'), progress('a', 3, 0), changed('b', 'queued')]
  expect(told(...events).at(-1)).toEqual({ trainings: 2, progress: 0.25 })
})

test('what nobody could see is not said, and what was paused or deleted is over', () => {
  const small = [changed('a', 'running'), progress('a', 1, 0), progress('a', 1, 0.1), progress('a', 1, 0.15)]
  expect(told(...small)).toHaveLength(2)
  for (const end of [changed('a', 'paused'), { type: 'run.deleted', runId: 'a', projectId: 'p' } as const])
    expect(told(changed('a', 'running'), end).at(-1)).toEqual({ trainings: 0, progress: null })
  // Messages of its trainer may come behind its end.
  expect(told(changed('a', 'running'), changed('a', 'stopped'), progress('a', 2, 0))).toHaveLength(2)
})
