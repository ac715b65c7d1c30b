/**
 * What a worker process does: everything that reads data, of which nobody knows beforehand how large or how broken it
 * is. One function each; input and output are plain data that pass between processes.
 */
import { join } from 'node:path'
import type {
  Augmented,
  Backend,
  BesideBaselines,
  Column,
  ComputationGraph,
  Correction,
  DataComparison,
  DataExport,
  Dependence,
  Evaluation,
  Examined,
  Explained,
  Explanation,
  ExportFormat,
  Exported,
  ExportedData,
  Gallery,
  GradientPaths,
  MeasuredLatency,
  ModelInfo,
  MetricName,
  Metrics,
  ModelSummary,
  NetworkGiven,
  NetworkIdeas,
  NetworkSizes,
  Overlay,
  PairedComparison,
  Predictions,
  Preflight,
  Tuning,
  PreparedSummary,
  Profile,
  Receipt,
  Recipe,
  RestoredBackup,
  Robustness,
  RowsBehind,
  Scatter,
  StepProfile,
  Thumbnail,
  Tried,
  WholePicture,
  ValueNumbers,
  WrittenBackup,
  WrittenProject,
  BaselineName,
} from '../../contract/index.ts'
import { latencyOptions, startsOf } from '../../contract/index.ts'
import type { RestoreRequest } from '../backup/restore.ts'
import type { BackupRequest } from '../backup/write.ts'
import type { Fitted } from '../baselines/index.ts'
import type { Learnable, Wanted } from '../baselines/part.ts'
import { compareImport, type ComparedImport } from '../datasets/compare-import.ts'
import type { Uncertainty } from '../evaluate/uncertainty.ts'
import type { Ranges } from '../evaluate/ranges.ts'
import type { Reference } from '../evaluate/reference.ts'
import { compareVersions, correctedOverlay } from '../datasets/correct.ts'
import { rowsBehind, type RowsWanted } from '../explore/rows-behind.ts'
import { scatter } from '../explore/scatter.ts'
import { glance } from '../explore/profile.ts'
import { tableVersionOf, type TableVersion } from '../kinds/table/corrected-table.ts'
import { measureTableColumn, type MeasuredColumn } from '../kinds/table/measure-column.ts'
import {
  kindOf,
  locate,
  namedTargets,
  withNote,
  type Imported,
  type ImportRequest,
  type ReadContext,
  type VersionPage,
} from '../kinds/index.ts'
import { shareOf } from '../kinds/kind.ts'
import { joinedFile, joinedName } from '../kinds/table/shaping/joined-files.ts'
import type { AtHand } from '../deploy/exports/at-hand.ts'
import type { TriedExample } from '../deploy/try.ts'
import type { PreviewRequest } from '../model/preview.ts'
import type { GraphRequest } from '../graph/kept.ts'
import type { InputRows } from '../model/input.ts'
import type { InColumn } from '../pictures/show.ts'
import type { Preparation } from '../prepare/preparation.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import type { Inspected } from '../projects/file/inspect.ts'
import type { ExportRequest } from '../projects/file/write.ts'
import { withFetched } from '../remote/index.ts'
import { hashOfFile, hashOfRows, type FinishedFile } from '../store/index.ts'
import type { Tensors } from '../training/checkpoint.ts'
import { choicesOf } from '../tasks/index.ts'
import { factsOf, networkOf, takeRows, trainingDataOf, trainOptionsOf } from '../training/data.ts'
import { placeIn, preparedOf, verifySource, type DatasetSource } from './source.ts'

/** What a task may use of its process. */
export interface TaskContext extends ReadContext {
  /** Hashes of files that nobody knew yet. */
  learned(hashes: Record<string, string>): void
}

export interface ImportedFiles {
  readonly receipt: Receipt
  readonly columns: Column[]
  readonly rows: number
  readonly recipe: Recipe
  /** To be moved to where the workspace keeps them. */
  readonly files: FinishedFile[]
  /** Of these: what was fetched from an address; null: the file was on this machine. */
  readonly fetchedTo: string | null
}

interface ByDataset {
  readonly source: DatasetSource
}

