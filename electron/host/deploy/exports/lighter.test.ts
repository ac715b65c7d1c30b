/** Lighter weights: files that every program reads, whose cost is measured, and that are not written where it is too much. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apart, thorough } from '../../../../engine/fixtures/apart.ts'
import { OnnxNodes } from '../../../../engine/index.ts'
import { encodeOnnx, type OnnxGraph } from '../../../../engine/formats/onnx.ts'
import { storedAs } from '../../../../engine/formats/onnx-weights.ts'
import { primaryFor } from '../../../contract/index.ts'
import { documentOf } from '../../model/build.ts'
import { addNetwork, portOfInput } from '../../model/onnx.ts'
import { templateCases } from '../../model/testing.ts'
import { computed, values } from '../../model/testing-torch.ts'
import { useDevice } from '../../training/predict.ts'
import { apartOf, boundOf, lighterText, requireBearable, type LighterCost } from './lighter.ts'
import { openOnnx } from './runtime.ts'

beforeAll(async () => {
  await useDevice('wasm')
})

const weight = (shape: readonly number[], numbers: readonly number[]) =>
  ({ dtype: 'float32', shape, values: Float32Array.from(numbers) }) as const

/** x · w: its numbers are large enough to be worth a node. */
function product(numbers: readonly number[], rows = 64, columns = numbers.length / 64): OnnxGraph {
  return {
    name: 'product',
    nodes: [{ opType: 'Gemm', inputs: ['x', 'w', 'b'], outputs: ['y'], attributes: { transB: { int: 1 } } }],
    inputs: [{ name: 'x', dtype: 'float32', shape: ['N', columns] }],
    outputs: [{ name: 'y', dtype: 'float32', shape: ['N', rows] }],
    constants: new Map([
      ['w', weight([rows, columns], numbers)],
      ['b', weight([rows], new Array<number>(rows).fill(1e6))],
    ]),
  }
}
const waves = Array.from({ length: 64 * 16 }, (_, i) => Math.sin(i) * (1 + (i >> 4)))

describe('what a file holds', () => {
  test('bytes: each channel by its largest number, and zeros stay zeros', () => {
    const numbers = [...waves]
    numbers.fill(0, 16, 32)
    const { constants, nodes } = storedAs(product(numbers), ['w', 'b'], 'int8')
    const [scale, whole] = [constants.get('w_scale')!, constants.get('w_int8')!]
    expect([whole.dtype, whole.shape, scale.shape]).toEqual(['int8', [64, 16], [64]])
    numbers.forEach((value, i) => {
      const [step, stored] = [scale.values[i >> 4] as number, whole.values[i] as number]
      expect(Math.abs(stored * step - Math.fround(value))).toBeLessThanOrEqual(step / 2 + 1e-6)
    })
    expect(Math.max(...(whole.values as ArrayLike<number> as Int8Array))).toBe(127)
    expect(nodes[0]).toMatchObject({ opType: 'DequantizeLinear', outputs: ['w'] })
    // Biases are as they were.
    expect(constants.get('b')!.dtype).toBe('float32')
  })

  test('halves, but of numbers that are too large for them', () => {
    const { constants, nodes } = storedAs(product(waves), ['w', 'b'], 'float16')
    expect(constants.get('w_float16')).toMatchObject({ dtype: 'float16', shape: [64, 16] })
    expect(nodes[0]).toMatchObject({ opType: 'Cast', outputs: ['w'], attributes: { to: { int: 1 } } })
    const large = product(waves.with(7, 70_000))
    expect(storedAs(large, ['w', 'b'], 'float16')).toBe(large)
    const broken = product(waves.with(7, NaN))
    for (const stored of ['float16', 'int8'] as const) expect(storedAs(broken, ['w'], stored)).toBe(broken)
  })

  test('what is not multiplied, is no weight or is too small to be worth it stays', () => {
    const graph = product(waves)
    expect(storedAs(graph, ['w', 'b'], 'float32')).toBe(graph)
    expect(storedAs(graph, ['b'], 'int8')).toBe(graph)
    const few = product(waves.slice(0, 64))
    expect(storedAs(few, ['w'], 'int8')).toBe(few)
    const added = { ...graph, nodes: [{ opType: 'Add', inputs: ['x', 'w'], outputs: ['y'], attributes: {} }] }
    expect(storedAs(added, ['w'], 'int8')).toBe(added)
  })
})

const pythonWithOnnx = ['python3', '/usr/bin/python3'].find((p) => spawnSync(p, ['-c', 'import onnx']).status === 0) // prettier-ignore

/** One of each; of the same layers in large pictures there is nothing more to see. */
const oneOfEach = [
  ...new Map(
    templateCases
      .filter(({ spec }) => spec.inputs.every((input) => input.kind !== 'pixels' || input.height < 32))
      .map((one) => [one.spec.model.template, one]),
  ).values(),
]

