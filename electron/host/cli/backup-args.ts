/** `descent backup` and `descent restore`, parsed. */
import { backupEnding } from '../../contract/index.ts'
import { readArgs, text } from './action-args.ts'
import { UsageError } from './usage-error.ts'

export interface BackupCommand {
  readonly command: 'backup'
  readonly workspace: string | null
  /** null: called by the day, in the folder where one is. */
  readonly out: string | null
  readonly overwrite: boolean
  readonly json: boolean
}
export interface RestoreCommand {
  readonly command: 'restore'
  readonly file: string
  readonly out: string
  readonly json: boolean
}
interface Help<About> {
  readonly command: 'help'
  readonly about: About
}

const shared = {
  out: { type: 'string', short: 'o' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const
const backupOptions = {
  ...shared,
  overwrite: { type: 'boolean' },
  workspace: { type: 'string' },
} as const

export function parseBackup(args: readonly string[]): BackupCommand | Help<'backup'> {
  const { values, positionals } = readArgs(backupOptions, args, 'backup')
  if (values['help']) return { command: 'help', about: 'backup' }
  if (positionals.length > 0)
    throw new UsageError(`“${positionals[0]}” is too much: say by --out which file to write.`, 'backup')
  return {
    command: 'backup',
    workspace: text(values['workspace']),
    out: text(values['out']),
    overwrite: values['overwrite'] === true,
    json: values['json'] === true,
  }
}

export function parseRestore(args: readonly string[]): RestoreCommand | Help<'restore'> {
  const { values, positionals } = readArgs(shared, args, 'restore')
  if (values['help']) return { command: 'help', about: 'restore' }
  const [file, more] = positionals
  const out = text(values['out'])
  if (file === undefined) throw new UsageError(`Name the file: what ends with ${backupEnding}.`, 'restore')
  if (more !== undefined) throw new UsageError(`“${more}” is too much: one backup is restored.`, 'restore')
  if (out === null)
    throw new UsageError('Say by --out which folder it becomes: one that is not there yet.', 'restore')
  return { command: 'restore', file, out, json: values['json'] === true }
}
