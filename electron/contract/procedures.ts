/**
 * Every call the window can make: name → input and output schema. `POST /rpc/<name>` with a JSON body;
 * 200 carries the output, anything else an error value (see errors.ts).
 */
import { augmentedSchema, mostDraws } from './augmented.ts'
import { z } from 'zod'
import { besideBaselinesSchema } from './beside.ts'
import {
  correctionsSchema,
  dataComparisonSchema,
  importPreviewSchema,
  listedVersionSchema,
} from './corrections.ts'
import {
  appInfoSchema,
  dataPageSchema,
  evaluationSchema,
  exportedSchema,
  gallerySchema,
  idSchema,
  modelInfoSchema,
  modelSummarySchema,
  predictionsSchema,
  preparedSummarySchema,
  profileSchema,
  projectSchema,
  projectSummarySchema,
  rowsBehindSchema,
  sampleSchema,
  savedModelSchema,
  scatterSchema,
  stepSchema,
  thumbnailSchema,
  wholePictureSchema,
} from './entities.ts'
import {
  dataExports,
  runExports,
  exportFormats,
  familySchema,
  lengthOptions,
  schedules,
  schemaOf,
  searches,
  shaping,
  taskSchema,
  pictureOptions,
  readingOptions,
  shapeOf,
  thresholdOptions,
} from './definitions/index.ts'
import { computingSchema } from './computing.ts'
import { examinedSchema } from './examined.ts'
import { findingSchema } from './findings.ts'
import {
  batchGraphSchema,
  builtGraphSchema,
  gradientPathsSchema,
  keyedGraphSchema,
  labAnswerSchema,
  labProgramSchema,
  valueNumbersSchema,
} from './graph.ts'
import { robustnessSchema } from './robustness.ts'
import { dependenceSchema, explainedSchema, explanationSchema, triedSchema } from './explained.ts'
import { measuredLatencySchema } from './latency.ts'
import { limitsSchema } from './limits.ts'
import { networkGivenSchema, networkIdeasSchema, networkSizesSchema } from './network-advice.ts'
import { longestSource, networkInputSchema, nodeKindsSchema, readSourceSchema } from './network.ts'
import { recipeSchema } from './recipe.ts'
import { rowFilterSchema } from './row-filter.ts'
import {
  markedSchema,
  markRequestSchema,
  undoableSchema,
  unmarkedSchema,
  unmarkRequestSchema,
} from './run-marks.ts'
import {
  comparisonSchema,
  curvesSchema,
  exportedRunsSchema,
  importedRunsSchema,
  meanCurvesSchema,
  networkDiffSchema,
  pairedComparisonSchema,
  proposedRunSchema,
  curveOverlaySchema,
  bestRunsSchema,
  runColumnsSchema,
  runFilterSchema,
  runGroupingSchema,
  runGroupsSchema,
  runDetailSchema,
  runPageSchema,
  runQuerySchema,
  runSummarySchema,
} from './runs.ts'
import { searchDetailSchema, searchSummarySchema } from './search.ts'
import { spaceSchema } from './search-space.ts'
import { longestPasted, pastedSchema, typedTableSchema } from './typed-tables.ts'
import { sourcesSchema } from './sources.ts'
import { retentionSchema, spaceUsedSchema } from './space.ts'
import { exportedDataSchema, shapePreviewSchema } from './shaped.ts'
import { stepProfileSchema } from './step-profile.ts'
import { tuningSchema } from './tuning.ts'
import {
  adjustmentSchema,
  branchStartSchema,
  preflightSchema,
  runCheckpointSchema,
  trainingReportSchema,
} from './watching.ts'
import {
  damagedSchema,
  jobSchema,
  noticeSchema,
  openedProjectSchema,
  restoredBackupSchema,
  visitedSchema,
  writtenBackupSchema,
  writtenProjectSchema,
} from './workspace.ts'

