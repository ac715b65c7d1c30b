/** What each test check looks for. */
import {
  fixes,
  formatCount,
  formatMetric,
  formatNumber,
  formatPercent,
  metricOf,
  midCase,
  plural,
  type Metrics,
  type testChecks,
} from '../../../contract/index.ts'
import { isBeyondChance } from '../../prepare/alike.ts'
import type { Rules } from '../../explore/findings.ts'
import { heldBack, twiceAsLong } from '../../training/alarms/remedies.ts'
import type { TestEvidence } from './evidence.ts'
import { unstable } from './stability.ts'

const called = { validation: 'validation', test: 'test' } as const

interface Apart {
  readonly name: string
  readonly first: number
  readonly second: number
  /** How much better the first is; below 0: it is worse. */
  readonly better: number
  /** From which on that counts. */
  readonly from: number
}

/** Metric by metric. `against`: the value whose part counts. */
function apart(
  first: Metrics,
  second: Metrics,
  { absolute, relative }: { readonly absolute: number; readonly relative: number },
): Apart[] {
  return Object.entries(first).flatMap(([name, value]) => {
    const [metric, other] = [metricOf(name), second[name]]
    if (metric === null || other === undefined) return []
    const better = metric.higherIsBetter ? value - other : other - value
    // What is in the target's unit has no size of its own.
    const least = metric.format === 'target' ? 0 : absolute
    return [{ name, first: value, second: other, better, from: Math.max(least, relative * Math.abs(other)) }]
  })
}
const labelOf = (name: string): string => midCase(metricOf(name)?.label ?? name)
const largest = (some: readonly Apart[]): Apart =>
  some.reduce((most, one) => (one.better / one.from > most.better / most.from ? one : most))

/** What is seen in a part, beside all rows. */
const scoreInWords: Record<TestEvidence['score'], (here: number, all: number, rows: string) => string> = {
  right: (here, all, rows) => `${formatPercent(here)} are right, and ${formatPercent(all)} of all ${rows}`,
  off: (here, all, rows) =>
    `${formatNumber(here)} is the mean error, and ${formatNumber(all)} of all ${rows}`,
  // Of several targets, each in its own unit.
  times: (here, all, rows) =>
    `errors are ${formatNumber(here / all, 3)} times the usual of all ${rows}, in the mean of the targets`,
  loss: (here, all, rows) =>
    `${formatMetric('logLoss', here)} is the mean loss, and ${formatMetric('logLoss', all, here)} of all ${rows}`,
}

