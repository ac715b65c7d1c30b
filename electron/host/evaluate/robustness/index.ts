/**
 * How a network does on rows to which something happened, as it would meet them in a file: cells, pixels and letters are changed, and
 * the preparation that was learned in training makes of them what it makes of every new file.
 */
import {
  begin,
  corruptions,
  corruptionsFor,
  DescentError,
  implementationOf,
  metricOf,
  plural,
  primaryFor,
  severitiesOfCorruptions,
  type MetricName,
  type Robustness,
  type RobustnessCurve,
} from '../../../contract/index.ts'
import type { FrameColumn } from '../../datasets/frame.ts'
import { takenFrom } from '../../datasets/taken.ts'
import { encode } from '../../prepare/encode.ts'
import { targetsOf } from '../../prepare/pick-rows.ts'
import { randomSource } from '../../prepare/random.ts'
import { momentsOf } from '../../prepare/statistics.ts'
import { functionsOfTask } from '../../tasks/index.ts'
import { someOf, type Asked } from '../examine/asked.ts'
import { placesIn, type Evidence } from '../evidence.ts'
import { drawsOf, intervalsOf, type Draws } from '../intervals.ts'
import { measuredBy } from '../metrics.ts'
import { percentile } from '../paired.ts'
import { corrupters, type Corrupt } from './corrupt.ts'
import { sureIn, unseenOf } from './unseen.ts'

/** Rows that are corrupted, and numbers of pixels that they have together: each is predicted some forty times. */
const mostRows = 1000
const mostPixels = 2 ** 24

type RobustNetwork = Pick<Asked, 'recipe' | 'prepared' | 'split' | 'predict' | 'progress'>

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

/** Standard deviations in the training rows, for what is changed by parts of them. */
function spreads(columns: readonly FrameColumn[], rows: Int32Array): (column: string) => number {
  const found = new Map(
    columns.flatMap((column) => {
      if (column.kind !== 'number' && column.kind !== 'date') return []
      const values = Float64Array.from(rows, (row) => column.values[row]!).filter(
        (value) => !Number.isNaN(value),
      )
      return [[column.name, momentsOf(values).std] as const]
    }),
  )
  return (column) => found.get(column) ?? 0
}

const pixelsOf = (column: FrameColumn): number =>
  column.kind === 'image' ? column.channels * column.height * column.width : 0

const gaps = 'the preparation fills nothing in for what is missing, and the network says nothing of such rows'
const undefinedHere = (metric: MetricName): string =>
  `${metricOf(metric)?.label ?? metric} cannot be told of what it says of these rows`

/** The drop in the mean over the severities, with what the draws say of it. */
function dropOf(
  metric: MetricName,
  clean: number,
  points: readonly { readonly value: number }[],
  [ofClean, ...ofPoints]: readonly Draws[],
): RobustnessCurve['drop'] {
  const worse = metricOf(metric)?.higherIsBetter === false ? -1 : 1
  const value = worse * (clean - meanOf(points.map((point) => point.value)))
  const own = ofClean?.get(metric) ?? new Float64Array()
  const draws = own
    .map((one, draw) => worse * (one - meanOf(ofPoints.map((of) => of.get(metric)?.[draw] ?? NaN))))
    .filter((one) => !Number.isNaN(one))
    .sort()
  if (draws.length < own.length / 2 || draws.length === 0)
    return { value, low: null, high: null, verdict: 'cannotTell' }
  const [low, high] = [percentile(draws, 0.025), percentile(draws, 0.975)]
  return { value, low, high, verdict: low > 0 ? 'worse' : high < 0 ? 'better' : 'cannotTell' }
}

