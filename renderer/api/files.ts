/** Where a file comes from: a native dialog in the desktop app, an upload in the browser. Both end in a path for the host. */
import { z } from 'zod'
import type { DataKind } from '../../electron/contract/index.ts'
import { send } from './client.ts'
import { desktop } from './desktop.ts'

const uploadedSchema = z.object({ path: z.string() })
/** `accept` is the browser's word for it. Files of images and text have all sorts of names. */
const filters: Record<DataKind, { name: string; extensions: string[]; accept: string }> = {
  table: {
    name: 'Tables',
    extensions: ['csv', 'tsv', 'txt', 'data'],
    accept: '.csv,.tsv,.txt,.data,text/csv,text/tab-separated-values',
  },
  images: { name: 'IDX files', extensions: ['*'], accept: '' },
  text: { name: 'Text files', extensions: ['*'], accept: '' },
}

/** null when the user cancels. */
export async function chooseFile(kind: DataKind): Promise<string | null> {
  const { name, extensions, accept } = filters[kind]
  if (desktop) return desktop.openFile([{ name, extensions }])
  const file = await browserFile(accept)
  return file ? pathOf(file) : null
}

/** The path of a chosen or dropped file, uploading it where the host cannot see the user's disk. */
export async function pathOf(file: File): Promise<string> {
  if (desktop) return desktop.pathForFile(file)
  const response = await send(`/upload/${encodeURIComponent(file.name)}`, { method: 'PUT', body: file })
  return uploadedSchema.parse(await response.json()).path
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

/** `/home/a/churn.csv` → `churn`: what a project is called until the user says otherwise. */
export function projectNameOf(path: string): string {
  const file = path.split(/[\\/]/).pop() ?? path
  return file.replace(/\.[^.]+$/, '').slice(0, 120) || 'Untitled project'
}
