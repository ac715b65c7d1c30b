/** Arrow's files and streams, read by its own package. */
import { constants } from 'node:buffer'
import { open, type FileHandle } from 'node:fs/promises'
import { zstdDecompressSync } from 'node:zlib'
import {
  compressionRegistry,
  CompressionType,
  DataType,
  RecordBatchReader,
  TimeUnit,
  type Data,
  type Field,
  type RecordBatch,
  type Vector,
} from 'apache-arrow'
import { ByteBuffer } from 'flatbuffers'
import type { Limits } from '../../../../contract/index.ts'
import { dateText, jsonText, plainText } from './cells.ts'
import { checkWidth, fillRows, type Cells } from './fill.ts'
import { allRows, listed, parsing, type Format } from './format.ts'
import { unpackLz4 } from './lz4.ts'

/**
 * Messages of Arrow are FlatBuffers, whose reader takes every length in them for true: a flipped bit makes lists of billions,
 * for minutes and gigabytes. No list has more elements than its message has bytes.
 */
const lengthAsRead = ByteBuffer.prototype.__vector_len
ByteBuffer.prototype.__vector_len = function (this: ByteBuffer, offset: number): number {
  const length = lengthAsRead.call(this, offset)
  if (!(length >= 0 && length <= this.capacity())) throw new RangeError('a list is longer than its message')
  return length
}

interface Column {
  readonly name: string
  readonly type: DataType
  /** Where it is: of the batch, of the struct in there, … */
  readonly path: readonly number[]
}

function columnsOf(
  fields: readonly Field[],
  names: readonly string[] = [],
  path: readonly number[] = [],
): Column[] {
  return fields.flatMap(({ name, type }, i) =>
    DataType.isStruct(type)
      ? columnsOf(type.children as Field[], [...names, name], [...path, i])
      : [{ name: [...names, name].join('.'), type: type as DataType, path: [...path, i] }],
  )
}

const isBytes = (type: DataType): boolean =>
  DataType.isBinary(type) ||
  DataType.isLargeBinary(type) ||
  DataType.isFixedSizeBinary(type) ||
  type.typeId === 23

const isNumber = (type: DataType): boolean =>
  DataType.isInt(type) || DataType.isFloat(type) || DataType.isDecimal(type)

const isNested = (type: DataType): boolean =>
  DataType.isList(type) ||
  DataType.isLargeList(type) ||
  DataType.isFixedSizeList(type) ||
  DataType.isMap(type) ||
  DataType.isUnion(type)

/** Of lists, maps and structs what they hold. */
const plain = (value: unknown): unknown => {
  if (value === null || typeof value !== 'object' || value instanceof Date) return value
  if ('toJSON' in value && typeof value.toJSON === 'function') return plain((value.toJSON as () => unknown)())
  if (Array.isArray(value)) return value.map(plain)
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array, plain)
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]))
}

const perSecond: Record<number, number> = {
  [TimeUnit.SECOND]: 1,
  [TimeUnit.MILLISECOND]: 1e3,
  [TimeUnit.MICROSECOND]: 1e6,
  [TimeUnit.NANOSECOND]: 1e9,
}

