import { expect, test } from 'vitest'
import { devicesSaid } from './index.ts'

const cpu = { backend: 'wasm', available: true, description: 'CPU (WebAssembly SIMD)' } as const

test('a process that ends without an answer, or in the middle of one, leaves the CPU and says so', () => {
  for (const stdout of ['', '[{"backend":"wasm","avail', '[{"backend":"abacus"}]', 'null', '\n'])
    expect(devicesSaid(null, stdout), stdout).toEqual([
      cpu,
      {
        backend: 'webgpu',
        available: false,
        description: 'The graphics driver ended without an answer when it was asked for its devices.',
      },
    ])
})

test('what was said is taken, a crash and a silence are told apart', () => {
  expect(devicesSaid(null, `${JSON.stringify([cpu])}\n`)).toEqual([cpu])
  const why = (killed: boolean) => devicesSaid({ killed }, JSON.stringify([cpu]))[1]!.description
  expect(why(false)).toContain('crashed')
  expect(why(true)).toContain('gave no answer within 30 s')
})
