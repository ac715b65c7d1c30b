/** What a saved model is for, and where it is not to be believed: what its card says of it. */
import { formatNumber, isCategorical, plural } from '../../contract/index.ts'
import type { ModelDocument } from './document.ts'

/** As many as are read. */
const mostNamed = 8

/** In a line of Markdown: names from data mark up nothing. */
export const escaped = (text: string): string =>
  text.replaceAll('\n', ' ').replace(/[\\`*_[\]<>#|~]/g, String.raw`\$&`)

function rangeLine({ ranges = [] }: ModelDocument): string[] {
  if (ranges.length === 0) return []
  const named = ranges
    .slice(0, mostNamed)
    .map(({ column, low, high }) => `${escaped(column)} ${formatNumber(low)} to ${formatNumber(high)}`)
  const more = ranges.length - named.length
  const others = more > 0 ? [`${plural(more, 'more column')} in \`model.json\``] : []
  return [`- Beyond the numbers of its training it only guesses: ${[...named, ...others].join(', ')}.`]
}

/** `rows`: what its examples are called. */
export function limitLines(model: ModelDocument, rows: string): string[] {
  const { preparation, provenance } = model
  const isLooked = preparation.columns.some(({ kind }) => isCategorical(kind))
  return [
    '## Intended use and limits',
    '',
    `It is meant for ${rows} that come about as those of \`${provenance.dataFile}\` did, and for nothing that nobody has tested it on: bring such ${rows} in as a second test first.`,
    '',
    `- It has learned from ${plural(provenance.trainRows, 'example')}${provenance.trainRows < 1000 ? ', which are few' : ''}.`,
    ...rangeLine(model),
    ...(isLooked ? ['- Categories that its training has not seen are all the same to it.'] : []),
    ...(provenance.test === null
      ? ['- How it does on rows that chose nothing of it is not known: its test has not been opened.']
      : []),
    '',
  ]
}
