import { describe, expect, test } from 'vitest'
import {
  begin,
  isCustom,
  mostUnits,
  templates,
  withDocument,
  type Model,
  type NetworkDocument,
  type NetworkNode,
} from '../../contract/index.ts'
import { documentOf, type NetworkSpec } from './build.ts'
import { onPaper } from './check.ts'
import { problemsWith } from './fit.ts'
import type { InputSpec } from './input.ts'
import { drawing, edited } from './random-edits.ts'
import { parametersOf, resized, type Direction } from './resize.ts'
import { mixed, numbers, pixels, spec, editedCases, tokens } from './testing.ts'
import { scaledWidth } from './widths.ts'

/** The network one size on; as people see it. Errors: an Error with what is said instead. */
async function sized(of: NetworkSpec, direction: Direction): Promise<NetworkSpec> {
  const found = await onPaper(() => resized(of, direction))
  if ('refusal' in found) throw new Error(found.refusal)
  return { ...of, model: 'model' in found ? found.model : withDocument(of.model, found.document) }
}
const countOf = (of: NetworkSpec): Promise<number> => onPaper(() => parametersOf(documentOf(of)))
const detached = (of: NetworkSpec, document = documentOf(of)): NetworkSpec => ({
  ...of,
  model: withDocument(of.model, document),
})

const image: InputSpec[] = [pixels(1, 28, 28)]
const words: InputSpec[] = [{ ...tokens, length: 40, vocabulary: 3000 } as InputSpec]
const atStart: [string, Model, InputSpec[]][] = [
  ['mlp', begin(templates, 'mlp', { hidden: [64, 64] }), [{ ...numbers, width: 23 } as InputSpec]],
  ['mlp of everything', begin(templates, 'mlp'), mixed],
  ['resnet', begin(templates, 'resnet'), [{ ...numbers, width: 23 } as InputSpec]],
  ['cnn', begin(templates, 'cnn'), image],
  ['resnet20', begin(templates, 'resnet20'), image],
  ['text-cnn', begin(templates, 'text-cnn'), words],
  ['lstm', begin(templates, 'lstm'), words],
  ['gru', begin(templates, 'gru'), words],
  ['embedding-bag', begin(templates, 'embedding-bag'), words],
  ['transformer', begin(templates, 'transformer'), words],
]

describe.each(atStart)('%s', (_, model, inputs) => {
  test('of a template, a size is about twice the parameters, and half of them', async () => {
    const of = spec(model, inputs, 10)
    const now = await countOf(of)
    for (const [direction, least, most] of [
      ['bigger', 1.7, 2.4],
      ['smaller', 0.4, 0.6],
    ] as const) {
      const next = await sized(of, direction)
      expect(isCustom(next.model)).toBe(false)
      expect(await problemsWith(next)).toEqual([])
      const ratio = (await countOf(next)) / now
      expect(ratio).toBeGreaterThan(least)
      expect(ratio).toBeLessThan(most)
    }
  })

  test('of layers by hand, too, and what has to agree agrees', async () => {
    const of = detached(spec(model, inputs, 10))
    const now = await countOf(of)
    for (const [direction, least, most] of [
      ['bigger', 1.4, 2.7],
      ['smaller', 0.35, 0.75],
    ] as const) {
      const next = await sized(of, direction)
      expect(await problemsWith(next)).toEqual([])
      const ratio = (await countOf(next)) / now
      expect(ratio).toBeGreaterThan(least)
      expect(ratio).toBeLessThan(most)
    }
  })
})

async function sizesEdited(networks: number): Promise<void> {
  const draw = drawing(7)
  let count = 0
  for (let i = 0; i < networks; i++) {
    const of = draw(editedCases).spec
    const network = detached(of, await edited(documentOf(of), draw))
    if ((await problemsWith(network)).length > 0) continue
    for (const direction of ['bigger', 'smaller'] as const) {
      const found = await onPaper(() => resized(network, direction))
      if ('refusal' in found) {
        expect(found.refusal).toMatch(/^\S.*\.$/u)
        continue
      }
      count++
      const document = 'document' in found ? found.document : documentOf({ ...network, model: found.model })
      const next = { ...network, model: withDocument(network.model, document) }
      expect(await problemsWith(next)).toEqual([])
      const grown = (await countOf(next)) - (await countOf(network))
      expect(Math.sign(grown)).toBe(direction === 'bigger' ? 1 : -1)
    }
  }
  expect(count).toBeGreaterThan(networks)
}

const each = 'that were edited at random each is sized, or says why not'
test(`of 10 networks ${each}`, () => sizesEdited(10), 120_000)
test(`of 40 networks ${each}`, { tags: 'thorough', timeout: 120_000 }, () => sizesEdited(40))

test('a linear model becomes bigger by a hidden layer', async () => {
  const linear = spec(begin(templates, 'mlp', { hidden: [] }), [numbers])
  expect((await sized(linear, 'bigger')).model).toMatchObject({ hidden: [32] })
  await expect(sized(linear, 'smaller')).rejects.toThrow('It has no inner width')
  await expect(sized(detached(linear), 'bigger')).rejects.toThrow('It has no inner width')
  const pinned: NetworkDocument = {
    inputs: [numbers],
    nodes: [
      { id: 'same', layer: 'Linear', options: { inFeatures: 4, outFeatures: 4 }, inputs: ['numbers'] },
      { id: 'sum', op: 'add', options: {}, inputs: ['same', 'numbers'] },
      { id: 'head', layer: 'Linear', options: { inFeatures: 4, outFeatures: 3 }, inputs: ['sum'] },
    ],
    output: 'head',
  }
  await expect(sized(detached(linear, pinned), 'bigger')).rejects.toThrow('has to agree with others')
})

