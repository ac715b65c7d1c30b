/**
 * A reader of Python's pickles that knows data alone: numbers, texts, lists, tuples, dictionaries, sets, and what `find` says of the
 * few names that it allows. Nothing else can be named, and nothing is called but what `find` gives.
 * Source: https://docs.python.org/3/library/pickletools.html.
 */

/** What a pickle may cost. */
export interface PickleLimits {
  readonly fail: (why: string) => never
  /** Counts values and characters that are gone through beyond what the file itself has. Errors: `fail`, beyond all measure. */
  readonly spend: (count: number) => void
}

/** For a file of so many bytes: a list that is written once can be named again and again, each time in a few bytes. */
export function limitsFor(bytes: number, fail: (why: string) => never): PickleLimits {
  let left = 2 ** 20 + 64 * bytes
  const spend = (count: number): void => {
    left -= count
    if (left < 0) fail('it repeats its contents beyond all measure')
  }
  return { fail, spend }
}

/** A key as JavaScript's Map tells keys apart, with tuples by their contents; texts are marked, so that none is taken for a tuple. */
function keyOf(key: unknown, limits: PickleLimits): unknown {
  if (typeof key === 'string') {
    // Copied at once, and so not a step for each character.
    limits.spend(key.length / 16)
    return `text ${key}`
  }
  if (Array.isArray(key)) return `tuple ${tupleText(key, limits, 0)}`
  if (typeof key !== 'object' || key === null || key instanceof Uint8Array) return key
  return limits.fail('a key of one of its dictionaries is no text, number or tuple of such')
}

function tupleText(values: readonly unknown[], limits: PickleLimits, depth: number): string {
  if (depth > 50) return limits.fail('a key of one of its dictionaries is nested without end')
  limits.spend(values.length)
  const parts = values.map((value) => {
    if (Array.isArray(value)) return tupleText(value, limits, depth + 1)
    if (typeof value === 'string') {
      limits.spend(value.length)
      return JSON.stringify(value)
    }
    if (typeof value === 'bigint') return `${value}n`
    if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
    return limits.fail('a tuple that is a key holds more than texts and numbers')
  })
  return `(${parts.join()})`
}

/** A dictionary: keys may be texts, numbers and tuples of them, which are told apart by their contents. */
export class PickledDict {
  readonly #entries = new Map<unknown, readonly [key: unknown, value: unknown]>()
  readonly #limits: PickleLimits
  constructor(limits: PickleLimits) {
    this.#limits = limits
  }
  set(key: unknown, value: unknown): void {
    this.#entries.set(keyOf(key, this.#limits), [key, value])
  }
  get(key: unknown): unknown {
    return this.#entries.get(keyOf(key, this.#limits))?.[1]
  }
  get entries(): IterableIterator<readonly [key: unknown, value: unknown]> {
    return this.#entries.values()
  }
}

/** A name that stands for something: a function of what it is called with, or a value. */
export type Known = ((...args: readonly unknown[]) => unknown) | { readonly value: unknown }

export interface PickleRules extends PickleLimits {
  /** By module and name; null: it is not allowed. */
  readonly find: (module: string, name: string) => Known | null
  /** What stands for what the file keeps elsewhere. */
  readonly persistent?: (id: unknown) => unknown
}

/** Bytes of the longest whole number that is read: files have none beyond a checksum's. */
const longest = 64
/** Values that a function is called with. */
const mostArguments = 32

const mark = Symbol('mark')
const decoder = new TextDecoder('utf-8', { fatal: true })

