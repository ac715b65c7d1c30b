/** Text: files with `label text` on each line, kept as they are. */
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import {
  defaultTextRecipe,
  DescentError,
  type Receipt,
  type SourceFile,
  type TextRecipe,
} from '../../../contract/index.ts'
import { keepOriginal, readOriginal } from '../../datasets/originals.ts'
import { plural } from '../../plural.ts'
import type { TextPreparation } from '../../prepare/preparation.ts'
import type { Cell, KindOfData, Place, Prepared } from '../kind.ts'
import {
  fitLabels,
  hashOfFiles,
  labelledColumns,
  labelledProfile,
  labelledSummary,
  labelName,
  labelsOf,
  requireClasses,
  splitLabelled,
  validateLabelled,
  type Labels,
} from '../labelled.ts'
import { fileList, findFiles, type FoundFile } from '../recognise.ts'
import { readLabelledLines, readLines, type LabelledLines } from './lines.ts'
import { encodeTexts, fitVocabulary } from './words.ts'

const columnName = 'text'
const bad = (message: string): DescentError => new DescentError('badData', message, 'path')

/** Which file trains and which tests. */
async function findParts(path: string): Promise<FoundFile[]> {
  if ((await stat(path)).isFile()) {
    const folder = await findFiles(dirname(path))
    return folder.filter((file) => file.name === basename(path)).map((file) => ({ ...file, part: 'train' }))
  }
  const files = await findFiles(path)
  return (['train', 'test'] as const).flatMap((part) => {
    const of = files.filter((file) => file.part === part)
    if (of.length > 1)
      throw bad(
        `${path} holds ${of.length} files that could be the ${part === 'train' ? 'training' : 'test'} text: ${fileList(of)}. Keep one of them there.`,
      )
    return of
  })
}

interface TextData extends Labels {
  readonly texts: readonly string[]
}

interface ReadParts {
  readonly data: TextData
  readonly parts: readonly { readonly file: SourceFile; readonly lines: LabelledLines }[]
}

async function readParts({ folder }: Place, files: readonly SourceFile[]): Promise<ReadParts> {
  const parts: { file: SourceFile; lines: LabelledLines }[] = []
  for (const file of files) {
    const bytes = await readOriginal(folder, file)
    parts.push({ file, lines: readLabelledLines(bytes, file.name) })
  }
  const of = (part: SourceFile['part']) => parts.find(({ file }) => file.part === part)?.lines
  const [train, test] = [of('train'), of('test')]
  const texts = [...(train?.texts ?? []), ...(test?.texts ?? [])]
  return { data: { ...labelsOf(train?.labels ?? [], test?.labels ?? []), texts }, parts }
}

const readTexts = async (place: Place, receipt: Receipt): Promise<TextData> =>
  (await readParts(place, receipt.files)).data

function prepareTexts(data: TextData, recipe: TextRecipe): Prepared {
  const { tokenizer, maxTokens } = recipe.prepare
  const split = splitLabelled(data, recipe)
  const { fitted, targets } = fitLabels(data, recipe, split.train)
  const vocabulary = fitVocabulary(data.texts, split.train, recipe.prepare)
  const preparation: TextPreparation = { ...fitted, kind: 'text', tokenizer, vocabulary, maxTokens }
  const { inputs, cut } = encodeTexts(data.texts, preparation)
  const features = [
    {
      name: `${maxTokens} words`,
      source: columnName,
      transform: `each word as its number among ${vocabulary.length}`,
    },
  ]
  const warnings =
    cut > 0.1 * data.texts.length
      ? [`${cut} of ${data.texts.length} texts are longer than ${maxTokens} words and lose their ends.`]
      : []
  return {
    preparation,
    split,
    data: { rows: data.texts.length, inputs, targets },
    originals: null,
    summary: () => labelledSummary(split, targets, fitted, features, warnings),
  }
}

/** Nearly as many labels as lines: the first word was no label. */
function requireLabels({ labels }: Labels, path: string): void {
  const [classes, rows] = [labels.categories.length, labels.codes.length]
  if (classes > 20 && classes > rows / 2)
    throw bad(
      `The ${rows} lines of ${path} begin with ${classes} different words, so these are no labels. Each line should be a label, a space, and the text.`,
    )
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
  async import({ path }, place, _context) {
    const started = performance.now()
    const found = await findParts(path)
    const files: SourceFile[] = []
    for (const { name, path: file, part } of found)
      files.push({ name, role: 'text', part: part ?? 'train', ...(await keepOriginal(place.folder, file)) })
    const { data, parts } = await readParts(place, files)
    requireClasses(data, path)
    requireLabels(data, path)
    const rows = data.texts.length
    const columns = labelledColumns(columnName, 'text')
    const receipt: Receipt = {
      kind: 'text',
      path,
      fileName: basename(path),
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      sha256: hashOfFiles(files),
      files,
      encoding: [...new Set(parts.map(({ lines }) => lines.encoding))].join(', '),
      delimiter: null,
      header: false,
      rowsRead: rows,
      rowsRejected: parts.reduce((sum, { lines }) => sum + lines.rowsRejected, 0),
      rejected: parts.flatMap(({ file, lines }) =>
        lines.rejected.map((row) => ({
          ...row,
          reason: parts.length > 1 ? `${file.name}: ${row.reason}` : row.reason,
        })),
      ),
      notes: [
        `${data.trainRows} training and ${rows - data.trainRows} test texts, ${data.labels.categories.length} classes.`,
        ...parts.flatMap(encodingNote),
        ...parts.flatMap(rejectionNote),
      ],
      seconds: (performance.now() - started) / 1000,
    }
    const givenTest = files.some(({ part }) => part === 'test')
    return { receipt, columns, rows, recipe: defaultTextRecipe(path, columns, givenTest) }
  },

  validate: validateLabelled,

  prepare: async (place, receipt, recipe) => prepareTexts(await readTexts(place, receipt), recipe),

  async page(place, { receipt, rows }, _recipe, from, limit) {
    const { labels, texts } = await readTexts(place, receipt)
    return {
      columns: [columnName, labelName],
      rows: texts
        .slice(from, from + limit)
        .map((line, i) => [line, labels.categories[labels.codes[from + i] ?? -1] ?? null]),
      offset: from,
      total: rows,
    }
  },

  async profile(place, { receipt, columns }) {
    const data = await readTexts(place, receipt)
    return labelledProfile(data, columns, receipt, data.texts.length - new Set(data.texts).size)
  },

  async ask({ path, preparation }, use, _context) {
    const name = basename(path)
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      throw new DescentError(
        'badData',
        `${path} cannot be read (${error.code}). Give a text file with one text on each line.`,
      )
    })
    const { lines, rowsRejected } = readLines(bytes, name)
    const texts = lines.map((line) => line.text)
    const { inputs, cut, unknown } = encodeTexts(texts, preparation)
    async function* cells(): AsyncGenerator<Cell[]> {
      for (const line of texts) yield [line]
    }
    return await use({
      rows: texts.length,
      inputs,
      names: [columnName],
      cells,
      notes: [
        ...(rowsRejected > 0
          ? [`${plural(rowsRejected, 'line was', 'lines were')} left out, being empty or too long.`]
          : []),
        ...(cut > 0
          ? [`${plural(cut, 'text was', 'texts were')} cut after ${preparation.maxTokens} words.`]
          : []),
        ...(unknown > 0.5
          ? [`${Math.round(unknown * 100)} % of the words were not in the training data.`]
          : []),
      ],
    })
  },
}
