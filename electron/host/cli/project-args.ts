/** `descent project`, parsed. */
import { projectEnding } from '../../contract/index.ts'
import { readArgs, text } from './action-args.ts'
import { UsageError } from './usage-error.ts'

interface OfWorkspace {
  readonly command: 'project'
  readonly workspace: string | null
  readonly json: boolean
}
export interface ListProjectsCommand extends OfWorkspace {
  readonly action: 'list'
}
export interface ExportProjectCommand extends OfWorkspace {
  readonly action: 'export'
  /** Its name or id; null: the only one. */
  readonly project: string | null
  readonly out: string
  readonly overwrite: boolean
}
export interface ImportProjectCommand extends OfWorkspace {
  readonly action: 'import'
  readonly file: string
}
export interface DuplicateProjectCommand extends OfWorkspace {
  readonly action: 'duplicate'
  readonly project: string | null
}
export type ProjectCommand =
  ListProjectsCommand | ExportProjectCommand | ImportProjectCommand | DuplicateProjectCommand

const actions = ['list', 'export', 'import', 'duplicate'] as const

const common = {
  workspace: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const
const options = {
  list: common,
  export: { ...common, out: { type: 'string', short: 'o' }, overwrite: { type: 'boolean' } },
  import: common,
  duplicate: common,
} as const

const wrong = (message: string): never => {
  throw new UsageError(message, 'project')
}

/** null: help was asked for. */
export function parseProject(args: readonly string[]): ProjectCommand | null {
  const named = actions.find((action) => action === args[0])
  const action = named ?? 'list'
  const given = named === undefined ? args : args.slice(1)
  const { values, positionals } = readArgs(options[action], given, 'project')
  if (values['help']) return null
  const shared = {
    command: 'project' as const,
    workspace: text(values['workspace']),
    json: values['json'] === true,
  }
  const [first, second] = positionals
  if (second !== undefined) wrong(`“${second}” is too much: names of several words stand in quotes.`)
  switch (action) {
    case 'list':
      if (first !== undefined) wrong(`“${first}” is none of ${actions.join(', ')}.`)
      return { ...shared, action }
    case 'export': {
      const out = text(values['out'])
      if (out === null)
        return wrong(`Say by --out which file to write: a name that ends with ${projectEnding}.`)
      return { ...shared, action, project: first ?? null, out, overwrite: values['overwrite'] === true }
    }
    case 'import':
      if (first === undefined) return wrong(`Name the file: what ends with ${projectEnding}.`)
      return { ...shared, action, file: first }
    case 'duplicate':
      return { ...shared, action, project: first ?? null }
  }
}
