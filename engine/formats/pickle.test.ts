/** Pickles as nobody's torch.save writes them: each is refused in words, soon, or read as Python would. */
import { beforeAll, describe, expect, it } from 'vitest'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { setDefaultDevice } from '../tensor/creation.ts'
import { load, save } from '../tensor/serialization.ts'
import { decodeTorch, encodeTorch, type TorchTensor } from './torch-file.ts'
import { plainCrc32, writeZip } from './zip.ts'

beforeAll(() => setDefaultDevice(createWasmDevice({ threads: 1 })))

type Part = string | number | readonly Part[]
/** Texts are their characters' bytes. */
const bytesOf = (part: Part): number[] =>
  typeof part === 'number'
    ? [part]
    : typeof part === 'string'
      ? [...new TextEncoder().encode(part)]
      : part.flatMap(bytesOf)
const u32 = (value: number): Part => [0, 8, 16, 24].map((by) => (value >>> by) & 0xff)
const text = (value: string): Part => ['X', u32(value.length), value]
const name = (module: string, of: string): Part => `c${module}\n${of}\n`
const put = (key: number): Part => ['q', key]
const get = (key: number): Part => ['h', key]

function archive(pickle: Part, data: Readonly<Record<string, Uint8Array>> = {}): Uint8Array<ArrayBuffer> {
  const encoded = (of: string): Uint8Array => new TextEncoder().encode(`archive/${of}`)
  const files = [
    { name: encoded('data.pkl'), data: Uint8Array.from([0x80, 2, ...bytesOf(pickle), 0x2e]) },
    ...Object.entries(data).map(([key, bytes]) => ({ name: encoded(`data/${key}`), data: bytes })),
  ]
  return writeZip(files, plainCrc32, (why) => {
    throw new Error(why)
  })
}

const int = (value: number): Part => ['J', u32(value)]
const storage = (key: string, count: number, type: Part = name('torch', 'FloatStorage')): Part => [
  ...['(', text('storage'), type, text(key), text('cpu')],
  ...[int(count), 't', 'Q'],
]
const tensorOf = (stored: Part, shape: number, stride: number): Part => [
  name('torch._utils', '_rebuild_tensor_v2'),
  ['(', stored, int(0), '(', int(shape), 't(', int(stride), 't', 0x89],
  [name('collections', 'OrderedDict'), ')Rt', 'R'],
]
const floats = (...values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer)

/** Each list holds the one before twice. */
const doubling = (levels: number, open: Part, close: Part): Part => [
  [open, 'N', close, put(0)],
  Array.from({ length: levels }, (_, i) => [open, get(i), get(i), close, put(i + 1)]),
]

describe('contents that are named again and again', () => {
  it('are read once, and stay one', () => {
    const read = decodeTorch(archive(['(', doubling(150, '](', 'e'), 't'])) as unknown[]
    const last = read.at(-1) as unknown[]
    expect(last[0]).toBe(last[1])
    const loaded = load(archive(doubling(150, '](', 'e'))) as unknown[]
    expect(loaded[0]).toBe(loaded[1])
  })

  it.each<[string, Part, string]>([
    [
      'as keys',
      ['}', doubling(40, '(', 't'), '0'.repeat(41), get(40), 'Ns'],
      'repeats its contents beyond all measure',
    ],
    [
      'as bytes',
      [
        [text('a'.repeat(20_000)), put(0), '0('],
        Array.from({ length: 1000 }, () => [name('_codecs', 'encode'), get(0), 0x85, 'R']),
        'l',
      ],
      'repeats its contents beyond all measure',
    ],
    ['as numbers', tensorOf(storage('0', 1), 2 ** 28, 0), 'more than 64 times as many'],
    [
      'in digits',
      [0x8b, u32(1_000_000), ...Array.from({ length: 1_000_000 }, () => 1)],
      'a whole number of 1000000 bytes',
    ],
  ])('%s are refused soon', (_, pickle, says) => {
    expect(() => decodeTorch(archive(pickle, { 0: floats(1) }))).toThrow(says)
  })

  it('numbers that are repeated a little are read', () => {
    const read = decodeTorch(archive(tensorOf(storage('0', 1), 5, 0), { 0: floats(7) })) as TorchTensor
    expect([...read.data]).toEqual([7, 7, 7, 7, 7])
  })
})

it.each<[string, Part, string]>([
  ['a set of a number', [name('builtins', 'set'), int(1), 0x85, 'R'], 'a set in it is damaged'],
  [
    'a dictionary of a number',
    [name('collections', 'OrderedDict'), '](', int(1), 'e', 0x85, 'R'],
    'a dictionary in it is damaged',
  ],
  ['a shape of texts', [name('torch', 'Size'), '](', text('a'), 'e', 0x85, 'R'], 'a shape in it is damaged'],
  ['a storage by the name of a method', storage('0', 1, text('toString')), 'of a type that is not known'],
  ['a dictionary as a key', '}}Ns', 'a key of one of its dictionaries is no text'],
  ['a dictionary in a key', ['}}', 0x85, 'Ns'], 'holds more than texts and numbers'],
  ['nothing on the stack', '2', 'is damaged at byte'],
  [
    'a storage of two sizes',
    ['(', tensorOf(storage('0', 2), 2, 1), tensorOf(storage('0', 3), 3, 1), 't'],
    'is once 2 numbers of F32 and once 3',
  ],
  [
    'a call with many values',
    [name('builtins', 'set'), '(', 'N'.repeat(200_000), 'tR'],
    'with 200000 values',
  ],
])('%s is refused in words', (_, pickle, says) => {
  expect(() => decodeTorch(archive(pickle, { 0: floats(1, 2, 3) }))).toThrow(
    `The file is not a PyTorch file that can be read: `,
  )
  expect(() => decodeTorch(archive(pickle, { 0: floats(1, 2, 3) }))).toThrow(says)
})

it('tells keys apart by what they are', () => {
  const big: Part = [0x8a, 8, 1, 2, 3, 4, 5, 6, 7, 8]
  const pickle: Part = ['}(', big, 0x85, int(1), int(1), 0x85, int(2), text('[1]'), int(3), 'u']
  const read = decodeTorch(archive(pickle)) as Map<unknown, unknown>
  expect([...read]).toEqual([
    [[0x0807060504030201n], 1],
    [[1], 2],
    ['[1]', 3],
  ])
  const alike = decodeTorch(archive(['}(', int(1), int(1), text('1'), int(2), 'u']))
  expect(alike).toEqual(
    new Map<unknown, unknown>([
      [1, 1],
      ['1', 2],
    ]),
  )
})

it('writes long texts, and refuses what holds itself', async () => {
  const long = 'ä'.repeat(300_000)
  expect(decodeTorch(encodeTorch({ long }))).toEqual({ long })
  const itself: unknown[] = []
  itself.push(itself)
  await expect(save({ itself })).rejects.toThrow('nested without end')
})
