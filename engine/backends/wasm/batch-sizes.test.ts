/** A training's last batch has fewer rows than the others: what was compiled for those serves it too, to the same bits. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  batchCases,
  furtherCases,
  sequenceCases,
  trainRows,
  type BatchCase,
} from '../../fixtures/batch-rows.ts'
import { createWasmDevice, type WasmDevice } from './device.ts'

const open: WasmDevice[] = []
afterEach(() => open.splice(0).forEach((device) => device.close()))

const rows = [64, 64, 37, 64, 5, 3, 16]
/** More than the 256 from which on products that add rows up do it in blocks, and than 8,192 pixels or words. */
const many = [1024, 1024, 397, 1024, 300, 997, 512]
/** With batches of fewer images than are shared, with such as are no multiple of what is computed at once, and with large ones. */
const sizes = [
  [32, 32, 24, 9],
  [50, 50, 13, 49],
  [100, 100, 56, 5],
  [128, 128, 96, 17],
  [256, 256, 200, 77],
  [512, 512, 300, 130],
]

async function compilesNothingMore(one: BatchCase, threads: number, rows: readonly number[]): Promise<void> {
  const device = createWasmDevice({ threads })
  open.push(device)
  const modules = vi.spyOn(WebAssembly, 'Module')
  const { compiled, weights } = await trainRows(one, rows, device, () => modules.mock.calls.length)
  modules.mockRestore()
  expect(compiled[0]).toBeGreaterThan(0)
  expect(compiled.slice(2).filter((count) => count > 0)).toEqual([])

  // Where small ones came first, code was made for each of them.
  const other = createWasmDevice({ threads })
  open.push(other)
  for (const few of rows.slice(-3)) await trainRows(one, [few, few], other)
  expect((await trainRows(one, rows, other)).weights).toEqual(weights)
}

describe.each([1, 2])('With %i threads', (threads) => {
  it.each(Object.entries(batchCases))('%s compiles nothing for other numbers of rows', (_, one) =>
    compilesNothingMore(one, threads, rows),
  )

  it.each(Object.entries(sequenceCases))(
    '%s compiles nothing for other numbers of rows',
    { tags: 'thorough' },
    (_, one) => compilesNothingMore(one, threads, rows),
  )
})

it('so it is where batches are large', () => compilesNothingMore(Object.values(batchCases)[1]!, 1, many))

it.each(sizes.slice(0, 2))(
  'a network of convolutions compiles nothing for %i, %i, %i and %i images',
  (...images) => compilesNothingMore(batchCases['a network of convolutions']!, 1, images),
)

describe.each([1, 2])('With %i threads', (threads) => {
  describe.each(sizes)('batches of %i, %i, %i and %i', { tags: 'thorough' }, (...rows) => {
    const cases = { ...batchCases, ...sequenceCases, ...furtherCases }
    it.each(Object.entries(cases))('%s compiles nothing more', (_, one) =>
      compilesNothingMore(one, threads, rows),
    )
  })
})
