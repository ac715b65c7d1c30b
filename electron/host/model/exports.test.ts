/** PyTorch's source and ONNX files of documents compute what the module does. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDevice, setDefaultDevice, type Device } from '../../../engine/index.ts'
import { apart, thorough } from '../../../engine/fixtures/apart.ts'
import { onOnnxruntime } from '../../../engine/fixtures/onnxruntime.ts'
import { encodeOnnx } from '../../../engine/formats/onnx.ts'
import { documentOf } from './build.ts'
import { onnxOfNetwork } from './onnx.ts'
import { sourceOf } from './python.ts'
import { drawing, edited } from './random-edits.ts'
import { editedCases, templateCases } from './testing.ts'
import { close, computed, holdTo, python, values } from './testing-torch.ts'

let device: Device
beforeAll(async () => {
  device = await openDevice('wasm')
  setDefaultDevice(device)
})
afterAll(() => {
  device.close()
})

/** \`npm run acceptance -- networks\` takes all of them. */
const edits = Number(process.env['DESCENT_NETWORK_EDITS'] ?? 20)

describe.skipIf(!python)(
  python ? 'source runs in PyTorch' : 'source: not run. No Python has PyTorch.',
  () => {
    const hold = (cases: typeof templateCases) => holdTo(cases.map(({ spec }) => documentOf(spec)))
    const [some, others] = apart(templateCases, 3)
    test('of a third of the templates', () => hold(some))
    test('of the others', { ...thorough, timeout: 300_000 }, () => hold(others))

    test(
      `of ${edits} documents that were edited at random`,
      { tags: 'thorough', timeout: 300_000 },
      async () => {
        const draw = drawing(11)
        const documents = []
        for (let i = 0; i < edits; i++) documents.push(await edited(documentOf(draw(editedCases).spec), draw))
        await holdTo(documents)
      },
    )
  },
)

onOnnxruntime('files run in onnxruntime', (run) => {
  test.each(templateCases)('$title', async ({ spec }) => {
    const document = documentOf(spec)
    const { network, example, outputs } = await computed(document)
    const file = encodeOnnx(await onnxOfNetwork(document, network))
    const inputs = await Promise.all(
      example.map(async (t, i) => ({ name: spec.inputs[i]!.name, ...(await values(t)) })),
    )
    const [result] = await run(file, inputs)
    close(result!.data, outputs)
  })
})

test('source reads like PyTorch', async () => {
  const textCnn = templateCases.find(({ spec }) => spec.model.template === 'text-cnn')
  const source = await sourceOf(documentOf(textCnn!.spec))
  expect(source).toBe(`import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 8, padding_idx=1)
        self.convs = nn.ModuleList([
            nn.Conv1d(8, 6, kernel_size=2),
            nn.Conv1d(8, 6, kernel_size=3),
        ])
        self.dropout = nn.Dropout(p=0.1)
        self.fc = nn.Linear(12, 3)
        self.embedding.weight.data.mul_(0.14433756729740646)

    def forward(self, tokens_Title):
        embedding = self.embedding(tokens_Title)
        words = torch.transpose(embedding, 1, 2)
        convs_0 = self.convs[0](words)
        largest_0 = torch.amax(convs_0, dim=2)  # largest.0
        found_0 = torch.relu(largest_0)  # found.0
        convs_1 = self.convs[1](words)
        largest_1 = torch.amax(convs_1, dim=2)  # largest.1
        found_1 = torch.relu(largest_1)  # found.1
        phrases = torch.cat([found_0, found_1], dim=1)
        dropout = self.dropout(phrases)
        fc = self.fc(dropout)
        return fc
`)
})
