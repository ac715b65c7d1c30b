import { setFlagsFromString } from 'node:v8'
import { beforeAll, describe, expect, it } from 'vitest'
import '../../ops/index.ts'
import type { Axis, ContractKernel, MatrixView } from '../../compiler/kernel.ts'
import { excess } from '../../fixtures/excess.ts'
import { conv2d } from '../../nn/functional/convolution.ts'
import { generator, uniform } from '../../ops/samples.ts'
import { tensor } from '../../tensor/creation.ts'
import type { Shape } from '../../tensor/shape.ts'
import { assemble } from './assembler.ts'
import type { ContractionOptions } from './contraction.ts'
import { createWasmDevice } from './device.ts'
import { slackBytes } from './memory.ts'
import { wordsOf } from './given-numbers.ts'
import type { KernelForm } from './kernel-form.ts'
import { packedForm, packedSplits } from './packed-kernel.ts'
import { hasWideVectors } from './wide-vectors.ts'
import { asWinograd, paysWinograd } from './winograd.ts'
import { winogradForm } from './winograd-kernel.ts'

// What runs a few times only is compiled in haste: pairs of vectors would never be made one.
beforeAll(() => {
  hasWideVectors()
  setFlagsFromString('--no-liftoff')
  setFlagsFromString('--no-wasm-lazy-compilation')
})

interface Size {
  readonly batch?: number
  readonly images: number
  readonly inputs: number
  readonly outputs: number
  readonly height: number
  readonly width: number
}

const axis = (extent: number, stride: number): Axis => ({ extent, stride })

/** Views as convolution makes them: of padded images and of contiguous filters or gradients. */
function windowsOf({ images, inputs, height, width }: Size): {
  taps: Axis[]
  pixels: Axis[]
  elements: number
} {
  const [row, channel] = [width + 2, (height + 2) * (width + 2)]
  return {
    taps: [axis(inputs, channel), axis(3, row), axis(3, 1)],
    pixels: [axis(images, inputs * channel), axis(height, row), axis(width, 1)],
    elements: images * inputs * channel,
  }
}

const batchOf = ({ batch }: Size): number[] => (batch === undefined ? [] : [batch])
const strides = (size: Size, elements: number): number[] => batchOf(size).map(() => elements)

function correlation(size: Size): ContractKernel {
  const { images, inputs, outputs, height, width } = size
  const { taps, pixels, elements } = windowsOf(size)
  const k = inputs * 9
  const filters = {
    rows: [axis(outputs, k)],
    columns: [axis(k, 1)],
    batchStrides: strides(size, outputs * k),
  }
  return {
    kind: 'contract',
    batch: batchOf(size),
    m: outputs,
    n: images * height * width,
    k,
    a: { slot: 0, offset: 0, ...filters },
    b: { slot: 1, offset: 0, rows: taps, columns: pixels, batchStrides: strides(size, elements) },
    precision: 'highest',
    out: 2,
  }
}

function filterGradient(size: Size): ContractKernel {
  const { images, inputs, outputs, height, width } = size
  const { taps, pixels, elements } = windowsOf(size)
  const plane = height * width
  const y = {
    rows: [axis(outputs, plane)],
    columns: [axis(images, outputs * plane), axis(plane, 1)],
    batchStrides: strides(size, images * outputs * plane),
  }
  return {
    kind: 'contract',
    batch: batchOf(size),
    m: outputs,
    n: inputs * 9,
    k: images * plane,
    a: { slot: 0, offset: 0, ...y },
    b: { slot: 1, offset: 0, rows: pixels, columns: taps, batchStrides: strides(size, elements) },
    precision: 'highest',
    out: 2,
  }
}

const kinds = { correlation, filterGradient }

const offsets = (axes: readonly Axis[]): number[] =>
  axes.reduce<number[]>(
    (all, { extent, stride }) =>
      all.flatMap((base) => Array.from({ length: extent }, (_, i) => base + i * stride)),
    [0],
  )

