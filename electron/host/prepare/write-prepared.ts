/** What a network is given, as a table: the split of each row, the numbers of its features, and its target. */
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DescentError } from '../../contract/index.ts'
import type { Content } from '../datasets/export-data.ts'
import { withDuckDB, quoted } from '../kinds/table/duckdb.ts'
import type { ReadContext } from '../kinds/kind.ts'
import { csvLine } from '../kinds/table/reading/rewrite.ts'
import { sizeOfInput } from '../model/input.ts'
import { classesOfTarget, namesOfTarget } from '../tasks/index.ts'
import type { Prepared } from './prepare-data.ts'
import { featuresOfColumn, inputNameOf, inputsOf } from './preparation.ts'

interface Written {
  readonly name: string
  readonly about: string
  readonly cell: (row: number) => string
}

const numberText = (value: number): string => (Number.isNaN(value) ? '' : String(value))

/** Every number that the network is given of a row, by the column that it comes from. */
function featuresIn({ preparation, data }: Prepared): Written[] {
  const specs = inputsOf(preparation)
  const offsets = new Map<string, number>()
  return preparation.columns.flatMap((column): Written[] => {
    const tensor = inputNameOf(column)
    const spec = specs.find(({ name }) => name === tensor)!
    if (spec.kind === 'pixels')
      throw new DescentError(
        'badRequest',
        `“${column.name}” holds images, whose pixels no table holds. Export the model instead, which has its preparation with it.`,
        'export',
      )
    const stride = sizeOfInput(spec)
    const from = offsets.get(tensor) ?? 0
    const features = featuresOfColumn(column)
    const width = spec.kind === 'tokens' ? stride : features.length
    offsets.set(tensor, from + width)
    const values = data.inputs[tensor]!
    return Array.from({ length: width }, (_, i) => ({
      name: spec.kind === 'tokens' ? `${column.name} word ${i + 1}` : features[i]!.name,
      about: spec.kind === 'tokens' ? 'the number of a word' : features[i]!.transform,
      cell: (row: number) => numberText(values[row * stride + from + i]!),
    }))
  })
}

function targetsIn({ preparation, data }: Prepared): Written[] {
  const { target } = preparation
  const { targets, rows } = data
  const units = rows === 0 ? 1 : targets.length / rows
  const classes = classesOfTarget(target)
  const names = target.kind === 'labels' ? target.labels.map(({ label }) => label) : namesOfTarget(target)
  return Array.from({ length: units }, (_, unit) => ({
    name: `target ${names[unit] ?? unit + 1}`,
    about:
      target.kind === 'classes'
        ? 'the class'
        : target.kind === 'labels'
          ? '1 where the row has the label'
          : 'as the network learns it, after the steps of the target',
    cell: (row: number) => {
      const value = targets[row * units + unit]!
      if (target.kind === 'classes') return classes?.[value] ?? ''
      return numberText(value)
    },
  }))
}

/** Columns that would be called alike are told apart. */
function unique(columns: readonly Written[]): Written[] {
  const taken = new Set<string>()
  return columns.map((column) => {
    let { name } = column
    for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${column.name} (${n})`
    taken.add(name.toLowerCase())
    return { ...column, name }
  })
}

const linesAtOnce = 500

export async function writePrepared(
  prepared: Prepared,
  { file }: { readonly file: 'csv' | 'parquet' },
  to: string,
  context: ReadContext,
): Promise<Content> {
  const { rows, weights } = prepared.data
  const splitOf = new Array<string>(rows).fill('')
  for (const part of ['train', 'validation', 'test'] as const)
    for (const row of prepared.split[part]) splitOf[row] = part
  const columns = unique([
    { name: 'row', about: 'its place in the data, from 1', cell: (row) => String(row + 1) },
    {
      name: 'split',
      about: 'train, validation or test; nothing: the row is not used',
      cell: (row) => splitOf[row]!,
    },
    ...featuresIn(prepared),
    ...targetsIn(prepared),
    ...(weights === null
      ? []
      : [
          {
            name: 'weight',
            about: 'how much its loss counts',
            cell: (row: number) => numberText(weights[row]!),
          },
        ]),
  ])
  async function* lines(): AsyncGenerator<string> {
    yield csvLine(columns.map(({ name }) => name))
    for (let from = 0; from < rows; from += linesAtOnce) {
      const some = Array.from({ length: Math.min(linesAtOnce, rows - from) }, (_, i) =>
        csvLine(columns.map(({ cell }) => cell(from + i))),
      )
      context.progress(from / rows)
      yield some.join('')
      await Promise.resolve()
    }
  }
  const csv = file === 'csv' ? to : `${to}.csv`
  await pipeline(Readable.from(lines()), createWriteStream(csv, { flush: true }))
  if (file === 'parquet')
    await withDuckDB(
      async (connection) => {
        // The numbers of a preparation are float32, and whole ones are no other type than the rest.
        const isText = ({ about }: Written) => about === 'the class' || about.startsWith('train, ')
        const types = columns.map((one) => `${quoted(one.name)}: '${isText(one) ? 'VARCHAR' : 'DOUBLE'}'`)
        await connection.run(
          `COPY (SELECT * FROM read_csv(${quoted(csv)}, header = true, auto_detect = false, delim = ',', quote = '"', escape = '"', columns = {${types.join(', ')}}))
           TO ${quoted(to)} (FORMAT parquet, COMPRESSION zstd)`,
        )
      },
      context.scratch,
      context.limits,
    )
  return { rows, columns: columns.map(({ name, about }) => ({ name, about })), notes: [] }
}