test('no width leaves its bounds', async () => {
  const widest = spec(begin(templates, 'mlp', { hidden: [mostUnits] }), [numbers])
  await expect(sized(widest, 'bigger')).rejects.toThrow(
    'None of its widths can grow any more: they end at 8,192.',
  )
  const narrow = spec(begin(templates, 'mlp', { hidden: [1, 1] }), [numbers])
  await expect(sized(narrow, 'smaller')).rejects.toThrow('None of its widths can shrink any more.')
  await expect(sized(detached(narrow), 'smaller')).rejects.toThrow('None of its widths can shrink any more.')
  expect(scaledWidth(9000, 2, 1, mostUnits)).toBe(9000)
  expect(scaledWidth(6000, 2, 3, mostUnits) % 3).toBe(0)
})

test('a sum with the data keeps its width, and the head its classes', async () => {
  const layer = (id: string, inFeatures: number, outFeatures: number, from: string): NetworkNode => ({
    id,
    layer: 'Linear',
    options: { inFeatures, outFeatures },
    inputs: [from],
  })
  const document: NetworkDocument = {
    inputs: [numbers],
    nodes: [
      layer('in', 4, 16, 'numbers'),
      layer('back', 16, 4, 'in'),
      { id: 'sum', op: 'add', options: {}, inputs: ['back', 'numbers'] },
      layer('head', 4, 3, 'sum'),
    ],
    output: 'head',
  }
  const of = detached(spec(begin(templates, 'mlp'), [numbers]), document)
  const { model } = await sized(of, 'bigger')
  const widths = documentOf({ ...of, model }).nodes.map(({ options }) => options['outFeatures'])
  expect(widths).toEqual([expect.any(Number), 4, undefined, 3])
  expect(widths[0]).toBeGreaterThan(24)
})

const conv = (
  id: string,
  from: string,
  inChannels: number,
  outChannels: number,
  groups = 1,
): NetworkNode => ({
  id,
  layer: 'Conv2d',
  options: { inChannels, outChannels, kernelSize: 3, padding: 1, ...(groups > 1 ? { groups } : {}) },
  inputs: [from],
})
/** Convolutions of a picture, then what classifies it. */
const grid = (last: string, channels: number, ...nodes: NetworkNode[]): NetworkDocument => ({
  inputs: image,
  nodes: [
    ...nodes,
    { id: 'pool', layer: 'AdaptiveAvgPool2d', options: { outputSize: 1 }, inputs: [last] },
    { id: 'flat', layer: 'Flatten', options: {}, inputs: ['pool'] },
    { id: 'hidden', layer: 'Linear', options: { inFeatures: channels, outFeatures: 16 }, inputs: ['flat'] },
    { id: 'head', layer: 'Linear', options: { inFeatures: 16, outFeatures: 10 }, inputs: ['hidden'] },
  ],
  output: 'head',
})
const optionsAfter = async (document: NetworkDocument, direction: Direction) => {
  const of = detached(spec(begin(templates, 'cnn'), image, 10), document)
  const next = await sized(of, direction)
  expect(await problemsWith(next)).toEqual([])
  return new Map(documentOf(next).nodes.map(({ id, options }) => [id, options]))
}

test('groups bind what they cut alone, and nothing grows that is to shrink', async () => {
  const norm: NetworkNode = {
    id: 'norm',
    layer: 'GroupNorm',
    options: { numGroups: 32, numChannels: 64 },
    inputs: ['c1'],
  }
  const after = await optionsAfter(grid('norm', 64, conv('c1', 'pixels.Photo', 1, 64), norm), 'smaller')
  expect(after.get('c1')).toMatchObject({ outChannels: 32 })
  expect(after.get('hidden')!['outFeatures']).toBeLessThan(16)
  expect(scaledWidth(16, 0.5, 32, mostUnits)).toBe(16)
})

test('a filter for each channel stays one', async () => {
  const layers = [conv('c1', 'pixels.Photo', 1, 32), conv('dw', 'c1', 32, 32, 32), conv('c2', 'dw', 32, 24)]
  for (const direction of ['bigger', 'smaller'] as const) {
    const after = await optionsAfter(grid('c2', 24, ...layers), direction)
    const width = after.get('c1')!['outChannels']
    expect(width).not.toBe(32)
    expect(after.get('dw')).toMatchObject({ inChannels: width, outChannels: width, groups: width })
    expect(after.get('c2')).toMatchObject({ inChannels: width })
  }
  // Two for each: what is before keeps its width.
  const doubled = [conv('c1', 'pixels.Photo', 1, 32), conv('dw', 'c1', 32, 64, 32), conv('c2', 'dw', 64, 24)]
  const after = await optionsAfter(grid('c2', 24, ...doubled), 'bigger')
  expect(after.get('c1')).toMatchObject({ outChannels: 32 })
  expect(after.get('c2')!['outChannels']).toBeGreaterThan(24)
})

test('what nothing reads keeps its width, and goes on fitting', async () => {
  const document = grid('c1', 32, conv('c1', 'pixels.Photo', 1, 32), conv('open', 'c1', 32, 20))
  const after = await optionsAfter(document, 'bigger')
  expect(after.get('open')).toMatchObject({ inChannels: after.get('c1')!['outChannels'], outChannels: 20 })
})
