/** `descent runs`: the runs of a workspace, found, put together, compared, and taken elsewhere. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import {
  familySchema,
  formatCount,
  formatMetric,
  formatMetricDifference,
  formatValue,
  groupLabel,
  measuredOn,
  memberOf,
  metricOf,
  metricsFor,
  plural,
  primaryFor,
  runExports,
  seriesOf,
  validationLossSeries,
  type PairedComparison,
  type ProjectSummary,
  type RunExport,
  type RunGrouping,
  type RunOrder,
  type RunSummary,
  type Task,
} from '../../contract/index.ts'
import type { App } from '../app.ts'
import { documentFile } from '../deploy/folder.ts'
import { checkOutput, writeAside } from '../deploy/output.ts'
import type { Handlers } from '../context.ts'
import { exportRuns } from '../runs/exports/index.ts'
import type {
  CompareRunsCommand,
  ExportRunsCommand,
  GroupRunsCommand,
  ImportRunsCommand,
  ListRunsCommand,
  ReportCommand,
  RobustnessCommand,
  RunsCommand,
} from './runs-args.ts'
import { parseValue } from '../recipes/overrides.ts'
import { inWorkspace, projectAmong } from './in-workspace.ts'
import { describeRobustness, robustnessOfModel } from './robustness.ts'
import { plainSpaces, textTable } from './text-table.ts'
import { UsageError } from './usage-error.ts'

interface Opened {
  readonly app: App
  readonly call: Handlers
  readonly project: ProjectSummary
}

/** What is printed for people, and the same as data. */
interface Answer {
  readonly text: string
  readonly data: unknown
}

const opened = <T>(command: RunsCommand, use: (opened: Opened) => Promise<T>): Promise<T> =>
  inWorkspace(command.workspace, async (app) => {
    const call = app.handlers
    const project = projectAmong(await call['projects.list']({}), command.project, 'runs')
    return await use({ app, call, project })
  })

const taskOf = async ({ call, project }: Opened): Promise<Task> =>
  (await call['projects.get']({ projectId: project.id })).recipe?.task ?? 'classification'

/** A field, a metric or a setting, by what it is called. */
async function orderOf({ call, project }: Opened, sort: string): Promise<RunOrder> {
  const { series, settings } = await call['runs.columns']({ projectId: project.id })
  const fields = ['number', 'name', 'state', 'seconds', 'epoch', 'bestEpoch', 'finishedAt', 'seed'] as const
  const field = fields.find((one) => one === sort)
  if (field) return { field }
  if (series.includes(sort)) return { series: sort }
  if (settings.includes(sort)) return { setting: sort }
  throw new UsageError(
    `No run has “${sort}” to sort by. There are ${fields.join(', ')}, metrics such as ${series.slice(0, 3).join(', ')}, and settings such as training.batchSize.`,
    'runs',
  )
}

async function list(of: Opened, command: ListRunsCommand): Promise<Answer> {
  const { call, project } = of
  const task = await taskOf(of)
  const series = [
    validationLossSeries.name,
    measuredOn('validation', primaryFor(task)).name,
    measuredOn('test', metricsFor(task)[0] ?? primaryFor(task)).name,
  ]
  const page = await call['runs.list']({
    projectId: project.id,
    filter: { where: command.where },
    limit: command.limit,
    series,
    ...(command.sort !== null && { order: await orderOf(of, command.sort) }),
    descending: !command.ascending,
  })
  const rows = page.runs.map((run) => [
    `${run.starred ? '★ ' : ''}${run.name}`,
    run.state,
    ...series.map((name) => {
      const value = run.metrics[name]
      return value === undefined ? '–' : formatValue(seriesOf(name), value)
    }),
    `${run.epoch}`,
    run.tags.join(', '),
  ])
  const head = ['Run', 'State', ...series.map((name) => seriesOf(name).label), 'Epochs', 'Tags']
  const more = page.total - page.runs.length
  return {
    text:
      textTable([head, ...rows], (column) => column < 2 || column === head.length - 1) +
      `${plural(page.total, 'run')}${more > 0 ? `; ${more} more with --limit` : ''}\n`,
    data: page,
  }
}

