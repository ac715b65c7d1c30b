/** A network's document as PyTorch's source: a whole `class Net(nn.Module)`, whose state dict has the document's names. */
import { pythonText, toStateName, type OptionDescriptor } from '../../../engine/index.ts'
import {
  isLayer,
  orderOf,
  isPythonWord,
  unreadBehind,
  variablesOf,
  type LayerNode,
  type NetworkDocument,
  type NetworkNode,
} from '../../contract/index.ts'
import { onPaper } from './check.ts'
import { functionOf, functions } from './functions.ts'
import { inputsOfNode, optionsOfLayer, pythonCall, recordOfLayer, sketchLayer } from './layers.ts'

/** Layers by the parts of their ids. */
type Tree = Map<string, Tree | LayerNode>

function treeOf(nodes: readonly LayerNode[]): Tree {
  const root: Tree = new Map()
  for (const node of nodes) {
    const path = node.id.split('.')
    const name = path.pop()!
    let at = root
    for (const part of path) {
      const below = at.get(part)
      const next: Tree = below instanceof Map ? below : new Map()
      at.set(part, next)
      at = next
    }
    at.set(name, node)
  }
  return root
}

const isNumbered = (tree: Tree): boolean => [...tree.keys()].every((name, i) => name === String(i))
const isIdentifier = (name: string): boolean => /^[a-z_]\w*$/i.test(name) && !isPythonWord(name)
const indented = (text: string): string => text.replaceAll('\n', '\n    ')

/** What a document says of a layer, no more and no less: so that the source can be read again. */
function constructorOf(node: LayerNode): string {
  const { layer, options } = node
  // Errors: for options that it does not have or allow.
  sketchLayer(node)
  const all = optionsOfLayer(layer)
  const leading = all.flatMap(({ option, required }) => {
    const text = literal(option, options[option.name])
    return required ? [option.spelled ? `${toStateName(option.name)}=${text}` : text] : []
  })
  const named = Object.entries(options).flatMap(([name, value]) => {
    const known = all.find(({ option }) => option.name === name)
    // Where null is no value of its own it leaves the option out.
    const isGiven = known && !known.required && (value !== null || known.option.nullable)
    return isGiven ? [`${toStateName(name)}=${literal(known.option, value)}`] : []
  })
  const home = recordOfLayer(layer).python === undefined ? 'nn.' : ''
  return `${home}${layer}(${[...leading, ...named].join(', ')})`
}

function literal(option: OptionDescriptor, value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  // PyTorch wants as many numbers as there are directions.
  const each = 'count' in option && option.count > 1 && Array.isArray(value) && value.length === 1
  return each ? `${pythonText(value)} * ${option.count}` : pythonText(value)
}

/** The constructor's call; of layers whose names begin alike a list, or a dictionary where they are not numbered. */
function made(part: Tree | LayerNode): string {
  if (!(part instanceof Map)) return constructorOf(part)
  const numbered = isNumbered(part)
  const items = [...part].map(([name, below]) => indented(`${numbered ? '' : `"${name}": `}${made(below)},`))
  const [open, close] = numbered ? ['nn.ModuleList([', '])'] : ['nn.ModuleDict({', '})']
  return [open, ...items.map((item) => `    ${item}`), close].join('\n')
}

/** How forward reaches a layer: `self.layer1[0]["conv1"]`. */
function reached(tree: Tree, id: string): string {
  const [first, ...rest] = id.split('.')
  let at = tree.get(first!)
  let text = isIdentifier(first!) ? `self.${first}` : `self.get_submodule("${first}")`
  for (const name of rest) {
    if (!(at instanceof Map)) break
    text += isNumbered(at) ? `[${name}]` : `["${name}"]`
    at = at.get(name)
  }
  return text
}

/** What changes first weights, line by line. */
function initLines(tree: Tree, { id, init = {} }: LayerNode): string[] {
  return Object.entries(init).map(([name, start]) => {
    const parameter = `${reached(tree, id)}.${name}`
    return start.name === 'scaled'
      ? `${parameter}.data.mul_(${start.by})`
      : `nn.init.kaiming_normal_(${parameter}, mode="fan_out", nonlinearity="relu")`
  })
}

