/** The model folder on disk: written whole or not at all, and read with suspicion. */
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from '../../../engine/formats/safetensors.ts'
import { toStatePath } from '../../../engine/formats/state-names.ts'
import { DescentError, type ModelInfo } from '../../contract/index.ts'
import { joinedName } from '../kinds/table/shaping/joined-files.ts'
import { checkPath, readRegularFile } from '../inputs/regular-file.ts'
import { withPrefix, type Tensors } from '../training/checkpoint.ts'
import { modelCard } from './card.ts'
import { budgetVerdict } from './latency/budget.ts'
import { fieldsOf } from './fields.ts'
import { formatVersion, modelDocumentSchema, type ModelDocument } from './document.ts'
import { listFolder, type Files } from './owned-folder.ts'
import { tidyExports, writeFolder, type Placed } from './replace-folder.ts'

export const documentFile = 'model.json'
const weightsFile = 'model.safetensors'
const cardFile = 'README.md'
const descriptions: Record<string, string> = {
  [weightsFile]: 'The weights (safetensors)',
  [documentFile]: 'Architecture, preprocessing and provenance',
  [cardFile]: 'Model card',
}
const mebibyte = 2 ** 20
/** A vocabulary takes a few megabytes; and more weights are not hashed in one call. */
const longest: Record<string, number> = { [documentFile]: 256 * mebibyte, [weightsFile]: 2048 * mebibyte - 1 }

export interface LoadedModel {
  readonly path: string
  readonly document: ModelDocument
  /** `model.*`, as in a checkpoint. */
  readonly weights: Tensors
}

export type ModelDraft = Omit<ModelDocument, 'format' | 'formatVersion' | 'weights'>

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export function toSafeTensors(tensors: Tensors): Record<string, SafeTensor> {
  const entries = Object.entries(tensors).map(([name, { dtype, shape, data }]): [string, SafeTensor] => {
    if (dtype === 'uint8') throw new Error(`The weights ${name} are bytes, which no layer has.`)
    return [name, { dtype, shape, data }]
  })
  return Object.fromEntries(entries)
}

const fromSafeTensors = (tensors: Record<string, SafeTensor>): Tensors =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, data }]) => {
      if (dtype === 'float16') throw new Error(`The weights ${name} are float16; models are kept as float32.`)
      return [name, { dtype: dtype === 'bool' ? 'int32' : dtype, shape, data }]
    }),
  )

/** `state`: the state dict, without a prefix; of a run of version 0.1.0 its names become PyTorch's. */
function written(draft: ModelDraft, state: Tensors): { weights: Uint8Array; document: ModelDocument } {
  const tensors = Object.fromEntries(Object.entries(state).map(([name, t]) => [toStatePath(name), t]))
  const weights = encodeSafetensors(toSafeTensors(tensors), { format: 'pt', framework: 'descent' })
  const about = { file: weightsFile, sha256: sha256(weights), parameters: parametersOf(tensors) } as const
  return { weights, document: { format: 'descent-model', formatVersion, ...draft, weights: about } }
}

/** What model.json says of the draft with these weights. */
export const modelDocumentOf = (draft: ModelDraft, state: Tensors): ModelDocument =>
  written(draft, state).document

/** The files of its folder. `further`: what its inputs are computed from, besides. */
export function modelFiles(draft: ModelDraft, state: Tensors, further: Files = {}): Files {
  const { weights, document } = written(draft, state)
  return {
    [weightsFile]: weights,
    [documentFile]: JSON.stringify(document, null, 2) + '\n',
    [cardFile]: modelCard(document),
    ...further,
  }
}

/** Where the named folder holds something else, the model goes beside it, and `notes` say so. */
export const writeModelFolder = (
  folder: string,
  draft: ModelDraft,
  tensors: Tensors,
  further: Files = {},
): Placed => writeFolder(checkPath(folder), modelFiles(draft, tensors, further))

/** Running statistics of batch norm are state, not parameters. */
function parametersOf(tensors: Tensors): number {
  return Object.entries(tensors)
    .filter(([name]) => !/(^|\.)(running_mean|running_var|num_batches_tracked)$/.test(name))
    .reduce((sum, [, tensor]) => sum + tensor.shape.reduce((product, size) => product * size, 1), 0)
}

const unusable = (path: string, why: string): DescentError =>
  new DescentError('badData', `${path} cannot be used: ${why}.`, 'path')

async function readPart(folder: string, name: string): Promise<Uint8Array> {
  const rules = { most: longest[name] ?? 0, what: `the ${name} of a model` }
  try {
    return await readRegularFile(join(folder, name), rules)
  } catch (error) {
    if (!(error instanceof DescentError) || error.code !== 'notFound') throw error
    throw new DescentError('badData', `${folder} is not a usable model: it has no ${name}.`, 'path')
  }
}

