/** PyTorch's source and ONNX files of documents compute what the module does. */
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manualSeed, openDevice, setDefaultDevice, type Device, type Tensor } from '../../../engine/index.ts'
import { pythonWithTorch } from '../../../engine/fixtures/ask-torch.ts'
import { onOnnxruntime } from '../../../engine/fixtures/onnxruntime.ts'
import { encodeOnnx } from '../../../engine/formats/onnx.ts'
import type { Model } from '../../contract/index.ts'
import { documentOf, type NetworkSpec } from './build.ts'
import type { InputSpec } from './input.ts'
import { moduleOf } from './module.ts'
import { onnxOfNetwork } from './onnx.ts'
import { sourceOf } from './python.ts'
import { exampleOf, mixed, numbers, pixels, small, spec, tokens } from './testing.ts'

let device: Device
beforeAll(async () => {
  device = await openDevice('wasm')
  setDefaultDevice(device)
})
afterAll(() => {
  device.close()
})

const of = (model: Model, ...inputs: InputSpec[]) => ({
  title: `${model.template} of ${inputs.map(({ kind }) => kind).join(', ')}`,
  spec: spec(model, inputs),
})
const written = [
  of(small, numbers),
  of(small, ...mixed),
  of(small, pixels(1, 3, 5)),
  of({ template: 'cnn', dropout: 0.25 }, pixels(3, 9, 6)),
  of({ template: 'resnet20' }, pixels(3, 8, 8)),
  of({ template: 'text-cnn', embedding: 8, filters: 6, widths: [2, 3], dropout: 0.1 }, tokens),
  of({ template: 'lstm', embedding: 8, hidden: 6, dropout: 0.3 }, tokens),
  of({ template: 'transformer', width: 8, heads: 2, layers: 2, feedForward: 16, dropout: 0.1 }, tokens),
]

interface Case {
  readonly spec: NetworkSpec
  readonly example: readonly Tensor[]
  readonly outputs: readonly number[]
}
async function computed(spec: NetworkSpec) {
  manualSeed(3)
  const document = documentOf(spec)
  const network = moduleOf(document).eval()
  const example = spec.inputs.map(exampleOf)
  const outputs = [...(await network.forward(...example).data())]
  return { document, network, example, outputs } satisfies Omit<Case, 'spec'> & Record<string, unknown>
}
const values = async (t: Tensor) => ({ dtype: t.dtype, shape: t.shape, values: [...(await t.data())] })
const close = (found: ArrayLike<number>, wanted: readonly number[]): void => {
  expect(found.length).toBe(wanted.length)
  wanted.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 4))
}

const script = `
import json, sys
import torch
given = json.load(sys.stdin)
space = {}
exec(given["source"], space)
net = space["Net"]().eval()
def made(t):
    return torch.tensor(t["values"], dtype=getattr(torch, t["dtype"])).reshape(t["shape"])
own = net.state_dict()
missing = set(own) ^ set(given["state"])
assert not missing, missing
net.load_state_dict({name: made(t).to(own[name].dtype) for name, t in given["state"].items()})
print(json.dumps(net(*[made(t) for t in given["example"]]).flatten().tolist()))
`
const python = pythonWithTorch()

describe.skipIf(!python)(
  python ? 'source runs in PyTorch' : 'source: not run. No Python has PyTorch.',
  () => {
    test.each(written)('$title', async ({ spec }) => {
      const { document, network, example, outputs } = await computed(spec)
      const state: Record<string, unknown> = {}
      for (const [name, value] of Object.entries(network.stateDict())) state[name] = await values(value)
      const input = {
        source: await sourceOf(document),
        state,
        example: await Promise.all(example.map(values)),
      }
      const { status, stdout, stderr } = spawnSync(python!, ['-c', script], {
        input: JSON.stringify(input),
        encoding: 'utf8',
      })
      expect(status, `${stderr}\n${input.source}`).toBe(0)
      close(JSON.parse(stdout) as number[], outputs)
    })
  },
)

onOnnxruntime('files run in onnxruntime', (run) => {
  test.each(written)('$title', async ({ spec }) => {
    const { document, network, example, outputs } = await computed(spec)
    const file = encodeOnnx(await onnxOfNetwork(document, network))
    const inputs = await Promise.all(
      example.map(async (t, i) => ({ name: spec.inputs[i]!.name, ...(await values(t)) })),
    )
    const [result] = await run(file, inputs)
    close(result!.data, outputs)
  })
})

test('source reads like PyTorch', async () => {
  const source = await sourceOf(documentOf(written[5]!.spec))
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
        largest_0 = torch.amax(convs_0, dim=2)
        found_0 = torch.relu(largest_0)
        convs_1 = self.convs[1](words)
        largest_1 = torch.amax(convs_1, dim=2)
        found_1 = torch.relu(largest_1)
        phrases = torch.cat([found_0, found_1], dim=1)
        dropout = self.dropout(phrases)
        fc = self.fc(dropout)
        return fc
`)
})
