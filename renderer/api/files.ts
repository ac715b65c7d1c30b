/** Where a file comes from: a native dialog in the desktop app, an upload in the browser. Both end in a path for the host. */
import { z } from 'zod'
import { send } from './client.ts'
import { desktop } from './desktop.ts'

const uploadedSchema = z.object({ path: z.string() })
const tableFilters = [{ name: 'Tables', extensions: ['csv', 'tsv', 'txt', 'data'] }]

/** null when the user cancels. */
export async function chooseTable(): Promise<string | null> {
  if (desktop) return desktop.openFile(tableFilters)
  const file = await browserFile('.csv,.tsv,.txt,.data,text/csv,text/tab-separated-values')
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
