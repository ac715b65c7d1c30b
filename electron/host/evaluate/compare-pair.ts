/** Two trained networks on the rows that both were judged on. */
import { DescentError, type MetricName, type PairedComparison, metricOf } from '../../contract/index.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import { functionsOfTask } from '../tasks/index.ts'
import { takeRows } from '../training/data.ts'
import { measuredBy } from './metrics.ts'
import { drawsFor, pairedBootstrap, verdictOf, type Statistic } from './paired.ts'

export interface Judged {
  readonly prepared: Prepared
  /** Of the network, for the rows of the split, in its order. */
  readonly outputs: ArrayLike<number>
}

type Split = 'validation' | 'test'

/** By what a row is known in the data: its number, and its place in the split. */
function placesIn({ prepared }: Judged, split: Split): Map<number, number> {
  return new Map(
    Array.from(prepared.split[split], (row, place) => [prepared.numbers?.[row] ?? row, place] as const),
  )
}

/** Rows one after the other, of what is row-major. */
function gathered<T extends ArrayLike<number>>(values: T, rows: number, places: Int32Array): Float64Array {
  const width = rows === 0 ? 0 : values.length / rows
  const taken = new Float64Array(places.length * width)
  for (let i = 0; i < places.length; i++)
    for (let j = 0; j < width; j++) taken[i * width + j] = values[places[i]! * width + j]!
  return taken
}

function statisticOf(judged: Judged, split: Split, metric: MetricName, places: Int32Array): Statistic {
  const { preparation, data, split: rowsOf } = judged.prepared
  const { targets, rows } = takeRows(data, rowsOf[split])
  const task = functionsOfTask(preparation.task)
  return (drawn) => {
    const at = Int32Array.from(drawn, (row) => places[row]!)
    const evidence = task.evidence(
      preparation.target,
      gathered(targets, rows, at),
      gathered(judged.outputs, rows, at),
    )
    return measuredBy([metricOf(metric)!], evidence)[metric] ?? null
  }
}

/** Outputs that all draws together look at: some twenty seconds at most, as metrics that rank rows take long on many of them. */
const mostLookedAt = 2e7
const mostDraws = 2000
/** Fewer rows say nothing. */
const fewestRows = 10

export function comparePair(
  pair: readonly [Judged, Judged],
  split: Split,
  metric: MetricName,
): Omit<PairedComparison, 'firstId' | 'secondId'> {
  const [first, second] = pair.map((one) => placesIn(one, split)) as [
    Map<number, number>,
    Map<number, number>,
  ]
  const shared = [...first.keys()].filter((row) => second.has(row))
  if (shared.length < fewestRows)
    throw new DescentError(
      'badRequest',
      `Only ${shared.length} of the ${split} rows are the same for both runs, which says nothing of them. Compare runs of the same split.`,
      'secondId',
    )
  const places = [first, second].map((of) => Int32Array.from(shared, (row) => of.get(row)!))
  const ofOne = pair.reduce(
    (sum, { outputs }, i) => sum + (outputs.length / [first, second][i]!.size) * shared.length,
    0,
  )
  const result = pairedBootstrap(
    shared.length,
    [statisticOf(pair[0], split, metric, places[0]!), statisticOf(pair[1], split, metric, places[1]!)],
    { draws: drawsFor(mostLookedAt, ofOne, mostDraws) },
  )
  if (result === null)
    throw new DescentError(
      'badRequest',
      `These ${split} rows do not define the metric “${metric}”: compare by another one.`,
      'metric',
    )
  return {
    split,
    metric,
    rows: shared.length,
    rowsOfFirst: first.size,
    rowsOfSecond: second.size,
    ...result,
    verdict: verdictOf(result, metricOf(metric)?.higherIsBetter !== false),
  }
}
