/** Runs that MLflow or a train.py recorded, beside the project's own: names, parameters, metrics with their history, tags and notes. */
import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  isStepwise,
  plural,
  tagSchema,
  type ImportedRuns,
  type MetricPoint,
  type Task,
} from '../../contract/index.ts'
import { nameKey, type Store } from '../store/index.ts'
import { insertPoints } from './curves.ts'
import { logAt, readLog } from './read-log.ts'
import { putMetrics, putValues } from './metrics.ts'
import { readNumber, readRun, runFolders, type MetricLine, type ReadRun } from './read-mlflow.ts'
import { deleteRun } from './repository.ts'

const bestPrefix = 'best/'
/** Descent wrote it. Others mean something else by names that are the same. */
const isOwn = ({ tags }: ReadRun): boolean => tags['descent.id'] !== undefined
/** What Descent writes of the best epoch, beside the metric itself. */
const isBest = (run: ReadRun, name: string): boolean =>
  isOwn(run) && name.startsWith(bestPrefix) && Object.hasOwn(run.metrics, name.slice(bestPrefix.length))

/** What a run is known by: of each metric what Descent says was best, else its last value. */
function knownBy(run: ReadRun): Record<string, number> {
  const known: Record<string, number> = {}
  const best: Record<string, number> = {}
  for (const [name, lines] of Object.entries(run.metrics)) {
    const last = lines.at(-1)
    if (last === undefined || (isOwn(run) && isStepwise(name))) continue
    if (isBest(run, name)) best[name.slice(bestPrefix.length)] = last.value
    else known[name] = last.value
  }
  return { ...known, ...best }
}

type Place = Pick<MetricPoint, 'epoch' | 'step'>
const asItSays = ({ step }: MetricLine): Place => ({ epoch: step, step })

/**
 * Where a line stands. MLflow knows one number for it; Descent writes the epoch there, and the batch of what it recorded within
 * epochs: then the times say which batches an epoch had.
 */
function placing({ metrics, ...run }: ReadRun): (name: string, line: MetricLine) => Place {
  const lines = Object.entries(metrics).filter(([name]) => !isBest({ metrics, ...run }, name))
  const linesOf = (within: boolean): MetricLine[] =>
    lines
      .flatMap(([name, all]) => (isStepwise(name) === within && all.length > 1 ? all : []))
      .sort((a, b) => a.step - b.step)
  const steps = isOwn({ metrics, ...run }) ? linesOf(true) : []
  if (steps.length === 0) return (_, line) => asItSays(line)
  const epochs = [...new Map(linesOf(false).map((line) => [line.step, line.time]))]
  const stepOf = new Map<number, number>()
  let [before, next] = [0, 0]
  for (const [epoch, time] of epochs) {
    while (next < steps.length && steps[next]!.time <= time) next++
    before = Math.max(before + 1, steps[next - 1]?.step ?? 0)
    stepOf.set(epoch, before)
  }
  const after = (epochs.at(-1)?.[0] ?? 0) + 1
  return (name, { step, time }) =>
    isStepwise(name)
      ? { step, epoch: epochs.find(([, end]) => time <= end)?.[0] ?? after }
      : { step: stepOf.get(step) ?? step, epoch: step }
}

