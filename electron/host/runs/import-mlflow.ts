/** Runs that MLflow recorded, read from its file store: names, parameters, metrics with their history, tags and notes. */
import { randomUUID } from 'node:crypto'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import {
  DescentError,
  plural,
  tagSchema,
  type ImportedRuns,
  type MetricPoint,
  type Task,
} from '../../contract/index.ts'
import { nameKey, type Store } from '../store/index.ts'
import { insertPoints } from './curves.ts'
import { putMetrics, putValues } from './metrics.ts'

const metaSchema = z.looseObject({
  run_id: z.coerce.string().optional(),
  run_uuid: z.coerce.string().optional(),
  run_name: z.coerce.string().nullish(),
  start_time: z.number().nullish(),
  end_time: z.number().nullish(),
  lifecycle_stage: z.string().optional(),
})
type Meta = z.infer<typeof metaSchema>

interface ReadRun {
  readonly meta: Meta
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly metrics: Readonly<Record<string, readonly MetricLine[]>>
}
interface MetricLine {
  readonly time: number
  readonly value: number
  readonly step: number
}

/** Larger than what MLflow writes of a value; a metric's history may be long. */
const largest = { value: 1 << 20, history: 256 << 20 }
const mostRuns = 10_000

const wrong = (path: string, why: string): DescentError =>
  new DescentError('badData', `${path} ${why}`, 'path')

async function textOf(path: string, most: number): Promise<string> {
  const { size } = await lstat(path)
  if (size > most) throw wrong(path, `has ${size} bytes, more than MLflow writes there.`)
  return await readFile(path, 'utf8')
}

