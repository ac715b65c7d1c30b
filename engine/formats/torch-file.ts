/**
 * PyTorch's files, `.pt` and `.pth`: a pickle that refers to tensors' bytes beside it, in a zip archive since version 1.6, before that
 * in one row. Tensors, numbers, texts and what holds them are read; anything else that a pickle may name is refused by its name, so a
 * file can do nothing. Source: torch/serialization.py.
 */
import type { DType, TypedArray } from '../tensor/dtype.ts'
import { elementTypes } from '../tensor/dtype.ts'
import { numel, type Shape } from '../tensor/shape.ts'
import {
  fileTypes,
  ownType,
  readNumbers,
  typeRead,
  writeNumbers,
  type FileType,
  type ReadOptions,
} from './numbers.ts'
import { limitsFor, PickledDict, PickleWriter, readPickle } from './pickle.ts'
import {
  isCount,
  isStorage,
  knownNames,
  Pending,
  storageNames,
  Storages,
  type Storage,
} from './torch-names.ts'
import { plainCrc32, readZip, writeZip, type Fail } from './zip.ts'

/** A tensor of a file, by itself. */
export class TorchTensor {
  readonly dtype: DType
  readonly shape: Shape
  /** Row-major. */
  readonly data: TypedArray
  readonly requiresGrad: boolean
  /** How the file keeps its numbers. */
  readonly stored: FileType | undefined
  constructor(dtype: DType, shape: Shape, data: TypedArray, requiresGrad = false, stored?: FileType) {
    this.dtype = dtype
    this.shape = shape
    this.data = data
    this.requiresGrad = requiresGrad
    this.stored = stored
  }
}

export interface TorchReadOptions extends ReadOptions {
  /** All tensors together may take so many bytes; 2 GiB by default. */
  readonly maxBytes?: number
}

/** What stands beside the pickle. */
interface Contents {
  readonly value: unknown
  readonly bytesOf: (storage: Storage) => Uint8Array
  readonly little: boolean
}

function fromZip(bytes: Uint8Array, fail: Fail, maxBytes: number): Contents {
  const advice = 'as TorchScript programs are; in Python, save the state_dict() of the model with torch.save'
  const kind = { files: 'tensors', advice, crc32: plainCrc32, maxBytes }
  const files = new Map(readZip(bytes, kind, fail))
  const pickle = [...files.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name))
  if (pickle === undefined) return fail('it is a zip archive without data.pkl; save it with torch.save')
  const folder = pickle.slice(0, -'data.pkl'.length)
  if (files.has(`${folder}constants.pkl`))
    fail('it is a TorchScript program; in Python, save the state_dict() of its model with torch.save')
  const data = files.get(pickle)!
  const limits = limitsFor(data.length, fail)
  const persistent = new Storages(fail).of
  const { value } = readPickle(data, 0, { find: knownNames(limits), persistent, ...limits })
  const order = files.get(`${folder}byteorder`)
  return {
    value,
    bytesOf: ({ key }) =>
      files.get(`${folder}data/${key}`) ??
      fail(`the bytes of its storage ${key.slice(0, 60)} are missing; save it again`),
    little: !order || new TextDecoder().decode(order) !== 'big',
  }
}

const magic = 0x1950a86a20f9469cfc6cn

function fromRow(bytes: Uint8Array, fail: Fail): Contents {
  const limits = limitsFor(bytes.length, fail)
  const nothing = (): null => null
  const plain = (at: number): { value: unknown; end: number } =>
    readPickle(bytes, at, { find: nothing, ...limits })
  const first = plain(0)
  if (first.value !== magic) fail('it does not begin as PyTorch’s files do; save it with torch.save')
  const protocol = plain(first.end)
  if (protocol.value !== 1001) {
    const { value: version } = protocol
    fail(`it is of version ${typeof version === 'number' ? version : 'unknown'}, and only 1001 is known`)
  }
  const system = plain(protocol.end)
  const little = !(system.value instanceof PickledDict) || system.value.get('little_endian') !== false
  const storages = new Storages(fail)
  const { value, end } = readPickle(bytes, system.end, {
    find: knownNames(limits),
    persistent: storages.of,
    ...limits,
  })
  const keys = plain(end)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const found = new Map<string, Uint8Array>()
  let at = keys.end
  if (!Array.isArray(keys.value)) fail('its list of storages is damaged; save it again')
  for (const key of keys.value as unknown[]) {
    const storage = storages.get(key)
    if (!storage || at + 8 > bytes.length) return fail('its storages are damaged; copy or download it again')
    const count = Number(view.getBigInt64(at, little))
    const size = count * fileTypes[storage.type].bytes
    if (count !== storage.count || at + 8 + size > bytes.length)
      return fail('it is cut off among its storages; copy or download it again')
    found.set(storage.key, bytes.subarray(at + 8, at + 8 + size))
    at += 8 + size
  }
  const bytesOf = ({ key }: Storage): Uint8Array =>
    found.get(key) ?? fail(`the bytes of its storage ${key} are missing; save it again`)
  return { value, bytesOf, little }
}