interface Trained {
  readonly backend: Backend
  /** `model.*` */
  readonly weights: Tensors
}

export interface Tasks {
  /** Reads what a person named into `scratch`. */
  import(
    input: { readonly request: ImportRequest; readonly scratch: string; readonly id: string },
    context: TaskContext,
  ): Promise<ImportedFiles>
  page(
    input: ByDataset & { readonly offset: number; readonly limit: number },
    context: TaskContext,
  ): Promise<VersionPage>
  /** Of a column of pictures. */
  thumbnails(
    input: ByDataset & InColumn & { readonly names: readonly string[] },
    context: TaskContext,
  ): Promise<Thumbnail[]>
  picture(
    input: ByDataset & InColumn & { readonly name: string },
    context: TaskContext,
  ): Promise<WholePicture>
  /** Of images. */
  gallery(input: ByDataset & { readonly perClass: number }, context: TaskContext): Promise<Gallery>
  /** What the version has otherwise than its import, once it is corrected. Throws what does not fit the data. */
  correct(
    input: ByDataset & { readonly corrections: readonly Correction[] },
    context: TaskContext,
  ): Promise<Overlay>
  /** Two versions of one import; `source` is the later one. */
  compareVersions(
    input: ByDataset & { readonly before: DatasetSource },
    context: TaskContext,
  ): Promise<Omit<DataComparison, 'before' | 'after'>>
  /** What a file that was read again has otherwise; `source` is what the project has. Tables only. */
  compareImport(
    input: ByDataset & { readonly after: DatasetSource },
    context: TaskContext,
  ): Promise<ComparedImport>
  profile(input: ByDataset, context: TaskContext): Promise<Profile>
  /** Of a large table, from a part of its rows. */
  glance(input: ByDataset & { readonly drawn?: boolean }, context: TaskContext): Promise<Profile>
  rowsBehind(input: ByDataset & { readonly wanted: RowsWanted }, context: TaskContext): Promise<RowsBehind>
  scatter(
    input: ByDataset & { readonly x: string; readonly y: string; readonly color: string | null },
    context: TaskContext,
  ): Promise<Scatter>
  measureColumn(input: ByDataset & { readonly index: number }, context: TaskContext): Promise<MeasuredColumn>
  /** Throws what stands against training on this data. */
  checkTraining(input: ByDataset, context: TaskContext): Promise<null>
  summarize(input: ByDataset, context: TaskContext): Promise<PreparedSummary>
  /** Of one training example. */
  augmented(input: ByDataset & PreviewRequest, context: TaskContext): Promise<Augmented>
  describeModel(input: ByDataset, context: TaskContext): Promise<ModelSummary>
  networkSizes(input: NetworkGiven, context: TaskContext): Promise<NetworkSizes>
  networkIdeas(input: NetworkGiven, context: TaskContext): Promise<NetworkIdeas>
  /** The graph of a step, its numbers and its paths; `weights`: `model.*`, null for those that training begins with. */
  graphOfBatch(input: ByDataset & GraphRequest, context: TaskContext): Promise<ComputationGraph>
  graphNumbers(
    input: ByDataset & GraphRequest & { readonly value: number },
    context: TaskContext,
  ): Promise<ValueNumbers>
  graphPaths(
    input: ByDataset & GraphRequest & { readonly value: number; readonly element: number },
    context: TaskContext,
  ): Promise<GradientPaths>
  /** What goes with a trained network: the preparation, with the threshold and the temperature that its validation split chose, and how sure it is. */
  goesWith(
    input: ByDataset &
      Trained & {
        /** Its test was opened: what is promised is measured there. */
        readonly opened: boolean
      },
    context: TaskContext,
  ): Promise<GoesWith>
  evaluate(
    input: ByDataset & {
      readonly backend: Backend
      /** `model.*` */
      readonly weights: Tensors
      readonly split: Evaluation['split']
    },
    context: TaskContext,
    /** `testRows`: the same for the same test rows. */
  ): Promise<{ readonly evaluation: Omit<Evaluation, 'runId'>; readonly testRows: string }>
  /** What is found out beyond metrics. */
  examine(
    input: ByDataset &
      Trained & {
        readonly split: Evaluation['split']
        readonly epoch: number
        /** By series, when these weights were the best in training; null: it is not known. */
        readonly recorded: Metrics | null
      },
    context: TaskContext,
  ): Promise<Omit<Examined, 'runId'>>
  /** How it does where something happens to the rows of a split. */
  robustness(
    input: ByDataset & Trained & { readonly split: Evaluation['split'] },
    context: TaskContext,
  ): Promise<Omit<Robustness, 'runId'>>
  /**
   * Ordinary models, trained on the rows that networks are trained on. `names`: absent: all. `budget`: of each, in milliseconds;
   * absent: a minute. `wanted`: absent: they learn from all rows, and are asked about all others.
   */
  fitBaselines(
    input: ByDataset & {
      readonly names?: readonly BaselineName[]
      readonly budget?: number
      readonly wanted?: Wanted
    },
    context: TaskContext,
  ): Promise<Fitted>
  /** Of data that somebody has prepared. */
  fitBaselinesOf(
    input: {
      readonly learnable: Learnable
      readonly names: readonly BaselineName[]
      readonly budget: number
    },
    context: TaskContext,
  ): Promise<Fitted>
  /** A trained network beside them. */
  besideBaselines(
    input: ByDataset & Trained & { readonly split: Evaluation['split']; readonly fitted: Fitted },
    context: TaskContext,
  ): Promise<Omit<BesideBaselines, 'runId'>>
  /** Two trained networks on the rows of a split that both have. */
  comparePair(
    input: {
      readonly pair: readonly [ByDataset & Trained, ByDataset & Trained]
      readonly split: Evaluation['split']
      readonly metric: MetricName
    },
    context: TaskContext,
  ): Promise<Omit<PairedComparison, 'firstId' | 'secondId'>>
  /** Writes the version, or what a network is given of it, to `path`. */
  exportData(
    input: ByDataset & { readonly chosen: DataExport; readonly path: string },
    context: TaskContext,
  ): Promise<ExportedData>
  profileStep(input: ByDataset & { readonly backend: Backend }, context: TaskContext): Promise<StepProfile>
  /** Tries the network before it is trained. */
  preflight(input: ByDataset & { readonly backend: Backend }, context: TaskContext): Promise<Preflight>
  tune(input: ByDataset & { readonly backend: Backend }, context: TaskContext): Promise<Tuning>
  /** What a saved model is, its files read and held against their hashes. */
  loadModel(input: { readonly path: string }, context: TaskContext): Promise<ModelInfo>
  /** Writes a saved model in another format. */
  exportModel(
    input: {
      readonly modelPath: string
      readonly chosen: ExportFormat
      readonly path: string
      /** The data that it was trained on; null: they are not at hand. */
      readonly source: DatasetSource | null
    },
    context: TaskContext,
  ): Promise<Exported>
  /** Writes a project, with all that belongs to it, as one file. */
  exportProject(input: ExportRequest, context: TaskContext): Promise<WrittenProject>
  /** Writes the whole workspace as one file. */
  backUpWorkspace(input: BackupRequest, context: TaskContext): Promise<WrittenBackup>
  /** Makes a workspace of such a file. */
  restoreWorkspace(input: RestoreRequest, context: TaskContext): Promise<RestoredBackup>
  /** Unpacks a project's file into an empty folder, and looks whether it may be taken over. */
  openProject(
    input: { readonly path: string; readonly folder: string },
    context: TaskContext,
  ): Promise<Inspected>
  /** Makes a workspace of its own of a project, with the files that a copy does not share. */
  copyProject(
    input: { readonly workspace: string; readonly projectId: string; readonly folder: string },
    context: TaskContext,
  ): Promise<Inspected>
  predict(
    input: {
      readonly modelPath: string
      readonly dataPath: string
      readonly outputPath: string
      readonly scratch: string
      readonly coverage?: number | undefined
    },
    context: TaskContext,
  ): Promise<Predictions>
  /** One example through a saved model. */
  tryModel(
    input: {
      readonly modelPath: string
      readonly given: TriedExample
      readonly explaining: Explaining | null
      readonly scratch: string
    },
    context: TaskContext,
  ): Promise<Tried>
  /** How long a saved model takes to answer here. */
  measureLatency(input: { readonly modelPath: string }, context: TaskContext): Promise<MeasuredLatency>
  /** Why a trained network says what it says of a row of its data. `sealed`: rows of the test are refused. */
  explain(
    input: ByDataset & Trained & Explaining & { readonly row: number; readonly sealed: boolean },
    context: TaskContext,
  ): Promise<Explained>
  /** How its answers change with one column. */
  dependence(
    input: ByDataset & Trained & { readonly split: SplitName; readonly column: string },
    context: TaskContext,
  ): Promise<Dependence>
}

