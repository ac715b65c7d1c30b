/** What the host tells the window about: projects, data, runs, models. */
import { z } from 'zod'
import { rowFilterSchema } from './row-filter.ts'
import { computingInForceSchema } from './computing.ts'
import { dataKindSchema } from './data-kind.ts'
import { findingSchema } from './findings.ts'
import { metricDifferenceSchema, metricIntervalSchema } from './intervals.ts'
import { networkDocumentSchema, networkProblemSchema } from './network.ts'
import { outputRangeSchema, outsideSchema, temperatureSchema } from './outputs-text.ts'
import { namesIn } from './definitions/define.ts'
import { stepNames } from './step-names.ts'
import { exportFormats } from './definitions/exports.ts'
import { networkFactsSchema } from './definitions/starting-points.ts'
import { shapeOf } from './definitions/options.ts'
import { thresholdOptions } from './definitions/target.ts'
import { taskSchema } from './definitions/tasks.ts'
import { columnKindSchema, columnSchema } from './column.ts'
import { modelFieldSchema } from './explained.ts'
import { budgetLineSchema } from './budget.ts'
import { latencySchema } from './latency.ts'
import { dataVersionSchema } from './corrections.ts'
import { backendSchema, recipeSchema } from './recipe.ts'
import { shapedSchema } from './shaped.ts'
import { histogramSchema } from './histogram.ts'
import { shownTextsSchema } from './shown-texts.ts'
import { textProfileSchema } from './text-profile.ts'
import { pictureProfileSchema } from './picture-profile.ts'

export const idSchema = z.string().min(1).max(64)
/** Milliseconds since the epoch. */
const time = z.number()

export const stepSchema = z.enum(stepNames)
export type StepName = z.infer<typeof stepSchema>

// ---- data ----

export const rejectedRowSchema = z.object({ line: z.int(), reason: z.string(), text: z.string() })
export const sourceFileSchema = z.object({
  name: z.string(),
  /** `index`: of pictures that had files of their own, their names and labels, in the order of their pixels. */
  role: z.enum(['images', 'labels', 'text', 'index']),
  part: z.enum(['train', 'validation', 'test']),
  /** Of a table: the column whose cells name what is in it. */
  column: z.string().optional(),
  bytes: z.number(),
  /** Of the file's bytes, hex: the name under which the workspace keeps them. */
  sha256: z.string(),
})
export type SourceFile = z.infer<typeof sourceFileSchema>

export const readingDecisionSchema = z.object({
  /** Of the options of reading (definitions/reading.ts). */
  option: z.string(),
  value: z.string(),
  /** null: it goes without saying. */
  evidence: z.string().nullable(),
  /** A person decided it. */
  given: z.boolean(),
  /** What else it could be, by its name: the sheets of a workbook, the tables of a database. */
  choices: z.array(z.string()).optional(),
})

/** Where a file came from that was fetched. */
export const fetchedSchema = z.object({
  /** As the person gave it. */
  address: z.string(),
  /** Where it led, one after the other. */
  redirects: z.array(z.string()),
  at: time,
  /** What the server said about its version. */
  etag: z.string().nullable(),
  modified: z.string().nullable(),
})
export type Fetched = z.infer<typeof fetchedSchema>

