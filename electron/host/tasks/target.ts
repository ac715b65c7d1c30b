/** What was learned of a target from the training split, as plain JSON. */
import { z } from 'zod'
import { outputRangeSchema, outsideSchema, temperatureSchema } from '../../contract/index.ts'
import { fittedStepSchema } from '../prepare/steps/index.ts'

const classesSchema = z.strictObject({
  kind: z.literal('classes'),
  name: z.string(),
  /** In the order of the network's outputs; of two, the second is the one that is looked for. */
  classes: z.array(z.string()),
  /** Of two: from which probability on the second is predicted, chosen on the validation split; absent: one half. */
  threshold: z.number().min(0).max(1).optional(),
  /** What the network's outputs are divided by, where that was looked for. */
  temperature: temperatureSchema.optional(),
  /** Of several: which one stands for none of the others, and below which confidence it is answered. */
  outside: outsideSchema.optional(),
})
const labelsSchema = z.strictObject({
  kind: z.literal('labels'),
  /** What stands between the labels that one column lists; null: each has a column of its own. */
  separator: z.string().nullable(),
  labels: z.array(
    z.strictObject({
      label: z.string(),
      column: z.string(),
      /** What its column says, or lists, where an example has the label. */
      value: z.string(),
      /** What it says where the example has not; null where labels are listed. */
      otherwise: z.string().nullable(),
    }),
  ),
})
const numbersSchema = z.strictObject({
  kind: z.literal('numbers'),
  columns: z.array(
    z.strictObject({
      name: z.string(),
      /** Of the training split, in the target's own unit: what a model that has learned nothing says. */
      mean: z.number(),
      /** What it goes through before a network learns it. */
      steps: z.array(fittedStepSchema),
      /** What predictions stay within, in the target's own unit; absent: anything is said. */
      range: outputRangeSchema.optional(),
    }),
  ),
})

export const fittedTargetSchema = z.discriminatedUnion('kind', [classesSchema, labelsSchema, numbersSchema])
export type FittedTarget = z.infer<typeof fittedTargetSchema>
export type TargetKind = FittedTarget['kind']
export type FittedTargetOf<K extends TargetKind> = Extract<FittedTarget, { kind: K }>

/** The columns that it was made of. */
export function namesOfTarget(target: FittedTarget): string[] {
  switch (target.kind) {
    case 'classes':
      return [target.name]
    case 'labels':
      return [...new Set(target.labels.map(({ column }) => column))]
    case 'numbers':
      return target.columns.map(({ name }) => name)
  }
}

/** What its classes or labels are called; null: it has numbers. */
export function classesOfTarget(target: FittedTarget): string[] | null {
  if (target.kind === 'classes') return target.classes
  return target.kind === 'labels' ? target.labels.map(({ label }) => label) : null
}
