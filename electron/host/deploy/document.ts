/** model.json: everything beside the weights that a prediction needs, and where the model came from. */
import { z } from 'zod'
import {
  backendSchema,
  besideBaselinesSchema,
  columnKindSchema,
  metricsSchema,
  familySchema,
  latencySchema,
  metricIntervalSchema,
  networks,
  severities,
  storedRecipeSchema,
  taskSchema,
} from '../../contract/index.ts'
import { uncertaintySchema } from '../evaluate/uncertainty.ts'
import { rangesSchema } from '../evaluate/ranges.ts'
import { referenceSchema } from '../evaluate/reference.ts'
import { preparationSchema } from '../prepare/preparation.ts'

/** Version 1 knew tables only, version 2 a fixed preparation for each kind of data: both are read as what they say today. */
export const formatVersion = 3

export const modelDocumentSchema = z.object({
  format: z.literal('descent-model'),
  formatVersion: z.literal([1, 2, formatVersion]),
  name: z.string(),
  /** Milliseconds since the epoch. */
  createdAt: z.number(),
  task: taskSchema,
  target: z.string(),
  classes: z.array(z.string()).nullable(),
  inputs: z.array(z.object({ name: z.string(), kind: columnKindSchema })),
  /** `inputs`: numbers that the network is given of one example. */
  architecture: z.object({ model: familySchema(networks), inputs: z.int().min(1), outputs: z.int().min(1) }),
  preparation: preparationSchema,
  /** How sure predictions are; absent in earlier models, and of tasks that have nothing of the kind. */
  uncertainty: uncertaintySchema.optional(),
  /** Of the training rows; absent in earlier models. */
  ranges: rangesSchema.optional(),
  /** What the training rows were like, for new ones to be held against; absent in earlier models. */
  reference: referenceSchema.optional(),
  /** How long answers take; absent: nobody has measured it. */
  latency: latencySchema.optional(),
  weights: z.object({
    file: z.literal('model.safetensors'),
    /** Of the file's bytes, hex. */
    sha256: z.string(),
    parameters: z.int(),
  }),
  provenance: z.object({
    runId: z.string(),
    recipe: storedRecipeSchema,
    dataFile: z.string(),
    /** Whether that file had a header; null: unknown. */
    header: z.boolean().nullable(),
    /** In which encoding it was read; null, and absent in earlier models: not known. */
    encoding: z.string().nullable().default(null),
    /** How the lines of texts were written (kinds/text/label-style.ts); absent in earlier models, and of other data. */
    texts: z
      .object({
        separator: z.enum([' ', '\t', ',']),
        header: z.boolean(),
        last: z.literal(true).optional(),
        joined: z.literal([true, 'counted']).optional(),
        keys: z.object({ label: z.string(), text: z.string() }).optional(),
      })
      .optional(),
    dataSha256: z.string(),
    /** Of the project's data; null, and absent in earlier models: not known. */
    dataVersion: z.int().nullable().default(null),
    trainRows: z.int(),
    engineVersion: z.string(),
    backend: backendSchema,
    device: z.string(),
    bestEpoch: z.int(),
    test: metricsSchema.nullable(),
    /** Between which values these may be, and what stands beside them on the same rows; absent in earlier models, and where it is not known. */
    intervals: z.record(z.string(), metricIntervalSchema).optional(),
    beside: besideBaselinesSchema.omit({ runId: true }).optional(),
    /** What was looked for in the network on the rows of a split, and what was found; absent in earlier models, and where nobody looked. */
    checks: z
      .object({
        split: z.enum(['validation', 'test']),
        made: z.array(z.string()),
        found: z.array(z.object({ name: z.string(), severity: z.enum(severities), message: z.string() })),
      })
      .optional(),
  }),
})
export type ModelDocument = z.infer<typeof modelDocumentSchema>
