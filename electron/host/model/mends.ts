/**
 * What would mend a node that does not take what it gets, where one thing stands to reason: as nodes that are put in. Whoever
 * offers it shows it first, and applies it as an edit like any other.
 */
import type { Tensor } from '../../../engine/index.ts'
import {
  formatCount,
  freeId,
  isLayer,
  orderOf,
  type LayerNode,
  type NetworkDocument,
  type NetworkMend,
  type NetworkNode,
} from '../../contract/index.ts'
import { inputsOfNode, layerNames, recordOfLayer } from './layers.ts'

type Shape = readonly number[]

/** As ids have to be: `pixels.Photo` is `photo` in them. */
export const stemOf = (id: string, suffix: string): string =>
  `${
    id
      .toLowerCase()
      .replaceAll(/[^a-z0-9_.]/g, '_')
      .replaceAll(/^\.+|\.+$/g, '') || 'value'
  }_${suffix}`

const product = (shape: Shape): number => shape.reduce((all, extent) => all * extent, 1)
const layer = (id: string, name: string, options: LayerNode['options'], ...inputs: string[]): LayerNode => ({
  id,
  layer: name,
  options,
  inputs,
})

/** A grid of pixels before a layer that takes a row. */
export function flattened(document: NetworkDocument, node: NetworkNode, [, ...given]: Shape): NetworkMend {
  const id = freeId(document, stemOf(node.id, 'flat'))
  const [from, ...others] = node.inputs
  return {
    label: 'Put Flatten before it',
    nodes: [
      layer(id, 'Flatten', {}, from!),
      { ...node, options: { ...node.options, inFeatures: product(given) }, inputs: [id, ...others] },
    ],
  }
}

/** Several tensors where one is taken: side by side. */
export function joinedBefore(document: NetworkDocument, node: NetworkNode): NetworkMend {
  const id = freeId(document, stemOf(node.id, 'joined'))
  return {
    label: 'Put them side by side (cat)',
    nodes: [
      { id, op: 'cat', options: { dim: 1 }, inputs: node.inputs },
      { ...node, inputs: [id] },
    ],
  }
}

/** Layers of the same sort for other numbers of dimensions, such as BatchNorm1d of BatchNorm2d. */
export function siblingsOf({ layer: name }: LayerNode): string[] {
  const stem = /^(.*Norm)[123]d$/.exec(name)?.[1]
  if (stem === undefined) return []
  const { family } = recordOfLayer(name)
  return layerNames().filter(
    (other) => other !== name && other.slice(0, -2) === stem && recordOfLayer(other).family === family,
  )
}

export const exchanged = (node: LayerNode, sibling: string): NetworkMend => ({
  label: `Use ${sibling}`,
  nodes: [{ ...node, layer: sibling }],
})

/** Whether the value of `of` goes into what becomes `id`. */
function isBehind(document: NetworkDocument, id: string, of: string): boolean {
  const { order } = orderOf({ ...document, output: id })
  return id === of || order.some((node) => node.inputs.includes(of))
}

/** What makes of one extent another: every `stride`-th place. */
const strideTo = (from: number, to: number): number | null => {
  const stride = Math.ceil(from / to)
  return Math.floor((from - 1) / stride) + 1 === to ? stride : null
}

/** A layer that makes of one shape the other; null: none stands to reason. */
export function projection([, ...from]: Shape, [, ...to]: Shape): Omit<LayerNode, 'id' | 'inputs'> | null {
  if (from.length !== to.length) return null
  if (from.length === 3) {
    const [high, wide] = [strideTo(from[1]!, to[1]!), strideTo(from[2]!, to[2]!)]
    if (high === null || wide === null) return null
    const options = { inChannels: from[0]!, outChannels: to[0]!, kernelSize: 1 }
    const stride = high === wide ? high : [high, wide]
    return { layer: 'Conv2d', options: high === 1 && wide === 1 ? options : { ...options, stride } }
  }
  if (from.slice(0, -1).some((extent, i) => extent !== to[i])) return null
  return { layer: 'Linear', options: { inFeatures: from.at(-1)!, outFeatures: to.at(-1)! } }
}

