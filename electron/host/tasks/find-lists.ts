/** Does a column list several labels in a cell? Decided from its cells alone. Pure. */
import {
  formatCount,
  formatPercent,
  inBrackets,
  isInBrackets,
  labelsListed,
  multilabel,
  separatorInWords,
  taskOf,
} from '../../contract/index.ts'
import { someOf } from './task.ts'

/** A cell, and how many rows have it. */
export interface CountedCell {
  readonly text: string
  readonly rows: number
}

export interface ListedLabels {
  readonly separator: string
  /** The most frequent ones first. */
  readonly labels: readonly string[]
  /** Of the rows that have a cell: how many list several. */
  readonly share: number
}

interface Mark {
  readonly separator: string
  /** Of the rows: so many have to list several. Names hold some of these signs more often than others. */
  readonly several: number
  /** So many times as many different lists as labels there are at least: labels go together freely, the parts of a name do not. */
  readonly freely: number
  /** Of labels at most, of which each has so many rows in the mean. */
  readonly labels: number
  readonly uses: number
  /** Labels of a row in the mean, and the share of rows that one label may have, at most. Absent: any. */
  readonly together?: number
  readonly common?: number
}

/** A network has an output for each. */
const plainly = { freely: 1, labels: 1000, uses: 4 } as const

const marks: readonly Mark[] = [
  { ...plainly, separator: inBrackets, several: 0.05, freely: 0 },
  { ...plainly, separator: '|', several: 0.2 },
  { ...plainly, separator: ';', several: 0.2 },
  { ...plainly, separator: ',', several: 0.4 },
  { ...plainly, separator: '/', several: 0.4, freely: 1.5 },
  // Short texts of few words look much like it.
  { separator: ' ', several: 0.5, freely: 3, labels: 30, uses: 20, together: 4, common: 0.8 },
]

/** Fewer rows show nothing. */
const fewestRows = 10
/** Longer ones are sentences. */
const longestLabel = 40
/** Of the rows: in so few a label stands twice, or a cell is in no brackets; words of texts come twice all the time. */
const fewSlips = 0.02

function listedBy(mark: Mark, cells: readonly CountedCell[]): ListedLabels | null {
  const { separator, several, freely, together = Infinity, common = 1 } = mark
  const rows = cells.reduce((sum, cell) => sum + cell.rows, 0)
  if (rows < fewestRows) return null
  const uses = new Map<string, number>()
  const places = new Map<string, number>()
  const lists = new Set<string>()
  const lengths = new Set<number>()
  let [listing, slips, moves, letters, all] = [0, 0, false, 0, 0]
  for (const { text, rows: n } of cells) {
    const parts = labelsListed(text, separator)
    const different = new Set(parts)
    if (different.size < parts.length || (separator === inBrackets && !isInBrackets(text))) slips += n
    if (different.size > 1) listing += n
    lists.add([...different].sort().join('\0'))
    lengths.add(parts.length)
    parts.forEach((part, at) => {
      if ((places.get(part) ?? at) !== at) moves = true
      places.set(part, at)
    })
    for (const part of different) {
      uses.set(part, (uses.get(part) ?? 0) + n)
      letters += n * part.length
      all += n
    }
    if (uses.size > mark.labels) return null
  }
  const enough =
    uses.size >= 2 &&
    all >= mark.uses * uses.size &&
    all <= together * rows &&
    Math.max(...uses.values()) <= common * rows &&
    letters <= longestLabel * all
  // Always as many parts, each in its place, are several things in one cell: a city and its country.
  const free = freely === 0 || (lists.size > freely * uses.size && (moves || lengths.size > 1))
  if (!enough || !free || listing < several * rows || slips > fewSlips * rows) return null
  const labels = [...uses].toSorted(([, a], [, b]) => b - a).map(([label]) => label)
  return { separator, labels, share: listing / rows }
}

/** null: a cell holds one label, or something else. */
export function findLists(cells: readonly CountedCell[]): ListedLabels | null {
  for (const mark of marks) {
    const found = listedBy(mark, cells)
    if (found !== null) return found
  }
  return null
}

/** The cells of a column that is in memory. */
export function countCells(texts: Iterable<string>): CountedCell[] {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return [...counts].map(([text, rows]) => ({ text, rows }))
}

/** What is told of it where the data are imported; `one`: the task that takes a cell as it is. */
export const listsNote = (name: string, { separator, labels, share }: ListedLabels, one: string): string =>
  `"${name}" lists labels ${separatorInWords(separator)}, ${formatCount(labels.length)} different ones (${someOf(labels, 5)}); ${formatPercent(share)} of its cells have several. So the task is “${taskOf(multilabel.name).label}”: an output for each. To take each list as a class of its own, choose the task “${one}”.`
