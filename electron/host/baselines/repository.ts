/** What baselines said, kept: of rows, for all runs that are trained on them, and of runs beside them. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import {
  baselines,
  besideBaselinesSchema,
  namesIn,
  startsOf,
  type BesideBaselines,
  type Recipe,
} from '../../contract/index.ts'
import type { StoredRun } from '../runs/repository.ts'
import { preparationKey } from '../jobs/source.ts'
import { parseStored, type Store } from '../store/index.ts'
import { baselinesVersion, type Fitted } from './index.ts'

/** The same for runs that differ in nothing but how they are trained. */
export function baselinesKey(datasetId: string, recipe: Recipe): string {
  const means = baselines.members.map(({ name, options }) => [name, startsOf(options)])
  const of = [baselinesVersion, means, preparationKey(datasetId, recipe)]
  return createHash('sha256').update(JSON.stringify(of)).digest('hex')
}

const fittedSchema = z.object({
  fitted: z.array(
    z.object({
      name: z.enum(namesIn(baselines)),
      rows: z.int(),
      seconds: z.number(),
      notes: z.array(z.string()),
      /** Numbers in its outputs. */
      validation: z.int(),
      test: z.int(),
    }),
  ),
  without: z.array(z.object({ name: z.enum(namesIn(baselines)), why: z.string() })),
})

/** Of so many rows, targets and preparations of a project; older ones are made again where they are asked for. */
const mostKept = 8
/** And in so many bytes; what is larger alone is made again every time. */
const mostBytes = 128 * 2 ** 20

export function storeFitted(
  store: Store,
  projectId: string,
  key: string,
  { fitted, without }: Fitted,
  most = mostBytes,
): void {
  const document = {
    fitted: fitted.map(({ outputs: { validation, test }, ...one }) => ({
      ...one,
      validation: validation.length,
      test: test.length,
    })),
    without,
  }
  const lists = fitted.flatMap(({ outputs: { validation, test } }) => [validation, test])
  if (lists.reduce((sum, { byteLength }) => sum + byteLength, 0) > most) return
  const outputs = Buffer.concat(lists.map((of) => Buffer.from(of.buffer, of.byteOffset, of.byteLength)))
  store.write(() => {
    store.db
      .prepare('INSERT OR REPLACE INTO baselines (project_id, key, document, outputs) VALUES (?, ?, ?, ?)')
      .run(projectId, key, JSON.stringify(document), outputs)
    store.db
      .prepare(
        `DELETE FROM baselines WHERE number IN
           (SELECT number FROM
             (SELECT number, row_number() OVER newest AS place, sum(length(outputs)) OVER newest AS bytes
              FROM baselines WHERE project_id = ? WINDOW newest AS (ORDER BY number DESC))
            WHERE place > ? OR bytes > ?)`,
      )
      .run(projectId, mostKept, most)
  })
}

/** null: they are not known, or cannot be read any more. */
export function storedFitted(store: Store, key: string): Fitted | null {
  const row = store.db
    .prepare<[string], { document: string; outputs: Buffer }>(
      'SELECT document, outputs FROM baselines WHERE key = ?',
    )
    .get(key)
  const found = row && parseStored(fittedSchema, row.document)
  if (!row || !found) return null
  const whole = Uint8Array.from(row.outputs)
  const total = found.fitted.reduce((sum, { validation, test }) => sum + validation + test, 0)
  if (whole.byteLength !== total * Float32Array.BYTES_PER_ELEMENT) return null
  const all = new Float32Array(whole.buffer)
  let at = 0
  const take = (length: number): Float32Array => all.slice(at, (at += length))
  return {
    without: found.without,
    fitted: found.fitted.map(({ validation, test, ...one }) => ({
      ...one,
      outputs: { validation: take(validation), test: take(test) },
    })),
  }
}

type OfRun = Pick<StoredRun, 'id' | 'datasetId' | 'recipe'>

export function storeBeside(store: Store, { datasetId, recipe }: OfRun, beside: BesideBaselines): void {
  store.write(() =>
    store.db
      .prepare('INSERT OR REPLACE INTO run_baselines (run_id, split, key, result) VALUES (?, ?, ?, ?)')
      .run(beside.runId, beside.split, baselinesKey(datasetId, recipe), JSON.stringify(beside)),
  )
}

/** null: it is not known, or of other baselines than there are now. */
export function storedBeside(
  store: Store,
  { id, datasetId, recipe }: OfRun,
  split: BesideBaselines['split'],
): BesideBaselines | null {
  const row = store.db
    .prepare<[string, string, string], { result: string }>(
      'SELECT result FROM run_baselines WHERE run_id = ? AND split = ? AND key = ?',
    )
    .get(id, split, baselinesKey(datasetId, recipe))
  return row === undefined ? null : (parseStored(besideBaselinesSchema, row.result) ?? null)
}
