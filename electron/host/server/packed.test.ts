import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { packedFile, takesGzip } from './packed.ts'

test('who asks for gzip gets it, and nobody else', () => {
  for (const asked of ['gzip', 'gzip, deflate, br', 'br;q=1, GZIP;q=0.5', '*', 'deflate, gzip ;q=1.0'])
    expect(takesGzip(asked), asked).toBe(true)
  for (const asked of [undefined, '', 'br', 'identity', 'gzip;q=0', 'gzip; q=0.0, br', 'x-gzip'])
    expect(takesGzip(asked), asked).toBe(false)
})

test('a script is packed, another one in its place anew, and what is small or no text goes as it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'descent-packed-'))
  const request = { headers: { 'accept-encoding': 'gzip' } } as unknown as IncomingMessage
  const packed = async (name: string, content: string, asks = request) => {
    writeFileSync(join(folder, name), content)
    const bytes = await packedFile(asks, join(folder, name), statSync(join(folder, name)))
    return bytes && gunzipSync(bytes).toString()
  }
  try {
    const [one, other] = ['const one = 1\n'.repeat(500), 'const other = 2\n'.repeat(600)]
    expect(await packed('a.js', one)).toBe(one)
    expect(await packed('a.js', other)).toBe(other)
    expect(await packed('b.js', 'one')).toBe(null)
    expect(await packed('a.woff2', one)).toBe(null)
    expect(await packed('a.js', one, { headers: {} } as IncomingMessage)).toBe(null)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
