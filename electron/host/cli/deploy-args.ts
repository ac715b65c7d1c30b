/** `descent deploy`, parsed. */
import { readArgs, text } from './action-args.ts'
import { readCoverage } from './coverage.ts'
import { threadsOf } from './threads.ts'
import { UsageError } from './usage-error.ts'

export interface DeployCommand {
  readonly command: 'deploy'
  readonly model: string
  readonly host: string
  readonly port: number
  /** null: none was said. */
  readonly token: string | null
  /** Of how many rows the truth is to be within what is said beside a prediction; null: nothing is. */
  readonly coverage: number | null
  readonly threads: number | null
}

const options = {
  port: { type: 'string' },
  host: { type: 'string' },
  token: { type: 'string' },
  coverage: { type: 'string' },
  threads: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

const shortestToken = 16

const wrong = (message: string): never => {
  throw new UsageError(message, 'deploy')
}

/** `environment`: a token may stand there, where no list of processes shows it. null: help was asked for. */
export function parseDeploy(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): DeployCommand | null {
  const { values, positionals } = readArgs(options, args, 'deploy')
  if (values['help']) return null
  const [model, ...more] = positionals
  if (model === undefined || more.length > 0) return wrong('Name one model folder.')
  const port = text(values['port']) ?? '8080'
  if (!/^\d+$/.test(port) || Number(port) > 65_535)
    return wrong(`“${port}” is not a port: give a number from 0 to 65535.`)
  const token = text(values['token']) ?? environment['DESCENT_TOKEN'] ?? null
  if (token !== null && (token.length < shortestToken || /\s/.test(token)))
    return wrong(`A token has at least ${shortestToken} characters and no blanks, so that nobody guesses it.`)
  return {
    command: 'deploy',
    model,
    host: text(values['host']) ?? '127.0.0.1',
    port: Number(port),
    token,
    coverage: readCoverage(text(values['coverage']) ?? undefined, 'deploy'),
    threads: threadsOf(text(values['threads']) ?? undefined, 'deploy'),
  }
}
