/** What images and text share: examples with one label each, from training files and perhaps test files of their own. */
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import {
  DescentError,
  type Column,
  type ColumnKind,
  type Dataset,
  type ImagesRecipe,
  type Profile,
  type SourceFile,
  type TextRecipe,
} from '../../contract/index.ts'
import type { CategoryColumn } from '../datasets/frame.ts'
import { findAlerts } from '../explore/alerts/index.ts'
import { unitOf } from '../explore/findings.ts'
import { imbalanceOf } from '../explore/relations.ts'
import { sortClasses } from '../tasks/index.ts'

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
