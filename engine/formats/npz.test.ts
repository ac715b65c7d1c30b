import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { generator } from '../ops/samples.ts'
import { decodeNpz, encodeNpz, type NpzArray } from './npz.ts'

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'))

/** As NumPy 1.24 saved them: half(1, 0.1, -65504) and int64 0 … 5 as [2, 3]. */
const saved = {
  savez:
    'UEsDBBQAAAAAAAAAIQDdnSTrhgAAAIYAAAAFABQAaC5ucHkBABAAhgAAAAAAAACGAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmMicsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgzLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKADxmLv/7UEsDBBQAAAAAAAAAIQBZm9p9sAAAALAAAAAKABQAY291bnRzLm5weQEAEACwAAAAAAAAALAAAAAAAAAAk05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAEAAAAAAAAAAgAAAAAAAAADAAAAAAAAAAQAAAAAAAAABQAAAAAAAABQSwECFAMUAAAAAAAAACEA3Z0k64YAAACGAAAABQAAAAAAAAAAAAAAgAEAAAAAaC5ucHlQSwECFAMUAAAAAAAAACEAWZvafbAAAACwAAAACgAAAAAAAAAAAAAAgAG9AAAAY291bnRzLm5weVBLBQYAAAAAAgACAGsAAACpAQAAAAA=',
  savez_compressed:
    'UEsDBBQAAAAIAAAAIQDdnSTrSgAAAIYAAAAFABQAaC5ucHkBABAAhgAAAAAAAABKAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqSuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6mjoKtQoUAC4GmzS9/78BUEsDBBQAAAAIAAAAIQBZm9p9VgAAALAAAAAKABQAY291bnRzLm5weQEAEACwAAAAAAAAAFYAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjoKxpo6CrUKZAMuBihghNJMUJoZSrNAaVYoDQBQSwECFAMUAAAACAAAACEA3Z0k60oAAACGAAAABQAAAAAAAAAAAAAAgAEAAAAAaC5ucHlQSwECFAMUAAAACAAAACEAWZvafVYAAACwAAAACgAAAAAAAAAAAAAAgAGBAAAAY291bnRzLm5weVBLBQYAAAAAAgACAGsAAAATAQAAAAA=',
}

it.each(Object.entries(saved))('reads what numpy.%s wrote', (_, base64) => {
  const counts = { dtype: 'int32', shape: [2, 3], data: Int32Array.of(0, 1, 2, 3, 4, 5) }
  const values = [1, 0.0999755859375, -65_504]
  expect(decodeNpz(bytesOf(base64))).toEqual({
    h: { dtype: 'float32', shape: [3], data: Float32Array.from(values) },
    counts,
  })
  expect(decodeNpz(bytesOf(base64), 'x.npz', { halves: 'float16' })).toEqual({
    h: { dtype: 'float16', shape: [3], data: Float16Array.from(values) },
    counts,
  })
})

const arrays: Record<string, NpzArray> = {
  w: { dtype: 'float32', shape: [3, 100], data: Float32Array.from({ length: 300 }, (_, i) => i / 7) },
  'layer/größe': { dtype: 'float16', shape: [2], data: Float16Array.of(0.1, -Infinity) },
  ['__proto__']: { dtype: 'uint8', shape: [], data: Uint8Array.of(7) },
  none: { dtype: 'bool', shape: [0, 3], data: new Int32Array(0) },
}

it.each([false, true])('reads what it wrote, compressed: %s', (compressed) => {
  const bytes = encodeNpz(arrays, { compressed })
  const within = new Uint8Array(bytes.length + 3)
  within.set(bytes, 3)
  for (const given of [bytes, within.subarray(3)]) {
    const read = decodeNpz(given, 'x.npz', { halves: 'float16' })
    expect(Object.entries(read)).toEqual(Object.entries(arrays))
  }
  expect(decodeNpz(encodeNpz({}, { compressed }))).toEqual({})
  const narrow = encodeNpz({ w: { ...arrays['w']!, stored: 'F64' } }, { compressed })
  expect(decodeNpz(narrow)['w']!.data).toEqual(arrays['w']!.data)
})

/** Where things stand in an archive of one array by the name of `w`. */
const one = (compressed = false): Uint8Array => encodeNpz({ w: arrays['w']! }, { compressed })
const patched = (bytes: Uint8Array, fromEnd: number, ...values: number[]): Uint8Array => {
  const out = bytes.slice()
  out.set(values, fromEnd < 0 ? out.length + fromEnd : fromEnd)
  return out
}
const directory = -22 - 51

