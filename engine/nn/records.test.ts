/** Every module, from its record alone: PyTorch's print, state, values and gradients on every device; shapes; files in ONNX. */
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../backends/device.ts'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { onWebGPU, someOnSoftware, takesAll } from '../backends/webgpu/testing.ts'
import { apart, thorough } from '../fixtures/apart.ts'
import { derivativeExcess, reference } from '../fixtures/derivatives.ts'
import { excess } from '../fixtures/excess.ts'
import { parse } from '../fixtures/json.ts'
import { callOf, filled, layerCases, trains, type LayerCase } from '../fixtures/layers.ts'
import { onOnnxruntime } from '../fixtures/onnxruntime.ts'
import { encodeOnnx } from '../formats/onnx.ts'
import { toStateName } from '../formats/state-names.ts'
import { outputShapes } from '../graph/shapes.ts'
import { tensorsIn, trace } from '../graph/trace.ts'
import type { SampleInput } from '../ops/samples.ts'
import { setDefaultDevice, tensor } from '../tensor/creation.ts'
import { castArray } from '../tensor/dtype.ts'
import { noGrad } from '../tensor/grad-mode.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { allModules } from './define.ts'
import * as nn from './index.ts'
import { onnxOf } from './onnx.ts'
import { pythonOf } from './python.ts'
import { isOptional, settle } from './settle.ts'

interface Values {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}
interface TorchModule {
  /** The line it was made by. */
  readonly python: string
  readonly text: string
  readonly state: readonly (readonly [name: string, shape: readonly number[]])[]
  readonly parameters: readonly string[]
  readonly buffers: readonly string[]
  readonly modules: readonly string[]
  readonly outputs: readonly Values[]
  readonly grads: readonly (readonly number[] | null)[]
  /** Buffers after the call. */
  readonly moved: readonly Values[]
  readonly evaluated: readonly Values[]
}

const fixture = parse(readFileSync(new URL('../fixtures/torch-layers.json', import.meta.url), 'utf8')) as {
  readonly results: Readonly<Record<string, TorchModule>>
  readonly signatures: Readonly<Record<string, readonly (readonly [name: string, usual: unknown])[]>>
}
const cases = layerCases()
const expectedOf = ({ key }: LayerCase): TorchModule => {
  const found = fixture.results[key]
  if (!found) throw new Error(`There is no fixture of ${key}: run \`npm run fixtures layers\`.`)
  return found
}

const give = ({ shape, dtype, values }: SampleInput, device: Device): Tensor =>
  tensor(castArray(dtype, values), { shape, dtype, device, requiresGrad: dtype === 'float32' })

async function holdValues(outputs: readonly Tensor[], wanted: readonly Values[]): Promise<void> {
  expect(outputs.map((t) => t.shape)).toEqual(wanted.map(({ shape }) => shape))
  for (const [i, output] of outputs.entries())
    expect(excess([...(await output.data())], wanted[i]!.values, 1e-5, 1e-3)).toBeLessThanOrEqual(0)
}

const weighted = (output: Tensor): Tensor => {
  const weights = Float32Array.from({ length: output.numel() }, (_, i) => Math.cos(i + 1))
  return output.mul(tensor(weights, { shape: output.shape, device: output.device })).sum()
}

async function agrees(one: LayerCase, device: Device): Promise<void> {
  setDefaultDevice(device)
  const expected = expectedOf(one)
  const module = filled(one.sample.make()).train(trains(one))
  const x = one.sample.inputs.map((input) => give(input, device))
  const outputs = [...tensorsIn(callOf(one, module, x))]
  await holdValues(outputs, expected.outputs)
  const differentiable = outputs.filter((t) => t.requiresGrad)
  if (differentiable.length > 0)
    differentiable
      .map(weighted)
      .reduce((a, b) => a.add(b))
      .backward()
  const leaves = [...x, ...module.parameters()]
  expect(leaves).toHaveLength(expected.grads.length)
  for (const [i, wanted] of expected.grads.entries()) {
    const { grad } = leaves[i]!
    if (wanted === null || (wanted.length === 0 && !grad)) expect(grad).toBeNull()
    else expect(excess([...(await grad!.data())], wanted, 1e-4, 2e-3), `gradient ${i}`).toBeLessThanOrEqual(0)
  }
  await holdValues(module.buffers(), expected.moved)
  const evaluated = noGrad(() => callOf(one, module.eval(), x))
  await holdValues([...tensorsIn(evaluated)], expected.evaluated)
}

/** Networks of many layers, each of which has samples of its own: there is much to compile. */
const isNetwork = (one: LayerCase): boolean => expectedOf(one).modules.length > 20