/** Row-major from strides. */
function gathered(values: TypedArray, { offset, shape, strides }: Pending, dtype: DType): TypedArray {
  const count = numel(shape)
  const out = new elementTypes[dtype].array(count)
  const index = shape.map(() => 0)
  let at = offset
  for (let i = 0; i < count; i++) {
    out[i] = values[at]!
    for (let dim = shape.length - 1; dim >= 0; dim--) {
      at += strides[dim]!
      if (++index[dim]! < shape[dim]!) break
      at -= strides[dim]! * shape[dim]!
      index[dim] = 0
    }
  }
  return out
}

/** Nothing real is nested deeper; a list within itself is. */
const deepest = 200

/**
 * Tensors of a file may take so many times its bytes, and a little more: a number that is stored once can stand for any number of them,
 * by strides of 0 or by many views.
 */
const mostRepeated = 64
const alwaysAllowed = 2 ** 24

/**
 * What a file holds: tensors as TorchTensor, dictionaries as objects, or as Maps where a key is neither text nor a whole number, tuples and
 * lists as arrays. `name`: of the file in sentences. Errors: an Error that says what is wrong with the file, and what to do. Source:
 * torch.load with weights_only.
 */
export function decodeTorch(
  bytes: Uint8Array,
  name = 'The file',
  { maxBytes = 2 ** 31, ...options }: TorchReadOptions = {},
): unknown {
  const fail: Fail = (why) => {
    throw new Error(`${name} is not a PyTorch file that can be read: ${why}.`)
  }
  if (bytes.length < 4) fail(`it has only ${bytes.length} bytes; copy or download it again`)
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b
  if (!isZip && bytes[0] !== 0x80) fail('it begins as no file of torch.save does')
  const { value, bytesOf, little } = isZip ? fromZip(bytes, fail, maxBytes) : fromRow(bytes, fail)
  const read = new Map<string, TypedArray>()
  const done = new Map<Pending, TorchTensor>()
  let taken = 0
  let held = 0
  const within = (size: number): void => {
    if (size > maxBytes)
      fail(`its tensors take more than the ${maxBytes} bytes allowed; raise maxBytes if that is meant`)
  }
  const tensorOf = (pending: Pending): TorchTensor => {
    const known = done.get(pending)
    if (known) return known
    const { storage, shape, requiresGrad } = pending
    const { type, count, key } = storage
    const whole = bytesOf(storage)
    const size = count * fileTypes[type].bytes
    if (whole.length < size)
      fail(`its storage ${key} has ${whole.length} bytes in place of ${size}; copy it again`)
    within((taken += numel(shape) * 4))
    if (taken > alwaysAllowed + mostRepeated * bytes.length)
      fail(
        `its ${bytes.length} bytes stand for tensors of more than ${mostRepeated} times as many; in Python, save them as contiguous() makes them`,
      )
    let values = read.get(key)
    if (!values) {
      // Beside the tensors, for as long as the file is read.
      within((held += count * 4))
      const refuse = (why: string): never => fail(`its storage ${key} ${why}`)
      read.set(key, (values = readNumbers(type, whole.subarray(0, size), little, refuse, options)))
    }
    const dtype = typeRead(type, options)
    const tensor = new TorchTensor(dtype, shape, gathered(values, pending, dtype), requiresGrad, type)
    done.set(pending, tensor)
    return tensor
  }
  // What stands in several places is settled once, and stays one: lists that hold one another twice would double with each.
  const settled = new Map<object, unknown>()
  const settle = (inner: unknown, depth: number): unknown => {
    if (depth > deepest) return fail('its contents are nested without end')
    const next = (value: unknown): unknown => settle(value, depth + 1)
    const once = <Held extends object>(holder: Held, make: (from: Held) => unknown): unknown => {
      if (!settled.has(holder)) settled.set(holder, make(holder))
      return settled.get(holder)
    }
    if (inner instanceof Pending) return tensorOf(inner)
    if (Array.isArray(inner)) return once(inner, (list) => list.map(next))
    if (inner instanceof Set) return once(inner, (set) => new Set([...set].map(next)))
    if (inner instanceof PickledDict) return once(inner, (dict) => dictOf(dict, next))
    if (isStorage(inner)) return fail('it holds a storage by itself: save the tensor instead')
    return typeof inner === 'function' ? fail('it holds a function') : inner
  }
  return settle(value, 0)
}

