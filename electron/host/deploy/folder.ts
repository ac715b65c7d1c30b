/** The model folder on disk: written whole or not at all, and read with suspicion. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from '../../../engine/formats/safetensors.ts'
import { DescentError, type ModelInfo } from '../../contract/index.ts'
import { withPrefix, type Tensors } from '../training/checkpoint.ts'
import { modelCard } from './card.ts'
import { formatVersion, modelDocumentSchema, type ModelDocument } from './document.ts'
import { asOutputError } from './output-error.ts'

const documentFile = 'model.json'
const weightsFile = 'model.safetensors'
const cardFile = 'README.md'
const descriptions: Record<string, string> = {
  [weightsFile]: 'The weights (safetensors)',
  [documentFile]: 'Architecture, preprocessing and provenance',
  [cardFile]: 'Model card',
}

export interface LoadedModel {
  readonly path: string
  readonly document: ModelDocument
  /** `model.*`, as in a checkpoint. */
  readonly weights: Tensors
}

export type ModelDraft = Omit<ModelDocument, 'format' | 'formatVersion' | 'weights'>

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

function toSafeTensors(tensors: Tensors): Record<string, SafeTensor> {
  const entries = Object.entries(tensors).map(([name, { dtype, shape, data }]): [string, SafeTensor] => {
    if (dtype === 'uint8') throw new Error(`The weights ${name} are bytes, which no layer has.`)
    return [name, { dtype, shape, data }]
  })
  return Object.fromEntries(entries)
}

const fromSafeTensors = (tensors: Record<string, SafeTensor>): Tensors =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, data }]) => [
      name,
      { dtype: dtype === 'bool' ? 'int32' : dtype, shape, data },
    ]),
  )

const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => null)) !== null

/** A folder that is in the way is replaced only if it is empty or a model of ours. */
async function mayReplace(folder: string): Promise<void> {
  const at = await stat(folder).catch(() => null)
  if (at === null) return
  const message = `${folder} already exists and is not a Descent model. Choose another folder.`
  if (!at.isDirectory()) throw new DescentError('conflict', message, 'path')
  const names = await readdir(folder)
  if (names.length > 0 && !names.includes(documentFile)) throw new DescentError('conflict', message, 'path')
}

/** `tensors`: the state dict, without a prefix. Returns the folder's absolute path. */
export async function writeModelFolder(folder: string, draft: ModelDraft, tensors: Tensors): Promise<string> {
  const target = resolve(folder)
  await mayReplace(target)
  const weights = encodeSafetensors(toSafeTensors(tensors), { format: 'pt', framework: 'descent' })
  const document: ModelDocument = {
    format: 'descent-model',
    formatVersion,
    ...draft,
    weights: { file: weightsFile, sha256: sha256(weights), parameters: parametersOf(tensors) },
  }
  const aside = join(dirname(target), `.${basename(target)}-${randomUUID().slice(0, 8)}`)
  try {
    await mkdir(aside, { recursive: true })
    await writeFile(join(aside, weightsFile), weights, { flush: true })
    await writeFile(join(aside, documentFile), JSON.stringify(document, null, 2) + '\n', { flush: true })
    await writeFile(join(aside, cardFile), modelCard(document), { flush: true })
    const old = `${aside}-old`
    const replaces = await exists(target)
    if (replaces) await rename(target, old)
    await rename(aside, target)
    if (replaces) await rm(old, { recursive: true, force: true })
  } catch (error) {
    await rm(aside, { recursive: true, force: true }).catch(() => undefined)
    throw asOutputError(error, target)
  }
  return target
}

/** Running statistics of batch norm are state, not parameters. */
function parametersOf(tensors: Tensors): number {
  return Object.entries(tensors)
    .filter(([name]) => /\.(weight|bias)$/.test(name))
    .reduce((sum, [, tensor]) => sum + tensor.shape.reduce((product, size) => product * size, 1), 0)
}

async function readPart(folder: string, name: string): Promise<Uint8Array> {
  try {
    // Not a Buffer: its slice() is a view where everybody else's is a copy.
    return new Uint8Array(await readFile(join(folder, name)))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const why = code === 'ENOENT' ? `it has no ${name}` : `its ${name} cannot be read (${code})`
    throw new DescentError('badData', `${folder} is not a usable model: ${why}.`, 'path')
  }
}

function parseDocument(folder: string, text: string): ModelDocument {
  const broken = (why: string): DescentError =>
    new DescentError('badData', `${join(folder, documentFile)} cannot be used: ${why}.`, 'path')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw broken('it is not valid JSON')
  }
  const version = (value as { formatVersion?: unknown } | null)?.formatVersion
  if (typeof version === 'number' && version > formatVersion) {
    throw broken(
      `it has format version ${version}, and this Descent reads up to ${formatVersion}. Update Descent`,
    )
  }
  const parsed = modelDocumentSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw broken(`${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'unexpected content'}`)
}

export async function readModelFolder(folder: string): Promise<LoadedModel> {
  const path = resolve(folder)
  const at = await stat(path).catch(() => null)
  if (at === null) throw new DescentError('notFound', `There is no model at ${path}.`, 'path')
  if (!at.isDirectory()) {
    throw new DescentError(
      'badData',
      `${path} is a file. Give the model's folder, the one with ${documentFile} in it.`,
      'path',
    )
  }
  const document = parseDocument(path, new TextDecoder().decode(await readPart(path, documentFile)))
  const bytes = await readPart(path, weightsFile)
  if (sha256(bytes) !== document.weights.sha256) {
    throw new DescentError(
      'badData',
      `${join(path, weightsFile)} is not the file that ${documentFile} describes (its sha256 differs): it was damaged or exchanged. Export the model again.`,
      'path',
    )
  }
  return { path, document, weights: withPrefix(fromSafeTensors(decodeSafetensors(bytes).tensors), 'model') }
}

export async function modelInfo({
  path,
  document,
}: Pick<LoadedModel, 'path' | 'document'>): Promise<ModelInfo> {
  const names = [weightsFile, documentFile, cardFile]
  const files: ModelInfo['files'] = []
  for (const name of names) {
    const at = await stat(join(path, name)).catch(() => null)
    if (at !== null) files.push({ name, bytes: at.size, description: descriptions[name] ?? '' })
  }
  return {
    path,
    name: document.name,
    kind: document.preparation.kind,
    task: document.task,
    target: document.target,
    classes: document.classes,
    inputs: document.inputs,
    parameters: document.weights.parameters,
    createdAt: document.createdAt,
    runId: document.provenance.runId,
    test: document.provenance.test,
    files,
  }
}
