/** Broken pictures of every format: each is decoded or refused in words, whatever is in it. DESCENT_FUZZ=5000 tries so many. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startLimits } from '../../contract/index.ts'
import { randomSource } from '../prepare/random.ts'
import { decodePicture, lookAtPicture, NoPicture } from './decode.ts'

const tries = Number(process.env['DESCENT_FUZZ'] ?? 200)
const limits = { ...startLimits, pixels: 4_000_000 }

const fixtures = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures/decoded.json'), 'utf8'),
) as Record<string, { readonly file: string }>
const files = Object.values(fixtures).map(({ file }) => new Uint8Array(Buffer.from(file, 'base64')))

/** Some bytes changed, a piece cut out, doubled or moved, or the end lost. */
function broken(bytes: Uint8Array, random: () => number): Uint8Array {
  const upTo = (most: number): number => Math.floor(random() * most)
  const copy = Uint8Array.from(bytes)
  const kind = upTo(5)
  if (kind === 0) return copy.subarray(0, upTo(copy.length))
  if (kind === 1) {
    const [from, size] = [upTo(copy.length), upTo(64)]
    return Uint8Array.from([...copy.subarray(0, from), ...copy.subarray(from + size)])
  }
  if (kind === 2) {
    const [from, size] = [upTo(copy.length), upTo(200)]
    return Uint8Array.from([...copy.subarray(0, from + size), ...copy.subarray(from)])
  }
  // Headers are where sizes and places stand.
  const within = kind === 3 ? Math.min(80, copy.length) : copy.length
  for (let i = 0; i <= upTo(8); i++) copy[upTo(within)] = [0, 255, 127, 128, upTo(256)][upTo(5)]!
  return copy
}

async function outcome(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
    return 'decoded'
  } catch (error) {
    if (!(error instanceof NoPicture)) throw error
    return error.message
  }
}

test(`${tries} broken pictures are decoded or refused in words`, async () => {
  const random = randomSource(20)
  const outcomes = new Map<string, number>()
  for (let i = 0; i < tries; i++) {
    const bytes = broken(files[i % files.length]!, random)
    const target = { width: 16, height: 16, fit: 'crop', background: 'white' } as const
    const said = await outcome(() => decodePicture(bytes, i % 3 === 0 ? null : target, limits))
    await outcome(() => lookAtPicture(bytes, limits))
    if (said !== 'decoded') expect(said).toMatch(/^(is|has) [^\n]{2,200}$/)
    const sort = said === 'decoded' ? said : said.split(' ')[1]!
    outcomes.set(sort, (outcomes.get(sort) ?? 0) + 1)
  }
  expect(outcomes.get('decoded') ?? 0).toBeGreaterThan(tries / 20)
  expect(tries - (outcomes.get('decoded') ?? 0)).toBeGreaterThan(tries / 20)
}, 600_000)
