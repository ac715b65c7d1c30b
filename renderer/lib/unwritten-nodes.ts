/** Nodes that no source can say yet: a comment stands for them, and for as long as it does they are kept. */
import { inOrder, isFree } from '../../electron/contract/index.ts'
import type { NetworkDocument } from '../../electron/contract/index.ts'

/** What was read of a source, with those nodes of before that it only has a comment of: `# half: …`. */
export function withUnwritten(
  before: NetworkDocument,
  read: NetworkDocument,
  source: string,
): NetworkDocument {
  const lines = source.split('\n').map((line) => line.trim())
  const isNoted = (id: string): boolean => lines.some((line) => line.startsWith(`# ${id}: `))
  const unwritten = before.nodes.filter(({ id }) => isFree(read, id) && isNoted(id))
  const known = [...read.inputs.map(({ name }) => name), ...read.nodes.map(({ id }) => id)]
  // What reads something that is gone is gone, too.
  const kept = new Set(inOrder(unwritten, known).order)
  const nodes = [...read.nodes]
  let behind = -1
  for (const node of before.nodes) {
    if (kept.has(node)) nodes.splice(++behind, 0, node)
    else {
      const at = nodes.findIndex(({ id }) => id === node.id)
      if (at !== -1) behind = at
    }
  }
  return { ...read, nodes }
}
