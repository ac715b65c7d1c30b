/** A saved model as a project of PyTorch: the network's source, its weights, its rows, and a training for any number of processes. */
import { encodeSafetensors, type SafeTensor } from '../../../../engine/formats/safetensors.ts'
import { documentOf } from '../../model/build.ts'
import { shapeOfInput, type InputArray, type InputRows, type InputSpec } from '../../model/input.ts'
import { sourceOf } from '../../model/python.ts'
import { encode } from '../../prepare/encode.ts'
import { featuresOfColumn, inputNameOf, inputsOf } from '../../prepare/preparation.ts'
import type { Prepared } from '../../prepare/prepare-data.ts'
import { learningFrom } from '../../prepare/fit.ts'
import { classesOfTarget, functionsOfTask } from '../../tasks/index.ts'
import { learnedBounds } from '../../tasks/numbers.ts'
import { networkOf, takeRows } from '../../training/data.ts'
import { predict } from '../../training/predict.ts'
import { section } from '../../training/checkpoint.ts'
import { toSafeTensors, type LoadedModel } from '../folder.ts'
import type { ModelDocument } from '../document.ts'
import { shapeLines } from '../shape.ts'
import { hostileFrame } from './certificate.ts'
import type { Format } from './index.ts'
import { notCarried } from './not-carried.ts'
import { portable } from './portable.ts'
import { provenanceLines } from './readme.ts'
import { hasTorchLoss, lossSource, torchOptimizer } from './torch-training.ts'

/** Beside the class, what loads the weights. */
const loader = (after: string | null): string => `

def load(path="model.safetensors"):
    """The network with its trained weights, as it predicts."""
    from tensors import read

    net = Net()
    net.load_state_dict(read(path))${after === null ? '' : `\n    net.register_forward_hook(lambda module, inputs, outputs: ${after})`}
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

function notCarriedLines({ provenance }: ModelDocument): string[] {
  const settings = Object.entries(notCarried(provenance.recipe))
  if (settings.length === 0) return []
  return [
    'Not carried over: `train.py` trains without these settings of the recipe, which `config.json` lists as `notCarriedOver`, too.',
    '',
    ...settings.map(([name, value]) => `- \`${name}\`: \`${JSON.stringify(value).replaceAll('`', "'")}\``),
    '',
  ]
}

/** Names from data stand in comments of Markdown alone, and in config.json: none of them becomes code. */
const readme = (document: ModelDocument, withRows: boolean, ownLoss: boolean): string =>
  [
    ...provenanceLines(document),
    '',
    'A PyTorch project to go on with. It needs PyTorch and nothing else: `pip install -r requirements.txt`.',
    '',
    '```sh',
    'python check.py                                        # the same numbers as Descent',
    'python train.py --epochs 5                             # one process',
    'torchrun --standalone --nproc_per_node=2 train.py      # two, with the same batch together',
    'sbatch slurm.sh --epochs 5                             # on a cluster with Slurm',
    'kubectl apply -f pytorchjob.yaml                       # on Kubernetes with its training operator',
    '```',
    '',
    withRows
      ? 'The rows are in `data/`, as the network is given them, and with them what they say of people: look before you pass this folder on.'
      : 'The rows are not here, for the data were not at hand. Export the model from its project, or by `descent export MODEL --format pytorch --data FILE`, and they are in `data/`: `train.safetensors` and `validation.safetensors` with a tensor for each input, `target`, and `weight` where rows count differently.',
    '',
    'Each epoch is a line of `log.jsonl`; the weights go to `trained.safetensors`.' +
      (ownLoss
        ? ''
        : ' The recipe was trained by a formula of its own, which `loss.py` does not have: write it there.'),
    '',
    ...notCarriedLines(document),
    '```python',
    'from model import load',
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

const bytesOf = ({ buffer, byteOffset, byteLength }: InputArray): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)
const typeOf = (values: InputArray): 'uint8' | 'int32' | 'float32' =>
  values instanceof Uint8Array ? 'uint8' : values instanceof Int32Array ? 'int32' : 'float32'

/** By the inputs' names, with their whole shapes. */
const inputTensors = (inputs: readonly InputSpec[], given: InputRows): Record<string, SafeTensor> =>
  Object.fromEntries(
    inputs.map((input) => {
      const data = given.inputs[input.name]!
      return [
        input.name,
        { dtype: typeOf(data), shape: [given.rows, ...shapeOfInput(input)], data: bytesOf(data) },
      ]
    }),
  )