export const receiptSchema = z.object({
  /** Receipts from before there were kinds are those of tables. */
  kind: dataKindSchema.default('table'),
  path: z.string(),
  fileName: z.string(),
  /** Absent: the file was on this machine. */
  fetched: fetchedSchema.optional(),
  /** Of a table: what its file is (definitions/formats.ts); absent: text. */
  format: z.string().optional(),
  bytes: z.number(),
  /** sha256 of the file's bytes, hex; of several files, of the list of theirs. */
  sha256: z.string(),
  /** The files this data is made of, kept as they are; a table is kept in a form of its own. */
  files: z.array(sourceFileSchema).default([]),
  /** null where the files hold no text. */
  encoding: z.string().nullable(),
  /** null where there are no columns to separate. */
  delimiter: z.string().nullable(),
  header: z.boolean(),
  rowsRead: z.int(),
  rowsRejected: z.int(),
  /** The first rejected rows; `rowsRejected` counts them all. */
  rejected: z.array(rejectedRowSchema),
  /** Of texts: where a line has its label and its text, as far as it is not at the beginning and behind a `delimiter`. */
  texts: z
    .object({
      last: z.boolean(),
      keys: z.object({ label: z.string(), text: z.string() }).nullable(),
      /** Absent, as in data that an earlier version imported: any quote opens a field, and a line of JSON may be no longer than a text. */
      rules: z.literal(2).optional(),
    })
    .optional(),
  /** Rows that are read otherwise than they stand; the first of them. */
  rowsChanged: z.int().default(0),
  changed: z.array(rejectedRowSchema).default([]),
  /** What was decided about how the file is read, and why; of tables. */
  layout: z.array(readingDecisionSchema).default([]),
  /** What the steps of its shape did to the table, in their order; absent: there are none. */
  shape: z.array(shapedSchema).optional(),
  /** Sentences about what the import changed or noticed: renamed headers, infinities read as missing… */
  notes: z.array(z.string()),
  /** Of a table: the file of its own that the test rows came from, which are the last of the table; absent: there is none. */
  test: z
    .object({
      path: z.string(),
      fileName: z.string(),
      bytes: z.number(),
      /** Of its bytes, hex. */
      sha256: z.string(),
      rows: z.int(),
      rowsRejected: z.int(),
      rejected: z.array(rejectedRowSchema),
    })
    .optional(),
  seconds: z.number(),
})
export type Receipt = z.infer<typeof receiptSchema>

export const datasetSchema = z.object({
  id: idSchema,
  receipt: receiptSchema,
  rows: z.int(),
  /** As inferred; the recipe holds the user's choice. */
  columns: z.array(columnSchema),
  version: dataVersionSchema,
})
export type Dataset = z.infer<typeof datasetSchema>

const cell = z.union([z.string(), z.number(), z.null()])
export const tablePageSchema = z.object({
  columns: z.array(z.string()),
  rows: z.array(z.array(cell)),
  offset: z.int(),
  total: z.int(),
})
export type TablePage = z.infer<typeof tablePageSchema>

/** Rows of a version of the data. */
export const dataPageSchema = tablePageSchema.extend({
  /** Of each row, its number in the import; appended rows count on. */
  numbers: z.array(z.int()),
  /** Cells that were imported otherwise, by the row's number. */
  corrected: z.array(z.object({ row: z.int(), column: z.string(), was: z.string().nullable() })),
})
export type DataPage = z.infer<typeof dataPageSchema>

/** A picture as a `data:` address. */
const shown = z.string()
export const thumbnailSchema = z.object({
  /** As its cell calls it. */
  name: z.string(),
  /** As the network gets it; null: there is none. */
  shown: shown.nullable(),
})
export type Thumbnail = z.infer<typeof thumbnailSchema>

export const wholePictureSchema = z.object({
  name: z.string(),
  /** As the network gets it. */
  seen: z.object({ shown, width: z.int(), height: z.int(), channels: z.int() }),
  /** The file, where it still is; null: it is not, or the pixels above are all there ever were. */
  file: z
    .object({
      /** Of large ones, brought to a size that a screen can show. */
      shown,
      width: z.int(),
      height: z.int(),
      format: z.string(),
      bytes: z.number(),
    })
    .nullable(),
  /** What there is to say of it, e.g. that its file is gone. */
  notes: z.array(z.string()),
})
export type WholePicture = z.infer<typeof wholePictureSchema>

/** Pictures by class, the most frequent first. */
export const gallerySchema = z.object({
  classes: z.array(
    z.object({
      label: z.string(),
      count: z.int(),
      /** Some of them, evenly taken, by their names; and their numbers in the import. */
      names: z.array(z.string()),
      numbers: z.array(z.int()),
    }),
  ),
})
export type Gallery = z.infer<typeof gallerySchema>

