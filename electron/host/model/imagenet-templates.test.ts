import { describe, expect, it } from 'vitest'
import { apart, thorough } from '../../../engine/fixtures/apart.ts'
import { vision, type nn } from '../../../engine/index.ts'
import { begin, templates, type Model } from '../../contract/index.ts'
import { documentOf } from './build.ts'
import { moduleOf } from './module.ts'
import { pixels } from './testing.ts'
import { patchOf } from './vision-transformer.ts'

const shapesOf = (network: nn.AnyModule): string[] =>
  Object.entries(network.stateDict())
    .map(([name, { shape }]) => `${name} ${shape.join('×')}`)
    .sort()

const { models } = vision
const cases: readonly (readonly [string, Model, () => nn.AnyModule])[] = [
  ['resnet18', begin(templates, 'resnet18'), () => models.resnet18({ classes: 5 })],
  ['resnet34', begin(templates, 'resnet18', { depth: '34' }), () => models.resnet34({ classes: 5 })],
  ['vgg11', begin(templates, 'vgg', { hidden: 8 }), () => models.vgg11({ classes: 5, hidden: 8 })],
  [
    'vgg16',
    begin(templates, 'vgg', { depth: '16', hidden: 8 }),
    () => models.vgg16({ classes: 5, hidden: 8 }),
  ],
  ['resnet50', begin(templates, 'resnet18', { depth: '50' }), () => models.resnet50({ classes: 5 })],
  ['mobilenet_v2', begin(templates, 'mobilenet-v2'), () => models.mobilenetV2({ classes: 5 })],
  ['mobilenet_v3_small', begin(templates, 'mobilenet-v3'), () => models.mobilenetV3Small({ classes: 5 })],
  ['efficientnet_b0', begin(templates, 'efficientnet'), () => models.efficientnetB0({ classes: 5 })],
  ['alexnet', begin(templates, 'alexnet', { hidden: 8 }), () => models.alexnet({ classes: 5, hidden: 8 })],
]

describe('templates for photographs', () => {
  const named = '%s has the weights of the engine’s, by torchvision’s names'
  const isNamed = (...[, model, made]: (typeof cases)[number]): void => {
    const document = documentOf({ model, inputs: [pixels(3, 224, 224)], outputs: 5, task: 'classification' })
    expect(shapesOf(moduleOf(document))).toEqual(shapesOf(made()))
  }
  // The deeper ones draw a hundred million weights, and are built of the same parts.
  const [some, others] = apart(cases, 2)
  it.each(some)(named, isNamed)
  it.each(others)(named, thorough, isNamed)

  it('say where pictures are too small', () => {
    const model = begin(templates, 'vgg')
    expect(() =>
      documentOf({ model, inputs: [pixels(3, 28, 28)], outputs: 5, task: 'classification' }),
    ).toThrow('nothing would be left of 28 × 28 pixels')
    expect(() =>
      documentOf({
        model: begin(templates, 'alexnet'),
        inputs: [pixels(3, 62, 80)],
        outputs: 5,
        task: 'classification',
      }),
    ).toThrow('nothing would be left of 62 × 80 pixels')
    expect(() =>
      documentOf({
        model: begin(templates, 'vit'),
        inputs: [pixels(3, 37, 37)],
        outputs: 5,
        task: 'classification',
      }),
    ).toThrow('No patches of 16 pixels or fewer cut pictures of 37 × 37')
  })

  it('cut pictures into the largest patches that leave four on a side', () => {
    expect(
      [
        [224, 224],
        [28, 28],
        [32, 48],
        [8, 8],
        [3, 3],
      ].map(([h, w]) => patchOf(h!, w!, 16)),
    ).toEqual([16, 7, 8, 2, 1])
  })
})
