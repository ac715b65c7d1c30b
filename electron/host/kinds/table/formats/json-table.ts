/** What of a JSON value is a table: which list holds the rows, and which columns they have. Pure. */
import { jsonText, plainText } from './cells.ts'

export type JsonObject = Readonly<Record<string, unknown>>
export const isRecord = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isNested = (value: unknown): boolean => typeof value === 'object' && value !== null
/** Between a column's parts; in the file it may stand nowhere. */
const between = '\u0000'

/** The columns of records, in the order in which they appear. */
export class JsonColumns {
  private readonly places = new Map<string, number>()
  /** Places of columns in which lists stand. */
  readonly lists = new Set<number>()

  get width(): number {
    return this.places.size
  }

  get names(): string[] {
    return [...this.places.keys()].map((key) => key.replaceAll(between, '.'))
  }

  add(record: JsonObject): void {
    this.walk(record, '', (key, value) => {
      let place = this.places.get(key)
      if (place === undefined) this.places.set(key, (place = this.places.size))
      if (Array.isArray(value)) this.lists.add(place)
    })
  }

  cells(record: JsonObject): (string | null)[] {
    const cells = new Array<string | null>(this.places.size).fill(null)
    this.walk(record, '', (key, value) => {
      const place = this.places.get(key)
      if (place !== undefined) cells[place] = Array.isArray(value) ? jsonText(value) : plainText(value)
    })
    return cells
  }

  /** Objects within are walked through: their members are columns of their own. */
  private walk(record: JsonObject, prefix: string, visit: (key: string, value: unknown) => void): void {
    for (const [name, value] of Object.entries(record))
      if (isRecord(value)) this.walk(value, `${prefix}${name}${between}`, visit)
      else visit(prefix + name, value)
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

/** Objects of objects: of columns by row, as pandas writes them, or of rows by name. */
function fromObjects(value: JsonObject): FoundTable | null {
  const entries = Object.entries(value)
  if (entries.length === 0 || !entries.every((entry): entry is [string, JsonObject] => isRecord(entry[1])))
    return null
  const inner = Object.keys(entries[0]![1])
  const counted = inner.length > 0 && inner.every((key, i) => key === String(i))
  if (counted) {
    const keys = new Set(entries.flatMap(([, column]) => Object.keys(column)))
    return {
      rows: [...keys].map((key) => Object.fromEntries(entries.map(([name, column]) => [name, column[key]]))),
      name: null,
      names: [],
      note: 'The file holds its columns one by one, each by the numbers of its rows.',
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