export const categoryCountSchema = z.object({ value: z.string(), count: z.int() })
export const columnProfileSchema = z.object({
  name: z.string(),
  kind: columnKindSchema,
  role: columnSchema.shape.role,
  count: z.int(),
  missing: z.int(),
  distinct: z.int(),
  numeric: z
    .object({
      min: z.number(),
      max: z.number(),
      mean: z.number(),
      std: z.number(),
      q25: z.number(),
      median: z.number(),
      q75: z.number(),
      skewness: z.number().nullable(),
      zeros: z.int(),
      infinite: z.int(),
      histogram: histogramSchema,
    })
    .nullable(),
  /** Most frequent values, most frequent first; for category columns. */
  top: z.array(categoryCountSchema),
})
export type ColumnProfile = z.infer<typeof columnProfileSchema>

const numberOrNull = z.number().nullable()
const matrixSchema = z.array(z.array(numberOrNull))

/** How columns hang together; the target first. */
export const associationSchema = z.object({
  columns: z.array(z.object({ name: z.string(), kind: columnKindSchema, role: columnSchema.shape.role })),
  /** Columns × columns; null where the measure says nothing of such a pair. */
  pearson: matrixSchema,
  spearman: matrixSchema,
  /** Numbers are cut into ten classes of as many rows each. */
  cramersV: matrixSchema,
  /** In nats, of the same classes. */
  mutualInformation: matrixSchema,
  /** Columns that are not in it, for there are too many. */
  left: z.int(),
})
export type Association = z.infer<typeof associationSchema>

/** A column against the target: rows of each class by value, or what the target is there. */
export const againstTargetSchema = z.object({
  column: z.string(),
  kind: columnKindSchema,
  /** What the bars stand for: a category, or what lies between two numbers. */
  bins: z.array(
    z.object({
      label: z.string(),
      low: numberOrNull,
      high: numberOrNull,
      count: z.int(),
      /** Of a target of classes, rows of each of `classes`. */
      classes: z.array(z.int()),
      /** Of a target that is a number. */
      mean: numberOrNull,
      deviation: numberOrNull,
    }),
  ),
})
export type AgainstTarget = z.infer<typeof againstTargetSchema>

/** Pictures of a sample of the rows. */
export const picturesSchema = z.object({
  /** Rows that were looked at, of how many. */
  rows: z.int(),
  of: z.int(),
  /** The target's classes, the most frequent first, the rest as one; empty where it is a number, or there is none. */
  classes: z.array(z.string()),
  against: z.array(againstTargetSchema),
  association: associationSchema,
  /** Where values are missing: columns with gaps × stretches of rows, the share that is missing. */
  missing: z.object({
    columns: z.array(z.string()),
    /** Of each column, the share of all rows. */
    overall: z.array(z.number()),
    shares: z.array(z.array(z.number())),
    /** Rows of the version in a stretch. */
    each: z.int(),
    /** Columns that are missing together, most often first. */
    together: z.array(z.object({ a: z.string(), b: z.string(), both: z.int(), either: z.int() })),
  }),
  /** The first two principal components of the numbers; null where there are fewer than three. */
  map: z
    .object({
      x: z.array(z.number()),
      y: z.array(z.number()),
      rows: z.array(z.int()),
      /** Of each point, its place in `classes`, or the target; null: it has none. */
      color: z.array(numberOrNull),
      explained: z.array(z.number()),
    })
    .nullable(),
})
export type Pictures = z.infer<typeof picturesSchema>

/** Rows of a version, by their places in it. */
export const rowsBehindSchema = tablePageSchema.extend({ numbers: z.array(z.int()) })
export type RowsBehind = z.infer<typeof rowsBehindSchema>

/** One value for each point; categories are places in their labels. */
const axisSchema = z.object({
  name: z.string(),
  kind: columnKindSchema,
  values: z.array(numberOrNull),
  /** Empty of numbers. */
  labels: z.array(z.string()),
})
export const scatterSchema = z.object({
  x: axisSchema,
  y: axisSchema,
  color: axisSchema.nullable(),
  rows: z.array(z.int()),
  of: z.int(),
})
export type Scatter = z.infer<typeof scatterSchema>

