/** The command line, parsed: pure, so that every refusal is tested without a process. */
import { parseArgs } from 'node:util'
import {
  backendSchema,
  baselines,
  constantBaseline,
  dataExports,
  exportFormats,
  mirrorComplaint,
  mostDraws,
  mostFolds,
  publicSetAt,
  taskSchema,
  namesIn,
  efforts,
  templates,
  pretrained,
  weightStarts,
  type Backend,
  type BaselineName,
  type DataExportName,
  type Effort,
  type ExportFormatName,
  type Limits,
  type PublicSetName,
  type SearchKind,
  type Task,
  type Template,
} from '../../contract/index.ts'
import { isAddress } from '../remote/address.ts'
import { readEach, type Each } from './each-values.ts'
import { helpTopics, type CommandName, type HelpTopic } from './help.ts'
import { readLimits } from './limits.ts'
import { readingFlags, readReading, type ReadingFlags } from './reading.ts'
import { readShaping, shapingFlags, type ShapingFlags } from './shaping.ts'
import { readCoverage } from './coverage.ts'
import { parseBackup, parseRestore, type BackupCommand, type RestoreCommand } from './backup-args.ts'
import { parseDeploy, type DeployCommand } from './deploy-args.ts'
import { parseExplain, type ExplainCommand } from './explain-args.ts'
import { parseLatency, type LatencyCommand } from './latency-args.ts'
import { parseProject, type ProjectCommand } from './project-args.ts'
import { parseSpace } from './space-args.ts'
import type { SpaceCommand } from './space.ts'
import { parseRuns, type RunsCommand } from './runs-args.ts'
import { readOver, readSearchKind, searchFlags, type Over } from './search-args.ts'
import { threadsOf } from './threads.ts'
import { UsageError } from './usage-error.ts'

export { UsageError } from './usage-error.ts'

/** What to read, and the recipe for it. */
export interface DataCommand extends ReadingFlags, ShapingFlags {
  /** A CSV/TSV file, a folder of IDX images or of text files, or a recipe (.json). */
  readonly input: string
  /** Of several columns each is named once. */
  readonly target: string[] | null
  readonly task: Task | null
  readonly model: Template | null
  /** How much is spent on a table; null: as usual, or as the recipe says. */
  readonly effort: Effort | null
  readonly seed: number | null
  readonly backend: Backend | null
  readonly epochs: number | null
  readonly rows: number | null
  /** Of a table: a file of its own with the rows that test. */
  readonly test: string | null
  /** The number of features that are kept; null: as the recipe says. */
  readonly select: number | null
  /** Files of row numbers. */
  readonly trainRows: string | null
  readonly testRows: string | null
  readonly set: readonly string[]
  /** Of public sets. */
  readonly mirror: string | null
  /** Columns that say of people what no decision is to hang on. */
  readonly sensitive: readonly string[]
  readonly limits: Limits
  readonly json: boolean
}

export interface RunCommand extends DataCommand {
  readonly command: 'run'
  readonly out: string | null
  /** null: as the environment says, else automatic. */
  readonly threads: number | null
  /** Say where the time of a training step goes. */
  readonly profile: boolean
  /** How the test falls where something happens to its rows is measured as well. */
  readonly robustness: boolean
  /** What is tried in the seconds before a training. */
  readonly preflight: boolean
  /** That are trained beside it. */
  readonly baselines: readonly BaselineName[]
  /** Say nothing on the way but what spoils the training. */
  readonly quiet: boolean
  /** A run for each fold; null: one run. */
  readonly folds: number | null
  /** How often the rows are dealt into folds anew. */
  readonly repeats: number
  /** A run for each value of a setting; null: one run. */
  readonly each: Each | null
}

export interface SearchCommand extends DataCommand {
  readonly command: 'search'
  readonly search: SearchKind
  readonly over: readonly Over[]
  readonly out: string | null
  readonly threads: number | null
}