describe('refuses', () => {
  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'it has only 0 bytes; copy or download it again'],
    ['another file', new Uint8Array(40), 'it does not end as zip archives do'],
    ['one that was cut off', one().slice(0, -1), 'it may be cut off, so copy or download it again'],
    ['what stands before it', Uint8Array.of(0, ...one()), 'its directory should lie from byte'],
    ['a part', patched(one(), -18, 1), 'it is one of several parts of an archive'],
    [
      '64 bits',
      patched(one(), -6, 255, 255, 255, 255),
      'it is larger than 4 GiB or has more than 65534 arrays',
    ],
    ['more entries', patched(one(), -14, 2, 0, 2, 0), 'its directory is damaged at byte'],
    [
      'fewer entries',
      patched(one(), -14, 0, 0, 0, 0),
      'its directory goes on for 51 bytes after its last entry',
    ],
    ['another file in it', patched(one(), -22 - 1, 0x78), 'its entry “w.npx” is no .npy file; leave it out'],
    [
      'a password',
      patched(one(), directory + 8, 1),
      'its entry “w.npy” is encrypted; save it without a password',
    ],
    [
      'another method',
      patched(one(), directory + 10, 12),
      'is packed by method 12; save it with numpy.savez or',
    ],
    [
      'sizes that differ',
      patched(one(), directory + 24, 1),
      'claims to become 1281 bytes, which its 1328 cannot',
    ],
    [
      'an expansion that deflate has not',
      patched(one(true), directory + 24, 255, 255, 255, 127),
      'claims to become 2147483647 bytes',
    ],
    ['an end beyond the file', patched(one(), directory + 20, 0, 255, 0, 0, 0, 255), 'ends beyond the file'],
    [
      'another place',
      patched(one(), directory + 42, 1),
      'does not start at byte 1, where the directory has it',
    ],
    [
      'another name there',
      patched(one(), 30, 0x76),
      'its entry “w.npy” has another name at its place, byte 0',
    ],
    [
      'a changed byte',
      patched(one(), 1000, 9),
      'the bytes of its entry “w.npy” are damaged; copy or download it',
    ],
    ['a changed stream', patched(one(true), 60, 9, 9, 9), 'the bytes of its entry “w.npy” are damaged'],
  ])('%s', (_, bytes, why) => {
    expect(() => decodeNpz(bytes, 'x.npz')).toThrow('x.npz is not an .npz file that can be read: ')
    expect(() => decodeNpz(bytes)).toThrow(why)
  })

  it('names that are there twice, entries that overlap, and bombs', () => {
    const two = encodeNpz({ v: arrays['w']!, w: arrays['w']! })
    const twice = patched(two, directory + 46, 0x76)
    expect(() => decodeNpz(twice)).toThrow('its entry “v.npy” is there twice')

    // The elements of v are the member w.
    const inner = one()
    const member = inner.subarray(0, directory)
    const outer = encodeNpz({ v: { dtype: 'uint8', shape: [member.length], data: member } })
    const entry = inner.slice(directory, -22)
    new DataView(entry.buffer).setUint32(42, outer.length - 73 - member.length, true)
    const both = Uint8Array.of(...outer.subarray(0, -22), ...entry, ...outer.subarray(-22))
    const end = new DataView(both.buffer, both.length - 22)
    end.setUint16(8, 2, true)
    end.setUint16(10, 2, true)
    end.setUint32(12, 102, true)
    expect(() => decodeNpz(both)).toThrow('its entries “v.npy” and “w.npy” overlap; save it again')

    const zeros = encodeNpz(
      { z: { dtype: 'float32', shape: [250_000], data: new Float32Array(250_000) } },
      { compressed: true },
    )
    expect(zeros.length).toBeLessThan(2000)
    expect(() => decodeNpz(zeros, 'z.npz', { maxBytes: 999_999 })).toThrow(
      'its arrays take 1000128 bytes unpacked, more than the 999999 allowed; raise maxBytes if that is meant',
    )
    expect(decodeNpz(zeros, 'z.npz', { maxBytes: 1_000_128 })['z']!.data.length).toBe(250_000)
    // More comes out than it claims.
    const body = deflateRawSync(new Uint8Array(100_000))
    const claims = encodeNpz({ w: arrays['w']! }, { compressed: true })
    const lies = Uint8Array.of(...claims.subarray(0, 35), ...body, ...claims.subarray(claims.length - 73))
    const view = new DataView(lies.buffer)
    view.setUint32(lies.length - 73 + 20, body.length, true)
    view.setUint32(lies.length - 6, 35 + body.length, true)
    expect(() => decodeNpz(lies)).toThrow('the bytes of its entry “w.npy” are damaged')
  })

  it('what is wrong inside, by name', () => {
    const bytes = one()
    const inner = encodeNpz({ w: { ...arrays['w']!, shape: [3, 101] } })
    expect(decodeNpz(bytes)).toHaveProperty('w')
    expect(() => decodeNpz(inner, 'x.npz')).toThrow(
      'The entry “w.npy” of x.npz is not an .npy file that can be read: its shape [3, 101] takes 1212 bytes',
    )
  })

  it('to write what would not come back', () => {
    expect(() => encodeNpz({ '': arrays['w']! })).toThrow('needs a name of 1 to 65531 bytes')
    expect(() => encodeNpz({ w: { ...arrays['w']!, stored: 'I32' } })).toThrow('which I32 does not')
  })

  it('anything damaged with an Error, and never runs on', () => {
    const next = generator(5)
    for (const compressed of [false, true]) {
      const valid = encodeNpz(arrays, { compressed })
      for (let i = 0; i < 1500; i++) {
        const bytes = valid.slice(0, next() < 0.3 ? Math.floor(next() * valid.length) : valid.length)
        for (let j = 0; j < 3; j++) bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256)
        try {
          decodeNpz(bytes)
        } catch (error) {
          expect((error as Error).constructor).toBe(Error)
        }
      }
    }
  })
})
