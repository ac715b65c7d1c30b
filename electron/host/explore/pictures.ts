/** What Explore draws: columns against the target, how columns hang together, where values are missing, a map of the rows. */
import type { AgainstTarget, Association, Pictures } from '../../contract/index.ts'
import { numberTextOf } from '../../contract/index.ts'
import { histogramEdges } from '../prepare/histogram.ts'
import { principalComponents } from './components.ts'
import { unitOfLargest } from './relations.ts'
import { someOf } from './stretches.ts'
import { isNumbers, targetIn, type Sample, type SampledColumn } from './sample.ts'
import { contingency, cramersV, mutualInformation, pearson, quantileCodes, ranks } from './statistics.ts'

/** Quadratic in columns: more are not measured. */
export const mostAssociated = 40
const mostAgainst = 60
const mostBars = 20
const mostClasses = 6
const stretches = 60
const mostWithGaps = 60
const mostPoints = 1200
const mostCategories = 30

const isUsed = ({ column: { role } }: SampledColumn): boolean => role === 'feature' || role === 'target'
const targetFirst = (columns: readonly SampledColumn[]): SampledColumn[] =>
  columns.toSorted((a, b) => Number(b.column.role === 'target') - Number(a.column.role === 'target'))

const lengthOf = (column: SampledColumn): number =>
  isNumbers(column) ? column.values.length : column.codes.length
const isMissing = (column: SampledColumn, row: number): boolean =>
  isNumbers(column) ? Number.isNaN(column.values[row]!) : column.codes[row]! < 0

/** Categories by how often they stand; beyond `most` they are one. */
function ordered(
  { codes, labels }: { readonly codes: Int32Array; readonly labels: readonly string[] },
  most: number,
): { codes: Int32Array; labels: string[]; rest: number } {
  const counts = new Float64Array(labels.length)
  for (const code of codes) if (code >= 0) counts[code]!++
  const order = [...labels.keys()].sort((a, b) => counts[b]! - counts[a]! || a - b)
  const kept = order.length <= most ? order : order.slice(0, most - 1)
  const place = new Int32Array(labels.length).fill(kept.length)
  kept.forEach((code, i) => (place[code] = i))
  const rest = order.length - kept.length
  return {
    codes: codes.map((code) => (code < 0 ? -1 : place[code]!)),
    labels: kept.map((code) => labels[code]!),
    rest,
  }
}

interface Target {
  readonly classes: string[]
  /** Of each row, its class. */
  readonly codes: Int32Array | null
  readonly values: Float64Array | null
}

function targetOf(sample: Sample, others: (count: number) => string): Target {
  const target = targetIn(sample)
  if (target === null) return { classes: [], codes: null, values: null }
  if (isNumbers(target)) return { classes: [], codes: null, values: target.values }
  const { codes, labels, rest } = ordered(target, mostClasses)
  return { classes: [...labels, ...(rest > 0 ? [others(rest)] : [])], codes, values: null }
}

interface Cut {
  readonly codes: Int32Array
  readonly bins: readonly { label: string; low: number | null; high: number | null }[]
}

/** Bins around whole numbers are called by these, and not by the halves between them. */
function labelOf(low: number, high: number, text: (value: number) => string): string {
  const [first, last] = [low + 0.5, high - 0.5]
  if (!Number.isInteger(first) || !Number.isInteger(last)) return `${text(low)} to ${text(high)}`
  return first === last ? text(first) : `${text(first)} to ${text(last)}`
}

function cutNumbers(name: string, values: Float64Array): Cut | null {
  const present = values.filter((value) => !Number.isNaN(value)).sort()
  if (present.length === 0) return null
  const at = (share: number) => present[Math.floor(share * (present.length - 1))]!
  const spread = {
    min: present[0]!,
    max: present.at(-1)!,
    q25: at(0.25),
    q75: at(0.75),
    count: present.length,
  }
  const edges = histogramEdges(spread, present.every(Number.isInteger))
  // Many thin bars of two colors cannot be read.
  const joined = Math.max(1, Math.ceil((edges.length - 1) / mostBars))
  const kept = edges.filter((_, i) => i % joined === 0 || i === edges.length - 1)
  const last = kept.length - 2
  const text = numberTextOf(name, [spread.min, spread.max])
  const codes = Int32Array.from(values, (value) => {
    if (Number.isNaN(value)) return -1
    let bin = 0
    while (bin < last && value >= kept[bin + 1]!) bin++
    return bin
  })
  const bins = kept.slice(0, -1).map((low, i) => ({
    label: labelOf(low, kept[i + 1]!, text),
    low,
    high: kept[i + 1]!,
  }))
  return { codes, bins }
}

