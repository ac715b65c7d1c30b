/** A saved model as one graph in ONNX: preparation, network and answer. */
import { OnnxNodes, type OnnxGraph, type OnnxPort } from '../../../../engine/index.ts'
import { encodeOnnx, opset } from '../../../../engine/formats/onnx.ts'
import { storedAs } from '../../../../engine/formats/onnx-weights.ts'
import type { exportFormats, OptionsOf, WeightsChoice } from '../../../contract/index.ts'
import { documentOf } from '../../model/build.ts'
import { costOf } from '../../model/describe.ts'
import { addNetwork, portOfInput } from '../../model/onnx.ts'
import { addPreparation } from '../../prepare/onnx.ts'
import { inputsOf, type Preparation } from '../../prepare/preparation.ts'
import { functionsOfTask } from '../../tasks/index.ts'
import type { Answer } from '../../tasks/task.ts'
import { networkOf } from '../../training/data.ts'
import { trainedNetwork } from '../../training/predict.ts'
import type { LoadedModel } from '../folder.ts'
import { freeName } from '../table.ts'
import { certify, type Certificate } from './certificate.ts'
import { testRowsOf } from './test-rows.ts'
import type { ExportContext, Format } from './index.ts'
import { missingOf } from '../../rest/as-trained.ts'
import { columnInputs } from './inputs.ts'
import { sizesText, type LighterWeights } from './lighter.ts'
import { portable, readerFiles } from './portable.ts'
import { requireReadable, withoutPython } from './readable.ts'
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
  const separator = target.kind === 'labels' ? target.separator : null
  return found.map(({ value, name, shape, ...answer }) => ({
    ...answer,
    name: nodes.named(value, freeName(name, taken)),
    shape: ['N', ...shape],
    ...(name !== 'output' && { answer: name as Answer['name'] }),
    ...(name === 'label' && separator !== null && { separator }),
  }))
}

export interface ExportedGraph {
  readonly graph: OnnxGraph
  /** What of its constants the network learned. */
  readonly weights: readonly string[]
  readonly signature: Signature
}

/** Its device is the current one. Errors: an Error for what ONNX has no operators for. */
export async function onnxOfModel(
  { document, weights }: LoadedModel,
  { preparation: prepares, answers }: Pick<Options, 'preparation' | 'answers'>,
): Promise<ExportedGraph> {
  const { architecture, preparation, name, provenance } = document
  const network = networkOf(architecture, preparation)
  const inputs: SignatureInput[] = prepares ? columnInputs(document) : inputsOf(preparation).map(portOfInput)
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
    weights: [...nodes.weights.keys()],
    signature,
  }
}

export interface CertifiedGraph {
  readonly file: Uint8Array
  readonly signature: Signature
  readonly certificate: Certificate | null
  readonly notes: readonly string[]
}

/** The file with its weights as they were trained; null: nothing of it is worth storing in less room, or nobody asked. */
function lighterFile(
  { graph, weights }: ExportedGraph,
  stored: WeightsChoice,
): { readonly weights: LighterWeights; readonly file: Uint8Array } | null {
  if (stored === 'float32') return null
  const lighter = storedAs(graph, weights, stored)
  return lighter === graph ? null : { weights: stored, file: encodeOnnx(lighter) }
}

/** What is to be said of lighter weights that nobody measured. */
const notMeasured = (stored: WeightsChoice, file: Uint8Array, lighter: Uint8Array | undefined): string[] => {
  if (stored === 'float32') return []
  return lighter === undefined
    ? [`Weights are stored as float32: this network has none that ${stored} would make lighter.`]
    : [`Weights as ${stored}: ${sizesText([file.length, lighter.length])}. What that costs in accuracy was not measured, for there is no certificate.`] // prettier-ignore
}

/** The whole way from columns to answers. Errors: a DescentError for a file that does not say what Descent says. */
export async function certifiedGraph(
  model: LoadedModel,
  { certificate: rows, weights: stored }: Pick<Options, 'certificate' | 'weights'>,
  context: ExportContext,
): Promise<CertifiedGraph> {
  const exported = await onnxOfModel(model, { preparation: true, answers: true })
  const { graph, signature } = exported
  requireReadable(signature.inputs)
  const file = encodeOnnx(graph)
  const lighter = lighterFile(exported, stored)
  const written = lighter?.file ?? file
  if (rows === 0)
    return { file: written, signature, certificate: null, notes: notMeasured(stored, file, lighter?.file) }
  const { architecture, preparation } = model.document
  const { multiplyAdds } = costOf(documentOf(networkOf(architecture, preparation)))
  const data = await context.data()
  const certificate = await certify(
    model,
    { artifact: fileName, file, signature, lighter },
    {
      rows,
      multiplyAdds,
      testRows: (most) =>
        data.prepared === null ? 'notAtHand' : testRowsOf(data.prepared, preparation, most),
      progress: context.progress,
    },
  )
  const notes = data.prepared === null ? [`The rows of the test were not compared. ${data.why}`] : []
  return {
    file: written,
    signature,
    certificate,
    notes: lighter === null ? [...notes, ...notMeasured(stored, file, undefined)] : notes,
  }
}

/** What is not whole is not compared: it says something else than Descent does. */
async function graphOf(
  model: LoadedModel,
  { preparation, answers, ...options }: Options,
  context: ExportContext,
): Promise<CertifiedGraph> {
  if (preparation && answers) return await certifiedGraph(model, options, context)
  const exported = await onnxOfModel(model, { preparation, answers })
  const file = encodeOnnx(exported.graph)
  const lighter = lighterFile(exported, options.weights)?.file
  const notes = notMeasured(options.weights, file, lighter)
  return { file: lighter ?? file, signature: exported.signature, certificate: null, notes }
}

export const onnxFormat =
  (options: Options): Format =>
  async (model, context) => {
    const { file, signature, certificate, notes } = await graphOf(model, options, context)
    const readers = options.preparation && options.answers
    const python = readers && withoutPython(signature.inputs) === null
    return {
      files: {
        [fileName]: file,
        'signature.json': JSON.stringify(signature, null, 2) + '\n',
        ...(readers && readerFiles()),
        ...(python && { 'reader.py': portable('reader.py'), 'words.py': portable('words.py') }),
        'README.md': onnxReadme(model.document, signature, { file: fileName, opset, readers }),
      },
      certificate,
      notes,
    }
  }
