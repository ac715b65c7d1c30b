/** Alerts about the data as a whole. */
import { plural, type alerts } from '../../../contract/index.ts'
import type { Rules } from '../findings.ts'
import type { Evidence } from './evidence.ts'

export const tableAlerts = {
  fewRows: ({ rows, unit }, fewest) =>
    rows < fewest.rows
      ? [
          {
            columns: [],
            message: `${plural(rows, `${unit} is`, `${unit}s are`)} few to learn from: expect results to vary with the split.`,
            evidence: { rows },
          },
        ]
      : [],

  duplicateRows: ({ rows, duplicateRows, unit }) =>
    duplicateRows > 0
      ? [
          {
            columns: [],
            message: `${plural(duplicateRows, `${unit} repeats`, `${unit}s repeat`)} an earlier ${unit}. Copies may fall into training and test at once and flatter the result.`,
            evidence: { duplicates: duplicateRows, share: duplicateRows / rows },
          },
        ]
      : [],
} satisfies Partial<Rules<typeof alerts, Evidence>>
