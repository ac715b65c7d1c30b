import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { parse } from '../fixtures/json.ts'
import { printCases } from '../fixtures/prints.ts'
import { setDefaultDevice, tensor } from './creation.ts'
import { castArray } from './dtype.ts'

const fixtures = parse(
  readFileSync(new URL('../fixtures/torch-prints.json', import.meta.url), 'utf8'),
) as readonly string[]

describe.each([
  ['reference', createReferenceDevice],
  ['wasm', createWasmDevice],
] as const)('tensors on %s', (_, open) => {
  it.each(printCases.map((printCase, i) => ({ ...printCase, i })))(
    'print as in PyTorch: $dtype $shape #$i',
    ({ values, shape, dtype, i }) => {
      setDefaultDevice(open())
      expect(inspect(tensor(castArray(dtype, values), { shape, dtype }))).toBe(fixtures[i])
    },
  )

  it('print what they are a part of', () => {
    setDefaultDevice(open())
    const w = tensor([1, 2], { requiresGrad: true })
    expect(String(w)).toBe('tensor([1., 2.], requires_grad=True)')
    expect(String(w.mul(2))).toBe('tensor([2., 4.], grad_fn=<MulBackward0>)')
  })
})