/** One pickle, and where the bytes behind it begin. Errors: `fail` is told what is wrong and at which byte. */
export function readPickle(
  bytes: Uint8Array,
  start: number,
  { find, persistent, fail, spend }: PickleRules,
): { value: unknown; end: number } {
  const limits = { fail, spend }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const stack: unknown[] = []
  const memo = new Map<number, unknown>()
  let at = start
  const take = (count: number): number => {
    if (count < 0 || at + count > bytes.length)
      fail(`its pickle is cut off at byte ${at}; copy or download it again`)
    at += count
    return at - count
  }
  const u8 = (): number => view.getUint8(take(1))
  const u32 = (): number => view.getUint32(take(4), true)
  const u64 = (): number => {
    const value = view.getBigUint64(take(8), true)
    return value > BigInt(bytes.length)
      ? fail(`its pickle is damaged at byte ${at}; save it again`)
      : Number(value)
  }
  const text = (count: number): string => {
    const from = take(count)
    try {
      return decoder.decode(bytes.subarray(from, at))
    } catch {
      return fail(`a text at byte ${from} is not UTF-8; save it again`)
    }
  }
  const line = (): string => {
    const end = bytes.indexOf(10, at)
    if (end < 0) fail(`its pickle is cut off at byte ${at}; copy or download it again`)
    const from = at
    at = end + 1
    return new TextDecoder().decode(bytes.subarray(from, end))
  }
  const whole = (count: number): number | bigint => {
    if (count > longest) fail(`it holds a whole number of ${count} bytes, at byte ${at}; save it as a tensor`)
    const from = take(count)
    let value = 0n
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[from + i]!)
    if (count > 0 && bytes[from + count - 1]! >= 0x80) value -= 1n << BigInt(8 * count)
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }
  const pop = (): unknown => {
    if (stack.length === 0 || stack.at(-1) === mark)
      fail(`its pickle is damaged at byte ${at}; save it again`)
    return stack.pop()
  }
  const popMark = (): unknown[] => {
    const from = stack.lastIndexOf(mark)
    if (from < 0) fail(`its pickle is damaged at byte ${at}; save it again`)
    const items = stack.splice(from + 1)
    stack.pop()
    return items
  }
  const top = (): unknown =>
    stack.length === 0 || stack.at(-1) === mark
      ? fail(`its pickle is damaged at byte ${at}; save it again`)
      : stack.at(-1)
  const setItems = (items: readonly unknown[]): void => {
    const dict = top()
    if (!(dict instanceof PickledDict) || items.length % 2 === 1)
      return fail(`its pickle fills something else than a dictionary, at byte ${at}`)
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1])
  }
  const append = (items: readonly unknown[]): void => {
    const list = top()
    if (list instanceof Set) for (const item of items) list.add(item)
    else if (Array.isArray(list)) for (const item of items) list.push(item)
    else fail(`its pickle fills something else than a list, at byte ${at}`)
  }
  const named = (module: string, name: string): Known =>
    find(module, name) ??
    fail(
      `it names ${module}.${name}, and only tensors and what holds them are read: in Python, save the model's state_dict() instead`,
    )
  const called = (callable: unknown, args: unknown): unknown => {
    if (typeof callable !== 'function' || !Array.isArray(args))
      return fail(`its pickle calls something that is no function, at byte ${at}`)
    if (args.length > mostArguments)
      return fail(`its pickle calls something with ${args.length} values, at byte ${at}`)
    for (const arg of args as readonly unknown[]) spend(sizeOf(arg))
    return (callable as (...args: readonly unknown[]) => unknown)(...(args as readonly unknown[]))
  }
  const remembered = (key: number): unknown =>
    memo.has(key) ? memo.get(key) : fail(`its pickle is damaged at byte ${at}; save it again`)
  const push = (known: Known): void => {
    stack.push(typeof known === 'function' ? known : known.value)
  }

  const codes: Readonly<Record<number, () => void>> = {
    0x80: () => void u8(),
    0x95: () => void take(8),
    0x28: () => void stack.push(mark),
    0x30: () => void pop(),
    0x31: () => void popMark(),
    0x32: () => void stack.push(top()),
    0x4e: () => void stack.push(null),
    0x88: () => void stack.push(true),
    0x89: () => void stack.push(false),
    0x4b: () => void stack.push(u8()),
    0x4d: () => void stack.push(view.getUint16(take(2), true)),
    0x4a: () => void stack.push(view.getInt32(take(4), true)),
    0x8a: () => void stack.push(whole(u8())),
    0x8b: () => void stack.push(whole(u32())),
    0x47: () => void stack.push(view.getFloat64(take(8), false)),
    0x58: () => void stack.push(text(u32())),
    0x8c: () => void stack.push(text(u8())),
    0x8d: () => void stack.push(text(u64())),
    0x54: () => void stack.push(text(u32())),
    0x55: () => void stack.push(text(u8())),
    0x42: () => void stack.push(bytes.slice(take(u32()), at)),
    0x43: () => void stack.push(bytes.slice(take(u8()), at)),
    0x8e: () => void stack.push(bytes.slice(take(u64()), at)),
    0x5d: () => void stack.push([]),
    0x6c: () => void stack.push(popMark()),
    0x29: () => void stack.push([]),
    0x74: () => void stack.push(popMark()),
    0x85: () => void stack.push([pop()]),
    0x86: () => {
      const [b, a] = [pop(), pop()]
      stack.push([a, b])
    },
    0x87: () => {
      const [c, b, a] = [pop(), pop(), pop()]
      stack.push([a, b, c])
    },
    0x7d: () => void stack.push(new PickledDict(limits)),
    0x64: () => {
      const items = popMark()
      stack.push(new PickledDict(limits))
      setItems(items)
    },
    0x8f: () => void stack.push(new Set()),
    0x90: () => append(popMark()),
    0x91: () => void stack.push(new Set(popMark())),
    0x61: () => append([pop()]),
    0x65: () => append(popMark()),
    0x73: () => {
      const [value, key] = [pop(), pop()]
      setItems([key, value])
    },
    0x75: () => setItems(popMark()),
    0x71: () => void memo.set(u8(), top()),
    0x72: () => void memo.set(u32(), top()),
    0x94: () => void memo.set(memo.size, top()),
    0x68: () => void stack.push(remembered(u8())),
    0x6a: () => void stack.push(remembered(u32())),
    0x63: () => {
      const module = line()
      push(named(module, line()))
    },
    0x93: () => {
      const [name, module] = [pop(), pop()]
      if (typeof name !== 'string' || typeof module !== 'string')
        return fail(`its pickle names something by what is no text, at byte ${at}`)
      push(named(module, name))
    },
    0x52: () => {
      const [args, callable] = [pop(), pop()]
      stack.push(called(callable, args))
    },
    0x81: () => {
      const [args, callable] = [pop(), pop()]
      stack.push(called(callable, args))
    },
    // What a dictionary has beside its items, as the `_metadata` of a state: nothing that weights need.
    0x62: () => {
      pop()
      if (!(top() instanceof PickledDict))
        fail(`its pickle changes something else than a dictionary, at byte ${at}`)
    },
    0x51: () => {
      const id = pop()
      stack.push(persistent ? persistent(id) : fail(`its pickle refers to something outside, at byte ${at}`))
    },
  }
  for (;;) {
    const code = u8()
    if (code === 0x2e) return { value: pop(), end: at }
    const run = codes[code]
    if (!run)
      fail(`its pickle holds 0x${code.toString(16)} at byte ${at - 1}, which is nothing that data needs`)
    run!()
  }
}

