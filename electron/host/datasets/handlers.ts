import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import {
  DescentError,
  isCorrected,
  multilabel,
  noCorrections,
  withTargetColumns,
  type Dataset,
  type Overlay,
  type Project,
  type Receipt,
  type Recipe,
  type TableRecipe,
  type Task,
  isCategorical,
} from '../../contract/index.ts'
import type { Handlers, HostContext } from '../context.ts'
import type { ImportedFiles } from '../jobs/tasks.ts'
import type { ImportRequest } from '../kinds/index.ts'
import { getProject, pushState, requireData, requireProject } from '../projects/repository.ts'
import { isUploadFolder } from '../store/files.ts'
import { hashOfLarge, makePrivateFolder, type Store } from '../store/index.ts'
import { checkTargets } from '../kinds/table/validate.ts'
import { inferColumn, inferTask, targetProblem, type Candidate } from '../kinds/table/infer.ts'
import type { MeasuredColumn } from '../kinds/table/measure-column.ts'
import { connectedTo, isAddress, withoutSecrets } from '../remote/index.ts'
import { noteAddresses } from '../settings/addresses.ts'
import { sourcesOf } from '../settings/index.ts'
import {
  datasetFolder,
  insertDataset,
  loadDataset,
  removeUnusedDatasets,
  sourceOf,
  versionWith,
} from './repository.ts'

/** Where the server puts what a browser sends, and where the workspace keeps it. */
export const uploadsFolder = 'uploads'

/** An upload waits in the host's temporary folder until data is made of it; then the workspace keeps it. */
interface Upload {
  readonly from: string
  /** Below the workspace. */
  readonly path: string
}

function uploadAt({ scratch, workspace }: HostContext, path: string): Upload | null {
  const [folder, name, ...more] = relative(join(scratch, uploadsFolder), path).split(sep)
  if (folder !== undefined && isUploadFolder(folder) && name !== undefined && more.length === 0)
    return { from: path, path: `${uploadsFolder}/${folder}/${name}` }
  const kept = relative(workspace, path).split(sep)
  const isKept = kept.length === 3 && kept[0] === uploadsFolder && isUploadFolder(kept[1]!) && kept[2] !== ''
  return isKept ? { from: path, path: kept.join('/') } : null
}

/** With the place at which the workspace keeps what was uploaded. */
function keptAt(recipe: Recipe, receipt: Receipt, path: string): { recipe: Recipe; receipt: Receipt } {
  const source = { ...recipe.data.source, path }
  // The kind decides both types, which TypeScript does not follow through the union.
  return { recipe: { ...recipe, data: { ...recipe.data, source } } as Recipe, receipt: { ...receipt, path } }
}

/** What was read of a file, before it is the project's data. */
export interface ReadImport {
  readonly id: string
  readonly request: ImportRequest
  readonly scratch: string
  readonly imported: ImportedFiles
}

/** What the project's data joined is there also where its file is not any more, as that of an upload. */
function withKept(store: Store, projectId: string, request: ImportRequest): ImportRequest {
  if (request.shape === undefined || request.kept !== undefined) return request
  const { recipe } = getProject(store, projectId)
  const joined = recipe?.kind === 'table' ? recipe.data.source.joined : undefined
  return joined ? { ...request, kept: { folder: store.files.absolute(datasetFolder), joined } } : request
}

/** The project's own data, read again, are of the kind that they were. */
function asAlready(store: Store, projectId: string, request: ImportRequest): ImportRequest {
  const { recipe } = getProject(store, projectId)
  return recipe?.data.source.path === request.path ? { ...request, as: recipe.kind } : request
}

/** Into a temporary folder: `closeImport` is called at the end, whatever comes of it. */
export async function readImport(
  context: HostContext,
  projectId: string,
  asked: ImportRequest,
): Promise<ReadImport> {
  const { store, jobs } = context
  requireProject(store, projectId)
  const request = withKept(store, projectId, asAlready(store, projectId, asked))
  const id = randomUUID()
  const scratch = store.write(() => mkdtempSync(join(context.scratch, 'import-')))
  try {
    const { mirror = null } = sourcesOf(store)
    const connected = await connectedTo(request, mirror)
    if (connected !== null) noteAddresses(store, [connected])
    const imported = await jobs.run(
      'import',
      { request: { ...request, mirror }, scratch, id },
      {
        kind: 'import',
        label: `Reading ${basename(isAddress(request.path) ? withoutSecrets(request.path) : request.path)}`,
        projectId,
      },
    )
    noteAddresses(store, imported.receipt.fetched?.redirects ?? [])
    return { id, request, scratch, imported }
  } catch (error) {
    closeImport(context, scratch)
    throw error
  }
}

