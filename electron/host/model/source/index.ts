/** A source as a document, with all that stands against it, at its lines. */
import type { NetworkInput, ReadSource } from '../../../contract/index.ts'
import { problemsOf } from '../check.ts'
import { readSource } from './read.ts'

/** Of more nodes that takes seconds, at every pause of whoever writes: where they are applied they are checked in any case. */
const mostChecked = 300

/** What is understood may still not fit: that is said beside the document, as where layers are edited. */
export async function checkedSource(source: string, inputs: readonly NetworkInput[]): Promise<ReadSource> {
  const read = readSource(source, inputs)
  if (read.document === null) return { document: null, problems: [...read.problems] }
  const { document, places } = read
  if (document.nodes.length > mostChecked) return { document, problems: [] }
  const start = { line: 1, column: 1 }
  const problems = (await problemsOf(document)).map(({ node, message }) => ({
    ...((node === null ? undefined : places.get(node)) ?? start),
    message,
  }))
  return { document, problems }
}
