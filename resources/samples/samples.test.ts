import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { sampleFile, samples } from './index.ts'
import { sampleTables } from './tables.ts'

describe.each(samples)('sample $id', (sample) => {
  const committed = readFileSync(sampleFile(sample.id), 'utf8')
  const [header = '', ...lines] = committed.trimEnd().split('\n')

  it('is what the generator makes, byte for byte', () => {
    expect(sampleTables[sample.id]!()).toBe(committed)
  })

  it('is as described', () => {
    expect(lines).toHaveLength(sample.rows)
    expect(header.split(',')).toHaveLength(sample.columns)
    expect(header.split(',')).toContain(sample.target)
    expect(lines.some((line) => line.includes(',,'))).toBe(true)
  })
})

it('has 15 % of the customers leave', () => {
  const rows = readFileSync(sampleFile('churn'), 'utf8').trimEnd().split('\n').slice(1)
  expect(rows.filter((row) => row.endsWith(',yes')).length / rows.length).toBeCloseTo(0.15, 3)
})
