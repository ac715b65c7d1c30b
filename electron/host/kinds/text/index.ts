/** Text: files with `label text` on each line, kept as they are. */
import { basename } from 'node:path'
import {
  defaultTextRecipe,
  DescentError,
  formatCount,
  plural,
  type Receipt,
  type SourceFile,
} from '../../../contract/index.ts'
import { keepOriginal, readOriginal } from '../../datasets/originals.ts'
import { gunzipWithin } from '../../inputs/gunzip.ts'
import { readNamed } from '../../inputs/read-file.ts'
import {
  plainContext,
  shareOf,
  type Cell,
  type CellPlace,
  type KindOfData,
  type DataFolder,
  type ReadContext,
} from '../kind.ts'
import {
  correctedTexts,
  fittingLabelled,
  hashOfFiles,
  labelAt,
  labeledColumns,
  labeledProfile,
  labelName,
  labelsOf,
  listsIn,
  pageOf,
  requireClasses,
  unseenNotes,
  validateLabelled,
  withLists,
  type Labels,
} from '../labeled.ts'
import { classesOfTarget } from '../../tasks/index.ts'
import { findTexts, textsIn } from './find-texts.ts'
import { styleOf, type LabelStyle } from './label-style.ts'
import { styleIn } from './receipt-style.ts'
import { labeledLines, readLines, type LabeledLines } from './lines.ts'
import { newLines } from './new-lines.ts'

const columnName = 'text'
const bad = (message: string): DescentError => new DescentError('badData', message, 'path')

const textColumn = (values: readonly string[]) => ({ kind: 'text' as const, name: columnName, values })

export interface TextData extends Labels {
  readonly texts: readonly string[]
}

interface ReadParts {
  readonly data: TextData
  readonly parts: readonly { readonly file: SourceFile; readonly lines: LabeledLines }[]
  readonly style: LabelStyle | null
}

/** `receipt`: how the files say their labels; null: that is found out, by the lines of the first of them. */
async function readParts(
  { folder, corrections }: DataFolder,
  files: readonly SourceFile[],
  receipt: Receipt | null,
  { limits, progress }: ReadContext,
): Promise<ReadParts> {
  const parts: { file: SourceFile; lines: LabeledLines }[] = []
  let style = receipt ? styleIn(receipt) : undefined
  for (const file of files) {
    const bytes = await gunzipWithin(await readOriginal(folder, file), file.name, limits)
    const lines = readLines(bytes, file.name, limits, style !== null, !receipt || receipt.texts?.rules === 2)
    style ??= receipt ? null : styleOf(lines.lines.map((line) => line.text))
    parts.push({ file, lines: labeledLines(lines, file.name, style) })
    progress(parts.length / files.length)
  }
  const of = (part: SourceFile['part']) => parts.find(({ file }) => file.part === part)?.lines
  const learned = [of('train'), of('validation')].filter((one) => one !== undefined)
  const test = of('test')
  const texts = correctedTexts(
    [...learned, ...(test ? [test] : [])].flatMap((one) => one.texts),
    columnName,
    corrections,
  )
  const labels = labelsOf(
    learned.flatMap((one) => one.labels),
    test?.labels ?? [],
    corrections,
    of('validation')?.labels.length,
  )
  return { data: { ...labels, texts }, parts, style: style ?? null }
}

export const readTexts = async (
  place: DataFolder,
  receipt: Receipt,
  context = plainContext,
): Promise<TextData> => (await readParts(place, receipt.files, receipt, context)).data

async function cellsAsImported(
  { folder, id }: DataFolder,
  receipt: Receipt,
  cells: readonly CellPlace[],
  context?: ReadContext,
): Promise<(string | null)[]> {
  if (cells.length === 0) return []
  const data = await readTexts({ folder, id }, receipt, context)
  return cells.map(({ row, column }) =>
    column === labelName ? labelAt(data, row) : (data.texts[row] ?? null),
  )
}

/** Nearly as many labels as lines: the first word was no label. */
function requireLabels({ labels }: Labels, path: string): void {
  const [classes, rows] = [labels.categories.length, labels.codes.length]
  if (classes > 20 && classes > rows / 2)
    throw bad(
      `The ${rows} lines of ${path} begin with ${classes} different words, so these are no labels. Each line should be a label, a space, and the text.`,
    )
}

function styleNotes(style: LabelStyle | null): string[] {
  if (style === null) return []
  const { separator, header, last, keys } = style
  if (keys) return [`Lines are objects of JSON: “${keys.label}” is the label, “${keys.text}” the text.`]
  const named = header ? ' The first line names the columns.' : ''
  const what = { ' ': 'white space', '\t': 'a tab', ',': 'a comma' }[separator]
  if (last) return [`Labels stand at the end of lines, behind ${what}: there are the fewest.${named}`]
  if (separator === ' ') return named === '' ? [] : [named.trim()]
  return [`Labels end at ${what}, as nearly all lines show.${named}`]
}

function countsNote({ texts, labels, trainRows, validationRows = 0 }: TextData): string {
  const validating = validationRows > 0 ? `, ${formatCount(validationRows)} validation` : ''
  return `${formatCount(trainRows - validationRows)} training${validating} and ${formatCount(texts.length - trainRows)} test texts, ${formatCount(labels.categories.length)} classes.`
}

const encodingNote = ({ file, lines }: ReadParts['parts'][number]): string[] =>
  lines.encoding === 'UTF-8' ? [] : [`${file.name} is not UTF-8 and was read as ${lines.encoding}.`]

