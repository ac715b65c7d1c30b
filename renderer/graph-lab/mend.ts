/** What was meant, put in the place of what was wrong. */
import type { LabProblem } from '../../electron/contract/index.ts'

/** A sign of elsewhere, which is exchanged though a sign of here is what is suggested. */
const otherSign = /[·×\]}]/

/** The text with the suggestion; null: there is none, or nobody knows its place. `text`: the one that the problem is of. */
export function mended({ start, end, suggestion }: LabProblem, text: string): string | null {
  if (start === null || end === null || !suggestion) return null
  const isMissing = ['*', ')'].includes(suggestion) && !otherSign.test(text.slice(start, end))
  // What is wrong is exchanged; what is missing is put before what stands there, a parenthesis at the end of its line.
  if (!isMissing) return text.slice(0, start) + suggestion + text.slice(end)
  const lineEnd = text.indexOf('\n', start)
  const at = suggestion === '*' ? start : lineEnd === -1 ? text.length : lineEnd
  return text.slice(0, at) + suggestion + text.slice(at)
}
