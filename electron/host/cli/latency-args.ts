/** `descent latency`, parsed. */
import { z } from 'zod'
import { latencyOptions, shapeOf, type LatencyOptions } from '../../contract/index.ts'
import { parseValue } from '../recipes/overrides.ts'
import { readArgs, text } from './action-args.ts'
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

const schema = z.strictObject(shapeOf(latencyOptions))
const wrong = (message: string): never => {
  throw new UsageError(message, 'latency')
}

function optionsOf(set: readonly string[]): LatencyOptions {
  const settings = set.map((setting): [string, unknown] => {
    const equals = setting.indexOf('=')
    const name = setting.slice(0, Math.max(0, equals)).trim()
    if (Object.hasOwn(latencyOptions, name)) return [name, parseValue(setting.slice(equals + 1))]
    return wrong(
      `“${setting}” sets nothing here: there are ${Object.keys(latencyOptions).join(', ')}, each as NAME=VALUE.`,
    )
  })
  const parsed = schema.safeParse(Object.fromEntries(settings))
  return parsed.success
    ? parsed.data
    : wrong(parsed.error.issues[0]?.message ?? 'The settings make no sense.')
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
    options: optionsOf(Array.isArray(set) ? set : []),
    threads: threadsOf(text(values['threads']) ?? undefined, 'latency'),
    json: values['json'] === true,
  }
}
