/** The widths of a network's inner layers, by which it grows and shrinks; everything that has to agree with them follows. */
import type { Tensor } from '../../../engine/index.ts'
import {
  isLayer,
  neededBy,
  type LayerNode,
  type NetworkDocument,
  type NetworkNode,
} from '../../contract/index.ts'
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
  node !== undefined && isLayer(node) && widthOption(node) !== null && !keepsWidth(node) && !isDepthwise(node)
/** Its inner width is its own: what comes out is as wide as what goes in. */
const keepsWidth = ({ options }: LayerNode): boolean => 'dModel' in options

const groupsOf = ({ options }: NetworkNode): number => Number(options['groups'] ?? 1)
/** One filter for each channel: as many come out as go in, and as many groups there are. */
const isDepthwise = (node: NetworkNode): boolean => {
  const { inChannels, outChannels } = node.options
  return groupsOf(node) > 1 && inChannels === groupsOf(node) && outChannels === inChannels
}
/** Several filters for each channel: with other channels it would be another layer. */
const isByChannel = (node: NetworkNode): boolean =>
  groupsOf(node) > 1 && node.options['inChannels'] === groupsOf(node) && !isDepthwise(node)

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
const multipleOf = (a: number, b: number): number => (b >= 1 ? (a * b) / divisor(a, b) : a)
/** Into how many parts it cuts what it gets; positions are written as pairs. */
const partsIn = (node: NetworkNode): number =>
  [
    ...parts.map((name) => (name === 'groups' && isDepthwise(node) ? 1 : Number(node.options[name] ?? 1))),
    'maxLength' in node.options ? 2 : 1,
  ].reduce(multipleOf, 1)

/** Of what the width of each layer has to be a multiple, by what reads it; widths that meet have the same. */
function multiplesIn(document: NetworkDocument): ReadonlyMap<string, number> {
  const multiples = new Map<string, number>()
  for (const node of document.nodes) {
    const count = partsIn(node)
    if (count === 1) continue
    for (const id of widthsBehind(document, node.inputs))
      multiples.set(id, multipleOf(multiples.get(id) ?? 1, count))
  }
  const meetings = document.nodes
    .filter((node) => !isLayer(node) && node.op !== 'cat' && node.inputs.length > 1)
    .map(({ inputs }) => [...widthsBehind(document, inputs)])
  for (let isDone = false; !isDone;) {
    isDone = true
    for (const ids of meetings) {
      const all = ids.map((id) => multiples.get(id) ?? 1).reduce(multipleOf, 1)
      for (const id of ids) {
        if ((multiples.get(id) ?? 1) === all) continue
        multiples.set(id, all)
        isDone = false
      }
    }
  }
  return multiples
}

/** A width times a number: from 16 on a multiple of 4, from 64 on of 8, as memory likes it. */
export function scaledWidth(width: number, factor: number, multiple: number, most: number): number {
  const wanted = width * factor
  const even = wanted >= 64 ? 8 : wanted >= 16 ? 4 : 1
  const unit = (multiple * even) / divisor(multiple, even)
  const nearest = Math.max(multiple, Math.round(wanted / unit) * unit)
  // Whatever it has to be a multiple of, what is to shrink does not grow.
  const rounded = factor < 1 ? Math.min(width, nearest) : Math.max(width, nearest)
  // What is at its bound, or beyond it by hand, stays there.
  return rounded <= Math.max(most, width) ? rounded : Math.max(width, Math.floor(most / unit) * unit)
}

/** Vectors of categories are as long as there are categories; those of words, or of a bag of them, are a width of the network. */
const isOfWords = (values: ReadonlyMap<string, Tensor>, { id, options }: NetworkNode): boolean =>
  values.get(id)?.ndim === 3 || 'mode' in options

/** The widths that are not the output's, and that the output needs. */
export function innerWidths(document: NetworkDocument): number[] {
  const [heads, needed] = [headsOf(document), neededBy(document)]
  return document.nodes.filter(isLayer).flatMap((node) => {
    const option = widthOption(node)
    const isInner = needed.has(node.id) && !heads.has(node.id) && groupsOf(node) === 1
    return option !== null && isInner ? [Number(node.options[option])] : []
  })
}

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
  const needed = neededBy(document)
  const multiples = multiplesIn(document)
  const pinned = headsOf(document)
  for (const node of document.nodes.filter(isByChannel))
    for (const id of widthsBehind(document, node.inputs)) pinned.add(id)
  /** The width that a layer gets; null: it has none that is its own to choose. */
  function scaledOf(node: LayerNode): { readonly option: string; readonly width: number } | null {
    const option = widthOption(node)
    const isCategories = 'numEmbeddings' in node.options && !isOfWords(values, node)
    if (option === null || pinned.has(node.id) || !needed.has(node.id) || isCategories || groupsOf(node) > 1)
      return null
    const multiple = multiples.get(node.id) ?? 1
    return { option, width: scaledWidth(Number(node.options[option]), factor, multiple, most) }
  }
  for (let tries = 0; tries <= mostPins; tries++) {
    const widths = new Map<string, number>()
    const grown = document.nodes.map((node): NetworkNode => {
      const wide = isLayer(node) ? scaledOf(node) : null
      if (wide === null) return node
      widths.set(node.id, wide.width)
      return { ...node, options: { ...node.options, [wide.option]: wide.width } }
    })
    const nodes = grown.map((node): NetworkNode => {
      if (!isDepthwise(node)) return node
      const sources = [...widthsBehind(document, node.inputs)]
      const [width, ...others] = new Set(sources.map((id) => widths.get(id)))
      if (width === undefined || others.length > 0) return node
      const options = { ...node.options, inChannels: width, outChannels: width, groups: width }
      return { ...node, options }
    })
    const scaled = { ...document, nodes }
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
