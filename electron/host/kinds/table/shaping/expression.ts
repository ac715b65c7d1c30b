/**
 * What a person writes about a row, as SQL that can do nothing else than compute it: DuckDB says what was written, as a
 * tree; the tree is held against what expressions may be, its columns become ours, and DuckDB makes SQL of it again. So no
 * letter of what was typed reaches a statement.
 */
import { isObject, DescentError, formatCount } from '../../../../contract/index.ts'
import { query, quoted, type DuckDBConnection } from '../duckdb.ts'
import { castTypes, functions, whyNot } from './functions.ts'
import { comparing, growthOf, mostCompared, mostGrowth } from './growth.ts'
import { nearest } from '../../../inputs/nearest.ts'

export interface Expression {
  /** Places of the columns that it looks at, each once. */
  readonly columns: readonly number[]
  /** Over columns that are called `v<place>`. */
  readonly sql: string
}

/** What was typed, as a sentence can say it. */
export const said = (text: string): string => {
  const letters = [...text]
  return `“${letters.length > 160 ? `${letters.slice(0, 160).join('')}…` : text}”`
}

export const refuse = (message: string): DescentError => new DescentError('badData', message, 'shape')

/** What stands before the expression where DuckDB reads it. */
const before = 'SELECT ('

type Tree = Record<string, unknown>

const isPlainName = (name: string): boolean => /^[a-z_][a-z\d_]*$/i.test(name)
const asWritten = (name: string): string => (isPlainName(name) ? name : `"${name.replaceAll('"', '""')}"`)

/** “There is no column “heigth”. Did you mean height?” */
export function noColumn(name: string, names: readonly string[]): string {
  const meant = nearest(name, names)
  const few = names.slice(0, 12).map(asWritten).join(', ') + (names.length > 12 ? ', …' : '')
  return `There is no column “${name}”. ${meant === null ? `There are: ${few}.` : `Did you mean ${asWritten(meant)}?`}`
}

/** The place of a column by its name, whatever the case where that leaves no doubt; null: there is none. */
export function placeOf(name: string, names: readonly string[]): number | null {
  const exact = names.indexOf(name)
  if (exact !== -1) return exact
  const like = names.flatMap((one, i) => (one.toLowerCase() === name.toLowerCase() ? [i] : []))
  return like.length === 1 ? like[0]! : null
}

const isWithin = (value: unknown): value is number => typeof value === 'number' && value < 1e9

/** Nodes without which no SQL of one row does. */
const allowed: ReadonlySet<string> = new Set([
  'BETWEEN',
  'CASE',
  'CAST',
  'COLUMN_REF',
  'COMPARISON',
  'CONJUNCTION',
  'CONSTANT',
  'FUNCTION',
  'OPERATOR',
])

const operators: ReadonlySet<string> = new Set([
  'COMPARE_IN',
  'COMPARE_NOT_IN',
  'OPERATOR_NOT',
  'OPERATOR_IS_NULL',
  'OPERATOR_IS_NOT_NULL',
  'OPERATOR_COALESCE',
  'OPERATOR_NULLIF',
  'OPERATOR_TRY',
  'ARRAY_EXTRACT',
  'ARRAY_SLICE',
  'ARRAY_CONSTRUCTOR',
])

const others: Readonly<Record<string, string>> = {
  SUBQUERY:
    'A query within an expression would look at other rows or tables. Join the second table as a step of its own',
  WINDOW:
    'OVER (…) looks at other rows, and an expression knows its own row alone: what is computed over rows would say something of the test rows to those that train',
  STAR: '* stands for all columns: name the one that is meant',
  LAMBDA: 'Functions with “->” or “lambda” cannot be used in an expression',
  PARAMETER: 'Parameters such as ? and $1 have no value here: write the value',
}

const comparisons: ReadonlySet<string> = new Set([
  'COMPARE_LESSTHAN',
  'COMPARE_GREATERTHAN',
  'COMPARE_LESSTHANOREQUALTO',
  'COMPARE_GREATERTHANOREQUALTO',
  'COMPARE_BETWEEN',
])

/** Of what is read of an expression, two of which are one part of it. */
const deepest = 1000

class Reader {
  readonly found: number[] = []
  private depth = 0
  /** So many times as long as a cell may what is computed be. */
  private growth = 1
  private readonly text: string
  private readonly names: readonly string[]

  private readonly ordered: ReadonlySet<number>

  constructor(text: string, names: readonly string[], ordered: ReadonlySet<number>) {
    this.text = text
    this.names = names
    this.ordered = ordered
  }

  /** DuckDB counts bytes. */
  private at(location: unknown): string {
    if (!isWithin(location)) return ''
    const bytes = Buffer.from(this.text)
    const from = location - before.length
    if (from < 0 || from >= bytes.length) return ''
    const rest = bytes.subarray(from).toString('utf8')
    return ` (at “${rest.slice(0, 24)}${rest.length > 24 ? '…' : ''}”, character ${bytes.subarray(0, from).toString('utf8').length + 1})`
  }

