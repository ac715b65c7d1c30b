/** `descent explain`: what of an example an answer comes from, and how answers change with a column. */
import { tmpdir } from 'node:os'
import {
  DescentError,
  explanations,
  explanationsFor,
  fieldsOfPicture,
  extentOf,
  formatNumber,
  formatPercent,
  numberTextOf,
  isSigned,
  leavesRest,
  memberOf,
  namedParts,
  plural,
  type Dependence,
  type Explained,
  type SaidAnswer,
} from '../../contract/index.ts'
import { readModelFolder } from '../deploy/folder.ts'
import { readRequested } from '../deploy/predict-file.ts'
import { dependenceOf, explainExample, openExplainable, requireFor, rowOf } from '../explain/index.ts'
import { plainContext } from '../kinds/kind.ts'
import { encode } from '../prepare/encode.ts'
import { withScratch } from '../scratch.ts'
import { chosenOf } from './chosen.ts'
import type { ExplainCommand } from './explain-args.ts'
import { checkNamed, pathOf } from './fetched.ts'
import { plainSpaces, textTable, type Row } from './text-table.ts'

export type Explaining =
  | { readonly of: 'row'; readonly row: number; readonly explained: Explained }
  | { readonly of: 'column'; readonly dependence: Dependence; readonly notes: readonly string[] }

/** Of a picture, so many of its parts are named. */
const mostNamed = 8

export async function explain(command: ExplainCommand): Promise<Explaining> {
  const model = await readModelFolder(command.model)
  const { preparation, provenance, architecture } = model.document
  const usual = explanationsFor(provenance.recipe.kind)[0]!
  const by = command.by ?? usual
  const explanation = chosenOf(explanations, by, command.set, 'explain')
  requireFor(provenance.recipe.kind, explanation)
  const input = checkNamed(command.data)
  return await withScratch(tmpdir(), async (scratch) => {
    const { path: dataPath } = await pathOf(input, { mirror: null }, scratch, command.limits)
    const context = { ...plainContext, limits: command.limits }
    return await readRequested(
      { model, dataPath, folder: scratch },
      context,
      async ({ frame, notes }): Promise<Explaining> => {
        const opened = await openExplainable(provenance.backend, preparation, architecture, model.weights)
        if (command.column !== null) {
          const { inputs, notes: own } = encode(frame, preparation)
          const rows = Int32Array.from({ length: frame.rows }, (_, row) => row)
          const dependence = await dependenceOf(
            opened,
            frame,
            { inputs, rows: frame.rows },
            rows,
            command.column,
            command.answer,
          )
          return { of: 'column', dependence, notes: [...notes, ...own] }
        }
        const { row } = command
        if (row > frame.rows)
          throw new DescentError(
            'badRequest',
            `${command.data} has no row ${row}: it has ${plural(frame.rows, 'row')}.`,
            'row',
          )
        const one = { rows: 1, columns: frame.columns.map((column) => rowOf(column, row - 1)) }
        const explained = await explainExample(opened, one, explanation, command.answer)
        return { of: 'row', row, explained: { ...explained, notes: [...notes, ...explained.notes] } }
      },
    )
  })
}

type Format = SaidAnswer['format']
const valueIn = (value: number, format: Format): string =>
  format === 'share' ? formatPercent(value) : formatNumber(value)
const signed = (value: number, format: Format): string =>
  `${value > 0 ? '+' : ''}${format === 'share' ? `${formatNumber(100 * value, 3)} points` : formatNumber(value)}`

const barWidth = 20
const barOf = (part: number, most: number): string =>
  (part < 0 ? '▒' : '█').repeat(most > 0 ? Math.round((barWidth * Math.abs(part)) / most) : 0)

/** Where in a picture it counts most, in a grid of thirds. */
function describePicture(picture: Explained['pictures'][number]): string[] {
  const [most] = fieldsOfPicture(picture)
  const rows = ['top', 'middle', 'bottom']
  const columns = ['left', 'center', 'right']
  return [
    `How much of it is where in ${picture.column}:\n`,
    textTable(
      fieldsOfPicture(picture).map(({ row, column, share }): Row => [
        `${rows[row]} ${columns[column]}`,
        formatPercent(share),
        barOf(share, most!.share),
      ]),
      (column) => column !== 1,
    ),
  ]
}

function describeRow(row: number, explained: Explained): string {
  const { by, answer, reference, rest, notes } = explained
  const { parts: kind, label } = memberOf(explanations, by)
  const named = namedParts(explained)
  const most = Math.abs(named[0]?.part ?? 0)
  const told = (part: number): string =>
    isSigned(kind) ? signed(part, answer.format) : formatNumber(part, 3)
  const all = named.length > 40 ? named.slice(0, 40) : named
  const rows = all.map(({ name, is, told: cell, part }): Row => [
    name.slice(0, 40),
    is === 'word' ? '' : (cell ?? '(missing)').slice(0, 40),
    told(part),
    barOf(part, most),
  ])
  const against =
    reference === null
      ? ''
      : ` Of an example of which nothing is known it says ${valueIn(reference, answer.format)}.`
  return [
    ...notes.map((note) => `${note}\n`),
    `Row ${row}: ${answer.name} ${valueIn(answer.value, answer.format)}.${against}\n`,
    `${label}:\n`,
    ...(rows.length > 0 ? [textTable(rows, (column) => column !== 2)] : []),
    ...(all.length < named.length ? [`  and ${plural(named.length - all.length, 'further part')}.\n`] : []),
    ...(rest !== null && leavesRest(explained) ? [`  ${signed(rest, answer.format)} are left.\n`] : []),
    ...explained.pictures.flatMap(describePicture),
  ].join('')
}

function describeColumn(
  { column, holds, grid, curves, looked, left }: Dependence,
  notes: readonly string[],
): string {
  const shown = curves.slice(0, mostNamed)
  const further = left.answers + curves.length - shown.length
  const number = numberTextOf(column, extentOf(grid))
  const valueText = (value: number | string): string =>
    typeof value === 'string'
      ? value
      : holds === 'date'
        ? new Date(value * 86_400_000).toISOString().slice(0, 10)
        : number(value)
  const head = [column, ...shown.flatMap(({ answer }) => [answer.name, 'low', 'high'])]
  const rows = grid.map((value, i): Row => [
    valueText(value),
    ...shown.flatMap(({ answer, mean, low, high }) =>
      [mean, low, high].map((of) => valueIn(of[i]!, answer.format)),
    ),
  ])
  return [
    ...notes.map((note) => `${note}\n`),
    `The mean answer of ${plural(looked, 'row')} where “${column}” is set and all else stays, with 95 % intervals:\n`,
    textTable([head, ...rows], (at) => at === 0 && holds === 'category'),
    ...(left.values > 0
      ? [`  ${plural(left.values, 'rarer value is', 'rarer values are')} left out.\n`]
      : []),
    ...(further > 0 ? [`  ${plural(further, 'further answer')}: name one with --answer.\n`] : []),
  ].join('')
}

export const describeExplaining = (found: Explaining): string =>
  plainSpaces(
    found.of === 'row'
      ? describeRow(found.row, found.explained)
      : describeColumn(found.dependence, found.notes),
  )
