/** A data set as another process opens it: where its files are, what they must hash to, and what to make of them. */
import { stat } from 'node:fs/promises'
import { DescentError, type Overlay, type Recipe } from '../../contract/index.ts'
import { kindOf, type DataFolder, type ReadContext, type StoredData } from '../kinds/index.ts'
import { prepareData, type Prepared } from '../prepare/prepare-data.ts'
import { hashOfFile } from '../store/hash.ts'

export interface DataFile {
  /** Absolute. */
  readonly path: string
  /** Below the workspace, as people are told. */
  readonly name: string
  /** null: not known, for version 0.1.0 did not write it down. */
  readonly sha256: string | null
}

export interface DatasetSource {
  /** The folder of all data sets. */
  readonly folder: string
  readonly files: readonly DataFile[]
  readonly dataset: StoredData
  /** What it is a version of, and what it has otherwise; absent: it is the import itself. */
  readonly version?: { readonly importId: string; readonly corrections: Overlay }
  readonly recipe: Recipe
}

export const placeIn = ({ folder, dataset, version }: DatasetSource): DataFolder =>
  version === undefined
    ? { folder, id: dataset.id }
    : { folder, id: version.importId, corrections: version.corrections }

/** A file that has not been touched since it was found to be sound is not read again for that. */
const sound = new Map<string, string>()

/** Throws `damaged` where a file is not what was kept. Returns hashes that nobody knew yet, by the files' names. */
export async function verifySource({ files, dataset }: DatasetSource): Promise<Record<string, string>> {
  const learned: Record<string, string> = {}
  for (const { path, name, sha256 } of files) {
    const advice = `Put ${name} back from a copy of the workspace, or import the data again.`
    const at = await stat(path, { bigint: true }).catch(() => null)
    if (at === null || !at.isFile())
      throw new DescentError(
        'damaged',
        `The data of ${dataset.receipt.fileName} is missing: ${name}. ${advice}`,
      )
    const state = `${at.ino}:${at.size}:${at.mtimeNs}:${at.ctimeNs}`
    if (sound.get(path) === state) continue
    const found = hashOfFile(path)
    if (sha256 !== null && found !== sha256)
      throw new DescentError(
        'damaged',
        `The data of ${dataset.receipt.fileName} is not what was imported: the bytes of ${name} were changed. ${advice}`,
      )
    if (sha256 === null) learned[name] = found
    sound.set(path, state)
  }
  return learned
}

interface Kept {
  readonly key: string
  readonly prepared: Promise<Prepared>
}

let kept: Kept | null = null

/** Everything preparation depends on; network and training settings may change without preparing again. */
export const preparationKey = (
  datasetId: string,
  { data, task, prepare, target, selection, imbalance, split, seed }: Recipe,
): string =>
  JSON.stringify([
    ...[datasetId, data.columns, data.rows, task, prepare, target, selection, imbalance, split],
    ...(data.trainShare === undefined ? [] : [data.trainShare, seed]),
  ])

async function readPrepared(source: DatasetSource, context?: ReadContext): Promise<Prepared> {
  const { dataset, recipe } = source
  const frame = await kindOf(recipe.kind).read(placeIn(source), dataset.receipt, recipe, context)
  return prepareData(frame, recipe)
}

/** The last one is kept: consecutive steps of the workflow ask for the same. */
export function preparedOf(source: DatasetSource, context?: ReadContext): Promise<Prepared> {
  const { dataset, recipe } = source
  const key = preparationKey(dataset.id, recipe)
  if (kept?.key === key) return kept.prepared
  const prepared = readPrepared(source, context)
  const entry = { key, prepared }
  kept = entry
  prepared.catch(() => {
    if (kept === entry) kept = null
  })
  return prepared
}
