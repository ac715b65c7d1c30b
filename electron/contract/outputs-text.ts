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

/** Below which confidence an answer is that it is none of the classes, found on the validation split. */
export const outsideSchema = z.strictObject({
  /** The place of the class that stands for none among the classes. */
  class: z.int().min(0),
  confidence: z.number().min(0).max(1),
  /** Validation rows of the other classes, and the share of them that is right without the bound, and with it. */
  rows: z.int(),
  before: z.number(),
  after: z.number(),
  /** Validation rows of none of the classes, and those of them that are found. */
  none: z.int(),
  found: z.int(),
})
export type Outside = z.infer<typeof outsideSchema>

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

export function outsideText(name: string, { confidence, rows, before, after, none, found }: Outside): string {
  const there =
    none === 0
      ? 'The validation split has none to find.'
      : `There ${formatPercent(found / none)} of ${plural(none, 'row')} of none of the classes are found.`
  return `“${name}” is answered where the network is less than ${formatPercent(confidence)} sure of every other class: of ${plural(rows, 'validation row')} of the others ${formatPercent(before)} are right without that, ${formatPercent(after)} with it. ${there}`
}

/** Of a split: the share of rows of the other classes that is right, and of those of none that is found. */
export function insideAndOutside(
  perClass: readonly { readonly support: number; readonly recall: number }[],
  { class: none }: Pick<Outside, 'class'>,
): {
  readonly accuracy: number
  readonly recall: number | null
  readonly rows: number
  readonly none: number
} {
  const inside = perClass.filter((_, k) => k !== none)
  const rows = inside.reduce((sum, { support }) => sum + support, 0)
  const hits = inside.reduce((sum, { support, recall }) => sum + support * recall, 0)
  const outside = perClass[none]
  return {
    accuracy: rows === 0 ? 0 : hits / rows,
    recall: outside === undefined || outside.support === 0 ? null : outside.recall,
    rows,
    none: outside?.support ?? 0,
  }
}

/** The same in words. */
export function insideText({ accuracy, recall, rows, none }: ReturnType<typeof insideAndOutside>): string {
  const found =
    recall === null
      ? 'there are none of no class'
      : `${formatPercent(recall)} of ${plural(none, 'row')} of none of the classes are found`
  return `On these rows: ${formatPercent(accuracy)} of ${plural(rows, 'row')} of the other classes are right, and ${found}.`
}

export const outputRangeText = (name: string, { least, most }: OutputRange): string =>
  `Predictions of “${name}” stay between ${formatNumber(least)} and ${formatNumber(most)}: what training saw, and a little more.`
