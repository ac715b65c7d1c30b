/** What of a source is wrong, line by line, and where a place lies in its text. */
import type { SourceProblem } from '../../electron/contract/index.ts'

export const countLines = (text: string): number => text.split('\n').length

/** Of each line the first thing that is said about it. */
export function problemsByLine(problems: readonly SourceProblem[]): ReadonlyMap<number, string> {
  const lines = new Map<number, string>()
  for (const { line, message } of problems) if (!lines.has(line)) lines.set(line, message)
  return lines
}

/** Where a line and a column, from 1, lie among the letters; within the text in any case. */
export function offsetOf(text: string, { line, column }: Pick<SourceProblem, 'line' | 'column'>): number {
  const lines = text.split('\n')
  const at = Math.min(Math.max(line, 1), lines.length) - 1
  const before = lines.slice(0, at).reduce((sum, one) => sum + one.length + 1, 0)
  return before + Math.min(Math.max(column - 1, 0), lines[at]!.length)
}
