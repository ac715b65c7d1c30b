/** What goes into an exported file and what comes out, for programs: an open description that stands beside the file. */
import type { OnnxPort } from '../../../../engine/index.ts'
import type { PictureReading } from '../../../contract/index.ts'

/** What of the way from a written value to a tensor the file cannot do itself. */
export type Reading = Readonly<Record<string, unknown>>

export interface SignatureInput extends Required<OnnxPort> {
  /** How a missing value is written; absent: none may be missing. */
  readonly missing?: 'NaN' | ''
  readonly reading?: Reading
  /** What else stands for a missing value, as the table that was trained on has it. */
  readonly marks?: readonly string[]
  /** Of categories: values that training knew, as many as fit a list. */
  readonly levels?: readonly string[]
  /** Of numbers: between which those of the training were. */
  readonly range?: readonly [low: number, high: number]
  /** Of pictures: what becomes of other sizes and shapes, and what stands behind transparent ones. */
  readonly picture?: Pick<PictureReading, 'fit' | 'background'>
  /** SQL that computes it of the file's own columns; absent: it is one of them, or joined. */
  readonly computed?: string
}

export interface SignatureOutput extends Required<OnnxPort> {
  /** What stands in each column, in order. */
  readonly columns?: readonly string[]
  /** What it says; absent: it is what the network's last layer gives. */
  readonly answer?: 'label' | 'probabilities' | 'variable'
  /** Between labels that stand in one column of the table. */
  readonly separator?: string
}

export interface Signature {
  readonly format: 'descent-signature'
  readonly formatVersion: 1
  readonly inputs: readonly SignatureInput[]
  readonly outputs: readonly SignatureOutput[]
}

export const signatureOf = (
  inputs: readonly SignatureInput[],
  outputs: readonly SignatureOutput[],
): Signature => ({ format: 'descent-signature', formatVersion: 1, inputs, outputs })
