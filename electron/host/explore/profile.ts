/** The whole profile of a dataset file, under the kinds and roles of a recipe. */
import type { Column, Profile } from '../../contract/index.ts'
import { countRows } from '../datasets/aggregate.ts'
import { columnsAtOnce, planWide, withDuckDB } from '../datasets/duckdb.ts'
import { readTableFile, tableSql } from '../datasets/table-file.ts'
import { findAlerts } from './alerts.ts'
import { countDuplicates, measureAll, sourcesOf, type Measured } from './measure.ts'
import { correlate, imbalanceOf, linkToClasses } from './relations.ts'

function classBalanceOf(measured: readonly Measured[]): Profile['classBalance'] {
  const target = measured.find(({ profile }) => profile.role === 'target')?.profile
  if (target?.kind !== 'category') return null
  return { classes: target.top, imbalance: imbalanceOf(target.top.map(({ count }) => count)) }
}

export function profileTable(file: string, columns: readonly Column[]): Promise<Profile> {
  const started = performance.now()
  return withDuckDB(async (connection) => {
    const table = await readTableFile(connection, file)
    const sources = sourcesOf(columns, table)
    let relation = tableSql(file)
    // Every query parses the file's description of all columns: for wide tables that costs more than the data.
    if (sources.length > columnsAtOnce) {
      await planWide(connection, sources.length)
      await connection.run(`CREATE TEMP TABLE loaded AS SELECT * FROM ${relation}`)
      relation = 'loaded'
    }
    const rows = await countRows(connection, relation)
    const measured = await measureAll(connection, sources, relation, rows)
    const evidence = {
      rows,
      duplicateRows: await countDuplicates(connection, sources, relation),
      measured,
      correlations: await correlate(connection, sources, measured, relation, rows),
      classBalance: classBalanceOf(measured),
      links: await linkToClasses(connection, sources, measured, relation),
    }
    return {
      rows,
      duplicateRows: evidence.duplicateRows,
      columns: measured.map(({ profile }) => profile),
      correlations: evidence.correlations,
      classBalance: evidence.classBalance,
      alerts: findAlerts(evidence),
      seconds: (performance.now() - started) / 1000,
    }
  })
}
