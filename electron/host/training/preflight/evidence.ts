/** What pre-flight checks decide over: what was measured on a sample of the data, with networks of their own. */
import type { Recipe, Taken } from '../../../contract/index.ts'
import type { InLayer } from '../layer-words.ts'

/** Of a feature that is far from the others in size. */
export interface Scale {
  readonly feature: string
  readonly mean: number
  readonly deviation: number
}

/** null: it was not measured, since it does not apply or there was no time. */
export interface PreflightEvidence {
  readonly recipe: Recipe
  readonly notFinite: { readonly values: number; readonly feature: string; readonly example: number }
  readonly scales: readonly Scale[]
  readonly normalizesBatches: boolean
  readonly startLoss: number
  /** What answering 0 every time loses on the same rows: a few that lie far out make it large. */
  readonly guessLoss: number
  readonly expectedLoss: number | null
  /** The last layer turns its outputs into probabilities. */
  readonly probabilities: { readonly layer: string; readonly least: number; readonly most: number } | null
  /** How far an answer changes with the other examples of its batch, as a share of its size. */
  readonly mixing: number
  /** What the model takes; its time only where it is limited, and there was some left. */
  readonly taken: Taken | null
  readonly unreached: readonly string[]
  readonly slope: { readonly promised: number; readonly measured: number } | null
  readonly dead: readonly InLayer[]
  readonly saturated: readonly InLayer[]
  /** How far answers with gathered statistics are from those with the batch's own, as a share of their size. */
  readonly stale: number | null
  readonly tiny: {
    readonly examples: number
    readonly before: number
    readonly after: number
    readonly steps: number
  } | null
  /** `better`: by how many standard errors the network that sees is ahead. */
  readonly signal: {
    readonly seeing: number
    readonly blind: number
    readonly better: number
    readonly examples: number
  } | null
}
