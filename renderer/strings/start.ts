/** The page that opens first. */
import type { Sample } from '../../electron/contract/index.ts'
import { plural } from '../lib/format.ts'

export const start = {
  title: 'From a dataset to a deployed model',
  lead: 'Open a table, pictures or texts, or start with a sample. Everything stays on this machine.',
  open: 'Open data',
  drop: 'Drop a table, a folder, an archive or a project here',
  about:
    'CSV, Excel, JSON, Parquet, Arrow, SQLite, DuckDB or OpenDocument, also as .gz or .zip: one row per example, one column per property. Pictures or texts: a folder of them, or a .zip, .tar or .tar.gz of it. A path, an address or a database: in a new empty project. A file that ends with .descent is a whole project.',
  openFile: 'Open a table…',
  openFolder: 'Open a folder…',
  openNew: 'New empty project',
  reading: (name: string) => `Reading ${name}`,
  cancelled: (name: string) => `Reading ${name} was cancelled. Nothing of it was kept.`,
  commands: {
    file: { label: 'Open a table…', words: ['import', 'table'] },
    folder: { label: 'Open a folder…', words: ['import', 'pictures', 'images', 'texts'] },
    empty: { label: 'New empty project', words: ['create'] },
    sample: (title: string) => `Open sample ${title}`,
    project: { label: 'Open a project file…', words: ['import', 'descent'] },
  },
  samples: {
    title: 'Sample projects',
    loading: 'Loading samples…',
    size: ({ kind, rows, columns }: Sample) =>
      kind === 'table'
        ? `${plural(rows, 'row')} × ${plural(columns ?? 0, 'column')}`
        : plural(rows, kind === 'images' ? 'picture' : 'text'),
    open: 'Open sample',
  },
  recent: {
    title: 'Recent projects',
    loading: 'Loading projects…',
    search: 'Find a project',
    notFound: (text: string) => `No project, and no file of one, is called “${text}”.`,
    none: 'None yet. What you open will be listed here.',
    openFile: 'Open a project file…',
    project: 'Project',
    file: 'File',
    data: 'Data',
    runs: 'Runs',
    step: 'At step',
    changed: 'Changed',
    actions: 'Actions',
    damaged: 'damaged',
    noData: 'no data',
    menu: {
      label: (project: string) => `Actions for ${project}`,
      duplicate: 'Duplicate',
      export: 'Export…',
      delete: 'Delete…',
    },
    duplicated: (project: string) => `The copy is called “${project}”.`,
    export: {
      title: (project: string) => `Export “${project}”`,
      about: 'The whole project as one file, to keep or to open in another Descent.',
      inside: (runs: string | null) =>
        runs === null
          ? 'In it: the data, and the recipe with its history.'
          : `In it: the data, the recipe with its history, searches, and ${runs} with curves, evaluations and weights. A run that trains goes along as it was last kept.`,
      outside:
        'Not in it: deleted runs, and models and exports that were saved in folders of their own. Whoever has the file has the data.',
      write: 'Write file',
      to: 'Write to…',
      writing: (project: string) => `Writing ${project}`,
      written: (size: string) => `Written: ${size}`,
      copy: 'Copy the path',
      download: 'Download',
      close: 'Close',
    },
    undoOf: (project: string) => `Undo last change of ${project}`,
    undo: 'Undo last change',
    deleteDamaged: (project: string) => `Delete damaged project ${project}`,
    deleteThis: 'Delete…',
    confirm: {
      title: (project: string) => `Delete “${project}”?`,
      text: 'Its data copy, its runs and their checkpoints are deleted for good. Your original file and exported models stay.',
      button: 'Delete project',
    },
  },
}
