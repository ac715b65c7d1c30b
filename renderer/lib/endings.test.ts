import { expect, it } from 'vitest'
import type { HostEvent, RunState } from '../../electron/contract/index.ts'
import { Endings } from './endings.ts'

const run = (state: RunState, name = 'Run 1', id = name): HostEvent =>
  ({
    type: 'run.changed',
    run: { id, name, state, epoch: 5, error: state === 'failed' ? 'Why.' : null },
  }) as HostEvent
const search = (state: 'running' | 'finished' | 'stopped'): HostEvent => ({
  type: 'search.changed',
  searchId: 's',
  projectId: 'p',
  name: 'Search 1',
  state,
})

it('tells of runs that end while they are watched, and not of what was stopped or is old', () => {
  const endings = new Endings()
  expect(endings.hear(run('finished'))).toBeNull()
  endings.hear(run('running', 'Run 2'))
  expect(endings.hear(run('running', 'Run 2'))).toBeNull()
  expect(endings.hear(run('finished', 'Run 2'))).toMatchObject({ title: 'Run 2 has finished' })
  expect(endings.hear(run('finished', 'Run 2'))).toBeNull()
  endings.hear(run('queued', 'Run 3'))
  expect(endings.hear(run('failed', 'Run 3'))).toMatchObject({ title: 'Run 3 has failed', text: 'Why.' })
  endings.hear(run('running', 'Run 4'))
  expect(endings.hear(run('stopped', 'Run 4'))).toBeNull()
})

it('tells of a search, and not of each of its runs', () => {
  const endings = new Endings()
  endings.hear(search('running'))
  endings.hear(run('running', 'Search 1, run 1'))
  expect(endings.hear(run('finished', 'Search 1, run 1'))).toBeNull()
  expect(endings.hear(search('finished'))).toMatchObject({ title: 'Search 1 has finished' })
  expect(endings.hear(search('finished'))).toBeNull()
  endings.hear(search('running'))
  expect(endings.hear(search('stopped'))).toBeNull()
})
