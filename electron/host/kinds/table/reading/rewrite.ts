/** A file's rows by its layout, written once more as the one dialect that every reader understands (RFC 4180). */
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Account } from './account.ts'
import type { Layout } from './layout.ts'
import { RowReader, type Row } from './rows.ts'
import { textOf, type SourceFacts } from './source-file.ts'

const special = /[",\n\r]/

/** A line of one empty cell would be no line. */
export const csvLine = (cells: readonly string[]): string =>
  (cells.length === 1 && cells[0] === ''
    ? '""'
    : cells.map((cell) => (special.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')) + '\n'

/** Rows in pieces; the account is complete when there are no more. */
export async function* rowsOf(
  facts: SourceFacts,
  layout: Layout,
  reader: RowReader,
  progress: (share: number) => void = () => undefined,
): AsyncGenerator<Row[]> {
  let skip = layout.from
  let read = 0
  for await (const text of textOf(facts)) {
    read += text.length
    progress(Math.min(1, read / Math.max(1, facts.bytes)))
    if (skip >= text.length) {
      skip -= text.length
      continue
    }
    const rows = reader.take(text.slice(skip), false)
    skip = 0
    if (rows.length > 0) yield rows
  }
  const rows = reader.take('', true)
  if (rows.length > 0) yield rows
}

export interface Rewritten {
  readonly rows: number
  /** Bytes of the longest record, over however many lines it goes. */
  readonly longest: number
  readonly account: Account
}

export async function rewrite(
  facts: SourceFacts,
  layout: Layout,
  to: string,
  progress?: (share: number) => void,
): Promise<Rewritten> {
  const reader = new RowReader(layout, facts.damaged)
  let count = 0
  let longest = 0
  async function* lines(): AsyncGenerator<string> {
    for await (const rows of rowsOf(facts, layout, reader, progress)) {
      count += rows.length
      const written = rows.map(({ cells }) => csvLine(cells))
      for (const line of written)
        // A character has three bytes at most.
        if (3 * line.length > longest) longest = Math.max(longest, Buffer.byteLength(line))
      yield written.join('')
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(to, { mode: 0o600 }))
  return { rows: count, longest, account: reader.account }
}
