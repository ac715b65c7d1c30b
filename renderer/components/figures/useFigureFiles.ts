/** A figure leaves the window: to the clipboard or into a file of the person's. */
import { ref } from 'vue'
import { figureFileName, toCsv, toTsv } from '../../lib/table-data.ts'
import type { TableData } from '../../lib/table-data.ts'
import { useSession } from '../../stores/session.ts'
import { strings } from '../../strings/index.ts'
import type { Picture } from './pictures.ts'

const words = strings.figures.files

export type FileKind = 'png' | 'svg' | 'csv'
export interface FigureSource {
  readonly title: string
  readonly copies: 'picture' | 'table'
  /** `most`: so many rows are enough. */
  data(most?: number): TableData | Promise<TableData>
  csv(): Promise<Blob>
  picture(data: TableData | null): Picture
}

/** Of a table: a picture is there to be looked at. */
export const pictureRows = 100
/** How long it is told what has been done. */
const toldMs = 4000

export const csvBlob = (data: TableData): Blob => new Blob([toCsv(data)], { type: 'text/csv;charset=utf-8' })

export function download(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // The browser has taken hold of it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

export function useFigureFiles(source: FigureSource) {
  const session = useSession()
  const busy = ref(false)
  /** What came of it, beside the figure: in full screen the rest of the window is not there to tell. */
  const outcome = ref<{ text: string; failed: boolean } | null>(null)
  let forgetting: ReturnType<typeof setTimeout> | undefined

  async function doing(what: () => Promise<string>): Promise<void> {
    clearTimeout(forgetting)
    busy.value = true
    try {
      outcome.value = { text: await what(), failed: false }
    } catch (error) {
      outcome.value = { text: error instanceof Error ? error.message : String(error), failed: true }
    } finally {
      busy.value = false
      forgetting = setTimeout(() => (outcome.value = null), toldMs)
    }
  }

  async function picture(): Promise<Picture> {
    return source.picture(source.copies === 'table' ? await source.data(pictureRows) : null)
  }
  async function blobOf(kind: FileKind): Promise<Blob> {
    switch (kind) {
      case 'csv':
        return source.csv()
      case 'svg':
        return new Blob([(await picture()).svg()], { type: 'image/svg+xml;charset=utf-8' })
      case 'png':
        return (await picture()).png()
    }
  }
  const text = async () => new Blob([toTsv(await source.data())], { type: 'text/plain' })

  return {
    busy,
    outcome,
    save: (kind: FileKind) =>
      doing(async () => {
        const name = figureFileName(source.title, session.project?.name ?? null, kind)
        download(await blobOf(kind), name)
        return words.saved(name)
      }),
    copy: () =>
      doing(async () => {
        // A promise, not its value: the permission ends with the click that asked for it.
        const item: Record<string, Promise<Blob>> = source.copies === 'picture'
          ? { 'image/png': blobOf('png') }
          : { 'text/plain': text() }
        await navigator.clipboard.write([new ClipboardItem(item)])
        return words.copied
      }),
  }
}
