/** What a column encoder does. Its choice, words and bounds are its definition's. */
import type { z } from 'zod'
import type { OnnxNodes } from '../../../../engine/index.ts'
import type { ShownPiece } from '../../../contract/index.ts'
import type { FrameColumn } from '../../datasets/frame.ts'
import type { EncodedCategories, EncodedTexts, OutsideLevels } from '../../explore/checks/evidence.ts'
import type { TensorSpec } from '../../model/input.ts'
import type { ExportedColumn, Learned, Prepared } from '../steps/step.ts'
import type { TextRewriter } from './rewriting.ts'

/** Where a column's numbers go: into each row of `data`, which has `stride` numbers, from `offset` on. All are 0 before. */
export interface Place {
  readonly data: Float32Array | Int32Array | Uint8Array
  readonly stride: number
  readonly offset: number
}

export interface Feature {
  readonly name: string
  /** What becomes of the source column, e.g. `(x − 12.3) / 4.5`. */
  readonly transform: string
}

export interface EncodedEvidence {
  readonly categories?: Omit<EncodedCategories, 'name'>
  readonly texts?: Omit<EncodedTexts, 'name'>
  readonly outside?: Omit<OutsideLevels, 'name'>
}

/** What there is to learn from, beside the column. */
export interface Learning {
  /** By row, NaN where there is none: each number to be predicted, of two classes whether it is the second, of more whether it is each. */
  readonly targets: readonly Float32Array[]
}

export interface EncoderFunctions<Options, Column extends FrameColumn, State extends Learned> {
  readonly state: z.ZodType<State>
  /** Learns from these rows of the prepared column, which are those of the training split, and from no others. */
  readonly fit: (column: Column, rows: Int32Array, options: Options, learning: Learning) => State
  /** Writes the training rows once more, each as if its own target had not been learned from. */
  readonly crossFit?: (
    column: Column,
    rows: Int32Array,
    options: Options,
    learning: Learning,
    place: Place,
  ) => void
  /** Its tensor, or its part of the one that it shares. */
  readonly tensor: (state: State) => TensorSpec
  /** One for each number of a shared tensor, or one for a tensor of its own. `prepared`: what the steps do, in words. */
  readonly features: (name: string, prepared: Prepared, state: State) => Feature[]
  /** Returns sentences about what did not fit. */
  readonly write: (column: Column, state: State, place: Place) => string[]
  /** What checks look at: of the prepared column, whole. */
  readonly evidence?: (column: Column, state: State) => EncodedEvidence
  /** Of texts: the tokens of a row of the prepared column, and whether the network knows them. */
  readonly shown?: (column: Column, state: State, row: number) => ShownPiece[]
  /** Of texts that are read word by word: how augmentations change them. */
  readonly rewriter?: (state: State) => TextRewriter
  /** Of texts: how they are cut, in words. */
  readonly cutting?: (state: State) => string
  /** What of the way from a written value to what `exportTo` takes ONNX has no operators for, as open data. */
  readonly reading?: (state: State) => Readonly<Record<string, unknown>>
  /** Whether ONNX has to be given the column's numbers as float64. */
  readonly double?: (state: State) => boolean
  /** The name of float32 [N, width], int64 [N, width], or of the tensor of its own. */
  readonly exportTo: (nodes: OnnxNodes, column: ExportedColumn, state: State) => string
}

/** Has the compiler find what the functions share. */
export const defineEncoder = <Options, Column extends FrameColumn, State extends Learned>(
  functions: EncoderFunctions<Options, Column, State>,
): EncoderFunctions<Options, Column, State> => functions
