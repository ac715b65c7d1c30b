/** For tests: what people do to a document, drawn by a seed. Every document that comes out can be computed. */
import {
  graphProblems,
  isLayer,
  type LayerNode,
  type NetworkDocument,
  type NetworkNode,
} from '../../contract/index.ts'
import { onPaper, walk } from './check.ts'
import { optionsOfLayer } from './layers.ts'

export type Draw = <T>(among: readonly T[]) => T

/** mulberry32: small, and the same everywhere. */
export function drawing(seed: number): Draw {
  let state = seed >>> 0
  return (among) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return among[((t ^ (t >>> 14)) >>> 0) % among.length]!
  }
}

const with_ = (
  document: NetworkDocument,
  id: string,
  change: (node: NetworkNode) => NetworkNode,
): NetworkDocument => ({
  ...document,
  nodes: document.nodes.map((node) => (node.id === id ? change(node) : node)),
})
const withOption = (document: NetworkDocument, id: string, name: string, value: unknown): NetworkDocument =>
  with_(document, id, (node) => ({ ...node, options: { ...node.options, [name]: value as number } }))

function freeId({ nodes }: NetworkDocument, stem: string): string {
  for (let i = 2; ; i++) if (!nodes.some(({ id }) => id === `${stem}_${i}`)) return `${stem}_${i}`
}

/** `node` right behind another, read by whoever read that. */
function behind(document: NetworkDocument, id: string, node: NetworkNode): NetworkDocument {
  const nodes = document.nodes.flatMap((one): NetworkNode[] => {
    const redirected = { ...one, inputs: one.inputs.map((input) => (input === id ? node.id : input)) }
    return one.id === id ? [one, node] : [redirected]
  })
  return { ...document, nodes, output: document.output === id ? node.id : document.output }
}

const activations = ['ReLU', 'GELU', 'Tanh', 'SiLU', 'Sigmoid', 'ELU']
const isActivation = (node: NetworkNode): node is LayerNode =>
  isLayer(node) && activations.includes(node.layer)

type Edit = (document: NetworkDocument, draw: Draw, floats: ReadonlySet<string>) => NetworkDocument

/** A value of its kind for an option, which may be its default: set is set. */
const optionValue: Edit = (document, draw) => {
  const node = draw(document.nodes.filter(isLayer))
  // Whoever checks with an older PyTorch has no newer options.
  const options = optionsOfLayer(node.layer).filter(({ plain, option }) => plain && !option.newer)
  if (options.length === 0) return document
  const { option } = draw(options)
  const usual = node.options[option.name] ?? option.default
  switch (option.kind) {
    case 'flag':
      return withOption(document, node.id, option.name, draw([true, false]))
    case 'number':
      // PyTorch takes only whole numbers for it.
      if (option.name === 'divisorOverride')
        return withOption(document, node.id, option.name, draw([1, 2, 3, 4]))
      return withOption(document, node.id, option.name, draw([0.125, 0.5, 1e-5, usual ?? 0.25]))
    case 'choice':
      return withOption(document, node.id, option.name, draw(option.choices))
    case 'whole':
      return withOption(document, node.id, option.name, draw([1, 2, 3, 4, 6, 8]))
    case 'extents':
      return withOption(document, node.id, option.name, draw([1, 2, 3, [1], [2]]))
    default:
      return document
  }
}
const functionOption: Edit = (document, draw, floats) => {
  const found = document.nodes.filter(
    (node) => floats.has(node.id) && !isLayer(node) && 'dim' in node.options,
  )
  const node = found.length > 0 ? draw(found) : null
  return node ? withOption(document, node.id, 'keepdim', draw([true, false])) : document
}
const exchange: Edit = (document, draw) => {
  const found = document.nodes.filter(isActivation)
  const node = found.length > 0 ? draw(found) : null
  return node
    ? with_(document, node.id, () => ({ ...node, layer: draw(activations), options: {} }))
    : document
}
const activation: Edit = (document, draw, floats) => {
  const { id } = draw(document.nodes.filter((one) => floats.has(one.id)))
  const made = freeId(document, draw(['bent', id]))
  return behind(document, id, { id: made, layer: draw(activations), options: {}, inputs: [id] })
}
const shortcut: Edit = (document, draw, floats) => {
  const { id, inputs } = draw(document.nodes.filter((one) => floats.has(one.id)))
  const sum = freeId(document, draw(['sum', 'block.sum']))
  return behind(document, id, { id: sum, op: draw(['add', 'mul']), options: {}, inputs: [id, inputs[0]!] })
}
const scaled: Edit = (document, draw, floats) => {
  const { id } = draw(document.nodes.filter((one) => floats.has(one.id)))
  const by = draw([-1.5, 0.5, 2])
  return behind(document, id, {
    id: freeId(document, 'scaled'),
    op: 'mul',
    options: { other: by },
    inputs: [id],
  })
}
const formulas: readonly NetworkNode['options'][] = [
  { formula: 'x * sigmoid(1.702 * x)' },
  { formula: '-tanh(x - 0.5)**2 / 4 + maximum(x, sqrt(2))' },
  { formula: 'x / (1 + max(abs( x )))', slope: '' },
  { formula: 'sign(x)', slope: '1' },
  { formula: 'round(4*x) / 4', slope: 'exp(-square(x))' },
]
const formula: Edit = (document, draw, floats) => {
  const { id } = draw(document.nodes.filter((one) => floats.has(one.id)))
  const made = freeId(document, draw(['formula', id]))
  return behind(document, id, { id: made, op: 'formula', options: draw(formulas), inputs: [id] })
}
const copy: Edit = (document, draw, floats) => {
  const node = draw(document.nodes.filter((one) => floats.has(one.id)))
  const id = freeId(document, node.id)
  return behind(document, node.id, { ...node, id, inputs: [node.id, ...node.inputs.slice(1)] })
}
const removal: Edit = (document, draw, floats) => {
  const { id, inputs } = draw(
    document.nodes.filter((one) => isLayer(one) && one.inputs.length === 1 && floats.has(one.id)),
  )
  const read = (one: string): string => (one === id ? inputs[0]! : one)
  const nodes = document.nodes
    .filter((node) => node.id !== id)
    .map((node) => ({ ...node, inputs: node.inputs.map(read) }))
  return { ...document, nodes, output: read(document.output) }
}
/** Another place in the list, read by the same. */
const place: Edit = (document, draw) => {
  const node = draw(document.nodes)
  const others = document.nodes.filter((one) => one !== node)
  const at = draw(others.map((_, i) => i))
  return { ...document, nodes: [...others.slice(0, at), node, ...others.slice(at)] }
}
const unread: Edit = (document, draw, floats) => {
  const { id } = draw(document.nodes.filter((one) => floats.has(one.id)))
  const made = freeId(document, 'aside')
  const node: NetworkNode = { id: made, layer: draw(activations), options: {}, inputs: [id] }
  return { ...document, nodes: [...document.nodes, node] }
}
const begin: Edit = (document, draw) => {
  const found = document.nodes.filter((node): node is LayerNode => isLayer(node) && node.layer === 'Linear')
  const node = found.length > 0 ? draw(found) : null
  const start = draw([{ name: 'kaimingNormal' }, { name: 'scaled', by: 0.3 }] as const)
  return node ? with_(document, node.id, () => ({ ...node, init: { weight: start } })) : document
}

