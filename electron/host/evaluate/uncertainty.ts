/** How sure predictions of a model are, as it is kept with the model: see conformal.ts, which finds it out. */
import { z } from 'zod'

const levelSchema = z.object({
  /** Of rows, that the truth is within. */
  coverage: z.number(),
  /** For each output that is judged by itself, how far off is still within; null: there are too few rows to promise it. */
  bounds: z.array(z.number().nullable()),
  /** What it covers of the test rows; null: the test was not opened. */
  measured: z.number().nullable(),
})

export const uncertaintySchema = z.object({
  /** Validation rows that it was learned from. */
  rows: z.int(),
  /** Test rows that it was measured on. */
  testRows: z.int().nullable(),
  levels: z.array(levelSchema),
})
export type Uncertainty = z.infer<typeof uncertaintySchema>
export type UncertaintyLevel = z.infer<typeof levelSchema>

/** The level that people ask for first. */
export const toldCoverage = 0.9

/** The level that promises so much; undefined: none does. */
export const levelOf = ({ levels }: Uncertainty, coverage: number): UncertaintyLevel | undefined =>
  levels.find((level) => Math.abs(level.coverage - coverage) < 1e-6)
