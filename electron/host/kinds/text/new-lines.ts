/** Lines to predict: written as the texts were that the model learned from, or bare. Pure. */
import { formatCount, labelsListed, plural } from '../../../contract/index.ts'
import {
  namesColumns,
  nearlyAll,
  splitLine,
  valuesUnder,
  type Labeled,
  type LabelStyle,
} from './label-style.ts'
import { joinedLines, longestLine, type Line } from './lines.ts'

export interface NewLines {
  readonly texts: readonly string[]
  /** What the lines say themselves; null: they are bare. */
  readonly labels: readonly (string | null)[] | null
  readonly notes: readonly string[]
}

type Read = Omit<Labeled, 'label'> & { readonly label: string | null }

interface KnownLabels {
  readonly classes: ReadonlySet<string>
  /** What stands between labels that are listed; null: each line has one. */
  readonly separator: string | null
}

/** null: the line is not written so. Only a label that the model knows is one, for any text has a first word. */
function readIn(line: string, style: LabelStyle, { classes, separator }: KnownLabels): Read | null {
  if (style.keys) return valuesUnder(line, style.keys)
  const split = splitLine(line, style)
  if (split === null) return null
  const labels = separator === null ? [split.label] : labelsListed(split.label, separator)
  return labels.every((label) => classes.has(label)) ? split : null
}

const separators = { ' ': 'white space', '\t': 'a tab', ',': 'a comma' }

function inWords({ keys, separator, last }: LabelStyle): string {
  if (keys) return `an object of JSON with the text under “${keys.text}”`
  const between = separators[separator]
  return last ? `a text, ${between} and a label of the model` : `a label of the model, ${between} and a text`
}

/** `style`: null, of models that know none: lines are bare. */
export function newLines(
  lines: readonly Line[],
  style: LabelStyle | null,
  classes: readonly string[],
  separator: string | null = null,
): NewLines {
  const bare = lines.map(({ text }) => text)
  if (style === null || lines.length === 0) return { texts: bare, labels: null, notes: [] }
  const known = { classes: new Set(classes), separator }
  const [first] = lines
  const named = style.header && namesColumns(first!.text, style)
  const records = (style.joined ? joinedLines(lines, style) : lines).slice(named ? 1 : 0)
  const read = records.map((line) => ({ line, found: readIn(line.text, style, known) }))
  const odd = read.filter(({ found }) => found === null)
  if (records.length === 0 || odd.length > (1 - nearlyAll) * records.length)
    return {
      texts: bare,
      labels: null,
      notes: [`Each line is taken whole, as one text: it is not ${inWords(style)}.`],
    }
  const taken = read.map(({ line, found }) => ({ line, ...(found ?? { label: null, text: line.text }) }))
  const kept = taken.filter(({ text }) => text !== '' && text.length <= longestLine)
  const left = taken.filter(({ text }) => text === '' || text.length > longestLine)
  return {
    texts: kept.map(({ text }) => text),
    labels: kept.map(({ label }) => label),
    notes: [
      `Each line is ${inWords(style)}, as those that the model learned from: predictions are made from the text alone.`,
      ...(odd.length > 0
        ? [
            `${plural(odd.length, 'line is', 'lines are')} not written so, and taken whole; the first is line ${odd[0]!.line.number}.`,
          ]
        : []),
      ...(left.length > 0
        ? [
            `${plural(left.length, 'line has', 'lines have')} no text, or one longer than ${formatCount(longestLine)} characters, and ${left.length === 1 ? 'is' : 'are'} left out; the first is line ${left[0]!.line.number}.`,
          ]
        : []),
    ],
  }
}