type SplitName = Evaluation['split']

/** What is explained, and by what. */
interface Explaining {
  readonly explanation: Explanation
  readonly answer: string | null
}

interface GoesWith {
  readonly preparation: Preparation
  readonly uncertainty: Uncertainty | null
  readonly ranges: Ranges
  readonly reference: Reference
}

export type TaskName = keyof Tasks
export type TaskInput<N extends TaskName> = Parameters<Tasks[N]>[0]
export type TaskOutput<N extends TaskName> = Awaited<ReturnType<Tasks[N]>>

async function opened<T>(
  { source }: ByDataset,
  context: TaskContext,
  use: (source: DatasetSource) => Promise<T>,
): Promise<T> {
  context.learned(await verifySource(source))
  return await use(source)
}

const tableIn = (source: DatasetSource): TableVersion => tableVersionOf(placeIn(source))
const columnsIn = ({ recipe }: DatasetSource): readonly Column[] => recipe.data.columns

/** Finished files of an import, by where the workspace keeps them. */
function finishedFiles(scratch: string, id: string, { receipt, recipe }: Imported): FinishedFile[] {
  const hashes = [...new Set(receipt.files.map(({ sha256 }) => sha256))]
  const originals = hashes.map((sha256) => ({
    from: join(scratch, 'originals', sha256),
    path: `datasets/originals/${sha256}`,
    sha256,
  }))
  if (recipe.kind === 'table') {
    const from = join(scratch, `${id}.parquet`)
    const joined = (recipe.data.source.joined ?? []).map(({ sha256 }) => ({
      from: joinedFile(scratch, sha256),
      path: `datasets/${joinedName(sha256)}`,
      sha256,
    }))
    return [{ from, path: `datasets/${id}.parquet`, sha256: hashOfFile(from) }, ...joined, ...originals]
  }
  return originals
}