/** Raised whenever window and host would misunderstand each other. */
export const protocolVersion = 18

const none = z.strictObject({})
const done = z.object({ ok: z.literal(true) })
const byProject = z.strictObject({ projectId: idSchema })
const byRun = z.strictObject({ runId: idSchema })

const settings = z.strictObject({
  limits: limitsSchema,
  computing: computingSchema,
  sources: sourcesSchema,
  retention: retentionSchema,
})

const seriesNames = z.array(z.string().max(200)).max(500)

const shape = z.array(familySchema(shaping)).max(100)

const importRequest = z.strictObject({
  projectId: idSchema,
  path: z.string().min(1),
  /** Of a table: what becomes of it once it is read. */
  shape: shape.optional(),
  /** How a table's file is read; what is absent is found out. */
  ...z.strictObject(shapeOf(readingOptions)).partial().shape,
  /** How pictures in files of their own are read. */
  pictures: z.strictObject(shapeOf(pictureOptions)).partial().optional(),
  /** Name, 1-based position or `last`; absent: guessed (last column). */
  target: z.string().optional(),
  /** Of a table: a file of its own with the rows that test. */
  test: z.string().min(1).optional(),
  /** Of a database server, where the address does not hold it. Kept nowhere. */
  password: z.string().max(1000).optional(),
  /** Of a public set: whatever comes is the right file from now on. */
  trust: z.boolean().optional(),
})

/** Whether a row of a test file is meant: where that lies elsewhere, it names pictures of its own. */
const testedSchema = z.boolean().optional()

const procedure = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O) => ({ input, output })

