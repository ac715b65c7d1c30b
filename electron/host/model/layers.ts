/** The layers that a network's document can name: the engine's modules whose options are plain data. */
import {
  allModules,
  nn,
  noGrad,
  type ModuleRecord,
  type OptionDescriptor,
  type Tensor,
} from '../../../engine/index.ts'
import {
  isLayer,
  type LayerNode,
  type NetworkNode,
  type NodeKind,
  type NodeOption,
} from '../../contract/index.ts'
import { argumentsOf, functionOf, functions, isRequired } from './functions.ts'

const isPlain = ({ kind }: OptionDescriptor): boolean =>
  kind !== 'tensor' && kind !== 'module' && kind !== 'device' && kind !== 'fixed'

/** Losses are no part of a network; and what takes other modules is spelled by these. */
const layers: ReadonlyMap<string, ModuleRecord> = new Map(
  allModules()
    .filter(
      ({ family, list }) => family !== 'Losses' && list.options.every((o) => isPlain(o) || !isRequired(o)),
    )
    .map((record) => [record.name, record]),
)

/** How a layer is called that takes more than tensors in a row. */
interface Calling {
  readonly inputs: readonly [least: number, most: number]
  readonly call: (module: never, x: readonly Tensor[]) => unknown
  readonly python: (x: readonly string[]) => string
  /** Its tensors by the names that PyTorch gives them. */
  readonly names: readonly string[]
}
const callings: Readonly<Record<string, Calling>> = {
  TransformerEncoderLayer: {
    inputs: [1, 2],
    call: (module: nn.TransformerEncoderLayer, [x, keyPaddingMask]) =>
      module.forward(x!, keyPaddingMask ? { keyPaddingMask } : {}),
    names: ['src', 'src_key_padding_mask'],
    python: ([x, mask]) => (mask === undefined ? x! : `${x}, src_key_padding_mask=${mask}`),
  },
  MultiheadAttention: {
    inputs: [3, 4],
    call: (module: nn.MultiheadAttention, [q, k, v, keyPaddingMask]) =>
      module.forward(q!, k!, v!, { ...(keyPaddingMask ? { keyPaddingMask } : {}), needWeights: false }),
    names: ['query', 'key', 'value', 'key_padding_mask'],
    python: ([q, k, v, mask]) =>
      [q, k, v, ...(mask === undefined ? [] : [`key_padding_mask=${mask}`])].join(', '),
  },
}
/** In PyTorch they give several tensors, or a tensor and states. */
const several = new Set(['LSTM', 'GRU', 'RNN', 'LSTMCell', 'MultiheadAttention'])

const isTensors = (value: unknown): value is readonly Tensor[] => Array.isArray(value)

/** What comes out of a layer, of several tensors the first. */
export function callLayer(layer: string, module: nn.AnyModule, x: readonly Tensor[]): Tensor {
  const calling = callings[layer]
  const output = calling ? calling.call(module as never, x) : module.forward(...(x as never[]))
  return isTensors(output) ? output[0]! : (output as Tensor)
}

/** The same as an expression in Python. */
export function pythonCall(layer: string, module: string, x: readonly string[]): string {
  const given = callings[layer]?.python(x) ?? x.join(', ')
  return `${module}(${given})${several.has(layer) ? '[0]' : ''}`
}

/** How many tensors it takes, which its samples show. */
function inputsOfLayer({ name, samples }: ModuleRecord): readonly [least: number, most: number] {
  const counts = samples.map(({ inputs }) => inputs.length)
  return callings[name]?.inputs ?? [Math.min(...counts), Math.max(...counts)]
}

/** How many tensors a node takes. Errors: an Error for a layer or function that is not there. */
export const inputsOfNode = (node: NetworkNode): readonly [least: number, most: number] =>
  isLayer(node) ? inputsOfLayer(recordOfLayer(node.layer)) : functionOf(node.op, node.options).inputs

export function recordOfLayer(name: string): ModuleRecord {
  const record = layers.get(name)
  if (!record) throw new Error(`There is no layer “${name}”.`)
  return record
}

export const layerNames = (): string[] => [...layers.keys()]

