/** One example through a saved model: what it says, and why. Nothing of it is kept. */
import { DescentError, keptAs, type DataKind, type Explanation, type Tried } from '../../contract/index.ts'
import type { Frame, FrameColumn } from '../datasets/frame.ts'
import { explainExample, openExplainable, requireFor, saidOf } from '../explain/index.ts'
import { wordsOf } from '../explain/answers.ts'
import { readNamed } from '../inputs/read-file.ts'
import { kindOf, type NewDataSource, type ReadContext } from '../kinds/index.ts'
import { withDuckDB } from '../kinds/table/duckdb.ts'
import { pictureAddress } from '../pictures/show.ts'
import { encode } from '../prepare/encode.ts'
import type { Preparation } from '../prepare/preparation.ts'
import { readRows } from '../rest/values.ts'
import type { LoadedModel } from './folder.ts'
import { outsideTraining } from './predict-file.ts'
import { predictionColumns } from './table.ts'

export interface TriedExample {
  /** Of a table or a text: what stands in each column; null: there is a picture. */
  readonly row: Readonly<Record<string, string | null>> | null
  /** The file of a picture. */
  readonly picture: string | null
  /** Of a table: the files of the pictures beside its values, by the names of their columns. */
  readonly pictures: Readonly<Record<string, string>>
}

const wrong = (message: string, field: string): DescentError => new DescentError('badRequest', message, field)

interface Read {
  readonly frame: Frame
  readonly notes: readonly string[]
}

async function readPicture(
  { document, path: kept }: LoadedModel,
  path: string,
  scratch: string,
  context: ReadContext,
): Promise<Read> {
  const { recipe, header, encoding, texts } = document.provenance
  const { preparation } = document
  const source = { path, recipe, header, encoding, texts, preparation, kept, scratch }
  return await kindOf(recipe.kind).readNew(
    source as NewDataSource<DataKind>,
    ({ frame, notes }) => {
      if (frame.rows !== 1)
        throw wrong(`This file holds ${frame.rows} pictures. Give one, or predict on the file.`, 'picture')
      return Promise.resolve({ frame, notes })
    },
    context,
  )
}

/** Of each column that holds pictures; null: none was given. */
async function filesOf(
  { columns }: Preparation,
  pictures: TriedExample['pictures'],
  { limits }: ReadContext,
): Promise<Record<string, Uint8Array | null>> {
  const pictured = columns.filter(({ kind }) => keptAs(kind) === 'image')
  const unknown = Object.keys(pictures).find((given) => pictured.every(({ name }) => name !== given))
  if (unknown !== undefined) {
    const names = pictured.map(({ name }) => `“${name}”`).join(', ')
    const known = pictured.length === 0 ? 'the model takes none' : `they stand in ${names}`
    throw wrong(`There is no column “${unknown}” that holds pictures: ${known}.`, 'pictures')
  }
  const read = pictured.map(async ({ name }): Promise<[string, Uint8Array | null]> => {
    const path = Object.hasOwn(pictures, name) ? pictures[name]! : null
    return [
      name,
      path === null ? null : await readNamed({ path, what: 'a picture', field: 'pictures' }, limits),
    ]
  })
  return Object.fromEntries(await Promise.all(read))
}

async function readExample(
  model: LoadedModel,
  { row, picture, pictures }: TriedExample,
  scratch: string,
  context: ReadContext,
): Promise<Read> {
  const { preparation, provenance } = model.document
  if (provenance.recipe.kind === 'images') {
    if (picture === null) throw wrong('Give a picture: the model was trained on pictures.', 'picture')
    return await readPicture(model, picture, scratch, context)
  }
  if (row === null) throw wrong('Say what stands in each column: the model was trained on them.', 'row')
  const files = await filesOf(preparation, pictures, context)
  return await withDuckDB((connection) =>
    readRows(connection, [{ ...row, ...files }], preparation.columns, provenance.recipe),
  )
}

async function seenOf(column: FrameColumn): Promise<Tried['seen']> {
  if (column.kind !== 'image' || column.missing?.[0] === 1) return []
  const { name, width, height } = column
  return [{ column: name, shown: await pictureAddress(column), width, height }]
}

/** Errors: a DescentError that names the column whose value cannot be read. */
export async function tryExample(
  model: LoadedModel,
  given: TriedExample,
  explaining: { readonly explanation: Explanation; readonly answer: string | null } | null,
  scratch: string,
  context: ReadContext,
  progress: (share: number) => void = () => undefined,
): Promise<Tried> {
  const { preparation, architecture, provenance } = model.document
  const { frame, notes: readNotes } = await readExample(model, given, scratch, context)
  const opened = await openExplainable(provenance.backend, preparation, architecture, model.weights)
  const { inputs, notes } = encode(frame, preparation)
  const outputs = await opened.predict({ rows: 1, inputs })
  // First of all: of no number no class can be told.
  const answers = saidOf(opened, outputs)
  const outside = outsideTraining(model, frame)
  const { names, values } = predictionColumns(outputs, preparation, [])
  let explained: Tried['explained'] = null
  let notExplained: string | null = null
  if (explaining !== null)
    try {
      requireFor(provenance.recipe.kind, explaining.explanation)
      const found = await explainExample(opened, frame, explaining.explanation, explaining.answer, progress)
      // What is to be said of the example stands beside the answer.
      explained = { ...found, notes: found.notes.filter((note) => !notes.includes(note)) }
    } catch (error) {
      // The answer stands without it.
      if (!(error instanceof DescentError)) throw error
      notExplained = error.message
    }
  return {
    cells: names.map((name, i) => ({ name, value: values[i]![0] ?? null })),
    answer: wordsOf(preparation, outputs),
    answers,
    notes: [...readNotes, ...notes, ...outside.notes],
    seen: (await Promise.all(frame.columns.map(seenOf))).flat(),
    explained,
    notExplained,
  }
}
