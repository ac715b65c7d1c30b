/** How fast a device is: four short measurements, kept for the next time. */
import { Primitives, type Prim, type Program } from '../compiler/primitive.ts'
import { numel, type Shape } from '../tensor/shape.ts'
import { engineVersion } from '../version.ts'
import type { DeviceSpeed } from './choice.ts'
import type { Device } from './device.ts'
import { someNumbers } from './some-numbers.ts'
import { isRecord, readRecord, type TextStore } from './store.ts'

/** Of one measurement. Code that runs often becomes faster meanwhile, on the CPU too. */
const budgetMs = 12
const kernels = 32
/** Side of a product as networks of some size have them, and elements of a tensor that is larger than a core's cache. */
const side = 512
const elements = 2 ** 20
const floatBytes = 4

/** Measures `device` for a tenth of a second, or what it takes to compile and run four kernels where that is more. */
export async function measureSpeed(device: Device): Promise<DeviceSpeed> {
  const one = await secondsOf(device, [4, 4], chain(1))
  const many = await secondsOf(device, [4, 4], chain(kernels))
  const kernel = Math.max(0, (many - one) / (kernels - 1))
  const step = Math.max(0, one - kernel)
  const product = await secondsOf(device, [side, side], chain(1))
  const copy = await secondsOf(device, [elements], (k, x, y) => k.add(x, y))
  // What starting takes is counted already; but no device computes in no time.
  const beyondStart = (seconds: number): number => Math.max(seconds - step - kernel, seconds / 10)
  return {
    step,
    kernel,
    perFlop: beyondStart(product) / (2 * side ** 3),
    perByte: beyondStart(copy) / (3 * floatBytes * elements),
  }
}

type Body = (k: Primitives, x: Prim, y: Prim) => Prim

/** Products one after another, which nothing can fuse. */
const chain =
  (count: number): Body =>
  (k, x, y) => {
    let out = x
    for (let i = 0; i < count; i++) out = k.contract(out, y, { batch: 0, inner: 1 })
    return out
  }

/** Seconds that a run of a program takes where one follows another. */
async function secondsOf(device: Device, shape: Shape, body: Body): Promise<number> {
  const k = new Primitives()
  const [x, y] = [k.buffer(0, shape, 'float32'), k.buffer(1, shape, 'float32')]
  const program: Program = { inputs: [x, y], outputs: [body(k, x, y)], updates: [null] }
  const buffers = [0, 1, 2].map(() => device.allocate(numel(shape), 'float32'))
  for (const buffer of buffers.slice(0, 2)) device.write(buffer, someNumbers(numel(shape)))
  const bound = device.compile(program).bind(buffers)
  try {
    bound.run()
    await device.synchronize()
    let best = Infinity
    for (let spent = 0, runs = 1; spent < budgetMs;) {
      const start = performance.now()
      for (let i = 0; i < runs; i++) bound.run()
      await device.synchronize()
      const milliseconds = performance.now() - start
      spent += milliseconds
      best = Math.min(best, milliseconds / runs)
      // So many that waiting for the last one counts little.
      if (milliseconds < budgetMs / 4) runs *= 2
    }
    return best / 1000
  } finally {
    bound.release()
    for (const buffer of buffers) buffer.free()
  }
}

/** Measured in this process; where there is no store, that is all there is. */
const known = new Map<string, DeviceSpeed>()
/** A file's, of which the oldest go first. */
const mostKept = 16

const keyOf = (name: string): string => `${name} | engine ${engineVersion}`

/** undefined: the device of this name was not measured yet. */
export async function rememberedSpeed(
  name: string,
  store: TextStore | null,
): Promise<DeviceSpeed | undefined> {
  const key = keyOf(name)
  return known.get(key) ?? readSpeeds(store && (await store.load()))[key]
}

/**
 * The speed of the device of this name, which is opened and measured only where `store` does not know it. Names include
 * whatever makes one faster: a number of threads, a driver.
 */
export async function speedOf(
  name: string,
  store: TextStore | null,
  open: () => Promise<Device>,
): Promise<DeviceSpeed> {
  const remembered = await rememberedSpeed(name, store)
  if (remembered) return remembered
  const device = await open()
  let speed: DeviceSpeed
  try {
    speed = await measureSpeed(device)
  } finally {
    device.close()
  }
  const key = keyOf(name)
  known.set(key, speed)
  await store?.update((text) => withSpeed(text, key, speed))
  return speed
}

const figures = ['step', 'kernel', 'perFlop', 'perByte'] as const satisfies readonly (keyof DeviceSpeed)[]

function isSpeed(value: unknown): value is DeviceSpeed {
  return (
    isRecord(value) && figures.every((name) => Number.isFinite(value[name]) && (value[name] as number) >= 0)
  )
}

/** What of a store's text can be understood; nothing of a text that is damaged. */
export function readSpeeds(text: string | null): Record<string, DeviceSpeed> {
  return Object.fromEntries(
    Object.entries(readRecord(text)).filter((entry): entry is [string, DeviceSpeed] => isSpeed(entry[1])),
  )
}

/** The store's text with this one added. */
export function withSpeed(text: string | null, key: string, speed: DeviceSpeed): string {
  const others = Object.entries(readSpeeds(text)).filter(([other]) => other !== key)
  const kept = [...others.slice(1 - mostKept), [key, speed]]
  return `${JSON.stringify(Object.fromEntries(kept), null, 1)}\n`
}