export const testRules = {
  inconsistentMetric: ({ recorded, measured }, { relative }) =>
    Object.entries(measured).flatMap(([name, now]) => {
      const then = recorded?.[`validation/${name}`]
      if (then === undefined || Math.abs(now - then) <= relative * Math.max(1e-3, Math.abs(then))) return []
      return [
        {
          columns: [],
          message: `The ${labelOf(name)} of these weights on the validation rows was ${formatMetric(name, then)} in training and is ${formatMetric(name, now)} now. See whether data or files were changed, and train again before you trust any figure of this run.`,
          evidence: { metric: name, recorded: then, measured: now },
        },
      ]
    }),

  testDuplicates: (
    { duplicates: { rows, near, places, losses, byChance }, rows: of, split, unit, recipe },
    { share },
  ) =>
    rows > share * of && isBeyondChance({ rows, byChance })
      ? [
          {
            columns: [],
            message:
              `${plural(rows, `${called[split]} ${unit}`)} (${formatPercent(rows / of)}) ${rows === 1 ? 'is' : 'are'} in the training split as well, with equal${near ? ' or nearly equal' : ''} features.` +
              (losses === null
                ? ' None is new to the network.'
                : ` The network loses ${formatNumber(losses.among, 3)} on ${rows === 1 ? 'it' : 'them'} and ${formatNumber(losses.others, 3)} on the others.`) +
              ' Keep them on one side, and train again.',
            evidence: { rows, share: rows / of },
            ...(recipe.kind === 'table' && { rows: { is: 'rows', rows: [...new Set(places)] } as const }),
            fixes: 'together' in recipe.split ? [fixes.keepTogether] : [],
          },
        ]
      : [],

  overfit: ({ train, here, intervals, split, recipe }, { absolute, relative, metrics }) => {
    const all = apart(train, here, { absolute, relative })
    const wide = all.filter(({ name, better, from, first }) => {
      const interval = intervals[name]
      const beyond = interval === undefined || first > interval.high || first < interval.low
      return from > 0 && better >= from && beyond
    })
    if (all.length === 0 || wide.length <= metrics * all.length) return []
    const { name, first, second } = largest(wide)
    return [
      {
        columns: [],
        message: `The network does much better on the rows it learned from: ${labelOf(name)} is ${formatMetric(name, first)} there and ${formatMetric(name, second)} on the ${called[split]} rows, and ${formatCount(wide.length)} of ${plural(all.length, 'metric')} have such a gap. Hold it back, make it smaller, or bring more data.`,
        evidence: { metric: name, train: first, here: second, metrics: wide.length, of: all.length },
        fixes: heldBack(recipe),
      },
    ]
  },

  underfit: ({ train, trainBaseline, beaten, recipe }, { absolute, relative, metrics }) => {
    // Losses have no size of their own: of a rare class the constant's is small already.
    const all = apart(train, trainBaseline, { absolute, relative }).map((one) =>
      metricOf(one.name)?.higherIsBetter === true ? one : { ...one, from: relative * Math.abs(one.second) },
    )
    // Where it tells the rows apart, it has learned something, wherever the threshold lies.
    if (all.some(({ name, better, from }) => beaten.has(name) && better >= from)) return []
    const without = all.filter(({ better, from }) => better < from)
    if (all.length === 0 || without.length <= metrics * all.length) return []
    const { name, first, second } = largest(without)
    return [
      {
        columns: [],
        message: `Even on the rows it learned from the network is hardly better than a constant answer: ${labelOf(name)} is ${formatMetric(name, first)}, and ${formatMetric(name, second)} without looking at anything. Train longer, make it larger, or look whether the columns tell the target at all.`,
        evidence: {
          metric: name,
          train: first,
          baseline: second,
          metrics: without.length,
          of: all.length,
        },
        fixes: [twiceAsLong(recipe)],
      },
    ]
  },

  overconfident: ({ calibration, split, recipe }, { distance, rows }) => {
    if (calibration === null || calibration.rows < rows) return []
    const { said, seen, ece, chance } = calibration
    if (said - seen < distance || ece <= chance) return []
    return [
      {
        columns: [],
        message: `The network is ${formatPercent(said)} sure in the mean and right for ${formatPercent(seen)} of the ${called[split]} rows (ECE ${formatNumber(ece, 3)}, by chance up to ${formatNumber(chance, 3)}). Do not decide by its probabilities as they are: ${recipe.training.calibration === 'temperature' ? '' : 'calibrate them by a temperature, '}hold it back, stop earlier, or smooth the labels.`,
        evidence: { said, seen, ece, chance },
        fixes: [fixes.calibrate, ...heldBack(recipe)],
      },
    ]
  },

  goldenFeature: ({ importance }, { share, rows }) => {
    if (importance === null || importance.rows < rows) return []
    return importance.columns
      .filter(({ alone }) => alone >= share)
      .slice(0, 1)
      .map(({ column, alone }) => ({
        columns: [column],
        message: `“${column}” alone keeps ${formatPercent(Math.min(1, alone))} of what the network knows. Make sure that it is known before the answer is; if it is not, ignore it and train again.`,
        evidence: { share: alone },
        fixes: [fixes.ignore(column)],
      }))
  },

  shortcut: ({ shortcut, split, unit }) =>
    shortcut
      ? [
          {
            columns: shortcut.column === null ? [] : [shortcut.column],
            message: `With ${shortcut.part}${shortcut.column === null ? '' : ` of “${shortcut.column}”`} of its own and everything else of another, the network still keeps ${formatPercent(Math.min(1, shortcut.share))} of what it knows of ${called[split]} ${unit}s. Make sure that this is what tells the answer, and no mark of where the data came from; if it is not, take it out and train again.`,
            evidence: { part: shortcut.part, share: shortcut.share },
          },
        ]
      : [],

  unstableResult: ({ repeats }, options) => unstable(repeats, options),

  uselessFeature: ({ importance }, { rows }) => {
    if (importance === null || importance.rows < rows) return []
    return importance.columns
      .filter(({ low }) => low <= 0)
      .map(({ column, share, low, high }) => ({
        columns: [column],
        message: `Shuffling “${column}” costs the network ${formatPercent(share)} of what it knows (${formatPercent(low)} to ${formatPercent(high)}), which may be nothing. Try without it.`,
        evidence: { share, low, high },
        fixes: [fixes.ignore(column)],
      }))
  },

  weakSegment: ({ segments, rowsOf, score, split }, bounds) =>
    segments(bounds)
      .slice(0, 3)
      .map((segment) => {
        const { columns, words, here, all, places, looked } = segment
        const said = scoreInWords[score]
        return {
          columns: [...columns],
          message: `Where ${words}, ${said(here, all, `${called[split]} rows`)}: ${plural(places.length, 'row')}, by more than chance makes of the ${formatCount(looked)} parts that were looked at. Look at these rows: there may be too few of them in training, or a column that would tell them is missing.`,
          evidence: { segment: words, rows: places.length, here, all, looked },
          rows: { is: 'rows', rows: rowsOf(segment) } as const,
        }
      }),

  testDrift: ({ drifts, split }, { distance: least }) =>
    drifts
      .filter(({ distance }) => distance >= least)
      .map(({ column, statistic, distance }) => ({
        columns: [column],
        message: `“${column}” is distributed otherwise in the ${called[split]} rows than in training: ${statistic} ${distance.toFixed(2)}. See how the two were taken; where new rows will look like these, train on such rows.`,
        evidence: { statistic, distance },
      })),

  predictionDrift: ({ predictionDrift, split }, { distance: least }) =>
    predictionDrift !== null && predictionDrift.distance >= least
      ? [
          {
            columns: [],
            message: `What the network says of the ${called[split]} rows is distributed otherwise than what it says of training rows: ${predictionDrift.statistic} ${predictionDrift.distance.toFixed(2)}. See the drift of columns, and whether the network knew its training rows by heart.`,
            evidence: { ...predictionDrift },
          },
        ]
      : [],
} satisfies Rules<typeof testChecks, TestEvidence>
