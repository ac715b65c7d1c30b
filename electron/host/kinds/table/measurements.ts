/**
 * Measures columns where it takes least: those that repeat themselves on their different values, and those of many different
 * texts on a sample of these, where nothing in it could be anything but text.
 */
import { plainNumerals, type Parser } from '../../../contract/index.ts'
import { aggregate, type Measures } from './aggregate.ts'
import type { DuckDBConnection, Row } from './duckdb.ts'
import { formatsOf } from './parsers/choose-dates.ts'
import { chooseNumerals } from './parsers/choose-numerals.ts'
import { looksOf, type Look } from './parsers/looks.ts'
import { isInfiniteSql, isNanSql } from './parsers/numerals.ts'
import type { Relation } from './relation.ts'
import { tallyOf } from './tally.ts'

interface Measured {
  readonly index: number
  readonly as: Parser | 'text'
}

export const countOf = (row: Row, name: string): number => Number(row[name] ?? 0)

/** So many different values say whether a column holds anything but text. */
const sampled = 10_000
/** Fewer rows are read as quickly as a sample is drawn. */
const worthSampling = 5 * sampled

const telling: Measures = {
  numbers: (text, value, tally) =>
    tally.count(`${value} IS NOT NULL OR ${isInfiniteSql(text)} OR ${isNanSql(text)}`),
  signs: (text, _, tally) => tally.count(String.raw`NOT regexp_matches(${text}, '\pL')`),
}

export class Measurements {
  readonly #connection: DuckDBConnection
  readonly #relation: Relation
  readonly #rows: number
  readonly #known = new Map<number, Row>()
  /** Where numbers are looked for, and where looks; absent: in the relation. */
  readonly #numbers = new Map<number, Relation>()
  readonly #looks = new Map<number, Relation>()

  constructor(connection: DuckDBConnection, relation: Relation, rows: number) {
    this.#connection = connection
    this.#relation = relation
    this.#rows = rows
  }

  of(index: number): Row {
    return this.#known.get(index) ?? {}
  }
  count(index: number, name: string): number {
    return countOf(this.of(index), name)
  }

  /** The groups of measures are asked for one after the other (aggregate.ts). */
  async measure(columns: readonly Measured[], groups: readonly Measures[]): Promise<void> {
    for (const [index, row] of await this.#measured(columns, groups, this.#numbers))
      this.#known.set(index, { ...this.of(index), ...row })
  }
  /** The same, of what is found by its looks. */
  async measureDates(columns: readonly Measured[], measures: Measures): Promise<void> {
    for (const [index, row] of await this.#measured(columns, [measures], this.#looks))
      this.#known.set(index, { ...this.of(index), ...row })
  }

  placeOfLooks(index: number): Relation {
    return this.#looks.get(index) ?? this.#relation
  }
  async looksOf(indices: readonly number[]): Promise<Map<number, Look[]>> {
    const found = new Map<number, Look[]>()
    for (const [place, which] of Map.groupBy(indices, (index) => this.placeOfLooks(index)))
      for (const one of await looksOf(this.#connection, place, which, this.#rows)) found.set(...one)
    return found
  }

  /** Chooses where columns are measured whose values are no stored numbers; `present` and `distinct` of these are known. */
  async place(columns: readonly number[]): Promise<void> {
    const repeated = columns.filter(
      (index) => 2 * this.count(index, 'distinct') <= this.count(index, 'present'),
    )
    if (repeated.length > 0) {
      const tally = await tallyOf(this.#connection, 'tally', this.#relation, repeated, this.#rows)
      for (const index of repeated) this.#measureOn(index, tally)
    }
    const others = columns.filter((index) => !repeated.includes(index))
    if (others.length > 0 && this.#rows > worthSampling) await this.#sample(others)
  }

  async #sample(columns: readonly number[]): Promise<void> {
    const every = Math.floor(this.#rows / sampled)
    const sample = await tallyOf(this.#connection, 'sampled', this.#relation, columns, this.#rows, every)
    const read = columns.map((index) => ({ index, as: plainNumerals }))
    const told = await aggregate(this.#connection, sample, read, [telling], this.#rows)
    const looks = await looksOf(this.#connection, sample, columns, this.#rows)
    for (const index of columns) {
      const row = told.get(index)
      if (row === undefined || countOf(row, 'numbers') > 0) continue
      const some = looks.get(index) ?? []
      const datelike = some.filter(({ look }) => formatsOf(look).length > 0)
      // Whatever the numbers of dates are, they are none by themselves.
      if (datelike.length > 0 && datelike.length === some.length) this.#numbers.set(index, sample)
      const numeral = chooseNumerals(some, { delimiter: ',', decimal: null }).fitting > 0
      if (datelike.length === 0 && !numeral && countOf(row, 'signs') === 0) this.#measureOn(index, sample)
    }
  }

  #measureOn(index: number, place: Relation): void {
    this.#numbers.set(index, place)
    this.#looks.set(index, place)
  }

  async #measured(
    columns: readonly Measured[],
    groups: readonly Measures[],
    places: ReadonlyMap<number, Relation>,
  ): Promise<Map<number, Row>> {
    const found = new Map<number, Row>()
    for (const [place, which] of Map.groupBy(columns, ({ index }) => places.get(index) ?? this.#relation))
      for (const one of await aggregate(this.#connection, place, which, groups, this.#rows)) found.set(...one)
    return found
  }
}
