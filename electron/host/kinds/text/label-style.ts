/** How lines of text say their label: decided from all of them, and kept in the receipt. Pure. */

export interface LabelStyle {
  /** What stands between label and text. ` `: any white space; `,`: both may be quoted as in CSV files. */
  readonly separator: ' ' | '\t' | ','
  /** The first line names the two columns. */
  readonly header: boolean
}

export const plainStyle: LabelStyle = { separator: ' ', header: false }

export interface Labelled {
  readonly label: string
  readonly text: string
}

/** A field in double quotes, in which two of them stand for one, or one without; and what follows. */
const csvPair = /^(?:"((?:[^"]|"")*)"\s*|([^",]*)),\s*(?:"((?:[^"]|"")*)"|(.*))$/s

const unquoted = (quoted: string | undefined, plain: string | undefined): string =>
  (quoted?.replaceAll('""', '"') ?? plain ?? '').trim()

/** null: the line is not written so. */
export function splitLine(line: string, separator: LabelStyle['separator']): Labelled | null {
  if (separator === ',') {
    const found = csvPair.exec(line.trimEnd())
    return found && { label: unquoted(found[1], found[2]), text: unquoted(found[3], found[4]) }
  }
  const pattern = separator === '\t' ? /^([^\t]*)\t\s*(.*)$/s : /^(\S*)\s*(.*)$/s
  const found = pattern.exec(line.trimEnd())
  return found && { label: found[1]!.trim(), text: found[2]! }
}

/** So much of a file has to be written in a style, and so many labels are too many for its lines. */
const nearlyAll = 0.95
const tooMany = (labels: number, lines: number): boolean =>
  labels > lines / 2 || (labels > 20 && labels > lines / 5)

const headerNames = new Set([
  'label',
  'labels',
  'class',
  'category',
  'target',
  'sentiment',
  'intent',
  'topic',
])

/**
 * White space ends a label unless the lines tell better: where nearly all of them have a tab or a comma behind few
 * labels. A comma is common in texts, so white space has to leave more labels than it, or to cut quotes and commas.
 */
export function styleOf(lines: readonly string[]): LabelStyle {
  const labelsBy = (separator: LabelStyle['separator']): Set<string> | null => {
    const found = lines.flatMap((line) => splitLine(line, separator) ?? [])
    const whole = found.filter(({ label, text }) => label !== '' && text !== '')
    if (whole.length < nearlyAll * lines.length) return null
    const labels = new Set(whole.map(({ label }) => label))
    return labels.size >= 2 && !tooMany(labels.size, lines.length) ? labels : null
  }
  const spaced = lines.map((line) => splitLine(line, ' ')?.label ?? '')
  const cut = spaced.filter((label) => /^"|,/.test(label)).length
  const commas = labelsBy(',')
  const isCsv = commas !== null && (commas.size < new Set(spaced).size || cut >= nearlyAll * lines.length)
  const separator = labelsBy('\t') ? '\t' : isCsv ? ',' : ' '
  return { separator, header: hasHeader(lines, separator) }
}

/** A line whose label is a name for labels. */
export const namesColumns = (line: string, separator: LabelStyle['separator']): boolean =>
  headerNames.has((splitLine(line, separator)?.label ?? '').toLowerCase())

/** No other line may have that label. */
const hasHeader = ([first, ...others]: readonly string[], separator: LabelStyle['separator']): boolean =>
  first !== undefined &&
  namesColumns(first, separator) &&
  !others.some((line) => namesColumns(line, separator))

const strays = {
  /** Labels of so many lines are labels for sure, and make up so much of the file where others are in doubt. */
  common: 0.05,
  ofAll: 0.8,
  /** A word that stands so much more often within texts than before them is a word. */
  moreOften: 3,
  /** Fewer such words may be a coincidence. */
  least: 3,
}

const wordsOf = (text: string): string[] => text.toLowerCase().split(/[^\p{L}\p{N}']+/u)

/** Words that begin lines without a label: rare as labels, frequent as words of the texts, beside labels that are neither. */
export function strayWords(examples: readonly Labelled[]): ReadonlySet<string> {
  const before = new Map<string, number>()
  for (const { label } of examples) before.set(label, (before.get(label) ?? 0) + 1)
  const rare = new Set(
    [...before].filter(([, count]) => count < strays.common * examples.length).map(([label]) => label),
  )
  const common = examples.filter(({ label }) => !rare.has(label)).length
  if (before.size - rare.size < 2 || common < strays.ofAll * examples.length) return new Set()
  const within = new Map<string, number>()
  for (const { label, text } of examples)
    for (const word of new Set(wordsOf(text)))
      if (word !== label.toLowerCase()) within.set(word, (within.get(word) ?? 0) + 1)
  const found = [...rare].filter(
    (word) => (within.get(word.toLowerCase()) ?? 0) >= strays.moreOften * before.get(word)!,
  )
  return new Set(found.length >= strays.least ? found : [])
}
