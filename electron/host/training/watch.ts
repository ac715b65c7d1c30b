/**
 * What is measured inside a training step that is watched: of every parameter its gradient, its length and how far the step
 * moved it; of every layer that has weights, or bends what goes through it, what came out. All of it on the device, and read as
 * one vector.
 */
import { cat, noGrad, tensor, zeros, type Tensor } from '../../../engine/index.ts'
import {
  gradientNormSeries,
  isLayer,
  layerSeriesName,
  distributionPercentiles,
  distributionSeriesName,
  type LayerStatistic,
  type Metrics,
  type NetworkDocument,
  type NetworkNode,
  type Distribution,
  type DistributionPercentile,
} from '../../contract/index.ts'
import { isActivation } from '../model/layers.ts'
import type { Network } from '../model/build.ts'
import type { InLayer } from './layer-words.ts'

/** The first steps are all watched: what is wrong from the start shows there. Later ones cost as little as possible. */
const firstSteps = 20
const watchedEvery = 50
/** Which steps are watched follows from their number alone: a training that goes on computes what it would have computed. */
export const isWatched = (step: number): boolean => step < firstSteps || step % watchedEvery === 0

/** A unit is dead where it lets less than this share of the examples through (https://cs231n.github.io/neural-networks-1/). */
const leastActive = 0.01
/** As near to one of its ends a sigmoid has next to no slope: at 0.99 a hundredth, at most a quarter. */
const nearEnd = 0.01

const rectifiers = new Set(['ReLU', 'ReLU6', 'relu', 'relu6'])
/** Where an answer lies at one of a function's ends. */
const atEnds: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  Tanh: (x) => x.abs().gt(1 - nearEnd),
  Sigmoid: (x) =>
    x
      .sub(0.5)
      .abs()
      .gt(0.5 - nearEnd),
}
const ends: typeof atEnds = { ...atEnds, tanh: atEnds['Tanh']!, sigmoid: atEnds['Sigmoid']! }

type Measure = (x: Tensor) => Tensor
/** `channels`: a convolution made it, whose units lie in the second dimension; else the last one has them. */
const deadShare =
  (channels: boolean): Measure =>
  (x) => {
    const unit = channels || x.ndim > 3 ? 1 : x.ndim - 1
    const others = x.shape.map((_, dim) => dim).filter((dim) => dim !== unit)
    return x.gt(0).to('float32').mean(others).lt(leastActive).to('float32').mean()
  }
const share =
  (where: Measure): Measure =>
  (x) =>
    where(x).to('float32').mean()
const rootMeanSquare: Measure = (x) => x.square().mean().sqrt()

/** What is measured of each node, by its id: of layers that have weights, and of what bends the numbers that go through it. */
function measuresOf(
  { nodes }: NetworkDocument,
  parameters: readonly string[],
): Map<string, Partial<Record<LayerStatistic, Measure>>> {
  const isOfConvolution = ({ inputs }: NetworkNode): boolean => {
    const before = nodes.find(({ id }) => id === inputs[0])
    return (
      before !== undefined && isLayer(before) && /^(Conv|BatchNorm|InstanceNorm|GroupNorm)/.test(before.layer)
    )
  }
  return new Map(
    nodes.flatMap((node) => {
      const name = isLayer(node) ? node.layer : node.op
      const hasWeights = parameters.some((parameter) => parameter.startsWith(`${node.id}.`))
      const bends = isLayer(node) ? isActivation(name) : name in ends || rectifiers.has(name)
      if (!hasWeights && !bends) return []
      const measures = {
        mean: (x: Tensor) => x.mean(),
        deviation: (x: Tensor) => x.std(),
        ...(rectifiers.has(name) && { dead: deadShare(isOfConvolution(node)) }),
        ...(name in ends && { saturated: share(ends[name]!) }),
      }
      return [[node.id, measures] as const]
    }),
  )
}

/** Of a larger tensor so many numbers, evenly taken, say how all are spread. */
const mostSampled = 512

/** Some numbers of it, as a vector. */
function sampleOf(x: Tensor): Tensor {
  const size = x.numel()
  const flat = x.reshape([size])
  if (size <= mostSampled) return flat
  const places = Int32Array.from({ length: mostSampled }, (_, i) =>
    Math.floor(((i + 0.5) * size) / mostSampled),
  )
  return flat.indexSelect(0, tensor(places))
}

/** By percentile; of numbers that are not all finite there is none. Changes their order. */
export function percentilesOf(numbers: Float32Array): Map<DistributionPercentile, number> {
  if (!numbers.every(Number.isFinite)) return new Map()
  numbers.sort()
  return new Map(
    distributionPercentiles.map((percentile) => [
      percentile,
      numbers[Math.min(numbers.length - 1, Math.floor((percentile / 100) * numbers.length))]!,
    ]),
  )
}

