/** Lines that are remarks and no rows. */
import { decided, given, type Decision } from './decision.ts'

const marks = ['#', '//', '%', '--'] as const

/** Files in which every other row begins with the mark have no comments: it belongs to the values. */
const mostOfThem = 0.5

/** The mark that the first lines begin with; null: none. */
export function chooseComment(sample: string, asked: string | undefined): Decision<string | null> {
  if (asked !== undefined) return given(asked === '' ? null : asked)
  const lines = sample.split(/\r\n?|\n/).filter((line) => line.trim() !== '')
  for (const mark of marks) {
    if (!lines[0]?.trimStart().startsWith(mark)) continue
    const marked = lines.filter((line) => line.trimStart().startsWith(mark)).length
    if (marked < lines.length && marked <= Math.max(1, mostOfThem * lines.length))
      return decided(mark, `Lines that begin with “${mark}” are comments.`)
  }
  return decided(null)
}

export const isComment = (text: string, at: number, mark: string | null): boolean => {
  if (mark === null) return false
  let from = at
  while (text[from] === ' ' || text[from] === '\t') from++
  return text.startsWith(mark, from)
}
