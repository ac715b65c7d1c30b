/** What test checks decide over. */
import type { Calibration, Examined, Metrics, MetricInterval, Recipe } from '../../../contract/index.ts'
import type { Unit } from '../../explore/findings.ts'
import type { Shortcut } from './shortcut.ts'
import type { Repeats } from './stability.ts'
import type { Segment, SegmentBounds } from './segments.ts'

export interface Distance {
  readonly column: string
  readonly statistic: string
  readonly distance: number
}

export interface TestEvidence {
  readonly recipe: Recipe
  readonly unit: Unit
  readonly split: 'validation' | 'test'
  /** That were looked at. */
  readonly rows: number
  /** The network on training rows, and a constant answer on them. */
  readonly train: Metrics
  readonly trainBaseline: Metrics
  readonly here: Metrics
  /** By which the network beats a constant answer here, beyond chance, whatever the threshold. */
  readonly beaten: ReadonlySet<string>
  readonly intervals: Readonly<Record<string, MetricInterval>>
  /** Of the validation split, when these weights were the best and now; null: it is not known. */
  readonly recorded: Metrics | null
  readonly measured: Metrics
  /** Of whatever is most likely; null: the task has no such thing. */
  readonly calibration: Calibration | null
  readonly importance: Examined['importance']
  /** null: no part of the pictures or texts is one; undefined: it cannot be told, or there are none. */
  readonly shortcut: Shortcut | null | undefined
  /** null: other runs are not known here. */
  readonly repeats: Repeats | null
  /** Empty: it is no table. */
  readonly segments: (bounds: SegmentBounds) => readonly Segment[]
  /** Rows of the data that each of these segments is. */
  readonly rowsOf: (segment: Segment) => number[]
  /**
   * What of each row is looked at there: whether it is right, or how far off it is; of several targets how many times the usual error,
   * and its loss where a threshold was moved to get some errors rather than others.
   */
  readonly score: 'right' | 'off' | 'times' | 'loss'
  /** Beyond chance, the furthest first. */
  readonly drifts: readonly Distance[]
  readonly predictionDrift: Omit<Distance, 'column'> | null
  readonly duplicates: {
    readonly rows: number
    readonly near: boolean
    readonly places: readonly number[]
    readonly byChance: number
    /** Mean losses; null: all rows are such rows, or none. */
    readonly losses: { readonly among: number; readonly others: number } | null
  }
}