function cutCategories(column: Parameters<typeof ordered>[0], others: (count: number) => string): Cut {
  const { codes, labels, rest } = ordered(column, 12)
  const all = [...labels, ...(rest > 0 ? [others(rest)] : [])]
  return { codes, bins: all.map((label) => ({ label, low: null, high: null })) }
}

function against(
  column: SampledColumn,
  target: Target,
  others: (count: number) => string,
): AgainstTarget | null {
  const cut = isNumbers(column)
    ? cutNumbers(column.column.name, column.values)
    : cutCategories(column, others)
  if (cut === null || cut.bins.length === 0) return null
  const bins = cut.bins.map((bin) => ({
    ...bin,
    count: 0,
    classes: target.classes.map(() => 0),
    sum: 0,
    square: 0,
    known: 0,
  }))
  const largest = target.values?.reduce((most, one) => (Math.abs(one) > most ? Math.abs(one) : most), 0)
  const unit = unitOfLargest(largest ?? 0)
  for (let row = 0; row < cut.codes.length; row++) {
    const bin = bins[cut.codes[row]!]
    if (bin === undefined) continue
    bin.count++
    const label = target.codes?.[row] ?? -1
    if (label >= 0) bin.classes[label]!++
    const value = (target.values?.[row] ?? Number.NaN) / unit
    if (Number.isNaN(value)) continue
    bin.known++
    bin.sum += value
    bin.square += value * value
  }
  return {
    column: column.column.name,
    kind: column.column.kind,
    bins: bins.map(({ sum, square, known, ...bin }) => ({
      ...bin,
      mean: known === 0 ? null : (sum / known) * unit,
      deviation:
        known < 2 ? null : unit * Math.sqrt(Math.max(0, (square - (sum * sum) / known) / (known - 1))),
    })),
  }
}

const codesOf = (column: SampledColumn): { codes: Int32Array; count: number } => {
  if (isNumbers(column)) return quantileCodes(column.values)
  const { codes, labels, rest } = ordered(column, mostCategories)
  return { codes, count: labels.length + (rest > 0 ? 1 : 0) }
}

/** Of many columns those that tell most of the target, which is the first; without one, the first ones. */
function strongest(usable: readonly SampledColumn[]): SampledColumn[] {
  const [target, ...features] = usable
  if (target?.column.role !== 'target') return usable.slice(0, mostAssociated)
  const own = codesOf(target)
  const told = features.map((feature) => {
    const { codes, count } = codesOf(feature)
    return { feature, tells: mutualInformation(contingency(own.codes, own.count, codes, count)) }
  })
  const chosen = told.toSorted((a, b) => b.tells - a.tells).slice(0, mostAssociated - 1)
  return [target, ...chosen.map(({ feature }) => feature)]
}

function associate(sample: Sample): Association {
  const usable = targetFirst(sample.columns.filter(isUsed)).filter(
    (column) =>
      isNumbers(column) || column.labels.length <= mostCategories || column.column.role === 'target',
  )
  const columns = usable.length > mostAssociated ? strongest(usable) : usable
  const coded = columns.map(codesOf)
  const ranked = columns.map((column) => {
    if (!isNumbers(column)) return null
    return column.values.some(Number.isNaN) ? null : ranks(column.values)
  })
  const empty = () => columns.map(() => columns.map((): number | null => null))
  const [r, rho, v, information] = [empty(), empty(), empty(), empty()] as const
  const both = (matrix: (number | null)[][], i: number, j: number, value: number | null) => {
    matrix[i]![j] = matrix[j]![i] = value
  }
  columns.forEach((a, i) =>
    columns.slice(0, i + 1).forEach((b, j) => {
      if (isNumbers(a) && isNumbers(b)) {
        both(r, i, j, pearson(a.values, b.values))
        both(rho, i, j, rankCorrelation(a.values, b.values, ranked[i]!, ranked[j]!))
      }
      const counts = contingency(coded[i]!.codes, coded[i]!.count, coded[j]!.codes, coded[j]!.count)
      both(v, i, j, cramersV(counts))
      both(information, i, j, mutualInformation(counts))
    }),
  )
  return {
    columns: columns.map(({ column: { name, kind, role } }) => ({ name, kind, role })),
    pearson: r,
    spearman: rho,
    cramersV: v,
    mutualInformation: information,
    left: usable.length - columns.length + sample.left,
  }
}

