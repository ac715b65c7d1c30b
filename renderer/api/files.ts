/** Where a file comes from: a native dialog in the desktop app, an upload in the browser. Both end in a path for the host. */
import {
  backupEnding,
  projectEnding,
  tableExtensions,
  type DataKind,
  type NamedFiles,
} from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import { send } from './client.ts'
import { desktop } from './desktop.ts'
import type { FileInFolder } from '../lib/pack-folder.ts'

const words = strings.shell.files

/** `accept` is the browser's word for it. Files of images and text have all sorts of names. */
const projectExtension = projectEnding.slice(1)
const named = (name: string, extensions: readonly string[]) => ({
  name,
  extensions: [...extensions],
  accept: extensions.map((extension) => `.${extension}`).join(','),
})
/** What a dialog offers: files of a kind of data, projects, or what may begin a project. */
type Wanted = DataKind | 'project' | 'backup' | 'tableOrProject'
interface Filter {
  name: string
  extensions: string[]
  accept: string
}
const filters: Record<Wanted, Filter> = {
  table: named(words.tables, tableExtensions),
  project: named(words.projects, [projectExtension]),
  backup: named(words.backups, [backupEnding.slice(1)]),
  tableOrProject: named(words.tablesOrProjects, [...tableExtensions, projectExtension]),
  images: { name: words.images, extensions: ['*'], accept: '' },
  text: { name: words.texts, extensions: ['*'], accept: '' },
}

/** A file that somebody chose, dropped or named. */
export interface Chosen {
  readonly name: string
  /** Where the host finds it; uploads it first where the host cannot see the person's disk. */
  path(signal?: AbortSignal): Promise<string>
}

export const chosenPath = (path: string): Chosen => ({
  name: path.split(/[\\/]/).findLast(Boolean) ?? path,
  path: () => Promise.resolve(path),
})

export const chosenFile = (file: File): Chosen =>
  desktop ? chosenPath(desktop.pathForFile(file)) : uploaded(file)

/** A text that is in no file yet. */
export const chosenText = (name: string, text: string): Chosen => uploaded(new File([text], name))

function uploaded(file: File): Chosen {
  return {
    name: file.name,
    async path(signal) {
      const init = { method: 'PUT', body: file, signal: signal ?? null }
      const response = await send(`/upload/${encodeURIComponent(file.name)}`, init)
      // The host is of the same version, as for calls.
      return ((await response.json()) as { path: string }).path
    },
  }
}

/** null when the user cancels. */
export const chooseFile = (kind: Wanted): Promise<Chosen | null> => chooseBy(filters[kind])

/** The same for a file that a setting names. */
export const chooseNamed = ({ name, endings }: NamedFiles): Promise<Chosen | null> =>
  chooseBy(endings.length === 0 ? { name, extensions: ['*'], accept: '' } : named(name, endings))

async function chooseBy({ name, extensions, accept }: Filter): Promise<Chosen | null> {
  if (desktop) {
    const path = await desktop.openFile([{ name, extensions }])
    return path === null ? null : chosenPath(path)
  }
  const file = await browserFile(accept)
  return file && chosenFile(file)
}

/** A folder of pictures or texts; null when the user cancels. */
export async function chooseFolder(): Promise<Chosen | null> {
  if (desktop) {
    const path = await desktop.openFolder()
    return path === null ? null : chosenPath(path)
  }
  const files = await browserFolder()
  return files && chosenFolder(files)
}

/** The host cannot see the person's disk, and takes one file: an archive, which is packed as it is sent. */
export const chosenFolder = (files: readonly FileInFolder[]): Chosen => {
  const name = files[0]!.path.split('/')[0]!
  // What lies in it is called as if the host had read the folder itself.
  const within = files.map(({ path, file }) => ({ path: path.slice(name.length + 1), file }))
  return {
    name,
    path: async (signal) => {
      const archive = await import('../lib/pack-folder.ts')
      return uploaded(archive.packFolder(name, within)).path(signal)
    },
  }
}

/** null: nothing was chosen, or the folder holds nothing. */
async function browserFolder(): Promise<FileInFolder[] | null> {
  const files = await new Promise<File[]>((resolve) => {
    const input = document.createElement('input')
    input.type = 'file'
    input.webkitdirectory = true
    input.addEventListener('change', () => resolve([...(input.files ?? [])]))
    input.addEventListener('cancel', () => resolve([]))
    input.click()
  })
  return files.length === 0 ? null : files.map((file) => ({ path: file.webkitRelativePath, file }))
}

function browserFile(accept: string): Promise<File | null> {
  return new Promise((resolve) => {
    const input = document.createElement('input')
    input.type = 'file'
    input.accept = accept
    input.addEventListener('change', () => resolve(input.files?.[0] ?? null))
    input.addEventListener('cancel', () => resolve(null))
    input.click()
  })
}

/** Whether it is a whole project, by its name. */
export const isProjectFile = ({ name }: Chosen): boolean => name.toLowerCase().endsWith(projectEnding)

/** `/home/a/churn.csv` → `churn`: what a project is called until the user says otherwise. */
export function projectNameOf(path: string): string {
  const file = path.split(/[\\/]/).pop() ?? path
  const name = file.replace(/\.[^.]+$/, '').slice(0, 120)
  // Half of an emoji is not text.
  return name.replace(/[\ud800-\udbff]$/, '').trim() || words.untitled
}