function dictOf({ entries }: PickledDict, next: (value: unknown) => unknown): unknown {
  const pairs = [...entries].map(([key, value]) => [key, next(value)] as const)
  const isPlain =
    pairs.every(([key]) => typeof key === 'string' || isCount(key)) &&
    new Set(pairs.map(([key]) => String(key))).size === pairs.length
  // Not by assignment: a key may be __proto__.
  return isPlain ? Object.fromEntries(pairs.map(([key, value]) => [String(key), value])) : new Map(pairs)
}

const isIndex = (key: string): boolean => /^(0|[1-9]\d*)$/.test(key)

/**
 * A file that torch.load reads: of TorchTensors, numbers, texts, truth values, null, lists, objects and Maps. Objects whose keys are all
 * whole numbers get such keys in Python, as the states of optimizers have them. Errors: an Error that says where something else stands.
 * Source: torch.save.
 */
export function encodeTorch(value: unknown): Uint8Array<ArrayBuffer> {
  const pickle = new PickleWriter()
  const storages: Uint8Array[] = []
  const write = (inner: unknown, path: string, depth = 0): void => {
    if (depth > deepest) throw new Error(`What is saved is nested without end, at ${path}.`)
    if (inner instanceof TorchTensor) writeTensor(pickle, inner, storages, path)
    else if (inner === null || inner === undefined) pickle.code(0x4e)
    else if (typeof inner === 'boolean') pickle.code(inner ? 0x88 : 0x89)
    else if (typeof inner === 'number') pickle.number(inner)
    else if (typeof inner === 'string') pickle.text(inner)
    else if (Array.isArray(inner)) {
      pickle.code(0x5d, 0x28)
      inner.forEach((item, i) => write(item, `${path}[${i}]`, depth + 1))
      pickle.code(0x65)
    } else if (inner instanceof Map || Object.getPrototypeOf(inner) === Object.prototype) {
      const entries: [unknown, unknown][] =
        inner instanceof Map ? [...inner] : Object.entries(inner as object)
      const areIndices = !(inner instanceof Map) && entries.every(([key]) => isIndex(key as string))
      pickle.code(0x7d, 0x28)
      for (const [key, item] of entries) {
        if (typeof key !== 'string' && typeof key !== 'number')
          throw new Error(`Keys are texts or numbers in a PyTorch file, and one at ${path} is not.`)
        write(areIndices ? Number(key) : key, path, depth + 1)
        write(item, `${path}.${key}`, depth + 1)
      }
      pickle.code(0x75)
    } else
      throw new Error(
        `A PyTorch file cannot hold ${describe(inner)}, at ${path}: save tensors, numbers, texts and what holds them.`,
      )
  }
  write(value, 'the top')
  const file = (name: string, data: Uint8Array): { name: Uint8Array; data: Uint8Array } => ({
    name: new TextEncoder().encode(`archive/${name}`),
    data,
  })
  const files = [
    file('data.pkl', pickle.end()),
    ...storages.map((data, i) => file(`data/${i}`, data)),
    file('version', new TextEncoder().encode('3\n')),
  ]
  return writeZip(files, plainCrc32, (name) => {
    throw new Error(
      `A PyTorch file is written up to 4 GiB here, which ${name} goes beyond: write several files.`,
    )
  })
}

const describe = (value: unknown): string =>
  typeof value === 'object' && value !== null ? `an ${value.constructor.name}` : `a ${typeof value}`

function writeTensor(pickle: PickleWriter, tensor: TorchTensor, storages: Uint8Array[], path: string): void {
  const { dtype, shape, data, requiresGrad } = tensor
  // PyTorch has no storage of them.
  const own = tensor.stored ?? ownType[dtype]
  const type = own === 'U32' ? 'I64' : own
  const key = String(storages.length)
  storages.push(
    writeNumbers(type, data, true, (why) => {
      throw new Error(`The tensor at ${path} ${why}.`)
    }),
  )
  const strides = shape.map((_, i) => numel(shape.slice(i + 1)))
  const counts = (values: readonly number[]): void => {
    pickle.tuple(() => {
      for (const value of values) pickle.number(value)
    })
  }
  pickle.global('torch._utils', '_rebuild_tensor_v2').tuple(() => {
    pickle.tuple(() => {
      pickle.text('storage').global('torch', storageNames[type]).text(key).text('cpu').number(data.length)
    })
    pickle.code(0x51).number(0)
    counts(shape)
    counts(strides)
    pickle.code(requiresGrad ? 0x88 : 0x89)
    pickle.global('collections', 'OrderedDict').code(0x29, 0x52)
  })
  pickle.code(0x52)
}