function curvesOf(run: ReadRun, start: number): MetricPoint[] {
  const points = new Map<number, MetricPoint>()
  const placeOf = placing(run)
  for (const [name, lines] of Object.entries(run.metrics)) {
    // A single value is no curve.
    if (isBest(run, name) || lines.length < 2) continue
    for (const line of lines) {
      const place = placeOf(name, line)
      const point = points.get(place.step) ?? {
        ...place,
        seconds: Math.max(0, (line.time - start) / 1000),
        values: {},
      }
      point.values[name] = line.value
      points.set(place.step, point)
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

/** Always the same of a run of MLflow in a project, so that it does not come twice. */
function idOf(projectId: string, { meta }: ReadRun): string {
  const hash = createHash('sha256')
    .update(`${projectId}/${meta.run_id ?? meta.run_uuid ?? ''}`)
    .digest('hex')
  return hash.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/**
 * It was imported before, or it is one of the project's own that was exported. One that has gone on since then is read anew.
 */
function isThere(store: Store, projectId: string, found: Found): boolean {
  const { run } = found
  const known = store.db
    .prepare<[string, string, string], { state: string; epoch: number }>(
      'SELECT state, epoch FROM runs WHERE id IN (?, ?) AND project_id = ? AND deleted_at IS NULL',
    )
    .get(idOf(projectId, run), run.tags['descent.id'] ?? '', projectId)
  return known !== undefined && !(known.state === 'imported' && known.epoch < lastEpochOf(found))
}

/** Every line of a log is an epoch, a lone one as well; of MLflow a value without a curve may stand anywhere. */
const lastEpoch: Record<Found['by'], (run: ReadRun) => number> = {
  mlflow: (run) => curvesOf(run, 0).at(-1)?.epoch ?? 0,
  pytorch: ({ metrics }) =>
    Object.values(metrics).reduce((last, lines) => Math.max(last, lines.at(-1)?.step ?? 0), 0),
}
const lastEpochOf = ({ by, run }: Found): number => Math.max(0, lastEpoch[by](run))

function insertImported(store: Store, projectId: string, task: Task, found: Found): string {
  const { by, run } = found
  const { db } = store
  const { meta, params, tags } = run
  const points = curvesOf(run, meta.start_time ?? 0)
  const start = meta.start_time ?? Date.now()
  const name = (meta.run_name ?? tags['mlflow.runName'] ?? meta.run_id ?? meta.run_uuid ?? 'Run')
    .trim()
    .slice(0, 120)
  const seconds = meta.end_time ? Math.max(0, (meta.end_time - start) / 1000) : (points.at(-1)?.seconds ?? 0)
  const last = lastEpochOf(found)
  const id = idOf(projectId, run)
  // It was deleted, and can be brought back until the host ends: what is read now takes its place.
  deleteRun(store, id)
  const seed = Number(params['seed'] ?? 0)
  const { lastInsertRowid } = db
    .prepare(
      `INSERT INTO runs (id, project_id, name, name_key, state, created_at, started_at, finished_at, task, data_sha256,
                         dataset_id, seed, engine_version, epoch, epochs, seconds, starred, note)
       VALUES (?, ?, ?, ?, 'imported', ?, ?, ?, ?, '', '', ?, ?, ?, ?, ?, ?, ?)`,
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
      by,
      last,
      last,
      seconds,
      tags['descent.starred'] === 'yes' ? 1 : 0,
      (tags['mlflow.note.content'] ?? '').slice(0, 2000),
    )
  const number = Number(lastInsertRowid)
  putMetrics(db, number, knownBy(run))
  putValues(
    db,
    number,
    Object.entries(params).map(([path, text]) => [path, readNumber(text.trim()) ?? text] as const),
  )
  const addTag = db.prepare('INSERT OR IGNORE INTO run_tags (tag, run) VALUES (?, ?)')
  for (const tag of tagsOf(tags)) addTag.run(tag, number)
  insertPoints(store, id, points)
  return id
}

/** A run, and which program recorded it. */
interface Found {
  readonly by: 'mlflow' | 'pytorch'
  readonly run: ReadRun
}

/** A log of train.py, the project that it lies in, or a folder of MLflow's: what is there, and how to read it one by one. */
async function runsAt(path: string): Promise<{ readonly runs: number; all(): AsyncGenerator<Found> }> {
  const log = await logAt(path)
  if (log !== null) {
    const runs = await readLog(log)
    return {
      runs: runs.length,
      async *all() {
        for (const run of runs) yield { by: 'pytorch', run }
      },
    }
  }
  const folders = await runFolders(path)
  return {
    runs: folders.length,
    async *all() {
      for (const folder of folders) {
        const run = await readRun(folder)
        if (run.meta.lifecycle_stage !== 'deleted') yield { by: 'mlflow', run }
      }
    },
  }
}

/**
 * All runs or none. What MLflow has deleted is left out, and what the project has already. They are read twice, to see whether
 * all can be, so that memory holds one at a time; others are answered in between.
 */
export async function importRuns(
  store: Store,
  projectId: string,
  path: string,
  task: Task,
): Promise<ImportedRuns> {
  const there = await runsAt(path)
  let active = 0
  for await (const _ of there.all()) active++
  const imported = new Set<string>()
  let known = 0
  try {
    for await (const found of there.all()) {
      if (isThere(store, projectId, found)) known++
      else imported.add(store.transaction(() => insertImported(store, projectId, task, found)))
      await nextTurn()
    }
  } catch (error) {
    for (const id of imported) deleteRun(store, id)
    throw error
  }
  const left = (runs: number, which: string): string[] =>
    runs === 0 ? [] : [`${plural(runs, 'run')} that ${which} ${runs === 1 ? 'was' : 'were'} left out.`]
  return {
    runs: imported.size,
    notes: [...left(there.runs - active, 'MLflow has deleted'), ...left(known, 'the project has already')],
  }
}
