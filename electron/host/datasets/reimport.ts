/** A file that is imported again: first what it has otherwise, then, if the person wants it, the project's data. */
import { DescentError, noCorrections, type ImportPreview, type Overlay } from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import { getProject } from '../projects/repository.ts'
import { adoptImport, closeImport, readImport, type ReadImport } from './handlers.ts'
import { hashOfImport } from './hash-of-import.ts'
import { countsOf } from './overlay.ts'
import { loadDataset, sourceOf } from './repository.ts'

type ReimportProcedure = Extract<
  keyof Handlers,
  'datasets.previewImport' | 'datasets.acceptImport' | 'datasets.discardImport'
>

interface Waiting {
  readonly read: ReadImport
  /** The version that it was compared with. */
  readonly datasetId: string | null
  readonly overlay: Overlay
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

  return {
    'datasets.previewImport': async ({ projectId, ...request }): Promise<ImportPreview> => {
      const read = await readImport(context, projectId, request)
      try {
        const { datasetId, comparison, overlay, lost } = await compared(projectId, read)
        forget(projectId)
        waiting.set(projectId, { read, datasetId, overlay })
        return { importId: read.id, comparison, carried: countsOf(overlay), lost }
      } catch (error) {
        closeImport(context, read.scratch)
        throw error
      }
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
        return adoptImport(context, projectId, one.read, carry ? one.overlay : noCorrections)
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
