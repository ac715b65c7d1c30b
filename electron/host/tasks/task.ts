/** What a task does, behind one interface: from target columns to what a network learns, and from its outputs back. */
import type { OnnxNodes } from '../../../engine/index.ts'
import type { Answer as Said, Evaluation, Recipe } from '../../contract/index.ts'
import type { CategoryColumn, NumberColumn } from '../datasets/frame.ts'
import type { Evidence } from '../evaluate/evidence.ts'
import type { Cell } from '../kinds/kind.ts'
import type { FittedTarget } from './target.ts'

/** How a model that is no network learns a target; `outputs`: a number, a yes or no, or a class for each. */
export interface PlainLearning {
  readonly of: 'numbers' | 'yesOrNo' | 'classes'
  readonly outputs: number
}

/** What can be learned. */
export type TargetColumn = NumberColumn | CategoryColumn
export type TargetColumns = readonly [TargetColumn, ...TargetColumn[]]

/** Of some rows, row-major. Class numbers are int32, a row each; all else is float32, rows × the network's outputs. */
export type TargetValues = Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>

/** A split as it is evaluated. */
export interface Outcome {
  /** What the network learned from, of the split and of the training split. */
  readonly targets: TargetValues
  readonly trainTargets: TargetValues
  /** Numbers as they stand in the table, a list for each target column: what is turned back is not quite these. */
  readonly originals: readonly ArrayLike<number>[]
  readonly outputs: ArrayLike<number>
}

export interface Result extends Pick<Evaluation, 'classification' | 'labels' | 'regression'> {
  readonly evidence: Evidence
  /** Of predictions that never look at the inputs. */
  readonly baseline: Evidence
  readonly baselineName: string
}

export interface TaskFunctions<T extends FittedTarget = FittedTarget> {
  /** Learned from the training rows only. Errors: a DescentError that says why the columns cannot be the target. */
  fit(columns: TargetColumns, recipe: Recipe, trainRows: Int32Array): T
  /** Units of the network's last layer. */
  units(target: T): number
  /** Among how many answers each output, or all of them together, choose. */
  choices(target: T): number
  /** -1 or NaN where a value is missing or unknown. */
  encode(columns: TargetColumns, target: T): TargetValues
  /** Groups of rows that each split shall have its share of; null where there are none. */
  strata(columns: TargetColumns, rows: Int32Array): Int32Array | null
  /** Weights by which classes, or labels, count the same; null where there are none. */
  balance(columns: TargetColumns, target: T, trainRows: Int32Array): number[] | null
  /** Of `balance`, what the loss takes. */
  lossWeights(balanced: readonly number[]): readonly number[]
  /** How often each class, or label, is there in these rows; null where there are none. */
  count(values: TargetValues, target: T, rows: Int32Array): number[] | null
  /** The encoded target as models learn it that are no networks. */
  plain(target: T): PlainLearning
  /** Of what such a model says — numbers, log-odds, or log-probabilities of classes, rows × its outputs —, what the network would say. */
  fromPlain(target: T, scores: Float64Array): ArrayLike<number>
  evidence(target: T, targets: ArrayLike<number>, outputs: ArrayLike<number>): Evidence
  evaluate(target: T, outcome: Outcome): Result
  /** Of each of these rows, what is right and what the network says. */
  answers(target: T, targets: ArrayLike<number>, outputs: ArrayLike<number>): Said[]
  /** What is written beside new data: a name and a cell of every row. */
  predictions(target: T, outputs: ArrayLike<number>): { readonly name: string; readonly cells: Cell[] }[]
  /**
   * How the probability of one class or label changes with each of the outputs, rows × units, where a formula says so: by differences
   * it would be computed anew for each output. Absent: there is none.
   */
  slopes?(target: T, outputs: ArrayLike<number>, answer: number): Float64Array
  /**
   * How far off the outputs are, row by row, a list for each output that is judged by itself: what conformal prediction goes by. null:
   * the task has no such thing.
   */
  offBy(target: T, targets: ArrayLike<number>, outputs: ArrayLike<number>): Float64Array[] | null
  /** What is within these bounds of each row: further columns beside the predictions. */
  within(
    target: T,
    outputs: ArrayLike<number>,
    bounds: readonly (number | null)[],
  ): { readonly name: string; readonly cells: Cell[] }[]
  /** `predictions` as nodes, of the network's outputs, float32 [N, units]. */
  exportTo(nodes: OnnxNodes, target: T, outputs: string): Answer[]
  /** “one of 3 classes (a, b, c)” */
  describe(target: T): string
}

/** What a file answers, by the names that scikit-learn's converters use: https://onnx.ai/sklearn-onnx/ */
export interface Answer {
  readonly name: 'label' | 'probabilities' | 'variable'
  readonly value: string
  readonly dtype: 'float32' | 'string'
  /** Without the rows. */
  readonly shape: readonly number[]
  /** What stands where, in order; absent where there is one thing alone. */
  readonly columns?: readonly string[]
}

/** At most so many names, and that there are more. */
export const someOf = (names: readonly string[], most = 20): string =>
  names.slice(0, most).join(', ') + (names.length > most ? ', …' : '')
