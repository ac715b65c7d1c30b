/**
 * What Explore says of published tables, held against the list of what an analyst expects there (expected-alerts.json), which was
 * written from the data before the alerts were. The tables are not part of the project.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultMissingValues, type Column, type Finding } from '../../electron/contract/index.ts'
import { findEachAlert } from '../../electron/host/explore/alerts/index.ts'
import { measureTable } from '../../electron/host/explore/profile.ts'
import { importTable } from '../../electron/host/kinds/table/import-table.ts'
import { add, nothing, type Tally } from '../checks/reports.ts'
import expected from './expected-alerts.json' with { type: 'json' }

const asked = { recall: 0.95, precision: 0.8 } as const

interface Alert {
  readonly kind: string
  readonly columns: readonly string[]
}

/** What the list calls them by. */
const kindOf: Readonly<Record<string, string>> = {
  missingValues: 'missing',
  mostlyMissing: 'missing',
  missingTarget: 'missing',
  noValues: 'missing',
  constantColumn: 'constant',
  quasiConstant: 'nearlyConstant',
  idLike: 'identifier',
  uniqueValues: 'identifier',
  setAside: 'identifier',
  leftOut: 'constant',
  highCardinality: 'manyCategories',
  imbalance: 'imbalance',
  rareClass: 'minority',
  tinyClass: 'minority',
  singleClass: 'singleClass',
  fewRows: 'fewRows',
  skewedColumn: 'skew',
  outliers: 'outliers',
  manyZeros: 'zeros',
  zerosMissing: 'sentinel',
  sentinelValues: 'sentinel',
  infiniteValues: 'infinite',
  uniformColumn: 'uniform',
  redundant: 'correlated',
  correlated: 'correlated',
  associated: 'correlated',
  sumColumn: 'sum',
  leak: 'leak',
  strongFeature: 'leak',
  duplicateRows: 'duplicates',
  nearDuplicates: 'nearDuplicates',
  conflictingLabels: 'conflictingLabels',
  caseVariants: 'spellings',
  classVariants: 'spellings',
  nullSpellings: 'nullSpellings',
  datesAsCategories: 'datesAsCategories',
}

/** The list numbers the columns of files without a header. */
const nameIn = (name: string): string => name.trim().replace(/^c(?=\d+$)/, 'column')
/** Two columns are a pair, in whichever order. */
const keyOf = ({ kind, columns }: Alert): string => `${kind} ${columns.map(nameIn).sort().join(' + ')}`

/** Of findings of which the list says nothing there is none to compare with. */
const alertOf = ({ name, columns }: Finding): Alert[] => {
  const kind = kindOf[name]
  return kind === undefined ? [] : [{ kind, columns: columnsOf(kind, columns) }]
}
/** The class that an alert about classes is about is the target's, which the list need not name. */
const columnsOf = (kind: string, columns: readonly string[]): readonly string[] =>
  ['conflictingLabels', 'duplicates', 'nearDuplicates'].includes(kind) ? [] : columns

async function said(path: string, target: string): Promise<Alert[]> {
  const folder = mkdtempSync(join(tmpdir(), 'descent-alerts-'))
  try {
    const file = join(folder, 'table.parquet')
    const options = { path, missingValues: defaultMissingValues, target }
    const { columns }: { columns: Column[] } = await importTable(options, file)
    const { evidence } = await measureTable({ file }, columns)
    return findEachAlert(evidence).flatMap(alertOf)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const percent = (part: number, all: number): string =>
  all === 0 ? '–' : `${((100 * part) / all).toFixed(1)} %`

export async function holdAlerts(folder: string | undefined, only: string): Promise<Tally> {
  if (folder === undefined) {
    console.log('– alerts: not run, no --data DIR was given')
    return { ...nothing, skipped: 1 }
  }
  let tally = nothing
  let [found, missed, beyond] = [0, 0, 0]
  for (const { file, target, alerts } of expected.files.filter((one) => one.file.includes(only))) {
    const path = join(folder, file)
    if (!existsSync(path)) {
      console.log(`– ${file}: not run, ${path} does not exist`)
      tally = add(tally, { ...nothing, skipped: 1 })
      continue
    }
    const wanted = new Set(alerts.map(keyOf))
    const started = performance.now()
    const have = new Set((await said(path, target)).map(keyOf))
    const both = [...wanted].filter((key) => have.has(key)).length
    const absent = [...wanted].filter((key) => !have.has(key))
    const unexpected = [...have].filter((key) => !wanted.has(key))
    found += both
    missed += absent.length
    beyond += unexpected.length
    console.log(
      `  ${file}: recall ${percent(both, wanted.size)}, precision ${percent(both, have.size)} (${wanted.size} expected, ${have.size} said, ${((performance.now() - started) / 1000).toFixed(1)} s)` +
        absent.map((key) => `\n      not said: ${key}`).join('') +
        unexpected.map((key) => `\n      not expected: ${key}`).join(''),
    )
  }
  const reached = found >= asked.recall * (found + missed) && found >= asked.precision * (found + beyond)
  console.log(
    `${reached ? '✓' : '✗'} alerts: recall ${percent(found, found + missed)}, precision ${percent(found, found + beyond)}; asked: ≥ ${100 * asked.recall} %, ≥ ${100 * asked.precision} %`,
  )
  return add(tally, { ...nothing, passed: reached ? 1 : 0, failed: reached ? 0 : 1 })
}