const extentOf = ({ rows, columns, batchStrides }: MatrixView, batch: readonly number[]): number =>
  1 +
  [...rows, ...columns, ...batch.map((extent, i) => axis(extent, batchStrides[i]!))].reduce(
    (last, { extent, stride }) => last + (extent - 1) * stride,
    0,
  )

function operands(kernel: ContractKernel): [Float32Array, Float32Array] {
  const next = generator(kernel.m * 31 + kernel.n * 7 + kernel.k)
  const values = (view: MatrixView): Float32Array =>
    Float32Array.from({ length: extentOf(view, kernel.batch) }, () => 2 * next() - 1)
  return [values(kernel.a), values(kernel.b)]
}

/** In float64. */
function expected({ batch, m, n, a, b }: ContractKernel, x: Float32Array, y: Float32Array): Float64Array {
  const [rows, innerA, innerB, columns] = [a.rows, a.columns, b.rows, b.columns].map(offsets) as [
    number[],
    number[],
    number[],
    number[],
  ]
  const out: number[] = []
  for (let i = 0; i < (batch[0] ?? 1); i++)
    for (let row = 0; row < m; row++)
      for (let column = 0; column < n; column++) {
        const [atX, atY] = [
          i * (a.batchStrides[0] ?? 0) + rows[row]!,
          i * (b.batchStrides[0] ?? 0) + columns[column]!,
        ]
        let sum = 0
        for (let k = 0; k < innerA.length; k++) sum += x[atX + innerA[k]!]! * y[atY + innerB[k]!]!
        out.push(sum)
      }
  return Float64Array.from(out)
}

/** Runs a kernel in memory that is NaN wherever there is no operand. `step`: pieces per call. */
function run(kernel: ContractKernel, form: KernelForm, wanted?: number): Float32Array {
  const [x, y] = operands(kernel)
  const elements = kernel.batch.reduce((size, extent) => size * extent, kernel.m * kernel.n)
  const tables = form.tables?.make() ?? null
  const numbers = wordsOf(form.numbers)
  const { extent, most } = form.range!
  const step = wanted ?? most ?? extent
  let end = slackBytes
  const place = (floats: number): number => {
    const at = end
    end += (floats + 64) * 4
    return at
  }
  const sizes = [x.length, y.length, elements, form.scratch ?? 0, tables?.length ?? 0, numbers.length]
  const [atX, atY, atOut, atScratch, atTables, atNumbers] = sizes.map(place) as [number, number, number, number, number, number] // prettier-ignore
  const memory = new WebAssembly.Memory({ initial: Math.ceil((end + slackBytes) / 65536) })
  const floats = new Float32Array(memory.buffer).fill(NaN)
  floats.set(x, atX / 4)
  floats.set(y, atY / 4)
  const words = new Int32Array(memory.buffer)
  if (tables) words.set(tables, atTables / 4)
  words.set(numbers, atNumbers / 4)
  const module = new WebAssembly.Module(assemble([form.emit()]))
  const call = new WebAssembly.Instance(module, { env: { memory } }).exports['run'] as (
    ...all: number[]
  ) => void
  const addresses = [atX, atY, atOut, atScratch, ...(tables ? [atTables] : []), atNumbers]
  for (let from = 0; from < extent; from += step) call(...addresses, from, Math.min(from + step, extent))
  const around = [floats.slice(atOut / 4 - 64, atOut / 4), floats.slice(atOut / 4 + elements, atScratch / 4)]
  expect(around.every((part) => part.every(Number.isNaN))).toBe(true)
  return floats.slice(atOut / 4, atOut / 4 + elements)
}

const plain: ContractionOptions = { relaxed: true, wide: false }
const variants = [plain, { relaxed: true, wide: true }, { relaxed: false, wide: false }]

