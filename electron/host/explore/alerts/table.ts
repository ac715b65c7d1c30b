/** Alerts about the data as a whole. */
import { formatCount, formatPercent, plural, type alerts, type RowFilter } from '../../../contract/index.ts'
import type { Rules } from '../findings.ts'
import type { Evidence } from './evidence.ts'

/** As many as anybody looks at. */
const mostRows = 1000
/** Rows of the version, by their places in the sample. */
const rowsOf = (rows: Int32Array, places: Iterable<number>): RowFilter => ({
  is: 'rows',
  rows: [...new Set(places)].slice(0, mostRows).map((place) => rows[place]!),
})
/** “in 20,000 of 54,000 rows” where not all were looked at. */
const among = (looked: number, of: number): string =>
  looked < of ? ` (in a sample of ${formatCount(looked)} of ${formatCount(of)} rows)` : ''

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
            ...(unit === 'row' && { rows: { is: 'repeated' } as const }),
          },
        ]
      : [],

  nearDuplicates: ({ looked }, { share }) => {
    if (looked?.near == null) return []
    const { near, compared, pairs } = looked.near
    if (near === 0 || near < share * compared) return []
    return [
      {
        columns: [],
        message: `${plural(near, 'row is', 'rows are')} nearly the same as another one, ${formatPercent(near / compared)} of the different ones${among(looked.rows.length, looked.of)}. On both sides of a split they flatter the result.`,
        evidence: { near, share: near / compared, compared },
        rows: rowsOf(looked.rows, pairs.flat()),
      },
    ]
  },

  conflictingLabels: ({ conflicts, target }) =>
    conflicts !== null && conflicts.groups > 0
      ? [
          {
            columns: target === null ? [] : [target],
            message: `${plural(conflicts.rows, 'row is', 'rows are')} equal in every feature to a row of another class: one of them is wrong, or what tells them apart is missing.`,
            evidence: { ...conflicts },
            rows: { is: 'conflicting' } as const,
          },
        ]
      : [],

  suspectLabels: ({ looked, target }, { share, accuracy: least }) => {
    if (looked?.suspects == null) return []
    const { found, compared, accuracy } = looked.suspects
    const [first] = found
    if (first === undefined || found.length < share * compared || accuracy < least) return []
    return [
      {
        columns: target === null ? [] : [target],
        message: `${plural(found.length, 'row', 'rows')} of ${formatCount(compared)} that were looked at may have the wrong class: a model that has not seen them is surer of another one. The first is “${first.label}” and looks like “${first.likely}”.`,
        evidence: { suspects: found.length, share: found.length / compared, compared, accuracy },
        rows: rowsOf(
          looked.rows,
          found.map(({ row }) => row),
        ),
      },
    ]
  },
} satisfies Partial<Rules<typeof alerts, Evidence>>
