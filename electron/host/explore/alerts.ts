/** What an experienced eye would point out in a table: decisions over its statistics, nothing else. */
import type { Alert, ColumnRole, Profile } from '../../contract/index.ts'
import { mayBeIdentifier } from '../datasets/infer.ts'
import { plural } from '../plural.ts'
import type { Measured } from './measure.ts'
import type { TargetLink } from './relations.ts'

export interface Evidence {
  readonly rows: number
  readonly duplicateRows: number
  readonly measured: readonly Measured[]
  readonly correlations: Profile['correlations']
  readonly classBalance: Profile['classBalance']
  readonly links: readonly TargetLink[]
}

type Severity = Alert['severity']
type Fix = Alert['fix']

const fixes = {
  ignore: { label: 'Ignore', role: 'ignore' as ColumnRole },
  id: { label: 'Treat as id', role: 'id' as ColumnRole },
}

/** More alerts of a kind than this become one that lists the columns. */
const mostAlone = 8

const percent = (share: number) => {
  const value = share * 100
  return `${value >= 10 ? value.toFixed(0) : value >= 0.1 ? value.toFixed(1) : '< 0.1'} %`
}

interface Rule {
  readonly code: string
  readonly severity: Severity
  readonly fix: Fix
  readonly applies: (one: Measured, rows: number) => boolean
  readonly message: (one: Measured, rows: number) => string
  /** For many columns at once: "12 columns …". */
  readonly many: string
}

const isFeature = ({ profile }: Measured) => profile.role === 'feature'
const missingShare = ({ profile }: Measured, rows: number) => profile.missing / rows

const asFacts = ({ profile, wholeNumbers }: Measured) => ({
  present: profile.count,
  distinct: profile.distinct,
  style: 'plain' as const,
  numbers: profile.count,
  infinite: 0,
  nan: 0,
  integers: wholeNumbers ? profile.count : 0,
  padded: 0,
  min: profile.numeric?.min ?? null,
  max: profile.numeric?.max ?? null,
  dates: 0,
  length: 0,
  oddities: [],
})

/** A gap between zero and the next value, in a measured quantity: nobody has a blood pressure of 0, then of 24. */
export function zerosMayBeMissing({ profile, smallestPositive }: Measured): boolean {
  const { numeric, distinct, count } = profile
  if (numeric === null || smallestPositive === null || numeric.min !== 0 || distinct <= 20) return false
  const share = numeric.zeros / count
  return share >= 0.005 && share <= 0.9 && smallestPositive >= 0.1 * Math.max(numeric.median, numeric.mean)
}

