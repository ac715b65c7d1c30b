/** What the encoders do, by the names of their definitions. */
import type { OnnxNodes } from '../../../../engine/index.ts'
import { encoders, type Encoder, type EncoderName, type ShownPiece } from '../../../contract/index.ts'
import type { FrameColumn } from '../../datasets/frame.ts'
import type { TensorSpec } from '../../model/input.ts'
import { fittedSchema, type Fitted } from '../fitted.ts'
import type { ExportedColumn, Learned, Prepared } from '../steps/step.ts'
import { bagOfWords } from './bag-of-words.ts'
import { calendar } from './calendar.ts'
import { clock } from './clock.ts'
import { embedding } from './embedding.ts'
import type { EncodedEvidence, EncoderFunctions, Feature, Learning, Place } from './encoder.ts'
import { hashing } from './hashing.ts'
import { numeric } from './numeric.ts'
import { oneHot } from './one-hot.ts'
import { ordinal } from './ordinal.ts'
import { periodic } from './periodic.ts'
import { piecewise } from './piecewise.ts'
import { rawPixels } from './raw-pixels.ts'
import type { TextRewriter } from './rewriting.ts'
import { targetMeans } from './target-means.ts'
import { thermometer } from './thermometer.ts'
import { words } from './words.ts'

export type { Feature, Learning, Place } from './encoder.ts'

/** What whoever does not know the encoder may do with it: the recipe's schema has seen that encoder and column fit. */
type AnyEncoder = EncoderFunctions<unknown, FrameColumn, Learned>

const implementations = {
  numeric,
  piecewise,
  oneHot,
  ordinal,
  thermometer,
  targetMeans,
  embedding,
  calendar,
  clock,
  rawPixels,
  words,
  bagOfWords,
  hashing,
  periodic,
} as const
// A definition without its implementation does not compile.
implementations satisfies Readonly<Record<EncoderName, unknown>>

const functionsOf = (name: EncoderName): AnyEncoder => implementations[name] as unknown as AnyEncoder

/** An encoder as it was fitted: its name and what it learned. */
export type FittedEncoder = Fitted<typeof encoders>

export const fittedEncoderSchema = fittedSchema(encoders, (name) => functionsOf(name).state)

export const fitEncoder = (
  column: FrameColumn,
  rows: Int32Array,
  { encoder, ...options }: Encoder,
  learning: Learning,
): FittedEncoder => ({ encoder, ...functionsOf(encoder).fit(column, rows, options, learning) })

/** Training rows of encoders that learn from the target. */
export const crossFitEncoder = (
  column: FrameColumn,
  rows: Int32Array,
  { encoder, ...options }: Encoder,
  learning: Learning,
  place: Place,
): void => functionsOf(encoder).crossFit?.(column, rows, options, learning, place)

export const tensorOf = ({ encoder, ...state }: FittedEncoder): TensorSpec =>
  functionsOf(encoder).tensor(state)

export const featuresOf = (
  name: string,
  prepared: Prepared,
  { encoder, ...state }: FittedEncoder,
): Feature[] => functionsOf(encoder).features(name, prepared, state)

export const writeEncoded = (
  column: FrameColumn,
  { encoder, ...state }: FittedEncoder,
  place: Place,
): string[] => functionsOf(encoder).write(column, state, place)

/** `column`: the prepared one, made only where the encoder says something of it. */
export const evidenceOf = (
  column: () => FrameColumn,
  { encoder, ...state }: FittedEncoder,
): EncodedEvidence => {
  const { evidence } = functionsOf(encoder)
  return evidence ? evidence(column(), state) : {}
}

/** Of texts that are read word by word: how they are cut, and the tokens of a row; null: there are none. */
export function shownOf(
  column: () => FrameColumn,
  { encoder, ...state }: FittedEncoder,
): { readonly cutting: string; pieces(row: number): ShownPiece[] } | null {
  const { shown, cutting } = functionsOf(encoder)
  return shown && cutting ? { cutting: cutting(state), pieces: (row) => shown(column(), state, row) } : null
}

/** Of texts that are read word by word: how augmentations change them; null: it is no such encoder. */
export const rewriterFor = ({ encoder, ...state }: FittedEncoder): TextRewriter | null =>
  functionsOf(encoder).rewriter?.(state) ?? null

/** Of a column that ONNX takes only once it has been read further; undefined: it takes the value itself. */
export const readingOf = ({
  encoder,
  ...state
}: FittedEncoder): Readonly<Record<string, unknown>> | undefined => functionsOf(encoder).reading?.(state)

/** Whether ONNX takes the column's numbers as float64. */
export const isDouble = ({ encoder, ...state }: FittedEncoder): boolean =>
  functionsOf(encoder).double?.(state) ?? false

export const exportEncoder = (
  nodes: OnnxNodes,
  column: ExportedColumn,
  { encoder, ...state }: FittedEncoder,
): string => functionsOf(encoder).exportTo(nodes, column, state)
