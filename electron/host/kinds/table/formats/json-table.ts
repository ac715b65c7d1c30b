/** What of a JSON value is a table: which list holds the rows, and which columns they have. Pure. */
import { Digits, jsonText, plainText } from './cells.ts'
import { TypedNumbers } from './typed.ts'

export type JsonObject = Readonly<Record<string, unknown>>
export const isRecord = (value: unknown): value is JsonObject => isNested(value) && !Array.isArray(value)

const isNested = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !(value instanceof Digits)
/** Between a column's parts; in the file it may stand nowhere. */
const between = '\u0000'

/** Deeper ones are no table, and reading them takes a stack that nobody has. */
export const deepest = 100

interface Column {
  readonly id: number
  readonly key: string
  next: Column | null
  isFilled: boolean
  hasLists: boolean
}

/** What the records seen so far have as columns. */
interface Settled {
  readonly names: readonly string[]
  readonly places: ReadonlyMap<string, number>
  /** Places of columns in which lists stand. */
  readonly lists: ReadonlySet<number>
  /** Of columns whose values are numbers. */
  readonly numbers: ReadonlySet<number>
}

/** The columns of records: a new one stands behind the one before it in its record, so that the last stays the last. */
export class JsonColumns {
  private readonly columns = new Map<string, Column>()
  private readonly objects = new Set<string>()
  private readonly typed = new TypedNumbers()
  private first: Column | null = null
  private settled: Settled | null = null

  /** Of all that were seen. */
  get width(): number {
    return this.columns.size
  }

  add(record: JsonObject): void {
    this.settled = null
    let before: Column | null = null
    this.walk(record, '', (key, value) => {
      const column: Column = this.columns.get(key) ?? this.insert(key, before)
      if (value !== null) column.isFilled = true
      if (Array.isArray(value)) column.hasLists = true
      this.typed.see(column.id, value)
      before = column
    })
  }

  settle(): Settled {
    if (this.settled !== null) return this.settled
    const order: Column[] = []
    for (let column = this.first; column !== null; column = column.next)
      // Where others have an object, nothing is no column of its own.
      if (column.isFilled || !this.objects.has(column.key)) order.push(column)
    const numbers = this.typed.columns
    const placesOf = (has: (column: Column) => boolean) =>
      new Set(order.flatMap((column, i) => (has(column) ? [i] : [])))
    return (this.settled = {
      names: order.map(({ key }) => key.replaceAll(between, '.')),
      places: new Map(order.map(({ key }, i) => [key, i])),
      lists: placesOf(({ hasLists }) => hasLists),
      numbers: placesOf(({ id }) => numbers.has(id)),
    })
  }

  cells(record: JsonObject): (string | null)[] {
    const { places } = this.settle()
    const cells = new Array<string | null>(places.size).fill(null)
    this.walk(record, '', (key, value) => {
      const place = places.get(key)
      if (place !== undefined) cells[place] = Array.isArray(value) ? jsonText(value) : plainText(value)
    })
    return cells
  }

  private insert(key: string, before: Column | null): Column {
    const next = before === null ? this.first : before.next
    const column = { id: this.columns.size, key, next, isFilled: false, hasLists: false }
    if (before === null) this.first = column
    else before.next = column
    this.columns.set(key, column)
    return column
  }

  /** Objects within are walked through: their members are columns of their own. */
  private walk(
    record: JsonObject,
    prefix: string,
    visit: (key: string, value: unknown) => void,
    depth = 1,
  ): void {
    if (depth > deepest) throw new RangeError('nested too deep')
    for (const [name, value] of Object.entries(record))
      if (isRecord(value)) {
        if (Object.keys(value).length > 0) this.objects.add(prefix + name)
        this.walk(value, `${prefix}${name}${between}`, visit, depth + 1)
      } else visit(prefix + name, value)
  }
}

export interface FoundTable {
  /** Objects, lists of cells, or single values. */
  readonly rows: readonly unknown[]
  /** Of several: its name, and those of all. */
  readonly name: string | null
  readonly names: readonly string[]
  readonly note: string | null
}

const isTable = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && value.length > 0 && value.every(isNested)

/** Column by column: lists of the same length. */
function fromColumns(value: JsonObject): FoundTable | null {
  const columns = Object.entries(value)
  const lists = columns.map(([, list]) => list)
  if (columns.length === 0 || !lists.every((list): list is unknown[] => Array.isArray(list))) return null
  const rows = lists[0]!.length
  if (rows === 0 || lists.some((list) => list.length !== rows)) return null
  return {
    rows: Array.from({ length: rows }, (_, row) =>
      Object.fromEntries(columns.map(([name], i) => [name, lists[i]![row]])),
    ),
    name: null,
    names: [],
    note: 'The file holds its columns one by one, each as a list.',
  }
}

