import { expect, it } from 'vitest'
import { findRepeatedKey } from './repeated-key.ts'
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from './safetensors.ts'

const bytesOf = (...values: number[]) => new Uint8Array(Float32Array.of(...values).buffer)
const tensors: Record<string, SafeTensor> = {
  'layer.weight': { dtype: 'float32', shape: [2, 3], data: bytesOf(1, -0, NaN, 1e-40, Infinity, 3.4e38) },
  'layer.bias': { dtype: 'float32', shape: [], data: bytesOf(0.1) },
  empty: { dtype: 'int32', shape: [0, 4], data: new Uint8Array(0) },
  'count"s\n': { dtype: 'uint32', shape: [2], data: bytesOf(3, 4) },
}
const valid = encodeSafetensors(tensors, { format: 'pt' })

/** A file with this header, as it stands, and so many bytes of data. */
function fileOf(
  header: string | Uint8Array,
  dataBytes = 0,
  claimed?: number | bigint,
  data: BigInt64Array = new BigInt64Array(0),
): Uint8Array {
  const head = typeof header === 'string' ? new TextEncoder().encode(header) : header
  const out = new Uint8Array(8 + head.length + dataBytes + data.byteLength)
  out.set(new Uint8Array(data.buffer), 8 + head.length)
  new DataView(out.buffer).setBigUint64(0, BigInt(claimed ?? head.length), true)
  out.set(head, 8)
  return out
}

const refusal = (bytes: Uint8Array): string => {
  try {
    decodeSafetensors(bytes)
  } catch (error) {
    if ((error as Error).constructor !== Error) throw error
    return (error as Error).message
  }
  return 'accepted'
}

it('reads what it wrote, to the bit, also at an odd place in memory', () => {
  expect(decodeSafetensors(valid)).toEqual({ tensors, metadata: { format: 'pt' } })
  const within = new Uint8Array(valid.length + 3)
  within.set(valid, 3)
  expect(decodeSafetensors(within.subarray(3)).tensors).toEqual(tensors)
  expect(decodeSafetensors(encodeSafetensors({}))).toEqual({ tensors: {}, metadata: {} })
})

it('writes float16 as F16, and reads that as float32 unless float16 is asked for', () => {
  const values = Float16Array.of(0.1, -65_504, NaN)
  const x: SafeTensor = { dtype: 'float16', shape: [3], data: new Uint8Array(values.buffer) }
  const bytes = encodeSafetensors({ x })
  expect(new TextDecoder().decode(bytes.subarray(8))).toContain(
    '"dtype":"F16","shape":[3],"data_offsets":[0,6]',
  )
  expect(decodeSafetensors(bytes, { halves: 'float16' }).tensors).toEqual({ x })
  const widened = new Uint8Array(Float32Array.from(values).buffer)
  expect(decodeSafetensors(bytes).tensors).toEqual({ x: { dtype: 'float32', shape: [3], data: widened } })
})

it('reads files in which order, spaces and unknown fields differ', () => {
  const header = `  {"b": {"data_offsets": [4, 12], "note": {"b": [{}]}, "shape": [2, 1], "dtype": "I32"},
    "__proto__": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}   `
  const { tensors: read, metadata } = decodeSafetensors(fileOf(header, 12))
  expect(Object.keys(read)).toEqual(['b', '__proto__'])
  expect(Object.entries(read).map(([, { dtype, shape, data }]) => [dtype, shape, data.length])).toEqual([
    ['int32', [2, 1], 8],
    ['float32', [1], 4],
  ])
  expect(metadata).toEqual({})
})

it('reads PyTorch’s counters of 64 bits', () => {
  const header = '{"n":{"dtype":"I64","shape":[3],"data_offsets":[0,24]}}'
  const { n } = decodeSafetensors(
    fileOf(header, 0, undefined, BigInt64Array.of(7n, -1n, -(2n ** 31n))),
  ).tensors
  expect(n).toMatchObject({ dtype: 'int32', shape: [3] })
  expect([...new Int32Array(Uint8Array.from(n!.data).buffer)]).toEqual([7, -1, -(2 ** 31)])
})

it('reads numbers of every width, and writes them so where that is asked', () => {
  const floats: SafeTensor = { dtype: 'float32', shape: [3], data: bytesOf(0.5, -2, 65_504) }
  const whole = { dtype: 'int32', shape: [2], data: new Uint8Array(Int32Array.of(-5, 100).buffer) } as const
  const truths = { dtype: 'bool', shape: [2], data: new Uint8Array(Int32Array.of(1, 0).buffer) } as const
  const octets = { dtype: 'uint8', shape: [3], data: Uint8Array.of(0, 200, 255) } as const
  const given = { f64: floats, f16: floats, i64: whole, i16: whole, i8: whole, truths, octets }
  const stored = {
    ...given,
    f64: { ...floats, stored: 'F64' },
    f16: { ...floats, stored: 'F16' },
    i64: { ...whole, stored: 'I64' },
    i16: { ...whole, stored: 'I16' },
    i8: { ...whole, stored: 'I8' },
  } as const
  const file = encodeSafetensors(stored)
  expect(decodeSafetensors(file).tensors).toEqual(given)
  const header = new TextDecoder().decode(file)
  for (const type of ['F64', 'F16', 'I64', 'I16', 'I8', 'BOOL', 'U8'])
    expect(header).toContain(`"dtype":"${type}"`)
  const rounded = decodeSafetensors(encodeSafetensors({ x: { ...floats, stored: 'BF16' } })).tensors['x']!
  expect([...new Float32Array(rounded.data.slice().buffer)]).toEqual([0.5, -2, 65_536])
  const wide = {
    dtype: 'int32',
    shape: [1],
    data: new Uint8Array(Int32Array.of(300).buffer),
    stored: 'I8',
  } as const
  expect(() => encodeSafetensors({ w: wide })).toThrow('The tensor “w” holds 300, which I8 does not')
})

