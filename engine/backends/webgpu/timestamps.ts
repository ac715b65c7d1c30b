/** The GPU's own clock: each dispatch is a pass with a timestamp at either end. */
import { usage } from './memory.ts'

const mapModeRead = 0x1
const bytesPerTimestamp = 8
/** https://www.w3.org/TR/webgpu/#dom-gpudevice-createqueryset allows 4096 queries in a set. */
const passesPerSet = 2048

/** Milliseconds that each of `items` takes, encoded by `encode` into a pass of its own. The device has `timestamp-query`. */
export async function gpuTimes<T>(
  device: GPUDevice,
  items: readonly T[],
  encode: (pass: GPUComputePassEncoder, item: T) => void,
): Promise<number[]> {
  const times: number[] = []
  for (let first = 0; first < items.length; first += passesPerSet)
    times.push(...(await timeSet(device, items.slice(first, first + passesPerSet), encode)))
  return times
}

async function timeSet<T>(
  device: GPUDevice,
  items: readonly T[],
  encode: (pass: GPUComputePassEncoder, item: T) => void,
): Promise<number[]> {
  const count = 2 * items.length
  const size = count * bytesPerTimestamp
  const querySet = device.createQuerySet({ type: 'timestamp', count })
  const resolved = device.createBuffer({ size, usage: usage.query | usage.copySource })
  const staging = device.createBuffer({ size, usage: usage.mapRead | usage.copyTarget })
  try {
    const encoder = device.createCommandEncoder()
    items.forEach((item, i) => {
      const timestampWrites = { querySet, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 }
      const pass = encoder.beginComputePass({ timestampWrites })
      encode(pass, item)
      pass.end()
    })
    encoder.resolveQuerySet(querySet, 0, count, resolved, 0)
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, size)
    device.queue.submit([encoder.finish()])
    await staging.mapAsync(mapModeRead)
    const stamps = new BigUint64Array(staging.getMappedRange().slice(0))
    // A clock that was reset in between would give a negative time.
    return items.map((_, i) => Math.max(0, Number(stamps[2 * i + 1]! - stamps[2 * i]!) / 1e6))
  } finally {
    for (const resource of [querySet, resolved, staging]) resource.destroy()
  }
}