describe.each([
  ['reference', reference as Device],
  ['wasm', createWasmDevice()],
])('modules agree with PyTorch on %s', (_, device) => {
  const [some, others] = apart(cases.filter(isNetwork), 6)
  it.each([...cases.filter((one) => !isNetwork(one)), ...some])('$key', (one) => agrees(one, device))
  it.each(others)('$key', thorough, (one) => agrees(one, device))
})

// Layers are made of operations that are held against the reference on this device themselves: on software some are enough.
const onDevice = someOnSoftware(
  cases.filter((one) => takesAll || !isNetwork(one)),
  16,
)

onWebGPU(`modules agree with PyTorch on WebGPU, ${onDevice.length} of ${cases.length} samples`, (open) => {
  let gpu: Device
  beforeAll(async () => {
    gpu = await open()
  })
  afterAll(() => {
    gpu.close()
  })
  it.each(onDevice)('$key', (one) => agrees(one, gpu))
})

describe('modules print and name what they hold as PyTorch', () => {
  it.each(cases)('$key', (one) => {
    setDefaultDevice(reference)
    const [module, expected] = [one.sample.make(), expectedOf(one)]
    expect(pythonOf(module), 'another line: run `npm run fixtures layers`').toBe(expected.python)
    expect(module.toString()).toBe(expected.text)
    expect(inspect(module)).toBe(expected.text)
    expect(Object.entries(module.stateDict()).map(([name, t]) => [name, t.shape])).toEqual(expected.state)
    expect(module.namedParameters().map(([name]) => name)).toEqual(expected.parameters)
    expect(module.namedBuffers().map(([name]) => name)).toEqual(expected.buffers)
    expect(module.namedModules().map(([name]) => name)).toEqual(expected.modules)
  })
})

describe.each([
  ['first', 0],
  ['second', 1],
] as const)('%s derivatives of modules in float64', (_, order) => {
  const smooth = cases.filter(
    (one) =>
      !one.sample.without?.includes('slopes') &&
      expectedOf(one).grads.some((g) => g !== null && g.length > 0),
  )
  it.each(smooth)('$key', async (one) => {
    setDefaultDevice(reference)
    const compute = (move: (leaf: Tensor) => void) => {
      const module = filled(one.sample.make()).train(trains(one))
      const x = one.sample.inputs.map((input) => give(input, reference))
      const leaves = [...x, ...module.parameters()].filter((t) => t.requiresGrad)
      leaves.forEach(move)
      return { outputs: [...tensorsIn(callOf(one, module, x))], leaves }
    }
    expect(await derivativeExcess(compute, order)).toBeLessThanOrEqual(0)
  })
})

describe('shapes are known without computing', () => {
  it.each(cases)('$key', (one) => {
    setDefaultDevice(reference)
    const { make, inputs } = one.sample
    const shapes = outputShapes(make, inputs, (module, x) => callOf(one, module, x))
    expect(shapes).toEqual(expectedOf(one).evaluated.map(({ shape }) => shape))
    if (one.sample.call) return
    const traced = trace(
      make().eval(),
      inputs.map((input) => give(input, reference)),
    )
    expect(shapes).toEqual(traced.outputs.map((value) => value.shape))
  })

  const image = { shape: ['N', 3, 8, 6] } as const
  it('of a batch of any size', () => {
    expect(outputShapes(() => new nn.Conv2d(3, 5, 3, 2), [image])).toEqual([['N', 5, 3, 2]])
    expect(outputShapes(() => new nn.Flatten(), [image])).toEqual([['N', 144]])
    expect(outputShapes(() => new nn.Embedding(9, 4), [{ shape: ['N', 7], dtype: 'int32' }])).toEqual([
      ['N', 7, 4],
    ])
    expect(outputShapes(() => new nn.BatchNorm2d(3), [image])).toEqual([['N', 3, 8, 6]])
    expect(outputShapes(() => new nn.LSTM(3, 2, { batchFirst: true }), [{ shape: ['N', 4, 3] }])).toEqual([
      ['N', 4, 2],
      [1, 'N', 2],
      [1, 'N', 2],
    ])
  })
  it('with the sentence that forward would have', () => {
    expect(() => outputShapes(() => new nn.MaxPool2d(9), [image])).toThrow(
      'A 9 × 9 pooling window does not fit into [2, 3, 8, 6].',
    )
    expect(() => outputShapes(() => new nn.Flatten(0), [image])).toThrow('depends on N, and is not N itself')
    expect(() => outputShapes(() => new nn.Linear(0, 1), [image])).toThrow('inFeatures must be')
  })
})

