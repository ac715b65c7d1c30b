/** Shaping: what happens, in order, to the rows and columns of a table once it is read, before anything is learned of it. */
import { family, memberOf, type Chosen, type Definition } from './define.ts'
import { choice, text, texts, type Options, type ValuesOf } from './options.ts'

interface ShapingWords<O extends Options> {
  /** The step in a few words, as it is set: “Keep rows where age > 18”. */
  readonly told: (values: ValuesOf<O>) => string
  /** The options without which it does nothing. */
  readonly needs: readonly (keyof O & string)[]
  /** It leaves out rows, so that new ones do not go through it: whoever wants a prediction wants one for every row. */
  readonly leavesOut?: true
}
const defineShaping = <const Name extends string, const O extends Options>(
  definition: Definition<Name, O> & ShapingWords<O>,
): Definition<Name, O> & ShapingWords<O> => definition

const anything = /^[^\0\n\r]*$/u

const expression = (label: string, help: string) =>
  text({
    label,
    help: `${help} Written as SQL: numbers, 'texts', DATE '2024-12-31', and columns by their names, in "double quotes" where a name is more than letters, digits and _.`,
    longest: 4000,
    pattern: anything,
    bounds: 'an SQL expression of at most 4,000 characters',
    start: '',
  })

const named = { longest: 300, pattern: anything, bounds: 'a name of at most 300 characters' } as const
const columnName = (label: string, help: string) => text({ label, help, ...named, start: '' })

const names = (label: string, help: string) =>
  texts(
    { label: 'Column', help: 'The name of a column.', ...named, start: '' },
    { label, help, fewest: 0, most: 1000, start: [] },
  )

const value = (label: string, help: string) =>
  text({
    label,
    help,
    longest: 1000,
    pattern: anything,
    bounds: 'a text of at most 1,000 characters',
    start: '',
  })

export const filterRows = defineShaping({
  name: 'filterRows',
  label: 'Keep rows',
  help: 'Only rows that fulfill the condition stay; where it cannot be told because a value is missing, they do not. Rows to predict are not left out.',
  source: 'https://duckdb.org/docs/stable/sql/expressions/overview',
  options: {
    where: expression(
      'Condition',
      "What holds in the rows that stay: age >= 18 AND city IN ('Rome', 'Oslo'), \"sold on\" < DATE '2024-01-01', price IS NOT NULL.",
    ),
  },
  told: ({ where }) => `Keep rows where ${where}`,
  needs: ['where'],
  leavesOut: true,
})

export const deriveColumn = defineShaping({
  name: 'deriveColumn',
  label: 'Derive a column',
  help: 'A new column is computed from others of the same row; one of that name is replaced. It is computed alike for rows to predict.',
  source: 'https://duckdb.org/docs/stable/sql/functions/overview',
  options: {
    as: columnName('Name', 'What the new column is called.'),
    expression: expression(
      'Expression',
      "What it holds: weight / (height * height), date_part('year', sold), lower(city), CASE WHEN age < 18 THEN 'child' ELSE 'adult' END.",
    ),
  },
  told: ({ as, expression: said }) => `${as} = ${said}`,
  needs: ['as', 'expression'],
})

export const dropColumns = defineShaping({
  name: 'dropColumns',
  label: 'Leave out columns',
  help: 'These columns are not kept with the data; a column that is only not to be learned from is ignored instead.',
  options: { columns: names('Columns', 'Those that are left out, one a line.') },
  told: ({ columns }) => `Leave out ${columns.join(', ')}`,
  needs: ['columns'],
})

export const renameColumn = defineShaping({
  name: 'renameColumn',
  label: 'Rename a column',
  help: 'The column is called otherwise from here on; files to predict have it by its former name.',
  options: {
    column: columnName('Column', 'As it is called now.'),
    to: columnName('New name', 'As it is called from here on.'),
  },
  told: ({ column, to }) => `${column} is called ${to}`,
  needs: ['column', 'to'],
})

export const replaceValues = defineShaping({
  name: 'replaceValues',
  label: 'Replace a value',
  help: 'Cells of a column that say one thing say another one: two spellings of a category become one, a code becomes a gap.',
  options: {
    column: columnName('Column', 'In which cells are replaced.'),
    from: value('Value', 'The whole cell, as it is written.'),
    to: value('By', 'What stands there instead; nothing: the value is missing.'),
  },
  told: ({ column, from, to }) => `${column}: “${from}” becomes ${to === '' ? 'missing' : `“${to}”`}`,
  needs: ['column', 'from'],
})

