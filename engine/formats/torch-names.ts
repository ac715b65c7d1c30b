/** What the pickles of PyTorch's files name: tensors, the storages of their numbers, and the few kinds of data around them. */
import { numel, type Shape } from '../tensor/shape.ts'
import { fileTypes, type FileType } from './numbers.ts'
import { PickledDict, type Known, type PickleLimits } from './pickle.ts'
import type { Fail } from './zip.ts'

const storageTypes: Readonly<Record<string, FileType>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
}
/** By the types of files. */
export const storageNames = Object.fromEntries(
  Object.entries(storageTypes).map(([name, type]) => [type, name]),
) as Readonly<Record<FileType, string>>

const dtypeNames = new Set(
  'float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 bool double float half long int short'.split(
    ' ',
  ),
)

/** Bytes that are known by a key, of one type. */
export interface Storage {
  readonly type: FileType
  readonly key: string
  readonly count: number
}

/** A tensor before its bytes are known: in files in one row they come last. */
export class Pending {
  readonly storage: Storage
  readonly offset: number
  readonly shape: Shape
  readonly strides: readonly number[]
  readonly requiresGrad: boolean
  constructor(
    storage: Storage,
    offset: number,
    shape: Shape,
    strides: readonly number[],
    requiresGrad: boolean,
  ) {
    this.storage = storage
    this.offset = offset
    this.shape = shape
    this.strides = strides
    this.requiresGrad = requiresGrad
  }
}

export const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0
const isCounts = (value: unknown): value is number[] => Array.isArray(value) && value.every(isCount)
export const isStorage = (value: unknown): value is Storage =>
  typeof value === 'object' && value !== null && 'type' in value && 'key' in value

/** What pickles of tensors name. */
export function knownNames(limits: PickleLimits): (module: string, name: string) => Known | null {
  const { fail } = limits
  const tensorOf = (...args: readonly unknown[]): Pending => {
    const [storage, offset, shape, strides, requiresGrad] = args
    if (
      !isStorage(storage) ||
      !isCount(offset) ||
      !isCounts(shape) ||
      !isCounts(strides) ||
      shape.length !== strides.length
    )
      return fail('one of its tensors is damaged; save it again')
    const count = numel(shape)
    const last =
      count === 0 ? 0 : offset + shape.reduce((at, extent, i) => at + (extent - 1) * strides[i]!, 1)
    if (!Number.isSafeInteger(count) || last > storage.count)
      return fail(`one of its tensors goes beyond the ${storage.count} numbers that are there; save it again`)
    return new Pending(storage, offset, shape, strides, requiresGrad === true)
  }
  const parameterOf = (...args: readonly unknown[]): Pending => {
    const [data, requiresGrad] = args
    if (!(data instanceof Pending)) return fail('one of its parameters is damaged; save it again')
    return new Pending(data.storage, data.offset, data.shape, data.strides, requiresGrad === true)
  }
  const damaged = (what: string): never => fail(`${what} in it is damaged; save it again`)
  const dictOfPairs = (items: unknown = []): PickledDict => {
    const dict = new PickledDict(limits)
    if (!Array.isArray(items)) return damaged('a dictionary')
    for (const pair of items as readonly unknown[]) {
      if (!Array.isArray(pair) || pair.length !== 2) return damaged('a dictionary')
      dict.set(pair[0], pair[1])
    }
    return dict
  }
  const setOf = (items: unknown = []): Set<unknown> =>
    Array.isArray(items) || items instanceof Set ? new Set<unknown>(items) : damaged('a set')
  const names: Readonly<Record<string, Known>> = {
    'collections.OrderedDict': dictOfPairs,
    'torch._utils._rebuild_tensor_v2': tensorOf,
    'torch._utils._rebuild_parameter': parameterOf,
    'torch.nn.parameter.Parameter': parameterOf,
    'torch.Size': (sizes = []) => (isCounts(sizes) ? sizes : damaged('a shape')),
    'torch.device': (...args) =>
      args.every((part) => typeof part === 'string' || isCount(part)) ? args.join(':') : damaged('a device'),
    '__builtin__.set': setOf,
    'builtins.set': setOf,
    // How Python 3 writes bytes for Python 2.
    '_codecs.encode': (text) =>
      typeof text === 'string'
        ? Uint8Array.from(text, (char) => char.charCodeAt(0))
        : damaged('a row of bytes'),
  }
  return (module, name) => {
    const key = `${module}.${name}`
    if (Object.hasOwn(names, key)) return names[key]!
    if (module === 'torch' && Object.hasOwn(storageTypes, name)) return { value: storageTypes[name]! }
    if (module === 'torch' && dtypeNames.has(name)) return { value: name }
    return null
  }
}

/** Of tuples ('storage', type, key, device, count, …), by their keys: what a key stands for is the same everywhere. */
export class Storages {
  readonly #known = new Map<string, Storage>()
  readonly #fail: Fail
  constructor(fail: Fail) {
    this.#fail = fail
  }
  get(key: unknown): Storage | undefined {
    return this.#known.get(isCount(key) ? String(key) : (key as string))
  }
  readonly of = (id: unknown): Storage => {
    const storage = storageOf(id, this.#fail)
    const { key, type, count } = storage
    const known = this.#known.get(key)
    if (!known) this.#known.set(key, storage)
    else if (known.type !== type || known.count !== count)
      return this.#fail(
        `its storage ${key.slice(0, 60)} is once ${known.count} numbers of ${known.type} and once ${count} of ${type}; save it again`,
      )
    return known ?? storage
  }
}

function storageOf(id: unknown, fail: Fail): Storage {
  if (!Array.isArray(id) || id[0] !== 'storage')
    return fail('it refers to something that is no storage; save it again')
  const [, type, key, , count, view] = id as unknown[]
  if (typeof key !== 'string' && !isCount(key)) return fail('one of its storages has no name; save it again')
  if (typeof type !== 'string' || !Object.hasOwn(fileTypes, type) || !isCount(count))
    return fail('one of its storages is of a type that is not known here; save it with another')
  if (view !== undefined && view !== null)
    return fail('one of its storages is a view of another; in Python, load and save it again')
  return { type: type as FileType, key: String(key), count }
}
