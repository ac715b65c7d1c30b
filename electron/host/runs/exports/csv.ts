/** Runs as CSV (RFC 4180): a row for each run, or for each epoch or step of each. */
import type { ListedRun } from '../../../contract/index.ts'
import type { ExportedRuns, Recorded } from './each-run.ts'

type Cell = string | number | boolean | null | undefined

function row(cells: readonly Cell[]): string {
  const written = cells.map((cell) => {
    const text = cell === null || cell === undefined ? '' : String(cell)
    return /["\r\n,]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  })
  return `${written.join(',')}\r\n`
}

const moment = (time: number | null): string => (time === null ? '' : new Date(time).toISOString())

const fields: Readonly<Record<string, (run: ListedRun) => Cell>> = {
  run: ({ name }) => name,
  id: ({ id }) => id,
  state: ({ state }) => state,
  task: ({ task }) => task,
  data_version: ({ dataVersion }) => dataVersion,
  seed: ({ seed }) => seed,
  backend: ({ backend }) => backend,
  device: ({ device }) => device,
  created: ({ createdAt }) => moment(createdAt),
  started: ({ startedAt }) => moment(startedAt),
  ended: ({ finishedAt }) => moment(finishedAt),
  seconds: ({ seconds }) => seconds,
  epoch: ({ epoch }) => epoch,
  best_epoch: ({ bestEpoch }) => bestEpoch,
  starred: ({ starred }) => starred,
  tags: ({ tags }) => tags.join(', '),
  note: ({ note }) => note,
}

export async function* csvOfRuns(runs: ExportedRuns): AsyncGenerator<string> {
  yield row([...Object.keys(fields), ...runs.series, ...runs.settings])
  for await (const run of runs.each())
    yield row([
      ...Object.values(fields).map((of) => of(run)),
      ...runs.series.map((name) => run.metrics[name]),
      ...runs.settings.map((path) => run.settings[path]),
    ])
}

export const csvOfCurves = (which: Recorded) =>
  async function* (runs: ExportedRuns): AsyncGenerator<string> {
    const recorded = runs.recorded(which)
    yield row(['run', 'id', 'epoch', 'step', 'seconds', ...recorded])
    for await (const run of runs.each())
      for (const { epoch, step, seconds, values } of runs.points(run, which))
        yield row([run.name, run.id, epoch, step, seconds, ...recorded.map((name) => values[name])])
  }