/** The data as the model itself prepares them, which may have been fitted by another version; null: the classes are others. */
function asPrepared(prepared: Prepared, { preparation, provenance }: ModelDocument): Prepared | null {
  const { data, features, originals, split, preparation: anew } = prepared
  const { target } = preparation
  const classes = classesOfTarget(target)
  if (JSON.stringify(classes) !== JSON.stringify(classesOfTarget(anew.target))) return null
  const targets =
    target.kind === 'numbers'
      ? functionsOfTask(preparation.task).encode(
          target.columns.map(({ name }, i) => ({
            kind: 'number' as const,
            name,
            values: originals[i]!,
          })) as never,
          target,
        )
      : data.targets
  const learning = learningFrom(targets, data.rows, classes?.length ?? 0)
  const frame = { rows: data.rows, columns: [...features] }
  const { inputs } = encode(frame, preparation, { rows: split.train, recipe: provenance.recipe, learning })
  const scale = (anew.weight?.mean ?? 1) / (preparation.weight?.mean ?? 1)
  const weights = data.weights && data.weights.map((value) => value * scale)
  return { ...prepared, preparation, data: { rows: data.rows, inputs, targets, weights } }
}

/** Rows of a split, as the network is given them. */
function rowsFile({ data, split, preparation }: Prepared, name: 'train' | 'validation'): Uint8Array {
  const { rows, inputs, targets, weights } = takeRows(data, split[name])
  return encodeSafetensors({
    ...inputTensors(inputsOf(preparation), { rows, inputs }),
    target: { dtype: targets instanceof Int32Array ? 'int32' : 'float32', shape: [rows, ...(targets.length === rows ? [] : [targets.length / rows])], data: bytesOf(targets) }, // prettier-ignore
    ...(weights && { weight: { dtype: 'float32' as const, shape: [rows], data: bytesOf(weights) } }),
  })
}

const checkedRows = 64

/** What the network says of rows that no training saw. */
async function checkFile(model: LoadedModel): Promise<Uint8Array> {
  const { architecture, preparation } = model.document
  const network = networkOf(architecture, preparation)
  const frame = await hostileFrame(model, checkedRows)
  const given = { rows: frame.rows, inputs: encode(frame, preparation).inputs }
  const output = await predict(network, model.weights, given)
  return encodeSafetensors({
    ...inputTensors(network.inputs, given),
    output: { dtype: 'float32', shape: [frame.rows, network.outputs], data: bytesOf(output) },
  })
}

export const pytorchFormat: Format = async (model, context) => {
  const data = await context.data()
  const { document, weights } = model
  const prepared = data.prepared && asPrepared(data.prepared, document)
  const why = data.prepared === null ? data.why : 'The classes of the data are not those of the model.'
  const { preparation, provenance } = document
  const { training, seed } = provenance.recipe
  const network = documentOf(networkOf(document.architecture, preparation))
  const task = functionsOfTask(preparation.task)
  const classWeights = preparation.classWeights && [...task.lossWeights(preparation.classWeights)]
  const config = {
    format: 'descent-pytorch',
    formatVersion: 1,
    batchSize: training.batchSize,
    seed,
    optimizer: torchOptimizer(training.optimizer),
    notCarriedOver: notCarried(provenance.recipe),
    inputs: inputsOf(preparation).map((input) => ({
      name: input.name,
      shape: shapeOfInput(input),
      ...(input.kind === 'pixels' && { mean: input.mean, std: input.std }),
    })),
  }
  return {
    files: {
      'model.py': `${await sourceOf(network)}${loader(outputsAfter(document))}`,
      ...Object.fromEntries(scripts.map((name) => [name, portable(`pytorch/${name}`)])),
      'loss.py': lossSource(training.loss, classWeights),
      'config.json': JSON.stringify(config, null, 2) + '\n',
      'requirements.txt': 'torch==2.14.1\nnumpy==2.4.6\n',
      'recipe.json': JSON.stringify(provenance.recipe, null, 2) + '\n',
      'model.safetensors': encodeSafetensors(toSafeTensors(section(weights, 'model')), { format: 'pt' }),
      'check.safetensors': await checkFile(model),
      ...(prepared && {
        'data/train.safetensors': rowsFile(prepared, 'train'),
        'data/validation.safetensors': rowsFile(prepared, 'validation'),
      }),
      'README.md': readme(document, prepared !== null, hasTorchLoss(training.loss)),
    },
    certificate: null,
    notes: prepared === null ? [`The project is without its rows. ${why}`] : [],
  }
}
const scripts = ['tensors.py', 'data.py', 'train.py', 'check.py', 'slurm.sh', 'pytorchjob.yaml']