/** Two shapes that meet element by element: the way around is given the shape of the other. */
export function matched(
  document: NetworkDocument,
  node: NetworkNode,
  x: readonly Tensor[],
): NetworkMend | null {
  const [a, b] = node.inputs
  const [least, most] = inputsOfNode(node)
  // Those that take two go element by element, or a number in the place of the second.
  if (a === undefined || b === undefined || x.length !== 2 || least !== 1 || most !== 2) return null
  const shapes = x.map(({ shape }) => shape)
  const padded = padAgain(document, node, shapes)
  if (padded) return padded
  // A shortcut is what the other value is made of.
  const around = isBehind(document, b, a) ? 0 : 1
  const [from, to] = [shapes[around]!, shapes[1 - around]!]
  const made = projection(from, to)
  if (!made) return null
  const id = freeId(document, stemOf(node.id, 'projection'))
  const inputs = node.inputs.with(around, id)
  const what = made.layer === 'Conv2d' ? 'a convolution of 1 × 1' : 'a linear layer'
  return {
    label: `Match ${formatCount(from.at(made.layer === 'Conv2d' ? 1 : -1)!)} to ${formatCount(to.at(made.layer === 'Conv2d' ? 1 : -1)!)} by ${what}`,
    nodes: [
      { id, ...made, inputs: [node.inputs[around]!] },
      { ...node, inputs },
    ],
  }
}

/** Channels that are filled up with zeros, as a shortcut without weights has it: by as many as are lacking now. */
function padAgain(
  document: NetworkDocument,
  node: NetworkNode,
  shapes: readonly Shape[],
): NetworkMend | null {
  const at = node.inputs.findIndex((id) => {
    const one = document.nodes.find((other) => other.id === id)
    return one !== undefined && !isLayer(one) && one.op === 'pad'
  })
  const pad = document.nodes.find(({ id }) => id === node.inputs[at])
  const [given, wanted] = [shapes[at], shapes[1 - at]]
  const sides = pad?.options['pad']
  if (!pad || !given || !wanted || !Array.isArray(sides) || sides.length !== 6) return null
  const onlyChannels = given.length === 4 && given.every((extent, i) => i === 1 || extent === wanted[i])
  const zeros = Number(sides[5]) + wanted[1]! - given[1]!
  if (!onlyChannels || zeros < 0) return null
  return {
    label: `Fill up ${formatCount(zeros)} channels`,
    nodes: [{ ...pad, options: { ...pad.options, pad: sides.with(5, zeros) } }],
  }
}

/** More weights than this in the layer behind Flatten, and the mean over the grid stands before it instead. */
const mostFlat = 20_000

/** What makes of the output as many numbers as the target takes. */
export function headed(document: NetworkDocument, [, ...given]: Shape, outputs: number): NetworkMend | null {
  const from = document.output
  if (given.length < 1 || given.length > 3) return null
  const made: NetworkNode[] = []
  let last = from
  const add = (suffix: string, node: Omit<LayerNode, 'id' | 'inputs'>): void => {
    const id = freeId({ ...document, nodes: [...document.nodes, ...made] }, stemOf(from, suffix))
    made.push({ ...node, id, inputs: [last] })
    last = id
  }
  const isLarge = product(given) > mostFlat
  if (given.length === 3 && isLarge) add('pool', { layer: 'AdaptiveAvgPool2d', options: { outputSize: 1 } })
  if (given.length > 1) add('flat', { layer: 'Flatten', options: {} })
  const inFeatures = given.length === 3 && isLarge ? given[0]! : product(given)
  add('head', { layer: 'Linear', options: { inFeatures, outFeatures: outputs } })
  return { label: `Add a linear layer to ${formatCount(outputs)}`, nodes: made, output: last }
}
