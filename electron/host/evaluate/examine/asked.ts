/** A trained network that is looked into, and what whoever looks may ask of it. */
import type { Metrics, Recipe } from '../../../contract/index.ts'
import { evenlyTaken } from '../../datasets/taken.ts'
import type { InputRows } from '../../model/input.ts'
import type { Prepared } from '../../prepare/prepare-data.ts'

export interface Asked {
  readonly recipe: Recipe
  /** As its training was given it. */
  readonly untuned: Prepared
  /** With the threshold that its validation split chose. */
  readonly prepared: Prepared
  readonly split: 'validation' | 'test'
  /** Of the weights. */
  readonly epoch: number
  /** What was recorded in training when these weights were the best, by series; null: it is not known. */
  readonly recorded: Metrics | null
  /** What it says of rows of the data … */
  outputsOf(rows: Int32Array): Promise<Float32Array>
  /** … and of inputs that are no row of it. */
  predict(inputs: InputRows): Promise<Float32Array>
  progress?(share: number): void
}

/** So many of these, evenly taken. */
export function someOf(rows: Int32Array, most: number): Int32Array {
  if (rows.length <= most) return rows
  return evenlyTaken(most, rows.length).map((place) => rows[place]!)
}
