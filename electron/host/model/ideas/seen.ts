/** A document with what is known of its values, for whoever edits it by rules. */
import type { Tensor } from '../../../../engine/index.ts'
import {
  isLayer,
  orderOf,
  type LayerNode,
  type NetworkDocument,
  type NetworkNode,
} from '../../../contract/index.ts'
import { walk } from '../check.ts'
import { recordOfLayer } from '../layers.ts'
import { headsOf, widthOption } from '../widths.ts'

/** An edit by a rule. A sentence: why it does not apply. */
export type Idea = (seen: Seen) => NetworkDocument | string

const families = {
  activation: recordOfLayer('ReLU').family,
  dropout: recordOfLayer('Dropout').family,
  normalization: recordOfLayer('LayerNorm').family,
  recurrent: recordOfLayer('LSTM').family,
}
type Family = keyof typeof families
export const isOf = (node: NetworkNode | undefined, family: Family): node is LayerNode =>
  node !== undefined && isLayer(node) && recordOfLayer(node.layer).family === families[family]

const isReluFunction = (node: NetworkNode): boolean => !isLayer(node) && node.op === 'relu'
export const isReLU = (node: NetworkNode): boolean =>
  isLayer(node) ? node.layer === 'ReLU' : isReluFunction(node)
export const bends = (node: NetworkNode): boolean => isOf(node, 'activation') || isReluFunction(node)
/** It belongs to the layer before it: it normalizes, bends or drops what that gives. */
const follows = (node: NetworkNode): boolean =>
  node.inputs.length === 1 && (bends(node) || isOf(node, 'dropout') || isOf(node, 'normalization'))

export class Seen {
  readonly document: NetworkDocument
  /** Only what the output needs. */
  readonly order: readonly NetworkNode[]
  /** The layers that give the output its width. */
  readonly heads: ReadonlySet<string>
  readonly #values: ReadonlyMap<string, Tensor>
  readonly #nodes: ReadonlyMap<string, NetworkNode>

  /** On the current device. Errors: an Error for a document that does not fit. */
  constructor(document: NetworkDocument) {
    const { values, problems } = walk(document)
    const [problem] = problems
    if (problem) throw new Error(problem.message)
    this.document = document
    this.order = orderOf(document).order
    this.heads = headsOf(document)
    this.#values = values
    this.#nodes = new Map(document.nodes.map((node) => [node.id, node]))
  }

  node(id: string): NetworkNode | undefined {
    return this.#nodes.get(id)
  }
  /** With the batch in front. */
  shape(id: string): readonly number[] {
    return this.#values.get(id)?.shape ?? []
  }
  isFloat(id: string): boolean {
    return this.#values.get(id)?.dtype === 'float32'
  }
  readers(id: string): NetworkNode[] {
    return this.order.filter(({ inputs }) => inputs.includes(id))
  }
  /** Layers that make another width of what they get, but for those of the output. */
  inner(): LayerNode[] {
    return this.order.filter(
      (node): node is LayerNode =>
        isLayer(node) &&
        node.inputs.length === 1 &&
        widthOption(node) !== null &&
        !('numEmbeddings' in node.options) &&
        !('dModel' in node.options) &&
        !this.heads.has(node.id) &&
        this.isFloat(node.id),
    )
  }
  /** A layer with what only belongs to it, up to where others read. */
  segment(node: NetworkNode): NetworkNode[] {
    const nodes = [node]
    for (let at = node; ;) {
      const [reader, ...others] = this.readers(at.id)
      if (!reader || others.length > 0 || this.document.output === at.id || !follows(reader)) return nodes
      nodes.push(reader)
      at = reader
    }
  }
  /** All that a value is made of, itself among it. */
  behind(id: string): Set<string> {
    const found = new Set<string>()
    const look = [id]
    for (let one = look.pop(); one !== undefined; one = look.pop()) {
      if (found.has(one)) continue
      found.add(one)
      look.push(...(this.node(one)?.inputs ?? []))
    }
    return found
  }
  /** Sums of what goes into a block and what comes out of it. */
  residuals(): Residual[] {
    return this.order.flatMap((sum): Residual[] => {
      const [a, b] = sum.inputs
      if (isLayer(sum) || sum.op !== 'add' || a === undefined || b === undefined || a === b) return []
      const [ofA, ofB] = [this.behind(a), this.behind(b)]
      const around = ofA.has(b) ? b : ofB.has(a) ? a : null
      if (around === null) return [{ sum, from: null, nodes: [] }]
      const outside = this.behind(around)
      const through = around === b ? ofA : ofB
      const nodes = this.order.filter(({ id }) => through.has(id) && !outside.has(id))
      return [{ sum, from: around, nodes }]
    })
  }
}

export interface Residual {
  readonly sum: NetworkNode
  /** What goes in, and around; null: around goes what has a layer of its own. */
  readonly from: string | null
  readonly nodes: readonly NetworkNode[]
}

/** Nodes right behind a value; whoever read that, and the output, reads `last` then. */
export function putBehind(
  document: NetworkDocument,
  id: string,
  nodes: readonly NetworkNode[],
  last = nodes.at(-1)!.id,
): NetworkDocument {
  const redirected = document.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((input) => (input === id ? last : input)),
  }))
  const at = document.nodes.findIndex((node) => node.id === id)
  return {
    ...document,
    nodes: [...redirected.slice(0, at + 1), ...nodes, ...redirected.slice(at + 1)],
    output: document.output === id ? last : document.output,
  }
}
