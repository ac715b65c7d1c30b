import { expect, it } from 'vitest'
import { DescentError } from '../../electron/contract/index.ts'
import { remedyFor } from './remedy.ts'

it.each([
  ['tooLarge', 'a.csv has 9 GB and the limit is 8 GB.', 'path', 'settings'],
  ['damaged', 'The data of a.csv is missing. Put it back, or import the data again.', undefined, 'import'],
  ['damaged', 'The recipe of "A" cannot be read. Undo brings back the one before it.', 'projectId', 'undo'],
  ['damaged', 'The weights of the run "A" are missing. Put them back, or train again.', 'runId', 'train'],
  ['damaged', 'The last checkpoint of run r is damaged. Train this one again.', undefined, 'train'],
  ['damaged', 'A database is damaged. Close Descent and start it again.', undefined, 'retry'],
  ['internal', 'Something else.', undefined, 'retry'],
] as const)('%s: %s', (code, message, field, remedy) => {
  expect(remedyFor(new DescentError(code, message, field))).toBe(remedy)
})