/** Rows that have something in common, and what the target is there. */
const groupOfRows = {
  rows: z.int(),
  /** Those that have a target. */
  known: z.int(),
  /** Of a target of classes, rows of each of them. */
  classes: z.array(z.int()),
  /** Of a target that is a number. */
  mean: numberOrNull,
  deviation: numberOrNull,
}
/** A column that is marked sensitive: its groups, the largest first, of numbers in their order; those without a value are one. */
export const sensitiveColumnSchema = z.object({
  column: z.string(),
  groups: z.array(z.object({ label: z.string().nullable(), where: rowFilterSchema, ...groupOfRows })),
  /** Groups that are not told, for there are too many. */
  left: z.int(),
  /** Rows of the smallest of these. Absent: there are none, or it was not counted. */
  leftFewest: z.int().optional(),
})
export type SensitiveColumn = z.infer<typeof sensitiveColumnSchema>

/** Rows and target over the time of a column of dates. */
export const overTimeSchema = z.object({
  column: z.string(),
  unit: z.enum(['day', 'month', 'year']),
  /** In order, those without rows too where they are few; `start` in days since 1970-01-01, up to `end`. */
  periods: z.array(z.object({ label: z.string(), start: z.number(), end: z.number(), ...groupOfRows })),
  /** Stretches between them without a single row, the longest first. */
  gaps: z.array(z.object({ from: z.string(), to: z.string(), periods: z.int() })),
})
export type OverTime = z.infer<typeof overTimeSchema>

export const profileSchema = z.object({
  rows: z.int(),
  duplicateRows: z.int(),
  columns: z.array(columnProfileSchema),
  correlations: z.object({
    columns: z.array(z.string()),
    /** Pearson r, row-major, columns × columns; null where undefined. */
    values: z.array(z.array(z.number().nullable())),
  }),
  /** Classes of the target, most frequent first; null for regression. */
  classBalance: z
    .object({ classes: z.array(categoryCountSchema), imbalance: z.number().describe('1 − H / log k') })
    .nullable(),
  alerts: z.array(findingSchema),
  /** null where the data has no columns to draw. */
  pictures: picturesSchema.nullable(),
  /** The target's classes that `sensitive` and `overTime` count, in their order; empty where it is a number, or there is none. */
  targetClasses: z.array(z.string()).optional(),
  sensitive: z.array(sensitiveColumnSchema).optional(),
  overTime: z.array(overTimeSchema).optional(),
  /** What texts are like; absent: there are none. */
  texts: textProfileSchema.optional(),
  /** What pictures are like, of each column that has some; absent: there are none. */
  images: z.array(pictureProfileSchema).optional(),
  /** Every statistic is of these rows alone; null: of all of them. */
  sampled: z.int().nullable().default(null),
  seconds: z.number(),
})
export type Profile = z.infer<typeof profileSchema>

// ---- prepare and model ----

/** Which features are used; kept with a preparation. */
export const selectedSchema = z.object({
  /** By what they were scored. */
  by: z.string(),
  /** `score` null: it has none by itself, and is kept. */
  features: z.array(z.object({ name: z.string(), score: z.number().nullable(), kept: z.boolean() })),
})

