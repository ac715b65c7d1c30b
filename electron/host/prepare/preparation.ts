/** What was learned from the training split, as plain JSON: stored with the run, written into every export. */
import { z } from 'zod'
import {
  columnKindSchema,
  familySchema,
  isObject,
  parsers,
  selectedSchema,
  taskSchema,
} from '../../contract/index.ts'
import { sizeOfInput, type InputSpec } from '../model/input.ts'
import { describeSteps, fittedStepSchema } from './steps/index.ts'
import { featuresOf, fittedEncoderSchema, tensorOf, type Feature } from './encoders/index.ts'
import { fittedTargetSchema } from '../tasks/target.ts'
import { upgradePreparation } from './upgrades.ts'

export const preparationVersion = 4

const columnSchema = z.strictObject({
  name: z.string(),
  kind: columnKindSchema,
  /** What its cells were read by, and those of every later file are. Absent: text, or numbers of a version before 4. */
  parser: familySchema(parsers).optional(),
  /** Marks for what is missing that are values in this column. Absent: none. */
  notMissing: z.array(z.string()).min(1).optional(),
  steps: z.array(fittedStepSchema),
  encoder: fittedEncoderSchema,
})
export type PreparedColumn = z.infer<typeof columnSchema>

const preparation = z.strictObject({
  version: z.literal(preparationVersion),
  task: taskSchema,
  /** In the order in which they stand in their tensors. */
  columns: z.array(columnSchema).min(1),
  target: fittedTargetSchema,
  /** In the order of the classes or labels; null when the loss is not weighted. */
  classWeights: z.array(z.number()).nullable(),
  /** The column that says how much the loss of each row counts, and the mean that is divided by; null: all count the same. */
  weight: z.strictObject({ name: z.string(), mean: z.number() }).nullable(),
  /** Which features were chosen, and by what; absent: all. */
  selection: selectedSchema.optional(),
  trainRows: z.int(),
})
export type Preparation = z.infer<typeof preparation>

/** Those of earlier versions are read as well. */
export const preparationSchema = z.preprocess(
  (value) => (isObject(value) ? upgradePreparation(value) : value),
  preparation,
)

/** The tensors of an example: what the columns' encoders share stands once, side by side; pixels and tokens are by column. */
export function inputsOf({ columns }: Pick<Preparation, 'columns'>): InputSpec[] {
  const inputs: InputSpec[] = []
  for (const { name, encoder } of columns) {
    const tensor = tensorOf(encoder)
    const shared = inputs.find(({ kind }) => kind === tensor.kind)
    if (tensor.kind === 'numbers') {
      if (shared?.kind === 'numbers')
        inputs[inputs.indexOf(shared)] = { ...shared, width: shared.width + tensor.width }
      else inputs.push({ name: tensor.kind, ...tensor })
    } else if (tensor.kind === 'codes') {
      if (shared?.kind === 'codes')
        inputs[inputs.indexOf(shared)] = { ...shared, sizes: [...shared.sizes, ...tensor.sizes] }
      else inputs.push({ name: tensor.kind, ...tensor })
    } else inputs.push({ name: `${tensor.kind}.${name}`, ...tensor })
  }
  return inputs
}

/** The tensor that a column goes into, by name. */
export function inputNameOf({ name, encoder }: PreparedColumn): string {
  const { kind } = tensorOf(encoder)
  return kind === 'numbers' || kind === 'codes' ? kind : `${kind}.${name}`
}

/** Where the numbers of a column stand in each row of its tensor. */
export interface ColumnPlace {
  readonly input: string
  readonly offset: number
  readonly width: number
}

export function placesOf(columns: readonly PreparedColumn[]): ColumnPlace[] {
  const taken = new Map<string, number>()
  return columns.map((column) => {
    const input = inputNameOf(column)
    const offset = taken.get(input) ?? 0
    const width = sizeOfInput(tensorOf(column.encoder))
    taken.set(input, offset + width)
    return { input, offset, width }
  })
}

/** Everything that a network is given, with where it comes from and what becomes of it. */
export const featuresOfColumn = ({ name, steps, encoder }: PreparedColumn): Feature[] =>
  featuresOf(name, describeSteps(steps), encoder)

/** How the numbers of each tensor are called, in their order. */
export function namesInTensors(columns: readonly PreparedColumn[]): (input: string, place: number) => string {
  const places = placesOf(columns)
  return (input, place) => {
    const at = places.findIndex(
      (one) => one.input === input && place >= one.offset && place < one.offset + one.width,
    )
    const column = columns[at]
    if (column === undefined) return `${input}[${place}]`
    return featuresOfColumn(column)[place - places[at]!.offset]?.name ?? column.name
  }
}
