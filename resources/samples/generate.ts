/** Writes the sample data again: `npm run samples`. */
import { writeFileSync } from 'node:fs'
import { sampleFile, samples } from './index.ts'
import { sampleTables } from './tables.ts'

for (const { id } of samples) {
  const table = sampleTables[id]
  if (table === undefined) throw new Error(`tables.ts does not make the sample "${id}"`)
  writeFileSync(sampleFile(id), table())
  console.log(`wrote ${sampleFile(id)}`)
}