const rules: readonly Rule[] = [
  {
    code: 'empty',
    severity: 'warning',
    fix: fixes.ignore,
    applies: (one) => one.profile.count === 0 && isFeature(one),
    message: ({ profile }) => `"${profile.name}" has no values: nothing can be learnt from it.`,
    many: 'columns have no values: nothing can be learnt from them',
  },
  {
    code: 'constant',
    severity: 'warning',
    fix: fixes.ignore,
    applies: (one) => one.profile.distinct === 1 && one.profile.missing === 0 && isFeature(one),
    message: ({ profile }) =>
      `"${profile.name}" has the same value in every row: nothing can be learnt from it.`,
    many: 'columns have the same value in every row: nothing can be learnt from them',
  },
  {
    code: 'mostlyMissing',
    severity: 'warning',
    fix: fixes.ignore,
    applies: (one, rows) => missingShare(one, rows) > 0.5 && one.profile.count > 0 && isFeature(one),
    message: (one, rows) =>
      `"${one.profile.name}" is missing in ${percent(missingShare(one, rows))} of the rows.`,
    many: 'columns are missing in more than half of the rows',
  },
  {
    code: 'missing',
    severity: 'info',
    fix: null,
    applies: (one, rows) =>
      missingShare(one, rows) > 0.01 && missingShare(one, rows) <= 0.5 && isFeature(one),
    message: (one, rows) =>
      `"${one.profile.name}" is missing in ${percent(missingShare(one, rows))} of the rows; Prepare fills it in.`,
    many: 'columns are missing in more than 1 % of the rows; Prepare fills them in',
  },
  {
    code: 'missingTarget',
    severity: 'warning',
    fix: null,
    applies: ({ profile }) => profile.role === 'target' && profile.missing > 0,
    message: ({ profile }) =>
      `The target "${profile.name}" is missing in ${plural(profile.missing, 'row, which is', 'rows, which are')} left out.`,
    many: 'targets are missing in some rows',
  },
  {
    code: 'infinite',
    severity: 'warning',
    fix: null,
    applies: ({ profile }) => (profile.numeric?.infinite ?? 0) > 0,
    message: ({ profile }) =>
      `"${profile.name}" has ${plural(profile.numeric!.infinite, 'infinite value', 'infinite values')}, read as missing.`,
    many: 'columns have infinite values, read as missing',
  },
  {
    code: 'zerosMissing',
    severity: 'warning',
    fix: null,
    applies: (one) => isFeature(one) && zerosMayBeMissing(one),
    message: ({ profile, smallestPositive }) =>
      `"${profile.name}" is 0 in ${percent(profile.numeric!.zeros / profile.count)} of the rows, and never between 0 and ${smallestPositive}: zero may stand for "missing" here.`,
    many: 'columns have zeros far from any other value: zero may stand for "missing" there',
  },
  {
    code: 'idLike',
    severity: 'warning',
    fix: fixes.id,
    applies: (one) => isFeature(one) && one.profile.kind === 'number' && mayBeIdentifier(asFacts(one)),
    message: ({ profile }) =>
      `"${profile.name}" looks like an identifier: large whole numbers, ${profile.distinct} different ones in ${profile.count} rows.`,
    many: 'columns look like identifiers: large whole numbers, almost all different',
  },
  {
    code: 'unique',
    severity: 'warning',
    fix: fixes.id,
    applies: (one, rows) =>
      isFeature(one) && one.profile.kind === 'category' && rows > 1 && one.profile.distinct === rows,
    message: ({ profile }) =>
      `"${profile.name}" is different in every row: it names the row, and nothing can be learnt from it.`,
    many: 'columns are different in every row: they name the row',
  },
  {
    code: 'highCardinality',
    severity: 'warning',
    fix: null,
    applies: (one, rows) =>
      isFeature(one) &&
      one.profile.kind === 'category' &&
      one.profile.distinct > 50 &&
      one.profile.distinct < rows,
    message: ({ profile }) => `"${profile.name}" has ${profile.distinct} categories, most of them rare.`,
    many: 'columns have more than 50 categories',
  },
  {
    code: 'caseVariants',
    severity: 'info',
    fix: null,
    applies: (one) => one.caseVariants > 0 && (isFeature(one) || one.profile.role === 'target'),
    message: ({ profile, caseVariants }) =>
      `"${profile.name}" has ${plural(caseVariants, 'category that differs', 'categories that differ')} from another only in upper and lower case.`,
    many: 'columns have categories that differ only in upper and lower case',
  },
  {
    code: 'skewed',
    severity: 'info',
    fix: null,
    applies: ({ profile }) =>
      (profile.role === 'feature' || profile.role === 'target') &&
      profile.distinct > 2 &&
      Math.abs(profile.numeric?.skewness ?? 0) > 2,
    message: ({ profile }) =>
      `"${profile.name}" is strongly skewed (skewness ${profile.numeric!.skewness!.toFixed(1)}): a few values lie far from the rest.`,
    many: 'columns are strongly skewed: a few values lie far from the rest',
  },
]

function columnAlerts({ measured, rows }: Evidence): Alert[] {
  return rules.flatMap(({ code, severity, fix, applies, message, many }): Alert[] => {
    const found = measured.filter((one) => applies(one, rows))
    if (found.length <= mostAlone)
      return found.map((one) => ({
        code,
        severity,
        fix,
        columns: [one.profile.name],
        message: message(one, rows),
      }))
    return [
      {
        code,
        severity,
        fix,
        columns: found.map(({ profile }) => profile.name),
        message: `${found.length} ${many}.`,
      },
    ]
  })
}

function correlationAlerts({ correlations: { columns, values }, measured }: Evidence): Alert[] {
  const roles = new Map(measured.map(({ profile }) => [profile.name, profile.role]))
  const alerts: { r: number; alert: Alert }[] = []
  columns.forEach((a, i) =>
    columns.slice(i + 1).forEach((b, k) => {
      const r = values[i]![i + 1 + k] ?? 0
      const strength = Math.abs(r)
      const withTarget = roles.get(a) === 'target' || roles.get(b) === 'target'
      if (withTarget && strength > 0.99) {
        const feature = roles.get(a) === 'target' ? b : a
        alerts.push({
          r: 2,
          alert: leak(feature, `correlates with it almost perfectly (r = ${r.toFixed(3)})`),
        })
      } else if (!withTarget && strength >= 0.9) {
        const redundant = strength > 0.999
        const severity = redundant ? 'warning' : 'info'
        const message = redundant
          ? `"${b}" says the same as "${a}" (r = ${r.toFixed(3)}): one of them is enough.`
          : `"${a}" and "${b}" are strongly correlated (r = ${r.toFixed(2)}).`
        alerts.push({
          r: strength,
          alert: {
            code: 'correlated',
            severity,
            columns: redundant ? [b] : [a, b],
            message,
            fix: redundant ? { ...fixes.ignore, label: `Ignore ${b}` } : null,
          },
        })
      }
    }),
  )
  return alerts
    .sort((x, y) => y.r - x.r)
    .slice(0, 2 * mostAlone)
    .map(({ alert }) => alert)
}

