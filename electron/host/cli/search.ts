/** `descent search`: the same searches as in the app, on runs that are kept in a workspace of their own while it goes on. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  contestOf,
  formatFixed,
  formatMetricDifference,
  formatPercent,
  formatSeconds,
  formatValue,
  memberOf,
  plural,
  searches as kinds,
  seriesOf,
  triedText,
  type Recipe,
  type SearchDetail,
  type Trial,
} from '../../contract/index.ts'
import { insertDataset } from '../datasets/repository.ts'
import { csvLine } from '../deploy/table.ts'
import type { DatasetSource } from '../jobs/source.ts'
import { createProject } from '../projects/index.ts'
import { withScratch } from '../scratch.ts'
import { candidateOf, planOf } from '../search/planned.ts'
import { findSearch, trialsOf } from '../search/repository.ts'
import { Searches } from '../search/searches.ts'
import { settingsOf, withSettingsOf } from '../search/settings.ts'
import { detailOf } from '../search/told.ts'
import { openStore } from '../store/index.ts'
import { networkOf, trainingDataOf } from '../training/data.ts'
import { requireStart } from '../training/network.ts'
import { startWeightsOf } from '../training/start-weights.ts'
import { Supervisor } from '../training/supervisor.ts'
import type { SearchCommand } from './args.ts'
import { describeBeforeTraining } from './findings.ts'
import { prepareOpened, type OpenedData } from './open-data.ts'
import { openForRun } from './run.ts'
import { claimRunFolder } from './run-folder.ts'
import { dimensionFor } from './search-args.ts'
import { plainSpaces, textTable } from './text-table.ts'
import { forTerminal } from './for-terminal.ts'

export interface SearchReport extends Omit<SearchDetail, 'id' | 'projectId' | 'name' | 'createdAt'> {
  /** What sets the best recipe apart from the one that was searched, as `--set` has it. */
  readonly bestSettings: readonly string[]
  /** The folder. */
  readonly run: string
}

const json = (value: unknown): string => JSON.stringify(value, null, 2) + '\n'

const valueText = (series: string, value: number | null): string =>
  value === null ? '–' : formatValue(seriesOf(series), value)

const settingsText = ({ settings }: Trial): string =>
  Object.entries(settings)
    .map(([path, value]) => `${path}=${triedText(value)}`)
    .join(' ')

const stateWords: Readonly<Record<Trial['state'], string>> = {
  training: 'training',
  waiting: 'waiting',
  finished: 'finished',
  stoppedEarly: 'stopped early',
  cut: 'cut short',
  failed: 'failed',
}

/** A line for each run that has come somewhere since the last look. */
function newsOf({ series, trials, planned }: SearchDetail, told: Map<number, string>): string[] {
  return trials.flatMap((trial) => {
    const { number, state, epoch, value, why } = trial
    const key = state === 'training' ? 'training' : `${state} ${epoch}`
    if (told.get(number) === key) return []
    told.set(number, key)
    if (state === 'training') return epoch > 0 ? [] : [`Run ${number} of ${planned}: ${settingsText(trial)}`]
    const said = why === null ? '' : ` (${why.replace(/\.$/, '')})`
    return [
      `Run ${number} ${stateWords[state]} after ${plural(epoch, 'epoch')}: ${valueText(series, value)}${said}`,
    ]
  })
}

/** First Ctrl-C: end the search, and tell of it. Second: leave. */
function stopOnInterrupt(stop: () => void, say: (text: string) => void): () => void {
  let asked = false
  const interrupted = (): void => {
    if (asked) process.exit(130)
    asked = true
    say('Stopping: what was trained will be told and kept. Ctrl-C again quits.')
    stop()
  }
  process.on('SIGINT', interrupted)
  return () => void process.off('SIGINT', interrupted)
}

const tellMs = 300

