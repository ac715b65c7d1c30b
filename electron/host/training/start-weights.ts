/** Weights of a network that was trained before, as a training begins with them. */
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import {
  DescentError,
  implementationOf,
  weightStarts,
  type Implementations,
  type StartedFrom,
  type WeightStart,
} from '../../contract/index.ts'
import { decodeWeights, readModelFolder } from '../deploy/folder.ts'
import { readRegularFile, wholePath } from '../inputs/regular-file.ts'
import type { Preparation } from '../prepare/preparation.ts'
import { section, type Tensors } from './checkpoint.ts'
import { readWordVectors, type VectorStart } from './word-vectors.ts'

export interface StartWeights {
  readonly path: string
  readonly sha256: string
  /** By the names of the file. */
  readonly tensors: Tensors
  /** Of a file of word vectors, which go by tokens and not by names. */
  readonly vectors?: readonly VectorStart[]
}

const mostBytes = 2 ** 31 - 1

const requireWhole = (given: string): string => wholePath(given, 'weights.path')

async function readWeights(path: string): Promise<StartWeights> {
  if (
    await stat(path).then(
      (at) => at.isDirectory(),
      () => false,
    )
  ) {
    const { document, weights } = await readModelFolder(path)
    return { path, sha256: document.weights.sha256, tensors: section(weights, 'model') }
  }
  const bytes = await readRegularFile(path, { most: mostBytes, what: 'a file of weights' })
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { path, sha256, tensors: decodeWeights(path, bytes) }
}

type Read = (columns: Preparation['columns']) => Promise<StartWeights | null>

async function named<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof DescentError)) throw error
    throw new DescentError(error.code, `The first weights: ${error.message}`, 'weights.path')
  }
}

const implementations: Implementations<typeof weightStarts, Read> = {
  drawn: () => async () => await Promise.resolve(null),
  pretrained:
    ({ path }) =>
    () =>
      named(() => readWeights(requireWhole(path))),
  wordVectors:
    ({ path }) =>
    (columns) =>
      named(async () => ({ ...(await readWordVectors(requireWhole(path), columns)), tensors: {} })),
}

/**
 * What the recipe says to begin with; null: weights are drawn. `columns`: as they are prepared, whose vocabularies say which
 * vectors are wanted. Errors: a DescentError for a file that is none.
 */
export const startWeightsOf = async (
  start: WeightStart | undefined,
  columns: Preparation['columns'] = [],
): Promise<StartWeights | null> =>
  start === undefined ? null : await implementationOf(weightStarts, implementations, start)(columns)

/** What programs put before all names when they wrap a network. */
const wrappers = /^(module\.|_orig_mod\.|model\.|network\.)+/

export interface Match {
  /** By the network's names. */
  readonly tensors: Tensors
  readonly told: StartedFrom
}

/** How a floating number is counted in every file, and matters to no result. */
const isCounter = (name: string): boolean => name.endsWith('num_batches_tracked')

/**
 * What goes where in a network with these tensors: under the same name in the same shape; where no name is the same, without
 * what programs put before all of them. Errors: a DescentError where nothing fits, since that is no start at all.
 */
export function matchWeights(
  { path, sha256, tensors }: StartWeights,
  shapes: Readonly<Record<string, readonly number[]>>,
): Match {
  const known = (name: string): boolean => Object.hasOwn(shapes, name)
  const isWrapped = !Object.keys(tensors).some(known)
  const bare = (name: string): string => (isWrapped ? name.replace(wrappers, '') : name)
  const named = Object.entries(tensors).map(([name, tensor]) => [bare(name), name, tensor] as const)
  const fits = named.filter(([name, , { shape }]) => known(name) && shape.join() === shapes[name]!.join())
  const taken = new Set(fits.map(([name]) => name))
  const weights = fits.filter(([name]) => !isCounter(name))
  if (weights.length === 0)
    throw new DescentError(
      'badData',
      `No tensor of ${path} has the name and shape of one of this network: it holds ${listed(named.map(([, name, { shape }]) => `${name} [${shape.join(', ')}]`))}; the network has ${listed(Object.entries(shapes).map(([name, shape]) => `${name} [${shape.join(', ')}]`))}. Choose the network that the file belongs to.`,
      'weights.path',
    )
  return {
    tensors: Object.fromEntries(fits.map(([name, , tensor]) => [name, tensor])),
    told: {
      path,
      sha256,
      taken: weights.length,
      anew: Object.keys(shapes).filter((name) => !taken.has(name) && !isCounter(name)),
      unused: named.filter(([name, own]) => !taken.has(name) && !isCounter(own)).map(([, own]) => own),
    },
  }
}

const mostListed = 4
const listed = (names: readonly string[]): string =>
  names.length > mostListed
    ? `${names.slice(0, mostListed).join(', ')} and ${names.length - mostListed} more`
    : names.join(', ')
