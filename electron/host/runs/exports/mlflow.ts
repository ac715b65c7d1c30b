/** Runs as MLflow's file store keeps them: https://mlflow.org/docs/latest/tracking.html#where-runs-are-recorded */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isStepwise, type ListedRun, type RunState } from '../../../contract/index.ts'
import { requireFew, type ExportedRuns } from './each-run.ts'

/** MLflow's numbers for states; what another program recorded has ended. */
const statuses: Partial<Record<RunState, number>> = { failed: 4, stopped: 3, finished: 3, imported: 3 }
const running = 1
const killed = 5
const statusOf = (state: RunState): number =>
  statuses[state] ?? (state === 'interrupted' || state === 'paused' ? killed : running)

/** What MLflow allows in the names of parameters, metrics and tags; a slash makes a folder. */
const keyOf = (name: string): string => {
  const safe = name
    .replaceAll(/[^\w\-. /]/g, '_')
    .split('/')
    // Parts that would lead out of the folder, or be none.
    .map((part) => (/^\.*$/.test(part) ? '_' : part))
    .join('/')
    .slice(0, 240)
  return safe
}
/** Values of parameters may be no longer. */
const longestValue = 6000

/** 32 digits, as MLflow's own; always the same of a run. */
const idOf = (run: ListedRun): string => createHash('sha256').update(run.id).digest('hex').slice(0, 32)

/** `place`: where the folder will be, which MLflow's artifacts are looked for by. */
export async function* mlflowFiles(
  runs: ExportedRuns,
  place: string,
): AsyncGenerator<readonly [name: string, content: string]> {
  requireFew(runs)
  const { stringify } = await import('yaml')
  const experiment = `${parseInt(createHash('sha256').update(runs.project).digest('hex').slice(0, 12), 16)}`
  const url = (...parts: string[]): string => pathToFileURL(join(place, ...parts)).href
  let [first, last] = [Number.POSITIVE_INFINITY, 0]
  for await (const run of runs.each()) {
    const id = idOf(run)
    const started = run.startedAt ?? run.createdAt
    first = Math.min(first, started)
    last = Math.max(last, run.finishedAt ?? started)
    const at = (name: string): string => `${experiment}/${id}/${name}`
    yield [
      at('meta.yaml'),
      stringify({
        artifact_uri: url(experiment, id, 'artifacts'),
        end_time: run.finishedAt,
        entry_point_name: '',
        experiment_id: experiment,
        lifecycle_stage: 'active',
        run_id: id,
        run_name: run.name,
        run_uuid: id,
        source_name: '',
        source_type: 4,
        source_version: '',
        start_time: started,
        status: statusOf(run.state),
        tags: [],
        user_id: '',
      }),
    ]
    for (const [path, value] of Object.entries(run.settings))
      yield [at(`params/${keyOf(path)}`), String(value).slice(0, longestValue)]
    const tags: Record<string, string> = {
      'mlflow.runName': run.name,
      ...(run.note !== '' && { 'mlflow.note.content': run.note }),
      'descent.id': run.id,
      'descent.state': run.state,
      ...(run.tags.length > 0 && { 'descent.tags': run.tags.join(', ') }),
      ...(run.starred && { 'descent.starred': 'yes' }),
    }
    for (const [name, value] of Object.entries(tags)) yield [at(`tags/${keyOf(name)}`), value]
    const lines = new Map<string, string[]>()
    for (const { epoch, step, seconds, values } of runs.points(run, 'steps'))
      for (const [name, value] of Object.entries(values)) {
        const of = lines.get(name) ?? []
        of.push(`${Math.round(started + seconds * 1000)} ${value} ${isStepwise(name) ? step : epoch}`)
        lines.set(name, of)
      }
    // MLflow shows the last value of a metric; the run is known by those of its best epoch.
    for (const [name, value] of Object.entries(run.metrics)) {
      const line = `${Math.round(started + run.seconds * 1000)} ${value} ${run.bestEpoch ?? run.epoch}`
      lines.set(lines.has(name) ? `best/${name}` : name, [line])
    }
    for (const [name, all] of lines) yield [at(`metrics/${keyOf(name)}`), all.join('\n') + '\n']
  }
  yield [
    `${experiment}/meta.yaml`,
    stringify({
      artifact_location: url(experiment),
      creation_time: first,
      experiment_id: experiment,
      last_update_time: last,
      lifecycle_stage: 'active',
      name: runs.project,
    }),
  ]
}