async function groups(of: Opened, { where, by }: GroupRunsCommand): Promise<Answer> {
  const { call, project } = of
  const { settings } = await call['runs.columns']({ projectId: project.id })
  const ending = settings.filter((path) => path.endsWith(`.${by}`))
  const setting = settings.find((path) => path === by) ?? ending[0]
  const isFixed = by === 'seeds' || by === 'tag' || setting === by
  if (!isFixed && ending.length > 1)
    throw new UsageError(`“${by}” may be ${ending.slice(0, 6).join(' or ')}: write more of it.`, 'runs')
  const grouping: RunGrouping | null =
    by === 'seeds'
      ? { by: 'repeats' }
      : by === 'tag'
        ? { by: 'tag' }
        : setting !== undefined
          ? { by: 'setting', setting }
          : null
  if (grouping === null)
    throw new UsageError(`--by is seeds, tag or a setting; no run has a setting “${by}”.`, 'runs')
  const series = measuredOn('validation', primaryFor(await taskOf(of)))
  const found = await call['runs.groups']({
    projectId: project.id,
    filter: { where },
    grouping,
    series: [series.name],
  })
  const rows = found.groups.map((group) => {
    const { runs, spreads } = group
    const { mean, deviation = null } = spreads[series.name] ?? {}
    return [
      groupLabel(grouping.by, group),
      `${runs}`,
      mean === undefined ? '–' : formatValue(series, mean),
      deviation === null ? '–' : `± ${formatValue(series, deviation)}`,
    ]
  })
  const more = found.total - found.groups.length
  return {
    text:
      textTable([['Group', 'Runs', series.label, 'Deviation'], ...rows], (column) => column === 0) +
      (more > 0
        ? `${plural(found.total, 'group')}; ${formatCount(more)} more with a narrower --where\n`
        : ''),
    data: found,
  }
}

/** `step=batch` as the options of the form. */
function chosenExport({ as, set }: ExportRunsCommand): RunExport {
  const { options } = memberOf(runExports, as)
  const settings = set.map((setting): [string, unknown] => {
    const equals = setting.indexOf('=')
    const name = setting.slice(0, Math.max(equals, 0)).trim()
    if (Object.hasOwn(options, name)) return [name, parseValue(setting.slice(equals + 1))]
    const known = Object.keys(options)
    throw new UsageError(
      `“${setting}” sets nothing of ${as}: ${known.length === 0 ? 'it has no settings' : `it has ${known.join(', ')}, each as NAME=VALUE`}.`,
      'runs',
    )
  })
  const parsed = familySchema(runExports).safeParse({ as, ...Object.fromEntries(settings) })
  if (parsed.success) return parsed.data
  throw new UsageError(parsed.error.issues[0]?.message ?? 'The settings make no sense.', 'runs')
}

async function write({ app, project }: Opened, command: ExportRunsCommand): Promise<Answer> {
  const { store, workspace } = app.context
  const written = await exportRuns(store, project.id, { where: command.where }, chosenExport(command), {
    path: resolve(command.out),
    within: workspace,
    overwrite: command.overwrite,
  })
  return {
    text: [
      ...written.notes,
      `${plural(written.runs, 'run')} written to ${written.path} (${memberOf(runExports, command.as).label})`,
      '',
    ].join('\n'),
    data: written,
  }
}

async function read({ call, project }: Opened, { folder }: ImportRunsCommand): Promise<Answer> {
  const imported = await call['runs.import']({ projectId: project.id, path: resolve(folder) })
  return {
    text: [...imported.notes, `${plural(imported.runs, 'run')} read into “${project.name}”`, ''].join('\n'),
    data: imported,
  }
}

