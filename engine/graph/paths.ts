/**
 * The paths by which one element of a value acts on the loss, largest first. A derivative is the sum, over all paths through
 * the graph of single numbers, of the product of the local derivatives along each. There are far too many to list; but all
 * paths that begin alike sum to the product so far times the derivative of the loss with respect to the element where they
 * are, which one backward gives for every element. So what is not listed is known as a sum, without walking it.
 */
import type { Tensor } from '../tensor/core.ts'
import { isFloating } from '../tensor/dtype.ts'
import { exactData } from '../tensor/exact.ts'
import type { GraphEdge, GraphValue, OpGraph } from './trace.ts'

/** One local derivative along a path. */
export interface PathStep {
  readonly edge: GraphEdge
  /** Row-major number of the element of `edge.to` that the path goes through. */
  readonly element: number
  readonly derivative: number
}

export interface GradientPath {
  /** From the element that was asked for to the loss. */
  readonly steps: readonly PathStep[]
  /** Of the derivatives along it. */
  readonly product: number
}

export interface PathSum {
  /** Largest product first, by its size. */
  readonly paths: readonly GradientPath[]
  /** Sum of the products of all paths that are not listed: products of the listed plus this are the derivative. */
  readonly remainder: number
  /** Whether no path is left out but such whose product is zero. */
  readonly complete: boolean
  /** What `.grad` has for the element. */
  readonly gradient: number
}

export interface PathOptions {
  /** How many paths to list at most. */
  readonly limit?: number
  /** How many elements to go on from at most; each costs a small backward. */
  readonly expansions?: number
  /** Asked before each; throws to end it. */
  readonly onProgress?: (share: number) => void
}

/** Where a path can go on from an element, largest share first. */
interface Onward {
  readonly steps: readonly (PathStep & { readonly sum: number })[]
  /** rest[k]: the sum over all ways on but the first k. */
  readonly rest: readonly number[]
}

/** Paths that begin alike, and how many of the ways on from their end have been taken. */
interface Prefix {
  readonly at: GraphValue
  readonly element: number
  readonly product: number
  readonly last: Walked | null
  onward: Onward | null
  next: number
}

interface Walked {
  readonly step: PathStep
  readonly before: Walked | null
}

/** Reads each value's numbers once. */
class Slopes {
  readonly #tensors: ReadonlyMap<GraphValue, Tensor>
  readonly #read = new Map<GraphValue, ArrayLike<number>>()

  constructor(tensors: ReadonlyMap<GraphValue, Tensor>) {
    this.#tensors = tensors
  }

  /** null: the loss does not depend on it. */
  async of(value: GraphValue): Promise<ArrayLike<number> | null> {
    const known = this.#read.get(value)
    if (known) return known
    const slopes = this.#tensors.get(value)
    if (!slopes) return null
    const numbers = await exactData(slopes)
    this.#read.set(value, numbers)
    return numbers
  }
}

/** Finds paths in one graph; what it has read of the graph, it keeps for the next element. */
export class PathFinder {
  readonly #graph: OpGraph
  readonly #loss: GraphValue
  readonly #slopes: Slopes
  readonly #edgesFrom = new Map<GraphValue, GraphEdge[]>()
  readonly #onward = new Map<string, Onward>()
  #expansions = 0

  /** `gradients`: those of `loss`, from `graph.gradients(loss)`, where they are at hand. */
  constructor(graph: OpGraph, loss: GraphValue, gradients = graph.gradients(loss)) {
    this.#graph = graph
    this.#loss = loss
    this.#slopes = new Slopes(gradients)
    for (const edge of graph.edges) {
      const tracked = edge.node.inputs.some((value, i) => value === edge.from && edge.node.tracked[i])
      if (!tracked || !isFloating(edge.to.dtype) || !gradients.has(edge.to)) continue
      const from = this.#edgesFrom.get(edge.from)
      if (from) from.push(edge)
      else this.#edgesFrom.set(edge.from, [edge])
    }
  }

