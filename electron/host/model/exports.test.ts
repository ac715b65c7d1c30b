/** PyTorch's source and ONNX files of documents compute what the module does. */
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manualSeed, openDevice, setDefaultDevice, type Device, type Tensor } from '../../../engine/index.ts'
import { pythonWithTorch } from '../../../engine/fixtures/ask-torch.ts'
import { onOnnxruntime } from '../../../engine/fixtures/onnxruntime.ts'
import { encodeOnnx } from '../../../engine/formats/onnx.ts'
import type { NetworkDocument } from '../../contract/index.ts'
import { documentOf } from './build.ts'
import { moduleOf } from './module.ts'
import { onnxOfNetwork } from './onnx.ts'
import { sourceOf } from './python.ts'
import { drawing, edited } from './random-edits.ts'
import { exampleOf, templateCases } from './testing.ts'

let device: Device
beforeAll(async () => {
  device = await openDevice('wasm')
  setDefaultDevice(device)
})
afterAll(() => {
  device.close()
})

async function computed(document: NetworkDocument) {
  manualSeed(3)
  const network = moduleOf(document).eval()
  const example = document.inputs.map(exampleOf)
  const outputs = [...(await network.forward(...example).data())]
  return { network, example, outputs }
}
const values = async (t: Tensor) => ({ dtype: t.dtype, shape: t.shape, values: [...(await t.data())] })
/** Within 1e-5, of large numbers relatively. */
const close = (found: ArrayLike<number>, wanted: readonly number[], what = ''): void => {
  expect(found.length, what).toBe(wanted.length)
  wanted.forEach((value, i) => {
    expect(Math.abs(found[i]! - value), what).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)))
  })
}

const script = `
import json, sys
import torch
def made(t):
    return torch.tensor(t["values"], dtype=getattr(torch, t["dtype"])).reshape(t["shape"])
def answer(given):
    space = {}
    exec(given["source"], space)
    net = space["Net"]().eval()
    own = net.state_dict()
    missing = set(own) ^ set(given["state"])
    assert not missing, missing
    net.load_state_dict({name: made(t).to(own[name].dtype) for name, t in given["state"].items()})
    return net(*[made(t) for t in given["example"]]).flatten().tolist()
print(json.dumps([answer(given) for given in json.load(sys.stdin)]))
`
const python = pythonWithTorch()

/** With the same weights, what PyTorch makes of the documents' sources is what the engine makes of the documents. */
async function holdTo(documents: readonly NetworkDocument[]): Promise<void> {
  const cases = []
  for (const document of documents) {
    const { network, example, outputs } = await computed(document)
    const state: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(network.stateDict())) state[name] = await values(value)
    const source = await sourceOf(document)
    cases.push({ source, state, example: await Promise.all(example.map(values)), outputs })
  }
  const { status, stdout, stderr } = spawnSync(python!, ['-c', script], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  expect(status, stderr).toBe(0)
  const answers = JSON.parse(stdout) as number[][]
  cases.forEach(({ outputs, source }, i) => {
    close(answers[i]!, outputs, source)
  })
}

/** \`npm run acceptance -- networks\` takes all of them. */
const edits = Number(process.env['DESCENT_NETWORK_EDITS'] ?? 20)

describe.skipIf(!python)(
  python ? 'source runs in PyTorch' : 'source: not run. No Python has PyTorch.',
  () => {
    test('of every template', async () => {
      await holdTo(templateCases.map(({ spec }) => documentOf(spec)))
    }, 30_000)

    test(`of ${edits} documents that were edited at random`, async () => {
      const draw = drawing(11)
      const documents = []
      for (let i = 0; i < edits; i++) documents.push(await edited(documentOf(draw(templateCases).spec), draw))
      await holdTo(documents)
    }, 300_000)
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