const entry = (start: number, end: number, more = '"dtype":"F32","shape":[1]') =>
  `{${more},"data_offsets":[${start},${end}]}`
const one = (more: string, dataBytes = 4) => fileOf(`{"a":${entry(0, 4, more)}}`, dataBytes)
const deep = '['.repeat(100_000) + ']'.repeat(100_000)

it.each<[string, Uint8Array, string]>([
  ['nothing', new Uint8Array(0), 'it is only 0 bytes long'],
  ['a header beyond the file', fileOf('{}', 0, 3), 'its header claims 3 bytes, the file has 10'],
  ['a huge header', fileOf('{}', 0, 2n ** 63n), 'claims 9223372036854775808 bytes, more than the 100000000'],
  ['no JSON', fileOf('{"a"'), 'its header is not JSON'],
  ['an empty header', fileOf(''), 'its header is not JSON'],
  ['no UTF-8', fileOf(Uint8Array.of(0x7b, 0xff, 0x7d)), 'its header is not UTF-8'],
  ['a list', fileOf('[]'), 'its header is a list, not an object of tensors'],
  ['null', fileOf('null'), 'its header is null'],
  ['a deep header', fileOf(deep), 'its header is a list'],
  ['a deep entry', fileOf(`{"a":${deep}}`), 'the tensor “a” is described by a list, not by an object'],
  ['a null entry', fileOf('{"a":null}'), 'the tensor “a” is described by null, not by an object'],
  ['a number as entry', fileOf('{"a":5}'), 'the tensor “a” is described by 5'],
  ['metadata as text', fileOf('{"__metadata__":"x"}'), 'its __metadata__ is “x”, not an object'],
  ['metadata null', fileOf('{"__metadata__":null}'), 'its __metadata__ is null'],
  ['metadata of numbers', fileOf('{"__metadata__":{"k":1}}'), 'has 1 as “k”, where only text may stand'],
  ['a name twice', fileOf(`{"a":${entry(0, 4)},"\\u0061":${entry(0, 4)}}`, 4), 'has “a” twice'],
  [
    'float8',
    one('"dtype":"F8_E4M3","shape":[4]'),
    '“a” has the type F8_E4M3, which is not supported here, where',
  ],
  [
    'int64 beyond 32 bits',
    fileOf(`{"a":${entry(0, 8, '"dtype":"I64","shape":[1]')}}`, 0, undefined, BigInt64Array.of(2n ** 31n)),
    'the tensor “a” holds 2147483648, which int32, the type of its numbers here, does not',
  ],
  [
    'a type nobody has',
    one('"dtype":"Q9","shape":[1]'),
    '“a” has “Q9” as its type, which the format does not',
  ],
  ['no type', one('"shape":[1]'), '“a” has nothing as its type'],
  ['no shape', one('"dtype":"F32"'), '“a” has no valid shape: nothing instead of a list'],
  ['a negative extent', one('"dtype":"F32","shape":[-1]'), '“a” has no valid shape: -1 is no whole number'],
  ['a fractional extent', one('"dtype":"F32","shape":[0.5]'), '“a” has no valid shape: 0.5 is no whole'],
  ['a huge extent', one('"dtype":"F32","shape":[1e300]'), '“a” has no valid shape: 1e+300 is no whole'],
  ['text as extent', one('"dtype":"F32","shape":["1"]'), '“a” has no valid shape: “1” is no whole'],
  ['huge extents', one(`"dtype":"F32","shape":[${Array(200).fill(1e15)}]`), '“a” takes Infinity bytes'],
  ['a longer shape', one('"dtype":"F32","shape":[2]'), '“a” takes 8 bytes by its type and shape, but has 4'],
  ['no place', fileOf('{"a":{"dtype":"F32","shape":[1]}}', 4), '“a” has no valid data_offsets: nothing'],
  [
    'half a place',
    fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}', 4),
    '1 data_offsets instead',
  ],
  ['a place backwards', fileOf(`{"a":${entry(4, 0)}}`, 4), '“a” ends at byte 0, before its start at 4'],
  [
    'a place beyond',
    fileOf(`{"a":${entry(0, 4)}}`, 3),
    '“a” ends at byte 4 of the data, of which the file has 3',
  ],
  [
    'two in one place',
    fileOf(`{"a":${entry(0, 4)},"b":${entry(0, 4)}}`, 4),
    '“b” starts at byte 0, inside the tensor “a”, which ends at 4: they overlap',
  ],
  [
    'a hole',
    fileOf(`{"a":${entry(0, 4)},"b":${entry(5, 9)}}`, 9),
    '“b” starts at byte 5, leaving a hole after the tensor “a”, which ends at 4',
  ],
  [
    'a hole at the start',
    fileOf(`{"a":${entry(4, 8)}}`, 8),
    '“a” starts at byte 4, leaving a hole after the header',
  ],
  [
    'more data',
    fileOf(`{"a":${entry(0, 4)}}`, 6),
    'after the tensor “a” follow 2 bytes that belong to no tensor',
  ],
  ['data without tensors', fileOf('{}', 1), 'after the header follow 1 bytes'],
])('refuses %s', (_, bytes, sentence) => {
  expect(refusal(bytes)).toContain(sentence)
  expect(refusal(bytes)).toMatch(/^This is not a valid safetensors file: .*\.$/)
})

