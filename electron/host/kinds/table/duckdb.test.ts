import { describe, expect, it } from 'vitest'
import { defaultMissingValues } from '../../../contract/index.ts'
import { presentTextSql } from './column-facts.ts'
import { query, resourcesFor, withDuckDB, type DuckDBConnection } from './duckdb.ts'

/** Disorder by a join shows at a million rows and not every time; the plan shows it always. */
async function planOf(connection: DuckDBConnection): Promise<string> {
  await connection.run('CREATE TEMP TABLE cells AS SELECT range::VARCHAR AS t0 FROM range(1000)')
  const [row] = await query(
    connection,
    `EXPLAIN SELECT ${presentTextSql('t0', defaultMissingValues)} FROM cells`,
  )
  return String(row?.explain_value)
}

describe('reading cells', () => {
  it('keeps the order of rows: no join', async () => {
    const plan = await withDuckDB(planOf)
    expect(plan).toContain('SEQ_SCAN')
    expect(plan).not.toContain('JOIN')
  })
})

it('takes half of the memory that the job may, and threads that this suffices for', () => {
  const GiB = 2 ** 30
  expect(resourcesFor(8 * GiB, 64 * GiB, 16)).toEqual({ memory_limit: '4096MiB', threads: '8' })
  expect(resourcesFor(256 * 2 ** 20, 64 * GiB, 16)).toEqual({ memory_limit: '128MiB', threads: '1' })
  expect(resourcesFor(100 * GiB, 4 * GiB, 2)).toEqual({ memory_limit: '3276MiB', threads: '2' })
})

it('loads nothing from elsewhere', async () => {
  await withDuckDB(async (connection) => {
    await expect(connection.run("SELECT * FROM 'https://example.invalid/a.parquet'")).rejects.toThrow(
      /httpfs|Missing Extension/i,
    )
  })
})
