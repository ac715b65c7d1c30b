/** Some broken files of one format, in a process of their own, so that one that ends it ends nothing else: see broken.ts. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { soundFiles, tryBroken } from '../../electron/host/kinds/table/formats/testing-broken.ts'
import { tryBrokenFiles } from '../../electron/host/kinds/testing-broken-files.ts'

const [name = '', from = '0', to = '0'] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'descent-broken-'))
const found = { read: 0, refused: 0, slowest: 0, MB: 0, wrong: [] as string[] }
try {
  const tried = name in soundFiles ? tryBroken : tryBrokenFiles
  for await (const { seed, story, seconds, came } of tried(
    name,
    { from: Number(from), to: Number(to) },
    folder,
  )) {
    found.slowest = Math.max(found.slowest, seconds)
    if (came instanceof Error) found.wrong.push(`seed ${seed}, ${story}: ${came.message}`)
    else if (seed === -1 && came === 'refused') found.wrong.push('the sound file was refused')
    else if (seed >= 0) found[came]++
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
found.MB = process.resourceUsage().maxRSS / 1024
console.log(JSON.stringify(found))
process.exit(0)