const byTiles = (kernel: ContractKernel, options = plain, step?: number): Float32Array =>
  run(kernel, winogradForm(asWinograd(kernel, options)!, options), step)

const directly = (kernel: ContractKernel): Float32Array =>
  run(kernel, packedForm(kernel, packedSplits(kernel, plain)[0]!, plain))

const name = ({ batch = 1, images, inputs, outputs, height, width }: Size): string =>
  `${batch} × ${images} × ${inputs} → ${outputs} of ${height} × ${width}`

describe.each(Object.entries(kinds))('Winograd filtering, %s', (_, kernelOf) => {
  it.each(variants)('is right for all ragged sizes: $relaxed, $wide', (options) => {
    const failures: string[] = []
    for (let size = 1; size <= 17; size += size < 9 ? 1 : 2) {
      const [p, q, r] = [1 + ((size * 5) % 17), 1 + ((size * 7) % 13), 1 + ((size * 11) % 17)]
      const images = 1 + (size % 3)
      // Each size in each place, beside others that wander.
      for (const all of [
        { images, inputs: q, outputs: p, height: size, width: r },
        { images, inputs: p, outputs: r, height: q, width: size },
        { images, inputs: size, outputs: q, height: p, width: r },
        { images, inputs: r, outputs: size, height: p, width: q },
      ]) {
        const kernel = kernelOf(all)
        const wrong = excess(byTiles(kernel, options), expected(kernel, ...operands(kernel)), 1e-5, 1e-5)
        if (wrong > 0) failures.push(name(all))
      }
    }
    expect(failures).toEqual([])
  })

  const large: Size[] = [
    { images: 2, inputs: 65, outputs: 33, height: 6, width: 7 },
    { images: 1, inputs: 150, outputs: 5, height: 4, width: 6 },
    { images: 1, inputs: 31, outputs: 65, height: 9, width: 16 },
    { images: 3, inputs: 8, outputs: 16, height: 16, width: 8 },
    { images: 2, inputs: 20, outputs: 3, height: 30, width: 33 },
    { batch: 3, images: 2, inputs: 5, outputs: 7, height: 8, width: 5 },
    { batch: 2, images: 1, inputs: 17, outputs: 2, height: 11, width: 20 },
  ]

  it.each(large.map((size) => [name(size), size] as const))(
    'is right, and the same in pieces: %s',
    (_, size) => {
      const kernel = kernelOf(size)
      const right = expected(kernel, ...operands(kernel))
      for (const options of variants) {
        const whole = byTiles(kernel, options)
        expect(excess(whole, right, 2e-5, 1e-5)).toBeLessThanOrEqual(0)
        for (const step of [1, 2]) expect(byTiles(kernel, options, step)).toEqual(whole)
      }
    },
  )

  it('is about as exact as the direct sum', () => {
    const kernel = kernelOf({ images: 4, inputs: 32, outputs: 16, height: 16, width: 16 })
    const exact = expected(kernel, ...operands(kernel))
    const error = (actual: Float32Array): number =>
      Math.sqrt(actual.reduce((sum, value, i) => sum + (value - exact[i]!) ** 2, 0) / exact.length)
    expect(error(byTiles(kernel))).toBeLessThan(3 * error(directly(kernel)))
  })
})

