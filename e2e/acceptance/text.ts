/** Texts against published figures: questions of TREC, and intents of CLINC150, among which some are none of those that are known. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { add, nothing, type Tally } from '../checks/reports.ts'
import { said } from './said.ts'
import { mean, percent, trained } from './trained.ts'

/** Kim's network with random vectors: 88.2 ± 1.5 % in a replication. */
const trec = { accuracy: 0.867 }
/** Larson et al. 2019, table 2: a CNN on the whole set. Of what is out of scope it is asked that half is found. */
const clinc = { accuracy: 0.912, recall: 0.5 }

/** Short questions: narrower and more filters than the start, and words hidden, since new texts have unknown ones. */
const clincSettings = [
  'target.outside=oos',
  'target.mostLost=0.005',
  'augment=wordDropout',
  'model.widths=[2,3,4]',
  'model.filters=160',
  'training.epochs=14',
]

interface Report {
  readonly seconds: number
  readonly test: Readonly<Record<string, number>>
  readonly outside?: {
    readonly confidence: number
    readonly test: { readonly accuracy: number; readonly recall: number | null }
  }
}

function judged(what: string, values: readonly number[], atLeast: number): Tally {
  return said(
    what,
    mean(values) >= atLeast,
    `${percent(mean(values))} (${values.map(percent).join(', ')}; at least ${percent(atLeast)})`,
  )
}

/** Lines of JSON, as somebody who downloads the set makes them. */
function writeClinc(source: string, folder: string): string {
  type Part = readonly (readonly [text: string, intent: string])[]
  const set = JSON.parse(readFileSync(source, 'utf8')) as Record<string, Part>
  const of = (...names: string[]): string =>
    names
      .flatMap((name) => set[name] ?? [])
      .map(([text, label]) => `${JSON.stringify({ text, label })}\n`)
      .join('')
  mkdirSync(folder)
  writeFileSync(join(folder, 'train.jsonl'), of('train', 'oos_train', 'val', 'oos_val'))
  writeFileSync(join(folder, 'test.jsonl'), of('test', 'oos_test'))
  return folder
}

export async function holdText(
  data: string | undefined,
  seeds: readonly string[],
  only: string,
): Promise<Tally> {
  let total = nothing
  const aside = mkdtempSync(join(tmpdir(), 'descent-acceptance-text-'))
  const absent = (path: string): boolean => {
    if (data !== undefined && existsSync(path)) return false
    console.log(`– ${path}: not run, ${data === undefined ? 'no --data DIR was given' : 'it does not exist'}`)
    total = add(total, { ...nothing, skipped: 1 })
    return true
  }
  try {
    const questions = join(data ?? '', 'text/trec')
    if ('trec'.includes(only) && !absent(questions)) {
      const reports: Report[] = []
      for (const seed of seeds)
        reports.push(await trained<Report>(questions, join(aside, `trec-${seed}`), ['--seed', seed]))
      total = add(
        total,
        judged(
          'text/trec, accuracy',
          reports.map(({ test }) => test['accuracy'] ?? NaN),
          trec.accuracy,
        ),
      )
    }
    const intents = join(data ?? '', 'text/clinc/data_full.json')
    if ('clinc'.includes(only) && !absent(intents)) {
      const folder = writeClinc(intents, join(aside, 'clinc'))
      const found: Report['outside'][] = []
      for (const seed of seeds) {
        const args = [...clincSettings.flatMap((one) => ['--set', one]), '--seed', seed]
        found.push((await trained<Report>(folder, join(aside, `clinc-${seed}`), args)).outside)
      }
      const inScope = found.map((outside) => outside?.test.accuracy ?? NaN)
      total = add(total, judged('text/clinc, accuracy in scope', inScope, clinc.accuracy))
      const recalls = found.map((outside) => outside?.test.recall ?? NaN)
      total = add(total, judged('text/clinc, recall out of scope', recalls, clinc.recall))
    }
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
  return total
}