  refuse(what: string, location: unknown): DescentError {
    return refuse(`${what}${this.at(location)}.`)
  }

  /** Checks a node and what is in it; columns become ours, and places are left out. */
  walk(node: unknown): unknown {
    if (++this.depth > deepest)
      throw refuse(
        `The expression has more than ${formatCount(deepest / 2)} parts within each other: derive it in several steps.`,
      )
    const walked = this.walkNode(node)
    this.depth--
    return walked
  }

  private walkNode(node: unknown): unknown {
    if (Array.isArray(node)) return node.map((one) => this.walk(one))
    if (!isObject(node)) return node
    const location = node.query_location
    const named = typeof node.class === 'string' ? node.class : null
    if (named !== null) {
      if (!allowed.has(named))
        throw this.refuse(others[named] ?? `${named} cannot be used in an expression`, location)
      if (named === 'COLUMN_REF') return this.column(node, location)
      if (comparisons.has(String(node.type))) this.compared(node)
      if (named === 'FUNCTION') return this.function(node, location)
      if (named === 'CAST') this.cast(node, location)
      if (named === 'CONSTANT') return this.constant(node, location)
      if (named === 'OPERATOR' && !operators.has(String(node.type)))
        throw this.refuse(`${String(node.type)} cannot be used in an expression`, location)
    }
    return this.within(node)
  }

  private within(node: Tree): Tree {
    return Object.fromEntries(
      Object.entries(node).map(([key, value]) => [key, key === 'query_location' ? 0 : this.walk(value)]),
    )
  }

  /** Words are more or less by their letters in SQL, whatever their order is: high would be less than low. */
  private compared({ left, right, input, lower, upper }: Tree): void {
    for (const side of [left, right, input, lower, upper]) {
      if (!isObject(side) || side.class !== 'COLUMN_REF') continue
      const name = (side.column_names as string[]).join('.')
      const place = placeOf(name, this.names)
      if (place !== null && this.ordered.has(place))
        throw this.refuse(
          `“${name}” holds ordered categories, which an expression would compare by their letters. Name those that are meant: ${asWritten(name)} IN ('…', '…')`,
          side.query_location,
        )
    }
  }

  private column(node: Tree, location: unknown): Tree {
    const name = (node.column_names as string[]).join('.')
    const place = placeOf(name, this.names)
    if (place === null) {
      if (/^(current_|localtime)/i.test(name)) throw this.refuse(whyNot(name.toLowerCase()), location)
      throw refuse(`${noColumn(name, this.names).replace(/(?=\. )/, this.at(location))}`)
    }
    if (!this.found.includes(place)) this.found.push(place)
    return { ...node, query_location: 0, column_names: [`v${place}`] }
  }

  private function(node: Tree, location: unknown): Tree {
    const name = String(node.function_name).toLowerCase()
    const isPlain =
      functions.has(name) &&
      node.filter === null &&
      node.distinct === false &&
      (isObject(node.order_bys) ? (node.order_bys.orders as unknown[]).length === 0 : true) &&
      ['', 'main'].includes(String(node.schema)) &&
      ['', 'system'].includes(String(node.catalog))
    if (isPlain) return this.called(name, node, location)
    const meant = nearest(name, [...functions].filter(isPlainName))
    const why = whyNot(name)
    const advice =
      meant !== null && meant !== name && why.startsWith('the function') ? `: did you mean ${meant}()?` : ''
    throw refuse(`${why[0]!.toUpperCase()}${why.slice(1)}${this.at(location)}${advice === '' ? '.' : advice}`)
  }

  private called(name: string, node: Tree, location: unknown): Tree {
    const { by, refused } = growthOf(name, Array.isArray(node.children) ? node.children : [])
    if (refused !== undefined) throw this.refuse(refused, location)
    this.growth *= by
    if (this.growth > mostGrowth)
      throw this.refuse(
        `Texts could become more than ${formatCount(mostGrowth)} times as long: replace in several steps`,
        location,
      )
    const call = this.within(node)
    if (!comparing.has(name) || !Array.isArray(call.children)) return call
    const most = { class: 'CONSTANT', type: 'VALUE_CONSTANT', alias: '', query_location: 0 }
    const value = { type: { id: 'INTEGER', type_info: null }, is_null: false, value: mostCompared }
    const first = (child: unknown): Tree => ({
      ...call,
      alias: '',
      function_name: 'left',
      children: [child, { ...most, value }],
    })
    return { ...call, children: call.children.map(first) }
  }

  /** The tree passes through JSON, whose numbers are float64, and of 1.0 make 1. */
  private constant(node: Tree, location: unknown): Tree {
    const { type, value } = isObject(node.value) ? node.value : {}
    const id = isObject(type) ? String(type.id) : ''
    if (/INT$|INTEGER$|DECIMAL/.test(id) && value !== undefined && !Number.isSafeInteger(value))
      throw this.refuse('No number keeps so many digits: write a code as a text, in single quotes', location)
    const constant = { ...node, query_location: 0 }
    if (!/FLOAT|DOUBLE/.test(id) || typeof value !== 'number') return constant
    const text = { type: { id: 'VARCHAR', type_info: null }, is_null: false, value: String(value) }
    return {
      class: 'CAST',
      type: 'OPERATOR_CAST',
      alias: '',
      query_location: 0,
      child: { ...constant, value: text },
      cast_type: { id: 'DOUBLE', type_info: null },
      try_cast: false,
    }
  }

