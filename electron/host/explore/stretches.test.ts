import { expect, test } from 'vitest'
import { query, withDuckDB } from '../kinds/table/duckdb.ts'
import { isTakenSql, placeIn, someOf, stretchesIn } from './stretches.ts'

test.each([
  [1000, 10],
  [1003, 7],
  [5, 9],
  [200_000, 3],
])('of %d rows one of each %d is taken, by SQL as here', async (rows, stride) => {
  const taken = someOf(rows, stride)
  expect(taken).toHaveLength(stretchesIn(rows, stride))
  taken.forEach((row, i) => {
    expect(row).toBe(placeIn(i, stride, rows))
    expect(Math.floor(row / stride)).toBe(i)
    expect(row).toBeLessThan(rows)
  })
  const found = await withDuckDB((connection) =>
    query(
      connection,
      `SELECT range AS at FROM range(${rows}) WHERE ${isTakenSql('range', stride, rows)} ORDER BY 1`,
    ),
  )
  expect(found.map(({ at }) => Number(at))).toEqual(taken)
})

test('every place of a stretch is taken as often', () => {
  const counts = new Array<number>(20).fill(0)
  for (const row of someOf(200_000, 20)) counts[row % 20]!++
  expect(Math.min(...counts)).toBeGreaterThan(400)
  expect(Math.max(...counts)).toBeLessThan(600)
})
