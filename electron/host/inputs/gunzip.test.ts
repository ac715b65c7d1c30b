import { randomBytes } from 'node:crypto'
import { createGzip, gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { startLimits } from '../../contract/index.ts'
import { gunzipWithin } from './gunzip.ts'

const bytesOf = (buffer: Buffer): Uint8Array<ArrayBuffer> => new Uint8Array(buffer)
const unpack = (packed: Buffer, expandedSize = startLimits.expandedSize) =>
  gunzipWithin(bytesOf(packed), 'a.gz', { ...startLimits, expandedSize })

it('gives back what was packed, in one member or several', async () => {
  const [first, second] = [randomBytes(3_000_000), Buffer.from('and more')]
  expect(Buffer.from(await unpack(gzipSync(first))).equals(first)).toBe(true)
  const both = await unpack(Buffer.concat([gzipSync(first), gzipSync(second)]))
  expect(Buffer.from(both).equals(Buffer.concat([first, second]))).toBe(true)
})

it('leaves other bytes alone', async () => {
  const plain = bytesOf(Buffer.from('label text\n'))
  expect(await gunzipWithin(plain, 'a.txt', startLimits)).toBe(plain)
})

it('stops at the limit, however much more there is', async () => {
  const gzip = createGzip({ level: 1 })
  const packed: Buffer[] = []
  gzip.on('data', (chunk: Buffer) => packed.push(chunk))
  const zeros = Buffer.alloc(1 << 22)
  for (let i = 0; i < 64; i++) gzip.write(zeros)
  await new Promise((resolve) => gzip.end(resolve))
  const before = process.memoryUsage().rss
  await expect(unpack(Buffer.concat(packed), 8 << 20)).rejects.toMatchObject({
    code: 'tooLarge',
    message:
      'a.gz unpacks to more than 8 MB. Raise “Largest unpacked size” in Settings, or add --limit expandedSize=16MB.',
  })
  expect(process.memoryUsage().rss - before).toBeLessThan(128 << 20)
})

it.each([
  ['cut off', gzipSync(randomBytes(10_000)).subarray(0, 5000)],
  ['a header and nothing more', Buffer.from('1f8b0800000000000003', 'hex')],
  ['damaged inside', Buffer.concat([gzipSync('abc').subarray(0, 10), Buffer.from('ffffffffffff', 'hex')])],
  ['with a wrong checksum', Buffer.concat([gzipSync('abc').subarray(0, -8), Buffer.alloc(8)])],
])('refuses what is %s', async (_, packed) => {
  await expect(unpack(packed)).rejects.toMatchObject({ code: 'badData' })
})
