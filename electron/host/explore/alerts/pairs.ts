/** Alerts about what columns say of each other, and of the target. */
import { fixes, formatFixed, formatPercent, plural, type alerts } from '../../../contract/index.ts'
import type { Rules } from '../findings.ts'
import type { Evidence } from './evidence.ts'

interface Pair {
  readonly a: string
  readonly b: string
  readonly r: number
}

/** The strongest first; all of them would be a list that nobody reads. */
const mostPairs = 16

function pairsOf({ correlations: { columns, values }, looked }: Evidence): Pair[] {
  return columns
    .flatMap((a, i) => columns.slice(i + 1).map((b, k): Pair => ({ a, b, r: values[i]![i + 1 + k] ?? 0 })))
    .concat((looked?.datePairs ?? []).map(({ a, b, value }) => ({ a, b, r: value })))
    .sort((x, y) => Math.abs(y.r) - Math.abs(x.r))
}

const countIn = ({ measured }: Evidence, name: string): number =>
  measured.find(({ profile }) => profile.name === name)?.profile.count ?? 0

const keyOf = (a: string, b: string): string => [a, b].toSorted().join('\n')

/** Pairs of features, from the strongest; the target's correlations are its own matter. */
const featurePairs = (evidence: Evidence, most: (strength: number) => boolean): Pair[] =>
  pairsOf(evidence)
    .filter(({ a, b, r }) => a !== evidence.target && b !== evidence.target && most(Math.abs(r)))
    .slice(0, mostPairs)

const perfectly = (r: number): string => `correlates with it almost perfectly (r = ${formatFixed(r, 3)})`

/** What all but gives the target away, and how. */
function givenAway(
  evidence: Evidence,
  { strength, advantage }: { readonly strength: number; readonly advantage: number },
): { column: string; strength: number; how: string }[] {
  const { target, links, classBalance } = evidence
  const numbers = pairsOf(evidence).filter(({ a, b }) => a === target || b === target)
  const correlations = [
    ...numbers.map(({ a, b, r }) => ({ column: a === target ? b : a, r })),
    ...links.flatMap(({ column, measure, value }) =>
      measure === 'correlation' ? [{ column, r: value }] : [],
    ),
  ]
  const classes = classBalance?.classes ?? []
  const total = classes.reduce((sum, { count }) => sum + count, 0)
  const majority = total === 0 ? 1 : classes[0]!.count / total
  return [
    ...correlations
      .filter(({ r }) => Math.abs(r) > strength)
      .map(({ column, r }) => ({ column, strength: Math.abs(r), how: perfectly(r) })),
    ...links
      // A category that is right in 99 % tells little where the majority class alone is right in 98 %.
      .filter(
        ({ measure, value }) =>
          measure === 'purity' && value > strength && 1 - value < advantage * (1 - majority),
      )
      .map(({ column, value }) => ({
        column,
        strength: value,
        how: `alone tells the class right in ${formatPercent(value)} of the rows`,
      })),
  ]
}

export const pairAlerts = {
  leak: (evidence, thresholds) =>
    evidence.rows < thresholds.rows
      ? []
      : givenAway(evidence, thresholds).map(({ column, strength, how }) => ({
          columns: [column],
          message: `“${column}” may give the target away: it ${how}. Is it known before the target is?`,
          evidence: { strength },
          fixes: [fixes.ignore(column)],
        })),

  redundant: (evidence, thresholds) =>
    evidence.rows < thresholds.rows
      ? []
      : featurePairs(evidence, (strength) => strength > thresholds.r).map(({ a, b, r }) => {
          // The emptier one tells less.
          const [kept, dropped] = countIn(evidence, a) < countIn(evidence, b) ? [b, a] : [a, b]
          return {
            columns: [a, b],
            message: `“${dropped}” says the same as “${kept}” (r = ${formatFixed(r, 3)}): one of them is enough.`,
            evidence: { r },
            fixes: [fixes.ignoreOne(dropped)],
          }
        }),

  strongFeature: ({ looked, rows, target }, { score: least, rows: fewest }) =>
    rows < fewest
      ? []
      : (looked?.predictive ?? [])
          .filter(({ score }) => score > least)
          .map(({ column, score }) => ({
            columns: [column],
            message: `“${column}” alone predicts “${target}” nearly perfectly (score ${formatFixed(score, 2)} of 1). Is it known before the target is?`,
            evidence: { score },
            fixes: [fixes.ignore(column)],
          })),

  sumColumn: ({ looked, target }) =>
    (looked?.sums ?? []).map(({ column, terms, explained }) => {
      const parts = terms.map(({ column: part, times }) => `${times === 1 ? '' : `${times} × `}“${part}”`)
      const gives = terms.some((term) => term.column === target)
      return {
        columns: [column],
        message: `“${column}” is ${explained > 0.999_999 ? '' : 'nearly '}the sum of ${plural(parts.length, 'other', 'others')}: ${parts.join(' + ')}.${gives ? ' It gives the target away.' : ''}`,
        evidence: { explained, terms: parts.length },
        fixes: column === target ? [] : [fixes.ignoreOne(column)],
      }
    }),

  associated: (evidence, { v, rows }) => {
    if (evidence.rows < rows) return []
    const strength = new Map(pairsOf(evidence).map(({ a, b, r }) => [keyOf(a, b), Math.abs(r)]))
    return (evidence.looked?.associations ?? [])
      .filter(({ a, b, value }) => value >= v && (strength.get(keyOf(a, b)) ?? 0) < v)
      .toSorted((one, other) => other.value - one.value)
      .slice(0, mostPairs)
      .map(({ a, b, value }) => ({
        columns: [a, b],
        message: `“${a}” and “${b}” nearly tell each other (Cramér’s V = ${formatFixed(value, 3)}).`,
        evidence: { v: value },
        fixes: value > 0.999 ? [fixes.ignoreOne(b)] : [],
      }))
  },

  correlated: (evidence, thresholds) =>
    evidence.rows < thresholds.rows
      ? []
      : featurePairs(evidence, (strength) => strength >= thresholds.r && strength <= thresholds.same).map(
          ({ a, b, r }) => ({
            columns: [a, b],
            message: `“${a}” and “${b}” are strongly correlated (r = ${formatFixed(r, 3)}).`,
            evidence: { r },
          }),
        ),
} satisfies Partial<Rules<typeof alerts, Evidence>>
