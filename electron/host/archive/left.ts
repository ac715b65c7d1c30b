/** Single files that do not come along, though everything else does, and what is told of them. */
import { plural } from '../../contract/index.ts'
import { listed } from '../store/listed.ts'

export interface Left {
  readonly path: string
  /** Behind “because”. */
  readonly why: string
}

/** By what is the matter; names with characters that no terminal should be given are escaped. */
export function notesOnLeft(left: readonly Left[]): string[] {
  const reasons = [...new Set(left.map(({ why }) => why))]
  return reasons.map((why) => {
    const paths = left.filter((one) => one.why === why).map(({ path }) => shown(path))
    return `Left out, because ${why}: ${plural(paths.length, 'file', 'files')}, ${listed(paths)}.`
  })
}

const shown = (path: string): string =>
  /[\u0000-\u001f\u007f-\u009f]/.test(path) ? JSON.stringify(path) : path

/** Names that no Windows takes, or takes for something else. */
const forbiddenThere = /[<>:"|?*]|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

export interface Disk {
  /** Names that differ in the case of letters alone are the same there. */
  readonly foldsCase: boolean
  readonly isWindows: boolean
}

/** Which of the files cannot lie beside the others there; the first of those that are in each other's way stays. */
export function unplaceable(paths: readonly string[], { foldsCase, isWindows }: Disk): Left[] {
  const key = (path: string): string => (foldsCase ? path.normalize('NFC').toLowerCase() : path)
  const files = new Map<string, string>()
  const folders = new Map<string, string>()
  const left: Left[] = []
  for (const path of paths) {
    const parts = path.split('/')
    const above = parts.slice(1).map((_, index) => key(parts.slice(0, index + 1).join('/')))
    const other = files.get(key(path))
    const asFolder = folders.get(key(path)) ?? above.map((each) => files.get(each)).find((each) => each)
    if (isWindows && parts.some((part) => forbiddenThere.test(part)))
      left.push({ path, why: 'Windows takes no file of that name' })
    else if (other !== undefined)
      left.push({ path, why: 'this disk cannot tell its name from that of another file' })
    else if (asFolder !== undefined)
      left.push({ path, why: 'a folder and a file of one name cannot lie in one place' })
    else {
      files.set(key(path), path)
      for (const each of above) folders.set(each, path)
    }
  }
  return left
}