/** What a trained network says of a split; of a split that was asked for already, what it said then. */
function askerOf(prepared: Prepared, { recipe }: DatasetSource, { backend, weights }: Trained) {
  const said = new Map<SplitName, Promise<Float32Array>>()
  const ask = async (split: SplitName): Promise<Float32Array> => {
    const { predictHere } = await import('../training/predict.ts')
    const network = networkOf(recipe, prepared.preparation)
    const data = takeRows(prepared.data, prepared.split[split])
    return (await predictHere({ backend, network, weights, data })).outputs
  }
  return (split: SplitName): Promise<Float32Array> => {
    const known = said.get(split) ?? ask(split)
    said.set(split, known)
    return known
  }
}

/** The device is asked only where the recipe has something to choose. */
async function tuned(
  prepared: Prepared,
  { recipe }: DatasetSource,
  outputsOn: ReturnType<typeof askerOf>,
): Promise<Prepared> {
  const { afterTraining, choosesAfterTraining } = await import('../evaluate/after-training.ts')
  if (!choosesAfterTraining(recipe)) return prepared
  return afterTraining(prepared, recipe, await outputsOn('validation'))
}

export const tasks: Tasks = {
  async import({ request, scratch, id }, context) {
    const { password: _, mirror: __, trust: ___, ...asked } = request
    const { read, file } = await withFetched(
      request,
      scratch,
      context,
      async (path, within, { usual, ...rest }) => {
        const at = await locate(
          path,
          { kind: request.as ?? null, targets: namedTargets(request.target) },
          scratch,
          within,
        )
        const target = request.target ?? usual?.target ?? at.target
        const wanted = { ...asked, path: at.path, ...rest, target, usual }
        return withNote(await kindOf(at.kind).import(wanted, { folder: scratch, id }, within), at)
      },
    )
    const files = finishedFiles(scratch, id, read)
    if (file === null) return { ...read, files, fetchedTo: null }
    const fetchedTo = `uploads/u${id.replaceAll('-', '')}/${file.name}`
    return {
      ...read,
      files: [...files, { from: file.path, path: fetchedTo, sha256: file.sha256 }],
      fetchedTo,
    }
  },

  page: (input, context) =>
    opened(input, context, (source) =>
      kindOf(source.recipe.kind).page(
        placeIn(source),
        source.dataset,
        source.recipe,
        input.offset,
        input.limit,
        context,
      ),
    ),

  thumbnails: (input, context) =>
    opened(input, context, async (source) => {
      const { thumbnails } = await import('../pictures/show.ts')
      const { receipt } = source.dataset
      return await thumbnails(placeIn(source), receipt, input, input.names, context.limits)
    }),

  picture: (input, context) =>
    opened(input, context, async (source) => {
      const { wholePicture } = await import('../pictures/show.ts')
      const { receipt } = source.dataset
      return await wholePicture(placeIn(source), receipt, input, input.name, context.limits)
    }),

  gallery: (input, context) =>
    opened(input, context, async (source) => {
      const { galleryOf } = await import('../kinds/images/gallery.ts')
      return await galleryOf(placeIn(source), source.dataset, input.perClass, context)
    }),

  correct: (input, context) =>
    opened(input, context, (source) => correctedOverlay(source, input.corrections, context)),

  compareVersions: (input, context) =>
    opened(input, context, (source) => compareVersions(input.before, source, context)),

  compareImport: (input, context) =>
    opened(input, context, (source) => compareImport(source, input.after, context)),

  profile: (input, context) =>
    opened(input, context, (source) =>
      kindOf(source.recipe.kind).profile(placeIn(source), source.dataset, source.recipe, context),
    ),

  glance: (input, context) =>
    opened(input, context, (source) =>
      glance(tableIn(source), columnsIn(source), context, { drawn: input.drawn ?? true }),
    ),

  rowsBehind: (input, context) =>
    opened(input, context, async (source) => {
      if (source.recipe.kind === 'table')
        return await rowsBehind(tableIn(source), columnsIn(source), input.wanted, context)
      const names = columnsIn(source).map(({ name }) => name)
      const { separator } = source.recipe.target
      if (source.recipe.kind === 'text') {
        const { textsBehind } = await import('../kinds/text/rows-behind.ts')
        return await textsBehind(placeIn(source), source.dataset, names, input.wanted, context, separator)
      }
      const { imagesBehind } = await import('../kinds/images/rows-behind.ts')
      return await imagesBehind(placeIn(source), source.dataset, names, input.wanted, context, separator)
    }),

  scatter: (input, context) =>
    opened(input, context, (source) => scatter(tableIn(source), columnsIn(source), input, context)),

  measureColumn: (input, context) =>
    opened(input, context, (source) => measureTableColumn(placeIn(source), input.index, context)),

  checkTraining: (input, context) =>
    opened(input, context, async (source) => {
      const prepared = await preparedOf(source, context)
      trainingDataOf(prepared, source.recipe)
      const { requireStart } = await import('../training/network.ts')
      const { startWeightsOf } = await import('../training/start-weights.ts')
      const start = await startWeightsOf(source.recipe.weights, prepared.preparation.columns)
      await requireStart(networkOf(source.recipe, prepared.preparation), source.recipe, start)
      return null
    }),

  summarize: (input, context) =>
    opened(input, context, async (source) => (await preparedOf(source, context)).summary(source.recipe)),

  augmented: (input, context) =>
    opened(input, context, async (source) => {
      const { useDevice } = await import('../training/predict.ts')
      const { augmentedExample } = await import('../model/preview.ts')
      const prepared = await preparedOf(source, context)
      // A few small pictures: no device is quicker at them than the processor.
      await useDevice('wasm')
      return await augmentedExample(prepared, source.recipe.augment, input)
    }),

  describeModel: (input, context) =>
    opened(input, context, async (source) => {
      const { preparation, split } = await preparedOf(source, context)
      const { describeNetwork } = await import('../model/describe.ts')
      const { model, training } = source.recipe
      const network = networkOf({ model }, preparation)
      return {
        ...(await describeNetwork(network, training.loss, choicesOf(preparation))),
        facts: factsOf(network, preparation.task, split.train.length),
      }
    }),

  networkSizes: async (given) => {
    const { sizesOfNetwork } = await import('../model/advise.ts')
    return await sizesOfNetwork(given)
  },
  networkIdeas: async (given) => {
    const { ideasForNetwork } = await import('../model/advise.ts')
    return await ideasForNetwork(given)
  },

  graphOfBatch: (input, context) =>
    opened(input, context, async (source) => {
      const { keptGraph } = await import('../graph/kept.ts')
      return await (await keptGraph(source, input, context)).describe(context.progress)
    }),

  graphNumbers: (input, context) =>
    opened(input, context, async (source) => {
      const { keptGraph } = await import('../graph/kept.ts')
      return await (await keptGraph(source, input, context)).numbers(input.value)
    }),

  graphPaths: (input, context) =>
    opened(input, context, async (source) => {
      const { keptGraph } = await import('../graph/kept.ts')
      return await (
        await keptGraph(source, input, context)
      ).paths(input.value, input.element, context.progress)
    }),

  goesWith: (input, context) =>
    opened(input, context, async (source) => {
      const untuned = await preparedOf(source, context)
      const outputsOn = askerOf(untuned, source, input)
      const prepared = await tuned(untuned, source, outputsOn)
      const { uncertaintyOf } = await import('../evaluate/conformal.ts')
      const { rangesOf } = await import('../evaluate/ranges.ts')
      const { referenceOf } = await import('../evaluate/reference.ts')
      const { train, test } = prepared.split
      const outputs = {
        validation: await outputsOn('validation'),
        test: input.opened && test.length > 0 ? await outputsOn('test') : null,
      }
      return {
        preparation: prepared.preparation,
        uncertainty: uncertaintyOf(prepared, outputs),
        ranges: rangesOf(prepared.features, train),
        reference: referenceOf(prepared.features, train),
      }
    }),

  evaluate: (input, context) =>
    opened(input, context, async (source) => {
      const untuned = await preparedOf(source, context)
      const outputsOn = askerOf(untuned, source, input)
      const prepared = await tuned(untuned, source, outputsOn)
      const { evaluateOutputs } = await import('../evaluate/evaluate.ts')
      const outputs = await outputsOn(input.split)
      const { test } = prepared.split
      return {
        evaluation: evaluateOutputs(prepared, input.split, outputs),
        testRows: hashOfRows(test.map((row) => prepared.numbers?.[row] ?? row)),
      }
    }),

  examine: (input, context) =>
    opened(input, context, async (source) => {
      const { backend, weights, split, epoch, recorded } = input
      const untuned = await preparedOf(source, context)
      const prepared = await tuned(untuned, source, askerOf(untuned, source, input))
      const { predictHere } = await import('../training/predict.ts')
      const { examine } = await import('../evaluate/examine/index.ts')
      const network = networkOf(source.recipe, untuned.preparation)
      const predict = async (data: InputRows): Promise<Float32Array> =>
        (await predictHere({ backend, network, weights, data })).outputs
      return await examine({
        recipe: source.recipe,
        untuned,
        prepared,
        split,
        epoch,
        recorded,
        predict,
        outputsOf: (rows) => predict(takeRows(prepared.data, rows)),
        progress: context.progress,
      })
    }),

  robustness: (input, context) =>
    opened(input, context, async (source) => {
      const { backend, weights, split } = input
      const untuned = await preparedOf(source, context)
      const prepared = await tuned(untuned, source, askerOf(untuned, source, input))
      const { predictHere } = await import('../training/predict.ts')
      const { robustnessOf } = await import('../evaluate/robustness/index.ts')
      const network = networkOf(source.recipe, untuned.preparation)
      return await robustnessOf({
        recipe: source.recipe,
        prepared,
        split,
        predict: async (data) => (await predictHere({ backend, network, weights, data })).outputs,
        progress: context.progress,
      })
    }),

  explain: (input, context) =>
    opened(input, context, async (source) => {
      const untuned = await preparedOf(source, context)
      const prepared = await tuned(untuned, source, askerOf(untuned, source, input))
      const { openExplainable, explainExample, requireFor, rowIn } = await import('../explain/index.ts')
      requireFor(source.recipe.kind, input.explanation)
      const { preparation } = prepared
      const frame = rowIn(prepared, input)
      const model = await openExplainable(input.backend, preparation, source.recipe, input.weights)
      return await explainExample(model, frame, input.explanation, input.answer, context.progress)
    }),

  dependence: (input, context) =>
    opened(input, context, async (source) => {
      const untuned = await preparedOf(source, context)
      const prepared = await tuned(untuned, source, askerOf(untuned, source, input))
      const { openExplainable, dependenceOf } = await import('../explain/index.ts')
      const { preparation, features: columns, data, split } = prepared
      const model = await openExplainable(input.backend, preparation, source.recipe, input.weights)
      return await dependenceOf(
        model,
        { columns },
        data,
        split[input.split],
        input.column,
        null,
        context.progress,
      )
    }),

  fitBaselines: (input, context) =>
    opened(input, context, async (source) => {
      const { fitBaselines } = await import('../baselines/index.ts')
      const prepared = await preparedOf(source, context)
      const { partOf } = await import('../baselines/part.ts')
      return fitBaselines(input.wanted ? partOf(prepared, input.wanted) : prepared, {
        ...(input.names && { names: input.names }),
        ...(input.budget !== undefined && { budget: input.budget }),
        progress: context.progress,
      })
    }),

  fitBaselinesOf: async ({ learnable, ...asked }, { progress }) => {
    const { fitBaselines } = await import('../baselines/index.ts')
    return fitBaselines(learnable, { ...asked, progress })
  },

  besideBaselines: (input, context) =>
    opened(input, context, async (source) => {
      const { split, fitted } = input
      const prepared = await preparedOf(source, context)
      const outputsOn = askerOf(prepared, source, input)
      const { besideBaselines } = await import('../baselines/beside.ts')
      const network = {
        split,
        tuned: await tuned(prepared, source, outputsOn),
        outputs: await outputsOn(split),
      }
      return besideBaselines(source.recipe, prepared, network, fitted)
    }),

  async comparePair({ pair, split, metric }, context) {
    const { comparePair } = await import('../evaluate/compare-pair.ts')
    const judged = (one: ByDataset & Trained) =>
      opened(one, context, async (source) => {
        const prepared = await preparedOf(source, context)
        const outputsOn = askerOf(prepared, source, one)
        return { prepared: await tuned(prepared, source, outputsOn), outputs: await outputsOn(split) }
      })
    const first = await judged(pair[0])
    return comparePair([first, await judged(pair[1])], split, metric)
  },

  exportData: (input, context) =>
    opened(input, context, async (source) => {
      const { exportData } = await import('../datasets/export-data.ts')
      const data = {
        place: placeIn(source),
        receipt: source.dataset.receipt,
        recipe: source.recipe,
        prepared: () => preparedOf(source, context),
      }
      return await exportData(data, input.chosen, input.path, context)
    }),

  profileStep: (input, context) =>
    opened(input, context, async (source) => {
      const { useDevice, workOf } = await import('../training/predict.ts')
      const { profileTraining } = await import('../training/profile.ts')
      const options = await trainOptionsOf(source.recipe, await preparedOf(source, context))
      return await profileTraining(options, await useDevice(input.backend, await workOf(options)))
    }),

  preflight: (input, context) =>
    opened(input, context, async (source) => {
      const prepared = await preparedOf(source, context)
      const { useDevice, workOf } = await import('../training/predict.ts')
      const { preflightOf } = await import('../training/preflight/index.ts')
      const { namesInTensors } = await import('../prepare/preparation.ts')
      const options = await trainOptionsOf(source.recipe, prepared)
      await useDevice(input.backend, await workOf(options))
      return await preflightOf({ ...options, nameOf: namesInTensors(prepared.preparation.columns) })
    }),

  tune: (input, context) =>
    opened(input, context, async (source) => {
      const options = await trainOptionsOf(source.recipe, await preparedOf(source, context))
      const { useDevice, workOf } = await import('../training/predict.ts')
      const { tuningOf } = await import('../training/tuning/index.ts')
      await useDevice(input.backend, await workOf(options))
      return await tuningOf(options, context.progress)
    }),

  async loadModel({ path }) {
    const { modelInfo, readModelFolder } = await import('../deploy/folder.ts')
    return await modelInfo(await readModelFolder(path))
  },

  async exportModel({ modelPath, chosen, path, source }, context) {
    const { exportModel } = await import('../deploy/exports/index.ts')
    const { readModelFolder } = await import('../deploy/folder.ts')
    const { atHand } = await import('../deploy/exports/at-hand.ts')
    const model = await readModelFolder(modelPath)
    const data = async (): Promise<AtHand> =>
      source === null
        ? { prepared: null, why: 'The run that it was saved from is not in this project.' }
        : await opened({ source }, context, async (verified) => ({
            prepared: await preparedOf(verified, shareOf(context, 0, 0.3)),
          }))
    return await exportModel(model, chosen, path, {
      data: () => atHand(data),
      progress: (share) => context.progress(0.3 + 0.7 * share),
    })
  },

  async exportProject(request, { progress }) {
    const { writeProject } = await import('../projects/file/write.ts')
    return await writeProject(request, progress)
  },

  async backUpWorkspace(request, { progress }) {
    const { writeBackup } = await import('../backup/write.ts')
    return await writeBackup(request, progress)
  },

  async restoreWorkspace(request, { progress }) {
    const { restoreBackup } = await import('../backup/restore.ts')
    return await restoreBackup(request, progress)
  },

  async openProject({ path, folder }, { limits, progress }) {
    const { unpack } = await import('../archive/unpack.ts')
    const { projectForm } = await import('../projects/file/contents.ts')
    const { inspectProject } = await import('../projects/file/inspect.ts')
    return inspectProject(path, folder, await unpack(projectForm, { path, folder, limits }, progress))
  },

  async copyProject({ workspace, projectId, folder }) {
    const { copiedProject } = await import('../projects/file/gather.ts')
    return await copiedProject(workspace, projectId, folder)
  },

  async tryModel({ modelPath, given, explaining, scratch }, context) {
    const { tryExample } = await import('../deploy/try.ts')
    const { readModelFolder } = await import('../deploy/folder.ts')
    return await tryExample(
      await readModelFolder(modelPath),
      given,
      explaining,
      scratch,
      context,
      context.progress,
    )
  },

  async measureLatency({ modelPath }, { progress }) {
    const { measureLatency } = await import('../deploy/latency/index.ts')
    const { readModelFolder } = await import('../deploy/folder.ts')
    return await measureLatency(await readModelFolder(modelPath), startsOf(latencyOptions), progress)
  },

  async predict({ modelPath, dataPath, outputPath, scratch, coverage }, context) {
    const started = performance.now()
    const { predictFile } = await import('../deploy/predict-file.ts')
    const { readModelFolder } = await import('../deploy/folder.ts')
    const { writeWhole } = await import('../deploy/output.ts')
    const model = await readModelFolder(modelPath)
    const { rows, page, notes, pictures } = await predictFile(
      {
        model,
        dataPath,
        coverage,
        withPictures: true,
        folder: scratch,
        write: (chunks) => writeWhole(outputPath, chunks),
      },
      context,
    )
    const seconds = (performance.now() - started) / 1000
    return { model: model.path, rows, page, outputPath, notes, pictures, seconds }
  },
}