describe('a line of PyTorch', () => {
  it('has what differs from the defaults, and only that', () => {
    setDefaultDevice(reference)
    expect(pythonOf(new nn.Conv2d(1, 6, 5, { padding: 2 }))).toBe('nn.Conv2d(1, 6, kernel_size=5, padding=2)')
    expect(pythonOf(new nn.MaxPool2d([3, 2], [3, 2], [1, 0]))).toBe(
      'nn.MaxPool2d(kernel_size=(3, 2), padding=(1, 0))',
    )
    expect(pythonOf(new nn.BatchNorm2d(3, { momentum: null }))).toBe('nn.BatchNorm2d(3, momentum=None)')
    const layer = new nn.TransformerEncoderLayer(4, 2, { activation: 'gelu' })
    expect(pythonOf(new nn.TransformerEncoder(layer, 2, new nn.LayerNorm(4)))).toBe(
      "nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, activation='gelu'), 2, norm=nn.LayerNorm(4))",
    )
    expect(() => pythonOf(new nn.TransformerEncoderLayer(4, 2, { activation: (x) => x.relu() }))).toThrow(
      'activation is a function of one’s own',
    )
  })
})

describe('multiply-adds are those of the formula', () => {
  const counted = (module: nn.AnyModule, ...inputs: Tensor[]): number =>
    trace(module, inputs).nodes.reduce((sum, node) => sum + node.multiplyAdds, 0)
  const x = (...shape: number[]): Tensor =>
    tensor(new Float32Array(shape.reduce((a, b) => a * b)), { shape, device: reference })
  it('of linear layers, convolutions, LSTM and attention', () => {
    setDefaultDevice(reference)
    expect(counted(new nn.Linear(5, 7), x(3, 5))).toBe(3 * 5 * 7)
    expect(counted(new nn.Conv2d(4, 6, 3, 1, 1, 1, 2), x(2, 4, 8, 5))).toBe(2 * 8 * 5 * 6 * 2 * 9)
    expect(counted(new nn.Conv1d(4, 6, 3), x(2, 4, 8))).toBe(2 * 6 * 6 * 4 * 3)
    expect(counted(new nn.LSTM(3, 5), x(6, 2, 3))).toBe(6 * 2 * 4 * 5 * (3 + 5))
    const query = x(2, 7, 8)
    expect(counted(new nn.MultiheadAttention(8, 2, { batchFirst: true }), query, query, query)).toBe(
      2 * 7 * 8 * 8 * 4 + 2 * 2 * 7 * 7 * 8,
    )
  })
})

onOnnxruntime('modules give what onnxruntime does of their files', (run) => {
  const exported = cases.filter(
    ({ record, sample }) => typeof record.onnx === 'function' && !sample.without?.includes('onnx'),
  )
  it.each(exported)('$key', async (one) => {
    setDefaultDevice(reference)
    const module = filled(one.sample.make()).eval()
    const { inputs } = one.sample
    const ports = inputs.map(({ shape, dtype }, i) => ({ name: `x${i}`, dtype: dtype as 'float32', shape }))
    const results = await run(encodeOnnx(await onnxOf(module, ports)), inputs)
    const ours = [
      ...tensorsIn(
        callOf(
          one,
          module,
          inputs.map((input) => give(input, reference)),
        ),
      ),
    ]
    expect(results.map(({ dims }) => dims)).toEqual(ours.map((t) => t.shape))
    for (const [i, output] of ours.entries())
      expect(excess(results[i]!.data, [...(await output.data())], 1e-5, 1e-4)).toBeLessThanOrEqual(0)
  })
  it('of a batch of any size', async () => {
    setDefaultDevice(reference)
    const module = filled(new nn.Conv2d(3, 2, 3))
    const port = { name: 'x0', dtype: 'float32', shape: ['N', 3, 4, 5] } as const
    const file = encodeOnnx(await onnxOf(module, [port]))
    for (const n of [1, 4]) {
      const x = { dtype: 'float32', shape: [n, 3, 4, 5], values: new Array<number>(n * 60).fill(0) } as const
      expect((await run(file, [x]))[0]!.dims).toEqual([n, 2, 2, 3])
    }
  })
})

