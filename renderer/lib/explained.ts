/** What is shown of an explained example: its parts as numbers, in words, and as colors. */
import {
  explanations,
  extentOf,
  fieldsOfPicture,
  isSigned,
  leavesRest,
  memberOf,
  namedParts,
} from '../../electron/contract/index.ts'
import type { Dependence, Explained, SaidAnswer } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import type { ChartModel } from './chart-model.ts'
import { formatFixed, formatNumber, formatPercent, numberTextOf } from './format.ts'
import type { Cell, TableData } from './table-data.ts'
import { shareAxis } from './share-axis.ts'

const words = strings.explained

export const saidText = ({ value, format }: Pick<SaidAnswer, 'value' | 'format'>): string =>
  format === 'share' ? formatPercent(value) : formatNumber(value)

export const kindOfParts = ({ by }: Explained) => memberOf(explanations, by).parts

/** With its sign where it has one: of probabilities in points of a hundred. */
export function partText(explained: Explained, part: number): string {
  if (!isSigned(kindOfParts(explained))) return formatNumber(part, 3)
  const sign = part > 0 ? '+' : ''
  return explained.answer.format === 'share'
    ? `${sign}${formatFixed(100 * part, 2)} ${words.points}`
    : `${sign}${formatNumber(part)}`
}

export const mostOf = (parts: readonly number[]): number =>
  parts.reduce((most, part) => Math.max(most, Math.abs(part)), 0)

export function partTable(explained: Explained): TableData {
  const own = words.parts[kindOfParts(explained)]
  const hasTold = explained.columns.length > 0
  return {
    columns: [
      { name: words.part },
      ...(hasTold ? [{ name: words.says }] : []),
      { name: own.column, text: (part: number) => partText(explained, part) },
    ],
    rows: namedParts(explained).map(({ name, told, part }): Cell[] => [
      name,
      ...(hasTold ? [told] : []),
      part,
    ]),
  }
}

/** In which of nine fields of a picture the parts are largest together. */
export function strongestField(picture: Explained['pictures'][number]): string {
  const { row, column } = fieldsOfPicture(picture)[0]!
  const { rows, columns, place } = words.picture
  return place(rows[row]!, columns[column]!)
}

/** What it says, what it would say of nothing, and the strongest part. */
export function explainedText(explained: Explained): string {
  const { answer, reference, rest } = explained
  const [first] = namedParts(explained)
  const [picture] = explained.pictures
  return [
    `${words.answer(answer.name, saidText(answer))}.`,
    ...(reference === null ? [] : [words.against(saidText({ ...answer, value: reference }))]),
    ...(rest === null ? [] : [leavesRest(explained) ? words.left(partText(explained, rest)) : words.sums]),
    ...(first && first.part !== 0 ? [words.strongest(first.name, partText(explained, first.part))] : []),
    ...(first && first.part === 0 ? [words.nothing] : []),
    ...(picture && !first
      ? [words.picture.spoken(picture.width, picture.height, strongestField(picture))]
      : []),
  ].join(' ')
}

// ---- how answers change with a column ----

const dayText = (days: number): string => new Date(days * 86_400_000).toISOString().slice(0, 10)

const placesOf = ({ holds, grid }: Dependence): number[] =>
  holds === 'category' ? grid.map((_, i) => i) : grid.map(Number)

const textOfGrid = ({ column, grid }: Dependence) => numberTextOf(column, extentOf(grid))

export const answerTitle = ({ name, format }: Pick<SaidAnswer, 'name' | 'format'>): string =>
  format === 'share' ? words.dependence.of(name) : words.dependence.predicted(name)

export function dependenceModel(found: Dependence, at: number): ChartModel {
  const curve = found.curves[at]!
  const x = placesOf(found)
  return {
    series: [{ label: words.dependence.mean, color: 1, data: curve.mean.map((y, i) => ({ x: x[i]!, y })) }],
    bands: [{ color: 1, x, low: curve.low, high: curve.high }],
    threads: curve.single.map((y) => ({ x, y })),
    x: {
      title: found.holds === 'date' ? `${found.column} (${words.dependence.days})` : found.column,
      ...(found.holds === 'category' && { categories: found.grid.map(String) }),
      ...(found.holds === 'number' && { text: textOfGrid(found) }),
    },
    y:
      curve.answer.format === 'share'
        ? shareAxis(answerTitle(curve.answer))
        : { title: answerTitle(curve.answer) },
  }
}

export function dependenceTable(found: Dependence, at: number): TableData {
  const { answer, mean, low, high } = found.curves[at]!
  const text = (value: number): string => saidText({ value, format: answer.format })
  const { holds } = found
  return {
    columns: [
      {
        name: found.column,
        ...(holds === 'date' ? { text: dayText } : { text: textOfGrid(found) }),
      },
      { name: answerTitle(answer), text },
      { name: words.dependence.low, text },
      { name: words.dependence.high, text },
    ],
    rows: found.grid.map((value, i): Cell[] => [value, mean[i]!, low[i]!, high[i]!]),
  }
}