  private cast(node: Tree, location: unknown): void {
    const type = isObject(node.cast_type) ? String(node.cast_type.id) : ''
    if (!castTypes.has(type))
      throw this.refuse(
        type === 'TIMESTAMP WITH TIME ZONE'
          ? 'A time with its zone depends on the machine that computes it: use TIMESTAMP'
          : `Values cannot be made ${type || 'that type'} here`,
        location,
      )
  }
}

/** The one expression that the statement selects, and nothing else. */
function onlyIn(statements: unknown): Tree | null {
  if (!Array.isArray(statements) || statements.length !== 1) return null
  const node: unknown = isObject(statements[0]) ? statements[0].node : null
  if (!isObject(node) || node.type !== 'SELECT_NODE') return null
  const nothing = [node.where_clause, node.having, node.sample, node.qualify].every((one) => one === null)
  const empty = [node.modifiers, node.group_expressions, node.group_sets].every(
    (one) => Array.isArray(one) && one.length === 0,
  )
  const from = node.from_table
  const list = node.select_list
  return nothing &&
    empty &&
    isObject(from) &&
    from.type === 'EMPTY' &&
    Array.isArray(list) &&
    list.length === 1 &&
    isObject(list[0])
    ? node
    : null
}

const one = async (connection: DuckDBConnection, sql: string): Promise<string> =>
  String((await query(connection, `SELECT ${sql} AS answer`))[0]?.answer)

/** What DuckDB says as JSON is none where it has a number that none is as large as. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw refuse('A number in the expression is too large: the largest are about 1.8e308.')
  }
}

/**
 * Errors: a DescentError that says what in it cannot be, and where. `names`: of the columns, by their places; `ordered`: those
 * of ordered categories.
 */
export async function readExpression(
  connection: DuckDBConnection,
  text: string,
  names: readonly string[],
  ordered: ReadonlySet<number> = new Set(),
): Promise<Expression> {
  const read = parsed(await one(connection, `json_serialize_sql(${quoted(`${before}${text}\n)`)})`))
  const reader = new Reader(text, names, ordered)
  if (!isObject(read)) throw refuse(`${said(text)} is no expression.`)
  if (read.error === true) {
    const told = String(read.error_message)
      .replace('syntax error at or near', 'it cannot go on with')
      .replaceAll('"', '')
    // What closes it is ours.
    const early =
      /go on with \)$/.test(told) && Number(read.position) - before.length > Buffer.byteLength(text)
    throw reader.refuse(
      `The expression ${said(text)} cannot be read: ${early ? 'it ends too early' : told}`,
      early ? null : Number(read.position),
    )
  }
  const node = onlyIn(read.statements)
  if (node === null) throw refuse(`${said(text)} is more than one expression. Write one, about one row.`)
  const [expression] = node.select_list as [unknown]
  const select_list = [reader.walk(expression)]
  const changed = JSON.stringify({
    ...read,
    statements: [
      {
        ...(read.statements as Tree[])[0],
        node: { ...node, select_list, from_table: { ...(node.from_table as Tree), query_location: 0 } },
      },
    ],
  })
  const sql = await one(connection, `json_deserialize_sql(${quoted(changed)})`)
  return { columns: reader.found, sql: sql.replace(/^SELECT /, '') }
}

/** What DuckDB says of values that it cannot compute, in the words of the person’s columns; null: it is another error. */
export function saidBy(
  error: unknown,
  names: readonly string[],
): { readonly kind: string; readonly why: string } | null {
  if (!(error instanceof Error) || error instanceof DescentError || 'code' in error) return null
  const [, kind, message] =
    /^(Binder|Conversion|Catalog|Out of Range|Invalid Input|Parser|Mismatch Type|Not implemented) Error: ([^\n]*)/i.exec(
      error.message,
    ) ?? []
  if (kind === undefined || message === undefined) return null
  const why = message
    .replace(/when casting from source column (\w+)/, 'of $1')
    .replaceAll(/\bv(\d+)\b/g, (found, place: string) => {
      const name = names[Number(place)]
      return name === undefined ? found : `“${name}”`
    })
    .replace(/ In order to select one.*$/, '')
    .replace(/\.$/, '')
  return { kind, why }
}

/** An expression that was read but cannot be computed. */
export function asExpressionError(error: unknown, text: string, names: readonly string[]): unknown {
  const by = saidBy(error, names)
  if (by === null) return error
  const { kind, why } = by
  const advice =
    kind === 'Conversion' && /convert|cast/i.test(why)
      ? ' TRY_CAST(… AS …) gives nothing where a value does not fit.'
      : ''
  return refuse(`${said(text)} cannot be computed: ${why}.${advice}`)
}
