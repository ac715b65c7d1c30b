/** The widths of a network's inner layers, by which it grows and shrinks; everything that has to agree with them follows. */
import type { Tensor } from '../../../engine/index.ts'
import { isLayer, type LayerNode, type NetworkDocument, type NetworkNode } from '../../contract/index.ts'
import { walk, withShortChains } from './check.ts'

/** Options that say how wide it is what comes out of a layer; what goes in follows from the layers before. */
const widthOptions = ['outFeatures', 'outChannels', 'hiddenSize', 'embeddingDim', 'dimFeedforward'] as const
/** Options of which the width has to be a multiple: in as many parts it is cut. */
const parts = ['nhead', 'numHeads', 'numGroups', 'groups'] as const

export const widthOption = ({ options }: LayerNode): string | null =>
  widthOptions.find((name) => typeof options[name] === 'number') ?? null

const byId = ({ nodes }: NetworkDocument): ReadonlyMap<string, NetworkNode> =>
  new Map(nodes.map((node) => [node.id, node]))

/** Weights that make another width of what they get stand here; what lies behind them has that width. */
const setsWidth = (node: NetworkNode | undefined): node is LayerNode =>
  node !== undefined && isLayer(node) && widthOption(node) !== null && !keepsWidth(node)
/** Its inner width is its own: what comes out is as wide as what goes in. */
const keepsWidth = ({ options }: LayerNode): boolean => 'dModel' in options

/** The layers with a width from which these values come, without another one between. */
export function widthsBehind(document: NetworkDocument, ids: readonly string[]): Set<string> {
  const nodes = byId(document)
  const found = new Set<string>()
  const seen = new Set<string>()
  const look = [...ids]
  for (let id = look.pop(); id !== undefined; id = look.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    const node = nodes.get(id)
    if (setsWidth(node)) found.add(id)
    else look.push(...(node?.inputs ?? []))
  }
  return found
}

/** The layers whose width is the output's. */
export const headsOf = (document: NetworkDocument): Set<string> => widthsBehind(document, [document.output])

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))
/** Layers are cut into parts, and positions are written as pairs. */
function multipleIn({ nodes }: NetworkDocument): number {
  const wanted = nodes.flatMap(({ options }) => [
    ...parts.map((name) => Number(options[name] ?? 1)),
    'maxLength' in options ? 2 : 1,
  ])
  return wanted.reduce((all, one) => (one >= 1 ? (all * one) / divisor(all, one) : all), 1)
}

/** A width times a number: from 16 on a multiple of 4, from 64 on of 8, as memory likes it. */
export function scaledWidth(width: number, factor: number, multiple: number, most: number): number {
  const wanted = width * factor
  const even = wanted >= 64 ? 8 : wanted >= 16 ? 4 : 1
  const unit = (multiple * even) / divisor(multiple, even)
  const rounded = Math.max(multiple, Math.round(wanted / unit) * unit)
  // What is at its bound, or beyond it by hand, stays there.
  return rounded <= Math.max(most, width) ? rounded : Math.max(width, Math.floor(most / unit) * unit)
}

/** Vectors of categories are as long as there are categories; those of words are a width of the network. */
const isOfWords = (values: ReadonlyMap<string, Tensor>, { id }: NetworkNode): boolean =>
  values.get(id)?.ndim === 3

const mostPins = 8

/** null: nothing is left that could be scaled. A sentence: it would not fit. */
export type Scaled = { readonly document: NetworkDocument } | { readonly refusal: string } | null

/**
 * The inner layers times a number. Values that meet element by element keep agreeing: where one of them is as wide as the
 * data or the target, the others keep their width. On the current device.
 */
export function scaledDocument(document: NetworkDocument, factor: number, most: number): Scaled {
  withShortChains()
  const { values } = walk(document)
  const multiple = multipleIn(document)
  const pinned = headsOf(document)
  for (let tries = 0; tries <= mostPins; tries++) {
    const scaled = {
      ...document,
      nodes: document.nodes.map((node): NetworkNode => {
        if (!isLayer(node) || pinned.has(node.id)) return node
        const option = widthOption(node)
        const width = option === null ? null : Number(node.options[option])
        const isCategories = 'numEmbeddings' in node.options && !isOfWords(values, node)
        if (option === null || width === null || isCategories || Number(node.options['groups'] ?? 1) > 1)
          return node
        return { ...node, options: { ...node.options, [option]: scaledWidth(width, factor, multiple, most) } }
      }),
    }
    if (JSON.stringify(scaled) === JSON.stringify(document)) return null
    withShortChains()
    const { document: mended, problems } = walk(scaled, true)
    const [problem] = problems
    if (!problem) return { document: mended }
    const at = document.nodes.find(({ id }) => id === problem.node)
    const meeting = widthsBehind(document, at?.inputs ?? [])
    const before = pinned.size
    for (const id of meeting) pinned.add(id)
    if (pinned.size === before) return { refusal: problem.message }
  }
  return { refusal: 'Too many of its layers have to agree in their width.' }
}
