/** What `python.ts` writes is read back as the very same document, and what is not understood is said with its place. */
import { expect, test } from 'vitest'
import { documentOf } from '../build.ts'
import { sourceOf } from '../python.ts'
import { drawing, edited } from '../random-edits.ts'
import { editedCases, templateCases, tokens, numbers } from '../testing.ts'
import { readSource } from './read.ts'

test.each(templateCases)('$title: what was written is read as the same document', async ({ spec }) => {
  const document = documentOf(spec)
  const read = readSource(await sourceOf(document), document.inputs)
  expect(read).toEqual({ document, places: expect.any(Map) as Map<string, unknown> })
  // Also to the letter: options and nodes in their order.
  expect(JSON.stringify(read.document?.nodes)).toBe(JSON.stringify(document.nodes))
})

/** `npm run acceptance -- networks` takes all of them. */
const edits = Number(process.env['DESCENT_NETWORK_EDITS'] ?? 40)

test(`of ${edits} documents that were edited at random, too`, async () => {
  const draw = drawing(11)
  for (let i = 0; i < edits; i++) {
    const document = await edited(documentOf(draw(editedCases).spec), draw)
    const source = await sourceOf(document)
    const read = readSource(source, document.inputs)
    expect(read, source).toEqual({ document, places: expect.any(Map) as Map<string, unknown> })
  }
}, 300_000)

const net = (fields: readonly string[], steps: readonly string[], parameters = 'numbers'): string =>
  [
    'import torch',
    'from torch import nn',
    'class Net(nn.Module):',
    '    def __init__(self):',
    '        super().__init__()',
    ...fields.map((line) => `        ${line}`),
    `    def forward(self, ${parameters}):`,
    ...steps.map((line) => `        ${line}`),
  ].join('\n')
const said = (source: string, inputs = [numbers]): string[] => {
  const read = readSource(source, inputs)
  return read.document ? [] : read.problems.map(({ line, column, message }) => `${line}:${column} ${message}`)
}

test('what people write themselves is read as well: positions, Sequential, operators, names used again', () => {
  const fields = [
    'self.seen = nn.Sequential(nn.Linear(4, 8), nn.ReLU())',
    'self.drop = nn.Dropout(0.25)',
    'self.lstm = nn.LSTM(8, 8, batch_first=True)',
    'self.fc = nn.Linear(8, out_features=3, bias=False)',
  ]
  const steps = [
    'x = self.seen(x)',
    'x = torch.relu(self.drop(x)) + x * 0.5',
    'x, _ = self.lstm(x.unsqueeze(1))',
    'return self.fc(x.squeeze(1))',
  ]
  const { document } = readSource(net(fields, steps, 'x: torch.Tensor'), [numbers])
  const wiring = document?.nodes.map((node) => [
    node.id,
    'layer' in node ? node.layer : node.op,
    node.options,
    node.inputs,
  ])
  expect(wiring).toEqual([
    ['seen.0', 'Linear', { inFeatures: 4, outFeatures: 8 }, ['numbers']],
    ['seen.1', 'ReLU', {}, ['seen.0']],
    ['drop', 'Dropout', { p: 0.25 }, ['seen.1']],
    ['relu', 'relu', {}, ['drop']],
    ['mul', 'mul', { other: 0.5 }, ['seen.1']],
    ['x', 'add', {}, ['relu', 'mul']],
    ['unsqueeze', 'unsqueeze', { dim: 1 }, ['x']],
    ['lstm', 'LSTM', { inputSize: 8, hiddenSize: 8, batchFirst: true }, ['unsqueeze']],
    ['squeeze', 'squeeze', { dim: 1 }, ['lstm']],
    ['fc', 'Linear', { inFeatures: 8, outFeatures: 3, bias: false }, ['squeeze']],
  ])
  expect(document?.output).toBe('fc')
})

test('what is not understood is said by line and column, all of it, with what may have been meant', () => {
  const fields = [
    'self.a = nn.Linaer(4, 8)',
    'self.b = nn.Linear(4, width)',
    'self.c = nn.Conv2d(1, 4, kernel_sise=3)',
    'self.d = nn.Linear(4)',
    'self.e = nn.ReLU()',
    'self.e = nn.Tanh()',
  ]
  const steps = [
    'x = self.a(numbers)',
    'y = self.e(x)',
    'z = self.E(numbers)',
    'for i in range(3):',
    '    z = z + 1',
    'q = torch.sofmax(numbers)',
    'return torch.logical_nott(nubmers)',
  ]
  expect(said(net(fields, steps))).toEqual([
    '6:18 There is no layer Linaer here. Did you mean Linear?',
    '7:31 out_features must stand here as a value, such as a number: “width” would have to be computed.',
    expect.stringContaining('8:46 Conv2d has no kernel_sise. Did you mean kernel_size?'),
    expect.stringContaining('9:18 Linear needs out_features: '),
    '11:9 There is another self.e: give this one a name of its own.',
    expect.stringContaining('15:13 self.E is not made in __init__. Did you mean self.e?'),
    expect.stringContaining('16:9 Here stands what is computed, one value a line'),
    expect.stringContaining('18:13 There is no function sofmax here. There are: add, '),
    '19:35 Nothing is called nubmers above this line. Did you mean numbers?',
  ])
  expect(said(net(['self.a = nn.ReLU('], ['return numbers']))).toEqual([
    expect.stringMatching(/^\d+:\d+ This cannot be read as Python from here on: /),
  ])
  const relu = ['self.a = nn.ReLU()']
  expect(said(net(relu, ['return numbers']))).toEqual([
    '6:18 This layer is never called in forward: call it there, or remove this line.',
  ])
  expect(said(net(relu, ['x = self.a(numbers)', 'return self.a(x)']))[0]).toContain(
    '9:16 self.a is called a second',
  )
  expect(said(net(relu, ['x = self.a(numbers)']))[0]).toContain('forward must end with the output: return x.')
  expect(said(net(relu, ['return self.a(more)'], 'numbers, more'))).toEqual([
    expect.stringContaining('there is nothing for more.'),
  ])
  expect(said('')).toEqual([expect.stringContaining('1:1 The network is missing')])
  expect(said('import os\n' + net(relu, ['return self.a(numbers)']))[0]).toContain(
    '1:1 Only torch is known here',
  )
})

test('however deep or wrong a source is, it is answered', () => {
  const deep = `${'torch.relu('.repeat(300)}numbers${')'.repeat(300)}`
  expect(said(net([], [`return ${deep}`]))[0]).toMatch(/^\d+:\d+ This (is nested deeper|cannot be read)/)
  expect(said('('.repeat(100_000))).toHaveLength(1)
  const begun = performance.now()
  // Of tens of thousands of mistakes the first are said, as soon as of one.
  expect(said('x = 1\n'.repeat(20_000))).toHaveLength(50)
  expect(performance.now() - begun).toBeLessThan(5000)
})

test('a class that PyTorch lacks is read as it was written, and no other', async () => {
  const { spec } = templateCases.find(({ title }) => title.startsWith('transformer'))!
  const source = await sourceOf(documentOf(spec))
  expect(said(source, [tokens])).toEqual([])
  expect(said(source.replace('10000 **', '20000 **'), [tokens])[0]).toContain(
    'PositionalEncoding was changed',
  )
})