export const preparedSummarySchema = z.object({
  splits: z.object({ train: z.int(), validation: z.int(), test: z.int() }),
  /** Rows left out because their target is missing. */
  dropped: z.int(),
  classes: z.array(z.string()).nullable(),
  /** Per split, rows of each class, in the order of `classes`. */
  classCounts: z
    .object({ train: z.array(z.int()), validation: z.array(z.int()), test: z.array(z.int()) })
    .nullable(),
  classWeights: z.array(z.number()).nullable(),
  features: z.array(
    z.object({
      name: z.string(),
      source: z.string(),
      /** What becomes of the source column, e.g. `(x − 12.3) / 4.5`. */
      transform: z.string(),
    }),
  ),
  /** Of pictures: 1 where they are gray, 3 where they have color. */
  channels: z.int().optional(),
  /** What each column tells of the target by itself, the best first; absent: all features are used. */
  selection: selectedSchema.optional(),
  /** Distribution of every numeric source column before and after, on the training split. */
  before: z.array(z.object({ column: z.string(), histogram: histogramSchema })),
  after: z.array(z.object({ column: z.string(), histogram: histogramSchema })),
  /** Of each column of texts that a network reads word by word; absent: there is none. */
  texts: z.array(shownTextsSchema).optional(),
  /** What the checks found. */
  warnings: z.array(findingSchema),
})
export type PreparedSummary = z.infer<typeof preparedSummarySchema>

/** Of one example, the batch in front; null: nobody knows, because of a problem here or before. */
const flowShape = z.array(z.union([z.int(), z.literal('N')])).nullable()
/** A node of the network's document. */
export const layerSchema = z.object({
  /** The node's id. */
  name: z.string(),
  /** The layer or function. */
  type: z.string(),
  /** Of the first of its inputs. */
  inputShape: flowShape,
  outputShape: flowShape,
  parameters: z.int(),
  /** Products of two numbers that are added up, for one example. */
  multiplyAdds: z.int(),
})
export const modelSummarySchema = z.object({
  /** In the document's order. */
  layers: z.array(layerSchema),
  /** What stands against training it; empty: nothing. */
  problems: z.array(networkProblemSchema),
  parameters: z.int(),
  multiplyAdds: z.int(),
  /** Bytes of the parameters in float32. */
  bytes: z.int(),
  /** Bytes that a training step keeps of the forward pass of one example; not there where there are problems. */
  activationBytes: z.int().optional(),
  /** Loss expected of a model that has learned nothing: ln K, or the target's variance after scaling; null where the loss is a formula of one's own. */
  expectedInitialLoss: z.number().nullable(),
  loss: z.string(),
  /** What of the data decides about a network. */
  facts: networkFactsSchema,
  document: networkDocumentSchema,
  /** The document as PyTorch's source; null where there are problems. */
  source: z.string().nullable(),
})
export type ModelSummary = z.infer<typeof modelSummarySchema>

// ---- projects ----

export const projectSchema = z.object({
  id: idSchema,
  name: z.string(),
  createdAt: time,
  updatedAt: time,
  /** Where the user was. */
  step: stepSchema,
  dataset: datasetSchema.nullable(),
  recipe: recipeSchema.nullable(),
  canUndo: z.boolean(),
  canRedo: z.boolean(),
  /** The next step of undo, or of redo, brings another version of the data. */
  undoesData: z.boolean(),
  redoesData: z.boolean(),
  /** The run whose results Evaluate and Deploy show. */
  selectedRun: idSchema.nullable(),
})
export type Project = z.infer<typeof projectSchema>

export const projectSummarySchema = z.object({
  id: idSchema,
  name: z.string(),
  updatedAt: time,
  step: stepSchema,
  rows: z.int().nullable(),
  runs: z.int(),
  fileName: z.string().nullable(),
  /** Why it cannot be opened, and what can be done; null: it can. */
  damage: z.string().nullable(),
})
export type ProjectSummary = z.infer<typeof projectSummarySchema>

export const sampleSchema = z.object({
  id: z.string(),
  kind: z.enum(['table', 'images', 'text']),
  title: z.string(),
  description: z.string(),
  /** Rows, pictures or texts. */
  rows: z.int(),
  /** Of tables. */
  columns: z.int().optional(),
  target: z.string().optional(),
  task: taskSchema,
  /** As the task's definition calls it: the page that lists samples needs no definition otherwise. */
  taskLabel: z.string(),
})
export type Sample = z.infer<typeof sampleSchema>

// ---- evaluate, deploy ----