const edits = [
  ...[optionValue, optionValue, optionValue, functionOption, exchange, activation, shortcut, scaled],
  ...[copy, removal, place, unread, begin, formula],
]

interface Seen {
  readonly document: NetworkDocument
  /** Nodes that give numbers one may calculate with: what counts or points stays as it is. */
  readonly floats: ReadonlySet<string>
}

/** Mended as the fixes say; null: that does not do. */
async function mended(document: NetworkDocument): Promise<Seen | null> {
  if (graphProblems(document).length > 0) return null
  let at = document
  for (let tries = 0; tries < 6; tries++) {
    const { values, problems } = await onPaper(() => walk(at))
    const [problem] = problems
    if (!problem) {
      // Of one example [1] beside [1, 5] fits, of four [4] beside [4, 5] does not.
      const ranks = (node: NetworkNode) => new Set(node.inputs.flatMap((id) => values.get(id)?.ndim ?? []))
      const isWhole = ({ id }: NetworkNode) => values.get(id)?.dtype !== 'float32'
      if (!at.nodes.every((node) => isLayer(node) || isWhole(node) || ranks(node).size < 2)) return null
      // Of one example [1] is the width of what is normalized, of four [4] is not.
      const isRow = (id: string): boolean => String(values.get(id)?.shape) !== '1'
      if (!at.nodes.every((node) => !('normalizedShape' in node.options) || node.inputs.every(isRow)))
        return null
      const ids = at.nodes.map(({ id }) => id)
      return { document: at, floats: new Set(ids.filter((id) => values.get(id)?.dtype === 'float32')) }
    }
    if (problem.node === null || !problem.fix) return null
    at = withOption(at, problem.node, problem.fix.option, problem.fix.value)
  }
  return null
}

/** One to four edits of a document. */
export async function edited(document: NetworkDocument, draw: Draw): Promise<NetworkDocument> {
  let at = await mended(document)
  if (!at) throw new Error('It has to fit before it is edited.')
  for (let left = draw([1, 2, 3, 4]), tries = 0; left > 0 && tries < 60; tries++) {
    const changed = draw(edits)(at.document, draw, at.floats)
    if (JSON.stringify(changed) === JSON.stringify(at.document)) continue
    const next = await mended(changed)
    if (next === null) continue
    at = next
    left--
  }
  return at.document
}
