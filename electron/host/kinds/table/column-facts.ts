/** Measures columns of raw text in DuckDB, for inference. */
import { plainNumerals, sameParser } from '../../../contract/index.ts'
import { countRows, type Measures } from './aggregate.ts'
import { countOf, Measurements } from './measurements.ts'
import { quoted, type DuckDBConnection, type Row } from './duckdb.ts'
import { fewest, nearlyAll, type ColumnFacts } from './infer.ts'
import { mostLevels } from './levels.ts'
import { findDates, lookLikeDates, type WrittenDates } from './parsers/choose-dates.ts'
import {
  chooseNumerals,
  chooseStyle,
  doubtOf,
  type Doubt,
  type Hints,
  type WrittenNumbers,
} from './parsers/choose-numerals.ts'
import type { Look } from './parsers/looks.ts'
import { isInfiniteSql, isNanSql, isPaddedSql } from './parsers/numerals.ts'
import { lookLikeTimes, timeSql } from './parsers/times.ts'
import type { Relation } from './relation.ts'

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

/** Of columns with whole numbers beyond what a number keeps exactly. */
const inexactMeasure: Measures = {
  inexact: (text, value, tally) =>
    tally.count(String.raw`abs(${value}) > 9007199254740991 AND regexp_full_match(${text}, '[+-]?\d+')`),
}

const distinctMeasure: Measures = { distinct: (text) => `count(DISTINCT ${text})` }

/** Only for columns that are not plainly numbers: these patterns cost more. */
const textMeasures: Measures = {
  infinite: (text, _, tally) => tally.count(isInfiniteSql(text)),
  nan: (text, _, tally) => tally.count(isNanSql(text)),
  length: (text, _, tally) => tally.mean(`length(${text})`),
}

/** The first of them in order, for examples. */
const fewOf = (text: string, holds: string): string => `to_json(min(DISTINCT ${text}, 3) FILTER (${holds}))`

/** The first spellings that the parser does not understand. */
const oddities: Measures = {
  odd: (text, value) =>
    fewOf(text, `${value} IS NULL AND NOT ${isInfiniteSql(text)} AND NOT ${isNanSql(text)}`),
}

/** Of columns of few different texts. */
const wordMeasures: Measures = {
  words: (text) => `to_json(min(DISTINCT ${text}, ${mostLevels}))`,
}

/** Of columns whose cells look like times of day. */
const timeMeasures: Measures = { times: (text, _, tally) => tally.count(`${timeSql(text)} IS NOT NULL`) }

const dateMeasures: Measures = {
  dates: (_, value, tally) => tally.present(value),
  oddDates: (text, value) => fewOf(text, `${value} IS NULL`),
}

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
  present: countOf(row, 'present'),
  distinct: countOf(row, 'distinct'),
  numerals: written?.numbers.numerals ?? plainNumerals,
  plain,
  style: written ? chooseStyle(written.looks, plain, delimiter) : 'plain',
  doubt: written?.doubt ?? null,
  numbers: countOf(row, 'numbers'),
  infinite: countOf(row, 'infinite'),
  nan: countOf(row, 'nan'),
  integers: countOf(row, 'integers'),
  padded: countOf(row, 'padded'),
  coded: countOf(row, 'coded'),
  inexact: countOf(row, 'inexact'),
  codeWidth: row.widest && row.narrowest === row.widest ? countOf(row, 'widest') : null,
  min: bound(row, 'min'),
  max: bound(row, 'max'),
  dateParser: written?.dates?.dates ?? null,
  ambiguous: written?.dates?.ambiguous ?? [],
  dates: countOf(row, 'dates'),
  times: countOf(row, 'times'),
  words: listed(row, 'words'),
  length: countOf(row, 'length'),
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
  const found = new Measurements(connection, relation, rows)
  const present = (index: number): number => found.count(index, 'present')
  const plainly = (which: readonly number[]) => which.map((index) => ({ index, as: plainNumerals }))
  const asTexts = (which: readonly number[]) => which.map((index) => ({ index, as: 'text' as const }))

  // Cells of lists are read one by one, whatever is asked of them.
  const isStored = (index: number): boolean => relation.layout === 'lists' || relation.stored.has(index)
  const [stored, texts] = [indices.filter(isStored), indices.filter((index) => !isStored(index))]
  await found.measure(plainly(stored), [presentMeasure, numberMeasures, distinctMeasure])
  await found.measure(asTexts(texts), [presentMeasure, distinctMeasure])
  await found.place(texts)
  await found.measure(plainly(texts), [numberMeasures])

  const plain = new Map(indices.map((index) => [index, found.count(index, 'numbers')]))
  const unclear = indices.filter((index) => plain.get(index)! < present(index))
  await found.measure(plainly(unclear), [{ ...textMeasures, ...oddities }])
  // Where fractions stand among nothing but numbers, no zero in front means a width.
  const mayBeCodes = indices.filter(
    (index) => plain.get(index)! < present(index) || found.count(index, 'integers') === present(index),
  )
  await found.measure(plainly(mayBeCodes), [padded('')])
  await found.measure(plainly(indices.filter((index) => found.count(index, 'padded') > 0)), [codeMeasures])

  const isHuge = (index: number): boolean =>
    Math.max(-Number(found.of(index).min ?? 0), Number(found.of(index).max ?? 0)) > Number.MAX_SAFE_INTEGER
  await found.measure(plainly(mayBeCodes.filter(isHuge)), [inexactMeasure])

  const { looks, hints } = await lookAt(unclear, {
    delimiter,
    present,
    said,
    looksOf: (which) => found.looksOf(which),
    // Those with fractions first: of whole numbers, only 10.00 shows the point.
    plain: [indices.filter((index) => found.count(index, 'integers') < plain.get(index)!), indices],
  })

  const written = new Map<number, Written>()
  for (const [index, some] of looks) {
    const dates =
      present(index) > 0 && lookLikeDates(some, fewest * present(index))
        ? await findDates(connection, found.placeOfLooks(index), index, rows, some)
        : null
    written.set(index, {
      looks: some,
      numbers: chooseNumerals(some, hints),
      doubt: said === null ? doubtOf(some, hints) : null,
      dates,
    })
  }
  const few = unclear.filter((index) => {
    const { distinct } = found.of(index)
    return Number(distinct) >= 2 && Number(distinct) <= mostLevels
  })
  await found.measure(plainly(few), [wordMeasures])
  const timed = unclear.filter((index) =>
    lookLikeTimes(looks.get(index) ?? [], fewest * Math.max(1, present(index))),
  )
  await found.measure(plainly(timed), [timeMeasures])

  const reread = [...written].flatMap(([index, { numbers }]) =>
    sameParser(numbers.numerals, plainNumerals) ? [] : [{ index, as: numbers.numerals }],
  )
  for (const [unit, alike] of Map.groupBy(reread, ({ as }) => as.unit))
    await found.measure(alike, [{ ...numberMeasures, ...oddities, ...padded(unit) }])
  await found.measureDates(
    [...written].flatMap(([index, { dates }]) => (dates ? [{ index, as: dates.dates }] : [])),
    dateMeasures,
  )
  return indices.map((index) => factsOf(found.of(index), written.get(index), delimiter, plain.get(index)!))
}

/** The cell's text, already trimmed; NULL for the empty field and every spelling of "missing". */
export function presentTextSql(text: string, missingValues: readonly string[], value = text): string {
  const spellings = ['', ...missingValues].map((value) => quoted(value.trim()))
  return `CASE WHEN ${text} NOT IN (${spellings.join(', ')}) THEN ${value} END`
}
