import { describe, expect, test } from 'vitest'
import type { NetworkInput } from '../network.ts'
import { startingPoints, templatesFor, type NetworkFacts } from './index.ts'

const numbers = (width: number): NetworkInput => ({ name: 'numbers', kind: 'numbers', width })
const picture = (channels: number, side: number): NetworkInput => ({
  name: 'pixels.image',
  kind: 'pixels',
  channels,
  height: side,
  width: side,
  mean: [],
  std: [],
})
const text = (length: number): NetworkInput => ({
  name: 'tokens.text',
  kind: 'tokens',
  length,
  vocabulary: 5000,
  padding: 0,
})
const facts = (
  rows: number,
  inputs: NetworkInput[],
  task: NetworkFacts['task'] = 'classification',
): NetworkFacts => ({
  task,
  rows,
  inputs,
  outputs: 10,
})
const ranked = (kind: keyof typeof templatesFor, of: NetworkFacts) =>
  startingPoints(kind, of).map(({ template, rank }) => (rank === null ? `not ${template}` : template))

describe('the first to start with', () => {
  test.each<[string, keyof typeof templatesFor, NetworkFacts, string[]]>([
    [
      'a small table',
      'table',
      facts(300, [numbers(12)]),
      ['tabm', 'realmlp', 'mlp', 'resnet', 'wide-and-deep', 'ft-transformer'],
    ],
    [
      'a table of numbers to predict',
      'table',
      facts(4000, [numbers(12)], 'regression'),
      ['realmlp', 'tabm', 'mlp', 'resnet', 'wide-and-deep', 'ft-transformer'],
    ],
    [
      'a table',
      'table',
      facts(4000, [numbers(12)]),
      ['tabm', 'realmlp', 'mlp', 'resnet', 'wide-and-deep', 'ft-transformer'],
    ],
    [
      'a large table',
      'table',
      facts(50_000, [numbers(12)]),
      ['tabm', 'realmlp', 'resnet', 'mlp', 'wide-and-deep', 'ft-transformer'],
    ],
    [
      'gray images',
      'images',
      facts(42_000, [picture(1, 28)]),
      [
        ...['cnn', 'resnet20', 'mlp', 'vit', 'not resnet18', 'not mobilenet-v2', 'not mobilenet-v3'],
        ...['not efficientnet', 'not vgg', 'not alexnet'],
      ],
    ],
    [
      'photos',
      'images',
      facts(42_000, [picture(3, 32)]),
      [
        ...['resnet20', 'cnn', 'vgg', 'mlp', 'mobilenet-v2', 'mobilenet-v3', 'efficientnet', 'vit'],
        ...['not resnet18', 'not alexnet'],
      ],
    ],
    [
      'few large photos',
      'images',
      facts(900, [picture(3, 224)]),
      [
        ...['resnet20', 'cnn', 'resnet18', 'mobilenet-v2', 'mobilenet-v3', 'efficientnet', 'vgg'],
        ...['mlp', 'alexnet', 'vit'],
      ],
    ],
    [
      'many large photos',
      'images',
      facts(20_000, [picture(3, 224)]),
      [
        ...['resnet20', 'cnn', 'resnet18', 'mobilenet-v2', 'mobilenet-v3', 'efficientnet', 'vgg'],
        ...['mlp', 'alexnet', 'vit'],
      ],
    ],
    [
      'dots',
      'images',
      facts(900, [picture(1, 3)]),
      [
        ...['resnet20', 'mlp', 'not cnn', 'not resnet18', 'not mobilenet-v2', 'not mobilenet-v3'],
        ...['not efficientnet', 'not vgg', 'not alexnet', 'not vit'],
      ],
    ],
    [
      'short texts',
      'text',
      facts(5000, [text(20)]),
      ['text-cnn', 'gru', 'lstm', 'embedding-bag', 'transformer'],
    ],
    [
      'many texts',
      'text',
      facts(90_000, [text(20)]),
      ['text-cnn', 'gru', 'transformer', 'lstm', 'embedding-bag'],
    ],
    [
      'long texts',
      'text',
      facts(5000, [text(400)]),
      ['text-cnn', 'embedding-bag', 'transformer', 'lstm', 'gru'],
    ],
    [
      'names',
      'text',
      facts(5000, [text(3)]),
      ['gru', 'lstm', 'embedding-bag', 'transformer', 'not text-cnn'],
    ],
  ])('of %s', (_, kind, of, order) => {
    expect(ranked(kind, of)).toEqual(order)
  })
})

test('every sentence says the data’s own figures', () => {
  const first = (kind: keyof typeof templatesFor, of: NetworkFacts) => startingPoints(kind, of)[0]!.sentence
  expect(first('table', facts(4000, [numbers(12)]))).toMatch(
    /^4,000 training rows of 12 features, 10 classes: /,
  )
  expect(first('images', facts(42_000, [picture(1, 28)]))).toMatch(
    /^42,000 training images of 28 × 28 gray pixels, 10 classes: /,
  )
  expect(first('text', facts(1, [text(20)], 'multilabel'))).toMatch(
    /^1 training text of up to 20 words, 10 labels: /,
  )
  expect(first('table', facts(900, [numbers(3), picture(3, 64), text(1)], 'regression'))).toMatch(
    /^900 training rows of 3 features, a picture of 64 × 64 color pixels, a text of up to 1 word, 10 numbers to predict: /,
  )
  expect(first('table', { ...facts(900, [numbers(3)], 'binary'), outputs: 1 })).toMatch(
    /3 features, 2 classes: /,
  )
  expect(first('table', { ...facts(900, [numbers(3)], 'ordinal'), outputs: 4 })).toMatch(
    /5 classes in order: /,
  )
})

test('every template has a rank or says why it has none, whatever the data', () => {
  for (const [kind, { members }] of Object.entries(templatesFor))
    for (const rows of [1, 1000, 20_000, 1_000_000])
      for (const inputs of [
        [numbers(4)],
        [picture(1, 28)],
        [picture(3, 300)],
        [text(4)],
        [text(900)],
        [numbers(2), text(30)],
      ]) {
        const points = startingPoints(kind as keyof typeof templatesFor, facts(rows, inputs))
        expect(points.map(({ template }) => template).sort()).toEqual(members.map(({ name }) => name).sort())
        for (const { sentence } of points) expect(sentence).toMatch(/^[\d,]+ training .*: .*\.$/)
      }
})
