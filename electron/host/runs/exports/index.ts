/** Runs written as a person chose, whole or not at all. */
import { mkdirSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import {
  DescentError,
  plural,
  runExports,
  type ExportedRunsInfo,
  type RunExport,
  type RunFilter,
} from '../../../contract/index.ts'
import { implementationOf, type Implementations } from '../../../contract/index.ts'
import { writeWhole } from '../../deploy/output.ts'
import { openScratchBeside, placeAsTheyCome } from '../../deploy/replace-folder.ts'
import { checkPath } from '../../inputs/regular-file.ts'
import type { Store } from '../../store/index.ts'
import { csvOfCurves, csvOfRuns } from './csv.ts'
import { exportedRuns, type ExportedRuns } from './each-run.ts'
import { mlflowFiles } from './mlflow.ts'
import { tensorboardFiles } from './tensorboard.ts'

/** A file of text as it comes, or the files of a folder that will be at `place` as they come. */
type Writer =
  | { readonly file: (runs: ExportedRuns) => AsyncIterable<string> }
  | {
      readonly folder: (
        runs: ExportedRuns,
        place: string,
      ) => AsyncIterable<readonly [name: string, content: Uint8Array | string]>
    }

const implementations: Implementations<typeof runExports, Writer> = {
  'csv-file': ({ contents }) => ({
    file: contents === 'runs' ? csvOfRuns : csvOfCurves(contents === 'curves' ? 'epochs' : contents),
  }),
  tensorboard: ({ step }) => ({ folder: (runs) => tensorboardFiles(runs, step) }),
  mlflow: () => ({ folder: mlflowFiles }),
}

interface Place {
  /** null: below `within`, by a name of its own. */
  readonly path: string | null
  readonly within: string
  readonly overwrite?: boolean
}

const stamp = (time: Date): string => time.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')

export async function exportRuns(
  store: Store,
  projectId: string,
  filter: RunFilter,
  chosen: RunExport,
  { path, within, overwrite = false }: Place,
): Promise<ExportedRunsInfo> {
  const write = implementationOf(runExports, implementations, chosen)
  const isFile = 'file' in write
  if (path !== null && isFile && extname(path).toLowerCase() !== '.csv')
    throw new DescentError(
      'badRequest',
      `A file of CSV has a name that ends with .csv; not “${path}”.`,
      'path',
    )
  if (!isFile && overwrite)
    throw new DescentError(
      'badRequest',
      'A folder is never written over: one that Descent wrote and nobody changed is replaced without being asked, anything else stays and this goes beside it. Leave --overwrite away.',
      'overwrite',
    )
  const named = checkPath(
    path ?? join(within, `runs-${stamp(new Date())}${isFile ? '.csv' : `-${chosen.as}`}`),
  )
  if (path === null) mkdirSync(dirname(named), { recursive: true })
  const runs = exportedRuns(store, projectId, filter)
  const told = (at: string, notes: readonly string[]): ExportedRunsInfo => {
    const gone = runs.total - runs.written()
    const left = `${plural(gone, 'run')} that ${gone === 1 ? 'was' : 'were'} deleted meanwhile ${gone === 1 ? 'is' : 'are'} left out.`
    return { path: at, runs: runs.written(), notes: gone === 0 ? [...notes] : [...notes, left] }
  }
  if (isFile) {
    await writeWhole(named, write.file(runs), overwrite)
    return told(named, [])
  }
  const scratch = openScratchBeside(named)
  try {
    const placed = await placeAsTheyCome(scratch.path, named, (place) => write.folder(runs, place))
    return told(placed.path, placed.notes)
  } finally {
    scratch.remove()
  }
}