/** What a watched step gave. */
export interface Watched {
  /** By series. */
  readonly values: Metrics
  /** Parameters that no gradient reached. */
  readonly unreached: readonly string[]
}

export interface Watch {
  /** The same step with what it measured: [statistics] float32. */
  readonly step: (rows: Tensor, share?: Tensor) => Tensor
  read(statistics: Tensor): Promise<Watched>
}

/** Around a training step on `network`, whose nodes `document` names. */
export function watching(
  network: Network,
  document: NetworkDocument,
  trainStep: (rows: Tensor, share: Tensor | undefined, gradients: () => void) => Tensor,
): Watch {
  const parameters = [...network.namedParameters()].filter(([, parameter]) => parameter.requiresGrad)
  const measures = measuresOf(
    document,
    parameters.map(([name]) => name),
  )
  let names: string[] = []
  let samples: { readonly distribution: Distribution; readonly layer: string; readonly size: number }[] = []
  let unreached: string[] = []
  return {
    step: (rows, share) => {
      const seen: [name: string, value: Tensor][] = []
      const spread: [distribution: Distribution, layer: string, sample: Tensor][] = []
      network.nodeObserver = (node, value) => {
        if (measures.has(node)) spread.push(['outputs', node, noGrad(() => sampleOf(value.detach()))])
        for (const [statistic, measure] of Object.entries(measures.get(node) ?? {}))
          seen.push([
            layerSeriesName(statistic as LayerStatistic, node),
            noGrad(() => measure(value.detach())),
          ])
      }
      const before = noGrad(() => parameters.map(([, parameter]) => parameter.clone()))
      unreached = []
      const norms: Tensor[] = []
      try {
        // As they come, before anything is done to them.
        trainStep(rows, share, () =>
          noGrad(() => {
            for (const [name, { grad }] of parameters) {
              if (grad === null) unreached.push(name)
              else {
                norms.push(grad.square().sum())
                seen.push([layerSeriesName('gradient', name), rootMeanSquare(grad)])
                // Of biases there are few, and they go the way of their layer.
                if (grad.ndim > 1) spread.push(['gradients', name, sampleOf(grad)])
              }
            }
          }),
        )
      } finally {
        network.nodeObserver = null
      }
      return noGrad(() => {
        for (const [i, [name, parameter]] of parameters.entries()) {
          const was = before[i]!
          const length = rootMeanSquare(was)
          seen.push(
            [layerSeriesName('weight', name), length],
            // Where all weights are 0 there is nothing to divide by, and the quotient is left out as not finite.
            [layerSeriesName('update', name), rootMeanSquare(parameter.sub(was)).div(length)],
          )
        }
        const norm = norms.length === 0 ? tensor(0) : norms.reduce((sum, one) => sum.add(one)).sqrt()
        names = [gradientNormSeries.name, ...seen.map(([name]) => name)]
        samples = spread.map(([of, layer, sample]) => ({
          distribution: of,
          layer,
          size: sample.numel(),
        }))
        const scalars = [norm, ...seen.map(([, value]) => value)].map((value) => value.reshape([1]))
        return cat([...scalars, ...spread.map(([, , sample]) => sample)])
      })
    },
    read: async (statistics) => {
      const numbers = await statistics.data()
      const values = Object.fromEntries(names.map((name, i) => [name, numbers[i] ?? NaN]))
      let at = names.length
      for (const { distribution, layer, size } of samples) {
        for (const [percentile, value] of percentilesOf(Float32Array.from(numbers.subarray(at, at + size))))
          values[distributionSeriesName(distribution, percentile, layer)] = value
        at += size
      }
      return { values, unreached }
    },
  }
}

/** What share of each layer is dead, or saturated, while `during` goes once through the network. */
export function sharesOfLayers(network: Network, document: NetworkDocument) {
  const names = [...network.namedParameters()].map(([name]) => name)
  const measures = measuresOf(document, names)
  const seen: [statistic: string, layer: string, value: Tensor][] = []
  return {
    during<R>(forward: () => R): R {
      network.nodeObserver = (layer, value) => {
        for (const [statistic, measure] of Object.entries(measures.get(layer) ?? {}))
          seen.push([statistic, layer, noGrad(() => measure(value.detach()))])
      }
      try {
        return forward()
      } finally {
        network.nodeObserver = null
      }
    },
    /** All that it saw, as a vector. */
    values: (): Tensor =>
      seen.length === 0 ? zeros([0]) : cat(seen.map(([, , value]) => value.reshape([1]))),
    /** Of the numbers in it. */
    named(numbers: ArrayLike<number>): Record<'dead' | 'saturated', InLayer[]> {
      const of = (wanted: LayerStatistic): InLayer[] =>
        seen.flatMap(([statistic, layer], i) => (statistic === wanted ? [{ layer, value: numbers[i]! }] : []))
      return { dead: of('dead'), saturated: of('saturated') }
    },
  }
}
