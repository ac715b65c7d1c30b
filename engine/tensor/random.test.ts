import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { manualSeed, rand } from './random.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

it('lets go of a device that drew random numbers and that nobody uses any more', async () => {
  const draw = async (): Promise<WeakRef<object>> => {
    const device = createWasmDevice({ threads: 1 })
    await rand([3], { device }).data()
    return new WeakRef(device)
  }
  const drew = await draw()
  const isHeld = (): boolean => {
    collectGarbage()
    return drew.deref() !== undefined
  }
  await expect.poll(isHeld, { timeout: 5000 }).toBe(false)
  manualSeed(1)
})

it('starts every device anew that is still in use', async () => {
  const devices = [createWasmDevice({ threads: 1 }), createWasmDevice({ threads: 1 })]
  const drawn = (): Promise<number[][]> =>
    Promise.all(devices.map(async (device) => [...(await rand([3], { device }).data())]))
  manualSeed(5)
  const first = await drawn()
  expect(first[1]).toEqual(first[0])
  await rand([2], { device: devices[0]! }).data()
  manualSeed(5)
  expect(await drawn()).toEqual(first)
})
