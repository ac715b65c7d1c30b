/** Times go with the model that they are of. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DescentError, type Latency } from '../../../contract/index.ts'
import { modelCard } from '../card.ts'
import { documentFile, readModelDocument, type LoadedModel } from '../folder.ts'
import { manifestFile, whyKept, type Files, type ListedFile } from '../owned-folder.ts'
import { writeFolder } from '../replace-folder.ts'

/**
 * Into model.json and the card, where the folder is as Descent wrote it and still holds the weights that were measured: the
 * model may have been saved anew meanwhile. Returns why not.
 */
export async function keepLatency(
  { path, document: measured }: LoadedModel,
  latency: Latency,
): Promise<readonly string[]> {
  const notWritten = (why: string): string[] => [`The times are not written with the model: ${why}.`]
  const why = whyKept(path)
  if (why !== null) return notWritten(`${path} ${why}`)
  try {
    const { bytes, document } = await readModelDocument(path)
    if (document.weights.sha256 !== measured.weights.sha256)
      return notWritten(`${path} was written anew while it was measured. Measure it again`)
    const { files } = JSON.parse(readFileSync(join(path, manifestFile), 'utf8')) as { files: ListedFile[] }
    const kept: Files = Object.fromEntries(files.map(({ name }) => [name, readFileSync(join(path, name))]))
    const isAsRead = (at: string): boolean => {
      if (at === path && whyKept(at) === null && readFileSync(join(at, documentFile)).equals(bytes))
        return true
      throw new DescentError('conflict', crossed(path), 'path')
    }
    const written: Files = {
      ...kept,
      [documentFile]:
        JSON.stringify({ ...(JSON.parse(new TextDecoder().decode(bytes)) as object), latency }, null, 2) +
        '\n',
      'README.md': modelCard({ ...document, latency }),
    }
    return writeFolder(path, written, isAsRead).notes
  } catch (error) {
    // The times are told all the same.
    return notWritten(error instanceof Error ? error.message.replace(/\.$/, '') : String(error))
  }
}

const crossed = (path: string): string => `${path} was changed just now. Measure it again`
