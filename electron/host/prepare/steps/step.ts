/** What a preparation step does. Its choice, words and bounds are its definition's. */
import type { z } from 'zod'
import type { OnnxNodes } from '../../../../engine/index.ts'
import type { FrameColumn } from '../../datasets/frame.ts'

/** What a step or an encoder learned, as JSON: stored with the run and written into every export. */
export type Learned = Readonly<Record<string, unknown>>

/** What becomes of a value, in words. */
export interface Description {
  /** Of `x`, the value as it comes in: `(x − 12.3) / 4.5`. */
  readonly formula?: (x: string) => string
  /** What happens to some values only: `missing read as 12.3`. */
  readonly note?: string
}

/** What becomes of the values of a column in all its steps. */
export interface Prepared {
  readonly formula: string
  readonly notes: readonly string[]
}

/** A column as it stands in an ONNX graph. */
export interface ExportedColumn {
  /** Numbers are float32 [N, 1], and missing is NaN; categories are strings [N, 1], and missing is the empty one. */
  readonly value: string
  /** float32 [N, 1], 1 where a value was filled in; absent where none was. */
  readonly filled?: string
}

export interface StepFunctions<Options, Column extends FrameColumn, State extends Learned> {
  readonly state: z.ZodType<State>
  /** Learns from these rows, which are those of the training split, and from no others. */
  readonly fit: (column: Column, rows: Int32Array, options: Options) => State
  /** Of any rows. The column that it is given stays as it is. */
  readonly apply: (column: Column, state: State) => Column
  readonly describe: (state: State) => Description
  /** Values as they were before the step; there where the definition says that it can be undone. */
  readonly undo?: (values: Float64Array, state: State) => Float64Array
  readonly exportTo: (nodes: OnnxNodes, column: ExportedColumn, state: State) => ExportedColumn
  /** `undo` as nodes, of float32 of any shape; there where `undo` is. */
  readonly exportUndo?: (nodes: OnnxNodes, value: string, state: State) => string
}

/** Has the compiler find what the functions share. */
export const defineStep = <Options, Column extends FrameColumn, State extends Learned>(
  functions: StepFunctions<Options, Column, State>,
): StepFunctions<Options, Column, State> => functions
