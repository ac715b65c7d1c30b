/** A saved model as PyTorch's source with its weights. */
import { encodeSafetensors } from '../../../../engine/formats/safetensors.ts'
import { documentOf } from '../../model/build.ts'
import { shapeOfInput, type InputSpec } from '../../model/input.ts'
import { sourceOf } from '../../model/python.ts'
import { featuresOfColumn, inputNameOf, inputsOf } from '../../prepare/preparation.ts'
import { learnedBounds } from '../../tasks/numbers.ts'
import { networkOf } from '../../training/data.ts'
import { section } from '../../training/checkpoint.ts'
import { toSafeTensors, type LoadedModel } from '../folder.ts'
import type { ModelDocument } from '../document.ts'
import type { Files } from '../owned-folder.ts'
import { shapeLines } from '../shape.ts'
import { provenanceLines } from './readme.ts'

/** Beside the class, what loads the weights: the file's format is simple enough (https://github.com/huggingface/safetensors#format). */
const loader = (after: string | null): string => `

def load(path="model.safetensors"):
    """The network with its trained weights, as it predicts."""
    import json
    import struct

    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    types = {"F32": torch.float32, "I32": torch.int32, "I64": torch.int64, "BOOL": torch.bool}
    state = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            flat = torch.frombuffer(data[begin:end], dtype=types[entry["dtype"]])
            state[name] = flat.reshape(entry["shape"])
    net = Net()
    net.load_state_dict(state)${after === null ? '' : `\n    net.register_forward_hook(lambda module, inputs, outputs: ${after})`}
    return net.eval()


if __name__ == "__main__":
    print(load())
`

/** What is done with outputs of the network before anything else is made of them, as a line of Python; null: nothing. */
function outputsAfter({ preparation: { target } }: ModelDocument): string | null {
  if (target.kind === 'classes') {
    const { value } = target.temperature ?? { value: 1 }
    return value === 1 ? null : `outputs / ${value}`
  }
  if (target.kind !== 'numbers') return null
  const bounds = learnedBounds(target)
  if (bounds === null) return null
  const [least, most] = [bounds.map(([low]) => low), bounds.map(([, high]) => high)]
  return `torch.minimum(torch.maximum(outputs, outputs.new_tensor(${python(least)})), outputs.new_tensor(${python(most)}))`
}
const python = (values: readonly number[]): string =>
  `[${values.map((value) => (Number.isFinite(value) ? value : `float("${value < 0 ? '-' : ''}inf")`)).join(', ')}]`

const kindText: Readonly<Record<InputSpec['kind'], string>> = {
  numbers: 'float32',
  codes: 'int32, the number of each category',
  tokens: 'int32, the number of each word',
  pixels: 'float32, normalized',
}

function inputLines({ preparation }: ModelDocument): string[] {
  return inputsOf(preparation).flatMap((input) => {
    const features = preparation.columns
      .filter((column) => inputNameOf(column) === input.name)
      .flatMap((column) => featuresOfColumn(column))
    return [
      `### \`${input.name}\``,
      '',
      `[N, ${shapeOfInput(input).join(', ')}], ${kindText[input.kind]}:`,
      '',
      ...features.map(({ name, transform }, i) => `${i}. \`${name}\`: ${transform}`),
      '',
    ]
  })
}

const readme = (document: ModelDocument): string =>
  [
    ...provenanceLines(document),
    '',
    'The network by itself, in PyTorch: it needs nothing else.',
    '',
    '```python',
    'from network import load',
    '',
    'net = load("model.safetensors")',
    '```',
    '',
    ...shapeLines(document, false),
    '## Inputs',
    '',
    'In this order, as the preparation makes them of the columns:',
    '',
    ...inputLines(document),
    `What comes out is what the last layer gives, ${document.architecture.outputs} ${document.architecture.outputs === 1 ? 'number' : 'numbers'} a row: neither probabilities nor the target's own unit.${outputsAfter(document) === null ? '' : ` The network that \`load\` gives has already ${document.preparation.target.kind === 'classes' ? 'divided it by the temperature of the calibration' : 'held it within the range that training saw'}; the class \`Net\` by itself has not.`}`,
    '',
  ].join('\n')

export async function pytorchFiles({ document, weights }: LoadedModel): Promise<Files> {
  const network = documentOf(networkOf(document.architecture, document.preparation))
  return {
    'network.py': `${await sourceOf(network)}${loader(outputsAfter(document))}`,
    'model.safetensors': encodeSafetensors(toSafeTensors(section(weights, 'model')), { format: 'pt' }),
    'README.md': readme(document),
  }
}
