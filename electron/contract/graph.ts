/** The computational graph: of one real batch of a project's training, or of an expression in the graph lab. */
import { z } from 'zod'
import { schemaOf, whole } from './definitions/options.ts'
import { idSchema } from './entities.ts'

/** What a graph is made of, beside the recipe. */
export const graphOptions = {
  batchSize: whole({
    label: 'Examples in the batch',
    help: 'How many training examples go through the network for the graph. The graph has the same operations for any number; its values are those of this batch.',
    least: 1,
    most: 64,
    start: 8,
  }),
}

/** Which of the weights that a run keeps. */
export const graphCheckpoints = {
  best: { label: 'best checkpoint' },
  last: { label: 'last checkpoint' },
} as const
export type GraphCheckpoint = keyof typeof graphCheckpoints
export const graphCheckpointNames = Object.keys(graphCheckpoints) as GraphCheckpoint[]

/** Whose weights the network has; null: those that training begins with. */
export const graphWeightsSchema = z
  .strictObject({ runId: idSchema, checkpoint: z.enum(graphCheckpointNames) })
  .nullable()
export type GraphWeights = z.infer<typeof graphWeightsSchema>

export const batchGraphSchema = z.strictObject({
  projectId: idSchema,
  batchSize: schemaOf(graphOptions.batchSize),
  weights: graphWeightsSchema,
})
export type BatchGraph = z.infer<typeof batchGraphSchema>

/** Of a tensor's elements; all but `elements` and `notFinite` of those that are finite, null where none is. */
export const tensorStatisticsSchema = z.object({
  elements: z.int(),
  mean: z.number().nullable(),
  std: z.number().nullable(),
  least: z.number().nullable(),
  most: z.number().nullable(),
  /** Root of the mean square. */
  size: z.number().nullable(),
  /** Share, 0 to 1. */
  zeros: z.number().nullable(),
  notFinite: z.int(),
})
export type TensorStatistics = z.infer<typeof tensorStatisticsSchema>

export const valueKinds = ['input', 'parameter', 'buffer', 'constant', 'computed'] as const

export const graphValueSchema = z.object({
  id: z.int(),
  kind: z.enum(valueKinds),
  /** A weight's in the network, an input's in the data; null for what is computed and has no name. */
  name: z.string().nullable(),
  shape: z.array(z.int()).readonly(),
  dtype: z.string(),
  /** The node that computed it. */
  producer: z.int().nullable(),
  forward: tensorStatisticsSchema,
  /** Of ∂loss/∂value; null: the loss does not depend on it, or no gradient flows there. */
  gradient: tensorStatisticsSchema.nullable(),
})
export type GraphValueInfo = z.infer<typeof graphValueSchema>

export const graphNodeSchema = z.object({
  id: z.int(),
  op: z.string(),
  /** The options it was called with, as text. */
  options: z.string(),
  /** Dotted; '' outside of layers. */
  module: z.string(),
  moduleType: z.string(),
  inputs: z.array(z.int()).readonly(),
  outputs: z.array(z.int()).readonly(),
  multiplyAdds: z.number(),
})
export type GraphNodeInfo = z.infer<typeof graphNodeSchema>

export const graphEdgeSchema = z.object({
  from: z.int(),
  to: z.int(),
  node: z.int(),
  /** Of ∂to/∂from, where `to` has several elements of the derivative of their sum; null: no gradient flows, or not measured. */
  local: tensorStatisticsSchema.nullable(),
})
export type GraphEdgeInfo = z.infer<typeof graphEdgeSchema>

export const computationGraphSchema = z.object({
  nodes: z.array(graphNodeSchema).readonly(),
  values: z.array(graphValueSchema).readonly(),
  edges: z.array(graphEdgeSchema).readonly(),
  /** The value that all gradients are of. */
  loss: z.int(),
  /** Edges whose local gradient was not measured, because there are too many. */
  unmeasured: z.int(),
})
export type ComputationGraph = z.infer<typeof computationGraphSchema>

/** `key`: of all that it was made of. Who asks for its numbers gives it back, so that they are never those of another. */
export const keyedGraphSchema = computationGraphSchema.extend({ key: z.string() })
export type KeyedGraph = z.infer<typeof keyedGraphSchema>
export const builtGraphSchema = batchGraphSchema.extend({ key: z.string().max(100) })

/** Numbers of one tensor, in full where they are few. JSON has no NaN and no infinities: null stands for these. */
export const tensorNumbersSchema = z.object({
  /** Row-major, the first of them. */
  numbers: z.array(z.number().nullable()).readonly(),
  /** Counts between `edges`, of the finite elements; null where all of them are the same. */
  histogram: z.object({ edges: z.array(z.number()), counts: z.array(z.int()) }).nullable(),
})
export type TensorNumbers = z.infer<typeof tensorNumbersSchema>
export const valueNumbersSchema = z.object({
  value: tensorNumbersSchema,
  gradient: tensorNumbersSchema.nullable(),
})
export type ValueNumbers = z.infer<typeof valueNumbersSchema>

export const gradientPathSchema = z.object({
  steps: z
    .array(z.object({ node: z.int(), from: z.int(), to: z.int(), element: z.int(), derivative: z.number() }))
    .readonly(),
  product: z.number(),
})
export type GradientPathInfo = z.infer<typeof gradientPathSchema>

export const gradientPathsSchema = z.object({
  value: z.int(),
  element: z.int(),
  paths: z.array(gradientPathSchema).readonly(),
  /** The sum of all that are not listed. */
  remainder: z.number(),
  complete: z.boolean(),
  /** What backward gives. */
  gradient: z.number(),
})
export type GradientPaths = z.infer<typeof gradientPathsSchema>

// ---- the graph lab ----

/** A variable of an expression: a number, or a list of them. */
export const labVariableSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[\p{L}_][\p{L}\p{N}_]*$/u)
    .max(40),
  value: z.union([z.number(), z.array(z.number()).min(1).max(64)]),
})
export type LabVariable = z.infer<typeof labVariableSchema>

export const labProgramSchema = z.strictObject({
  source: z.string().max(4000),
  variables: z.array(labVariableSchema).max(50),
})
export type LabProgram = z.infer<typeof labProgramSchema>

/** What is wrong with an expression, and where. */
export const labProblemSchema = z.object({
  message: z.string(),
  /** What to write instead; null: nobody knows. */
  suggestion: z.string().nullable(),
  /** In the source, from 0; null: it is about the whole. */
  start: z.int().nullable(),
  end: z.int().nullable(),
})
export type LabProblem = z.infer<typeof labProblemSchema>

export const labAnswerSchema = z.object({
  /** Names that the source reads and does not define, in order. */
  free: z.array(z.string()),
  problem: labProblemSchema.nullable(),
  graph: computationGraphSchema.nullable(),
})
export type LabAnswer = z.infer<typeof labAnswerSchema>
