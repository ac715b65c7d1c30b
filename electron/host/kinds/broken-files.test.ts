/** A few broken pictures, archives and texts of each sort; `npm run acceptance -- broken` tries thousands. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { brokenFiles, tryBrokenFiles } from './testing-broken-files.ts'

const count = 3

test.each(Object.keys(brokenFiles))(
  '%s is read or refused in a sentence, and read where it is sound',
  async (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'descent-broken-files-'))
    try {
      for await (const { seed, story, came } of tryBrokenFiles(name, { from: 0, to: count }, folder)) {
        if (seed === -1) expect(came).toBe('read')
        expect(came, `seed ${seed}: ${story}`).not.toBeInstanceOf(Error)
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
