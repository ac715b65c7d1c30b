import { describe, expect, it } from 'vitest'
import '../../ops/index.ts'
import { excess } from '../../fixtures/excess.ts'
import { uniform } from '../../ops/samples.ts'
import { conv2d } from '../../nn/functional/convolution.ts'
import { tensor } from '../../tensor/creation.ts'
import type { Shape } from '../../tensor/shape.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { createWasmDevice } from './device.ts'

/** The last one shares whatever it can, between more threads than most sizes have pieces for. */
const devices = {
  'relaxed SIMD': createWasmDevice({ threads: 1 }),
  'plain SIMD': createWasmDevice({ threads: 1, relaxed: false }),
  'vectors of four': createWasmDevice({ threads: 1, wide: false }),
  'three threads': createWasmDevice({ threads: 3, thresholds: { sharing: 0, threads: 0 } }),
}

const samples = (shape: Shape, salt = 0): readonly number[] => uniform(shape, -1, 1, salt).values

/** In float64. */
function product(
  a: readonly number[],
  b: readonly number[],
  batch: number,
  m: number,
  k: number,
  n: number,
): Float64Array {
  const out = new Float64Array(batch * m * n)
  for (let i = 0; i < batch; i++)
    for (let row = 0; row < m; row++)
      for (let column = 0; column < n; column++) {
        let sum = 0
        for (let inner = 0; inner < k; inner++)
          sum += a[(i * m + row) * k + inner]! * b[(i * k + inner) * n + column]!
        out[(i * m + row) * n + column] = sum
      }
  return out
}

/** The last two axes stored the other way around. */
function turned(values: readonly number[], batch: number, rows: number, columns: number): number[] {
  const at = (i: number): number => {
    const [matrix, rest] = [Math.floor(i / (rows * columns)), i % (rows * columns)]
    return (matrix * rows + (rest % rows)) * columns + Math.floor(rest / rows)
  }
  return Array.from({ length: batch * rows * columns }, (_, i) => values[at(i)]!)
}

describe.each(Object.entries(devices))('Matrix products with %s', (_, device) => {
  const load = (values: readonly number[], shape: Shape): Tensor =>
    tensor(Float32Array.from(values), { shape, device })

  async function worst(batch: number, m: number, k: number, n: number, turn: 'a' | 'b' | null) {
    const lead = batch > 1 ? [batch] : []
    const a = samples([...lead, m, k])
    const b = samples([...lead, k, n], 1)
    const left =
      turn === 'a'
        ? load(turned(a, batch, m, k), [...lead, k, m]).transpose(-1, -2)
        : load(a, [...lead, m, k])
    const right =
      turn === 'b'
        ? load(turned(b, batch, k, n), [...lead, n, k]).transpose(-1, -2)
        : load(b, [...lead, k, n])
    // Long sums of float32 lose more.
    return excess(await left.matmul(right).data(), product(a, b, batch, m, k, n), 1e-5 + 2e-8 * k, 1e-5)
  }

  it.each(['as they are', 'with a transposed', 'with b transposed'])(
    'are right for all ragged sizes, %s',
    async (how) => {
      const turn = how.includes('with a') ? 'a' : how.includes('with b') ? 'b' : null
      const failures: string[] = []
      // Each size in each place, beside two that wander.
      for (let size = 1; size <= 33; size += size < 18 ? 1 : 5) {
        const [p, q] = [1 + ((size * 7) % 33), 1 + ((size * 13) % 33)]
        for (const [m, k, n] of [
          [size, p, q],
          [p, size, q],
          [p, q, size],
        ] as const)
          // prettier-ignore
          if ((await worst(1, m, k, n, turn)) > 0) failures.push(`${m} × ${k} × ${n}`)
      }
      expect(failures).toEqual([])
    },
  )

  it.each([
    [3, 5, 7, 9], [2, 33, 4, 2], [5, 1, 17, 40], [4, 12, 12, 8], [7, 2, 3, 1], [2, 50, 21, 13],
  ] as const)('are right in batches: %i of %i × %i × %i', async (batch, m, k, n) => {
    expect(await worst(batch, m, k, n, null)).toBeLessThanOrEqual(0)
    expect(await worst(batch, m, k, n, 'a')).toBeLessThanOrEqual(0)
    expect(await worst(batch, m, k, n, 'b')).toBeLessThanOrEqual(0)
  }) // prettier-ignore

  it.each([
    // Rows far apart in memory are copied together first; inner dimensions longer than a block.
    [30, 40, 600], [65, 300, 514], [130, 523, 9], [1, 300, 300], [300, 1, 300], [1000, 30, 3], [25, 2051, 150],
  ] as const)('are right for larger sizes: %i × %i × %i', async (m, k, n) => {
    expect(await worst(1, m, k, n, null)).toBeLessThanOrEqual(0)
    expect(await worst(1, m, k, n, 'b')).toBeLessThanOrEqual(0)
  }) // prettier-ignore
})

describe.each(Object.entries(devices))('Convolutions with %s', (_, device) => {
  it.each([
    { x: [2, 3, 9, 7], w: [5, 3, 3, 3], padding: 1 },
    { x: [1, 1, 5, 5], w: [1, 1, 3, 3], padding: 0 },
    { x: [3, 4, 12, 10], w: [2, 4, 5, 1], padding: 0 },
    // More inner elements than a block, more rows than one block of them.
    { x: [2, 40, 6, 6], w: [9, 40, 3, 3], padding: 1 },
    { x: [1, 2, 20, 20], w: [230, 2, 3, 3], padding: 0 },
  ] as const)('are right, gradients too: $x by $w', async ({ x, w, padding }) => {
    const image = samples(x)
    const weight = samples(w, 1)
    const [N, C, H, W] = x
    const [O, , kh, kw] = w
    const [h, width] = [H + 2 * padding - kh + 1, W + 2 * padding - kw + 1]
    const expected = {
      out: new Float64Array(N * O * h * width),
      image: new Float64Array(image.length),
      weight: new Float64Array(weight.length),
    }
    const seed = samples([N, O, h, width], 2)
    for (let i = 0; i < expected.out.length; i++) {
      const [column, row, o, n] = [i % width, Math.floor(i / width) % h, Math.floor(i / (width * h)) % O, Math.floor(i / (width * h * O))] // prettier-ignore
      for (let j = 0; j < C * kh * kw; j++) {
        const [dx, dy, c] = [j % kw, Math.floor(j / kw) % kh, Math.floor(j / (kw * kh))]
        const [py, px] = [row + dy - padding, column + dx - padding]
        if (py < 0 || py >= H || px < 0 || px >= W) continue
        const [at, by] = [((n * C + c) * H + py) * W + px, o * C * kh * kw + j]
        expected.out[i]! += image[at]! * weight[by]!
        expected.image[at]! += seed[i]! * weight[by]!
        expected.weight[by]! += seed[i]! * image[at]!
      }
    }
    const load = (values: readonly number[], shape: Shape): Tensor =>
      tensor(Float32Array.from(values), { shape, device, requiresGrad: true })
    const [input, kernel] = [load(image, x), load(weight, w)]
    const out = conv2d(input, kernel, undefined, { padding })
    out
      .mul(load(seed, [N, O, h, width]))
      .sum()
      .backward()
    expect(excess(await out.data(), expected.out, 1e-5, 1e-5)).toBeLessThanOrEqual(0)
    expect(excess(await input.grad!.data(), expected.image, 1e-5, 1e-5)).toBeLessThanOrEqual(0)
    expect(excess(await kernel.grad!.data(), expected.weight, 1e-5, 1e-5)).toBeLessThanOrEqual(0)
  })
})