export async function robustnessOf(asked: RobustNetwork): Promise<Omit<Robustness, 'runId'>> {
  const { recipe, prepared, split, predict, progress } = asked
  const { preparation, features, data, split: rowsOf } = prepared
  const { task, target } = preparation
  const all = rowsOf[split]
  if (all.length === 0)
    throw new DescentError(
      'badRequest',
      `The ${split} split has no rows to corrupt. Give it a share of them in Prepare.`,
      'split',
    )
  const width = Math.max(
    1,
    features.reduce((sum, column) => sum + pixelsOf(column), 0),
  )
  const rows = someOf(all, Math.max(1, Math.min(mostRows, Math.floor(mostPixels / width))))
  const columns = features.map((column) => takenFrom(column, rows))
  const targets = targetsOf(data, rows)
  const metric = primaryFor(task).name
  const of = functionsOfTask(task)
  /** null: it says nothing of some row. */
  const evidenceOf = async (changed: readonly FrameColumn[]): Promise<Evidence | null> => {
    const { inputs } = encode({ rows: rows.length, columns: changed }, preparation)
    const outputs = await predict({ rows: rows.length, inputs })
    return outputs.every(Number.isFinite) ? of.evidence(target, targets, outputs) : null
  }
  const valueOf = (evidence: Evidence): number | null =>
    measuredBy([metricOf(metric)!], evidence)[metric] ?? null
  const clean = await evidenceOf(columns)
  const cleanValue = clean && valueOf(clean)
  if (clean === null)
    throw new DescentError(
      'badRequest',
      `The network says nothing of some rows of the ${split} split: ${gaps}. Add a step that fills them in, and train again.`,
      'prepare',
    )
  if (cleanValue === null)
    throw new DescentError(
      'badRequest',
      `${metricOf(metric)!.label} is not defined on ${plural(rows.length, `${split} row`)} as they are, so nobody can tell how it falls. Give the ${split} split more rows in Prepare.`,
      'split',
    )
  const bounded = (value: number, draws: Draws | undefined) => {
    const found = intervalsOf({ [metric]: value }, placesIn(clean), draws ?? new Map())[metric]
    return { value, low: found?.low ?? null, high: found?.high ?? null }
  }
  const names = corruptionsFor(features.map(({ kind }) => kind))
  const turns = names.length * severitiesOfCorruptions + 1
  const spreadOf = spreads(features, rowsOf.train)
  let done = 0
  const curves: RobustnessCurve[] = []
  for (const corruption of names) {
    const corrupt: Corrupt = implementationOf<typeof corruptions, Corrupt>(
      corruptions,
      corrupters,
      begin(corruptions, corruption),
    )
    const seed = recipe.seed + 1000 * (1 + corruptions.members.findIndex(({ name }) => name === corruption))
    const found: { level: number; evidence: Evidence; value: number }[] = []
    let why = gaps
    for (let severity = 0; severity < severitiesOfCorruptions; severity++) {
      const changed = await corrupt({
        columns,
        rows: rows.length,
        severity,
        random: randomSource(seed),
        spreadOf,
      })
      const evidence = await evidenceOf(changed.columns)
      const value = evidence && valueOf(evidence)
      progress?.(++done / turns)
      if (evidence === null || value === null) {
        if (evidence !== null) why = undefinedHere(metric)
        break
      }
      found.push({ level: changed.level, evidence, value })
    }
    if (found.length < severitiesOfCorruptions) {
      done = (curves.length + 1) * severitiesOfCorruptions
      curves.push({ corruption, points: [], drop: null, why })
      continue
    }
    const draws = drawsOf([clean, ...found.map(({ evidence }) => evidence)], [metric])
    curves.push({
      corruption,
      points: found.map(({ level, value }, severity) => ({
        severity: severity + 1,
        level,
        ...bounded(value, draws[severity + 1]),
      })),
      drop: dropOf(metric, cleanValue, found, draws),
      why: null,
    })
  }
  const unseen = unseenOf(columns, rows.length, randomSource(recipe.seed + 1))
  const ofRows = sureIn(target, clean)
  const strange = ofRows === null || unseen === null ? null : await evidenceOf(unseen.columns)
  const ofStrange = strange && sureIn(target, strange)
  progress?.(1)
  return {
    split,
    rows: rows.length,
    of: all.length,
    metric,
    clean: bounded(cleanValue, drawsOf([clean], [metric])[0]),
    curves,
    unseen: unseen &&
      ofStrange &&
      ofRows && { made: unseen.made, inputs: rows.length, ...ofStrange, sureOfRows: ofRows.sure },
  }
}
