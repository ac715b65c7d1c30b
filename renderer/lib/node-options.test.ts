import { expect, test } from 'vitest'
import type { NodeOption } from '../../electron/contract/index.ts'
import { defaultText, optionLabel, optionText, readOption } from './node-options.ts'

const option = (kind: NodeOption['kind'], more: Partial<NodeOption> = {}): NodeOption => ({
  name: 'kernelSize',
  help: '',
  kind,
  required: false,
  nullable: false,
  ...more,
})

test.each<[string, NodeOption, unknown]>([
  ['8', option('whole', { least: 1 }), 8],
  [' −1 ', option('index'), -1],
  ['1e-5', option('number'), 1e-5],
  ['', option('number'), undefined],
  ['none', option('number', { nullable: true }), null],
  ['3', option('extents', { count: 2 }), 3],
  ['3, 5', option('extents', { count: 2 }), [3, 5]],
  ['3 × none', option('extents', { count: 2, nullable: true }), [3, null]],
  ['same', option('extents', { count: 2, words: ['same'] }), 'same'],
  ['16', option('shape', { required: true }), [16]],
  ['1 1 0 0', option('sides', { count: 4 }), [1, 1, 0, 0]],
])('“%s” is read', (text, of, value) => {
  expect(readOption(of, text)).toEqual({ value })
  if (value !== undefined) expect(readOption(of, optionText(value as never))).toEqual({ value })
})

test.each<[string, NodeOption, string]>([
  ['', option('whole', { required: true }), 'Enter a number.'],
  ['0', option('whole', { least: 1 }), 'At least 1.'],
  ['1.5', option('whole'), 'Enter a whole number.'],
  ['1.5', option('number', { most: 1 }), 'At most 1.'],
  ['none', option('number'), 'Enter a number.'],
  ['wide', option('extents', { count: 2 }), 'Enter numbers with commas between.'],
  ['1, 2, 3', option('extents', { count: 2 }), 'Enter 1 or 2 numbers.'],
  [' , ', option('shape', { required: true }), 'Enter a number.'],
])('“%s” is refused', (text, of, problem) => {
  expect(readOption(of, text)).toEqual({ problem })
})

test('options and their defaults have words', () => {
  expect(optionLabel('outFeatures')).toBe('Out features')
  expect(defaultText(option('extents', { default: [1, 1] }))).toBe('1, 1')
  expect(defaultText(option('extents', { like: 'kernelSize' }))).toBe('as kernel size')
})
