/** `descent space`, parsed. */
import { readArgs, text } from './action-args.ts'
import type { SpaceCommand } from './space.ts'
import { UsageError } from './usage-error.ts'

const options = {
  workspace: { type: 'string' },
  project: { type: 'string' },
  trim: { type: 'boolean' },
  keep: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const kept = ['both', 'best'] as const

const wrong = (message: string): never => {
  throw new UsageError(message, 'space')
}

export function parseSpace(
  args: readonly string[],
): SpaceCommand | { readonly command: 'help'; readonly about: 'space' } {
  const { values, positionals } = readArgs(options, args, 'space')
  if (values['help']) return { command: 'help', about: 'space' }
  if (positionals.length > 0) wrong(`“${positionals[0]}” is too much: it looks at a whole workspace.`)
  const [asked, trim] = [text(values['keep']), values['trim'] === true]
  const keep = kept.find((one) => one === asked) ?? null
  if (asked !== keep) wrong(`--keep is ${kept.join(' or ')}, not “${asked}”.`)
  if (values['project'] !== undefined && !trim) wrong('--project says whose checkpoints --trim deletes.')
  return {
    command: 'space',
    workspace: text(values['workspace']),
    trim,
    keep,
    project: text(values['project']),
    json: values['json'] === true,
  }
}