export async function search(
  command: SearchCommand,
  stderr: NodeJS.WriteStream = process.stderr,
): Promise<SearchReport> {
  const folder = claimRunFolder(command.out, command.input, new Date())
  const say = (text: string): void => void stderr.write(`${forTerminal(plainSpaces(text))}\n`)
  try {
    return await withScratch(tmpdir(), async (scratch) => {
      const { imported, glance } = await openForRun(command, scratch, stderr)
      const { recipe } = imported
      const space = command.over.map((over) => dimensionFor(recipe, over))
      // What is wrong with it is said before the data is prepared.
      planOf(recipe, command.search, space)
      const prepared = await prepareOpened(imported)
      trainingDataOf(prepared, recipe)
      await requireStart(
        networkOf(recipe, prepared.preparation),
        recipe,
        await startWeightsOf(recipe.weights, prepared.preparation.columns),
      )
      const { alerts } = await glance
      const checks = prepared.checks(recipe)
      for (const line of describeBeforeTraining({ alerts, checks, input: command.input }, recipe)) say(line)
      const { detail, best } = await searched(command, imported, space, scratch, say)
      const bestSettings = best === null ? [] : settingsOf(recipe, best, searchedIn(space))
      const { id: _, projectId: __, name: ___, createdAt: ____, ...report } = detail
      const { path, notes } = folder.write({
        'search.json': json({ ...report, bestSettings }),
        'trials.csv': trialsCsv(detail),
        ...(best && { 'recipe.json': json(best) }),
      })
      for (const note of notes) say(note)
      return { ...report, bestSettings, run: path }
    })
  } finally {
    folder.release()
  }
}

type Space = Parameters<typeof planOf>[2]

const searchedIn = (space: Space): string[] => space.map(({ path }) => path)

async function searched(
  { search: kind }: SearchCommand,
  { recipe, receipt, rows, columns, place }: OpenedData,
  space: Space,
  scratch: string,
  say: (text: string) => void,
): Promise<{ detail: SearchDetail; best: Recipe | null }> {
  const store = openStore(join(scratch, 'search'))
  const data = { id: place.id, receipt, rows, columns }
  const projectId = createProject(store, receipt.fileName)
  insertDataset(store, projectId, data, [])
  const supervisor = new Supervisor({
    store,
    emit: () => undefined,
    source: (run): DatasetSource => ({ folder: place.folder, files: [], dataset: data, recipe: run.recipe }),
    computing: () => ({}),
    scratch,
  })
  const searches = new Searches({ store, supervisor, emit: () => undefined })
  try {
    const { id } = searches.start({ projectId, search: kind, space }, data.id, recipe)
    const told = new Map<number, string>()
    const detail = () => detailOf(store, findSearch(store, id))
    const first = detail()
    say(
      `${memberOf(kinds, kind.kind).label}: ${plural(first.planned, 'run')} of ${first.epochs} epochs at most, ${supervisor.room} at a time, judged by ${seriesOf(first.series).label.toLowerCase()}`,
    )
    const tell = (): void => newsOf(detail(), told).forEach(say)
    const timer = setInterval(tell, tellMs)
    const gaveUp = Promise.withResolvers<void>()
    const stop = (): void =>
      void searches.stop(id).catch((error: unknown) => {
        // On a full disk nobody is to wait for room who wants to leave.
        say(error instanceof Error ? error.message : String(error))
        gaveUp.resolve()
      })
    const release = stopOnInterrupt(stop, say)
    await Promise.race([searches.ended(id), gaveUp.promise]).finally(() => {
      clearInterval(timer)
      release()
    })
    tell()
    const found = detail()
    const trial = trialsOf(store, id).find(({ number }) => number === found.best)
    if (trial === undefined) return { detail: found, best: null }
    const tried = candidateOf(store, findSearch(store, id), trial)
    return { detail: found, best: withSettingsOf(recipe, recipe, tried, searchedIn(space)) }
  } finally {
    searches.close()
    await supervisor.close(2000)
    store.close()
  }
}

function trialsCsv({ trials, series }: SearchDetail): string {
  const paths = [...new Set(trials.flatMap(({ settings }) => Object.keys(settings)))]
  const lines = trials.map(({ number, state, epoch, seconds, value, settings, why }) =>
    csvLine([
      number,
      state,
      epoch,
      seconds,
      value,
      ...paths.map((path) => (path in settings ? triedText(settings[path]!) : null)),
      why,
    ]),
  )
  return csvLine(['run', 'state', 'epochs', 'seconds', series, ...paths, 'why']) + lines.join('')
}

