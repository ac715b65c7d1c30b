import { describe, expect, it } from 'vitest'
import { limitNames, limits } from '../../electron/contract/index.ts'
import { limitNamedIn, limitText, limitWords, readLimit } from './limits.ts'

const GiB = 1024 ** 3

describe('limits as text', () => {
  it.each(limitNames)('%s: what is shown reads back as the same value', (name) => {
    const definition = limits[name]
    const odd = Math.min(definition.most, definition.least + 12_345)
    for (const value of [definition.start, definition.least, definition.most, odd])
      expect(readLimit(definition, limitText(definition.unit, value))).toEqual({ value })
  })
  it('reads sizes as people type them', () => {
    for (const text of ['16 GB', '16gb', ' 16 GiB ', '16\u00a0GB', '16,384 MB', '16.0 GB'])
      expect(readLimit(limits.fileSize, text)).toEqual({ value: 16 * GiB })
    expect(readLimit(limits.fileSize, '1,5 GB')).toEqual({ value: 1.5 * GiB })
  })
  it('says what is wrong', () => {
    expect(readLimit(limits.fileSize, 'large')).toEqual({ problem: 'Enter a size, such as 16 GB or 500 MB.' })
    expect(readLimit(limits.fileSize, '12')).toEqual({ problem: 'At least 1 MB.' })
    expect(readLimit(limits.fileSize, '9000 TB')).toEqual({ problem: 'At most 1 TB.' })
    expect(readLimit(limits.files, '20k')).toEqual({ problem: 'Enter a whole number.' })
    expect(readLimit(limits.columns, '')).toEqual({ problem: 'Enter a whole number.' })
  })
  it('says long times in hours', () => {
    expect(limitWords('seconds', 3600)).toBe('3,600 seconds (1 h 00 min)')
  })
  it('finds the limit that a refusal names', () => {
    expect(limitNamedIn('a.csv has 9 GB. Raise “Largest file” in Settings.')).toBe('fileSize')
    expect(limitNamedIn('The file is empty.')).toBeNull()
  })
})