/** What is never computed was never checked either; nor is there what reads something that is not. By id, with the reason. */
function unfinishedIn(
  unread: readonly NetworkNode[],
  variable: (name: string) => string,
): ReadonlyMap<string, string> {
  const unfinished = new Map<string, string>()
  for (const node of unread) {
    const missing = node.inputs.find((id) => unfinished.has(id))
    try {
      if (missing !== undefined) throw new Error(`It reads ${missing}.`)
      const [least, most] = inputsOfNode(node)
      const given = node.inputs.length
      if (given < least || given > most) throw new Error(`It reads ${given}, and not as many as it takes.`)
      const x = node.inputs.map(variable)
      if (isLayer(node)) pythonCall(node.layer, '', x)
      else functionOf(node.op, node.options).torch(x)
    } catch (error) {
      unfinished.set(node.id, error instanceof Error ? error.message : String(error))
    }
  }
  return unfinished
}

/** Stands before the names of the nodes where forward has them in another order. */
export const orderMark = '# First weights are drawn in this order: '

/** Errors: an Error for a document that has a problem. */
export function sourceOf(document: NetworkDocument): Promise<string> {
  const variables = variablesOf(document)
  const variable = (name: string): string => variables.get(name)!
  return onPaper(() => {
    const { order } = orderOf(document)
    const unread = unreadBehind(document, order)
    const unfinished = unfinishedIn(unread, variable)
    const layers = document.nodes.filter(isLayer).filter(({ id }) => !unfinished.has(id))
    const tree = treeOf(layers)
    /** What torch does not have. */
    const brought = new Set(
      document.nodes.flatMap((node) =>
        isLayer(node) ? (recordOfLayer(node.layer).python ?? []) : (functions[node.op]?.python ?? []),
      ),
    )
    const fields = [...tree].map(([name, part]) =>
      isIdentifier(name) ? `self.${name} = ${made(part)}` : `self.add_module("${name}", ${made(part)})`,
    )
    const step = (node: NetworkNode): string => {
      const x = node.inputs.map(variable)
      const name = variable(node.id)
      if (isLayer(node)) return `${name} = ${pythonCall(node.layer, reached(tree, node.id), x)}`
      const line = `${name} = ${functionOf(node.op, node.options).torch(x)}`
      // Of a layer the place tells the id, of a function only its variable.
      return name === node.id ? line : `${line}  # ${node.id}`
    }
    const steps = order.map(step)
    const kept = (node: NetworkNode): string => {
      const why = unfinished.get(node.id)
      return why === undefined ? step(node) : `# ${node.id}: ${why}`
    }
    const lines = [...order, ...unread]
    const isInOrder = document.nodes.every((node, i) => node === lines[i])
    const body = (lines: readonly string[]): string[] =>
      lines.map((line) => `        ${line.replaceAll('\n', '\n        ')}`)
    const uses = steps.some((step) => step.includes('F.pad('))
    return [
      'import torch',
      ...(uses ? ['import torch.nn.functional as F'] : []),
      'from torch import nn',
      '',
      ...[...brought].flatMap((text) => ['', ...text.trimEnd().split('\n'), '']),
      '',
      'class Net(nn.Module):',
      '    def __init__(self):',
      '        super().__init__()',
      ...body(isInOrder ? [] : [`${orderMark}${document.nodes.map(({ id }) => id).join(', ')}`]),
      ...body(fields),
      ...body(layers.flatMap((node) => initLines(tree, node))),
      '',
      `    def forward(self, ${document.inputs.map(({ name }) => variable(name)).join(', ')}):`,
      ...body(steps),
      `        return ${variable(document.output)}`,
      ...(unread.length > 0 ? body(['# The output needs none of these:', ...unread.map(kept)]) : []),
      '',
    ].join('\n')
  })
}
