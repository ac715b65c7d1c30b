/** What images and text share: examples with one label each, from training files and perhaps test files of their own. */
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import {
  DescentError,
  type Column,
  type ColumnKind,
  type Dataset,
  type ImagesRecipe,
  type PreparedSummary,
  type Profile,
  type Recipe,
  type SourceFile,
  type TextRecipe,
} from '../../contract/index.ts'
import type { CategoryColumn } from '../datasets/frame.ts'
import { findAlerts } from '../explore/alerts/index.ts'
import { findChecks, noTable, type CheckEvidence } from '../explore/checks/index.ts'
import { unitOf } from '../explore/findings.ts'
import { imbalanceOf } from '../explore/relations.ts'
import { fitClasses, fitClassWeights, sortClasses } from '../prepare/fit.ts'
import { preparationVersion } from '../prepare/preparation.ts'
import { splitRows, type RowSplit } from '../prepare/split.ts'
import { classCountsOf } from '../prepare/summary.ts'

export const labelName = 'label'

export interface Labels {
  readonly labels: CategoryColumn
  /** The training files' examples come first; behind so many of them, the test files'. */
  readonly trainRows: number
}

export function labelsOf(train: readonly string[], test: readonly string[]): Labels {
  const codeOf = new Map<string, number>()
  const codes = Int32Array.from([...train, ...test], (label) => {
    const code = codeOf.get(label) ?? codeOf.size
    codeOf.set(label, code)
    return code
  })
  const labels = { kind: 'category' as const, name: labelName, codes, categories: [...codeOf.keys()] }
  return { labels, trainRows: train.length }
}

export const labelledColumns = (name: string, kind: ColumnKind): Column[] => [
  { name, kind, role: 'feature' },
  { name: labelName, kind: 'category', role: 'target' },
]

export function requireClasses({ labels: { categories } }: Labels, path: string): void {
  if (categories.length < 2)
    throw new DescentError(
      'badData',
      `Every example of ${path} has the label ${categories[0] ?? 'nothing'}: with one class only there is nothing to tell apart.`,
      'path',
    )
}

/** One hash for several files: of the list of what they are and of their hashes. */
export const hashOfFiles = (files: readonly SourceFile[]): string =>
  createHash('sha256')
    .update(JSON.stringify(files.map(({ role, part, sha256 }) => [role, part, sha256])))
    .digest('hex')

type LabelledRecipe = ImagesRecipe | TextRecipe

export function validateLabelled(
  { data, split }: LabelledRecipe,
  { columns, receipt }: Pick<Dataset, 'columns' | 'receipt'>,
): void {
  if (!isDeepStrictEqual(data.columns, columns))
    throw new DescentError(
      'badRecipe',
      `The columns of ${receipt.kind} are ${columns.map(({ name }) => name).join(' and ')}, and have their roles.`,
      'data.columns',
    )
  if (split.test === null && !receipt.files.some(({ part }) => part === 'test'))
    throw new DescentError(
      'badRecipe',
      'The data came without test files. Say which share of it is the test split, e.g. 0.15.',
      'split.test',
    )
}

export function splitLabelled({ labels, trainRows }: Labels, { split, data }: LabelledRecipe): RowSplit {
  const { validation, stratify, seed } = split
  const test = split.test ?? 0
  const shares = { train: 1 - validation - test, validation, test, stratify, seed }
  if (split.test !== null) return splitRows(labels, shares, { limit: data.rows })
  const parts = splitRows(labels, shares, { limit: data.rows, of: trainRows })
  const given = Int32Array.from({ length: labels.codes.length - trainRows }, (_, i) => trainRows + i)
  return { ...parts, test: given }
}

export function fitLabels({ labels }: Labels, { prepare }: LabelledRecipe, train: Int32Array) {
  const target = fitClasses(labels)
  const indexOf = new Map(target.classes.map((name, index) => [name, index]))
  const classOf = labels.categories.map((name) => indexOf.get(name) ?? -1)
  return {
    fitted: {
      version: preparationVersion,
      task: 'classification' as const,
      target,
      classWeights: fitClassWeights(labels, target.classes, train, prepare.imbalance),
      trainRows: train.length,
    } as const,
    targets: labels.codes.map((code) => classOf[code] ?? -1),
  }
}

/** What the Prepare step shows of such data. `features` says what becomes of an example. */
export function labelledSummary(
  recipe: Recipe,
  split: RowSplit,
  targets: Int32Array,
  { target, classWeights }: ReturnType<typeof fitLabels>['fitted'],
  features: PreparedSummary['features'],
  words: CheckEvidence['words'] = null,
): PreparedSummary {
  const { classes } = target
  const counted = {
    splits: { train: split.train.length, validation: split.validation.length, test: split.test.length },
    dropped: split.dropped,
    classes,
    classCounts: classCountsOf(split, targets, classes),
  }
  return {
    ...counted,
    classWeights,
    features,
    before: [],
    after: [],
    warnings: findChecks({ ...counted, ...noTable, recipe, unit: unitOf[recipe.kind], words }),
  }
}

/** What the Explore step shows: the classes. Examples themselves are not measured yet. */
export function labelledProfile(
  { labels }: Labels,
  columns: readonly Column[],
  kind: LabelledRecipe['kind'],
  duplicateRows: number,
): Profile {
  const started = performance.now()
  const counts = new Array<number>(labels.categories.length).fill(0)
  for (const code of labels.codes) counts[code]!++
  const classes = sortClasses(labels.categories)
    .map((value) => ({ value, count: counts[labels.categories.indexOf(value)] ?? 0 }))
    .sort((a, b) => b.count - a.count)
  const rows = labels.codes.length
  const correlations = { columns: [], values: [] }
  const classBalance = { classes, imbalance: imbalanceOf(classes.map(({ count }) => count)) }
  return {
    rows,
    duplicateRows,
    columns: columns.map(({ name, kind, role }) => ({
      name,
      kind,
      role,
      count: rows,
      missing: 0,
      distinct: role === 'target' ? classes.length : rows - duplicateRows,
      numeric: null,
      top: role === 'target' ? classes : [],
    })),
    correlations,
    classBalance,
    alerts: findAlerts({
      unit: unitOf[kind],
      rows,
      duplicateRows,
      target: labelName,
      measured: [],
      correlations,
      classBalance,
      links: [],
    }),
    seconds: (performance.now() - started) / 1000,
  }
}
