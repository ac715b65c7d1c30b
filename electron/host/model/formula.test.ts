/** Formulas in networks: what they compute and teach, in PyTorch, in ONNX, and read back. */
import { expect, test } from 'vitest'
import { manualSeed, tensor } from '../../../engine/index.ts'
import { onOnnxruntime } from '../../../engine/fixtures/onnxruntime.ts'
import { encodeOnnx } from '../../../engine/formats/onnx.ts'
import { formulaFunctions, type NetworkDocument } from '../../contract/index.ts'
import { problemsOf } from './check.ts'
import { moduleOf } from './module.ts'
import { onnxOfNetwork } from './onnx.ts'
import { sourceOf } from './python.ts'
import { readSource } from './source/read.ts'
import { numbers } from './testing.ts'
import { close, computed, holdTo, python, values } from './testing-torch.ts'

interface Formula {
  readonly formula: string
  readonly slope?: string
}
/** A formula of four numbers, whose answer is what comes out. */
const of = (options: Formula, inputs = ['numbers']): NetworkDocument => ({
  inputs: [numbers],
  nodes: [
    { id: 'fc', layer: 'Linear', options: { inFeatures: 4, outFeatures: 4 }, inputs: ['numbers'] },
    { id: 'own', op: 'formula', options: { ...options }, inputs },
  ],
  output: 'own',
})

const usable = Object.entries(formulaFunctions).filter(([name]) => name !== 'dot')
/** Within what every function is defined for. */
const each = usable.map(([name, { takes }]) =>
  of({ formula: `${name}(${['sigmoid(x) * 0.9', '0.5 + x * x'].slice(0, takes).join(', ')})` }),
)
const others = [
  of({ formula: '-x ** 2 + 2**-x * pi' }),
  of({ formula: '( x+1 ) / (1.5 - 2e-1)  * log( 3 )' }),
  of({ formula: 'x1 * sigmoid(x2) - atan2(x2, pi)' }, ['numbers', 'fc']),
  of({ formula: 'pow(2, x) + pow(x, 2)' }),
  of({ formula: 'sign(x)', slope: 'maximum(1 - abs(x), 0)' }),
]

test('what was written is read as the same document', async () => {
  for (const document of [...each, ...others]) {
    const source = await sourceOf(document)
    const read = readSource(source, document.inputs)
    expect(read, source).toEqual({ document, places: expect.any(Map) as Map<string, unknown> })
  }
})

test.skipIf(!python)('PyTorch computes the same', async () => {
  await holdTo([...each, ...others])
})

onOnnxruntime('onnxruntime computes the same', (run) => {
  test('of every function that ONNX has', async () => {
    for (const document of [...each, ...others]) {
      const formula = String(document.nodes[1]!.options['formula'])
      const { network, example, outputs } = await computed(document)
      if (formula.includes('atan2')) {
        await expect(onnxOfNetwork(document, network)).rejects.toThrow(/ONNX has no atan2/)
        continue
      }
      const file = encodeOnnx(await onnxOfNetwork(document, network))
      const inputs = await Promise.all(example.map(async (t) => ({ name: 'numbers', ...(await values(t)) })))
      const [result] = await run(file, inputs)
      close(result!.data, outputs, formula)
    }
  })
})

/** The derivative of the sum of what comes out, by what goes in. */
async function gradient(options: Formula, x: readonly number[]): Promise<number[]> {
  manualSeed(1)
  const given = tensor([x], { requiresGrad: true })
  moduleOf({ ...of(options), nodes: of(options).nodes.slice(1) })
    .forward(given)
    .sum()
    .backward()
  return [...(await given.grad!.data())]
}

test('a slope that is declared is what is taught, and the value stays to the bit', async () => {
  const x = [-2, -0.25, 0.5, Math.fround(1e-30)]
  expect(await gradient({ formula: 'sign(x)' }, x)).toEqual([0, 0, 0, 0])
  expect(await gradient({ formula: 'sign(x)', slope: '1' }, x)).toEqual([1, 1, 1, 1])
  expect(await gradient({ formula: 'round(x)', slope: 'maximum(1 - abs(x), 0)' }, x)).toEqual([
    0, 0.75, 0.5, 1,
  ])
  const network = moduleOf({
    ...of({ formula: 'x / 3', slope: '1' }),
    nodes: of({ formula: 'x / 3', slope: '1' }).nodes.slice(1),
  })
  const given = tensor([x], { requiresGrad: true })
  expect(await network.forward(given).data()).toEqual(await given.div(3).data())
})