/** Files below a folder by their names with slashes; none where there is no folder. Links are not followed. */
async function filesBelow(folder: string, prefix = ''): Promise<string[]> {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true }).catch(() => [])
  const found = await Promise.all(
    entries.map(async (entry) => {
      const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`
      if (entry.isDirectory()) return await filesBelow(folder, name)
      return entry.isFile() ? [name] : []
    }),
  )
  return found.flat()
}

async function valuesIn(folder: string): Promise<Record<string, string>> {
  const values: Record<string, string> = {}
  for (const name of await filesBelow(folder)) values[name] = await textOf(join(folder, name), largest.value)
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
const readNumber = (text: string): number | null => {
  if (/^[-+]?(nan|inf|infinity)$/i.test(text)) return Number.NaN
  const number = Number(text)
  return text !== '' && Number.isFinite(number) ? number : null
}

async function metricsIn(folder: string): Promise<Record<string, MetricLine[]>> {
  const metrics: Record<string, MetricLine[]> = {}
  for (const name of await filesBelow(folder)) {
    const path = join(folder, name)
    const lines = (await textOf(path, largest.history)).split('\n')
    metrics[name] = lines.flatMap((line, i) => (line.trim() === '' ? [] : [lineOf(line, path, i + 1)]))
  }
  return metrics
}

async function metaIn(folder: string): Promise<unknown> {
  const path = join(folder, 'meta.yaml')
  try {
    return parse(await textOf(path, largest.value), { maxAliasCount: 0 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    if (error instanceof DescentError) throw error
    throw wrong(path, `is no YAML: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`)
  }
}

const foldersIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => join(folder, name))
    .sort()

const isRun = (meta: unknown): boolean =>
  typeof meta === 'object' && meta !== null && ('run_id' in meta || 'run_uuid' in meta)

/** Folders of runs: `path` is one of them, an experiment, or a store. */
async function runFolders(path: string): Promise<string[]> {
  let below: string[]
  try {
    below = await foldersIn(path)
  } catch (error) {
    throw wrong(
      path,
      `cannot be read as a folder (${(error as NodeJS.ErrnoException).code ?? String(error)}).`,
    )
  }
  if (isRun(await metaIn(path))) return [path]
  const found: string[] = []
  for (const folder of below) {
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

async function readRun(folder: string): Promise<ReadRun> {
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

const bestPrefix = 'best/'

/** What a run is known by: of each metric what Descent says was best, else its last value. */
function knownBy(metrics: ReadRun['metrics']): Record<string, number> {
  const known: Record<string, number> = {}
  for (const [name, lines] of Object.entries(metrics)) {
    const last = lines.at(-1)
    if (last === undefined || name.startsWith(bestPrefix)) continue
    known[name] = last.value
  }
  for (const [name, lines] of Object.entries(metrics))
    if (name.startsWith(bestPrefix) && lines[0]) known[name.slice(bestPrefix.length)] = lines[0].value
  return known
}

function curvesOf(metrics: ReadRun['metrics'], start: number): MetricPoint[] {
  const points = new Map<number, MetricPoint>()
  for (const [name, lines] of Object.entries(metrics)) {
    // A single value is no curve.
    if (name.startsWith(bestPrefix) || lines.length < 2) continue
    for (const { time, value, step } of lines) {
      const point = points.get(step) ?? {
        epoch: step,
        step,
        seconds: Math.max(0, (time - start) / 1000),
        values: {},
      }
      point.values[name] = value
      points.set(step, point)
    }
  }
  return [...points.values()].sort((a, b) => a.step - b.step)
}

/** Its own tags, and those of MLflow's user; what MLflow notes for itself is left out. */
function tagsOf(tags: ReadRun['tags']): string[] {
  const own = (tags['descent.tags'] ?? '').split(',')
  const others = Object.entries(tags).flatMap(([name, value]) =>
    name.startsWith('mlflow.') || name.startsWith('descent.')
      ? []
      : [value === '' ? name : `${name}=${value}`],
  )
  return [...new Set([...own, ...others])].flatMap((tag) => {
    const read = tagSchema.safeParse(tag.replaceAll(/[",\n]/g, ' ').slice(0, 60))
    return read.success ? [read.data] : []
  })
}

function insertImported(store: Store, projectId: string, task: Task, run: ReadRun): void {
  const { db } = store
  const { meta, params, tags } = run
  const points = curvesOf(run.metrics, meta.start_time ?? 0)
  const start = meta.start_time ?? Date.now()
  const name = (meta.run_name ?? tags['mlflow.runName'] ?? meta.run_id ?? meta.run_uuid ?? 'Run')
    .trim()
    .slice(0, 120)
  const seconds = meta.end_time ? Math.max(0, (meta.end_time - start) / 1000) : (points.at(-1)?.seconds ?? 0)
  const last = Math.max(0, points.at(-1)?.epoch ?? 0)
  const id = randomUUID()
  const seed = Number(params['seed'] ?? 0)
  const { lastInsertRowid } = db
    .prepare(
      `INSERT INTO runs (id, project_id, name, name_key, state, created_at, started_at, finished_at, task, data_sha256,
                         dataset_id, seed, engine_version, epoch, epochs, seconds, starred, note)
       VALUES (?, ?, ?, ?, 'imported', ?, ?, ?, ?, '', '', ?, 'mlflow', ?, ?, ?, ?, ?)`,
    )
    .run(
      id,
      projectId,
      name || 'Run',
      nameKey(name || 'Run'),
      start,
      start,
      meta.end_time ?? null,
      task,
      Number.isSafeInteger(seed) ? seed : 0,
      last,
      last,
      seconds,
      tags['descent.starred'] === 'yes' ? 1 : 0,
      (tags['mlflow.note.content'] ?? '').slice(0, 2000),
    )
  const number = Number(lastInsertRowid)
  putMetrics(db, number, knownBy(run.metrics))
  putValues(
    db,
    number,
    Object.entries(params).map(([path, text]) => [path, readNumber(text.trim()) ?? text] as const),
  )
  const addTag = db.prepare('INSERT OR IGNORE INTO run_tags (tag, run) VALUES (?, ?)')
  for (const tag of tagsOf(tags)) addTag.run(tag, number)
  insertPoints(store, id, points)
}

/** All runs or none. What MLflow has deleted is left out. */
export async function importMlflow(
  store: Store,
  projectId: string,
  path: string,
  task: Task,
): Promise<ImportedRuns> {
  const folders = await runFolders(path)
  const read: ReadRun[] = []
  for (const folder of folders) read.push(await readRun(folder))
  const active = read.filter(({ meta }) => meta.lifecycle_stage !== 'deleted')
  store.transaction(() => active.forEach((run) => insertImported(store, projectId, task, run)))
  const left = read.length - active.length
  return {
    runs: active.length,
    notes:
      left === 0
        ? []
        : [`${plural(left, 'run')} that MLflow has deleted ${left === 1 ? 'was' : 'were'} left out.`],
  }
}
