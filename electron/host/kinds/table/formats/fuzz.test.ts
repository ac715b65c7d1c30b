/** Whatever happened to a file of any format: a receipt, or a sentence. `npm run acceptance -- broken` tries thousands of each. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { soundFiles, tryBroken } from './testing-broken.ts'

const cases = 12

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-formats-fuzz-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it.each(Object.keys(soundFiles))(
  '%s is read or refused, whatever happened to it',
  async (name) => {
    let refused = 0
    for await (const { seed, story, came } of tryBroken(name, { from: 0, to: cases }, folder)) {
      if (came instanceof Error) throw new Error(`Seed ${seed}, ${story}: ${came.message}`, { cause: came })
      if (seed === -1) expect(came).toBe('read')
      if (came === 'refused') refused++
    }
    // What was done to them is no trifle.
    expect(refused).toBeGreaterThan(0)
  },
  60_000 + cases * 2000,
)