export interface ConvertCommand extends ReadingFlags, ShapingFlags {
  readonly command: 'convert'
  readonly input: string
  /** null: to the terminal. */
  readonly out: string | null
  readonly overwrite: boolean
  readonly typed: boolean
  readonly names: boolean
  readonly mirror: string | null
  readonly limits: Limits
  readonly json: boolean
}

export interface ExploreCommand extends DataCommand {
  readonly command: 'explore'
}

export interface AugmentCommand extends DataCommand {
  readonly command: 'augment'
  /** For pictures, a folder that is not there yet, or empty; null: of texts, which are printed. */
  readonly out: string | null
  readonly examples: number
  readonly draws: number
}

export interface TuneCommand extends DataCommand {
  readonly command: 'tune'
  readonly threads: number | null
}

export interface DataListCommand {
  readonly command: 'data'
  /** null: all are listed. */
  readonly set: PublicSetName | null
  /** Fetch it anew. */
  readonly again: boolean
  readonly trust: boolean
  readonly mirror: string | null
  readonly limits: Limits
  readonly json: boolean
}

export interface ExportDataCommand extends DataCommand {
  readonly command: 'export-data'
  readonly as: DataExportName
  readonly out: string
  readonly overwrite: boolean
}

export interface PredictCommand {
  readonly command: 'predict'
  readonly model: string
  readonly data: string
  /** Of how many rows the truth is to be within what is said beside the prediction; null: nothing is. */
  readonly coverage: number | null
  readonly out: string | null
  /** Replace the file that is there. */
  readonly overwrite: boolean
  /** Of a database server. */
  readonly table: string | null
  readonly query: string | null
  readonly mirror: string | null
  readonly threads: number | null
  readonly limits: Limits
  readonly json: boolean
}

export interface ExportCommand {
  readonly command: 'export'
  readonly model: string
  readonly format: ExportFormatName
  readonly set: readonly string[]
  /** What the model was trained on; null: where its recipe says. */
  readonly data: string | null
  readonly out: string | null
  readonly json: boolean
}

export type Command =
  | RunCommand
  | SearchCommand
  | ExploreCommand
  | AugmentCommand
  | TuneCommand
  | PredictCommand
  | ExplainCommand
  | LatencyCommand
  | ExportCommand
  | ExportDataCommand
  | ConvertCommand
  | DataListCommand
  | RunsCommand
  | ProjectCommand
  | DeployCommand
  | { readonly command: 'serve'; readonly args: string[] }
  | SpaceCommand
  | BackupCommand
  | RestoreCommand
  | { readonly command: 'diagnose'; readonly workspace: string | null }
  | { readonly command: 'help'; readonly about: HelpTopic | null }
  | { readonly command: 'version' }

const help = { type: 'boolean', short: 'h' } as const

const exploreOptions = {
  mirror: { type: 'string' },
  ...readingFlags,
  ...shapingFlags,
  target: { type: 'string', short: 't', multiple: true },
  task: { type: 'string' },
  model: { type: 'string', short: 'm' },
  effort: { type: 'string' },
  test: { type: 'string' },
  'train-rows': { type: 'string' },
  'test-rows': { type: 'string' },
  select: { type: 'string' },
  set: { type: 'string', multiple: true },
  sensitive: { type: 'string', multiple: true },
  limit: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  help,
} as const

const convertOptions = {
  mirror: { type: 'string' },
  ...readingFlags,
  ...shapingFlags,
  typed: { type: 'boolean' },
  names: { type: 'boolean' },
  out: { type: 'string', short: 'o' },
  overwrite: { type: 'boolean' },
  limit: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  help,
} as const

const exportDataOptions = {
  ...exploreOptions,
  seed: { type: 'string' },
  as: { type: 'string' },
  out: { type: 'string', short: 'o' },
  overwrite: { type: 'boolean' },
} as const

const augmentOptions = {
  ...exploreOptions,
  seed: { type: 'string' },
  out: { type: 'string', short: 'o' },
  examples: { type: 'string' },
  draws: { type: 'string' },
} as const

