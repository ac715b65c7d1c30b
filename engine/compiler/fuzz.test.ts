import { expect, it } from 'vitest'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { disagreements } from './fuzz.ts'

it('random programs agree between the CPU backend and the reference', async () => {
  expect(await disagreements(createWasmDevice(), '1:300')).toBe('')
}, 120_000)
