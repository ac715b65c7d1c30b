/** From the user's file to a dataset file, its receipt and what its columns seem to be. */
import { renameSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import {
  classification,
  DescentError,
  multilabel,
  parserFor,
  regression,
  taskOf,
  withTargets,
  type Column,
  type Receipt,
  type Task,
} from '../../../contract/index.ts'
import { asTableError } from '../../inputs/duckdb-error.ts'
import { listsNote, type ListedLabels } from '../../tasks/find-lists.ts'
import { shareOf, plainContext, type ImportRequest, type ReadContext } from '../kind.ts'
import { withDuckDB } from './duckdb.ts'
import { loadTable } from './formats/index.ts'
import {
  inferTask,
  resolveTarget,
  targetProblem,
  withTexts,
  type ColumnFacts,
  type Inferred,
} from './infer.ts'
import { listsAmong } from './list-columns.ts'
import { unmetNote, valuesNote } from './missing-marks.ts'
import { spellNumbersAlike } from './number-spellings.ts'
import { asTrend, trendingCounters } from './row-counters.ts'
import { holds, writeTableFile } from './table-file.ts'
import { shapeTable, type ShapeOptions, type Shaping } from './shaping/index.ts'
import { partnersIn } from './shaping/partners.ts'
import { understand } from './understand.ts'

export interface ImportOptions extends ShapeOptions {
  /** Name, 1-based position or `last`, one or several; absent: the last column that can be predicted. */
  readonly target?: string | readonly string[] | undefined
  /** Targets that are meant where the table has them; otherwise it is as if nobody had said anything. */
  readonly likely?: readonly string[] | undefined
  readonly usual?: ImportRequest['usual']
  readonly kept?: ImportRequest['kept']
}

export interface ImportResult {
  readonly receipt: Receipt
  /** As inferred, one of them the target. */
  readonly columns: Column[]
  readonly task: Task
  /** What stands between the labels that the target lists; null: it lists none. */
  readonly separator: string | null
  readonly rows: number
  /** Where the table went through steps. */
  readonly shaped?: Shaping
}

/** Columns that list labels, by their indices: they can be predicted whatever else they look like. */
export type Lists = ReadonlyMap<number, ListedLabels>
const noLists: Lists = new Map()

/** The last one that can be predicted; -1: there is none. */
const lastOf = (
  names: readonly string[],
  facts: readonly ColumnFacts[],
  inferred: readonly Inferred[],
  lists: Lists,
): number =>
  names.findLastIndex((name, i) => lists.has(i) || targetProblem(name, facts[i]!, inferred[i]!) === null)

/** The columns that may be the target if they list labels: the one that is asked for; else the last ones, to that which it is otherwise. */
export function mayBeListed(
  names: readonly string[],
  facts: readonly ColumnFacts[],
  inferred: readonly Inferred[],
  asked: readonly string[],
): number[] {
  if (asked.length > 1) return []
  if (asked.length === 1) return [resolveTarget(asked[0]!, names)]
  const from = Math.max(0, lastOf(names, facts, inferred, noLists))
  return [...names.keys()].slice(from)
}

/** Indexes of the columns to predict, none where nothing can be; throws when one that was asked for is useless. */
export function chooseTargets(
  names: readonly string[],
  facts: readonly ColumnFacts[],
  inferred: readonly Inferred[],
  asked: readonly string[],
  lists: Lists = noLists,
): number[] {
  const chosen = asked.map((name) => {
    const index = resolveTarget(name, names)
    const problem = lists.has(index) ? null : targetProblem(names[index]!, facts[index]!, inferred[index]!)
    if (problem !== null) throw new DescentError('badData', `${problem} Choose another target.`, 'target')
    return index
  })
  if (chosen.length > 0) return [...new Set(chosen)]
  const guess = lastOf(names, facts, inferred, lists)
  return guess === -1 ? [] : [guess]
}

/** The last column is what people expect to be predicted: where it cannot be, that is said. */
export function targetNotes(
  names: readonly string[],
  facts: readonly ColumnFacts[],
  inferred: readonly Inferred[],
  targets: readonly number[],
  asked: readonly string[],
): string[] {
  const last = names.length - 1
  if (targets.length === 0)
    return [
      'No column can be predicted: each is empty, constant, an identifier, a date or free text. To train on the table, choose another kind for a column, and then the target.',
    ]
  if (asked.length > 0 || targets.includes(last)) return []
  const problem = targetProblem(names[last]!, facts[last]!, inferred[last]!)
  return [
    `The target is "${names[targets[0]!]}", not the last column. ${problem} Another one is chosen under Target.`,
  ]
}

/** A table that nothing can be learned from is shown all the same. */
const sizeNotes = (names: readonly string[], rows: number): string[] => [
  ...(rows === 0 ? ['The table has a header but no rows below it.'] : []),
  ...(names.length === 1
    ? [`The table has one column only, “${names[0]}”. If it should have more, choose another delimiter.`]
    : []),
]

const notesAtMost = 50

function collectNotes(inferred: readonly Inferred[]): string[] {
  const notes = inferred.flatMap((column) => column.notes)
  return notes.length <= notesAtMost
    ? notes
    : [...notes.slice(0, notesAtMost), `… and ${notes.length - notesAtMost} more notes on columns.`]
}

const wordsAlone = 'Nothing but text is left to learn from: its words are the features.'
const nothingLeft = 'No column is left to learn from: give at least one column the role feature.'
/** What is said of features, where pictures are none of them yet. */
export const featureNotes: readonly string[] = [wordsAlone, nothingLeft]

/** Writes aside and renames at the end: `destination` is either whole or untouched. */
export async function importTable(
  options: ImportOptions,
  destination: string,
  context: ReadContext = plainContext,
): Promise<ImportResult> {
  const started = performance.now()
  const folder = dirname(destination)
  const partial = `${destination}.partial`
  try {
    return await withDuckDB(
      async (connection, files) => {
        const said = [options.target ?? []].flat()
        const loaded = await loadTable(connection, options, files, shareOf(context, 0, 0.6))
        const raw = await shapeTable(
          connection,
          loaded,
          options,
          said,
          files,
          partnersIn(folder, context, options.kept),
        )
        const { names, rows } = raw
        const { likely = [] } = options
        const asked = said.length > 0 || !likely.every((name) => names.includes(name)) ? said : likely
        const {
          relation: understood,
          measured,
          inferred,
          marks,
          values,
        } = await understand(connection, raw, options, asked)
        context.progress(0.8)
        const named = names.map((name, i) => ({ name, facts: measured[i]!, inferred: inferred[i]! }))
        const {
          relation,
          facts,
          notes: respelled,
        } = await spellNumbersAlike(connection, understood, named, rows)
        const listing = await listsAmong(
          connection,
          relation,
          mayBeListed(names, facts, inferred, asked),
          facts,
          inferred,
          rows,
        )
        const targets = chooseTargets(names, facts, inferred, asked, listing)
        const lists = targets.length === 1 ? listing.get(targets[0]!) : undefined
        const task = lists
          ? multilabel.name
          : inferTask(
              targets.map((i) => ({ name: names[i]!, kind: inferred[i]!.kind, facts: facts[i]! })),
              options.usual,
            )
        const [target] = task === regression.name ? targets : []
        for (const i of await trendingCounters(connection, relation, named, target ?? null, rows))
          inferred[i] = asTrend(names[i]!, names[target!]!, inferred[i]!)
        const columns = names.map((name, i): Column => ({
          name,
          kind: inferred[i]!.kind,
          role: inferred[i]!.role,
          ...(inferred[i]!.parser && { parser: inferred[i]!.parser }),
          ...(inferred[i]!.levels && { levels: [...inferred[i]!.levels!] }),
          ...(values.has(i) && { notMissing: [...values.get(i)!] }),
        }))
        const kept = names.map((name, i) => ({
          name,
          number: facts[i]!.style,
          parser: inferred[i]!.parser ?? parserFor(inferred[i]!.kind),
        }))
        const table = { delimiter: raw.delimiter, columns: kept }
        const { file } = raw
        // Where all is as it seemed at first, the file is there already.
        const whole =
          file !== null && relation.sql === raw.relation.sql && holds(file, table) ? file.path : null
        if (whole === null) await writeTableFile(connection, relation, table, partial)
        renameSync(whole ?? partial, destination)
        const targeted = withTargets(
          columns,
          targets.map((i) => names[i]!),
          task,
        )
        const texts = withTexts(targeted, (i) => facts[i]!.length)
        const used = texts ?? targeted
        const receipt: Receipt = {
          kind: 'table',
          files: [],
          path: options.path,
          fileName: basename(options.path),
          format: raw.format,
          bytes: raw.source.bytes,
          sha256: raw.source.sha256,
          encoding: raw.encoding,
          delimiter: raw.format === 'text' ? raw.delimiter : null,
          header: raw.header,
          rowsRead: rows,
          rowsRejected: raw.rowsRejected,
          rejected: raw.rejected,
          rowsChanged: raw.rowsChanged,
          changed: [...raw.changed],
          layout: raw.decisions,
          ...(raw.shaped && { shape: [...raw.shaped.steps] }),
          notes: [
            ...sizeNotes(names, rows),
            ...targetNotes(names, facts, inferred, targets, asked),
            ...(lists ? [listsNote(names[targets[0]!]!, lists, taskOf(classification.name).label)] : []),
            ...raw.notes,
            ...(options.marksAreGiven ? unmetNote(options.missingValues, marks) : []),
            ...[...values].map(([i, of]) => valuesNote(names[i]!, of)),
            ...respelled,
            ...collectNotes(inferred.filter(({ role }, i) => !targets.includes(i) && used[i]?.role === role)),
            ...(texts === null ? [] : [wordsAlone]),
            ...(used.some(({ role }) => role === 'feature') ? [] : [nothingLeft]),
          ],
          seconds: (performance.now() - started) / 1000,
        }
        const separator = lists?.separator ?? null
        return { receipt, columns: used, task, separator, rows, ...(raw.shaped && { shaped: raw.shaped }) }
      },
      folder,
      context.limits,
    )
  } catch (error) {
    throw asTableError(error, options.path, context.limits)
  } finally {
    rmSync(partial, { force: true })
  }
}