async function runCalled({ call, project }: Opened, name: string): Promise<RunSummary> {
  const of = async (filter: object) => (await call['runs.list']({ projectId: project.id, filter })).runs
  const byId = /^[\da-f-]{36}$/i.test(name) ? await of({ ids: [name] }) : []
  const found = byId.length > 0 ? byId : await of({ where: `name = "${name.replaceAll('"', '')}"` })
  if (found.length === 1) return found[0]!
  throw new UsageError(
    found.length === 0
      ? `The project “${project.name}” has no run “${name}”.`
      : `${found.length} runs are called “${name}”: give one’s id, such as ${found[0]!.id}.`,
    'runs',
  )
}

const verdicts: Record<PairedComparison['verdict'], (second: string, first: string) => string> = {
  better: (second, first) => `Better: “${second}” is better than “${first}”.`,
  worse: (second, first) => `Worse: “${second}” is worse than “${first}”.`,
  cannotTell: (second, first) =>
    `Can’t tell: these rows do not say whether “${second}” is better or worse than “${first}”.`,
}

async function compare(of: Opened, command: CompareRunsCommand): Promise<Answer> {
  const [first, second] = [await runCalled(of, command.first), await runCalled(of, command.second)]
  const compared = await of.call['compare.paired']({
    firstId: first.id,
    secondId: second.id,
    split: command.split,
    ...(command.metric !== null && { metric: command.metric }),
  })
  const { metric, rows, draws, split, verdict } = compared
  const signed = (value: number): string => formatMetricDifference(metric, value, 0)
  const label = metricOf(metric)?.label ?? metric
  const text = [
    verdicts[verdict](second.name, first.name),
    `${label} ${formatMetric(metric, compared.second)} against ${formatMetric(metric, compared.first)} on ${plural(rows, `${split} row`)}: a difference of ${signed(compared.difference)}, with 95 % confidence between ${signed(compared.low)} and ${signed(compared.high)} (paired bootstrap, ${plural(draws, 'draw')}).`,
    '',
  ].join('\n')
  return { text: plainSpaces(text), data: compared }
}

async function robustness(of: Opened, command: RobustnessCommand): Promise<Answer> {
  const { id, name, metrics } = await runCalled(of, command.run)
  const opened = Object.keys(metrics).some((series) => series.startsWith('test/'))
  const split = command.split ?? (opened ? 'test' : 'validation')
  const found = await of.call['evaluate.robustness']({ runId: id, split })
  return { text: `${name}\n${describeRobustness(found)}`, data: found }
}

async function report(of: Opened, { run, out, overwrite }: ReportCommand): Promise<Answer> {
  const path = await checkOutput({ out, overwrite, input: of.app.workspace })
  const { id, name } = await runCalled(of, run)
  const { html } = await of.call['evaluate.report']({ runId: id, fileName: basename(path) })
  await writeAside(path, (aside) => writeFile(aside, html, { flush: true }), overwrite)
  return {
    text: `${name}: the report is in ${path}. Any browser shows and prints it.\n`,
    data: { run: id, path, bytes: Buffer.byteLength(html) },
  }
}

/** Every action, and what it answers. */
const does: {
  readonly [A in RunsCommand['action']]: (
    of: Opened,
    command: Extract<RunsCommand, { action: A }>,
  ) => Promise<Answer>
} = { list, groups, export: write, import: read, compare, robustness, report }

/** The folder of a saved model stands for the run that it was saved of, and needs no workspace. */
const isModel = (name: string): boolean => existsSync(join(name, documentFile))

async function robustnessOfSaved({ run, data, split }: RobustnessCommand): Promise<Answer> {
  const { name, found } = await robustnessOfModel(run, { data, split })
  return { text: `${name}\n${describeRobustness(found)}`, data: found }
}

const ofWorkspace = (command: RunsCommand): Promise<Answer> =>
  opened(command, (of) =>
    (does[command.action] as (of: Opened, command: RunsCommand) => Promise<Answer>)(of, command),
  )

export async function runs(command: RunsCommand): Promise<Answer> {
  if (command.action !== 'robustness') return await ofWorkspace(command)
  if (isModel(command.run)) return await robustnessOfSaved(command)
  if (command.data === null) return await ofWorkspace(command)
  throw new UsageError(
    `--data is for the folder of a saved model, and there is none at ${command.run}. The data of a run are in its workspace.`,
    'runs',
  )
}
