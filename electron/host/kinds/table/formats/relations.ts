/** Which table of several: of a database in a file, or of a server. Pure. */
import { plural, type Receipt } from '../../../../contract/index.ts'
import { bad, listed } from './format.ts'

export interface Relation {
  readonly name: string
  /** With its schema or database, where the name itself does without; people may give it too. */
  readonly qualified?: string
  /** Its rows are computed by somebody else's SQL when it is read. */
  readonly isView: boolean
  readonly rows: number
}

export interface Chosen<R extends Relation> {
  readonly one: R
  readonly decision: Receipt['layout'][number]
  readonly notes: readonly string[]
}

const sizeOf = ({ name, isView, rows }: Relation): string =>
  isView ? `“${name}” (a view)` : `“${name}” (${plural(rows, 'row')})`

/** The one with most rows, where none is asked for; a view only by its name. */
export function chooseRelation<R extends Relation>(
  relations: readonly R[],
  asked: string | null,
  shown: string,
  says: (relation: R) => string = sizeOf,
): Chosen<R> {
  const names = relations.map(({ name, isView }) => (isView ? `${name} (a view)` : name))
  const tables = relations.filter(({ isView }) => !isView)
  const lower = asked?.toLowerCase()
  const named =
    relations.find(({ name }) => name === asked) ??
    relations.find(({ qualified }) => asked !== null && qualified === asked) ??
    relations.find(({ name }) => name.toLowerCase() === lower) ??
    relations.find(({ qualified }) => asked !== null && qualified?.toLowerCase() === lower)
  if (asked !== null && named === undefined)
    throw bad(
      `${shown} has no table “${asked}”.${names.length > 0 ? ` It has: ${listed(names)}.` : ''}`,
      'table',
    )
  if (named === undefined && tables.length === 0)
    throw bad(
      names.length === 0
        ? `${shown} is a database without tables.`
        : `${shown} has views only, and a view is read where its name is given: ${listed(names)}.`,
      'table',
    )
  const one = named ?? tables.reduce((best, each) => (each.rows > best.rows ? each : best))
  const evidence =
    relations.length > 1
      ? `${asked === null ? 'The one with most rows' : 'One'} of ${plural(relations.length, 'table')}: ${listed(relations.map(says))}.`
      : null
  return {
    one,
    decision: {
      option: 'table',
      value: one.name,
      evidence,
      given: asked !== null,
      ...(relations.length > 1 && { choices: relations.map(({ name }) => name) }),
    },
    notes: [
      ...(evidence === null || asked !== null
        ? []
        : [`The table “${one.name}” is read. ${evidence} Another one is chosen by its name.`]),
      ...(one.isView ? [`“${one.name}” is a view: its rows were computed when it was read.`] : []),
    ],
  }
}

/** null: nobody says. */
export const askedTable = (table: string | undefined): string | null =>
  table === undefined || table === 'auto' ? null : table
