/** What a look at a sample of the rows tells, beside the statistics of every column. */
import { nearDuplicates as nearAlert, startsOf, sumColumn, keptAs } from '../../contract/index.ts'
import { nearDuplicates, type NearDuplicates } from './neighbors.ts'
import { predictivePower } from './predictive.ts'
import { isFeatureColumn, isNumbers, targetIn, type Sample, type SampledColumn } from './sample.ts'
import { contingency, cramersV, pearson, uniformity } from './statistics.ts'
import { findSums, type Sum } from './sums.ts'
import { suspectLabels, type Suspects } from './suspects.ts'

export interface Association {
  readonly a: string
  readonly b: string
  readonly value: number
}
export interface Sentinel {
  readonly column: string
  readonly value: number
  readonly next: number
  /** In the sample. */
  readonly rows: number
}

export interface Looked {
  /** Rows that were looked at. */
  readonly rows: Sample['rows']
  readonly of: number
  readonly predictive: readonly { readonly column: string; readonly score: number }[]
  readonly near: NearDuplicates | null
  readonly sums: readonly Sum[]
  readonly uniform: readonly { readonly column: string; readonly p: number; readonly values: number }[]
  readonly associations: readonly Association[]
  /** |r| of pairs of dates. */
  readonly datePairs: readonly Association[]
  readonly sentinels: readonly Sentinel[]
  /** Share of a column's categories that are written like dates. */
  readonly dates: readonly { readonly column: string; readonly share: number }[]
  readonly suspects: Suspects | null
}

/** Numbers of so few values are as good as categories. */
const fewValues = 10
const mostLabels = 50
const mostCodes = 60

interface Coded {
  readonly name: string
  readonly codes: Int32Array
  readonly count: number
}

/** Ascending. Numbers of one type are sorted and gone through, which takes less than a set of them. */
function differentIn(values: Float64Array): Float64Array {
  const sorted = values.toSorted()
  let count = 0
  for (let i = 0; i < sorted.length; i++) {
    const value = sorted[i]!
    // NaN stands at the end.
    if (Number.isNaN(value)) break
    if (count === 0 || value !== sorted[count - 1]) sorted[count++] = value
  }
  return sorted.subarray(0, count)
}

function codesOf(column: SampledColumn): Coded | null {
  const { name } = column.column
  if (!isNumbers(column)) {
    const count = column.labels.length
    return count > 1 && count <= mostLabels ? { name, codes: column.codes, count } : null
  }
  if (keptAs(column.column.kind) === 'date') return null
  const values = differentIn(column.values)
  if (values.length < 2 || values.length > fewValues) return null
  const places = new Map(Array.from(values, (value, i) => [value, i] as const))
  const codes = Int32Array.from(column.values, (value) => places.get(value) ?? -1)
  return { name, codes, count: values.length }
}

function associationsOf(features: readonly SampledColumn[]): Association[] {
  const coded = features.flatMap((column) => codesOf(column) ?? []).slice(0, mostCodes)
  return coded.flatMap((b, j) =>
    coded.slice(0, j).flatMap((a) => {
      const value = cramersV(contingency(a.codes, a.count, b.codes, b.count))
      return value === null ? [] : [{ a: a.name, b: b.name, value }]
    }),
  )
}

function datePairsOf(features: readonly SampledColumn[]): Association[] {
  const dates = features.filter(isNumbers).filter(({ column: { kind } }) => kind === 'date')
  return dates.flatMap((b, j) =>
    dates.slice(0, j).flatMap((a) => {
      const value = pearson(a.values, b.values)
      return value === null ? [] : [{ a: a.column.name, b: b.column.name, value }]
    }),
  )
}

/** Rows a value has to stand in on average, for a test of how even they are to mean anything. */
const rowsEach = 5

function countsOf(column: SampledColumn): number[] | null {
  const counts = new Map<number, number>()
  const cells = isNumbers(column) ? column.values : column.codes
  for (const cell of cells)
    if (!Number.isNaN(cell) && (isNumbers(column) || cell >= 0)) {
      counts.set(cell, (counts.get(cell) ?? 0) + 1)
      if (counts.size > mostCodes) return null
    }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  return counts.size > 1 && total >= rowsEach * counts.size ? [...counts.values()] : null
}

function uniformOf(features: readonly SampledColumn[]): Looked['uniform'] {
  return features.flatMap((column) => {
    const counts = countsOf(column)
    return counts === null
      ? []
      : [{ column: column.column.name, p: uniformity(counts), values: counts.length }]
  })
}

/** What programs and people write where nothing was measured. */
const sentinelNumbers = new Set(
  [99, 200, 888, 998, 999, 9998, 9999, 99_999, 999_999, 99_999_999, 2_147_483_647].flatMap((value) => [
    value,
    -value,
  ]),
)

/** One is at an end, and further from the next value than all others are from each other. */
function sentinelsOf(features: readonly SampledColumn[]): Sentinel[] {
  return features.filter(isNumbers).flatMap(({ column: { name, kind }, values }): Sentinel[] => {
    const different = kind === 'number' ? differentIn(values) : []
    if (different.length < 4) return []
    const ends = [
      { value: different[0]!, next: different[1]!, far: different.at(-1)! },
      { value: different.at(-1)!, next: different.at(-2)!, far: different[0]! },
    ]
    return ends
      .filter(
        ({ value, next, far }) => sentinelNumbers.has(value) && Math.abs(value - next) > Math.abs(next - far),
      )
      .map(({ value, next }) => ({
        column: name,
        value,
        next,
        rows: values.filter((one) => one === value).length,
      }))
  })
}

const monthNames = 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec'
const dateLike = new RegExp(
  `^(\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}|\\d{1,2}[-/.]\\d{1,2}[-/.](\\d{2}|\\d{4})|(\\d{1,2}[ -])?(${monthNames})[a-z]*\\.?[ -](\\d{1,2},? )?\\d{2,4})([T ].*)?$`,
  'i',
)

const datesIn = (features: readonly SampledColumn[]): Looked['dates'] =>
  features.flatMap((column) => {
    if (isNumbers(column) || column.labels.length < 3) return []
    const like = column.labels.filter((label) => dateLike.test(label.trim())).length
    return [{ column: column.column.name, share: like / column.labels.length }]
  })

/** `progress`: 0…1. */
export function lookAt(sample: Sample, progress: (share: number) => void = () => undefined): Looked {
  const features = sample.columns.filter(isFeatureColumn)
  const target = targetIn(sample)
  const predictive = target === null ? [] : predictivePower(features, target)
  progress(0.3)
  const alike = nearDuplicates(sample, startsOf(nearAlert.options).nearer)
  progress(0.6)
  const quantities = sample.columns
    .filter(isNumbers)
    .filter(({ column: { role, kind } }) => kind === 'number' && (role === 'feature' || role === 'target'))
  const { explained } = startsOf(sumColumn.options)
  const sums = findSums(quantities, 1 - explained)
  progress(0.7)
  return {
    rows: sample.rows,
    of: sample.of,
    predictive,
    near: alike,
    sums,
    uniform: uniformOf(features),
    associations: associationsOf(features),
    datePairs: datePairsOf(features),
    sentinels: sentinelsOf(features),
    dates: datesIn(features),
    suspects: suspectLabels(sample),
  }
}
