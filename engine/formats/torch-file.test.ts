/** Files of PyTorch's, read and written; what is no data is refused by its name. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { createWasmDevice } from '../backends/wasm/device.ts'
import { excess } from '../fixtures/excess.ts'
import { parse } from '../fixtures/json.ts'
import * as nn from '../nn/index.ts'
import * as optim from '../optim/index.ts'
import { setDefaultDevice, tensor } from '../tensor/creation.ts'
import { load, save } from '../tensor/serialization.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { decodeTorch, encodeTorch, TorchTensor } from './torch-file.ts'

beforeAll(() => setDefaultDevice(createWasmDevice({ threads: 1 })))

interface Values {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}
type Named = Readonly<Record<string, Values>>
const fixture = parse(
  readFileSync(new URL('../fixtures/torch-files.json', import.meta.url), 'utf8').replaceAll(
    /\b(NaN|-?Infinity)\b/g,
    '"$1"',
  ),
) as {
  readonly files: Readonly<Record<string, string>>
  readonly refused: Readonly<Record<string, string>>
  readonly state: Named
  readonly types: Named
  readonly views: Named
  readonly moments: Named
}
const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(base64, 'base64'))
const file = (name: string): Uint8Array<ArrayBuffer> => bytesOf(fixture.files[name]!)

function expectTensors(actual: unknown, expected: Named): void {
  const read = actual as Readonly<Record<string, TorchTensor>>
  expect(Object.keys(read)).toEqual(Object.keys(expected))
  for (const [name, { shape, values }] of Object.entries(expected)) {
    expect(read[name]!.shape, name).toEqual(shape)
    expect(excess(read[name]!.data, values.map(Number), 0, 1e-7), name).toBeLessThanOrEqual(0)
  }
}

describe('reads', () => {
  it.each(['state', 'oldState', 'protocol4'])('a state: %s', (name) => {
    expectTensors(decodeTorch(file(name)), fixture.state)
  })
  it.each(['types', 'oldTypes'])('every type: %s', (name) => {
    const read = decodeTorch(file(name)) as Readonly<Record<string, TorchTensor>>
    expectTensors(read, fixture.types)
    expect(Object.values(read).map(({ dtype }) => dtype)).toEqual([
      ...['float32', 'float32', 'float32', 'float32', 'int32', 'int32', 'int32', 'int32', 'uint8', 'bool'],
    ])
    const halves = decodeTorch(file(name), 'It', { halves: 'float16' }) as typeof read
    expect(halves['float16']!.dtype).toBe('float16')
  })
  it.each(['views', 'oldViews'])('views of what is stored once: %s', (name) => {
    const read = decodeTorch(file(name)) as Readonly<Record<string, TorchTensor>>
    expectTensors(read, fixture.views)
    expect([read['parameter']!.requiresGrad, read['one']!.requiresGrad]).toEqual([true, false])
  })
  it('what is no tensor', () => {
    expect(decodeTorch(file('plain'))).toEqual({
      numbers: [1, -5, 2 ** 40, 0.5, true, null],
      tuple: [1, ['a', 2]],
      text: 'äß',
      set: new Set([1, 2]),
      size: [1, 2],
      bytes: Uint8Array.of(255, 1),
      3: 'three',
      dtype: 'float32',
    })
  })
  it('into a module and an optimizer', async () => {
    const model = new nn.Sequential(new nn.Linear(3, 2), new nn.BatchNorm1d(2))
    model.loadStateDict(load(file('state')) as Record<string, Tensor>)
    for (const [name, { values }] of Object.entries(fixture.state))
      expect(excess(await model.stateDict()[name]!.data(), values, 0, 1e-7), name).toBeLessThanOrEqual(0)
    const optimizer = new optim.Adam(model.parameters())
    const { state, param_groups: paramGroups } = load(file('optimizer')) as {
      readonly state: optim.OptimizerState['state']
      readonly param_groups: optim.OptimizerState['paramGroups']
    }
    optimizer.loadStateDict({ state, paramGroups })
    expect(optimizer.learningRate).toBe(0.1)
    for (const [i, { values }] of Object.entries(fixture.moments))
      expect(
        excess(await optimizer.stateDict().state[Number(i)]!['exp_avg']!.data(), values, 0, 1e-6),
      ).toBeLessThanOrEqual(0)
  })
})

describe('refuses', () => {
  it.each<[string, string]>([
    ['model', 'it names torch.nn.modules.linear.Linear'],
    ['oldModel', 'it names torch.nn.modules.linear.Linear'],
    ['own', 'it names __main__.Own'],
    [
      'script',
      'its entry “archive/code/__torch__/torch/nn/modules/activation.py” is packed by method 8; as TorchScript',
    ],
    ['numpy', 'it names numpy.core.multiarray.scalar'],
    ['call', 'it names __builtin__.print'],
    ['complex', 'it names torch.ComplexFloatStorage'],
    ['sparse', 'it names torch._utils._rebuild_sparse_tensor'],
  ])('%s', (name, says) => {
    expect(() => decodeTorch(bytesOf(fixture.refused[name]!), 'weights.pt')).toThrow(
      `weights.pt is not a PyTorch file that can be read: ${says}`,
    )
  })

  it('what would run code', () => {
    // os.system('…'), as an attack has it.
    const attack = new TextEncoder()
      .encode('\x80\x02cos\nsystem\n(X\x02\x00\x00\x00lstR.')
      .map((byte) => byte)
    const bytes = Uint8Array.from([0x80, ...attack.slice(2)])
    expect(() => decodeTorch(bytes)).toThrow('it names os.system')
  })

  it.each(['state', 'oldState', 'views'])(
    '%s cut off anywhere, or with any byte changed, in words',
    (name) => {
      const whole = file(name)
      const attempt = (bytes: Uint8Array): void => {
        try {
          decodeTorch(bytes)
        } catch (error) {
          expect(String(error)).toMatch(/^Error: The file is not a PyTorch file that can be read: /)
        }
      }
      for (let length = 0; length < whole.length; length += 7) attempt(whole.subarray(0, length))
      for (let at = 0; at < whole.length; at += 5) attempt(whole.with(at, whole[at]! ^ 0x55))
    },
  )

  it('more than is allowed, and a list within itself', () => {
    expect(() => decodeTorch(file('state'), 'It', { maxBytes: 20 })).toThrow('raise maxBytes')
    const itself: unknown[] = []
    itself.push(itself)
    expect(() => encodeTorch(itself)).toThrow('nested without end')
  })
})

describe('writes', () => {
  it('what it reads', async () => {
    const value = {
      model: {
        weight: tensor([
          [1, 2],
          [3, 4],
        ]),
        count: tensor(Int32Array.of(7), { shape: [] }),
      },
      half: tensor([0.5], { dtype: 'float16' }),
      mask: tensor([true, false]),
      numbers: [1, -0.5, 2 ** 40, -(2 ** 40), NaN, -0],
      text: 'äß',
      nothing: null,
      state: { 0: 'a', 1: 'b' },
      empty: tensor([], { shape: [0, 3] }),
    }
    const read = load(await save(value), { halves: 'float16' }) as typeof value
    expect(await read.model.weight.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect([read.model.count.dtype, read.half.dtype, read.mask.dtype]).toEqual(['int32', 'float16', 'bool'])
    expect(read.empty.shape).toEqual([0, 3])
    expect(read.numbers).toEqual(value.numbers)
    expect([read.text, read.nothing, read.state]).toEqual(['äß', null, value.state])
    const uints = new TorchTensor('uint32', [1], Uint32Array.of(2 ** 31))
    expect(() => decodeTorch(encodeTorch({ uints }))).toThrow('holds 2147483648, which int32')
  })

  it('nothing that it cannot read', async () => {
    await expect(save({ when: new Date(0) })).rejects.toThrow('cannot hold an Date, at the top.when')
    await expect(save([() => 1])).rejects.toThrow('cannot hold a function, at the top[0]')
  })
})