describe('A contraction', () => {
  const size = { images: 2, inputs: 4, outputs: 5, height: 6, width: 7 }

  it('is recognized where axes of one element are left out', () => {
    const single = { ...size, images: 1, inputs: 1 }
    const [forward, gradient] = [correlation(single), filterGradient(single)]
    const tail = (axes: readonly Axis[], from: number): readonly Axis[] => axes.slice(from)
    const bare = {
      forward: {
        ...forward,
        b: { ...forward.b, rows: tail(forward.b.rows, 1), columns: tail(forward.b.columns, 1) },
      },
      gradient: {
        ...gradient,
        a: { ...gradient.a, columns: tail(gradient.a.columns, 1) },
        b: { ...gradient.b, rows: tail(gradient.b.rows, 1), columns: tail(gradient.b.columns, 1) },
      },
    }
    expect(byTiles(bare.forward)).toEqual(byTiles(forward))
    expect(byTiles(bare.gradient)).toEqual(byTiles(gradient))
  })

  it('may see gradients in the middle of larger images', () => {
    const kernel = filterGradient(size)
    const [row, plane] = [size.width + 3, (size.width + 3) * (size.height + 2)]
    const columns = [axis(size.images, size.outputs * plane), axis(size.height, row), axis(size.width, 1)]
    const framed = { ...kernel, a: { ...kernel.a, rows: [axis(size.outputs, plane)], columns } }
    expect(excess(byTiles(framed), expected(framed, ...operands(framed)), 1e-5, 1e-5)).toBeLessThanOrEqual(0)
  })

  it('is left alone where windows are not 3 × 3, dilated or strides apart, or filters not contiguous', () => {
    const { a, b, ...kernel } = correlation(size)
    const [channels, row, one] = b.rows as [Axis, Axis, Axis]
    const [images, height, width] = b.columns as [Axis, Axis, Axis]
    const withRows = (...rows: Axis[]): ContractKernel => ({ ...kernel, a, b: { ...b, rows } })
    const withColumns = (...columns: Axis[]): ContractKernel => ({ ...kernel, a, b: { ...b, columns } })
    const others = [
      withRows(channels, axis(5, row.stride), one),
      withRows(channels, axis(3, row.stride * 2), one),
      withRows(channels, row, axis(3, 2)),
      withRows(channels, row),
      withColumns(images, height, axis(width.extent, 2)),
      withColumns(images, axis(height.extent, height.stride * 2), width),
      withColumns(images, width),
      { ...kernel, b, a: { ...a, rows: [axis(size.outputs, kernel.k + 1)] } },
      { ...kernel, b, a: { ...a, columns: [axis(kernel.k, 2)] } },
    ]
    expect(asWinograd(correlation(size), plain)).not.toBeNull()
    expect(others.map((other) => asWinograd(other, plain))).toEqual(others.map(() => null))
  })

  it('is computed by tiles where that is quicker', () => {
    const pays = (kernel: ContractKernel): boolean[] =>
      [true, false].map((wide) =>
        paysWinograd(asWinograd(kernel, { relaxed: true, wide })!, { relaxed: true, wide }),
      )
    const images = 64
    const usual = { images, inputs: 32, outputs: 64, height: 14, width: 14 }
    const grey = { images, inputs: 1, outputs: 32, height: 28, width: 28 }
    const tiny = { images, inputs: 64, outputs: 64, height: 2, width: 2 }
    for (const kernelOf of Object.values(kinds)) {
      expect([usual, grey, tiny].flatMap((all) => pays(kernelOf(all)))).toEqual([
        true,
        true,
        false,
        false,
        false,
        false,
      ])
    }
  })
})

describe('A convolution by tiles', () => {
  it('has the same bits on any number of threads, gradients too', async () => {
    const [x, w]: [Shape, Shape] = [
      [3, 24, 13, 12],
      [20, 24, 3, 3],
    ]
    const results = async (threads: number): Promise<unknown[]> => {
      const device = createWasmDevice({ threads, thresholds: { sharing: 0, threads: 0 } })
      const load = (shape: Shape, salt: number) =>
        tensor(Float32Array.from(uniform(shape, -1, 1, salt).values), { shape, device, requiresGrad: true })
      const [image, weight] = [load(x, 0), load(w, 1)]
      const out = conv2d(image, weight, undefined, { padding: 1 })
      out.mul(load(out.shape, 2)).sum().backward()
      const all = await Promise.all([out.data(), image.grad!.data(), weight.grad!.data()])
      device.close()
      return all
    }
    expect(await results(3)).toEqual(await results(1))
  })
})
