/** What float32 would round stays as it is on the way to the reference device and back. */
import { describe, expect, it } from 'vitest'
import { openDevice } from '../backends/open.ts'
import { exactData, exactTensor } from './exact.ts'

describe('exact numbers', () => {
  it('are those that were given, where the device computes in float64', async () => {
    const device = await openDevice('reference')
    const x = exactTensor([Math.PI, 1e200], { device, requiresGrad: true })
    expect([x.shape, x.dtype, x.requiresGrad]).toEqual([[2], 'float32', true])
    expect(Array.from(await exactData(x))).toEqual([Math.PI, 1e200])
    const scaled = x.mul(0.1)
    scaled.mul(1e50).sum().backward()
    expect(Array.from(await exactData(scaled))).toEqual([Math.PI * 0.1, 1e200 * 0.1])
    expect(Array.from(await exactData(x.grad!))).toEqual([1e50 * 0.1, 1e50 * 0.1])
    expect(Array.from(await exactData(x.detach()))).toEqual([Math.PI, 1e200])
    expect(Array.from(await x.data())).toEqual([Math.fround(Math.PI), Infinity])
  })
  it('are float32 elsewhere', async () => {
    const x = exactTensor(Math.PI, { device: 'cpu' })
    expect(Array.from(await exactData(x))).toEqual([Math.fround(Math.PI)])
  })
})
