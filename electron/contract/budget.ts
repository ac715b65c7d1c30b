/** What a model takes, held against what it may take. */
import { z } from 'zod'
import { budgetOptions } from './definitions/budget.ts'
import { shapeOf, type ValuesOf } from './definitions/options.ts'
import { formatBytes, formatNumber, plural } from './format.ts'

export const budgetSchema = z.lazy(() => z.strictObject(shapeOf(budgetOptions)))
export type Budget = ValuesOf<typeof budgetOptions>

/** What was found out so far; null: nobody has measured it. */
export interface Taken {
  /** Of the parameters in float32; the averages of batch normalization are not counted. */
  readonly bytes: number
  /** In which 99 % of calls were answered. */
  readonly milliseconds: number | null
  /** Of how many calls that is; absent: of enough. */
  readonly calls?: number | null
}

/** A percentile of fewer says little. */
export const fewestCalls = 20

export const budgetLineSchema = z.object({
  of: z.enum(['size', 'time']),
  isWithin: z.boolean(),
  /** What it takes and may take, and where that is too much what to do. */
  text: z.string(),
})
export type BudgetLine = z.infer<typeof budgetLineSchema>

/** What a size is held against, in bytes. */
export const bytesAllowed = ({ megabytes }: Pick<Budget, 'megabytes'>): number => megabytes * 2 ** 20

/** `taker`: “The weights take”. `otherwise`: the end of the sentence, and what to do, where it is too much. */
export const sizeText = (taker: string, bytes: number, allowed: number, otherwise: string): string =>
  bytes <= allowed
    ? `${taker} ${formatBytes(bytes)} of the ${formatBytes(allowed)} that the budget allows.`
    : `${taker} ${formatBytes(bytes)}, and the budget allows ${formatBytes(allowed)}${otherwise}`

/** Parts of float32 that lighter weights take, of which the numbers are nearly all. */
const lighter = [
  { name: 'float16', part: 1 / 2 },
  { name: 'int8', part: 1 / 4 },
] as const

const ms = (value: number): string => `${formatNumber(value, 3)} ms`

function sizeLine(bytes: number, allowed: number): BudgetLine {
  const fits = lighter.filter(({ part }) => bytes * part <= allowed)
  const way =
    fits.length === 0
      ? 'Choose a smaller network: even as int8 they would take about ' + formatBytes(bytes / 4)
      : `Choose a smaller network, or export it with weights as ${fits.map(({ name, part }) => `${name} (about ${formatBytes(bytes * part)})`).join(' or ')}`
  return {
    of: 'size',
    isWithin: bytes <= allowed,
    text: sizeText('The weights take', bytes, allowed, `. ${way}.`),
  }
}

function timeLine(
  milliseconds: number,
  { milliseconds: allowed, rows }: Budget,
  timed: number | null,
): BudgetLine {
  const isWithin = milliseconds <= allowed
  const calls = `99 % of calls with ${plural(rows, 'row')}`
  const few =
    timed === null || timed >= fewestCalls
      ? ''
      : ` Only ${plural(timed, 'call')} ${timed === 1 ? 'was' : 'were'} timed.`
  return {
    of: 'time',
    isWithin,
    text: isWithin
      ? `${calls} stay below ${ms(milliseconds)}; the budget allows ${ms(allowed)}.${few}`
      : `${calls} take up to ${ms(milliseconds)}, and the budget allows ${ms(allowed)}.${few} Choose a smaller network${rows > 1 ? ', or ask about fewer rows at once' : ''}; lighter weights are not quicker.`,
  }
}

/** What is limited and known, size first. Nothing where nothing is limited. */
export function budgetLines(
  budget: Budget | null | undefined,
  { bytes, milliseconds, calls = null }: Taken,
): BudgetLine[] {
  if (!budget) return []
  return [
    ...(budget.megabytes > 0 ? [sizeLine(bytes, bytesAllowed(budget))] : []),
    ...(budget.milliseconds > 0 && milliseconds !== null ? [timeLine(milliseconds, budget, calls)] : []),
  ]
}

/** Whether the time of an answer is limited, so that somebody has to measure it. */
export const limitsTime = (budget: Budget | null | undefined): budget is Budget =>
  budget !== null && budget !== undefined && budget.milliseconds > 0