const tuneOptions = {
  ...exploreOptions,
  seed: { type: 'string' },
  backend: { type: 'string' },
  rows: { type: 'string' },
  threads: { type: 'string' },
  weights: { type: 'string' },
} as const

const runOptions = {
  ...tuneOptions,
  epochs: { type: 'string' },
  out: { type: 'string', short: 'o' },
  profile: { type: 'boolean' },
  robustness: { type: 'boolean' },
  'no-preflight': { type: 'boolean' },
  baselines: { type: 'string' },
  quiet: { type: 'boolean', short: 'q' },
  folds: { type: 'string' },
  repeats: { type: 'string' },
  each: { type: 'string', multiple: true },
} as const

const searchOptions = {
  ...tuneOptions,
  epochs: { type: 'string' },
  out: { type: 'string', short: 'o' },
  over: { type: 'string', multiple: true },
  kind: { type: 'string' },
} as const

const predictOptions = {
  coverage: { type: 'string' },
  mirror: { type: 'string' },
  table: { type: 'string' },
  query: { type: 'string' },
  out: { type: 'string', short: 'o' },
  overwrite: { type: 'boolean' },
  threads: { type: 'string' },
  limit: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  help,
} as const

const exportOptions = {
  format: { type: 'string', short: 'f' },
  set: { type: 'string', multiple: true },
  data: { type: 'string' },
  out: { type: 'string', short: 'o' },
  json: { type: 'boolean' },
  help,
} as const

export function parseCommand(argv: readonly string[]): Command {
  const [name, ...args] = argv
  switch (name) {
    case undefined:
    case '--help':
    case '-h':
      return { command: 'help', about: null }
    case 'help':
      return { command: 'help', about: topicOf(args) }
    case 'version':
    case '--version':
    case '-V':
      return { command: 'version' }
    case 'run':
      return parseRun(args)
    case 'search':
      return parseSearch(args)
    case 'explore':
      return parseExplore(args)
    case 'augment':
      return parseAugment(args)
    case 'tune':
      return parseTune(args)
    case 'predict':
      return parsePredict(args)
    case 'explain':
      return parseExplain(args) ?? { command: 'help', about: 'explain' }
    case 'export':
      return parseExport(args)
    case 'export-data':
      return parseExportData(args)
    case 'convert':
      return parseConvert(args)
    case 'data':
      return parseData(args)
    case 'runs':
      return parseRuns(args) ?? { command: 'help', about: 'runs' }
    case 'project':
      return parseProject(args) ?? { command: 'help', about: 'project' }
    case 'deploy':
      return parseDeploy(args, process.env) ?? { command: 'help', about: 'deploy' }
    case 'latency':
      return parseLatency(args) ?? { command: 'help', about: 'latency' }
    case 'space':
      return parseSpace(args)
    case 'backup':
      return parseBackup(args)
    case 'restore':
      return parseRestore(args)
    case 'diagnose': {
      const { values, positionals } = read(args, { workspace: { type: 'string' }, help }, 'diagnose')
      if (values.help) return { command: 'help', about: 'diagnose' }
      if (positionals.length > 0)
        throw new UsageError(
          `“${positionals[0]}” is too much: it looks at the machine and the log.`,
          'diagnose',
        )
      return { command: 'diagnose', workspace: values.workspace ?? null }
    }
    case 'serve':
      return args.includes('--help') || args.includes('-h')
        ? { command: 'help', about: 'serve' }
        : { command: 'serve', args }
    default:
      throw new UsageError(`There is no command “${name}”.`, null)
  }
}

function topicOf([name, ...more]: string[]): HelpTopic | null {
  if (name === undefined) return null
  if (!helpTopics.includes(name) || more.length > 0)
    throw new UsageError(
      `Help is about one of ${helpTopics.join(', ')}; not “${[name, ...more].join(' ')}”.`,
      null,
    )
  return name
}

