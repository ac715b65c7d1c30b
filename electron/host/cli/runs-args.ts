/** `descent runs`, parsed. */
import { namesIn, runExports, type RunExportName } from '../../contract/index.ts'
import { readArgs, text } from './action-args.ts'
import { UsageError } from './usage-error.ts'

interface OfProject {
  readonly command: 'runs'
  readonly workspace: string | null
  /** Its name or id; null: the only one. */
  readonly project: string | null
  readonly json: boolean
}
export interface ListRunsCommand extends OfProject {
  readonly action: 'list'
  readonly where: string
  /** A field, metric or setting; null: the newest first. */
  readonly sort: string | null
  readonly ascending: boolean
  readonly limit: number
}
export interface GroupRunsCommand extends OfProject {
  readonly action: 'groups'
  readonly where: string
  /** `seeds`, `tag`, or the path of a setting. */
  readonly by: string
}
export interface ExportRunsCommand extends OfProject {
  readonly action: 'export'
  readonly where: string
  readonly as: RunExportName
  readonly set: readonly string[]
  readonly out: string
  readonly overwrite: boolean
}
export interface ImportRunsCommand extends OfProject {
  readonly action: 'import'
  readonly folder: string
}
export interface CompareRunsCommand extends OfProject {
  readonly action: 'compare'
  /** By name or id: is the second better than the first? */
  readonly first: string
  readonly second: string
  readonly split: 'validation' | 'test'
  readonly metric: string | null
}
export interface RobustnessCommand extends OfProject {
  readonly action: 'robustness'
  /** Its name or id, or the folder of a saved model. */
  readonly run: string
  /** The file that a saved model was trained on; null: the one that its recipe names. */
  readonly data: string | null
  /** null: the test where it was opened. */
  readonly split: 'validation' | 'test' | null
}
export interface ReportCommand extends OfProject {
  readonly action: 'report'
  readonly run: string
  readonly out: string
  readonly overwrite: boolean
}
export type RunsCommand =
  | ListRunsCommand
  | GroupRunsCommand
  | ExportRunsCommand
  | ImportRunsCommand
  | CompareRunsCommand
  | RobustnessCommand
  | ReportCommand

const actions = ['list', 'groups', 'export', 'import', 'compare', 'robustness', 'report'] as const

const common = {
  workspace: { type: 'string' },
  project: { type: 'string', short: 'p' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const
const where = { where: { type: 'string', short: 'w' } } as const
const options = {
  list: {
    ...common,
    ...where,
    sort: { type: 'string' },
    ascending: { type: 'boolean' },
    limit: { type: 'string' },
  },
  groups: { ...common, ...where, by: { type: 'string' } },
  export: {
    ...common,
    ...where,
    as: { type: 'string' },
    set: { type: 'string', multiple: true },
    out: { type: 'string', short: 'o' },
    overwrite: { type: 'boolean' },
  },
  import: common,
  compare: { ...common, on: { type: 'string' }, metric: { type: 'string' } },
  robustness: { ...common, on: { type: 'string' }, data: { type: 'string' } },
  report: { ...common, out: { type: 'string', short: 'o' }, overwrite: { type: 'boolean' } },
} as const

const wrong = (message: string): never => {
  throw new UsageError(message, 'runs')
}

/** null: help was asked for. */
export function parseRuns(args: readonly string[]): RunsCommand | null {
  const named = actions.find((action) => action === args[0])
  const action = named ?? 'list'
  const given = named === undefined ? args : args.slice(1)
  const { values, positionals } = readArgs(options[action], given, 'runs')
  if (values['help']) return null
  const shared = {
    command: 'runs' as const,
    workspace: text(values['workspace']),
    project: text(values['project']),
    json: values['json'] === true,
  }
  const found = { ...shared, where: text(values['where']) ?? '' }
  const [first, second, ...rest] = positionals
  switch (action) {
    case 'list':
      if (first !== undefined) wrong(`“${first}” is none of ${actions.join(', ')}.`)
      return {
        ...found,
        action,
        sort: text(values['sort']),
        ascending: values['ascending'] === true,
        limit: limitOf(text(values['limit'])),
      }
    case 'groups':
      if (first !== undefined) wrong(`“${first}” is too much: say by --by what runs are put together by.`)
      return { ...found, action, by: text(values['by']) ?? 'seeds' }
    case 'export': {
      if (first !== undefined)
        wrong(`“${first}” is too much: say by --where which runs, and by --out where to.`)
      const names = namesIn(runExports)
      const asked = text(values['as'])
      const as = asked === null ? names[0]! : names.find((name) => name === asked)
      const out = text(values['out'])
      if (as === undefined) return wrong(`--as is one of ${names.join(', ')}; not “${asked}”.`)
      if (out === null)
        return wrong('Say by --out where the runs go: a name that ends with .csv, or a new folder.')
      const set = Array.isArray(values['set']) ? values['set'] : []
      return { ...found, action, as, set, out, overwrite: values['overwrite'] === true }
    }
    case 'import':
      if (first === undefined || second !== undefined)
        return wrong('Name one folder: the one that MLflow keeps its runs in, often mlruns.')
      return { ...shared, action, folder: first }
    case 'compare': {
      if (first === undefined || second === undefined || rest.length > 0)
        return wrong(
          'Name two runs: is the second better than the first? Names of several words stand in quotes.',
        )
      const split = splitOf(values['on']) ?? 'validation'
      return { ...shared, action, first, second, split, metric: text(values['metric']) }
    }
    case 'robustness':
    case 'report': {
      if (first === undefined || second !== undefined)
        return wrong('Name one run. A name of several words stands in quotes.')
      if (action === 'robustness')
        return { ...shared, action, run: first, data: text(values['data']), split: splitOf(values['on']) }
      const out = text(values['out'])
      if (out === null || !/\.html?$/i.test(out))
        return wrong('Say by --out where the report goes: a name that ends with .html.')
      return { ...shared, action, run: first, out, overwrite: values['overwrite'] === true }
    }
  }
}

function splitOf(value: unknown): 'validation' | 'test' | null {
  if (value === undefined) return null
  return value === 'validation' || value === 'test'
    ? value
    : wrong(`--on is validation or test; not “${String(value)}”.`)
}

function limitOf(value: string | null): number {
  if (value === null) return 20
  const number = Number(value)
  return /^\d+$/.test(value) && number >= 1 && number <= 500
    ? number
    : wrong(`--limit is a whole number from 1 to 500; not “${value}”.`)
}
