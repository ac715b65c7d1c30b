/** What goes into an exported file and what comes out, for programs: an open description that stands beside the file. */
import type { OnnxPort } from '../../../../engine/index.ts'

/** What of the way from a written value to a tensor the file cannot do itself. */
export type Reading = Readonly<Record<string, unknown>>

export interface SignatureInput extends Required<OnnxPort> {
  /** How a missing value is written; absent: none may be missing. */
  readonly missing?: 'NaN' | ''
  readonly reading?: Reading
  /** SQL that computes it of the file's own columns; absent: it is one of them, or joined. */
  readonly computed?: string
}

export interface SignatureOutput extends Required<OnnxPort> {
  /** What stands in each column, in order. */
  readonly columns?: readonly string[]
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