/** parseArgs, with its complaint turned into ours: the first sentence says what, the rest is advice to programmers. */
function read<O extends NonNullable<Parameters<typeof parseArgs>[0]>['options']>(
  args: string[],
  options: O,
  about: CommandName,
) {
  try {
    return parseArgs({ args, options, allowPositionals: true, tokens: true })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new UsageError(`${message.split('. ')[0] ?? message}.`.replace(/\.\.$/, '.'), about)
  }
}

/** `--weights FILE`, as settings. */
const startOf = (path: string | undefined): string[] =>
  path === undefined
    ? []
    : [
        `${weightStarts.path}.${weightStarts.key}=${pretrained.name}`,
        `${weightStarts.path}.path=${JSON.stringify(path)}`,
      ]

const wordsFor: Readonly<Record<string, string>> = {
  'export-data': 'export',
  search: 'search good settings for',
}

function inputOf(
  [input, ...rest]: string[],
  about: 'run' | 'tune' | 'search' | 'augment' | 'explore' | 'convert' | 'export-data',
): string {
  if (input === undefined)
    throw new UsageError(`Say which CSV file, folder or recipe to ${wordsFor[about] ?? about}.`, about)
  if (rest.length > 0) throw new UsageError(`One file at a time: “${rest[0]}” is too many.`, about)
  return input
}

type DataValues = Partial<ReturnType<typeof read<typeof runOptions>>['values']>
type Tokens = Parameters<typeof readShaping>[0]

/** What all commands that read data have in common. */
function readDataCommand(
  { values, positionals, tokens }: { values: DataValues; positionals: string[]; tokens: Tokens },
  about: 'run' | 'tune' | 'search' | 'augment' | 'explore' | 'export-data',
): DataCommand {
  return {
    input: inputOf(positionals, about),
    target: values.target ?? null,
    task: oneOf(values.task, taskSchema.options, '--task', about),
    model: oneOf(values.model, namesIn(templates), '--model', about),
    effort: oneOf(values.effort, namesIn(efforts), '--effort', about),
    seed: whole(values.seed, 0, '--seed', about),
    backend: oneOf(values.backend, backendSchema.options, '--backend', about),
    epochs: whole(values.epochs, 1, '--epochs', about),
    rows: whole(values.rows, 3, '--rows', about),
    json: values.json ?? false,
    select: whole(values.select, 1, '--select', about),
    ...readSplitting(values, about),
    set: [...startOf(values.weights), ...(values.set ?? [])],
    mirror: mirrorOf(values.mirror, about),
    sensitive: values.sensitive ?? [],
    limits: readLimits(values.limit ?? [], about),
    ...readReading(values, about),
    ...readShaping(tokens, about),
  }
}

function parseExplore(args: string[]): Command {
  const given = read(args, exploreOptions, 'explore')
  if (given.values.help) return { command: 'help', about: 'explore' }
  return { command: 'explore', ...readDataCommand(given, 'explore') }
}

function parseAugment(args: string[]): Command {
  const given = read(args, augmentOptions, 'augment')
  const { values } = given
  if (values.help) return { command: 'help', about: 'augment' }
  const { out = null, examples, draws } = values
  return {
    command: 'augment',
    ...readDataCommand(given, 'augment'),
    out,
    examples: whole(examples, 1, '--examples', 'augment', 1000) ?? 4,
    draws: whole(draws, 1, '--draws', 'augment', mostDraws) ?? 8,
  }
}

function parseTune(args: string[]): Command {
  const given = read(args, tuneOptions, 'tune')
  if (given.values.help) return { command: 'help', about: 'tune' }
  return {
    command: 'tune',
    threads: threadsOf(given.values.threads, 'tune'),
    ...readDataCommand(given, 'tune'),
  }
}

const noBaselines = 'none'

/** Absent: all that are trained. */
function readBaselines(given: string | undefined): BaselineName[] {
  const all = namesIn(baselines).filter((name) => name !== constantBaseline)
  if (given === undefined) return all
  const names = given.split(',').map((name) => name.trim())
  // The word for an empty list, which is the name of no baseline.
  if (given.trim() === noBaselines) return []
  const unknown = names.find((name) => !namesIn(baselines).some((known) => known === name))
  if (unknown !== undefined)
    throw new UsageError(
      `--baselines has no “${unknown}”: it is none, or some of ${namesIn(baselines).join(', ')}, with commas between them.`,
      'run',
    )
  return all.filter((name) => names.includes(name))
}