export const procedures = {
  'app.info': procedure(none, appInfoSchema),
  /** For whoever looks into a problem; a person reads it first. */
  'app.problemReport': procedure(none, z.strictObject({ text: z.string() })),

  /** What people should know about their files, newest first. */
  'notices.list': procedure(none, z.array(noticeSchema)),
  'notices.dismiss': procedure(z.strictObject({ noticeId: z.int() }), done),

  /** Work on data that is waiting or under way. */
  'jobs.list': procedure(none, z.array(jobSchema)),
  /** Ends it; nothing of it remains. */
  'jobs.cancel': procedure(z.strictObject({ jobId: idSchema }), done),

  /** What this workspace sets; the rest has its start value. */
  'settings.get': procedure(none, settings),
  /** A group that is absent stays as it is. */
  'settings.set': procedure(settings.partial(), settings),

  /** Where the host has been in the network, the newest first. */
  'settings.addresses': procedure(none, z.array(visitedSchema)),

  /** What the workspace takes of the disk. */
  'space.used': procedure(none, spaceUsedSchema),
  /** Drops the last checkpoints of runs that have ended, of all, a project’s or one; their best weights stay. Gives the bytes that became free. */
  'space.trim': procedure(
    z.strictObject({ projectId: idSchema.optional(), runId: idSchema.optional() }),
    /** Not packed: the file keeps its size, and the room in it is for what comes. */
    z.object({ runs: z.int(), bytes: z.number(), packed: z.boolean() }),
  ),

  /** Writes the whole workspace as one file, while it is worked in; without `path`, where the workspace keeps exports. */
  'workspace.backup': procedure(
    z.strictObject({ path: z.string().min(1).optional(), overwrite: z.boolean().default(false) }),
    writtenBackupSchema,
  ),
  /** Makes a new workspace of such a file; without `folder`, beside the one that is open, which stays as it is. */
  'workspace.restore': procedure(
    z.strictObject({ path: z.string().min(1), folder: z.string().min(1).optional() }),
    restoredBackupSchema,
  ),

  'samples.list': procedure(none, z.array(sampleSchema)),

  'projects.list': procedure(none, z.array(projectSummarySchema)),
  'projects.create': procedure(z.strictObject({ name: z.string().trim().min(1).max(120) }), projectSchema),
  /** A project with the sample's data already imported and its target set. */
  'projects.createFromSample': procedure(z.strictObject({ sampleId: z.string() }), projectSchema),
  'projects.get': procedure(byProject, projectSchema),
  'projects.rename': procedure(
    z.strictObject({ projectId: idSchema, name: z.string().trim().min(1).max(120) }),
    projectSchema,
  ),
  'projects.delete': procedure(byProject, done),
  /** Writes the project with its data, runs and weights into one file; without `path`, where the workspace keeps exports. */
  'projects.export': procedure(
    z.strictObject({
      projectId: idSchema,
      path: z.string().min(1).optional(),
      overwrite: z.boolean().default(false),
    }),
    writtenProjectSchema,
  ),
  /** A further project, of what `projects.export` wrote. Nothing in it is run. */
  'projects.import': procedure(z.strictObject({ path: z.string().min(1) }), openedProjectSchema),
  'projects.duplicate': procedure(byProject, openedProjectSchema),
  'projects.setStep': procedure(z.strictObject({ projectId: idSchema, step: stepSchema }), done),
  'projects.selectRun': procedure(z.strictObject({ projectId: idSchema, runId: idSchema }), projectSchema),
  /** Replaces the recipe; the previous one can be had back by undo. */
  'projects.setRecipe': procedure(
    z.strictObject({ projectId: idSchema, recipe: recipeSchema }),
    projectSchema,
  ),
  'projects.undo': procedure(byProject, projectSchema),
  'projects.redo': procedure(byProject, projectSchema),

  /** Reads a CSV/TSV file into the project. In the browser the file is first sent to `PUT /upload/<name>`. */
  'datasets.import': procedure(importRequest, projectSchema),
  /** Makes an empty table with these columns the project's data. */
  'datasets.create': procedure(
    z.strictObject({ projectId: idSchema, table: typedTableSchema }),
    projectSchema,
  ),
  /** What a text from a spreadsheet is in the columns of the project's table; nothing is changed. */
  'datasets.readPasted': procedure(
    z.strictObject({ projectId: idSchema, text: z.string().min(1).max(longestPasted) }),
    pastedSchema,
  ),
  /** Reads a file again and says what it has otherwise than the project's data, which stays as it is. One at a time. */
  'datasets.previewImport': procedure(importRequest, importPreviewSchema),
  /** Reads the project's table again and takes it through these steps: what comes of them. As `previewImport`, to be accepted or not. */
  'datasets.previewShape': procedure(
    z.strictObject({ projectId: idSchema, shape }),
    importPreviewSchema.extend({ shape: shapePreviewSchema }),
  ),
  /** Makes what was previewed the project's data; `carry`: with the corrections that still fit. */
  'datasets.acceptImport': procedure(
    z.strictObject({ projectId: idSchema, importId: idSchema, carry: z.boolean() }),
    projectSchema,
  ),
  'datasets.discardImport': procedure(z.strictObject({ projectId: idSchema, importId: idSchema }), done),
  /**
   * Keeps a file that a browser sent beside the project's data, for the recipe to name it, and says where; another file stays where it
   * is, and is named as it was.
   */
  'datasets.keepFile': procedure(
    z.strictObject({ projectId: idSchema, path: z.string().min(1).max(4096) }),
    z.strictObject({ path: z.string() }),
  ),
  /** Chooses the target columns; other columns keep their roles. `task` absent: the one that their values ask for. */
  'datasets.setTarget': procedure(
    z.strictObject({
      projectId: idSchema,
      columns: z.array(z.string()).min(1).max(1000),
      task: taskSchema.optional(),
    }),
    projectSchema,
  ),
  'datasets.page': procedure(
    z.strictObject({ projectId: idSchema, offset: z.int().min(0), limit: z.int().min(1).max(500) }),
    dataPageSchema,
  ),
  /** Pictures of a column by what its cells call them, as the network gets them. */
  'datasets.thumbnails': procedure(
    z.strictObject({
      projectId: idSchema,
      column: z.string(),
      tested: testedSchema,
      names: z.array(z.string()).min(1).max(200),
    }),
    z.array(thumbnailSchema),
  ),
  /** One of them, with its file where that still is. */
  'datasets.picture': procedure(
    z.strictObject({ projectId: idSchema, column: z.string(), tested: testedSchema, name: z.string() }),
    wholePictureSchema,
  ),
  /** Of images: some of each class. */
  'datasets.gallery': procedure(
    z.strictObject({ projectId: idSchema, perClass: z.int().min(1).max(200) }),
    gallerySchema,
  ),
  /** Makes a version with these corrections the project's data. `datasetId`: the version that they are made on. */
  'datasets.correct': procedure(
    z.strictObject({ projectId: idSchema, datasetId: idSchema, corrections: correctionsSchema }),
    projectSchema,
  ),
  /** The versions that undo, redo or a run can come back to, newest first. */
  'datasets.versions': procedure(byProject, z.array(listedVersionSchema)),
  /** Goes back, or on, to a version of the import that the project has now. */
  'datasets.useVersion': procedure(
    z.strictObject({ projectId: idSchema, datasetId: idSchema }),
    projectSchema,
  ),
  'datasets.compareVersions': procedure(
    z.strictObject({ projectId: idSchema, before: idSchema, after: idSchema }),
    dataComparisonSchema,
  ),

  /** Writes the present version of the data into the workspace, to go on with elsewhere. `path` given: there. */
  'datasets.export': procedure(
    z.strictObject({
      projectId: idSchema,
      export: familySchema(dataExports),
      path: z.string().min(1).optional(),
    }),
    exportedDataSchema,
  ),

  'explore.profile': procedure(byProject, profileSchema),
  /** The same of a part of the rows, for large tables: soon there, and replaced by the whole. null: the table is small. */
  'explore.glance': procedure(byProject, profileSchema.nullable()),
  /** The rows behind a finding or a part of a picture. */
  'explore.rows': procedure(
    z.strictObject({
      projectId: idSchema,
      where: z.array(rowFilterSchema).max(4),
      /** Part of a cell's text, in any column, whatever the case. */
      search: z.string().max(200).optional(),
      sort: z.strictObject({ column: z.string(), descending: z.boolean() }).optional(),
      offset: z.int().min(0),
      limit: z.int().min(1).max(500),
    }),
    rowsBehindSchema,
  ),
  /** Two columns, and a third as color, of a sample of the rows. */
  'explore.scatter': procedure(
    z.strictObject({
      projectId: idSchema,
      x: z.string(),
      y: z.string(),
      color: z.string().nullable(),
    }),
    scatterSchema,
  ),

  'prepare.summary': procedure(byProject, preparedSummarySchema),
  /** What the recipe's augmentations make of one training example, or the last where there are fewer, drawn anew by each seed. */
  'prepare.augmented': procedure(
    byProject.extend({
      example: z.int().min(0),
      draws: z.int().min(1).max(mostDraws),
      seed: z.int().min(0),
    }),
    augmentedSchema,
  ),

  'model.summary': procedure(byProject, modelSummarySchema),
  /** What a network's document can name. */
  'model.layers': procedure(none, nodeKindsSchema),
  /** PyTorch's source as a document, with these inputs; or what of it is not understood. Changes nothing. */
  'model.readSource': procedure(
    z.strictObject({ source: z.string().max(longestSource), inputs: z.array(networkInputSchema).max(64) }),
    readSourceSchema,
  ),

  /** The network one size bigger, and one smaller. Errors: `badRecipe` for one that does not fit. Changes nothing. */
  'model.sizes': procedure(byProject.extend(networkGivenSchema.shape), networkSizesSchema),
  /** What ideas of others would make of it. Errors: as above. Changes nothing. */
  'model.ideas': procedure(byProject.extend(networkGivenSchema.shape), networkIdeasSchema),

  /** The graph of one batch through the network and its loss, forward and backward. Changes nothing. */
  'graph.ofBatch': procedure(batchGraphSchema, keyedGraphSchema),
  /** The numbers of one of its values, and of its gradient. Errors: `conflict` where it would be another graph by now. */
  'graph.numbers': procedure(builtGraphSchema.extend({ value: z.int().min(0) }), valueNumbersSchema),
  /** The paths from one element of a value to the loss. */
  'graph.paths': procedure(
    builtGraphSchema.extend({ value: z.int().min(0), element: z.int().min(0) }),
    gradientPathsSchema,
  ),
  /** What an expression is made of, evaluated and differentiated. */
  'lab.evaluate': procedure(labProgramSchema, labAnswerSchema),
  'lab.numbers': procedure(labProgramSchema.extend({ value: z.int().min(0) }), valueNumbersSchema),
  'lab.paths': procedure(
    labProgramSchema.extend({ value: z.int().min(0), element: z.int().min(0) }),
    gradientPathsSchema,
  ),

  'training.start': procedure(
    z.strictObject({ projectId: idSchema, name: z.string().trim().max(120).optional() }),
    runSummarySchema,
  ),
  /** A run for each fold of the recipe's split, under one name. */
  'training.startFolds': procedure(
    z.strictObject({
      projectId: idSchema,
      name: z.string().trim().max(100).optional(),
      repeats: z.int().min(1).max(20).optional(),
    }),
    z.array(runSummarySchema),
  ),
  /**
   * Runs on the project's data and split that differ in other settings. At least two that can be trained, or none is started;
   * what stands against the others is said.
   */
  'training.startEach': procedure(
    z.strictObject({
      projectId: idSchema,
      /** Each with what sets it apart, in words. */
      variants: z.array(z.strictObject({ label: z.string().min(1).max(60), recipe: recipeSchema })).max(50),
      name: z.string().trim().max(60).optional(),
    }),
    z.object({
      started: z.array(runSummarySchema),
      refused: z.array(z.object({ label: z.string(), message: z.string() })),
    }),
  ),
  'training.pause': procedure(byRun, runSummarySchema),
  'training.resume': procedure(byRun, runSummarySchema),
  'training.stop': procedure(byRun, runSummarySchema),
  /** Ids of the runs that wait, in the order in which they will begin. */
  'training.queue': procedure(none, z.array(idSchema)),
  /** One place up or down among those, or to the front. */
  'training.move': procedure(
    z.strictObject({ runId: idSchema, to: z.enum(['first', 'up', 'down']) }),
    z.array(idSchema),
  ),

  /** Looks for good settings of the project's recipe, on the data and the split that it has now. */
  'search.start': procedure(
    z.strictObject({
      projectId: idSchema,
      name: z.string().trim().max(60).optional(),
      search: familySchema(searches),
      space: spaceSchema,
    }),
    searchDetailSchema,
  ),
  /** The newest first. */
  'search.list': procedure(byProject, z.array(searchSummarySchema)),
  'search.get': procedure(z.strictObject({ searchId: idSchema }), searchDetailSchema),
  /** Ends it; what was trained is kept. */
  'search.stop': procedure(z.strictObject({ searchId: idSchema }), searchDetailSchema),
  /** Goes on with one that was interrupted. */
  'search.resume': procedure(z.strictObject({ searchId: idSchema }), searchDetailSchema),
  /** Makes the settings of one of its runs those of the project. The previous ones can be had back by undo. */
  'search.use': procedure(z.strictObject({ searchId: idSchema, number: z.int().min(1) }), projectSchema),
  /** Forgets it; its runs stay. */
  'search.delete': procedure(z.strictObject({ searchId: idSchema }), done),

  /** Measures where the time of one of the run's steps goes, between two steps of a run that trains. Kept with the run. */
  'training.profile': procedure(byRun, stepProfileSchema),

  /** The learning rate of each epoch, of long trainings of at most 200 of them, evenly spread. Depends on nothing else. */
  'training.learningRates': procedure(
    z.strictObject({
      schedule: familySchema(schedules),
      learningRate: z.number().positive(),
      epochs: schemaOf(lengthOptions.epochs),
    }),
    z.array(z.object({ epoch: z.int(), rate: z.number() })),
  ),

  /** Tries the project's network in the seconds before a training, on a sample of its data; nothing is changed. */
  'training.preflight': procedure(byProject, preflightSchema),
  'training.tune': procedure(byProject, tuningSchema),

  /** Changes a run that trains, from its next step on. */
  'training.adjust': procedure(
    z.strictObject({ runId: idSchema, adjustment: adjustmentSchema }),
    runSummarySchema,
  ),
  /** Keeps what a run that trains says of this validation row, counted from 0, epoch by epoch; or no more. */
  'training.follow': procedure(
    z.strictObject({ runId: idSchema, row: z.int().min(0), follow: z.boolean() }),
    runSummarySchema,
  ),
  /** Brings a run that trains to a checkpoint now, and lets it go on. */
  'training.checkpoint': procedure(byRun, runSummarySchema),
  /** A new run that goes on from a checkpoint of another one, with the project's settings of today. */
  'training.branch': procedure(
    z.strictObject({
      runId: idSchema,
      from: branchStartSchema,
      name: z.string().trim().max(120).optional(),
    }),
    runSummarySchema,
  ),
  /** What is known of a run beside its curves. */
  'runs.report': procedure(byRun, trainingReportSchema),
  /** By epoch. */
  'runs.checkpoints': procedure(byRun, z.array(runCheckpointSchema)),

  /** A page of the project's runs, sorted and filtered. */
  'runs.list': procedure(runQuerySchema, runPageSchema),
  'runs.columns': procedure(byProject, runColumnsSchema),
  /** Of all that the filter lets through, whatever page is seen. */
  'runs.best': procedure(
    z.strictObject({ projectId: idSchema, filter: runFilterSchema.optional(), series: seriesNames }),
    bestRunsSchema,
  ),
  /** The best trained run on the newest data; null: none is trained. */
  'runs.proposed': procedure(byProject, proposedRunSchema.nullable()),
  /** Runs put together, with mean and spread of each series. */
  'runs.groups': procedure(
    z.strictObject({
      projectId: idSchema,
      filter: runFilterSchema.optional(),
      grouping: runGroupingSchema,
      series: seriesNames,
    }),
    runGroupsSchema,
  ),
  /** One series of up to 2,000 runs. */
  'runs.overlay': procedure(
    z.strictObject({ projectId: idSchema, filter: runFilterSchema.optional(), series: z.string().max(200) }),
    curveOverlaySchema,
  ),
  /** Its mean over groups of runs. */
  'runs.means': procedure(
    z.strictObject({
      projectId: idSchema,
      filter: runFilterSchema.optional(),
      grouping: runGroupingSchema,
      series: z.string().max(200),
    }),
    meanCurvesSchema,
  ),
  /** Tags, stars, notes, and the end of many runs at once; all of it can be undone until the workspace is closed. */
  'runs.mark': procedure(markRequestSchema, markedSchema),
  'runs.unmark': procedure(unmarkRequestSchema, unmarkedSchema),
  'runs.undoable': procedure(byProject, undoableSchema),
  'runs.get': procedure(byRun, runDetailSchema),
  /**
   * The curves in at most `limit` points each: of longer ones those that keep their shape, always with the first, the last
   * and the one of the best epoch.
   */
  'runs.curves': procedure(
    z.strictObject({
      runId: idSchema,
      limit: z.int().min(3).max(10_000).optional(),
      /** Absent: all that were recorded once an epoch. */
      series: z.array(z.string().max(200)).max(500).optional(),
      /** All that were recorded within epochs instead. */
      within: z.boolean().optional(),
      /** The first and the last step that is read: where one looks closer. */
      since: z.int().min(0).optional(),
      until: z.int().min(0).optional(),
    }),
    curvesSchema,
  ),
  /** Runs of the project that cannot be read any more. */
  'runs.damaged': procedure(byProject, z.array(damagedSchema)),
  /** The profile that was last measured; null: none yet. */
  'runs.profile': procedure(byRun, stepProfileSchema.nullable()),
  /** What there is to say of its training so far. */
  'runs.alarms': procedure(byRun, z.array(findingSchema)),
  /** Writes those that the filter finds. `path` absent: inside the workspace. */
  'runs.export': procedure(
    z.strictObject({
      projectId: idSchema,
      filter: runFilterSchema.optional(),
      export: familySchema(runExports),
      path: z.string().min(1).optional(),
    }),
    exportedRunsSchema,
  ),
  /** Reads runs beside those of the project: a folder of MLflow's file store, or the log of an exported train.py. */
  'runs.import': procedure(
    z.strictObject({ projectId: idSchema, path: z.string().min(1) }),
    importedRunsSchema,
  ),
  'runs.rename': procedure(
    z.strictObject({ runId: idSchema, name: z.string().trim().min(1).max(120) }),
    runSummarySchema,
  ),
  'runs.delete': procedure(byRun, done),

  /** Opens the sealed test split of a finished run (or evaluates on validation). The result is stored with the run. */
  'evaluate.run': procedure(
    z.strictObject({ runId: idSchema, split: z.enum(['validation', 'test']) }),
    evaluationSchema,
  ),
  /**
   * The run beside baselines that are trained on the same rows; what is known of these rows is not trained again. Of the test split
   * only once that was opened for the run.
   */
  'evaluate.baselines': procedure(
    z.strictObject({ runId: idSchema, split: z.enum(['validation', 'test']) }),
    besideBaselinesSchema,
  ),
  /**
   * From which probability on a trained run predicts the second of its two classes, chosen on its validation rows by this rule. What
   * has been measured of it is measured again, and models that are saved from now on have it.
   */
  'evaluate.setThreshold': procedure(
    z.strictObject({ runId: idSchema, rule: z.strictObject(shapeOf(thresholdOptions)) }),
    z.array(evaluationSchema),
  ),
  /** Checks, the rows behind figures, groups, and what the network goes by. Of the test split only once that was opened for the run. */
  'evaluate.examine': procedure(
    z.strictObject({ runId: idSchema, split: z.enum(['validation', 'test']) }),
    examinedSchema,
  ),
  /**
   * How the run's metric falls where something happens to rows, and how sure it is of what is no row. Of the test split only once that
   * was opened for the run.
   */
  'evaluate.robustness': procedure(
    z.strictObject({ runId: idSchema, split: z.enum(['validation', 'test']) }),
    robustnessSchema,
  ),
  /** What has been found out of that already; null: nothing. */
  'evaluate.knownRobustness': procedure(
    z.strictObject({ runId: idSchema, split: z.enum(['validation', 'test']) }),
    robustnessSchema.nullable(),
  ),
  /**
   * The run as one page of HTML that needs nothing else. What nobody has measured yet is measured; of the test split only what was
   * looked at. `fileName`: what the file is to be called.
   */
  'evaluate.report': procedure(
    z.strictObject({ runId: idSchema, fileName: z.string().min(1).max(255).optional() }),
    z.object({ fileName: z.string(), html: z.string() }),
  ),
  /** What of one example the run's answer comes from. Of test rows only once the test was opened for the run. */
  'evaluate.explain': procedure(
    z.strictObject({
      runId: idSchema,
      /** Its place in the version of the data, counted from 0. */
      row: z.int().min(0),
      explanation: explanationSchema,
      /** A class, a label or a target; absent: the one that is predicted. */
      answer: z.string().max(1000).optional(),
    }),
    explainedSchema,
  ),
  /** How answers change with one column, over rows of a split. Of the test split only once that was opened for the run. */
  'evaluate.dependence': procedure(
    z.strictObject({
      runId: idSchema,
      split: z.enum(['validation', 'test']),
      column: z.string().min(1).max(1000),
    }),
    dependenceSchema,
  ),
  /** What has been measured of these runs already. */
  'evaluate.known': procedure(
    z.strictObject({ runIds: z.array(idSchema).min(1).max(50), split: z.enum(['validation', 'test']) }),
    z.array(evaluationSchema),
  ),

  /** Writes the model folder: weights, preprocessing, recipe, model card. `path` absent: inside the workspace. */
  'deploy.save': procedure(
    z.strictObject({ runId: idSchema, path: z.string().min(1).optional() }),
    /** `notes`: e.g. that it went beside the folder that was named, because that holds something else. */
    modelInfoSchema.extend({ notes: z.array(z.string()) }),
  ),
  /** Writes a saved model in another format, into a folder. `path` absent: inside the workspace. */
  'deploy.export': procedure(
    z.strictObject({
      projectId: idSchema,
      modelPath: z.string().min(1),
      export: familySchema(exportFormats),
      path: z.string().min(1).optional(),
    }),
    exportedSchema,
  ),
  /** Models saved from the project, and what they were exported as, newest first. */
  'deploy.list': procedure(byProject, z.array(savedModelSchema)),
  'deploy.load': procedure(z.strictObject({ path: z.string().min(1) }), modelInfoSchema),
  'deploy.predict': procedure(
    z.strictObject({
      modelPath: z.string().min(1),
      dataPath: z.string().min(1),
      /** Of how many rows the truth is to be within what is said beside the prediction; absent: nothing is. */
      coverage: z.number().min(0.5).max(0.99).optional(),
    }),
    predictionsSchema,
  ),
  /** How long answers take here; written with the model where that is as Descent wrote it. */
  'deploy.measure': procedure(z.strictObject({ modelPath: z.string().min(1) }), measuredLatencySchema),
  /** One example that a person enters; nothing of it is kept. */
  'deploy.try': procedure(
    z.strictObject({
      modelPath: z.string().min(1),
      /** Of a table or a text: what stands in each column; null: it is not known. */
      row: z.record(z.string(), z.string().max(longestPasted).nullable()).optional(),
      /** Of pictures: the file. */
      picture: z.string().min(1).optional(),
      /** Of a table that holds pictures: their files, by the names of the columns; what is not there is missing. */
      pictures: z.record(z.string(), z.string().min(1)).optional(),
      /** Absent: the answer alone. */
      explanation: explanationSchema.optional(),
      answer: z.string().max(1000).optional(),
    }),
    triedSchema,
  ),

  /** Whether the second run is better than the first, or chance may have made the difference. */
  'compare.paired': procedure(
    z.strictObject({
      firstId: idSchema,
      secondId: idSchema,
      split: z.enum(['validation', 'test']),
      /** Absent: what runs of the task are judged by. */
      metric: z.string().max(100).optional(),
    }),
    pairedComparisonSchema,
  ),
  /** The networks of two runs, as their settings make them of their data. */
  'compare.networks': procedure(z.strictObject({ firstId: idSchema, secondId: idSchema }), networkDiffSchema),
  'compare.runs': procedure(z.strictObject({ runIds: z.array(idSchema).min(1).max(50) }), comparisonSchema),
} as const

export type Procedures = typeof procedures
export type ProcedureName = keyof Procedures
export type Input<N extends ProcedureName> = z.input<Procedures[N]['input']>
export type Output<N extends ProcedureName> = z.output<Procedures[N]['output']>
