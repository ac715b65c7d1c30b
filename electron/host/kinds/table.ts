/** Tables: CSV and TSV files, kept as Parquet. */
import { defaultMissingValues, defaultRecipe, type TableRecipe } from '../../contract/index.ts'
import { withDuckDB } from '../datasets/duckdb.ts'
import type { Frame } from '../datasets/frame.ts'
import { importTable } from '../datasets/import-table.ts'
import { readPage } from '../datasets/page.ts'
import { readFrame } from '../datasets/read-frame.ts'
import { readChunks } from '../datasets/relation.ts'
import { tableFileOf } from '../datasets/table-file.ts'
import { profileTable } from '../explore/profile.ts'
import { targetOf } from '../prepare/fit.ts'
import { prepareData } from '../prepare/prepare-data.ts'
import { summarise } from '../prepare/summary.ts'
import { transform } from '../prepare/transform.ts'
import type { Cell, KindOfData, Prepared } from './kind.ts'
import { readInputs } from './read-inputs.ts'
import { validateTable } from './validate-table.ts'

function preparedTable(frame: Frame, recipe: TableRecipe): Prepared {
  const prepared = prepareData(frame, recipe)
  const { preparation, split, data } = prepared
  const target = targetOf(frame, recipe)
  return {
    preparation,
    split,
    data: { rows: data.rows, inputs: data.features, targets: data.target ?? new Int32Array(data.rows) },
    // The standardised float32 targets are not quite these when scaled back.
    originals: target.kind === 'number' ? target.values : null,
    summary: (asked) => summarise(frame, prepared, asked),
  }
}

export const table: KindOfData<'table'> = {
  async import(request, place, context) {
    const source = {
      path: request.path,
      delimiter: request.delimiter ?? null,
      header: request.header ?? null,
      missingValues: [...(request.missingValues ?? defaultMissingValues)],
    }
    const { receipt, columns, task, rows } = await importTable(
      { ...source, target: request.target },
      tableFileOf(place),
      context,
    )
    return { receipt, columns, rows, recipe: defaultRecipe(source, columns, task, rows) }
  },

  validate: validateTable,

  async prepare(place, _receipt, recipe, context) {
    return preparedTable(await readFrame(tableFileOf(place), recipe.data.columns, context), recipe)
  },

  page: (place, dataset, recipe, from, limit, context) =>
    readPage(tableFileOf(place), recipe.data.columns, from, limit, dataset.rows, context),

  profile: (place, _dataset, recipe, context) =>
    profileTable(tableFileOf(place), recipe.data.columns, context),

  readNew: ({ path, recipe, header, preparation, scratch }, use, context) =>
    withDuckDB(
      async (connection) => {
        const source = { ...recipe.data.source, header }
        const { frame, names, relation, notes } = await readInputs(
          connection,
          path,
          source,
          preparation.columns,
          scratch,
          context,
        )
        const data = transform(frame, preparation)
        async function* cells(): AsyncGenerator<Cell[]> {
          const readings = names.map((_, index) => ({ index, as: 'text' as const }))
          for await (const chunk of readChunks(connection, relation, readings))
            for (let row = 0; row < chunk.rows; row++)
              yield chunk.columns.map((at): Cell => {
                const value = at(row)
                return typeof value === 'string' ? value : null
              })
        }
        return await use({
          rows: data.rows,
          inputs: data.features,
          names,
          cells,
          notes: [...notes, ...data.notes],
        })
      },
      scratch,
      context.limits,
    ),
}
