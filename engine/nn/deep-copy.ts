import { noGrad } from '../tensor/grad-mode.ts'
import { Tensor } from '../tensor/tensor.ts'

/** By object and name: what its copies need beside its fields. */
const repairs = new WeakMap<object, Map<string, (copy: object) => void>>()

/** Whatever copies the object calls `repair` with the copy, once its fields are there; null: no longer. */
export function onCopy<Owner extends object>(
  owner: Owner,
  name: string,
  repair: ((copy: Owner) => void) | null,
): void {
  const known = repairs.get(owner) ?? new Map<string, (copy: object) => void>()
  if (repair) known.set(name, repair as (copy: object) => void)
  else known.delete(name)
  repairs.set(owner, known)
}

/**
 * Tensors, modules and what holds them, anew; anything else, such as a function or a device, is the same. `emptyModule` gives a
 * module of the same class without fields, or null for what is no module. Errors: an Error for a tensor that was computed.
 */
export function copyValue(
  value: unknown,
  copies: Map<unknown, unknown>,
  emptyModule: (value: object) => object | null,
): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (copies.has(value)) return copies.get(value)
  const remember = <T>(copy: T): T => {
    copies.set(value, copy)
    return copy
  }
  const again = (inner: unknown): unknown => copyValue(inner, copies, emptyModule)
  if (value instanceof Tensor) return remember(copyLeaf(value))
  if (Array.isArray(value)) {
    const list: unknown[] = remember([])
    for (const inner of value) list.push(again(inner))
    return list
  }
  if (value instanceof Map) {
    const map = remember(new Map<unknown, unknown>())
    for (const [key, inner] of value) map.set(again(key), again(inner))
    return map
  }
  if (value instanceof Set) {
    const set = remember(new Set<unknown>())
    for (const inner of value) set.add(again(inner))
    return set
  }
  const isPlain = Object.getPrototypeOf(value) === Object.prototype
  const copy = emptyModule(value) ?? (isPlain ? {} : null)
  if (copy === null) return value
  remember(copy)
  for (const key of Reflect.ownKeys(value)) {
    const field = Object.getOwnPropertyDescriptor(value, key)!
    // Not what hooks have put before the class's forward.
    if (field.enumerable) Reflect.set(copy, key, again(field.value))
  }
  for (const repair of repairs.get(value)?.values() ?? []) repair(copy)
  return copy
}

function copyLeaf(leaf: Tensor): Tensor {
  if (!leaf.isLeaf)
    throw new Error('A module is copied with its leaves: one of its tensors was computed from others.')
  const copy = noGrad(() => leaf.detach().clone().realize())
  // A frozen parameter is one still.
  if (leaf.isParameter) copy.requiresGrad = true
  copy.requiresGrad = leaf.requiresGrad
  return copy
}
