/** What is done with a network's outputs once it is trained, in words. */
import { z } from 'zod'
import { formatNumber, formatPercent, plural } from './format.ts'

/** What the outputs of a network for classes are divided by, found on the validation split. 1: another one would be no better. */
export const temperatureSchema = z.strictObject({
  value: z.number().positive(),
  /** Validation rows that it was looked for on. */
  rows: z.int(),
  /** Log loss on these, as the network says it and with the temperature. */
  before: z.number(),
  after: z.number(),
})
export type Temperature = z.infer<typeof temperatureSchema>

/** What a prediction of a number stays within, in the unit of its target. */
export const outputRangeSchema = z.strictObject({ least: z.number(), most: z.number() })
export type OutputRange = z.infer<typeof outputRangeSchema>

export function temperatureText({ value, rows, before, after }: Temperature): string {
  const where = `on ${plural(rows, 'validation row')}`
  if (value === 1)
    return `Probabilities are left as the network says them: ${where} no temperature is better by more than chance.`
  const [more, why] = value > 1 ? ['less', 'too sure'] : ['more', 'not sure enough']
  return `Probabilities are made ${more} extreme by a temperature of ${formatNumber(value)}, for the network was ${why}: log loss ${where} ${formatNumber(before)} before, ${formatNumber(after)} after (${formatPercent(1 - after / before)} less).`
}

export const outputRangeText = (name: string, { least, most }: OutputRange): string =>
  `Predictions of “${name}” stay between ${formatNumber(least)} and ${formatNumber(most)}: what training saw, and a little more.`
