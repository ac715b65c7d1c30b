/** What images and text share: examples with one label each, from training files and perhaps test files of their own. */
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import {
  DescentError,
  given,
  type Column,
  isCorrected,
  labelsListed,
  multilabel,
  noCorrections,
  plural,
  taskOf,
  tasksOfLabels,
  withTaskOfLabels,
  type ColumnKind,
  type Correction,
  type Dataset,
  type ImagesRecipe,
  type Overlay,
  type Profile,
  type SourceFile,
  type TextRecipe,
} from '../../contract/index.ts'
import type { AsImported, CategoryColumn } from '../datasets/frame.ts'
import { allNumbers, correctedOn, numbersFrom, rowInWords } from '../datasets/overlay.ts'
import { findAlerts } from '../explore/alerts/index.ts'
import { listed, unitOf } from '../explore/findings.ts'
import type { ImageLooks } from '../explore/image-looks.ts'
import type { TextLooks } from '../explore/texts/index.ts'
import { imbalanceOf } from '../explore/relations.ts'
import { findLists, listsNote, type ListedLabels } from '../tasks/find-lists.ts'
import { sortClasses } from '../tasks/index.ts'
import type { CellPlace } from './kind.ts'

export const labelName = 'label'

export interface Labels {
  readonly labels: CategoryColumn
  /** The training files' examples come first; behind so many of them, the test files'. */
  readonly trainRows: number
  /** The last so many of these came to validate; absent: none did. */
  readonly validationRows?: number
  /** Absent: there are no corrections. */
  readonly imported?: AsImported
}

function columnOf(texts: readonly string[]): CategoryColumn {
  const codeOf = new Map<string, number>()
  const codes = Int32Array.from(texts, (label) => {
    const code = codeOf.get(label) ?? codeOf.size
    codeOf.set(label, code)
    return code
  })
  return { kind: 'category', name: labelName, codes, categories: [...codeOf.keys()] }
}

/** A column of the files as the version has it, without the rows that it lacks. */
export function correctedTexts(
  asImported: readonly string[],
  column: string,
  corrections: Overlay = noCorrections,
): string[] {
  const texts = [...asImported]
  for (const cell of corrections.cells)
    if (cell.column === column && cell.value !== null) texts[cell.row] = cell.value
  return isCorrected(corrections)
    ? Array.from(allNumbers(corrections, texts.length), (row) => texts[row]!)
    : texts
}

/** `validating`: the last so many of `train` came to validate. */
export function labelsOf(
  train: readonly string[],
  test: readonly string[],
  corrections?: Overlay,
  validating = 0,
): Labels {
  const all = [...train, ...test]
  const labels = columnOf(correctedTexts(all, labelName, corrections))
  const given = validating > 0 && { validationRows: validating }
  if (corrections === undefined || !isCorrected(corrections))
    return { labels, trainRows: train.length, ...given }
  const numbers = allNumbers(corrections, all.length)
  const trainRows = numbers.filter((row) => row < train.length).length
  const still = numbers.filter((row) => row < train.length && row >= train.length - validating).length
  return {
    labels,
    trainRows,
    ...(validating > 0 && { validationRows: still }),
    imported: { targets: [columnOf(all)], trainRows: train.length, ...given, numbers },
  }
}

export const labelAt = ({ labels: { categories, codes } }: Labels, row: number): string | null =>
  categories[codes[row] ?? -1] ?? null

/** Numbers of rows on a page, and what of it was imported otherwise. */
export function pageOf(
  { imported, labels }: Labels,
  corrections: Overlay = noCorrections,
  from: number,
  limit: number,
): { readonly numbers: number[]; readonly corrected: CellPlace[] } {
  const numbers = imported
    ? Array.from(imported.numbers.subarray(from, from + limit))
    : numbersFrom(noCorrections, labels.codes.length, from, limit)
  return { numbers, corrected: correctedOn(numbers, corrections) }
}

/** Labels and texts can be changed and rows dropped; there is no file that a new row could come from. */
export function fittingLabelled(
  corrections: readonly Correction[],
  editable: readonly string[],
  what: LabeledRecipe['kind'],
): Correction[] {
  const refuse = (message: string): never => {
    throw new DescentError('badData', message, 'corrections')
  }
  return corrections.map((correction): Correction => {
    if (correction.type === 'drop') return correction
    if (correction.type === 'append')
      return refuse(
        `Rows are appended to tables only. Add the new ${what} to the files and import them again.`,
      )
    const { row, column } = correction
    if (!editable.includes(column))
      return refuse(`Of ${what}, only ${editable.join(' and ')} can be changed, not "${column}".`)
    const value = correction.value?.trim() ?? ''
    if (value === '')
      return refuse(`The ${column} of ${rowInWords(row)} cannot be empty. Give a value, or drop the row.`)
    return { ...correction, value }
  })
}

