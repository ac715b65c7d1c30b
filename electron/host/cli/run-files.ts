/** What a run folder holds. */
import { engineVersion } from '../../../engine/index.ts'
import {
  recordedFor,
  type BesideBaselines,
  type Latency,
  type MetricPoint,
  type Recipe,
  type TrainingReport,
} from '../../contract/index.ts'
import { hashOfImport } from '../datasets/hash-of-import.ts'
import { modelDraft, toldChecks } from '../deploy/draft.ts'
import { modelFiles, modelFolder } from '../deploy/folder.ts'
import { below, withManifest, type Files } from '../deploy/owned-folder.ts'
import { csvLine } from '../deploy/table.ts'
import { rangesOf, type Ranges } from '../evaluate/ranges.ts'
import { referenceOf, type Reference } from '../evaluate/reference.ts'
import { joinedFilesOf } from '../kinds/table/shaping/joined-files.ts'
import { labelStyleOf } from '../kinds/text/receipt-style.ts'
import type { Prepared } from '../prepare/prepare-data.ts'
import { section } from '../training/checkpoint.ts'
import type { TrainResult } from '../training/train.ts'
import type { OpenedData } from './open-data.ts'
import type { ExaminedNetwork, Tested } from './tested.ts'

interface Data extends OpenedData {
  readonly prepared: Prepared
}

/** A line for each point: when it was, and what was recorded then. */
function curvesCsv(names: readonly string[], points: readonly MetricPoint[]): string {
  const lines = points.map(({ epoch, step, seconds, values }) =>
    csvLine([epoch, step, seconds, ...names.map((name) => values[name] ?? null)]),
  )
  return csvLine(['epoch', 'step', 'seconds', ...names]) + lines.join('')
}

/** What new rows are held against. The files of a run are written several times, and sorting many rows takes seconds. */
interface LikeTraining {
  readonly ranges: Ranges
  readonly reference: Reference
}
const asTrained = new WeakMap<Prepared, LikeTraining>()

function likeTraining(prepared: Prepared): LikeTraining {
  const known = asTrained.get(prepared)
  if (known !== undefined) return known
  const { features, split } = prepared
  const made = { ranges: rangesOf(features, split.train), reference: referenceOf(features, split.train) }
  asTrained.set(prepared, made)
  return made
}

export const json = (value: unknown): string => JSON.stringify(value, null, 2) + '\n'

export interface Outcome {
  readonly data: Data
  readonly points: readonly MetricPoint[]
  readonly steps: readonly MetricPoint[]
  /** Those with the highest loss, and what was said of some epoch by epoch. */
  readonly examples: Pick<TrainingReport, 'hardest' | 'followed'>
  readonly result: TrainResult
  readonly tested: Tested
  readonly beside: Omit<BesideBaselines, 'runId'>
  /** null: it was not looked into. */
  readonly examined: ExaminedNetwork | null
  readonly device: { readonly backend: Recipe['backend']; readonly name: string }
  /** Of the model as it was written, where its recipe limits that; null: nobody has measured it. */
  readonly latency: Latency | null
}

export function runFiles(
  name: string,
  { data, points, steps, examples, result, tested, beside, examined, device, latency }: Outcome,
): Files {
  const { evaluation, validation, uncertainty } = tested
  const draft = modelDraft({
    name,
    runId: name,
    recipe: data.recipe,
    preparation: data.prepared.preparation,
    dataFile: data.receipt.fileName,
    header: data.receipt.header,
    encoding: data.receipt.encoding,
    texts: labelStyleOf(data.receipt),
    dataSha256: hashOfImport(data.receipt),
    dataVersion: null,
    engineVersion,
    backend: device.backend,
    device: device.name,
    bestEpoch: result.best.epoch,
    test: evaluation.metrics,
    intervals: evaluation.intervals,
    beside,
    ...(examined && { checks: toldChecks(examined) }),
    uncertainty: uncertainty ?? undefined,
    ...likeTraining(data.prepared),
  })
  const joined = joinedFilesOf(data.recipe, data.place.folder)
  return {
    'recipe.json': json(data.recipe),
    'receipt.json': json(data.receipt),
    'metrics.csv': curvesCsv(
      recordedFor(data.recipe.task).map(({ name }) => name),
      points,
    ),
    'examples.json': json(examples),
    'steps.csv': curvesCsv([...new Set(steps.flatMap(({ values }) => Object.keys(values)))], steps),
    'baselines.json': json(beside),
    ...(examined && { 'examined.json': json(examined) }),
    'evaluation.json': json({ ...evaluation, bestEpoch: result.best.epoch }),
    ...(validation && { 'validation.json': json({ ...validation, bestEpoch: result.best.epoch }) }),
    // A model folder that can be copied away, and is still ours there.
    ...below(
      modelFolder,
      withManifest(
        modelFiles({ ...draft, ...(latency && { latency }) }, section(result.best.tensors, 'model'), joined),
      ),
    ),
  }
}
