/** `descent explain`, parsed. */
import { explanations, namesIn, type ExplanationName, type Limits } from '../../contract/index.ts'
import { readArgs, text } from './action-args.ts'
import { readLimits } from './limits.ts'
import { threadsOf } from './threads.ts'
import { UsageError } from './usage-error.ts'

export interface ExplainCommand {
  readonly command: 'explain'
  readonly model: string
  readonly data: string
  /** Counted from 1. */
  readonly row: number
  /** null: the usual one for such data. */
  readonly by: ExplanationName | null
  readonly set: readonly string[]
  /** null: what is predicted. */
  readonly answer: string | null
  /** The column that is gone through; null: a row is explained. */
  readonly column: string | null
  readonly threads: number | null
  readonly limits: Limits
  readonly json: boolean
}

const options = {
  row: { type: 'string' },
  by: { type: 'string' },
  set: { type: 'string', multiple: true },
  answer: { type: 'string' },
  column: { type: 'string' },
  threads: { type: 'string' },
  limit: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const wrong = (message: string): never => {
  throw new UsageError(message, 'explain')
}

const list = (value: unknown): readonly string[] => (Array.isArray(value) ? (value as string[]) : [])

/** null: help was asked for. */
export function parseExplain(args: readonly string[]): ExplainCommand | null {
  const { values, positionals } = readArgs(options, args, 'explain')
  if (values['help']) return null
  const [model, data, ...more] = positionals
  if (model === undefined || data === undefined || more.length > 0)
    return wrong('Give a model folder and one file with the row to explain.')
  const row = text(values['row'])
  if (row !== null && !/^[1-9]\d{0,9}$/.test(row))
    return wrong(`--row is a whole number from 1; not “${row}”.`)
  const asked = text(values['by'])
  const by = namesIn(explanations).find((name) => name === asked) ?? null
  if (asked !== null && by === null)
    return wrong(`--by is one of ${namesIn(explanations).join(', ')}; not “${asked}”.`)
  const column = text(values['column'])
  const set = list(values['set'])
  if (column !== null && ((row ?? asked) !== null || set.length > 0))
    return wrong('--column goes through all rows of the file: leave out --row, --by and --set.')
  return {
    command: 'explain',
    model,
    data,
    row: Number(row ?? 1),
    by,
    set,
    answer: text(values['answer']),
    column,
    threads: threadsOf(text(values['threads']) ?? undefined, 'explain'),
    limits: readLimits([...list(values['limit'])], 'explain'),
    json: values['json'] === true,
  }
}