/** By the names of their definitions; runs of later versions may have others. */
export const metricsSchema = z.record(z.string(), z.number())
export type Metrics = z.infer<typeof metricsSchema>

/**
 * How one class or label is told from all others, as the probability from which on it is predicted falls: from it come
 * precision, recall and the rate of false alarms.
 */
export const rankingCurveSchema = z.object({
  /** Of the class or label. */
  name: z.string(),
  /** Rows that are of it, and rows that are not. */
  yes: z.int(),
  no: z.int(),
  /** Area under precision against recall, in steps; null: no row is of it. */
  averagePrecision: z.number().nullable(),
  /** null: all rows are of one kind. */
  rocAuc: z.number().nullable(),
  /** From the highest probability down, evenly taken where there are many, with the first and the last. */
  thresholds: z.array(z.number()),
  /** Rows from there on that are of it, and that are not. */
  hits: z.array(z.int()),
  falseAlarms: z.array(z.int()),
})
export type RankingCurve = z.infer<typeof rankingCurveSchema>

/**
 * Whether probabilities are what they say: of rows that were given about the same one, which share is so. Bins are of equal width, and
 * an edge belongs to the one below it; those without rows are left out.
 */
export const calibrationSchema = z.object({
  /** Of the class or label; null: of whatever is most likely in each row, whichever class that is. */
  name: z.string().nullable(),
  rows: z.int(),
  /** Mean distance between what was said and what was so, over the rows, and the largest of a bin. */
  ece: z.number(),
  mce: z.number(),
  /** What a model that is calibrated stays below in 95 of 100 samples of so many rows. */
  chance: z.number(),
  /** Mean of what was said, and the share of rows that are so. */
  said: z.number(),
  seen: z.number(),
  bins: z.array(
    z.object({ low: z.number(), high: z.number(), rows: z.int(), said: z.number(), seen: z.number() }),
  ),
})
export type Calibration = z.infer<typeof calibrationSchema>

export const evaluationSchema = z.object({
  runId: idSchema,
  split: z.enum(['validation', 'test']),
  rows: z.int(),
  /** Of the test: how many runs of this project have been tested on these rows, this one included. */
  looks: z.int().optional(),
  /** Of two classes: from which probability on the second is predicted, where that was chosen on the validation split. */
  threshold: z.number().optional(),
  /** Of two classes: by what rule that is found. */
  rule: z.object(shapeOf(thresholdOptions)).optional(),
  /** Of classes: what the outputs are divided by, where that was looked for. */
  temperature: temperatureSchema.optional(),
  /** Below which confidence none of the classes is answered; absent: nobody asked for it. */
  outside: outsideSchema.optional(),
  /** Of numbers: what predictions stay within, by target, where they are held. */
  ranges: z.array(outputRangeSchema.extend({ name: z.string() })).optional(),
  metrics: metricsSchema,
  /** Majority class with training frequencies as probabilities, or the training mean. */
  baseline: metricsSchema,
  baselineName: z.string(),
  /** By metric, how far it may be off; evaluations of earlier versions lack them, and so do metrics that cannot be told. */
  intervals: z.record(z.string(), metricIntervalSchema).optional(),
  /** How much more each metric is than the baseline's. */
  differences: z.record(z.string(), metricDifferenceSchema).optional(),
  classification: z
    .object({
      classes: z.array(z.string()),
      /** Row: true class; column: predicted class. */
      confusion: z.array(z.array(z.int())),
      perClass: z.array(
        z.object({
          class: z.string(),
          support: z.int(),
          precision: z.number(),
          recall: z.number(),
          f1: z.number(),
        }),
      ),
    })
    .nullable(),
  /** Of several labels: each by itself. */
  labels: z
    .array(
      z.object({
        label: z.string(),
        support: z.int(),
        predicted: z.int(),
        precision: z.number(),
        recall: z.number(),
        f1: z.number(),
      }),
    )
    .nullable(),
  /** Of classes and labels, the rarest of them where there are very many; evaluations of earlier versions lack them. */
  curves: z.array(rankingCurveSchema).optional(),
  /** Of the same, and of one class out of several first as a whole; evaluations of earlier versions lack it. */
  calibration: z.array(calibrationSchema).optional(),
  /** Of numbers: each target by itself. */
  regression: z
    .array(
      z.object({
        name: z.string(),
        metrics: metricsSchema,
        baseline: metricsSchema,
        /** At most 2,000 points, evenly taken. Target units. */
        points: z.array(
          z.object({
            actual: z.number(),
            predicted: z.number(),
            /** Its place in the version of the data; evaluations of earlier versions lack it. */
            row: z.int().optional(),
          }),
        ),
        residuals: histogramSchema,
      }),
    )
    .nullable(),
})
export type Evaluation = z.infer<typeof evaluationSchema>

