import { expect, it } from 'vitest'
import type { Job } from '../../electron/contract/index.ts'
import { isUnderWay, jobFacts, jobSpoken } from './jobs.ts'

const job: Job = {
  id: 'j',
  kind: 'import',
  projectId: 'p',
  label: 'Reading churn.csv',
  topic: null,
  state: 'running',
  progress: 0.424,
  seconds: 12.7,
  memory: 340 * 1024 ** 2,
}

it('says what is known about a job', () => {
  expect(jobFacts(job)).toBe('42\u00a0% · 12\u00a0s · 340\u00a0MB of memory')
  expect(jobFacts({ ...job, progress: null, memory: null })).toBe('12\u00a0s')
  expect(jobFacts({ ...job, state: 'waiting' })).toBe('waiting for other work to end')
  expect(
    [job, { ...job, state: 'waiting' as const }, { ...job, state: 'failed' as const }].map(isUnderWay),
  ).toEqual([true, true, false])
})

it('speaks at quarters only', () => {
  expect([null, 0.2, 0.3, 0.49, 1].map((progress) => jobSpoken({ ...job, progress }))).toEqual([
    'Reading churn.csv',
    'Reading churn.csv',
    'Reading churn.csv: 25 %',
    'Reading churn.csv: 25 %',
    'Reading churn.csv: 100 %',
  ])
})