const leak = (column: string, why: string): Alert => ({
  code: 'leak',
  severity: 'error',
  columns: [column],
  message: `"${column}" may give the target away: it ${why}. Is it known before the target is?`,
  fix: fixes.ignore,
})

function leakAlerts({ links, classBalance }: Evidence): Alert[] {
  const total = classBalance?.classes.reduce((sum, { count }) => sum + count, 0) ?? 0
  const majority = total === 0 ? 1 : classBalance!.classes[0]!.count / total
  return links
    .filter(({ measure, value }) =>
      // A category that is right in 99 % tells little where the majority class alone is right in 98 %.
      measure === 'correlation' ? Math.abs(value) > 0.99 : value > 0.99 && 1 - value < 0.1 * (1 - majority),
    )
    .map(({ column, measure, value }) =>
      measure === 'correlation'
        ? leak(column, `correlates with it almost perfectly (r = ${value.toFixed(3)})`)
        : leak(column, `alone tells the class right in ${percent(value)} of the rows`),
    )
}

function classAlerts({ classBalance, measured }: Evidence): Alert[] {
  if (classBalance === null) return []
  const { classes, imbalance } = classBalance
  const target = measured.find(({ profile }) => profile.role === 'target')?.profile.name ?? ''
  const total = classes.reduce((sum, { count }) => sum + count, 0)
  const alert = (code: string, severity: Severity, message: string): Alert => ({
    code,
    severity,
    columns: [target],
    message,
    fix: null,
  })
  const rare = classes.filter(({ count }) => count < 0.01 * total)
  const tiny = classes.filter(({ count }) => count < 3)
  return [
    ...(classes.length === 1
      ? [
          alert(
            'singleClass',
            'error',
            `The target "${target}" has one class only: there is nothing to tell apart.`,
          ),
        ]
      : []),
    ...(classes.length > 1 && imbalance > 0.5
      ? [
          alert(
            'imbalance',
            'warning',
            `The classes are very uneven: "${classes[0]!.value}" has ${percent(classes[0]!.count / total)} of the rows. Look at balanced accuracy, or weigh the classes.`,
          ),
        ]
      : []),
    ...(classes.length > 1 && rare.length > 0
      ? [
          alert(
            'rareClass',
            'warning',
            `${plural(rare.length, 'class has', 'classes have')} less than 1 % of the rows: ${rare
              .slice(0, 5)
              .map(({ value, count }) => `"${value}" (${count})`)
              .join(', ')}.`,
          ),
        ]
      : []),
    ...(classes.length > 1 && tiny.length > 0
      ? [
          alert(
            'tinyClass',
            'error',
            `${plural(tiny.length, 'class has', 'classes have')} fewer than 3 rows and cannot be in every split: ${tiny
              .slice(0, 5)
              .map(({ value }) => `"${value}"`)
              .join(', ')}.`,
          ),
        ]
      : []),
  ]
}

function tableAlerts({ rows, duplicateRows }: Evidence): Alert[] {
  const alert = (code: string, message: string): Alert => ({
    code,
    severity: 'warning',
    columns: [],
    message,
    fix: null,
  })
  return [
    ...(rows < 200
      ? [
          alert(
            'fewRows',
            `${plural(rows, 'row is', 'rows are')} few to learn from: expect results to vary with the split.`,
          ),
        ]
      : []),
    ...(duplicateRows > 0
      ? [
          alert(
            'duplicates',
            `${plural(duplicateRows, 'row repeats', 'rows repeat')} an earlier row. Copies may fall into training and test at once and flatter the result.`,
          ),
        ]
      : []),
  ]
}

const order: Record<Severity, number> = { error: 0, warning: 1, info: 2 }

/** Fewer rows agree by chance. */
const fewestForLinks = 20

/** Most serious first. */
export function findAlerts(evidence: Evidence): Alert[] {
  return [
    ...tableAlerts(evidence),
    ...classAlerts(evidence),
    ...(evidence.rows < fewestForLinks ? [] : [...leakAlerts(evidence), ...correlationAlerts(evidence)]),
    ...columnAlerts(evidence),
  ].sort((a, b) => order[a.severity] - order[b.severity])
}
