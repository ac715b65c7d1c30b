/** What the columns of a file that was just loaded seem to be, and what stands for a missing value in each. */
import { measureColumns } from './column-facts.ts'
import type { DuckDBConnection } from './duckdb.ts'
import { inferColumn, resolveTarget, type ColumnFacts, type Inferred } from './infer.ts'
import { dropMarks, marksIn, valuesAmong, withoutMarks, type MarksIn } from './missing-marks.ts'
import { givenOf } from './reading/given.ts'
import type { CsvOptions, RawTable } from './reading/read-csv.ts'
import type { Relation } from './relation.ts'

export interface UnderstandOptions extends CsvOptions {
  /** A person has said what stands for a missing value: it does so in every column. */
  readonly marksAreGiven?: boolean
}

export interface Understood {
  readonly relation: Relation
  readonly measured: ColumnFacts[]
  readonly inferred: Inferred[]
  /** Marks for what is missing, as they are spelled in each column. */
  readonly marks: MarksIn
  /** Those that are values in their columns. */
  readonly values: MarksIn
}

/** What the columns seem to be. The last is what people expect to be predicted, where nobody has said what is. */
export async function understand(
  connection: DuckDBConnection,
  { relation: loaded, names, rows, delimiter }: RawTable,
  options: UnderstandOptions,
  /** null: nothing is to be predicted. */
  asked: readonly string[] | null,
): Promise<Understood> {
  const { missingValues: marks, marksAreGiven } = options
  const { decimal } = givenOf(options)
  const all = [...names.keys()]
  const targets =
    asked === null ? [] : asked.length > 0 ? asked.map((name) => resolveTarget(name, names)) : all.slice(-1)
  const inColumns = await marksIn(connection, loaded, all, marks, rows)
  const measured = await measureColumns(connection, withoutMarks(loaded, inColumns), all, delimiter, decimal)
  const inferred = names.map((name, i) => inferColumn(name, measured[i]!, rows))
  const values: MarksIn = marksAreGiven
    ? new Map()
    : valuesAmong(
        all.map((i) => ({ facts: measured[i]!, inferred: inferred[i]!, isTarget: targets.includes(i) })),
        inColumns,
      )
  const relation = await dropMarks(connection, loaded, inColumns, values)
  const again = await measureColumns(connection, relation, [...values.keys()], delimiter, decimal)
  for (const [at, i] of [...values.keys()].entries()) {
    measured[i] = again[at]!
    inferred[i] = inferColumn(names[i]!, again[at]!, rows)
  }
  return { relation, measured, inferred, marks: inColumns, values }
}
