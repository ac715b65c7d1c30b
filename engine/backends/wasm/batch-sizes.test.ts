/** A training's last batch has fewer rows than the others: what was compiled for those serves it too, to the same bits. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { batchCases, sequenceCases, trainRows, type BatchCase } from '../../fixtures/batch-rows.ts'
import { createWasmDevice, type WasmDevice } from './device.ts'

const open: WasmDevice[] = []
afterEach(() => open.splice(0).forEach((device) => device.close()))

const rows = [64, 64, 64, 37, 64, 5, 3, 16]
/** More than the 256 from which on products that add rows up do it in blocks. */
const many = [1024, 1024, 1024, 397, 1024, 300, 997, 512]

async function compilesNothingMore(one: BatchCase, threads: number, rows: readonly number[]): Promise<void> {
  const device = createWasmDevice({ threads })
  open.push(device)
  const modules = vi.spyOn(WebAssembly, 'Module')
  const { compiled, weights } = await trainRows(one, rows, device, () => modules.mock.calls.length)
  modules.mockRestore()
  expect(compiled[0]).toBeGreaterThan(0)
  expect(compiled.slice(3)).toEqual([0, 0, 0, 0, 0])

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