export function closeImport({ store }: HostContext, scratch: string): void {
  rmSync(scratch, { recursive: true, force: true })
  tidy(store)
}

/** A kept file that is read again came from where it came from. */
const withOrigin = (receipt: Receipt, before: Receipt | undefined): Receipt =>
  receipt.fetched === undefined &&
  before?.fetched !== undefined &&
  before.path === receipt.path &&
  before.sha256 === receipt.sha256
    ? { ...receipt, fetched: before.fetched }
    : receipt

/** Makes it the project's data, with these corrections. */
export function adoptImport(
  context: HostContext,
  projectId: string,
  { id, request, imported }: ReadImport,
  corrections: Overlay = noCorrections,
): Project {
  const { store } = context
  const { fetchedTo } = imported
  const upload = fetchedTo === null ? uploadAt(context, request.path) : { from: '', path: fetchedTo }
  const finished = [...imported.files]
  if (upload !== null && fetchedTo === null && !existsSync(store.files.absolute(upload.path)))
    finished.push({ from: upload.from, path: upload.path, sha256: imported.receipt.sha256 })
  const { recipe, receipt: read } =
    upload === null ? imported : keptAt(imported.recipe, imported.receipt, store.files.absolute(upload.path))
  const receipt = withOrigin(read, getProject(store, projectId).dataset?.receipt)
  const paths = [
    ...new Set([...imported.files.map(({ path }) => path), ...(upload === null ? [] : [upload.path])]),
  ]
  store.write(() =>
    store.files.adopt(finished, () => {
      // Again: the project may have been deleted while the file was read.
      requireProject(store, projectId)
      insertDataset(store, projectId, { id, receipt, rows: imported.rows, columns: imported.columns }, paths)
      const datasetId = isCorrected(corrections)
        ? versionWith(store, projectId, loadDataset(store, id)!, corrections, randomUUID())
        : id
      pushState(store, projectId, { recipe, datasetId })
    }),
  )
  removeUnusedDatasets(store, projectId)
  context.emit({ type: 'project.changed', projectId })
  return getProject(store, projectId)
}

/** The project keeps its former data until the new data is whole. */
export async function importIntoProject(
  context: HostContext,
  projectId: string,
  request: ImportRequest,
): Promise<Project> {
  const read = await readImport(context, projectId, request)
  try {
    return adoptImport(context, projectId, read)
  } finally {
    closeImport(context, read.scratch)
  }
}

/** What an import that failed may have left. On a full disk the next start does it. */
function tidy(store: Store): void {
  try {
    store.files.removeUnused()
  } catch {
    // Nothing is lost: the rows still say that these files are ours.
  }
}

export interface TargetFacts extends MeasuredColumn {
  readonly name: string
}

/** The recipe with other targets, and the task that fits them where none is asked for. A kind that the user chose is respected. */
export function recipeWithTargets(
  recipe: TableRecipe,
  targets: readonly TargetFacts[],
  rows: number,
  asked: Task | null,
): TableRecipe {
  // Beside other targets a column is one of them.
  const lists = targets.length === 1 && targets[0] ? targets[0].lists : null
  const task = asked ?? (lists ? multilabel.name : null)
  const candidates = targets.map(({ name, facts }): Candidate => {
    const inferred = inferColumn(name, facts, rows)
    const chosen = recipe.data.columns.find((column) => column.name === name)?.kind
    const kind = chosen === 'number' || (chosen && isCategorical(chosen)) ? chosen : inferred.kind
    const isListed = lists !== null && task === multilabel.name
    const problem = isListed ? null : targetProblem(name, facts, { ...inferred, kind }, task)
    if (problem !== null) throw new DescentError('badData', `${problem} Choose another target.`, 'columns')
    return { name, kind, facts }
  })
  const changed = withTargetColumns(
    recipe,
    targets.map(({ name }) => name),
    task ?? inferTask(candidates),
    rows,
    lists?.separator,
  )
  checkTargets(changed)
  return changed
}

/** The file stays as long as the data that the recipe beside it is about. */
async function keepFile(
  { store, ...context }: HostContext,
  projectId: string,
  path: string,
): Promise<{ path: string }> {
  const { dataset } = requireData(getProject(store, projectId))
  const upload = uploadAt({ store, ...context }, path)
  if (upload === null) return { path }
  const kept = store.files.absolute(upload.path)
  if (kept !== upload.from) {
    const sha256 = await hashOfLarge(upload.from)
    store.write(() =>
      store.files.adopt([{ from: upload.from, path: upload.path, sha256 }], () =>
        store.files.refer(dataset.id, upload.path),
      ),
    )
  }
  return { path: kept }
}