it('keeps its sentences short', () => {
  expect(refusal(fileOf(`{"${'n'.repeat(1e6)}":"${'v'.repeat(1e6)}"}`)).length).toBeLessThan(250)
})

/** Numerical Recipes' congruential generator: enough to choose where to damage a file. */
function source(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const tokens = [
  'null',
  '-1',
  '0.5',
  '1e999',
  '{}',
  '[]',
  '"',
  '\\',
  '}',
  ',',
  '"F64"',
  '9007199254740993',
  '\0',
]

function mutate(file: Uint8Array, random: (below: number) => number): Uint8Array {
  const bytes = [...file]
  const headerEnd = 8 + Number(new DataView(file.buffer).getBigUint64(0, true))
  for (let n = random(3); n >= 0; n--) {
    // Mostly in the header, where there is most to get wrong.
    const at = random(random(4) === 0 ? bytes.length : headerEnd)
    const token = [...new TextEncoder().encode(tokens[random(tokens.length)])]
    switch (random(7)) {
      case 0:
        bytes[at] = random(256)
        break
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8))
        break
      case 2:
        bytes.length = at
        break
      case 3:
        bytes.splice(at, random(8))
        break
      case 4:
        bytes.splice(at, 0, ...bytes.slice(random(headerEnd), random(headerEnd)))
        break
      case 5:
        bytes.splice(at, token.length, ...token)
        break
      default: {
        // One digit for another: the file stays JSON, and what it says becomes wrong.
        const digits = bytes.flatMap((byte, i) =>
          i >= 8 && i < headerEnd && byte >= 48 && byte < 58 ? [i] : [],
        )
        const digit = digits[random(digits.length)]
        if (digit !== undefined) bytes[digit] = 48 + random(10)
      }
    }
  }
  return Uint8Array.from(bytes)
}

it('either reads a damaged file as its bytes stand, or refuses it in a sentence', () => {
  const random = source(20240607)
  const outcomes = { read: 0, refused: 0 }
  const sentences = new Set<string>()
  for (let n = 0; n < 6000; n++) {
    const bytes = mutate(valid, random)
    let read: ReturnType<typeof decodeSafetensors>
    try {
      read = decodeSafetensors(bytes)
    } catch (error) {
      expect((error as Error).constructor, String((error as Error).stack)).toBe(Error)
      expect((error as Error).message).toMatch(/^This is not a valid safetensors file: [^]+\.$/)
      sentences.add((error as Error).message.replaceAll(/“[^”]*”|\d+/g, '#'))
      outcomes.refused++
      continue
    }
    outcomes.read++
    // An independent reading of the same bytes: every tensor's are where its header says, and none is left over.
    const headerEnd = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, headerEnd))) as Record<
      string,
      { data_offsets: [number, number]; shape: number[] }
    >
    let total = 0
    for (const [name, { data, shape }] of Object.entries(read.tensors)) {
      const [start, end] = header[name]!.data_offsets
      expect(data).toEqual(bytes.slice(headerEnd + start, headerEnd + end))
      expect(shape).toEqual(header[name]!.shape)
      total += data.length
    }
    expect(total).toBe(bytes.length - headerEnd)
    expect(decodeSafetensors(encodeSafetensors(read.tensors, read.metadata))).toEqual(read)
  }
  expect(outcomes.read).toBeGreaterThan(300)
  expect(outcomes.refused).toBeGreaterThan(3000)
  expect(sentences.size).toBeGreaterThan(15)
})

it.each<[string, string | null]>([
  ['{}', null],
  ['{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4},"a","a"]}', null],
  ['{"a":"a","b":"a"}', null],
  ['{"a":1, "a" : 2}', 'a'],
  [String.raw`{"\"":1,"\u0022":2}`, '"'],
  ['[{"x":[{"k":[],"j":{},"k":0}]}]', 'k'],
  ['[["a","a"],{"a":[{}],"b":0,"a":1}]', 'a'],
  [String.raw`{"a\\":1,"a":2}`, null],
])('finds the key that %s repeats', (json, key) => {
  expect(findRepeatedKey(json)).toBe(key)
})
