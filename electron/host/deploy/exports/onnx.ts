/** A saved model as one graph in ONNX: preparation, network and answer. */
import { OnnxNodes, type OnnxGraph, type OnnxPort } from '../../../../engine/index.ts'
import { encodeOnnx, opset } from '../../../../engine/formats/onnx.ts'
import type { exportFormats, OptionsOf, Recipe } from '../../../contract/index.ts'
import { documentOf } from '../../model/build.ts'
import { addNetwork, portOfInput } from '../../model/onnx.ts'
import { readingOf } from '../../prepare/encoders/index.ts'
import { addPreparation, portOfColumn } from '../../prepare/onnx.ts'
import { inputsOf, type Preparation } from '../../prepare/preparation.ts'
import { functionsOfTask } from '../../tasks/index.ts'
import { networkOf } from '../../training/data.ts'
import { trainedNetwork } from '../../training/predict.ts'
import { expressionsOf } from '../shape.ts'
import type { LoadedModel } from '../folder.ts'
import type { Files } from '../owned-folder.ts'
import { freeName } from '../table.ts'
import { onnxReadme } from './readme.ts'
import { signatureOf, type Signature, type SignatureInput, type SignatureOutput } from './signature.ts'

type Options = OptionsOf<typeof exportFormats, 'onnx'>

const fileName = 'model.onnx'

/** No input is called as a node could be. */
function prefixBeside(names: readonly string[]): string {
  let prefix = 'node_'
  while (names.some((name) => name.startsWith(prefix))) prefix = `_${prefix}`
  return prefix
}

const columnInputs = ({ columns }: Preparation, computed: ReadonlyMap<string, string>): SignatureInput[] =>
  columns.map((column) => {
    const expression = computed.get(column.name)
    const port = portOfColumn(column)
    const { parser } = column
    const encoded = readingOf(column.encoder)
    const reading = parser || encoded ? { ...parser, ...encoded } : undefined
    return {
      ...port,
      ...((port.dtype === 'float32' || port.dtype === 'float64') && { missing: 'NaN' as const }),
      ...(port.dtype === 'string' && { missing: '' as const }),
      ...(reading && { reading }),
      ...(expression !== undefined && { computed: expression }),
    }
  })

/** How the table that was trained on spells what is missing. */
const missingOf = ({ kind, data }: Recipe): readonly string[] =>
  kind === 'table' ? data.source.missingValues : []

/** The answer, or what the last layer gives, under names that no input has. */
function answersOf(
  nodes: OnnxNodes,
  { task, target }: Preparation,
  output: string,
  answers: boolean,
  taken: ReadonlySet<string>,
): SignatureOutput[] {
  const functions = functionsOfTask(task)
  const found = answers
    ? functions.exportTo(nodes, target, output)
    : [{ name: 'output', value: output, dtype: 'float32' as const, shape: [functions.units(target)] }]
  return found.map(({ value, name, shape, ...answer }) => ({
    ...answer,
    name: nodes.named(value, freeName(name, taken)),
    shape: ['N', ...shape],
  }))
}

export interface ExportedGraph {
  readonly graph: OnnxGraph
  readonly signature: Signature
}

/** Its device is the current one. Errors: an Error for what ONNX has no operators for. */
export async function onnxOfModel(
  { document, weights }: LoadedModel,
  { preparation: prepares, answers }: Options,
): Promise<ExportedGraph> {
  const { architecture, preparation, name, provenance } = document
  const network = networkOf(architecture, preparation)
  const inputs: SignatureInput[] = prepares
    ? columnInputs(preparation, expressionsOf(document))
    : inputsOf(preparation).map(portOfInput)
  const taken = new Set(inputs.map((input) => input.name))
  const nodes = new OnnxNodes(prefixBeside([...taken]))
  const given = prepares ? addPreparation(nodes, preparation, missingOf(provenance.recipe)) : inputs
  const output = await addNetwork(
    nodes,
    documentOf(network),
    trainedNetwork(network, weights),
    given.map((port) => port.name),
  )
  const outputs = answersOf(nodes, preparation, output, answers, taken)
  const signature = signatureOf(inputs, outputs)
  const port = ({ name, dtype, shape }: SignatureInput | SignatureOutput): OnnxPort => ({
    name,
    dtype,
    shape,
  })
  return {
    graph: {
      name: 'model',
      nodes: nodes.nodes,
      inputs: inputs.map(port),
      outputs: outputs.map(port),
      constants: await nodes.values(),
      metadata: {
        name,
        target: document.target,
        task: document.task,
        run: provenance.runId,
        data: provenance.dataSha256,
        signature: JSON.stringify(signature),
      },
    },
    signature,
  }
}

export async function onnxFiles(model: LoadedModel, options: Options): Promise<Files> {
  const { graph, signature } = await onnxOfModel(model, options)
  return {
    [fileName]: encodeOnnx(graph),
    'signature.json': JSON.stringify(signature, null, 2) + '\n',
    'README.md': onnxReadme(model.document, signature, { file: fileName, opset }),
  }
}
