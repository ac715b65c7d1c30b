/**
 * Published and spoilt CSV files, read told nothing, held against what a careful person reads in them: the Pollock benchmark
 * (Vitagliano, Hameed, Jiang, Reisener, Wu, Naumann: “Pollock: A Data Loading Benchmark”, VLDB 2023). The files are not part of
 * the project: DIR/survey and DIR/polluted, each with csv/ and clean/.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultMissingValues } from '../../electron/contract/index.ts'
import { plainContext } from '../../electron/host/kinds/kind.ts'
import { convertTable } from '../../electron/host/kinds/table/reading/convert.ts'
import { plainDialect, readRecords } from '../../electron/host/kinds/table/reading/records.ts'
import { add, nothing, type Tally } from '../checks/reports.ts'

/** Told nothing, CleverCSV reaches 8.78 on the survey; OpenCSV, told each file's dialect, 8.92. */
const asked = { survey: 9.2, polluted: 9.9 } as const

/** Numbers are compared as numbers, words without case. */
function normal(cell: string): string {
  const text = cell.trim()
  const isNumber = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)
  return isNumber ? String(Number(text) + 0) : text.toLowerCase()
}

const rowsIn = (text: string): string[][] =>
  readRecords(text.replace(/^\ufeff/, ''), plainDialect, true).map(({ cells, opened }) =>
    cells.length === 1 && cells[0] === '' && opened[0] === -1 ? [] : cells.map(normal),
  )

/** Precision, recall and F1 of two multisets, as the benchmark counts them. */
function measures(expected: readonly string[], loaded: readonly string[]): number[] {
  if (expected.length === 0) return [1, 1, 1]
  const counts = new Map<string, number>()
  for (const one of expected) counts.set(one, (counts.get(one) ?? 0) + 1)
  let common = 0
  for (const one of loaded) {
    const left = counts.get(one) ?? 0
    if (left === 0) continue
    common++
    counts.set(one, left - 1)
  }
  if (common === 0) return [0, 0, 0]
  const [precision, recall] = [common / expected.length, common / loaded.length]
  return [precision, recall, (2 * precision * recall) / (precision + recall)]
}

/** Of 10: success, and the three measures of header, records and cells. */
export function scoreOf(clean: string, loaded: string): number {
  const [expected, found] = [rowsIn(clean), rowsIn(loaded)]
  if (expected.length === 0) return 10
  const records = (rows: readonly (readonly string[])[]) => rows.slice(1).map((cells) => cells.join('\u001f'))
  return [
    1,
    ...measures(expected[0]!, found[0] ?? []),
    ...measures(records(expected), records(found)),
    ...measures(expected.flat(), found.flat()),
  ].reduce((sum, each) => sum + each, 0)
}

async function converted(path: string): Promise<string> {
  let text = ''
  const request = { path, reading: {}, missingValues: defaultMissingValues, typed: false, names: false }
  const take = async (chunks: AsyncIterable<string>) => {
    for await (const chunk of chunks) text += chunk
  }
  await convertTable(request, take, plainContext)
  return text
}

async function holdSet(folder: string, set: keyof typeof asked): Promise<Tally> {
  const place = join(folder, set)
  if (!existsSync(place)) {
    console.log(`– ${set}: not run, ${place} does not exist`)
    return { ...nothing, skipped: 1 }
  }
  const scores: number[] = []
  for (const name of readdirSync(join(place, 'csv')).sort()) {
    const clean = join(place, 'clean', name)
    if (!existsSync(clean)) continue
    try {
      const score = scoreOf(readFileSync(clean, 'utf8'), await converted(join(place, 'csv', name)))
      scores.push(score)
      console.log(`  ${score.toFixed(2)} ${name}`)
    } catch (error) {
      scores.push(0)
      console.log(`  0.00 ${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const mean = scores.reduce((sum, each) => sum + each, 0) / scores.length
  const reached = mean >= asked[set]
  console.log(
    `${reached ? '✓' : '✗'} ${set}: ${mean.toFixed(3)} of 10 over ${scores.length} files; asked: ≥ ${asked[set]}`,
  )
  return { ...nothing, passed: reached ? 1 : 0, failed: reached ? 0 : 1 }
}

export async function holdPollock(folder: string | undefined): Promise<Tally> {
  if (folder === undefined) {
    console.log('– Pollock: not run, no --data DIR was given')
    return { ...nothing, skipped: 1 }
  }
  return add(await holdSet(folder, 'survey'), await holdSet(folder, 'polluted'))
}