function parseRun(args: string[]): Command {
  const given = read(args, runOptions, 'run')
  const { values } = given
  if (values.help) return { command: 'help', about: 'run' }
  const each = readEach(values.each)
  if (values.folds !== undefined && each !== null && /^split(\.|$)/.test(each.path))
    throw new UsageError(
      '--folds says how the rows are split, so --each cannot try other splits: leave out one of them.',
      'run',
    )
  return {
    command: 'run',
    each,
    threads: threadsOf(values.threads, 'run'),
    out: values.out ?? null,
    profile: values.profile ?? false,
    robustness: values.robustness ?? false,
    preflight: values['no-preflight'] !== true,
    baselines: readBaselines(values.baselines),
    quiet: values.quiet ?? false,
    ...readFolds(values),
    ...readDataCommand(given, 'run'),
  }
}

function parseSearch(args: string[]): Command {
  const given = read(args, { ...searchFlags, ...searchOptions }, 'search')
  const { values } = given
  if (values.help) return { command: 'help', about: 'search' }
  const data = readDataCommand(given, 'search')
  return {
    command: 'search',
    search: readSearchKind(values, { kind: values.kind, seed: data.seed }),
    over: (values.over ?? []).map(readOver),
    threads: threadsOf(values.threads, 'search'),
    out: values.out ?? null,
    ...data,
  }
}

function parseExportData(args: string[]): Command {
  const about = 'export-data'
  const given = read(args, exportDataOptions, about)
  const { values } = given
  if (values.help) return { command: 'help', about }
  const data = readDataCommand(given, about)
  if (values.out === undefined)
    throw new UsageError('Say by --out where the data go: a name that ends with .csv or .parquet.', about)
  return {
    command: about,
    as: oneOf(values.as, namesIn(dataExports), '--as', about) ?? namesIn(dataExports)[0]!,
    out: values.out,
    overwrite: values.overwrite ?? false,
    ...data,
  }
}

function parsePredict(args: string[]): Command {
  const { values, positionals } = read(args, predictOptions, 'predict')
  if (values.help) return { command: 'help', about: 'predict' }
  const [model, data, ...rest] = positionals
  if (model === undefined || data === undefined || rest.length > 0) {
    throw new UsageError('Give a model folder and one file to predict.', 'predict')
  }
  return {
    command: 'predict',
    model,
    data,
    coverage: readCoverage(values.coverage, 'predict'),
    out: values.out ?? null,
    overwrite: values.overwrite ?? false,
    table: values.table ?? null,
    query: values.query ?? null,
    mirror: mirrorOf(values.mirror, 'predict'),
    threads: threadsOf(values.threads, 'predict'),
    limits: readLimits(values.limit ?? [], 'predict'),
    json: values.json ?? false,
  }
}

function parseExport(args: string[]): Command {
  const { values, positionals } = read(args, exportOptions, 'export')
  if (values.help) return { command: 'help', about: 'export' }
  const [model, ...rest] = positionals
  if (model === undefined || rest.length > 0)
    throw new UsageError('Give one model folder to export.', 'export')
  const formats = namesIn(exportFormats)
  const format = oneOf(values.format, formats, '--format', 'export')
  if (format === null) throw new UsageError(`Say by --format which: ${formats.join(', ')}.`, 'export')
  return {
    command: 'export',
    model,
    format,
    set: values.set ?? [],
    data: values.data ?? null,
    out: values.out ?? null,
    json: values.json ?? false,
  }
}

