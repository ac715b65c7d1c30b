/** What an import is known by: the bytes of its files, and what its steps made of them. */
import { createHash } from 'node:crypto'
import type { Receipt } from '../../contract/index.ts'

/** Without steps the hash of the files. */
export function hashOfImport({ sha256, shape = [] }: Pick<Receipt, 'sha256' | 'shape'>): string {
  if (shape.length === 0) return sha256
  const steps = shape.map(({ step, sha256: set, rows, columns, joined }) => [
    set ?? step,
    rows,
    columns,
    joined ?? null,
  ])
  return createHash('sha256')
    .update(`${sha256}\n${JSON.stringify(steps)}\n`)
    .digest('hex')
}