export interface LayerOption {
  readonly option: OptionDescriptor
  readonly required: boolean
  /** Whether a document can hold it. */
  readonly plain: boolean
}
/** What PyTorch's constructor takes, in its order. */
export const optionsOfLayer = (layer: string): LayerOption[] =>
  recordOfLayer(layer)
    .list.options.filter(({ kind }) => kind !== 'device')
    .map((option) => ({ option, required: isRequired(option), plain: isPlain(option) }))

/** Whether PyTorch gives several tensors for it. */
export const severalOf = (layer: string): boolean => several.has(layer)
/** Tensors that go into it by the names that they have there; of layers that take what comes in a row none. */
export const tensorNamesOf = (layer: string): readonly string[] => callings[layer]?.names ?? []

/** Whether it bends the numbers that go through it, and has nothing else to do. */
export const isActivation = (layer: string): boolean =>
  recordOfLayer(layer).family === recordOfLayer('ReLU').family

/** Errors: for a layer that is not there, for options that it does not have or allow, and for first weights that it has not got. */
function openLayer({ layer, options, init = {} }: LayerNode): nn.AnyModule {
  const { type, list } = recordOfLayer(layer)
  const Type = type as new (...given: unknown[]) => nn.AnyModule
  const module = new Type(...argumentsOf(list.options, options))
  for (const name of Object.keys(init)) module.getParameter(name)
  return module
}

/**
 * A layer of which nobody reads the weights. They stay undrawn: what changes them in place would compute them, and so would
 * the row of zeros of a table of words, which is left out here. Errors: as `openLayer`.
 */
export function sketchLayer(node: LayerNode): nn.AnyModule {
  const { paddingIdx, ...options } = node.options
  const rows = Number(node.options['numEmbeddings'])
  if (typeof paddingIdx !== 'number' || !(paddingIdx >= 0 && paddingIdx < rows)) return openLayer(node)
  return Object.assign(openLayer({ ...node, options }), { paddingIdx })
}

/** A layer with its first weights. Errors: as `openLayer`. */
export function makeLayer(node: LayerNode): nn.AnyModule {
  const module = openLayer(node)
  for (const [name, start] of Object.entries(node.init ?? {})) {
    const parameter = module.getParameter(name)
    noGrad(() =>
      start.name === 'scaled'
        ? parameter.mul_(start.by)
        : parameter.copy_(nn.init.kaimingNormal(parameter.shape)),
    )
  }
  return module
}

// ---- as data ----

const torchPage = 'https://pytorch.org/docs/stable/generated/'

function optionAsData(option: OptionDescriptor): NodeOption {
  const { name, help, like, nullable = false, default: usual } = option
  const bounds = 'least' in option && option.least !== undefined ? { least: option.least } : {}
  return {
    name,
    help,
    kind: option.kind as NodeOption['kind'],
    required: isRequired(option),
    nullable,
    ...('default' in option ? { default: usual as NonNullable<NodeOption['default']> } : {}),
    ...(like === undefined ? {} : { like }),
    ...bounds,
    ...('most' in option && option.most !== undefined ? { most: option.most } : {}),
    ...('choices' in option ? { choices: [...option.choices] } : {}),
    ...('count' in option ? { count: option.count } : {}),
    ...('words' in option && option.words ? { words: [...option.words] } : {}),
  }
}

const countsAsData = ([least, most]: readonly [number, number]): NodeKind['inputs'] => ({
  least,
  most: Number.isFinite(most) ? most : null,
})

export const layersAsData = (): NodeKind[] =>
  [...layers.values()].map((record) => ({
    name: record.name,
    family: record.family,
    help: record.help,
    source:
      record.python === undefined
        ? `${torchPage}torch.nn.${record.name}.html`
        : 'https://pytorch.org/tutorials/beginner/transformer_tutorial.html',
    options: record.list.options.filter(isPlain).map(optionAsData),
    inputs: countsAsData(inputsOfLayer(record)),
  }))

const snake = (name: string): string => name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)
/** Not in PyTorch's list under `torch`. */
const pages: Readonly<Record<string, string>> = {
  pad: 'torch.nn.functional.pad.html',
  float: 'torch.Tensor.float.html',
}

export const functionsAsData = (): NodeKind[] =>
  Object.entries(functions).map(([name, { help, options, inputs }]) => ({
    name,
    family: 'Functions',
    help,
    source: torchPage + (pages[name] ?? `torch.${snake(name)}.html`),
    options: options.map(optionAsData),
    inputs: countsAsData(inputs),
  }))
