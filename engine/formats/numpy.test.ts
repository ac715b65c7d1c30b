import { describe, expect, it } from 'vitest'
import { castArray, elementTypes, type DType } from '../tensor/dtype.ts'
import { generator } from '../ops/samples.ts'
import { fileTypes, type FileType } from './numbers.ts'
import { decodeNpy, encodeNpy } from './numpy.ts'

/** A file with this header, as it stands. */
function fileOf(header: string, body: Uint8Array = new Uint8Array(0), version = 1): Uint8Array {
  const start = version === 1 ? 10 : 12
  const out = new Uint8Array(start + header.length + body.length)
  out.set([0x93, ...new TextEncoder().encode('NUMPY'), version, 0])
  const view = new DataView(out.buffer)
  if (version === 1) view.setUint16(8, header.length, true)
  else view.setUint32(8, header.length, true)
  out.set(
    Uint8Array.from(header, (c) => c.charCodeAt(0)),
    start,
  )
  out.set(body, start + header.length)
  return out
}

const dictionary = (descr: string, shape: string, order = 'False'): string =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`

/** Headers, shapes, elements and their numbers as NumPy 1.24 wrote them. */
const written: [header: string, shape: number[], base64: string, values: number[]][] = [
  [
    `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`,
    [2, 3],
    'AAAAAAAAgD4AAAA/AABAPwAAgD8AAKA/',
    [0.0, 0.25, 0.5, 0.75, 1.0, 1.25],
  ],
  [
    `{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }`,
    [2, 3],
    'AAAAAAAAAAAAAAAAAADoPwAAAAAAANA/AAAAAAAA8D8AAAAAAADgPwAAAAAAAPQ/',
    [0.0, 0.25, 0.5, 0.75, 1.0, 1.25],
  ],
  [
    `{'descr': '<f2', 'fortran_order': False, 'shape': (4,), }`,
    [4],
    'Zi7/+wB8AQA=',
    [0.0999755859375, -65504.0, Infinity, 5.960464477539063e-8],
  ],
  [
    `{'descr': '>i8', 'fortran_order': False, 'shape': (1, 2), }`,
    [1, 2],
    'AAAAAH//////////gAAAAA==',
    [2147483647, -2147483648],
  ],
  [`{'descr': '<i4', 'fortran_order': False, 'shape': (), }`, [], '+f///w==', [-7]],
  [`{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }`, [2], '/tQBLA==', [-300, 300]],
  [`{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }`, [2], 'AP8=', [0, 255]],
  [`{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }`, [2], 'AQA=', [1, 0]],
  [`{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }`, [0, 3], '', []],
  [`{'descr': '<u4', 'fortran_order': False, 'shape': (1,), }`, [1], '/////w==', [4294967295]],
  [
    `{'descr': '>u2', 'fortran_order': True, 'shape': (2, 3, 4), }`,
    [2, 3, 4],
    'AAAADAAEABAACAAUAAEADQAFABEACQAVAAIADgAGABIACgAWAAMADwAHABMACwAX',
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23],
  ],
  [`{'descr': '|i1', 'fortran_order': False, 'shape': (2,), }`, [2], 'gH8=', [-128, 127]],
]

it.each(written)('reads %s', (header, shape, base64, values) => {
  const body = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
  for (const version of [1, 2, 3]) {
    const array = decodeNpy(fileOf(`${header}   \n`, body, version))
    expect(array.shape).toEqual(shape)
    const known = castArray(array.dtype, values)
    expect(array.data).toEqual(known)
  }
})

const next = generator(3)
const stored = Object.keys(fileTypes).filter((type) => type !== 'BF16') as FileType[]

it.each(stored)('reads what it wrote, %s', (type) => {
  const { dtype, range } = fileTypes[type]
  const [low, high] = range && dtype !== 'float32' ? [range[0], Math.min(range[1], 2 ** 31 - 1)] : [-500, 500]
  for (const shape of [[], [0, 2], [1], [7], [2, 3, 4]]) {
    const count = shape.reduce((n, extent) => n * extent, 1)
    const values = Array.from({ length: count }, () => Math.floor(low + (high + 1 - low) * next()))
    const array = { dtype, shape, data: castArray(dtype, values) }
    const bytes = encodeNpy(array, { stored: type })
    expect((bytes.length - count * fileTypes[type].bytes) % 64).toBe(0)
    expect(decodeNpy(bytes)).toEqual(array)
    const within = new Uint8Array(bytes.length + 3)
    within.set(bytes, 3)
    expect(decodeNpy(within.subarray(3))).toEqual(array)
  }
})

it('writes what NumPy writes, to the byte', () => {
  const bytes = encodeNpy({ dtype: 'float32', shape: [2, 3], data: new Float32Array(6) })
  const text = String.fromCharCode(...bytes.subarray(10, 128))
  expect(text).toBe(`${"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".padEnd(117)}\n`)
  expect(bytes.length).toBe(128 + 24)
})

it('writes float16 as <f2, and reads that as float32 unless float16 is asked for', () => {
  const halves = { dtype: 'float16' as const, shape: [3], data: Float16Array.of(0.1, -65_504, Infinity) }
  const bytes = encodeNpy(halves)
  expect(String.fromCharCode(...bytes.subarray(10, 128))).toContain("'descr': '<f2'")
  expect(bytes.length).toBe(128 + 6)
  expect(decodeNpy(bytes)).toEqual({ ...halves, dtype: 'float32', data: Float32Array.from(halves.data) })
  expect(decodeNpy(bytes, 'x.npy', { halves: 'float16' })).toEqual(halves)
})

it('refuses to write what would not come back', () => {
  const of = (dtype: DType, ...values: number[]) => ({
    dtype,
    shape: [values.length],
    data: castArray(dtype, values),
  })
  expect(() => encodeNpy(of('float32', 70_000), { stored: 'F16' })).toThrow(
    'The array holds 70000, which F16 does not',
  )
  expect(() => encodeNpy(of('int32', 300), { stored: 'U8' })).toThrow('holds 300, which U8 does not')
  expect(() => encodeNpy(of('float32', 0.5), { stored: 'I32' })).toThrow('holds 0.5, which I32 does not')
  expect(() => encodeNpy(of('float32', 1), { stored: 'BF16' })).toThrow('NumPy has no type BF16')
})

const four = new Uint8Array(4)
const eight = (value: bigint): Uint8Array => new Uint8Array(BigInt64Array.of(value).buffer)

describe('refuses', () => {
  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'it has only 0 bytes'],
    ['another file', new Uint8Array(20), 'it does not start as such files do'],
    ['a version to come', fileOf('', four, 4), 'its version 4.0 is unknown'],
    [
      'a header beyond the file',
      fileOf('', four, 2).with(8, 200),
      'its header claims 200 bytes, after which',
    ],
    ['a huge header', fileOf('', four, 2).with(11, 200), 'more than the 10000 that a header may have'],
    ['no dictionary', fileOf('import os'), 'its header is not understood from character 0 on'],
    ['no entries', fileOf('{}'), 'its header needs descr, fortran_order and shape, and nothing else'],
    ['a repeated entry', fileOf("{'descr': '<f4', 'descr': '<f4'}"), 'its header has descr twice'],
    [
      'more than a dictionary',
      fileOf(`${dictionary('<f4', '(1,)').trim()} + 1`, four),
      'goes on after the dictionary',
    ],
    [
      'records',
      fileOf("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"),
      'its elements are records',
    ],
    [
      'objects',
      fileOf(dictionary('|O', '(1,)')),
      'its elements are Python objects, which only Python can read',
    ],
    ['texts', fileOf(dictionary('<U3', '(1,)')), 'its elements are texts (“<U3”)'],
    ['complex numbers', fileOf(dictionary('<c8', '(1,)')), 'its elements are complex numbers'],
    ['an unknown type', fileOf(dictionary('!!', '(1,)')), 'its elements are of an unknown type (“!!”)'],
    ['no byte order', fileOf(dictionary('|f4', '(1,)'), four), 'have no byte order'],
    ['a number for a shape', fileOf(dictionary('<f4', '(1)'), four), 'its shape is a number, not a tuple'],
    ['a negative extent', fileOf(dictionary('<f4', '(-1,)'), four), 'its header is not understood'],
    [
      'too few elements',
      fileOf(dictionary('<f4', '(2,)'), four),
      'its shape [2] takes 8 bytes, but 4 are there',
    ],
    [
      'too many elements',
      fileOf(dictionary('<f4', '(0,)'), four),
      'its shape [0] takes 0 bytes, but 4 are there',
    ],
    [
      'an endless shape',
      fileOf(dictionary('<f4', `(${'9999999999999999, '.repeat(30)})`), four),
      'but 4 are there',
    ],
    [
      'a whole number of 64 bits',
      fileOf(dictionary('<i8', '(1,)'), eight(2n ** 40n)),
      'it holds 1099511627776, which int32',
    ],
    [
      'a float beyond 32 bits',
      fileOf(dictionary('<f8', '(1,)'), new Uint8Array(Float64Array.of(1e300).buffer)),
      'it holds 1e+300, which float32',
    ],
    [
      'a truth value that is none',
      fileOf(dictionary('|b1', '(1,)'), Uint8Array.of(2)),
      'it holds 2, which bool',
    ],
  ])('%s', (_, bytes, why) => {
    expect(() => decodeNpy(bytes, 'x.npy')).toThrow('x.npy is not an .npy file that can be read: ')
    expect(() => decodeNpy(bytes)).toThrow(why)
  })

  it('or reads, but does nothing else with, any damaged file', () => {
    const valid = encodeNpy(
      { dtype: 'int32', shape: [3, 2], data: Int32Array.of(1, 2, 3, 4, 5, 6) },
      { stored: 'I64' },
    )
    for (let trial = 0; trial < 4000; trial++) {
      const bytes = valid.slice(0, next() < 0.2 ? Math.floor(next() * valid.length) : valid.length)
      for (let change = 0; change < 1 + next() * 3; change++)
        bytes[Math.floor(next() * Math.min(bytes.length, 80))] = Math.floor(next() * 256)
      try {
        const { dtype, shape, data } = decodeNpy(bytes)
        expect(data).toBeInstanceOf(elementTypes[dtype].array)
        expect(data.length).toBe(shape.reduce((n, extent) => n * extent, 1))
      } catch (error) {
        expect((error as Error).message).toMatch(/^The file is not an \.npy file that can be read: .*\.$/su)
      }
    }
  })
})
