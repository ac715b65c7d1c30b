/** `descent latency`, parsed. */
import { latencyOptions, type LatencyOptions } from '../../contract/index.ts'
import { readArgs, text } from './action-args.ts'
import { optionsOf } from './chosen.ts'
import { threadsOf } from './threads.ts'
import { UsageError } from './usage-error.ts'

export interface LatencyCommand {
  readonly command: 'latency'
  readonly model: string
  readonly options: LatencyOptions
  readonly threads: number | null
  readonly json: boolean
}

const flags = {
  set: { type: 'string', multiple: true },
  threads: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const wrong = (message: string): never => {
  throw new UsageError(message, 'latency')
}

/** null: help was asked for. */
export function parseLatency(args: readonly string[]): LatencyCommand | null {
  const { values, positionals } = readArgs(flags, args, 'latency')
  if (values['help']) return null
  const [model, ...more] = positionals
  if (model === undefined || more.length > 0) return wrong('Name one model folder.')
  const set = values['set']
  return {
    command: 'latency',
    model,
    options: optionsOf(latencyOptions, Array.isArray(set) ? set : [], 'latency'),
    threads: threadsOf(text(values['threads']) ?? undefined, 'latency'),
    json: values['json'] === true,
  }
}