  /**
   * The paths from one element of `from` to the loss, largest first.
   * Errors: a RangeError for an element that `from` has not got, an Error for a value that the loss does not depend on.
   */
  async of(from: GraphValue, element: number, options: PathOptions = {}): Promise<PathSum> {
    const { limit = 20, expansions = 300, onProgress } = options
    const slopes = await this.#slopes.of(from)
    if (!slopes) throw new Error('The loss does not depend on this value, so no path leads there.')
    if (!Number.isInteger(element) || element < 0 || element >= slopes.length)
      throw new RangeError(`There is no element ${element}: the value has ${slopes.length}, from 0.`)
    const gradient = slopes[element]!
    if (from === this.#loss)
      return { paths: [{ steps: [], product: gradient }], remainder: 0, complete: true, gradient }
    const found: GradientPath[] = []
    const start: Prefix = { at: from, element, product: 1, last: null, onward: null, next: 0 }
    // Whatever has a way on that was not taken yet, and the sum over it.
    const open: Prefix[] = [start]
    const most = this.#expansions + expansions
    const leftOf = (p: Prefix): number => (p.onward === null ? 0 : p.product * p.onward.rest[p.next]!)
    const bestOf = (p: Prefix): number => {
      const step = p.onward?.steps[p.next]
      return step === undefined ? 0 : Math.abs(p.product * step.sum)
    }
    start.onward = await this.#onwardFrom(from, element, limit)
    while (found.length < limit && this.#expansions < most) {
      onProgress?.(found.length / limit)
      let best = open[0]!
      for (const prefix of open) if (bestOf(prefix) > bestOf(best)) best = prefix
      // NaN, or nothing but zeros, is no path.
      if (!(bestOf(best) > 0)) break
      // From there along the largest share to the loss, leaving the other ways for later.
      let at = best
      for (;;) {
        const step = at.onward!.steps[at.next++]!
        const product = at.product * step.derivative
        const last: Walked = { step, before: at.last }
        if (step.edge.to === this.#loss) {
          found.push({ steps: stepsOf(last), product })
          break
        }
        const next: Prefix = {
          at: step.edge.to,
          element: step.element,
          product,
          last,
          onward: await this.#onwardFrom(step.edge.to, step.element, limit),
          next: 0,
        }
        open.push(next)
        // All ways on from here are zero: there is a sum, but rounding left nothing of it.
        if (!(bestOf(next) > 0)) break
        at = next
      }
    }
    const remainder = open.reduce((sum, prefix) => sum + leftOf(prefix), 0)
    found.sort((a, b) => Math.abs(b.product) - Math.abs(a.product))
    return {
      paths: found,
      remainder,
      complete: open.every((prefix) => bestOf(prefix) === 0 && leftOf(prefix) === 0),
      gradient,
    }
  }

  async #onwardFrom(value: GraphValue, element: number, limit: number): Promise<Onward> {
    const key = `${value.id}/${element}/${limit}`
    const known = this.#onward.get(key)
    if (known) return known
    this.#expansions++
    const ways: (PathStep & { sum: number })[] = []
    let beyond = 0
    for (const edge of this.#edgesFrom.get(value) ?? []) {
      const derivatives = this.#graph.localColumn(edge, element)
      const column = derivatives && (await exactData(derivatives))
      const after = await this.#slopes.of(edge.to)
      if (!column || !after) continue
      for (let i = 0; i < column.length; i++) {
        const derivative = column[i]!
        if (derivative === 0) continue
        const sum = derivative * after[i]!
        if (sum === 0) continue
        ways.push({ edge, element: i, derivative, sum })
      }
    }
    ways.sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum))
    // More than are listed nobody goes on along; they count as a sum.
    for (const { sum } of ways.splice(limit)) beyond += sum
    const rest = [beyond]
    for (const { sum } of ways.toReversed()) rest.push(rest.at(-1)! + sum)
    const onward = { steps: ways, rest: rest.reverse() }
    this.#onward.set(key, onward)
    return onward
  }
}

function stepsOf(last: Walked): PathStep[] {
  const steps: PathStep[] = []
  for (let at: Walked | null = last; at !== null; at = at.before) steps.push(at.step)
  return steps.reverse()
}
