import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { samplePath, samples } from './index.ts'
import { madeFiles } from './made.ts'
import { shapesFacts } from './shapes.ts'
import { ticketFacts } from './tickets.ts'

test.each(Object.entries(madeFiles()))('%s is what the generator makes, byte for byte', (name, content) => {
  expect(readFileSync(join(import.meta.dirname, name)).equals(Buffer.from(content))).toBe(true)
})

test('every sample is there', () => {
  for (const { id } of samples) expect(statSync(samplePath(id)).size).toBeGreaterThan(0)
})

describe.each(samples.filter(({ kind }) => kind === 'table'))('sample $id', (sample) => {
  const [header = '', ...lines] = readFileSync(samplePath(sample.id), 'utf8').trimEnd().split('\n')

  it('is as described', () => {
    expect(lines).toHaveLength(sample.rows)
    expect(header.split(',')).toHaveLength(sample.columns!)
    expect(header.split(',')).toContain(sample.target)
    expect(lines.some((line) => line.includes(',,'))).toBe(true)
  })
})

it('has 15 % of the customers leave', () => {
  const rows = readFileSync(samplePath('churn'), 'utf8').trimEnd().split('\n').slice(1)
  expect(rows.filter((row) => row.endsWith(',yes')).length / rows.length).toBeCloseTo(0.15, 3)
})

it('has as many pictures and texts as it says', () => {
  const rowsOf = (id: string): number => samples.find((sample) => sample.id === id)!.rows
  expect(shapesFacts.rows).toBe(rowsOf('shapes'))
  expect(ticketFacts.train + ticketFacts.test).toBe(rowsOf('tickets'))
})
