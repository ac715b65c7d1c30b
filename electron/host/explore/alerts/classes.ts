/** Alerts about the classes of the target. */
import { fixes, formatCount, formatPercent, plural, type alerts } from '../../../contract/index.ts'
import { listed, type Rules } from '../findings.ts'
import type { Evidence } from './evidence.ts'

type Classes = NonNullable<Evidence['classBalance']>['classes']

const sum = (classes: Classes): number => classes.reduce((all, { count }) => all + count, 0)
const columnsOf = ({ target }: Evidence): string[] => (target === null ? [] : [target])

/** Classes with fewer examples than that; none where there is nothing to tell apart. */
const smallerThan = ({ classBalance }: Evidence, rows: (total: number) => number): Classes => {
  const classes = classBalance?.classes ?? []
  return classes.length > 1 ? classes.filter(({ count }) => count < rows(sum(classes))) : []
}

export const classAlerts = {
  singleClass: (evidence) => {
    const [first, ...others] = evidence.classBalance?.classes ?? []
    if (first === undefined || others.length > 0) return []
    return [
      {
        columns: columnsOf(evidence),
        message: `The target “${evidence.target}” has one class only: there is nothing to tell apart.`,
        evidence: { class: first.value },
      },
    ]
  },

  tinyClass: (evidence, { rows }) => {
    const tiny = smallerThan(evidence, () => rows)
    if (tiny.length === 0) return []
    return [
      {
        columns: columnsOf(evidence),
        message: `${plural(tiny.length, 'class has', 'classes have')} fewer than ${rows} ${evidence.unit}s and cannot be in every split: ${listed(tiny.map(({ value }) => `“${value}”`))}.`,
        evidence: { classes: tiny.length, fewest: tiny.at(-1)!.count },
      },
    ]
  },

  imbalance: (evidence, thresholds) => {
    const { classes = [], imbalance = 0 } = evidence.classBalance ?? {}
    const [largest] = classes
    if (largest === undefined || classes.length < 2 || imbalance <= thresholds.imbalance) return []
    const share = largest.count / sum(classes)
    return [
      {
        columns: columnsOf(evidence),
        message: `The classes are very uneven: “${largest.value}” has ${formatPercent(share)} of the ${evidence.unit}s. Look at balanced accuracy, or weigh the classes.`,
        evidence: { imbalance, class: largest.value, share },
        fixes: [fixes.weighClasses],
      },
    ]
  },

  rareClass: (evidence, { share: most, ofEven }) => {
    const share = Math.min(most, ofEven / (evidence.classBalance?.classes.length ?? 1))
    const rare = smallerThan(evidence, (total) => share * total)
    if (rare.length === 0) return []
    return [
      {
        columns: columnsOf(evidence),
        message: `${plural(rare.length, 'class has', 'classes have')} less than ${formatPercent(share, share < most ? 2 : 0)} of the ${evidence.unit}s: ${listed(rare.map(({ value, count }) => `“${value}” (${formatCount(count)})`))}.`,
        evidence: { classes: rare.length, fewest: rare.at(-1)!.count },
        fixes: [fixes.weighClasses],
      },
    ]
  },
} satisfies Partial<Rules<typeof alerts, Evidence>>
