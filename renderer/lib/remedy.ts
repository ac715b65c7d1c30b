/** What helps against an error, where that is something the window can do. */
import type { DescentError } from '../../electron/contract/index.ts'

export type Remedy = 'import' | 'train' | 'undo' | 'settings' | 'retry'

export function remedyFor({
  code,
  message,
  field,
}: Pick<DescentError, 'code' | 'message' | 'field'>): Remedy {
  if (code === 'tooLarge') return 'settings'
  if (code !== 'damaged') return 'retry'
  if (field === 'projectId') return 'undo'
  // A run's own weights are gone, or the data that it was trained on: the host's sentence says which.
  if (/\bimport\b/i.test(message)) return 'import'
  return field === 'runId' || /\btrain\b/i.test(message) ? 'train' : 'retry'
}