export const labeledColumns = (name: string, kind: ColumnKind): Column[] => [
  { name, kind, role: 'feature' },
  { name: labelName, kind: 'category', role: 'target' },
]

/** The recipe to start from where labels are lists of labels, and what is told of that. */
export function withLists<R extends LabeledRecipe>(
  recipe: R,
  lists: ListedLabels | null,
): { readonly recipe: R; readonly notes: string[] } {
  if (lists === null) return { recipe, notes: [] }
  return {
    recipe: withTaskOfLabels(recipe, multilabel.name, lists.separator),
    notes: [listsNote(labelName, lists, taskOf(recipe.task).label)],
  }
}

/** null: each label is one. */
export const listsIn = ({ labels: { categories, codes } }: Labels): ListedLabels | null => {
  const counts = countsOf({ categories, codes })
  return findLists(categories.map((text, code) => ({ text, rows: counts[code]! })))
}

export function requireClasses({ labels: { categories } }: Labels, path: string): void {
  if (categories.length < 2)
    throw new DescentError(
      'badData',
      `Every example of ${path} has the label ${categories[0] ?? 'nothing'}: with one class only there is nothing to tell apart.`,
      'path',
    )
}

/** How many examples each category has. */
function countsOf({ categories, codes }: Pick<CategoryColumn, 'categories' | 'codes'>): number[] {
  const counts = new Array<number>(categories.length).fill(0)
  for (const code of codes) counts[code]!++
  return counts
}

/** Classes that training never sees. */
export function unseenNotes({ labels: { categories, codes }, trainRows }: Labels, unit: string): string[] {
  const seen = new Set(codes.subarray(0, trainRows))
  const counts = countsOf({ categories, codes })
  const unseen = categories.flatMap((name, code) =>
    seen.has(code) || counts[code] === 0 ? [] : [`“${name}” (${plural(counts[code]!, unit)})`],
  )
  if (unseen.length === 0) return []
  const shown = listed(unseen)
  return [
    unseen.length === 1
      ? `The class ${shown} is in the test files only: nothing can be learned about it, and all of it counts as wrong.`
      : `The classes ${shown} are in the test files only: nothing can be learned about them, and all of them count as wrong.`,
  ]
}

/** One hash for several files: of the list of what they are and of their hashes. */
export const hashOfFiles = (files: readonly SourceFile[]): string =>
  createHash('sha256')
    .update(JSON.stringify(files.map(({ role, part, sha256 }) => [role, part, sha256])))
    .digest('hex')

type LabeledRecipe = ImagesRecipe | TextRecipe

export function validateLabelled(
  { data, split, task }: LabeledRecipe,
  { columns, receipt }: Pick<Dataset, 'columns' | 'receipt'>,
): void {
  if (!tasksOfLabels.includes(task))
    throw new DescentError(
      'badRecipe',
      `The label of ${receipt.kind} is text, of which “${taskOf(task).label}” (${task}) cannot be learned: choose ${tasksOfLabels.join(', ')}. Numbers of pictures or texts are predicted of a table that names them.`,
      'task',
    )
  if (!isDeepStrictEqual(data.columns, columns))
    throw new DescentError(
      'badRecipe',
      `The columns of ${receipt.kind} are ${columns.map(({ name }) => name).join(' and ')}, and have their roles.`,
      'data.columns',
    )
  if (split.method === given.name && receipt.files.every(({ part }) => part === 'train'))
    throw new DescentError(
      'badRecipe',
      'The data came without test files. Choose another split, e.g. at random.',
      'split.method',
    )
}

/** How many examples each class has, or each label that they list. */
function classCounts(labels: CategoryColumn, separator: string | null): Map<string, number> {
  const found = new Map<string, number>()
  for (const [code, count] of countsOf(labels).entries()) {
    const text = labels.categories[code]!
    for (const label of separator === null ? [text] : new Set(labelsListed(text, separator)))
      found.set(label, (found.get(label) ?? 0) + count)
  }
  return found
}

/** What the Explore step shows: the classes, and what examples are like. */
export function labeledProfile(
  { labels }: Labels,
  columns: readonly Column[],
  { kind, target }: LabeledRecipe,
  duplicateRows: number,
  looks: { readonly images?: ImageLooks; readonly texts?: TextLooks } = {},
): Profile {
  const started = performance.now()
  const counts = classCounts(labels, target.separator)
  const classes = sortClasses([...counts.keys()])
    .map((value) => ({ value, count: counts.get(value) ?? 0 }))
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
      looked: null,
      conflicts: null,
      ...(looks.images && { images: [looks.images] }),
      ...(looks.texts && { texts: looks.texts }),
    }),
    ...(looks.texts && { texts: looks.texts.profile }),
    pictures: null,
    sampled: null,
    seconds: (performance.now() - started) / 1000,
  }
}