/** Ranks are made once for each column where nothing is missing. */
function rankCorrelation(
  x: Float64Array,
  y: Float64Array,
  xs: Float64Array | null,
  ys: Float64Array | null,
): number | null {
  if (xs !== null && ys !== null) return pearson(xs, ys)
  const both = [...x.keys()].filter((i) => !Number.isNaN(x[i]!) && !Number.isNaN(y[i]!))
  return pearson(ranks(Float64Array.from(both, (i) => x[i]!)), ranks(Float64Array.from(both, (i) => y[i]!)))
}

function gaps(sample: Sample): Pictures['missing'] {
  const rows = sample.rows.length
  const missing = sample.columns
    .map((column) => ({
      name: column.column.name,
      is: Uint8Array.from({ length: lengthOf(column) }, (_, row) => (isMissing(column, row) ? 1 : 0)),
    }))
    .map((one) => ({ ...one, count: one.is.reduce((sum, each) => sum + each, 0) }))
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count)
    .slice(0, mostWithGaps)
  const size = Math.max(1, Math.ceil(rows / stretches))
  const shares = missing.map(({ is }) =>
    Array.from({ length: Math.ceil(rows / size) }, (_, k) => {
      const part = is.subarray(k * size, (k + 1) * size)
      return part.reduce((sum, each) => sum + each, 0) / part.length
    }),
  )
  const together = missing
    .flatMap((b, j) =>
      missing.slice(0, j).map((a) => {
        let [both, either] = [0, 0]
        for (let row = 0; row < rows; row++) {
          both += a.is[row]! & b.is[row]!
          either += a.is[row]! | b.is[row]!
        }
        return { a: a.name, b: b.name, both, either }
      }),
    )
    .filter(({ both }) => both > 1)
    .toSorted((a, b) => b.both / b.either - a.both / a.either)
    .slice(0, 12)
  const stride = rows === 0 ? 1 : Math.ceil(sample.of / rows)
  return {
    columns: missing.map(({ name }) => name),
    overall: missing.map(({ count }) => count / rows),
    shares,
    each: size * stride,
    together,
  }
}

async function mapOf(sample: Sample, target: Target): Promise<Pictures['map']> {
  const numbers = sample.columns.filter(isNumbers).filter(({ column: { role } }) => role === 'feature')
  if (numbers.length < 3) return null
  const found = await principalComponents(numbers.slice(0, 60).map(({ values }) => values))
  if (found === null) return null
  const step = Math.max(1, Math.ceil(sample.rows.length / mostPoints))
  const shown = someOf(sample.rows.length, step)
  return {
    x: shown.map((row) => found.x[row]!),
    y: shown.map((row) => found.y[row]!),
    rows: shown.map((row) => sample.rows[row]!),
    color: shown.map((row) => {
      const value = target.codes?.[row] ?? target.values?.[row] ?? Number.NaN
      return Number.isNaN(value) || (target.codes !== null && value < 0) ? null : value
    }),
    explained: [...found.explained],
  }
}

const otherCategories = (count: number): string => `${count} others`

export async function drawPictures(sample: Sample): Promise<Pictures> {
  const target = targetOf(sample, otherCategories)
  const features = sample.columns.filter(({ column: { role } }) => role === 'feature').slice(0, mostAgainst)
  return {
    rows: sample.rows.length,
    of: sample.of,
    classes: target.classes,
    against: features.flatMap((column) => against(column, target, otherCategories) ?? []),
    association: associate(sample),
    missing: gaps(sample),
    map: await mapOf(sample, target),
  }
}