function parseJson(path: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    throw unusable(path, 'it is not valid JSON')
  }
}

function checkDocument(path: string, value: unknown): ModelDocument {
  const { format, formatVersion: version } = (value ?? {}) as { format?: unknown; formatVersion?: unknown }
  if (format !== 'descent-model') throw unusable(path, 'it does not describe a model of Descent')
  if (typeof version === 'number' && version > formatVersion)
    throw unusable(
      path,
      `it has format version ${version}, and this Descent reads up to ${formatVersion}. Update Descent`,
    )
  const parsed = safely(() => modelDocumentSchema.safeParse(value))
  if (parsed === null) throw unusable(path, 'it is nested too deep')
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw unusable(
    path,
    `${issue?.path.join('.').slice(0, 200) || 'the document'}: ${(issue?.message ?? 'unexpected content').replace(/\.$/, '')}`,
  )
}

/** Null: a document nested very deep exhausts the stack of whoever walks it. */
function safely<T>(work: () => T): T | null {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** What a .safetensors file holds. Errors: a DescentError that says what is wrong with it. */
export function decodeWeights(path: string, bytes: Uint8Array): Tensors {
  try {
    return fromSafeTensors(decodeSafetensors(bytes).tensors)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw unusable(path, why.replace(/^This is/, 'it is').replace(/\.$/, ''))
  }
}

/** Where a run's folder has its model. */
export const modelFolder = 'model'

const statOrNull = (path: string) => stat(path).catch(() => null)

/** A process that died while it replaced the folder, or the run's around it, has it still. */
async function findFolder(path: string) {
  const at = await statOrNull(path)
  if (at !== null) return at
  tidyExports(dirname(path))
  tidyExports(dirname(dirname(path)))
  return await statOrNull(path)
}

/** What model.json at this path says, as it stands there now. Errors: a DescentError where it is none. */
export async function readModelDocument(
  folder: string,
): Promise<{ readonly bytes: Uint8Array; readonly document: ModelDocument }> {
  const path = join(folder, documentFile)
  const bytes = await readPart(folder, documentFile)
  return { bytes, document: checkDocument(path, parseJson(path, bytes)) }
}

/** A run's folder, in which its model has one of its own, stands for that. */
async function modelIn(folder: string): Promise<string> {
  const inside = join(folder, modelFolder)
  const [itself, within] = await Promise.all([folder, inside].map((at) => statOrNull(join(at, documentFile))))
  return itself === null && within?.isFile() ? inside : folder
}

/** Of a model's folder, or of a run's. Errors: a DescentError that says what is not as it was written. */
export async function readModelFolder(folder: string): Promise<LoadedModel> {
  const path = await modelIn(checkPath(folder))
  const at = await findFolder(path)
  if (at === null) throw new DescentError('notFound', `There is no model at ${path}.`, 'path')
  if (!at.isDirectory()) {
    throw new DescentError(
      'badData',
      `${path} is no folder. Give the model's folder, the one with ${documentFile} in it.`,
      'path',
    )
  }
  const { document } = await readModelDocument(path)
  const bytes = await readPart(path, weightsFile)
  const weightsPath = join(path, weightsFile)
  if (sha256(bytes) !== document.weights.sha256) {
    throw new DescentError(
      'badData',
      `${weightsPath} is not the file that ${documentFile} describes (its sha256 differs): it was damaged or exchanged. Export the model again.`,
      'path',
    )
  }
  return { path, document, weights: withPrefix(decodeWeights(weightsPath, bytes), 'model') }
}

/** Tables that rows to predict are joined with. */
function joinedDescriptions({ provenance: { recipe } }: ModelDocument): Record<string, string> {
  const joined = recipe.kind === 'table' ? (recipe.data.source.joined ?? []) : []
  return Object.fromEntries(
    joined.map(({ sha256, path }) => [joinedName(sha256), `What is joined from ${basename(path)}`]),
  )
}

export async function modelInfo({
  path,
  document,
}: Pick<LoadedModel, 'path' | 'document'>): Promise<ModelInfo> {
  return {
    path,
    name: document.name,
    kind: document.provenance.recipe.kind,
    task: document.task,
    target: document.target,
    classes: document.classes,
    inputs: document.inputs,
    fields: fieldsOf(document),
    parameters: document.weights.parameters,
    createdAt: document.createdAt,
    runId: document.provenance.runId,
    test: document.provenance.test,
    latency: document.latency ?? null,
    budget: budgetVerdict(document, document.latency),
    files: await listFolder(path, { ...descriptions, ...joinedDescriptions(document) }),
  }
}
