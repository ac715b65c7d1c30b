/** `--filter`, `--derive` and `--join`: what becomes of a table once it is read, in the order given. */
import {
  begin,
  deriveColumn,
  filterRows,
  joinTable,
  shaping,
  toldOf,
  type ShapingStep,
} from '../../contract/index.ts'
import type { CommandName } from './help.ts'
import { UsageError } from './usage-error.ts'

/** What a command says about it. */
export interface ShapingFlags {
  readonly shape: readonly ShapingStep[]
}

const flag = { type: 'string', multiple: true } as const
/** For parseArgs. */
export const shapingFlags = { filter: flag, derive: flag, join: flag, on: flag, prefix: flag } as const

/** As parseArgs gives them, in their order. */
interface Token {
  readonly kind: string
  readonly name?: string
  readonly value?: string | undefined
}

/** “bmi = weight / (height * height)”: the first = that stands alone ends the name. */
function derived(text: string, about: CommandName): ShapingStep {
  const [, name, expression] = /^([^=<>!]+?)\s*=(?!=)\s*(.+)$/s.exec(text.trim()) ?? []
  if (name === undefined || expression === undefined)
    throw new UsageError(`--derive wants "NAME = EXPRESSION"; not “${text}”.`, about)
  const plain = /^"(.*)"$/.exec(name)?.[1]?.replaceAll('""', '"') ?? name
  return begin(shaping, deriveColumn.name, { as: plain, expression })
}

/** Throws a UsageError that says what would be right. */
export function readShaping(tokens: readonly Token[], about: CommandName): ShapingFlags {
  const shape: ShapingStep[] = []
  for (const { kind, name, value } of tokens) {
    if (kind !== 'option' || value === undefined) continue
    if (name === 'filter') shape.push(begin(shaping, filterRows.name, { where: value }))
    if (name === 'derive') shape.push(derived(value, about))
    if (name === 'join') shape.push(begin(shaping, joinTable.name, { path: value }))
    if (name !== 'on' && name !== 'prefix') continue
    const last = shape.at(-1)
    if (last === undefined || !('on' in last))
      throw new UsageError(`--${name} is about a --join, which stands before it.`, about)
    const columns = value.split(',').map((column) => column.trim())
    shape[shape.length - 1] =
      name === 'on' ? { ...last, on: [...last.on, ...columns] } : { ...last, prefix: value }
  }
  const lacking = shape.find((step) => 'on' in step && step.on.length === 0)
  if (lacking !== undefined)
    throw new UsageError(
      `${toldOf(lacking).replace(/ on $/, '')}: say by --on which column both tables have.`,
      about,
    )
  return { shape }
}

/** Lines for `--help`. */
export const shapingHelp: string = [
  ['--filter CONDITION', 'only rows that fulfill it, e.g. "age >= 18 AND city = \'Rome\'"'],
  ['--derive "N = EXPR"', 'a new column, e.g. "bmi = weight / (height * height)"'],
  ['--join FILE', 'columns of a second table beside the rows they are about; with'],
  ['--on COLUMN', 'the column that both have, or “customer = id”; several by commas'],
  ['--prefix TEXT', 'and what stands before the names of the columns that are joined'],
]
  .map(([usage = '', label = '']) => `      ${usage.padEnd(20)}${label}`)
  .join('\n')
