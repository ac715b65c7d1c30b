/** Measures columns of raw text in DuckDB, for inference. */
import { plainNumerals, sameParser, type Parser } from '../../../contract/index.ts'
import { aggregate, countRows, type Measures } from './aggregate.ts'
import { quoted, type DuckDBConnection, type Row } from './duckdb.ts'
import { fewest, nearlyAll, type ColumnFacts } from './infer.ts'
import { findDates, lookLikeDates, type WrittenDates } from './parsers/choose-dates.ts'
import {
  chooseNumerals,
  chooseStyle,
  doubtOf,
  type Doubt,
  type Hints,
  type WrittenNumbers,
} from './parsers/choose-numerals.ts'
import { looksOf, type Look } from './parsers/looks.ts'
import { isInfiniteSql, isNanSql, isPaddedSql } from './parsers/numerals.ts'
import type { Relation } from './relation.ts'
import { tallyOf } from './tally.ts'

const presentMeasure: Measures = { present: (text, _, tally) => tally.present(text) }
const numberMeasures: Measures = {
  numbers: (_, value, tally) => tally.present(value),
  integers: (_, value, tally) => tally.count(`trunc(${value}) = ${value}`),
  min: (_, value) => `min(${value})`,
  max: (_, value) => `max(${value})`,
}
const padded = (unit: string): Measures => ({
  padded: (text, _, tally) => tally.count(isPaddedSql(text, unit)),
})

/** Of columns in which some whole numbers are padded. */
const codeMeasures: Measures = {
  coded: (text, _, tally) => tally.count(String.raw`regexp_full_match(${text}, '\d+([-/ ]\d+)*')`),
  narrowest: (text) => String.raw`min(length(regexp_extract(${text}, '^\d+')))`,
  widest: (text) => String.raw`max(length(regexp_extract(${text}, '^\d+')))`,
}

const distinctMeasure: Measures = { distinct: (text) => `count(DISTINCT ${text})` }

/** Only for columns that are not plainly numbers: these patterns cost more. */
const textMeasures: Measures = {
  infinite: (text, _, tally) => tally.count(isInfiniteSql(text)),
  nan: (text, _, tally) => tally.count(isNanSql(text)),
  length: (text, _, tally) => tally.mean(`length(${text})`),
}

/** The first spellings that the parser does not understand. */
const oddities: Measures = {
  odd: (text, value) =>
    `to_json(list_sort(list(DISTINCT ${text}) FILTER (${value} IS NULL AND NOT ${isInfiniteSql(text)} AND NOT ${isNanSql(text)}))[1:3])`,
}

const dateMeasures: Measures = {
  dates: (_, value, tally) => tally.present(value),
  oddDates: (text, value) => `to_json(list_sort(list(DISTINCT ${text}) FILTER (${value} IS NULL))[1:3])`,
}

const count = (row: Row, name: string): number => Number(row[name] ?? 0)
const bound = (row: Row, name: string): number | null => (typeof row[name] === 'number' ? row[name] : null)
const listed = (row: Row, name: string): string[] =>
  typeof row[name] === 'string' ? (JSON.parse(row[name]) as string[]) : []

/** How a column's cells are written, as far as that was looked at. */
interface Written {
  readonly looks: readonly Look[]
  readonly numbers: WrittenNumbers
  readonly doubt: Doubt | null
  readonly dates: WrittenDates | null
}

const factsOf = (row: Row, written: Written | undefined, delimiter: string, plain: number): ColumnFacts => ({
  present: count(row, 'present'),
  distinct: count(row, 'distinct'),
  numerals: written?.numbers.numerals ?? plainNumerals,
  plain,
  style: written ? chooseStyle(written.looks, plain, delimiter) : 'plain',
  doubt: written?.doubt ?? null,
  numbers: count(row, 'numbers'),
  infinite: count(row, 'infinite'),
  nan: count(row, 'nan'),
  integers: count(row, 'integers'),
  padded: count(row, 'padded'),
  coded: count(row, 'coded'),
  codeWidth: row.widest && row.narrowest === row.widest ? count(row, 'widest') : null,
  min: bound(row, 'min'),
  max: bound(row, 'max'),
  dateParser: written?.dates?.dates ?? null,
  ambiguous: written?.dates?.ambiguous ?? [],
  dates: count(row, 'dates'),
  length: count(row, 'length'),
  oddities: listed(row, 'odd'),
  oddDates: listed(row, 'oddDates'),
})

interface Sight {
  readonly delimiter: string
  readonly present: (index: number) => number
  readonly looksOf: (indices: readonly number[]) => Promise<Map<number, Look[]>>
  /** The decimal sign that a person says the file has. */
  readonly said: Hints['decimal']
  /** Plain numbers, the most telling first. */
  readonly plain: readonly (readonly number[])[]
}

/** How columns look, and others as far as they may say something of them, with what all of them show. */
async function lookAt(
  unclear: readonly number[],
  { delimiter, present, looksOf, plain, said }: Sight,
): Promise<{ looks: Map<number, Look[]>; hints: Hints }> {
  const alone: Hints = { delimiter, decimal: null }
  const looks = await looksOf(unclear)
  const lookAlsoAt = async (indices: readonly number[]) => {
    for (const [index, some] of await looksOf(indices.filter((one) => !looks.has(one))))
      looks.set(index, some)
  }
  const inNumbers = () =>
    [...looks]
      .map(([index, some]) => ({ index, some, numbers: chooseNumerals(some, alone) }))
      .filter(({ index, numbers }) => nearlyAll(numbers.fitting, present(index)))
  /** null: no column shows its decimal sign, or not all the same. */
  const shown = (): Hints['decimal'] => {
    const signs = new Set(
      inNumbers().flatMap(({ numbers }) => (numbers.telling ? [numbers.numerals.decimal] : [])),
    )
    return signs.size === 1 ? [...signs][0]! : null
  }
  const inDoubt = said === null && inNumbers().some(({ some }) => doubtOf(some, alone) !== null)
  // Plain numbers tell nothing else, unless other columns of the file have decimal commas: 1.098 may be 1098 then.
  if ((said ?? shown()) === ',') await lookAlsoAt(plain.flat())
  // And where 1,098 may be either, the point of a plain 12.50 tells.
  for (const indices of inDoubt ? plain : []) if (shown() === null) await lookAlsoAt(indices)
  return { looks, hints: { delimiter, decimal: said ?? shown() } }
}