function clockText(value: number | bigint, unit: TimeUnit): string {
  const factor = perSecond[unit] ?? 1
  const total = Number(value)
  const seconds = Math.floor(total / factor)
  const two = (n: number) => String(n).padStart(2, '0')
  const rest = total - seconds * factor
  const fraction = rest === 0 ? '' : `.${String(Math.round(rest)).padStart(Math.log10(factor), '0')}`
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${fraction}`
}

/** An integer of 32-bit words, the lowest first, whose last digits are a fraction. */
export function decimalText(words: Uint32Array, scale: number): string {
  let value = 0n
  for (let i = words.length - 1; i >= 0; i--) value = (value << 32n) | BigInt(words[i]!)
  value = BigInt.asIntN(32 * words.length, value)
  const digits = String(value < 0n ? -value : value).padStart(Math.max(0, scale) + 1, '0')
  const sign = value < 0n ? '-' : ''
  if (scale <= 0) return `${sign}${digits}${'0'.repeat(-scale)}`
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

const secondsAt = (value: number): string | null => dateText(new Date(Math.floor(value)))

/** What a value of a type is as text. */
function textOf(type: DataType): (value: unknown) => string | null {
  if (DataType.isDictionary(type)) return textOf(type.dictionary as DataType)
  if (DataType.isDate(type)) return (value) => secondsAt(Number(value))
  if (DataType.isTimestamp(type))
    return (value) => {
      const milliseconds = Number(value)
      const text = secondsAt(milliseconds)
      const beside = Math.round((milliseconds - Math.floor(milliseconds)) * 1000)
      return text === null || beside === 0 || !text.includes('T')
        ? text
        : `${text.includes('.') ? text : `${text}.000`}${String(beside).padStart(3, '0')}`
    }
  if (DataType.isTime(type)) return (value) => clockText(value as number | bigint, type.unit)
  if (DataType.isDecimal(type)) return (value) => decimalText(value as Uint32Array, type.scale)
  // Doubles would show what single precision does not hold.
  if (DataType.isFloat(type) && type.precision !== 2)
    return (value) => (Number.isNaN(value) ? null : shortest(value as number, type.precision === 0))
  if (isNested(type) || DataType.isInterval(type)) return (value) => jsonText(plain(value))
  return plainText
}

/** The shortest digits from which the same number of less precision comes. */
function shortest(value: number, isHalf: boolean): string {
  if (!Number.isFinite(value)) return String(value)
  for (let digits = isHalf ? 3 : 6; digits < 10; digits++) {
    const text = String(Number(value.toPrecision(digits)))
    if (
      isHalf
        ? Math.abs(Number(text) - value) <= Math.abs(value) * 2 ** -12
        : Math.fround(Number(text)) === value
    )
      return text
  }
  return String(value)
}

const vectorAt = (batch: RecordBatch, path: readonly number[]): Vector | null =>
  path
    .slice(1)
    .reduce<Vector | null>((vector, i) => vector?.getChildAt(i) ?? null, batch.getChildAt(path[0]!))

/** Each buffer of a batch is packed by itself. The registry is the library's, and of the whole process. */
function setCodecs({ expandedSize }: Limits): void {
  const most = Math.min(expandedSize, constants.MAX_LENGTH)
  compressionRegistry.set(CompressionType.ZSTD, {
    decode: (packed: Uint8Array) => zstdDecompressSync(packed, { maxOutputLength: most }),
  })
  compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: (packed) => unpackLz4(packed, most) })
}

/** Rows whose values a chunk has room for. A damaged file may speak of billions. */
function roomOf({ type, length, values, valueOffsets, typeIds, stride, children }: Data): number {
  if (DataType.isNull(type)) return length
  if (valueOffsets !== undefined && valueOffsets.length > 0)
    return DataType.isUnion(type) ? valueOffsets.length : valueOffsets.length - 1
  if (DataType.isUnion(type)) return typeIds?.length ?? 0
  if (DataType.isStruct(type) || DataType.isFixedSizeList(type)) return children.length > 0 ? length : 0
  const held = (values as ArrayLike<unknown> | undefined)?.length ?? 0
  return DataType.isBool(type) ? 8 * held : held / Math.max(1, stride)
}

function checkRoom(vectors: readonly (Vector | null)[], rows: number, bytes: number): void {
  const data = vectors.flatMap((vector) => (vector?.data ?? []) as readonly Data[])
  const isLarger = data.some((each) => each.length > roomOf(each))
  const isHollow = data.every(({ type }) => DataType.isNull(type)) && rows > 8 * bytes
  if (isLarger || isHollow) throw new RangeError('it speaks of more rows than it holds')
}

async function* rowsOf(
  reader: AsyncIterable<RecordBatch>,
  columns: readonly Column[],
  bytes: number,
  progress: (batches: number) => void,
): AsyncGenerator<Cells> {
  const texts = columns.map(({ type }) => textOf(type))
  let batches = 0
  for await (const batch of reader) {
    const vectors = columns.map(({ path }) => vectorAt(batch, path))
    checkRoom(vectors, batch.numRows, bytes)
    for (let row = 0; row < batch.numRows; row++)
      yield vectors.map((vector, i) => {
        const value: unknown = vector?.get(row)
        return value === null || value === undefined ? null : texts[i]!(value)
      })
    progress(++batches)
  }
}

/** A damaged directory of batches can send its reader round and round: nobody needs more reads than there are messages. */
function countReads(handle: FileHandle, bytes: number): void {
  const read = handle.read.bind(handle) as (...given: unknown[]) => Promise<unknown>
  let left = 1000 + Math.ceil(bytes / 4)
  const counted = (...given: unknown[]): Promise<unknown> => {
    if (left-- <= 0) return Promise.reject(new RangeError('its directory leads nowhere'))
    return read(...given)
  }
  Object.assign(handle, { read: counted })
}

export const loadArrow: Format['load'] = async (connection, { file, scratch, files, context }) => {
  const { shown } = file
  const { limits, progress } = context
  setCodecs(limits)
  const handle = await open(file.path)
  try {
    const { size } = await handle.stat()
    countReads(handle, size)
    return await parsing(shown, 'arrow', async () => {
      const reader = await RecordBatchReader.from(handle)
      await reader.open()
      const all = columnsOf(reader.schema.fields as Field[])
      const columns = all.filter(({ type }) => !isBytes(type))
      checkWidth(shown, columns.length, limits)
      const rows = rowsOf(reader as AsyncIterable<RecordBatch>, columns, size, (batches) =>
        progress(1 - 1 / (1 + batches / 10)),
      )
      const names = columns.map(({ name }) => name)
      const filled = await fillRows(connection, { names, rows }, { shown, scratch, files, limits })
      const told = (some: readonly Column[], sentence: (names: string) => string): string[] =>
        some.length === 0 ? [] : [sentence(listed(some.map(({ name }) => `“${name}”`)))]
      return {
        ...allRows,
        ...filled,
        typedNumbers: new Set(columns.flatMap(({ type }, i) => (isNumber(type) ? [i] : []))),
        decisions: [],
        notes: [
          ...filled.notes,
          ...told(
            all.filter(({ type }) => isBytes(type)),
            (bytes) => `Left out because they hold bytes and no values: ${bytes}.`,
          ),
          ...told(
            columns.filter(({ type }) => isNested(type)),
            (lists) => `Lists are kept as text (JSON): ${lists}.`,
          ),
          ...told(
            columns.filter(({ type }) => DataType.isTimestamp(type) && (type.timezone ?? '') !== ''),
            (zoned) => `Moments with a time zone are read in UTC: ${zoned}.`,
          ),
        ],
      }
    })
  } finally {
    await handle.close()
  }
}
