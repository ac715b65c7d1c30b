import { expect, it } from 'vitest'
import { parseLimit, startLimits } from '../../contract/index.ts'
import { limitError } from './limit-error.ts'

const GiB = 2 ** 30

it.each([
  ['fileSize', 9 * GiB, '9 GB and the limit is 8 GB', 'fileSize=16GB'],
  ['fileSize', 8 * GiB + 1, '8,589,934,593 bytes and the limit is 8 GB', 'fileSize=16GB'],
  ['expandedSize', null, 'more than 4 GB', 'expandedSize=8GB'],
  ['columns', 20_001, '20,001 and the limit is 20,000', 'columns=30000'],
  ['lineLength', 20 * 2 ** 20, '20 MB and the limit is 16 MB', 'lineLength=32MB'],
  ['files', 200_000, '200,000 and the limit is 10,000', 'files=200000'],
] as const)('names how much it is, the limit, and how to raise it: %s', (name, found, says, raise) => {
  const error = limitError(name, startLimits, 'a.csv has', found)
  expect(error.code).toBe('tooLarge')
  expect(error.message).toContain(`a.csv has ${says}`)
  expect(error.message).toContain(`--limit ${raise}`)
  // What is advised must be taken, and be enough.
  expect(parseLimit(raise.split('=')[1]!)).toBeGreaterThanOrEqual(found ?? startLimits[name] + 1)
})

it('advises nothing that the setting would refuse', () => {
  const error = limitError('lineLength', startLimits, 'a.csv has', 300 * 2 ** 20)
  expect(error.message).toContain('Descent reads no more than 256 MB')
})