/** The best first; those without a value last. */
function ordered({ trials, series }: Pick<SearchReport, 'trials' | 'series'>): Trial[] {
  const sign = seriesOf(series).higherIsBetter === false ? 1 : -1
  const cost = ({ value }: Trial): number => (value === null ? Infinity : sign * value)
  return [...trials].sort((a, b) => (cost(a) === cost(b) ? a.number - b.number : cost(a) - cost(b)))
}

const mostShown = 20

function trialsTable(report: SearchReport): string[] {
  const { series, trials } = report
  const paths = [...new Set(trials.flatMap(({ settings }) => Object.keys(settings)))]
  const short = (path: string): string => path.split('.').slice(-2).join('.')
  const rows = ordered(report).slice(0, mostShown)
  const table = textTable(
    [
      ['Run', ...paths.map(short), seriesOf(series).label, 'Epochs', ''],
      ...rows.map((trial) => [
        String(trial.number),
        ...paths.map((path) => (path in trial.settings ? triedText(trial.settings[path]!) : '–')),
        valueText(series, trial.value),
        String(trial.epoch),
        `${stateWords[trial.state]}${trial.why === null ? '' : `: ${trial.why}`}`,
      ]),
    ],
    (column) => column === paths.length + 3,
  )
  const left = trials.length - rows.length
  return [
    table.trimEnd(),
    ...(left > 0 ? [`  … and ${plural(left, 'run')} that did worse, in trials.csv`] : []),
  ]
}

const share = (value: number): string => formatPercent(value, 0)

/** For people: the runs, the best first, what mattered, and what may be said of it. */
export function describeSearch(report: SearchReport): string {
  const { importance, contenders, said, best, bestSettings, run, series, seconds, begun, planned } = report
  const metric = series.split('/').at(-1)!
  const contest = contestOf(report.search)?.one ?? ''
  const hasRates = contenders.some(({ learningRate }) => learningRate !== null)
  const lines = [
    `${begun} of ${plural(planned, 'run')} in ${formatSeconds(seconds)}, the best first:`,
    ...trialsTable(report),
    ...(importance === null
      ? []
      : [
          '',
          'What each setting accounts for:',
          ...importance.settings.map(
            ({ path, share: part, low, high }) =>
              `  ${share(part).padStart(5)}  ${path} (${share(low)} to ${share(high)})`,
          ),
          importance.said,
        ]),
    ...(contenders.length === 0
      ? []
      : [
          '',
          textTable(
            [
              [contest, ...(hasRates ? ['Rate'] : []), seriesOf(series).label, '±', 'Seeds', ''],
              ...contenders.map((one) => [
                one.label,
                ...(hasRates ? [String(one.learningRate)] : []),
                valueText(series, one.mean),
                one.deviation === null ? '–' : spreadText(metric, one.deviation),
                String(one.runs),
                one.said,
              ]),
            ],
            (column) => column === 0 || column === (hasRates ? 5 : 4),
          ).trimEnd(),
        ]),
    '',
    ...said,
    ...(best === null
      ? ['No run came to anything, so there is no best recipe.']
      : [
          bestSettings.length === 0
            ? 'Nothing did better than the settings that the recipe has already.'
            : `The best settings: ${bestSettings.map((one) => `--set ${quoted(one)}`).join(' ')}`,
          `To train and test them: descent run ${join(run, 'recipe.json')}`,
        ]),
    `Saved in ${run}`,
    '',
  ]
  return plainSpaces(lines.join('\n'))
}

const quoted = (text: string): string => (/^[\w.=+-]+$/.test(text) ? text : `'${text}'`)

const spreadText = (metric: string, deviation: number): string =>
  metric === 'loss'
    ? formatFixed(deviation, 4)
    : formatMetricDifference(metric, deviation, 0).replace(/^[+−]/, '')