const requireDataOf = (project: Project) => ({ name: project.name, ...requireData(project) })

function requireTable(project: Project): { dataset: Dataset; recipe: TableRecipe } {
  const { dataset, recipe } = requireData(project)
  if (recipe.kind !== 'table')
    throw new DescentError('badRequest', `The target of ${recipe.kind} is always the label.`, 'column')
  return { dataset, recipe }
}

type Procedures =
  | 'datasets.import'
  | 'datasets.keepFile'
  | 'datasets.setTarget'
  | 'datasets.page'
  | 'datasets.thumbnails'
  | 'datasets.picture'
  | 'datasets.gallery'
  | 'datasets.export'

export function datasetsHandlers(context: HostContext): Pick<Handlers, Procedures> {
  const { store, jobs, workspace } = context
  return {
    'datasets.import': ({ projectId, ...request }) => importIntoProject(context, projectId, request),
    'datasets.keepFile': ({ projectId, path }) => keepFile(context, projectId, path),
    'datasets.setTarget': async ({ projectId, columns, task }) => {
      const { dataset, recipe } = requireTable(getProject(store, projectId))
      const source = sourceOf(store, dataset.id, recipe)
      const targets: TargetFacts[] = []
      for (const name of new Set(columns)) {
        const index = dataset.columns.findIndex((column) => column.name === name)
        if (index === -1 || !recipe.data.columns.some((column) => column.name === name))
          throw new DescentError('badRequest', `The data has no column "${name}".`, 'columns')
        const measured = await jobs.run(
          'measureColumn',
          { source, index },
          { kind: 'profile', label: `Looking at ${name}`, projectId, topic: dataset.id, quick: true },
        )
        targets.push({ name, ...measured })
      }
      store.transaction(() => {
        // Read again: the recipe may have been edited while the columns were measured.
        const { recipe: current } = requireTable(getProject(store, projectId))
        pushState(store, projectId, {
          recipe: recipeWithTargets(current, targets, dataset.rows, task ?? null),
          datasetId: dataset.id,
        })
      })
      context.emit({ type: 'project.changed', projectId })
      return getProject(store, projectId)
    },
    'datasets.export': async ({ projectId, export: chosen, path }) => {
      const { name, dataset, recipe } = requireDataOf(getProject(store, projectId))
      const folder = join(workspace, 'exports')
      if (path === undefined) makePrivateFolder(folder)
      const part = `${name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 60)}-v${dataset.version.number}-${chosen.as}`
      return await jobs.run(
        'exportData',
        {
          source: sourceOf(store, dataset.id, recipe),
          chosen,
          path: path ?? join(folder, `${part}-${randomUUID().slice(0, 8)}.${chosen.file}`),
        },
        { kind: 'export', label: `Writing ${dataset.receipt.fileName}`, projectId, topic: dataset.id },
      )
    },
    'datasets.page': async ({ projectId, offset, limit }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      return await jobs.run(
        'page',
        { source: sourceOf(store, dataset.id, recipe), offset, limit },
        { kind: 'profile', label: 'Reading rows', projectId, topic: dataset.id, quick: true },
      )
    },
    'datasets.thumbnails': async ({ projectId, ...wanted }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      return await jobs.run(
        'thumbnails',
        { source: sourceOf(store, dataset.id, recipe), ...wanted },
        { kind: 'profile', label: 'Showing pictures', projectId, topic: dataset.id, quick: true },
      )
    },
    'datasets.picture': async ({ projectId, ...wanted }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      return await jobs.run(
        'picture',
        { source: sourceOf(store, dataset.id, recipe), ...wanted },
        { kind: 'profile', label: 'Opening a picture', projectId, topic: dataset.id, quick: true },
      )
    },
    'datasets.gallery': async ({ projectId, perClass }) => {
      const { dataset, recipe } = requireData(getProject(store, projectId))
      if (recipe.kind !== 'images')
        throw new DescentError('badRequest', `There are pictures by class of images, not of ${recipe.kind}.`)
      return await jobs.run(
        'gallery',
        { source: sourceOf(store, dataset.id, recipe), perClass },
        { kind: 'profile', label: 'Looking at the classes', projectId, topic: dataset.id, quick: true },
      )
    },
  }
}