export const modelInfoSchema = z.object({
  path: z.string(),
  name: z.string(),
  kind: dataKindSchema,
  task: taskSchema,
  target: z.string(),
  classes: z.array(z.string()).nullable(),
  inputs: z.array(z.object({ name: z.string(), kind: columnKindSchema })),
  /** What a person enters for one example. */
  fields: z.array(modelFieldSchema),
  parameters: z.int(),
  createdAt: time,
  runId: idSchema,
  test: metricsSchema.nullable(),
  /** null: nobody has measured it. */
  latency: latencySchema.nullable(),
  /** What its recipe allows, held against it as far as it is measured; empty: nothing is limited. */
  budget: z.array(budgetLineSchema).default([]),
  files: z.array(z.object({ name: z.string(), bytes: z.int(), description: z.string() })),
})
export type ModelInfo = z.infer<typeof modelInfoSchema>

/** In which language lines are. */
export const snippetLanguages = ['python', 'js', 'sh'] as const
export const snippetSchema = z.object({ language: z.enum(snippetLanguages), code: z.string() })
export type Snippet = z.infer<typeof snippetSchema>

/** A folder that a model was exported to. */
export const exportedSchema = modelInfoSchema.pick({ path: true, files: true }).extend({
  format: z.enum(namesIn(exportFormats)),
  /** E.g. that it went beside the folder that was named, because that holds something else. */
  notes: z.array(z.string()),
  /** In how many rows it says what Descent says, and how closely; null: it cannot be run here, or nobody asked. */
  certificate: z.string().nullable(),
  /** Lines to begin with, as its README has them: they run in the folder as they are. */
  snippets: z.array(snippetSchema),
})
export type Exported = z.infer<typeof exportedSchema>

/** A model folder that was written from a run of the project, or a folder that such a model was exported to. */
export const savedModelSchema = z.object({
  path: z.string(),
  /** null: it is Descent's own, which can be loaded; a later version may have others. */
  format: z.string().nullable(),
  runId: idSchema,
  /** null: the run has been deleted. */
  runName: z.string().nullable(),
  createdAt: time,
  /** Its folder is still where it was written. */
  present: z.boolean(),
})
export type SavedModel = z.infer<typeof savedModelSchema>

export const predictionsSchema = z.object({
  model: z.string(),
  rows: z.int(),
  /** The first rows, input columns and predictions together. */
  page: tablePageSchema,
  /** Where the full result was written (CSV). */
  outputPath: z.string(),
  notes: z.array(z.string()),
  /** Of each column of pictures: the first of them, small, in the order of the rows; null: there is none. */
  pictures: z.array(z.object({ column: z.string(), shown: z.array(z.string().nullable()) })),
  seconds: z.number(),
})
export type Predictions = z.infer<typeof predictionsSchema>

export const deviceInfoSchema = z.object({
  backend: backendSchema,
  available: z.boolean(),
  /** Device name, or why there is none. */
  description: z.string(),
})
export const appInfoSchema = z.object({
  version: z.string(),
  protocol: z.int(),
  engineVersion: z.string(),
  workspace: z.string(),
  platform: z.string(),
  devices: z.array(deviceInfoSchema),
  computing: computingInForceSchema,
})
export type AppInfo = z.infer<typeof appInfoSchema>
