/** Every scalar function's formula against its float64 form, and the rule that one table serves all. */
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../../backends/device.ts'
import { createWasmDevice } from '../../backends/wasm/device.ts'
import { onWebGPU } from '../../backends/webgpu/testing.ts'
import * as ops from '../../ops/index.ts'
import { generator } from '../../ops/samples.ts'
import { tensor } from '../../tensor/creation.ts'
import { apply } from '../../tensor/tensor.ts'
import { scalars, type ScalarFn } from './index.ts'

const next = generator(1)
const list = (value: () => number): number[] => Array.from({ length: 400 }, () => Math.fround(value()))
const between = (lo: number, hi: number): number[] => list(() => lo + (hi - lo) * next())
/** As many of each size, from lo to hi. */
const sizes = (lo: number, hi: number): number[] =>
  list(() => Math.exp(Math.log(lo) + Math.log(hi / lo) * next()))
const bothSigns = (values: readonly number[]): number[] => values.flatMap((x) => [x, -x])
/** 1 less something small. */
const belowOne = sizes(1e-7, 1).map((x) => Math.fround(1 - x))

/** Where a function is computed, and the largest error in units in the last place. */
const cases: Partial<Record<ScalarFn, [values: number[], ulps: number]>> = {
  atan: [bothSigns(sizes(1e-30, 1e30)), 2],
  asin: [bothSigns([...sizes(1e-20, 1), ...belowOne]), 2],
  acos: [bothSigns([...sizes(1e-20, 1), ...belowOne]), 2],
  expm1: [[...between(-30, 88), ...bothSigns(sizes(1e-20, 1))], 2],
  log1p: [[...between(-1, 5), ...bothSigns(sizes(1e-20, 0.9)), ...sizes(1, 1e30)], 2],
  sinh: [bothSigns(sizes(1e-10, 89)), 3],
  cosh: [bothSigns(sizes(1e-3, 89)), 3],
  asinh: [bothSigns(sizes(1e-10, 1e35)), 3],
  acosh: [[...sizes(1, 1e35), ...sizes(1e-6, 1).map((x) => Math.fround(1 + x))], 3],
  atanh: [bothSigns([...sizes(1e-10, 1), ...belowOne]), 3],
  erfc: [[...between(-5, 9.1), ...bothSigns(sizes(1e-10, 1))], 4],
  erfcx: [[...between(-9, 20), ...sizes(1, 1e30)], 4],
  erfinv: [bothSigns([...sizes(1e-10, 1), ...belowOne]), 4],
  ndtri: [[...between(0.01, 0.99), ...sizes(1e-37, 1)], 6],
  // Near zeros of the function that are no whole numbers, relative errors have no bound.
  lgamma: [[...sizes(1e-30, 1e30), ...between(0.9, 2.1), ...between(-1.9, -1.1)], 6],
  digamma: [[...sizes(1e-30, 1.2), ...sizes(1.8, 1e30)], 4],
  i0e: [bothSigns(sizes(1e-10, 1e30)), 4],
  i1e: [bothSigns(sizes(1e-10, 1e30)), 4],
}

const unit = (x: number): number => 2 ** (Math.floor(Math.log2(Math.max(Math.abs(x), 2 ** -126))) - 23)

async function worst(fn: ScalarFn, values: readonly number[], device: Device): Promise<string> {
  const op = ops[fn as keyof typeof ops] as typeof ops.atan
  const actual = await apply(op, [tensor(Float32Array.from(values), { device })], null).data()
  let found = { error: 0, x: 0 }
  values.forEach((x, i) => {
    const exact = scalars[fn].exact(x)
    const error = actual[i] === Math.fround(exact) ? 0 : Math.abs(actual[i]! - exact) / unit(exact)
    if (!(error <= found.error)) found = { error, x }
  })
  return found.error <= cases[fn]![1] ? '' : `${fn}(${found.x}): ${found.error} ulp`
}

const everyCase = Object.keys(cases) as ScalarFn[]

describe('scalar functions are good to a few units in the last place', () => {
  const wasm = createWasmDevice()
  it.each(everyCase)('%s on wasm', async (fn) => {
    expect(await worst(fn, cases[fn]![0], wasm)).toBe('')
  })
})

onWebGPU('scalar functions on WebGPU', (open) => {
  let gpu: Device
  beforeAll(async () => {
    gpu = await open()
  })
  afterAll(() => {
    gpu.close()
  })
  it.each(everyCase)('%s', async (fn) => {
    expect(await worst(fn, cases[fn]![0], gpu)).toBe('')
  })
})

describe('the float64 forms', () => {
  // To 17 digits, from mpmath.
  const known: [ScalarFn, number, number][] = [
    ['erf', 0.5, 0.52049987781304654],
    ['erf', 3, 0.99997790950300141],
    ['erfc', 0.5, 0.47950012218695346],
    ['erfc', 2.25, 0.0014627165866811517],
    ['erfc', 9, 4.1370317465138102e-37],
    ['erfcx', -2, 108.94090438997797],
    ['erfcx', 0.5, 0.61569034419292587],
    ['erfcx', 25, 0.022549572432641359],
    ['erfinv', 0.25, 0.2253120550121781],
    ['erfinv', 0.75, 0.81341984759761854],
    ['erfinv', 0.9990234375, 2.3314677736219477],
    ['ndtri', 9.313225746154785e-10, -6.0093535655307439],
    ['ndtri', 0.25, -0.67448975019608174],
    ['ndtri', 0.625, 0.31863936396437516],
    ['lgamma', 0.125, 2.0194183575537963],
    ['lgamma', 1.25, -0.098271836421813161],
    ['lgamma', 2.5, 0.28468287047291916],
    ['lgamma', 50, 144.56574394634489],
    ['lgamma', -2.25, 0.55550154502064747],
    ['digamma', 0.125, -8.3884926632958549],
    ['digamma', 2.5, 0.70315664064524319],
    ['digamma', 50, 3.9019896734278922],
    ['digamma', -2.25, 4.1585835646579723],
    ['i0e', 0.5, 0.64503527044915007],
    ['i0e', 20, 0.089780311884826022],
    ['i0e', 100, 0.039944379299096683],
    ['i1e', 0.5, 0.1564208031848717],
    ['i1e', 20, 0.087506222183288665],
    ['i1e', 100, 0.039744153025130253],
  ]
  it.each(known)('%s(%d)', (fn, x, value) => {
    expect(Math.abs(scalars[fn].exact(x) / value - 1)).toBeLessThan(1e-12)
  })
})

it('A function is spelled in three files at most: its record, its op, and the public function', () => {
  const root = new URL('../../', import.meta.url)
  const isCode = (path: string): boolean =>
    path.endsWith('.ts') && !path.endsWith('.test.ts') && !/^(fixtures|bench)\//.test(path)
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter(isCode)
  const texts = files.map((path) => [path, readFileSync(new URL(path, root), 'utf8')] as const)
  for (const fn of ['atan', 'asin', 'acos', 'acosh', 'atanh', 'ndtri'] as const) {
    const word = new RegExp(`\\b${fn}\\b`)
    const found = texts.filter(([, text]) => word.test(text)).map(([path]) => path)
    expect(found.length, `${fn}: ${found.join(', ')}`).toBeLessThanOrEqual(3)
  }
})
