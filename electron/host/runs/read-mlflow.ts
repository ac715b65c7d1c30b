/** MLflow's file store, read: https://mlflow.org/docs/latest/tracking.html#where-runs-are-recorded */
import type { Dirent } from 'node:fs'
import { lstat, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { DescentError } from '../../contract/index.ts'
import { readRegularFile } from '../inputs/regular-file.ts'

const metaSchema = z.looseObject({
  run_id: z.coerce.string().optional(),
  run_uuid: z.coerce.string().optional(),
  run_name: z.coerce.string().nullish(),
  start_time: z.number().nullish(),
  end_time: z.number().nullish(),
  lifecycle_stage: z.string().optional(),
})
type Meta = z.infer<typeof metaSchema>

export interface ReadRun {
  readonly meta: Meta
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly metrics: Readonly<Record<string, readonly MetricLine[]>>
}
export interface MetricLine {
  readonly time: number
  readonly value: number
  readonly step: number
}

/** Larger than what MLflow writes of a value; a metric's history may be long. */
const largest = { value: 1 << 20, history: 256 << 20 }
const mostRuns = 10_000

const wrong = (path: string, why: string): DescentError =>
  new DescentError('badData', `${path} ${why}`, 'path')

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)

/** A link may lead anywhere: to another's secrets, or in a circle. */
async function textOf(path: string, what: string, most: number): Promise<string> {
  if ((await lstat(path)).isSymbolicLink()) throw wrong(path, 'is a link; links are not followed.')
  return new TextDecoder().decode(await readRegularFile(path, { most, what }))
}

/** What is in a folder; none where there is none. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    if ((await lstat(folder)).isSymbolicLink()) throw wrong(folder, 'is a link; links are not followed.')
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error instanceof DescentError
      ? error
      : wrong(folder, `cannot be read as a folder (${codeOf(error)}).`)
  }
}

/** Files below a folder by their names with slashes. */
async function filesBelow(folder: string, prefix = ''): Promise<string[]> {
  const found: string[] = []
  for (const entry of await entriesOf(join(folder, prefix))) {
    const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`
    if (entry.isDirectory()) found.push(...(await filesBelow(folder, name)))
    else if (entry.isFile()) found.push(name)
    else throw wrong(join(folder, name), 'is neither a file nor a folder; links are not followed.')
  }
  return found
}

async function valuesIn(folder: string): Promise<Record<string, string>> {
  const values: Record<string, string> = {}
  for (const name of await filesBelow(folder))
    values[name] = await textOf(join(folder, name), 'a value of MLflow', largest.value)
  return values
}

/** “1700000000000 0.93 12”: a time, a value, a step, which early versions left out. */
function lineOf(line: string, path: string, number: number): MetricLine {
  const [time, value, step = '0'] = line.trim().split(/\s+/)
  const read = { time: Number(time), value: readNumber(value ?? ''), step: Number(step) }
  if (
    !Number.isFinite(read.time) ||
    !Number.isSafeInteger(read.step) ||
    value === undefined ||
    read.value === null
  )
    throw wrong(
      path,
      `is no metric of MLflow: line ${number} is “${line.slice(0, 80)}”, not a time, a value and a step.`,
    )
  return { ...read, value: read.value }
}
export const readNumber = (text: string): number | null => {
  if (/^[-+]?(nan|inf|infinity)$/i.test(text)) return Number.NaN
  const number = Number(text)
  return text !== '' && Number.isFinite(number) ? number : null
}

async function metricsIn(folder: string): Promise<Record<string, MetricLine[]>> {
  const metrics: Record<string, MetricLine[]> = {}
  for (const name of await filesBelow(folder)) {
    const path = join(folder, name)
    const lines = (await textOf(path, 'a metric of MLflow', largest.history)).split('\n')
    metrics[name] = lines.flatMap((line, i) => (line.trim() === '' ? [] : [lineOf(line, path, i + 1)]))
  }
  return metrics
}

async function metaIn(folder: string): Promise<unknown> {
  const path = join(folder, 'meta.yaml')
  const { parse } = await import('yaml')
  try {
    return parse(await textOf(path, 'the description of a run or an experiment', largest.value), {
      maxAliasCount: 0,
    })
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    if (error instanceof DescentError) throw error
    throw wrong(path, `is no YAML: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`)
  }
}

const foldersIn = async (folder: string): Promise<string[]> =>
  (await entriesOf(folder))
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => join(folder, name))
    .sort()

const isRun = (meta: unknown): boolean =>
  typeof meta === 'object' && meta !== null && ('run_id' in meta || 'run_uuid' in meta)

/** Folders of runs: `path` is one of them, an experiment, or a store. */
export async function runFolders(path: string): Promise<string[]> {
  try {
    await readdir(path)
  } catch (error) {
    throw wrong(
      path,
      codeOf(error) === 'ENOENT'
        ? 'is not there. Name a folder of MLflow’s runs, or the log.jsonl that an exported train.py wrote.'
        : `cannot be read as a folder (${codeOf(error)}).`,
    )
  }
  if (isRun(await metaIn(path))) return [path]
  const found: string[] = []
  for (const folder of await foldersIn(await realpath(path))) {
    if (isRun(await metaIn(folder))) found.push(folder)
    else for (const inner of await foldersIn(folder)) if (isRun(await metaIn(inner))) found.push(inner)
  }
  if (found.length === 0)
    throw wrong(
      path,
      'holds no run of MLflow. Name the folder that MLflow keeps runs in (often mlruns), one experiment in it, or one run: each run has a meta.yaml.',
    )
  if (found.length > mostRuns)
    throw wrong(
      path,
      `holds ${found.length} runs; at most ${mostRuns} are read at once. Name one experiment.`,
    )
  return found
}

export async function readRun(folder: string): Promise<ReadRun> {
  const parsed = metaSchema.safeParse(await metaIn(folder))
  if (!parsed.success)
    throw wrong(
      join(folder, 'meta.yaml'),
      'does not say what a run of MLflow says: a name, a start and an end.',
    )
  const [params, tags, metrics] = [
    await valuesIn(join(folder, 'params')),
    await valuesIn(join(folder, 'tags')),
    await metricsIn(join(folder, 'metrics')),
  ]
  return { meta: parsed.data, params, tags, metrics }
}