describe('networks of every template', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'descent-lighter-'))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  const answersNearly = async (cases: typeof oneOfEach): Promise<void> => {
    const written = mkdtempSync(join(folder, 'written-'))
    let packed = 0
    for (const [i, { title, spec }] of cases.entries()) {
      const document = documentOf(spec)
      const { network, example } = await computed(document)
      const nodes = new OnnxNodes()
      const inputs = document.inputs.map(portOfInput)
      const output = await addNetwork(
        nodes,
        document,
        network,
        inputs.map(({ name }) => name),
      )
      const graph: OnnxGraph = { name: 'network', nodes: nodes.nodes, inputs, outputs: [{ name: output, dtype: 'float32', shape: ['N', spec.outputs] }], constants: await nodes.values() } // prettier-ignore
      const feeds: Record<string, { dtype: string; shape: number[]; data: unknown }> = {}
      for (const [k, one] of example.entries()) {
        const { dtype, shape, values: numbers } = await values(one)
        const data = dtype === 'int32' ? Int32Array.from(numbers) : Float32Array.from(numbers)
        feeds[inputs[k]!.name] = { dtype, shape: [...shape], data }
      }
      const answered = async (one: OnnxGraph): Promise<number[]> => {
        const runtime = await openOnnx(encodeOnnx(one))
        try {
          const found = await runtime.run(feeds as never)
          return Array.from(found[output] as ArrayLike<number>)
        } finally {
          await runtime.close()
        }
      }
      const wanted = await answered(graph)
      const size = Math.max(...wanted.map(Math.abs), 0.1)
      for (const [stored, most] of [
        ['float16', 0.01],
        ['int8', 0.2],
      ] as const) {
        // prettier-ignore
        const lighter = storedAs(graph, nodes.weights.keys(), stored)
        if (lighter === graph) continue
        packed++
        const file = encodeOnnx(lighter)
        expect(file.length, title).toBeLessThan(encodeOnnx(graph).length)
        writeFileSync(join(written, `${i}-${stored}.onnx`), file)
        const found = await answered(lighter)
        const off = Math.max(...found.map((value, k) => Math.abs(value - wanted[k]!)))
        expect(off / size, `${title} as ${stored}`).toBeLessThan(most)
      }
    }
    expect(packed).toBeGreaterThan(cases.length / 2)
    if (pythonWithOnnx === undefined) return
    const script = `
import glob, sys, onnx
files = sorted(glob.glob(sys.argv[1] + "/*.onnx"))
for file in files:
    onnx.checker.check_model(onnx.load(file), full_check=True)
print(len(files))`
    const checked = spawnSync(pythonWithOnnx, ['-c', script, written], { encoding: 'utf8' })
    expect([checked.stderr, checked.stdout.trim()]).toEqual(['', String(packed)])
  }
  const [some, others] = apart(oneOfEach, 3)
  const title = 'answer nearly as they did in onnxruntime, and are valid by onnx’s checker'
  test(`${title}: a third`, () => answersNearly(some))
  test(`${title}: the others`, thorough, () => answersNearly(others))
})

const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, ' ')
function plainly(refused: () => void): string {
  try {
    refused()
  } catch (error) {
    return plain((error as Error).message)
  }
  return 'not refused'
}

describe('what it costs', () => {
  const wanted = {
    names: ['prediction', 'probability_a', 'probability_b'],
    values: [
      ['a', 'b', 'a'],
      [0.9, 0.2, 0.6],
      [0.1, 0.8, 0.4],
    ],
  }
  const answer = (prediction: string, share: number) => ({ prediction, probability_a: share, probability_b: 1 - share }) // prettier-ignore

  test('rows with another label are counted, and how far probabilities are apart', () => {
    const found = apartOf(wanted, [answer('a', 0.88), answer('b', 0.2), answer('b', 0.45)])
    expect(found).toMatchObject({ rows: 3, changed: 1 })
    expect(found.largest['probability_a']).toBeCloseTo(0.15)
    const numbers = { names: ['prediction'], values: [[100, 200, 300]] }
    const told = apartOf(numbers, [{ prediction: 101 }, { prediction: NaN }, { prediction: 300 }])
    expect(told).toMatchObject({ rows: 3, changed: 1 })
    expect(told.largest['prediction']).toBeCloseTo(0.005, 2)
  })

  const cost = (accuracy: number): LighterCost => {
    const metrics = [{ accuracy: 0.9 }, { accuracy }] as const
    const bound = boundOf('binary', metrics, { accuracy: { low: 0.88, high: 0.92 } })
    const hostile = { rows: 5, largest: { probability_a: 0.1 }, changed: 1 }
    return { weights: 'int8', bytes: [4e6, 1e6], hostile, test: { ...hostile, rows: 200, metrics: { accuracy: [0.9, accuracy] }, bound } } // prettier-ignore
  }
  test('more than half the width of the interval is refused, with the numbers and what to do', () => {
    expect(() => requireBearable('model.onnx', cost(0.881))).not.toThrow()
    expect(() => requireBearable('model.onnx', cost(0.95))).not.toThrow()
    expect(plainly(() => requireBearable('model.onnx', cost(0.87)))).toBe(
      'model.onnx with weights as int8 was not written: in 200 rows of the test its accuracy is 87.0 %, with float32 90.0 %. That is worse by more than half the width of its 95 % interval. Choose float16 or float32 (--set weights=float32).',
    )
    // Of errors, more is worse.
    const { name } = primaryFor('regression')
    const error = boundOf('regression', [{ [name]: 2 }, { [name]: 2.5 }], { [name]: { low: 1.5, high: 2.1 } })
    expect(error?.metric).toBe(name)
    expect(error?.worse).toBe(primaryFor('regression').higherIsBetter ? -0.5 : 0.5)
    expect(boundOf('binary', [{ accuracy: 1 }, { accuracy: 0.5 }], {})).toBeNull()
  })

  test('is told in a sentence, also where no test was at hand', () => {
    expect(plain(lighterText(cost(0.89)))).toBe(
      'Weights as int8: 977 KB instead of 3.8 MB. In 200 rows of the test: Accuracy 89.0 % instead of 90.0 %; probabilities are at most 0.10 apart, 0.50 % of labels flip.',
    )
    expect(lighterText({ ...cost(0.89), test: null })).toContain('was not measured, for there were no rows of the test') // prettier-ignore
  })
})
