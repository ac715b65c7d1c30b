/** `descent project`, parsed. */
import { parseArgs } from 'node:util'
import { projectEnding } from '../../contract/index.ts'
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
type Action = (typeof actions)[number]

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

type Values = Readonly<Record<string, string | boolean | undefined>>

const wrong = (message: string): never => {
  throw new UsageError(message, 'project')
}
const text = (value: Values[string]): string | null => (typeof value === 'string' ? value : null)

function read(action: Action, args: readonly string[]): { values: Values; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: options[action],
      allowPositionals: true,
    })
    return { values: values as Values, positionals }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return wrong(`${message.split('. ')[0] ?? message}.`.replace(/\.\.$/, '.'))
  }
}

/** null: help was asked for. */
export function parseProject(args: readonly string[]): ProjectCommand | null {
  const named = actions.find((action) => action === args[0])
  const action = named ?? 'list'
  const { values, positionals } = read(action, named === undefined ? args : args.slice(1))
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
