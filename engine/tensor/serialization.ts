/** What torch.save and torch.load are: values with tensors in them, as files of PyTorch's. */
import { decodeTorch, encodeTorch, TorchTensor, type TorchReadOptions } from '../formats/torch-file.ts'
import { tensor } from './creation.ts'
import type { TensorOptions } from './default-device.ts'
import { Tensor } from './tensor.ts'

/** Nothing real is nested deeper; a list within itself is. */
const deepest = 200

/** `change` makes something else of what it knows, or null. What stands in several places is made once, and stays one. */
function mapped(
  value: unknown,
  change: (leaf: object) => unknown,
  made = new Map<object, unknown>(),
  depth = 0,
): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (made.has(value)) return made.get(value)
  if (depth > deepest)
    throw new Error('What is saved is nested without end: a list, Map or object in it holds itself.')
  const result = change(value) ?? mappedWithin(value, (inner) => mapped(inner, change, made, depth + 1))
  made.set(value, result)
  return result
}

function mappedWithin(value: object, next: (inner: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(next)
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [key, next(inner)]))
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, next(inner)]))
}

/**
 * Reads the bytes of a `.pt` or `.pth` file: its tensors, on the default device or the one that options name, in what held them. A
 * state_dict goes to loadStateDict as it is. Errors: an Error for what is no such file, or holds anything but data, by its name.
 * Source: torch.load.
 */
export function load(
  bytes: Uint8Array,
  { device, ...options }: TorchReadOptions & Pick<TensorOptions, 'device'> = {},
): unknown {
  return mapped(decodeTorch(bytes, 'The file', options), (leaf) => {
    if (!(leaf instanceof TorchTensor)) return null
    const { data, dtype, shape, requiresGrad } = leaf
    return tensor(data, { dtype, shape, requiresGrad, ...(device && { device }) })
  })
}

/**
 * The bytes of a file that torch.load reads: tensors and numbers, texts, lists and objects around them, such as a stateDict().
 * Errors: an Error that says where something else stands. Source: torch.save.
 */
export async function save(value: unknown): Promise<Uint8Array<ArrayBuffer>> {
  const found: Tensor[] = []
  mapped(value, (leaf) => (leaf instanceof Tensor ? (found.push(leaf), leaf) : null))
  const data = new Map(await Promise.all(found.map(async (t) => [t, await t.data()] as const)))
  return encodeTorch(
    mapped(value, (leaf) =>
      leaf instanceof Tensor
        ? new TorchTensor(leaf.dtype, leaf.shape, data.get(leaf)!, leaf.requiresGrad && leaf.isLeaf)
        : null,
    ),
  )
}