function rejectionNote({ file, lines: { rowsRejected, rejected } }: ReadParts['parts'][number]): string[] {
  const first = rejected[0]
  if (first === undefined) return []
  const count = plural(rowsRejected, 'line was', 'lines were')
  return [`${file.name}: ${count} left out; the first is line ${first.line} (${first.reason}).`]
}

export const text: KindOfData<'text'> = {
  async import({ path }, place, context) {
    const started = performance.now()
    const found = await findTexts(path, context)
    const files: SourceFile[] = []
    try {
      for (const { name, path: file, part } of found.files) {
        const { length } = found.files
        const copying = shareOf(context, (0.4 * files.length) / length, 0.4 / length)
        const original = await keepOriginal(place.folder, file, copying)
        files.push({ name, role: 'text', part, ...original })
      }
    } finally {
      await found.done()
    }
    const { data, parts, style } = await readParts(place, files, null, shareOf(context, 0.4, 0.6))
    requireClasses(data, path)
    const lists = listsIn(data)
    if (lists === null) requireLabels(data, path)
    const rows = data.texts.length
    const columns = labeledColumns(columnName, 'text')
    const givenTest = files.some(({ part }) => part !== 'train')
    const { recipe, notes } = withLists(defaultTextRecipe(path, columns, givenTest), lists)
    const receipt: Receipt = {
      kind: 'text',
      path,
      fileName: basename(path),
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      sha256: hashOfFiles(files),
      files,
      encoding: [...new Set(parts.map(({ lines }) => lines.encoding))].join(', '),
      delimiter: style === null || style.keys ? null : style.separator,
      header: style?.header ?? false,
      ...(style && (style.last || style.keys || style.joined)
        ? {
            texts: {
              last: style.last ?? false,
              keys: style.keys ?? null,
              rules: 2 as const,
            },
          }
        : {}),
      rowsRead: rows,
      rowsChanged: 0,
      changed: [],
      layout: [],
      rowsRejected: parts.reduce((sum, { lines }) => sum + lines.rowsRejected, 0),
      rejected: parts.flatMap(({ file, lines }) =>
        lines.rejected.map((row) => ({
          ...row,
          reason: parts.length > 1 ? `${file.name}: ${row.reason}` : row.reason,
        })),
      ),
      notes: [
        countsNote(data),
        ...found.notes,
        ...(found.packed ? [] : styleNotes(style)),
        ...notes,
        ...(recipe.target.separator === null ? unseenNotes(data, 'text') : []),
        ...parts.flatMap(encodingNote),
        ...parts.flatMap(rejectionNote),
      ],
      seconds: (performance.now() - started) / 1000,
    }
    return { receipt, columns, rows, recipe }
  },

  validate: validateLabelled,

  async read(place, receipt, _recipe, context) {
    const { texts, labels, ...rows } = await readTexts(place, receipt, context)
    return { rows: texts.length, columns: [textColumn(texts), labels], ...rows }
  },

  async page(place, { receipt, rows }, _recipe, from, limit, context) {
    const data = await readTexts(place, receipt, context)
    const { numbers, corrected } = pageOf(data, place.corrections, from, limit)
    const was = await cellsAsImported(place, receipt, corrected, context)
    return {
      columns: [columnName, labelName],
      rows: numbers.map((_, i) => [data.texts[from + i]!, labelAt(data, from + i)]),
      offset: from,
      total: rows,
      numbers,
      corrected: corrected.map((cell, i) => ({ ...cell, was: was[i]! })),
    }
  },

  fitting: (_place, _recipe, corrections) =>
    Promise.resolve(fittingLabelled(corrections, [labelName, columnName], 'text')),

  cellsAsImported,

  async profile(place, { receipt, columns }, recipe, context) {
    const data = await readTexts(place, receipt, context)
    const { codes, categories } = data.labels
    const { textLooks } = await import('../../explore/texts/index.ts')
    const texts = textLooks(data.texts, codes, categories, data.trainRows)
    return labeledProfile(data, columns, recipe, data.texts.length - new Set(data.texts).size, { texts })
  },

  async readNew({ path, preparation, texts: style, scratch }, use, context) {
    const { limits } = context
    const name = basename(path)
    const files = await textsIn(path, scratch, context)
    if (files !== null)
      return await use({
        frame: { rows: files.texts.length, columns: [textColumn(files.texts.map((one) => one.text))] },
        names: ['file', columnName],
        async *cells(): AsyncGenerator<Cell[]> {
          for (const one of files.texts) yield [one.file, one.text]
        },
        notes: [`${plural(files.texts.length, 'file')} of ${name}, each a text of its own.`, ...files.notes],
      })
    const what = 'a text file with one text on each line'
    const packed = await readNamed({ path, what, field: 'dataPath' }, limits)
    const { lines, rowsRejected } = readLines(await gunzipWithin(packed, name, limits), name, limits)
    const { target } = preparation
    const separator = target.kind === 'labels' ? target.separator : null
    const { texts, labels, notes } = newLines(lines, style ?? null, classesOfTarget(target) ?? [], separator)
    async function* cells(): AsyncGenerator<Cell[]> {
      for (const [i, line] of texts.entries()) yield labels === null ? [line] : [labels[i]!, line]
    }
    return await use({
      frame: { rows: texts.length, columns: [textColumn(texts)] },
      names: labels === null ? [columnName] : [labelName, columnName],
      cells,
      notes: [
        ...notes,
        ...(rowsRejected > 0
          ? [`${plural(rowsRejected, 'line was', 'lines were')} left out, being empty or too long.`]
          : []),
      ],
    })
  },
}
