/** The attacks in short, for `npm run acceptance -- whole`; `npm run faults` makes all of them. Linux tells whose child a process is; elsewhere it is not known. */
import { expect, test } from 'vitest'
import { kills } from './kills/index.ts'

const short = { seed: 1, from: 0, only: '', say: () => undefined }

test.skipIf(process.platform !== 'linux')(
  'kills: what was answered stays, nothing else is touched, resumed runs end as if uninterrupted',
  // About 15 seconds alone; beside others on a machine that is busy, many times that.
  { tags: 'thorough', timeout: 400_000 },
  async () => {
    expect((await kills({ ...short, rounds: 1 }, ['table'])).failed).toEqual([])
  },
)
