/** A network's document as PyTorch's source: a whole `class Net(nn.Module)`, whose state dict has the document's names. */
import { pythonOf } from '../../../engine/index.ts'
import { isLayer, orderOf, type LayerNode, type NetworkDocument } from '../../contract/index.ts'
import { onPaper } from './check.ts'
import { functionOf } from './functions.ts'
import { sketchLayer, pythonCall, recordOfLayer } from './layers.ts'

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
const isIdentifier = (name: string): boolean => /^[a-z_]\w*$/i.test(name)
const indented = (text: string): string => text.replaceAll('\n', '\n    ')

/** The constructor's call; of layers whose names begin alike a list, or a dictionary where they are not numbered. */
function made(part: Tree | LayerNode): string {
  if (!(part instanceof Map)) return pythonOf(sketchLayer(part))
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

/** Names of variables: what is no letter, digit or _ in an input's name becomes one, and none is given twice. */
function variablesOf(document: NetworkDocument): ReadonlyMap<string, string> {
  const names = [...document.inputs.map(({ name }) => name), ...document.nodes.map(({ id }) => id)]
  const taken = new Set(['self', 'nn', 'F', 'torch'])
  return new Map(
    names.map((name) => {
      const plain = name.replaceAll(/[^A-Za-z0-9]+/g, '_').replace(/^(?=\d|$)/, 'x')
      const word = /^(and|as|class|def|del|elif|else|for|from|if|in|is|not|or|pass|with)$/.test(plain)
      let variable = word ? `${plain}_` : plain
      for (let i = 2; taken.has(variable); i++) variable = `${plain}_${i}`
      taken.add(variable)
      return [name, variable]
    }),
  )
}

/** Errors: an Error for a document that has a problem. */
export function sourceOf(document: NetworkDocument): Promise<string> {
  const layers = document.nodes.filter(isLayer)
  const tree = treeOf(layers)
  const variables = variablesOf(document)
  const variable = (name: string): string => variables.get(name)!
  return onPaper(() => {
    const { order } = orderOf(document)
    const classes = new Set(layers.flatMap(({ layer }) => recordOfLayer(layer).python ?? []))
    const fields = [...tree].map(([name, part]) =>
      isIdentifier(name) ? `self.${name} = ${made(part)}` : `self.add_module("${name}", ${made(part)})`,
    )
    const steps = order.map((node) => {
      const x = node.inputs.map(variable)
      const value = isLayer(node)
        ? pythonCall(node.layer, reached(tree, node.id), x)
        : functionOf(node.op, node.options).torch(x)
      return `${variable(node.id)} = ${value}`
    })
    const body = (lines: readonly string[]): string[] =>
      lines.map((line) => `        ${line.replaceAll('\n', '\n        ')}`)
    const uses = steps.some((step) => step.includes('F.pad('))
    return [
      'import torch',
      ...(uses ? ['import torch.nn.functional as F'] : []),
      'from torch import nn',
      '',
      ...[...classes].flatMap((text) => ['', ...text.trimEnd().split('\n'), '']),
      '',
      'class Net(nn.Module):',
      '    def __init__(self):',
      '        super().__init__()',
      ...body(fields),
      ...body(layers.flatMap((node) => initLines(tree, node))),
      '',
      `    def forward(self, ${document.inputs.map(({ name }) => variable(name)).join(', ')}):`,
      ...body(steps),
      `        return ${variable(document.output)}`,
      '',
    ].join('\n')
  })
}