describe('what ONNX cannot say is refused', () => {
  const encoder = (): nn.TransformerEncoderLayer => new nn.TransformerEncoderLayer(4, 2, 8)
  const [steps, keys] = [[3, 2, 4], [5, 2, 4]] // prettier-ignore
  it.each<{
    why: string
    make: () => nn.AnyModule
    inputs: readonly (readonly number[])[]
  }>([
    {
      why: 'MultiheadAttention has no place in ONNX for x3',
      make: () => new nn.MultiheadAttention(4, 2),
      inputs: [steps, keys, keys, [3, 5]],
    },
    {
      why: 'only for a mask of keys, [2, 3], and not [3, 3]',
      make: encoder,
      inputs: [steps, [3, 3]],
    },
    {
      why: 'has no place in ONNX for x1',
      make: () => new nn.TransformerEncoder(encoder(), 2),
      inputs: [steps, [3, 3]],
    },
    {
      why: 'GRU has no place in ONNX for x2',
      make: () => new nn.GRU(4, 3),
      inputs: [steps, [1, 2, 3], [1, 2, 3]],
    },
    { why: 'they are unequal', make: () => new nn.AdaptiveAvgPool2d(4), inputs: [[2, 3, 6, 5]] },
    {
      why: 'leave out ceilMode',
      make: () => new nn.AvgPool2d(2, { ceilMode: true }),
      inputs: [[2, 3, 4, 5]],
    },
    {
      why: 'leave out ceilMode',
      make: () => new nn.MaxPool1d(2, 3, { padding: 1, ceilMode: true }),
      inputs: [[2, 3, 4]],
    },
    { why: 'leave out maxNorm', make: () => new nn.Embedding(9, 4, { maxNorm: 1 }), inputs: [[2, 3]] },
    {
      why: 'does not track',
      make: () => new nn.BatchNorm1d(3, { trackRunningStats: false }),
      inputs: [[2, 3]],
    },
    {
      why: 'function of one’s own',
      make: () => new nn.TransformerEncoderLayer(4, 2, { activation: (x) => x.tanh() }),
      inputs: [steps],
    },
  ])('$why', async ({ why, make, inputs }) => {
    setDefaultDevice(reference)
    const ports = inputs.map((shape, i) => ({ name: `x${i}`, dtype: 'float32', shape }) as const)
    await expect(onnxOf(make(), ports)).rejects.toThrow(why)
  })
})

describe('records', () => {
  /** What only holds modules or parameters: it has no options, shapes or samples of its own. */
  const containers = [nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.ParameterList, nn.ParameterDict]

  it('are there for each module, with samples', () => {
    const classes = Object.values(nn).filter(
      (value) => typeof value === 'function' && value.prototype instanceof nn.Module,
    )
    const recorded = new Set<unknown>(allModules().map(({ type }) => type))
    expect(classes.filter((type) => !recorded.has(type) && !containers.includes(type as never))).toEqual([])
    expect(allModules().filter(({ samples }) => samples.length === 0)).toEqual([])
    expect(allModules().filter(({ type }) => !classes.includes(type as never))).toEqual([])
  })

  it('say why there are no nodes in ONNX', () => {
    for (const { onnx } of allModules()) if (typeof onnx !== 'function') expect(onnx.absent).toMatch(/\.$/)
  })

  it('are data: nothing but the defaults’ devices is lost on the way to JSON', () => {
    for (const { list } of allModules())
      for (const option of list.options) {
        const { default: usual, ...rest } = option
        expect(JSON.parse(JSON.stringify(rest))).toEqual(rest)
        expect(option.help).toMatch(/^[A-Z].*\.$/)
        expect(['string', 'number', 'boolean', 'object', 'undefined']).toContain(typeof usual)
      }
  })

  it('have defaults that their own bounds allow', () => {
    for (const { list } of allModules()) {
      const lead = list.options.filter((option) => !isOptional(option))
      const given = list.options.filter((o) => isOptional(o) && o.default !== undefined && o.default !== null)
      const options = Object.fromEntries(given.map((o) => [o.name, o.default]))
      const values = lead.map(({ kind }) =>
        kind === 'whole' || kind === 'shape' || kind === 'extents' ? 2 : 0,
      )
      const all = given.length > 0 ? [...values, options] : values
      expect(() => settle(list, all), list.name).not.toThrow()
    }
  })

  const spelled = (usual: unknown): unknown => (usual === 'inf' ? Infinity : usual)
  /** Types, fast paths, and older names of other arguments. */
  const none = [
    ...['device', 'dtype', '_weight', '_freeze', 'args', 'kwargs', 'enable_nested_tensor', 'mask_check'],
    ...['size_average', 'reduce', 'min_value', 'max_value'],
  ]
  it.each(allModules().filter(({ python }) => python === undefined))(
    '$name takes its arguments in PyTorch’s order, with its defaults',
    ({ name, list }) => {
      const theirs = fixture.signatures[`nn.${name}`]!.filter(([argument]) => !none.includes(argument))
      const ours = list.options.filter(({ kind, newer }) => kind !== 'device' && !newer)
      expect(ours.map((option) => toStateName(option.name))).toEqual(theirs.map(([argument]) => argument))
      for (const [i, [argument, usual]] of theirs.entries()) {
        const option = ours[i]!
        if (!isOptional(option)) expect(usual, argument).toBe('required')
        else if (option.like !== undefined) expect(usual, argument).toBeNull()
        // A function stands for its name there.
        else expect(option.default ?? null, argument).toEqual(spelled(usual))
      }
    },
  )
})
