/**
 * TensorBoard's event files: records of TensorFlow (https://www.tensorflow.org/tutorials/load_data/tfrecord), each a protocol
 * buffer `Event` (https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto).
 */
import { maskedCrc32c } from './crc32c.ts'

const utf8 = new TextEncoder()

function varint(value: bigint): Uint8Array {
  const bytes: number[] = []
  for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
    if (rest < 0x80n) return Uint8Array.from([...bytes, Number(rest)])
    bytes.push(Number(rest & 0x7fn) | 0x80)
  }
}
const key = (field: number, type: 0 | 1 | 2 | 5): Uint8Array => varint(BigInt((field << 3) | type))
const whole = (field: number, value: number): Uint8Array[] => [
  key(field, 0),
  varint(BigInt(Math.trunc(value))),
]
const nested = (field: number, parts: readonly Uint8Array[]): Uint8Array[] => {
  const content = Buffer.concat(parts)
  return [key(field, 2), varint(BigInt(content.length)), content]
}
const text = (field: number, value: string): Uint8Array[] => nested(field, [utf8.encode(value)])

function double(field: number, value: number): Uint8Array[] {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return [key(field, 1), bytes]
}
function float(field: number, value: number): Uint8Array[] {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return [key(field, 5), bytes]
}

export interface ScalarEvent {
  /** Seconds since the epoch. */
  readonly time: number
  readonly step: number
  readonly values: Readonly<Record<string, number>>
}

const record = (event: readonly Uint8Array[]): Buffer => {
  const data = Buffer.concat(event)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(data.length))
  const sums = [length, data].map((bytes) => {
    const sum = Buffer.alloc(4)
    sum.writeUInt32LE(maskedCrc32c(bytes))
    return sum
  })
  return Buffer.concat([length, sums[0]!, data, sums[1]!])
}

const scalarsOf = ({ time, step, values }: ScalarEvent): Uint8Array[] => [
  ...double(1, time),
  ...whole(2, step),
  ...nested(
    5,
    Object.entries(values).flatMap(([tag, value]) => nested(1, [...text(1, tag), ...float(2, value)])),
  ),
]

const stringType = 7
/** Of the plug-in that shows texts, which reads Markdown. */
const textOf = (time: number, tag: string, markdown: string): Uint8Array[] => [
  ...double(1, time),
  ...whole(2, 0),
  ...nested(
    5,
    nested(1, [
      ...text(1, `${tag}/text_summary`),
      ...nested(9, nested(1, text(1, 'text'))),
      ...nested(8, [...whole(1, stringType), ...nested(2, nested(2, whole(1, 1))), ...text(8, markdown)]),
    ]),
  ),
]

/** Of one run: its curves, and texts by their tags. */
export function eventFile(
  time: number,
  events: Iterable<ScalarEvent>,
  texts: Readonly<Record<string, string>> = {},
): Buffer {
  const records = [record([...double(1, time), ...text(3, 'brain.Event:2')])]
  for (const [tag, markdown] of Object.entries(texts)) records.push(record(textOf(time, tag, markdown)))
  for (const event of events) records.push(record(scalarsOf(event)))
  return Buffer.concat(records)
}
