/** A file that is imported again: first what it has otherwise, then, if the person wants it, the project's data. */
import {
  DescentError,
  noCorrections,
  targetsOf,
  type ImportPreview,
  type Overlay,
  type ShapePreview,
} from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import type { ImportRequest } from '../kinds/index.ts'
import { getProject, requireData } from '../projects/repository.ts'
import { withSameSettings } from './same-settings.ts'
import { adoptImport, closeImport, readImport, type ReadImport } from './handlers.ts'
import { hashOfImport } from './hash-of-import.ts'
import { countsOf } from './overlay.ts'
import { loadDataset, sourceOf } from './repository.ts'

type ReimportProcedure = Extract<
  keyof Handlers,
  'datasets.previewImport' | 'datasets.previewShape' | 'datasets.acceptImport' | 'datasets.discardImport'
>

/** So many are shown before the steps are applied. */
const firstRows = 50

interface Waiting {
  readonly read: ReadImport
  /** The version that it was compared with. */
  readonly datasetId: string | null
  readonly overlay: Overlay
  /** The same file by other steps: what was set for the project stays. */
  readonly sameFile: boolean
}

export function reimportHandlers(context: HostContext): Pick<Handlers, ReimportProcedure> {
  const { store, jobs } = context
  /** By project: nobody decides about two at once. */
  const waiting = new Map<string, Waiting>()

  function forget(projectId: string): void {
    const one = waiting.get(projectId)
    if (one === undefined) return
    waiting.delete(projectId)
    closeImport(context, one.read.scratch)
  }

  async function compared(projectId: string, read: ReadImport) {
    const { dataset, recipe } = getProject(store, projectId)
    const { imported, scratch, id } = read
    const nothing = { datasetId: dataset?.id ?? null, comparison: null, overlay: noCorrections, lost: [] }
    if (dataset === null || recipe?.kind !== 'table' || imported.recipe.kind !== 'table') return nothing
    const { receipt, rows, columns } = imported
    const after = {
      folder: scratch,
      files: [],
      dataset: { id, receipt, rows, columns },
      recipe: imported.recipe,
    }
    try {
      const { comparison, overlay, lost } = await jobs.run(
        'compareImport',
        { source: sourceOf(store, dataset.id, recipe), after },
        { kind: 'import', label: `Comparing ${receipt.fileName}`, projectId },
      )
      // What the file changed is told against what was imported, not against what people corrected of it.
      const { importId, importedRows } = dataset.version
      const { number, sha256 } = loadDataset(store, importId)?.version ?? dataset.version
      return {
        datasetId: dataset.id,
        comparison: {
          ...comparison,
          before: { number, sha256, rows: importedRows },
          after: { number: null, sha256: hashOfImport(receipt), rows },
        },
        overlay,
        lost: [...lost],
      }
    } catch (error) {
      // Importing again is what heals damaged data.
      if (error instanceof DescentError && error.code === 'damaged') return nothing
      throw error
    }
  }

  /** `more`: what else is to be told of it. */
  async function preview<T>(
    projectId: string,
    request: ImportRequest,
    sameFile: boolean,
    more: (read: ReadImport) => Promise<T>,
  ): Promise<ImportPreview & T> {
    const read = await readImport(context, projectId, request)
    try {
      const { datasetId, comparison, overlay, lost } = await compared(projectId, read)
      const told = await more(read)
      forget(projectId)
      waiting.set(projectId, { read, datasetId, overlay, sameFile })
      return { importId: read.id, comparison, carried: countsOf(overlay), lost, ...told }
    } catch (error) {
      closeImport(context, read.scratch)
      throw error
    }
  }

  /** What the steps did, and the first rows. */
  async function shapeOf(projectId: string, { id, imported, scratch }: ReadImport): Promise<ShapePreview> {
    const { receipt, rows, columns, recipe } = imported
    const source = { folder: scratch, files: [], dataset: { id, receipt, rows, columns }, recipe }
    const page = await jobs.run(
      'page',
      { source, offset: 0, limit: firstRows },
      { kind: 'import', label: `Reading ${receipt.fileName}`, projectId },
    )
    const before = new Map(getProject(store, projectId).dataset?.columns.map((one) => [one.name, one.kind]))
    return {
      steps: [...(receipt.shape ?? [])],
      rows,
      columns: page.columns,
      added: columns.flatMap(({ name, kind }) => (before.get(name) === kind ? [] : [name])),
      first: page.rows,
    }
  }

  return {
    'datasets.previewImport': ({ projectId, ...request }) =>
      preview(projectId, request, false, () => Promise.resolve({})),
    'datasets.previewShape': async ({ projectId, shape }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      if (recipe.kind !== 'table')
        throw new DescentError(
          'badRequest',
          `Steps of a shape are for tables, not for ${recipe.kind}.`,
          'shape',
        )
      if (dataset.version.importedRows === 0)
        throw new DescentError(
          'badRequest',
          `${dataset.receipt.fileName} has no rows of its own: those of the table were typed in, and steps are done to what a file says. Export the data to a file, and import that one, to shape them.`,
          'shape',
        )
      const { asRead: _, joined: __, ...source } = recipe.data.source
      const target = targetsOf(recipe.data.columns).map(({ name }) => name)
      return await preview(projectId, { ...source, shape, likely: target }, true, async (read) => ({
        shape: await shapeOf(projectId, read),
      }))
    },
    'datasets.acceptImport': async ({ projectId, importId, carry }) => {
      const one = waiting.get(projectId)
      if (one?.read.id !== importId)
        throw new DescentError(
          'notFound',
          'What was read of the file is not there any more. Import the file again.',
          'importId',
        )
      const { dataset } = getProject(store, projectId)
      if (carry && (dataset?.id ?? null) !== one.datasetId)
        throw new DescentError(
          'conflict',
          'The project’s data was corrected after the file was compared with it. Import the file again.',
          'importId',
        )
      try {
        const { read, overlay, sameFile } = one
        const { dataset: before, recipe } = getProject(store, projectId)
        const imported =
          sameFile && before !== null && recipe?.kind === 'table' && read.imported.recipe.kind === 'table'
            ? {
                ...read.imported,
                recipe: withSameSettings(recipe, before.columns, read.imported.recipe, read.imported.rows),
              }
            : read.imported
        return adoptImport(context, projectId, { ...read, imported }, carry ? overlay : noCorrections)
      } finally {
        forget(projectId)
      }
    },
    'datasets.discardImport': async ({ projectId, importId }) => {
      if (waiting.get(projectId)?.read.id === importId) forget(projectId)
      return { ok: true }
    },
  }
}
