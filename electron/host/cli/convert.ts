/** `descent convert`: a table's file as CSV that every program understands. */
import { tmpdir } from 'node:os'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { defaultMissingValues, plural } from '../../contract/index.ts'
import { checkOutput, writeWhole } from '../deploy/output.ts'
import { plainContext } from '../kinds/kind.ts'
import { convertTable, type Converted } from '../kinds/table/reading/convert.ts'
import { checkNamed, pathOf } from './fetched.ts'
import { withScratch } from '../scratch.ts'
import { UsageError, type ConvertCommand } from './args.ts'
import { tell } from './for-terminal.ts'

const mostListed = 10

const listed = (what: string, count: number, told: Converted['rejected']): string[] =>
  count === 0
    ? []
    : [
        `${plural(count, 'row')} ${what}:`,
        ...told.slice(0, mostListed).map(({ line, reason, text }) => `  line ${line}: ${reason}: ${text}`),
        ...(count > mostListed ? [`  … and ${count - mostListed} more`] : []),
      ]

/** What was decided, and what became of lines that are no rows. */
export function describeConverted({
  layout,
  notes,
  rejected,
  rowsRejected,
  changed,
  rowsChanged,
}: Converted): string {
  const read = layout.map(({ option, value, given }) => `${option} ${value}${given ? ' (as said)' : ''}`)
  return [
    ...(read.length === 0 ? [] : [`Read with ${read.join(', ')}.`]),
    ...notes,
    ...listed('left out', rowsRejected, rejected),
    ...listed('read otherwise than they stand', rowsChanged, changed),
    '',
  ].join('\n')
}

export async function convert(command: ConvertCommand): Promise<void> {
  const { out, overwrite, json, reading, missing } = command
  if (json && out === null) throw new UsageError('With --json, say by --out where the table goes.', 'convert')
  const input = checkNamed(command.input)
  const path = out === null ? null : await checkOutput({ out, overwrite, input })
  const converted = await withScratch(tmpdir(), async (folder) => {
    const { path: file, rest } = await pathOf(
      input,
      { ...reading, mirror: command.mirror },
      folder,
      command.limits,
    )
    return await convertTable(
      {
        path: file,
        reading: { ...reading, ...rest },
        missingValues: missing ?? defaultMissingValues,
        marksAreGiven: missing !== null,
        typed: command.typed,
        names: command.names,
        shape: command.shape,
        folder,
      },
      (chunks) =>
        path === null
          ? pipeline(Readable.from(chunks), process.stdout, { end: false })
          : writeWhole(path, chunks, overwrite),
      { ...plainContext, limits: command.limits },
    )
  })
  const { rows, columns } = converted
  tell(describeConverted(converted))
  if (out !== null) tell(`${plural(rows, 'row')}, ${plural(columns, 'column')} written to ${out}\n`)
  if (json) process.stdout.write(JSON.stringify({ ...converted, out: path }) + '\n')
}