function parseConvert(args: string[]): Command {
  const { values, positionals, tokens } = read(args, convertOptions, 'convert')
  if (values.help) return { command: 'help', about: 'convert' }
  return {
    command: 'convert',
    input: inputOf(positionals, 'convert'),
    out: values.out ?? null,
    overwrite: values.overwrite ?? false,
    typed: values.typed ?? false,
    names: values.names ?? false,
    mirror: mirrorOf(values.mirror, 'convert'),
    limits: readLimits(values.limit ?? [], 'convert'),
    json: values.json ?? false,
    ...readReading(values, 'convert'),
    ...readShaping(tokens, 'convert'),
  }
}

const dataOptions = {
  again: { type: 'boolean' },
  trust: { type: 'boolean' },
  mirror: { type: 'string' },
  limit: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  help,
} as const

function parseData(args: string[]): Command {
  const { values, positionals } = read(args, dataOptions, 'data')
  if (values.help) return { command: 'help', about: 'data' }
  const [name, ...rest] = positionals
  if (rest.length > 0) throw new UsageError(`One set at a time: “${rest[0]}” is too many.`, 'data')
  const set = name === undefined ? null : publicSetAt(name)
  if (name !== undefined && set === null)
    throw new UsageError(`There is no public set “${name}”. “descent data” lists those there are.`, 'data')
  const { again = false, trust = false } = values
  if (set === null && (again || trust))
    throw new UsageError('Say which set is fetched again or trusted.', 'data')
  return {
    command: 'data',
    set,
    again,
    trust,
    mirror: mirrorOf(values.mirror, 'data'),
    limits: readLimits(values.limit ?? [], 'data'),
    json: values.json ?? false,
  }
}

function mirrorOf(value: string | undefined, about: CommandName): string | null {
  if (value === undefined) return null
  const complaint = mirrorComplaint(value)
  if (complaint !== null) throw new UsageError(`--mirror: ${complaint}`, about)
  return value
}

interface SplitFlags {
  readonly test?: string | undefined
  readonly 'train-rows'?: string | undefined
  readonly 'test-rows'?: string | undefined
}
function readSplitting(
  values: SplitFlags,
  about: CommandName,
): Pick<DataCommand, 'test' | 'trainRows' | 'testRows'> {
  const { test = null, 'train-rows': trainRows = null, 'test-rows': testRows = null } = values
  if (test !== null && (trainRows ?? testRows) !== null)
    throw new UsageError('The test is either a file of its own (--test) or listed rows: not both.', about)
  if (test !== null && isAddress(test))
    throw new UsageError(
      '--test names a file on this machine. Download it first; “descent convert ADDRESS -o test.csv” writes a server’s table.',
      about,
    )
  return { test, trainRows, testRows }
}

function readFolds(values: SplitFlags & { folds?: string | undefined; repeats?: string | undefined }) {
  const folds = whole(values.folds, 2, '--folds', 'run', mostFolds)
  const repeats = whole(values.repeats, 1, '--repeats')
  if (folds === null && repeats !== null)
    throw new UsageError('--repeats says how often the rows are dealt into folds: give --folds, too.', 'run')
  if (folds !== null && (values.test ?? values['train-rows'] ?? values['test-rows']) !== undefined)
    throw new UsageError('With --folds each row tests once, so no other rows can be the test.', 'run')
  return { folds, repeats: repeats ?? 1 }
}

function oneOf<T extends string>(
  value: string | undefined,
  options: readonly T[],
  flag: string,
  about: CommandName = 'run',
): T | null {
  if (value === undefined) return null
  const found = options.find((option) => option === value)
  if (found === undefined)
    throw new UsageError(`${flag} is one of ${options.join(', ')}; not “${value}”.`, about)
  return found
}

function whole(
  value: string | undefined,
  least: number,
  flag: string,
  about: CommandName = 'run',
  most = Infinity,
): number | null {
  if (value === undefined) return null
  const number = Number(value)
  if (!/^\d+$/.test(value) || number < least || number > most || !Number.isSafeInteger(number)) {
    const to = most === Infinity ? '' : ` to ${most}`
    throw new UsageError(`${flag} is a whole number from ${least}${to}; not “${value}”.`, about)
  }
  return number
}