const typesIn = (values: readonly unknown[]): number =>
  new Set(
    values
      .filter((value) => value !== null && value !== undefined)
      .map((value) => (value instanceof Digits ? 'number' : typeof value)),
  ).size

const areIntegers = (keys: readonly string[]): boolean => keys.every((key) => /^(0|-?[1-9]\d*)$/.test(key))

/** Whether objects of objects are columns by row, as pandas writes them, rather than rows by name. */
function areColumns(objects: readonly JsonObject[]): boolean {
  const inner = Object.keys(objects[0]!)
  if (inner.length === 0) return false
  if (inner.every((key, i) => key === String(i))) return true
  const isAlike = objects.every(
    (object) =>
      Object.keys(object).length === inner.length && inner.every((key) => Object.hasOwn(object, key)),
  )
  if (!isAlike) return false
  if (areIntegers(inner)) return true
  // A column has values of one type; where rows have that as well, tables are long rather than wide.
  if (!objects.every((object) => typesIn(Object.values(object)) <= 1)) return false
  const isEither = inner.every((key) => typesIn(objects.map((object) => object[key])) <= 1)
  return !isEither || inner.length >= 10 * objects.length
}

/** Objects of objects: of columns by row, or of rows by name. */
function fromObjects(value: JsonObject): FoundTable | null {
  const entries = Object.entries(value)
  if (entries.length === 0 || !entries.every((entry): entry is [string, JsonObject] => isRecord(entry[1])))
    return null
  const inner = Object.keys(entries[0]![1])
  if (areColumns(entries.map(([, column]) => column))) {
    const keys = [...new Set(entries.flatMap(([, column]) => Object.keys(column)))]
    const isNumbered = areIntegers(keys)
    return {
      rows: keys.map((key) => ({
        ...(!isNumbered && !Object.hasOwn(value, 'key') && { key }),
        ...Object.fromEntries(entries.map(([name, column]) => [name, column[key] ?? null])),
      })),
      name: null,
      names: [],
      note: isNumbered
        ? 'The file holds its columns one by one, each by the numbers of its rows.'
        : 'The file holds its columns one by one, each by the names of its rows, which are the column “key”.',
    }
  }
  const known = new Set(inner)
  const alike = entries.filter(([, row]) => Object.keys(row).some((key) => known.has(key))).length
  if (entries.length < 2 || alike < entries.length) return null
  const numbered = entries.every(([key], i) => key === String(i))
  return {
    rows: entries.map(([key, row]) => (numbered ? row : { key, ...row })),
    name: null,
    names: [],
    note: numbered ? null : 'The file holds its rows by their names, which are the column “key”.',
  }
}

/** pandas' “split”: names apart from the rows. */
function fromSplit({ columns, data }: JsonObject): FoundTable | null {
  if (!Array.isArray(columns) || !Array.isArray(data) || !data.every((row) => Array.isArray(row))) return null
  const names = columns.map((name) => plainText(name) ?? '')
  return {
    rows: data.map((row) => Object.fromEntries(names.map((name, i) => [name, (row as unknown[])[i]]))),
    name: null,
    names: [],
    note: null,
  }
}

/** `asked`: the name of one of its lists. null: there is none of that name. */
export function tableIn(value: unknown, asked: string | null): FoundTable | null {
  const alone = { name: null, names: [], note: null }
  if (Array.isArray(value)) return asked === null ? { rows: value as unknown[], ...alone } : null
  if (!isRecord(value)) return asked === null ? { rows: [value], ...alone } : null
  const tables = Object.entries(value).filter((entry): entry is [string, unknown[]] => isTable(entry[1]))
  const names = tables.map(([name]) => name)
  if (asked !== null) {
    const rows = value[asked]
    return Array.isArray(rows) ? { rows: rows as unknown[], name: asked, names, note: null } : null
  }
  const whole = fromSplit(value) ?? fromColumns(value) ?? fromObjects(value)
  if (whole !== null) return whole
  if (tables.length === 0) return { rows: [value], ...alone }
  const [name, rows] = tables.reduce((best, each) => (each[1].length > best[1].length ? each : best))
  return { rows, name, names, note: null }
}