/** Facts of the columns with these indices, in their order. */
export async function measureColumns(
  connection: DuckDBConnection,
  relation: Relation,
  indices: readonly number[],
  delimiter: string,
  said: Hints['decimal'] = null,
): Promise<ColumnFacts[]> {
  const rows = await countRows(connection, relation)
  const known = new Map<number, Row>()
  const rowOf = (index: number): Row => known.get(index) ?? {}
  const present = (index: number): number => count(rowOf(index), 'present')
  const tallied = new Set<number>()
  let tally = relation
  /** Each of these columns in the relation that it is measured on. */
  const inRelations = function* <C extends { readonly index: number }>(which: readonly C[]) {
    const [alike, others] = [
      which.filter(({ index }) => tallied.has(index)),
      which.filter(({ index }) => !tallied.has(index)),
    ]
    if (alike.length > 0) yield { from: tally, columns: alike }
    if (others.length > 0) yield { from: relation, columns: others }
  }
  const measure = async (
    which: readonly { readonly index: number; readonly as: Parser | 'text' }[],
    groups: readonly Measures[],
  ) => {
    for (const { from, columns } of inRelations(which))
      for (const [index, row] of await aggregate(connection, from, columns, groups, rows))
        known.set(index, { ...known.get(index), ...row })
  }
  const plainly = (which: readonly number[]) => which.map((index) => ({ index, as: plainNumerals }))

  const [stored, texts] = [
    indices.filter((index) => relation.layout !== 'columns' || relation.stored.has(index)),
    indices.filter((index) => relation.layout === 'columns' && !relation.stored.has(index)),
  ]
  await measure(
    texts.map((index) => ({ index, as: 'text' as const })),
    [presentMeasure, distinctMeasure],
  )
  await measure(plainly(stored), [presentMeasure, numberMeasures, distinctMeasure])
  const repeated = texts.filter((index) => 2 * count(rowOf(index), 'distinct') <= present(index))
  if (repeated.length > 0) {
    tally = await tallyOf(connection, relation, repeated, rows)
    for (const index of repeated) tallied.add(index)
  }
  await measure(plainly(texts), [numberMeasures])

  const plain = new Map(indices.map((index) => [index, count(rowOf(index), 'numbers')]))
  const unclear = indices.filter((index) => plain.get(index)! < present(index))
  await measure(plainly(unclear), [{ ...textMeasures, ...oddities }])
  // Where fractions stand among nothing but numbers, no zero in front means a width.
  const mayBeCodes = indices.filter(
    (index) => plain.get(index)! < present(index) || count(rowOf(index), 'integers') === present(index),
  )
  await measure(plainly(mayBeCodes), [padded('')])
  await measure(plainly(indices.filter((index) => count(rowOf(index), 'padded') > 0)), [codeMeasures])

  const { looks, hints } = await lookAt(unclear, {
    delimiter,
    present,
    said,
    looksOf: async (which) => {
      const found = new Map<number, Look[]>()
      for (const { from, columns } of inRelations(which.map((index) => ({ index }))))
        for (const one of await looksOf(
          connection,
          from,
          columns.map(({ index }) => index),
          rows,
        ))
          found.set(...one)
      return found
    },
    // Those with fractions first: of whole numbers, only 10.00 shows the point.
    plain: [indices.filter((index) => count(rowOf(index), 'integers') < plain.get(index)!), indices],
  })

  const written = new Map<number, Written>()
  for (const [index, some] of looks) {
    const dates =
      present(index) > 0 && lookLikeDates(some, fewest * present(index))
        ? await findDates(connection, tallied.has(index) ? tally : relation, index, rows, some)
        : null
    written.set(index, {
      looks: some,
      numbers: chooseNumerals(some, hints),
      doubt: said === null ? doubtOf(some, hints) : null,
      dates,
    })
  }
  const reread = [...written].flatMap(([index, { numbers }]) =>
    sameParser(numbers.numerals, plainNumerals) ? [] : [{ index, as: numbers.numerals }],
  )
  for (const [unit, alike] of Map.groupBy(reread, ({ as }) => as.unit))
    await measure(alike, [{ ...numberMeasures, ...oddities, ...padded(unit) }])
  await measure(
    [...written].flatMap(([index, { dates }]) => (dates ? [{ index, as: dates.dates }] : [])),
    [dateMeasures],
  )
  return indices.map((index) => factsOf(rowOf(index), written.get(index), delimiter, plain.get(index)!))
}

/** The cell's text, already trimmed; NULL for the empty field and every spelling of "missing". */
export function presentTextSql(text: string, missingValues: readonly string[], value = text): string {
  const spellings = ['', ...missingValues].map((value) => quoted(value.trim()))
  return `CASE WHEN ${text} NOT IN (${spellings.join(', ')}) THEN ${value} END`
}
