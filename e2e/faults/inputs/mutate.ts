/** Files as they come out of broken disks, other programs and wrong hands: sound ones, changed a few times at random. */
import { pick } from '../support.ts'

const tokens: readonly (string | Uint8Array)[] = [
  '\0',
  '"',
  '""',
  "'",
  '\r\n',
  '\r',
  '\n\n\n',
  ',,,,,,',
  ';',
  '\t',
  '\ufeff',
  '1e999',
  '-1e-999',
  'NaN',
  'Infinity',
  '99999999999999999999999999999999',
  '0x1F',
  '2024-02-30',
  '{"a":',
  ']}',
  'null',
  '=cmd()',
  '../../../etc/passwd',
  '😀'.repeat(30),
  'x'.repeat(5000),
  Uint8Array.of(0xff, 0xfe),
  Uint8Array.of(0xc3, 0x28),
  Uint8Array.of(0x1f, 0x8b, 0x08),
  Uint8Array.of(0, 0, 8, 3),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
]

type Mutation = (bytes: Buffer, random: () => number) => Buffer

const at = (bytes: Buffer, random: () => number): number => Math.floor(random() * (bytes.length + 1))

const span = (bytes: Buffer, random: () => number): [number, number] => {
  const from = at(bytes, random)
  return [from, Math.min(bytes.length, from + Math.floor(random() ** 3 * (bytes.length - from)))]
}

const mutations: readonly Mutation[] = [
  // One bit, one byte, some bytes.
  (bytes, random) => {
    const changed = Buffer.from(bytes)
    if (changed.length > 0) changed[Math.floor(random() * changed.length)]! ^= 1 << Math.floor(8 * random())
    return changed
  },
  (bytes, random) => {
    const changed = Buffer.from(bytes)
    const [from, to] = span(bytes, random)
    for (let i = from; i < to; i++) changed[i] = 256 * random()
    return changed
  },
  // Cut at the end, cut out, twice, insert.
  (bytes, random) => bytes.subarray(0, at(bytes, random)),
  (bytes, random) => {
    const [from, to] = span(bytes, random)
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
  },
  (bytes, random) => {
    const [from, to] = span(bytes, random)
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)])
  },
  (bytes, random) => {
    const where = at(bytes, random)
    return Buffer.concat([bytes.subarray(0, where), Buffer.from(pick(random, tokens)), bytes.subarray(where)])
  },
  (bytes, random) => {
    const times = 1 + Math.floor(20 * random())
    return Buffer.concat([bytes, ...Array.from({ length: times }, () => Buffer.from(pick(random, tokens)))])
  },
  // A head of four bytes as sizes and lengths have.
  (bytes, random) => {
    const changed = Buffer.from(bytes)
    if (changed.length >= 16)
      changed.writeUInt32BE(Math.floor(random() * 2 ** 32), 4 * Math.floor(4 * random()))
    return changed
  },
  // Another separator, another end of lines, another encoding.
  (bytes, random) =>
    Buffer.from(
      bytes.toString('latin1').replaceAll(',', pick(random, [';', '\t', '|', ' ', '"', '\n'])),
      'latin1',
    ),
  (bytes, random) =>
    Buffer.from(
      bytes.toString('latin1').replaceAll('\n', pick(random, ['\r\n', '\r', '\n\n', ' '])),
      'latin1',
    ),
  (bytes) => Buffer.from(bytes.toString('latin1'), 'utf16le'),
  // Lines in another order; all lines the same.
  (bytes, random) => {
    const lines = bytes.toString('latin1').split('\n')
    return Buffer.from(lines.map(() => pick(random, lines)).join('\n'), 'latin1')
  },
  // A number in the text becomes another.
  (bytes, random) => {
    const text = bytes.toString('latin1')
    const numbers = [...text.matchAll(/-?\d+(\.\d+)?/g)]
    if (numbers.length === 0) return bytes
    const number = pick(random, numbers)
    const other = pick(random, [
      '-1',
      '0',
      '1e308',
      '4294967296',
      '9007199254740993',
      '0.5',
      '""',
      'null',
      '[]',
    ])
    return Buffer.from(
      text.slice(0, number.index) + other + text.slice(number.index + number[0].length),
      'latin1',
    )
  },
]

export function mutate(bytes: Uint8Array, random: () => number): Buffer {
  let changed = Buffer.from(bytes)
  const times = 1 + Math.floor(4 * random() ** 2)
  for (let i = 0; i < times; i++) changed = Buffer.from(pick(random, mutations)(changed, random))
  return changed
}