/** What it takes to go through a value once. */
const sizeOf = (value: unknown): number =>
  Array.isArray(value) || typeof value === 'string' ? value.length : value instanceof Set ? value.size : 1

const chars = (value: string): Uint8Array => new TextEncoder().encode(value)
const little = (value: number): number[] => [0, 8, 16, 24].map((by) => (value >>> by) & 0xff)

/** Writes protocol 2, as PyTorch does. Values: what `encode` is given by whoever knows them. */
export class PickleWriter {
  readonly #bytes: number[] = [0x80, 2]

  code(...bytes: readonly number[]): this {
    return this.#put(bytes)
  }

  /** Any number of bytes: arguments are limited to what the stack holds. */
  #put(bytes: Iterable<number>): this {
    for (const byte of bytes) this.#bytes.push(byte)
    return this
  }

  text(value: string): this {
    const encoded = chars(value)
    return this.code(0x58, ...little(encoded.length)).#put(encoded)
  }

  number(value: number): this {
    if (Number.isInteger(value) && Math.abs(value) < 2 ** 31 && !Object.is(value, -0))
      return this.code(0x4a, ...little(value))
    if (Number.isSafeInteger(value) && value !== 0) {
      const bits = BigInt.asUintN(64, BigInt(value))
      return this.code(
        0x8a,
        8,
        ...Array.from({ length: 8 }, (_, i) => Number((bits >> BigInt(8 * i)) & 0xffn)),
      )
    }
    const view = new DataView(new ArrayBuffer(8))
    view.setFloat64(0, value, false)
    return this.code(0x47, ...new Uint8Array(view.buffer))
  }

  global(module: string, name: string): this {
    return this.code(0x63).#put(chars(`${module}\n${name}\n`))
  }

  /** A tuple of what `items` writes. */
  tuple(items: () => void): this {
    this.code(0x28)
    items()
    return this.code(0x74)
  }

  end(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from([...this.#bytes, 0x2e])
  }
}