test.each([
  [
    { formula: 'tanhh(x)' },
    'own: There is no function tanhh. Write tanh there. It is at character 1 of “tanhh(x)”.',
  ],
  [
    { formula: 'y * 2' },
    'own: There is no y here. What the formula is of is called x. It is at character 1 of “y * 2”.',
  ],
  [
    { formula: 'x @ x' },
    'own: A formula has no products of matrices: those are layers, such as Linear. It is at character 1 of “x @ x”.',
  ],
  [{ formula: 'pi * 2' }, 'own: The formula pi * 2 is of no tensor: it needs x.'],
  [{ formula: '' }, 'own: The formula is empty. Write one of x, such as x * 2.'],
  [
    { formula: 'a = x\na * 2' },
    'own: The formula is one expression, without names of its own: write what they stand for in their place.',
  ],
  [{ formula: ' x # twice' }, 'own: “ x # twice” has something around the formula: write x.'],
  [
    { formula: 'dot(x, x)' },
    'own: A formula has no dot: sum(x * y) gives it. It is at character 1 of “dot(x, x)”.',
  ],
  [
    { formula: 'sum(x)', slope: '1' },
    'own: A slope is declared element by element: the formula must give the shape [4] of x, not [1].',
  ],
  [
    { formula: `x${' + x'.repeat(200)}` },
    'own: The formula has 801 characters, and 500 are the most. Write a shorter one, or several layers.',
  ],
  [
    { formula: 'x', slope: 'z' },
    'own: There is no z here. What the formula is of is called x. It is at character 1 of “z”.',
  ],
] as const)('%j: what is wrong is said of its node', async (options, message) => {
  expect((await problemsOf(of(options))).map((problem) => problem.message)).toEqual([message])
})

test('a slope is of one tensor: others would learn nothing', async () => {
  const two = of({ formula: 'x1 * x2', slope: '1' }, ['numbers', 'fc'])
  const [problem, second] = await problemsOf(two)
  expect(problem?.message).toContain('A slope is of one tensor, and 2 come in: x2 would learn nothing.')
  expect(second).toBeUndefined()
  const source = await sourceOf(of({ formula: 'x1 * x2' }, ['numbers', 'fc']))
  const sloped = source.replace(/(formula\(lambda x1, x2: .*)\)/, '$1, slope=lambda x1, x2: x2)')
  const read = readSource(sloped, [numbers])
  expect(read.document ? [] : read.problems.map(({ message }) => message)).toEqual([
    'A slope is of one tensor, and 2 come behind the lambda. Leave slope out, or give the formula one tensor.',
  ])
})

test('what is no formula is said with its place', async () => {
  const source = await sourceOf(of({ formula: 'tanh(x)' }))
  const said = (from: string, to: string) => {
    const read = readSource(source.replace(from, to), [numbers])
    return read.document ? [] : read.problems.map(({ message }) => message)
  }
  expect(said('torch.tanh(x)', 'math.tanh(x)')[0]).toContain(
    'A formula has no math.tanh. There are: torch.exp',
  )
  expect(said('torch.tanh(x)', 'torch.tanh(fc)')).toEqual([
    'Nothing is called fc here: a formula is of x alone.',
  ])
  expect(said('lambda x: torch.tanh(x)', '3')).toEqual([
    'A formula is written as lambda x: x * 2, and its slope as well.',
  ])
  expect(said('result.detach() +', 'result +')).toEqual([
    'formula was changed, and is read only as it was written: change what it is given in forward.',
  ])
  // Called otherwise, it is the same.
  expect(said('lambda x: torch.tanh(x)', 'lambda h: torch.tanh(h)')).toEqual([])
})