export const dropDuplicates = defineShaping({
  name: 'dropDuplicates',
  label: 'Leave out duplicates',
  help: 'Of rows that say the same in these columns the first stays.',
  options: { by: names('Alike in', 'The columns that are compared, one a line; none: all of them.') },
  told: ({ by }) =>
    by.length === 0 ? 'Leave out duplicate rows' : `Leave out rows alike in ${by.join(', ')}`,
  needs: [],
  leavesOut: true,
})

export const joinTable = defineShaping({
  name: 'joinTable',
  label: 'Join a table',
  help: 'Columns of a second table are put beside the rows that it says something of, found by what both have in common. The second table is kept with the data, and with every model: rows to predict find their partners in it.',
  source: 'https://duckdb.org/docs/stable/sql/query_syntax/from#joins',
  options: {
    path: text({
      label: 'File',
      help: 'Of any format that tables are read from.',
      longest: 4000,
      pattern: anything,
      bounds: 'the path of a file',
      start: '',
    }),
    on: names(
      'Found by',
      'The columns that say which rows belong together, one a line: customer, or customer = id where the second table calls it otherwise.',
    ),
    kind: choice(
      [
        { value: 'left', label: 'Keep them', help: 'With gaps in the columns of the second table.' },
        { value: 'inner', label: 'Leave them out', help: 'Rows to predict stay, with gaps.' },
      ],
      { label: 'Rows without a partner', help: 'What becomes of them.', start: 'left' },
    ),
    several: choice(
      [
        { value: 'refuse', label: 'Refuse', help: 'For each partner would multiply the row.' },
        { value: 'first', label: 'Take the first', help: 'In the order of the second table.' },
      ],
      { label: 'Rows with several', help: 'What is done where several rows fit one.', start: 'refuse' },
    ),
    prefix: columnName(
      'Prefix',
      'Stands before the names of the second table’s columns, so that they are not those of the first.',
    ),
  },
  told: ({ path, on }) => `Join ${path.split(/[/\\]/).at(-1) ?? path} on ${on.join(', ')}`,
  needs: ['path', 'on'],
})

export const shaping = family({
  name: 'shaping',
  one: 'shaping step',
  help: 'What happens, in order, to the rows and columns of a table once it is read: the data are what comes of it.',
  path: 'data.source',
  key: 'shaping',
  list: 'shape',
  usage:
    'Chosen with --filter CONDITION, --derive "NAME = EXPRESSION" and --join FILE --on COLUMN, in the order given, or as the list data.source.shape of a recipe. An expression is about one row: it knows no other rows, no files, no chance and no time of day, so that it gives the same again.',
  members: [filterRows, deriveColumn, joinTable, dropColumns, renameColumn, replaceValues, dropDuplicates],
})
export type ShapingStep = Chosen<typeof shaping>
export type ShapingName = ShapingStep['shaping']
export type JoinStep = Extract<ShapingStep, { several: unknown }>

const isEmpty = (set: unknown): boolean =>
  Array.isArray(set) ? set.length === 0 : typeof set === 'string' && set.trim() === ''

/** What has to be said before the step can be done, by the labels of its options; empty: it is complete. */
export function lackingIn(step: ShapingStep): string[] {
  const { needs, options } = memberOf(shaping, step.shaping)
  const set = step as unknown as Record<string, unknown>
  return needs.flatMap((name) => (isEmpty(set[name]) ? [(options as Options)[name]!.label] : []))
}

/** The step in a few words. */
export const toldOf = (step: ShapingStep): string =>
  (memberOf(shaping, step.shaping).told as (values: ShapingStep) => string)(step)

export const leavesOutRows = (step: ShapingStep): boolean =>
  memberOf(shaping, step.shaping).leavesOut === true

/** The step that joins a table, as it is set. */
export const isJoin = (step: ShapingStep): step is JoinStep => step.shaping === joinTable.name

/** “customer = id” as the two names; “customer” is called alike in both. */
export function pairOf(said: string): { readonly here: string; readonly there: string } {
  const [here = '', ...there] = said.split('=').map((name) => name.trim())
  return { here, there: there.length === 0 ? here : there.join('=') }
}
