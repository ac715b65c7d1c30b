/**
 * Tries a network before it is trained, on a sample of its data. Every trial has a network of its own, drawn from the recipe's
 * seed, and the training draws its own again: nothing here changes what it computes.
 */
import { capture, cat, grad, nn, noGrad, optim, tensor, type Tensor } from '../../../../engine/index.ts'
import { isLayer, limitsTime, type NetworkDocument, type PreflightCheck } from '../../../contract/index.ts'
import { timed, type Patience } from '../../deploy/latency/timing.ts'
import { isSmall, sizeOfInput } from '../../model/input.ts'
import { randomSource, shuffle } from '../../prepare/random.ts'
import { expectedLossOf, lossFunctionOf } from '../losses.ts'
import { passFor, passSizes } from '../passes.ts'
import { optimizerOf } from '../optimizers.ts'
import type { SplitArrays } from '../session.ts'
import { predictOnce } from '../predictor.ts'
import { measureStep } from '../measured-step.ts'
import { batchesPerEpoch, type TrainOptions } from '../train.ts'
import { sharesOfLayers } from '../watch.ts'
import type { InLayer } from '../layer-words.ts'
import type { PreflightEvidence, Scale } from './evidence.ts'
import { batchesOf, firstRows, pick, sampled, Trial } from './trial.ts'

/** Of each split, at most. */
const [mostTraining, mostValidation] = [2048, 1024]
const [trialBatch, tinyExamples, leastByHeart] = [64, 16, 4]
/** Examples in a pass that statistics are gathered of: an image has many pixels to take them of. */
const statisticsBatch = { small: 256, large: 32 }
const [tinySteps, signalSteps, statisticsPasses] = [300, 200, 40]
/** Fewer steps tell nothing of inputs. */
const leastSignalSteps = 60
/** Of examples that were not trained on: of fewer nothing is said. */
const leastExamples = 50
/** Inputs are looked at in so many rows. */
const mostScaled = 20_000

/** How a feature is called: by the tensor's name and its place in a row. */
export type NameOfFeature = (input: string, place: number) => string

export interface PreflightOptions extends TrainOptions {
  readonly nameOf?: NameOfFeature
  /** What is tried later than this many milliseconds after the first is left out. */
  readonly budgetMs?: number
  /** Nor is more time spent than the whole training will take, but for so many milliseconds. Absent: the budget alone counts. */
  readonly leastMs?: number
}

export interface Measured {
  readonly evidence: PreflightEvidence
  /** Names of the checks that were tried. */
  readonly tried: readonly PreflightCheck[]
  /** Of the others, those that there was no time for. */
  readonly outOfTime: readonly PreflightCheck[]
  /** What could not be measured, and why. */
  readonly notes: readonly string[]
  /** Of one step of the training, measured; null: it cannot be made. */
  readonly secondsPerStep: number | null
  /** Bytes that the training takes at most; null as above. */
  readonly memory: number | null
  readonly stepsPerEpoch: number
}

/** The same inputs in every row: those of the first. */
const blinded = (split: SplitArrays): SplitArrays => ({
  ...pick(split, new Int32Array(split.rows)),
  targets: split.targets,
  weights: split.weights,
})

const keyOf = (split: SplitArrays, row: number): string =>
  Object.values(split.inputs)
    .map((array) => {
      const width = array.length / split.rows
      return array.subarray(row * width, (row + 1) * width).join()
    })
    .join('|')

/** Rows that all look different, as far as there are some. */
function distinctRows(split: SplitArrays, most: number): number[] {
  const seen = new Set<string>()
  const rows: number[] = []
  for (let row = 0; row < split.rows && rows.length < most; row++) {
    const key = keyOf(split, row)
    if (seen.has(key)) continue
    seen.add(key)
    rows.push(row)
  }
  return rows
}

function measureInputs(
  { data }: TrainOptions,
  nameOf: NameOfFeature,
): { readonly notFinite: PreflightEvidence['notFinite']; readonly scales: Scale[] } {
  let values = 0
  let first: { feature: string; example: number } | null = null
  const scales: Scale[] = []
  for (const input of data.inputs) {
    if (input.kind !== 'numbers') continue
    const array = data.train.inputs[input.name]!
    const width = sizeOfInput(input)
    const rows = Math.min(data.train.rows, mostScaled)
    for (let i = 0; i < array.length; i++) {
      if (Number.isFinite(array[i]!)) continue
      values++
      first ??= { feature: nameOf(input.name, i % width), example: Math.floor(i / width) }
    }
    for (let place = 0; place < width; place++) {
      let [sum, squares] = [0, 0]
      for (let row = 0; row < rows; row++) {
        const value = array[row * width + place]!
        sum += value
        squares += value * value
      }
      const mean = sum / rows
      const deviation = Math.sqrt(Math.max(0, squares / rows - mean * mean))
      if (Number.isFinite(deviation)) scales.push({ feature: nameOf(input.name, place), mean, deviation })
    }
  }
  return { notFinite: { values, ...(first ?? { feature: '', example: 0 }) }, scales }
}

const isBatchNorm = (module: nn.AnyModule): boolean => /^BatchNorm/.test(module.constructor.name)

const rootMeanSquare = (values: ArrayLike<number>): number =>
  Math.sqrt(
    (Array.prototype.reduce.call(values, (sum, x) => (sum as number) + (x as number) ** 2, 0) as number) /
      values.length,
  )
const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  rootMeanSquare(Float64Array.from({ length: a.length }, (_, i) => a[i]! - b[i]!)) /
  Math.max(rootMeanSquare(a), rootMeanSquare(b), 1e-12)

/** The answer for the first row, beside others and beside the same ones in another order. */
async function measureMixing(options: TrainOptions, sample: SplitArrays): Promise<number> {
  const trial = new Trial(options, sample)
  trial.network.eval()
  const size = Math.min(8, Math.floor(sample.rows / 2))
  if (size < 2) return 0
  const beside = (from: number): Tensor =>
    tensor(Int32Array.from({ length: size }, (_, i) => (i === 0 ? 0 : from + i)))
  const answers = await Promise.all(
    [0, size - 1].map(async (from) => await noGrad(() => trial.outputs(beside(from))).data()),
  )
  const [a, b] = answers.map((values) => values.slice(0, values.length / size))
  return distance(a!, b!)
}

interface FirstStep extends Pick<
  PreflightEvidence,
  'startLoss' | 'guessLoss' | 'unreached' | 'slope' | 'probabilities'
> {
  readonly dead: InLayer[]
  readonly saturated: InLayer[]
}

async function measureFirstStep(options: TrainOptions, sample: SplitArrays): Promise<FirstStep> {
  const trial = new Trial(options, sample).withoutDropout()
  const { network, document } = trial
  const rows = tensor(firstRows(Math.min(trialBatch, sample.rows)))
  const parameters = [...network.namedParameters()].filter(([, one]) => one.requiresGrad)
  const shares = sharesOfLayers(network, document)
  let unreached: string[] = []
  // One program for all of it: each that is asked for by itself would be compiled by itself.
  const measured = capture((batch: Tensor) => {
    const answers = shares.during(() => trial.outputs(batch))
    const loss = trial.loss(batch, answers)
    const gradients = grad(
      loss,
      parameters.map(([, one]) => one),
      { allowUnused: true },
    )
    unreached = parameters.flatMap(([name], i) => (gradients[i] ? [] : [name]))
    return [loss.detach(), answers.detach(), shares.values(), ...gradients.flatMap((one) => one ?? [])]
  })(rows)
  const [lossOf, outputsOf, seen, ...gradients] = measured as [Tensor, Tensor, Tensor, ...Tensor[]]
  const startLoss = await lossOf.item()
  const { dead, saturated } = shares.named(await seen.data())
  const outputs = await outputsOf.data()
  const reached = parameters.flatMap(([name, one]) => (unreached.includes(name) ? [] : [one]))
  return {
    startLoss,
    guessLoss: guessLossOf(options, sample, rows.shape[0]!),
    dead,
    saturated,
    unreached,
    probabilities: probabilitiesOf(options, document, outputs),
    slope: await measureSlope(
      trial,
      rows,
      startLoss,
      reached.map((one, i) => [one, gradients[i]!]),
    ),
  }
}

/** On the same rows, of answering 0 every time. */
function guessLossOf({ recipe, data }: TrainOptions, sample: SplitArrays, rows: number): number {
  const width = sample.targets.length / sample.rows
  const { ofSplit } = lossFunctionOf(recipe.training.loss)
  const nothing = new Float32Array(rows * data.outputs)
  return ofSplit(nothing, sample.targets.subarray(0, rows * width), data.outputs, data.lossWeights)
}

const normalizing = new Set(['Softmax', 'Sigmoid', 'softmax', 'sigmoid'])
/** All between 0 and 1, from a layer that makes them so: the loss does it once more. */
function probabilitiesOf(
  { data }: TrainOptions,
  { nodes, output }: NetworkDocument,
  outputs: ArrayLike<number>,
): PreflightEvidence['probabilities'] {
  const last = nodes.find(({ id }) => id === output)
  const isOfClasses = data.choices > 1
  if (!isOfClasses || last === undefined) return null
  const name = isLayer(last) ? last.layer : last.op
  const values = Array.from(outputs)
  const least = values.reduce((low, x) => Math.min(low, x), Infinity)
  const most = values.reduce((high, x) => Math.max(high, x), -Infinity)
  return normalizing.has(name) && least >= 0 && most <= 1 ? { layer: last.id, least, most } : null
}

const floatBytes = 4
/** Of the parameters, as those of a saved model are counted. */
const bytesOf = (network: nn.AnyModule): number =>
  network.parameters().reduce((sum, { shape }) => sum + floatBytes * numel(shape), 0)
const numel = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1)

/** Somebody waits for the training to begin: about a second, and no less than two passes. */
const brief: Patience = { warmUpMs: 400, mostMs: 600 }

/**
 * Milliseconds in which 99 % of calls with so many rows go through the network, in passes as large as those of a saved model:
 * what its weights are makes no difference. Of several passes one is timed, and the others take as long in the mean.
 */
async function measureAnswer(
  options: TrainOptions,
  sample: SplitArrays,
  rows: number,
): Promise<{ readonly milliseconds: number; readonly calls: number }> {
  const trial = new Trial(options, sample)
  trial.network.eval()
  const size = passFor(passSizes({ ...options.data, model: options.recipe.model }), rows)
  const passes = Math.ceil(rows / size)
  const pass = capture((index: Tensor) => noGrad(() => trial.outputs(index)))
  const index = tensor(Int32Array.from({ length: size }, (_, row) => row % sample.rows))
  const { p99, calls, perSecond } = await timed(
    async () => void (await pass(index).data()),
    { rows: size, callers: 1, seconds: 0.3 },
    performance,
    brief,
  )
  const mean = (1000 * size) / perSecond
  return {
    milliseconds: p99 + (passes - 1) * mean,
    calls: Math.max(1, Math.floor(calls / passes)),
  }
}

/** Along its gradient, as far as should change the loss by a hundredth. */
async function measureSlope(
  { loss }: Trial,
  rows: Tensor,
  startLoss: number,
  reached: readonly (readonly [parameter: Tensor, gradient: Tensor])[],
): Promise<PreflightEvidence['slope']> {
  if (reached.length === 0) return null
  const squares = await cat(reached.map(([, slope]) => slope.square().sum().reshape([1]))).data()
  const square = Array.from(squares).reduce((sum, one) => sum + one, 0)
  if (!(square > 1e-12) || !Number.isFinite(square) || !(Math.abs(startLoss) > 1e-6)) return null
  const step = (0.01 * Math.abs(startLoss)) / square
  const after = async (times: number): Promise<number> => {
    noGrad(() => {
      for (const [one, slope] of reached) one.add_(slope.mul(times * step))
    })
    return await noGrad(() => loss(rows)).item()
  }
  const below = await after(-1)
  const above = await after(2)
  noGrad(() => {
    for (const [one, slope] of reached) one.sub_(slope.mul(step))
  })
  return { promised: 2 * step * square, measured: above - below }
}

/** In a pass; null: nothing is gathered, or there are too few. */
function statisticsRows({ data }: TrainOptions, network: nn.AnyModule, sample: SplitArrays): number | null {
  if (!network.modules().some(isBatchNorm)) return null
  const size = Math.min(statisticsBatch[isSmall(data.inputs) ? 'small' : 'large'], sample.rows)
  return size < 16 ? null : size
}

/** How answers with gathered averages differ from those with the batch's own, once the averages had time to follow. */
async function measureStatistics(
  options: TrainOptions,
  sample: SplitArrays,
  ms: number,
): Promise<number | null> {
  const trial = new Trial(options, sample).withoutDropout()
  const size = statisticsRows(options, trial.network, sample)
  if (size === null) return null
  const pass = capture((rows: Tensor) => noGrad(() => trial.outputs(rows)))
  const random = randomSource(options.recipe.seed)
  const all = firstRows(sample.rows)
  const end = performance.now() + ms
  for (let i = 0; i < statisticsPasses; i++) {
    shuffle(all, random)
    await pass(tensor(all.slice(0, size))).data()
    // Averages that had no time to follow say nothing.
    if (performance.now() > end) return null
  }
  const rows = tensor(firstRows(size))
  const trained = await pass(rows).data()
  trial.network.eval()
  return distance(trained, await noGrad(() => trial.outputs(rows)).data())
}

async function measureTiny(
  options: TrainOptions,
  sample: SplitArrays,
  trialMs: number,
): Promise<PreflightEvidence['tiny']> {
  const chosen = distinctRows(sample, tinyExamples)
  if (chosen.length < leastByHeart) return null
  const trial = new Trial(options, pick(sample, chosen)).withoutDropout()
  const optimizer = new optim.Adam(trial.network.parameters(), { lr: 3e-3 })
  const step = trial.stepWith(optimizer)
  const rows = tensor(firstRows(chosen.length))
  const before = await step(rows).item()
  const end = performance.now() + trialMs
  let after = before
  for (let steps = 1; steps < tinySteps; steps++) {
    after = await step(rows).item()
    if (after < 0.3 * before || !Number.isFinite(after))
      return { examples: chosen.length, before, after, steps }
    // Out of time it tells nothing, unless it was enough.
    if (performance.now() > end)
      return after < 0.5 * before ? { examples: chosen.length, before, after, steps } : null
  }
  return { examples: chosen.length, before, after, steps: tinySteps }
}

/** The loss of each validation row after so many steps of the recipe's own training. */
async function trainedLosses(
  options: TrainOptions,
  train: SplitArrays,
  validation: SplitArrays,
  budget: { readonly ms: number; readonly steps: number },
): Promise<{ readonly losses: Float64Array; readonly steps: number }> {
  const { recipe, data } = options
  const trial = new Trial(options, train)
  const optimizer = optimizerOf(recipe.training.optimizer, trial.groups)
  const size = Math.min(recipe.training.batchSize, train.rows)
  const step = trial.stepWith(optimizer)
  const batches = batchesOf(train.rows, size, recipe.seed)
  const end = performance.now() + budget.ms
  let steps = 0
  while (steps < budget.steps) {
    const loss = step(tensor(batches.next().value!))
    steps++
    if (steps % 10 === 0) await loss.data()
    if (performance.now() > end) break
  }
  trial.network.eval()
  const outputs = await predictOnce(trial.network, validation, data)
  const { ofSplit } = lossFunctionOf(recipe.training.loss)
  const units = outputs.length / validation.rows
  const width = validation.targets.length / validation.rows
  const losses = Float64Array.from({ length: validation.rows }, (_, row) =>
    ofSplit(
      outputs.subarray(row * units, (row + 1) * units),
      validation.targets.subarray(row * width, (row + 1) * width),
      units,
      data.lossWeights,
    ),
  )
  return { losses, steps }
}

const meanOf = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0) / values.length

async function measureSignal(
  options: TrainOptions,
  train: SplitArrays,
  validation: SplitArrays,
  trialMs: number,
): Promise<PreflightEvidence['signal']> {
  if (validation.rows < 8) return null
  const seeing = await trainedLosses(options, train, validation, { ms: trialMs, steps: signalSteps })
  if (seeing.steps < Math.min(signalSteps, leastSignalSteps)) return null
  const blind = await trainedLosses(options, blinded(train), blinded(validation), {
    // As many steps, whatever they take.
    ms: Infinity,
    steps: seeing.steps,
  })
  const gains = seeing.losses.map((loss, row) => blind.losses[row]! - loss)
  const gain = meanOf(gains)
  const deviation = Math.sqrt(meanOf(gains.map((one) => (one - gain) ** 2)))
  return {
    seeing: meanOf(seeing.losses),
    blind: meanOf(blind.losses),
    better: gain / Math.max(deviation / Math.sqrt(gains.length), 1e-12),
    examples: gains.length,
  }
}

const plainName: NameOfFeature = (input, place) => `${input}[${place}]`

/** Whether the network can learn at all is asked of all of it: what is frozen on purpose is no fault. */
const withoutRules = (options: PreflightOptions): PreflightOptions => ({
  ...options,
  recipe: { ...options.recipe, training: { ...options.recipe.training, parameters: [] } },
})

export async function measureBeforeTraining(options: PreflightOptions): Promise<Measured> {
  const { recipe, data, nameOf = plainName, budgetMs = 8000, leastMs = budgetMs } = options
  const begun = performance.now()
  const train = sampled(data.train, mostTraining, recipe.seed)
  const validation = sampled(data.validation, mostValidation, recipe.seed + 1)
  const { network } = new Trial(options, pick(train, [0]))
  const normalizesBatches = network
    .modules()
    .some((module) => module instanceof nn.BatchNorm1d && module.training)
  const batchSize = Math.min(recipe.training.batchSize, data.train.rows)
  const known = {
    recipe: recipe as PreflightEvidence['recipe'],
    ...measureInputs(options, nameOf),
    expectedLoss: expectedLossOf(recipe.training.loss, data),
    normalizesBatches,
    taken: { bytes: bytesOf(network), milliseconds: null },
  }
  const stepRows = Math.min(batchSize * recipe.training.accumulate, data.train.rows)
  const stepsPerEpoch = batchesPerEpoch(data.train.rows, stepRows, normalizesBatches)
  const tried: PreflightCheck[] = ['notFiniteInputs', 'unscaledInputs', 'batchOfOne']
  const { budget } = known.recipe
  if ((budget?.megabytes ?? 0) > 0) tried.push('overSize')
  // A batch without a variance cannot be trained on at all.
  const nothing = { secondsPerStep: null, memory: null, outOfTime: [], notes: [] }
  if (normalizesBatches && batchSize < 2)
    return { evidence: { ...untried, ...known }, tried, stepsPerEpoch, ...nothing }
  const first = await measureFirstStep(options, train)
  // What is not finite makes every further trial idle.
  const isSound = known.notFinite.values === 0 && Number.isFinite(first.startLoss)
  let evidence: PreflightEvidence = { ...untried, ...known, ...first }
  if (isSound) {
    tried.push('startLossOff', 'alreadyProbabilities', 'cutOff', 'deadFromStart', 'saturatedFromStart')
    if (first.slope !== null) tried.push('gradientOff')
    const { seconds: secondsPerStep, memory } = await measureStep(options, train)
    const trainingMs = 1000 * secondsPerStep * stepsPerEpoch * recipe.training.epochs
    const end = begun + Math.min(budgetMs, Math.max(leastMs, trainingMs))
    const left = (): number => end - performance.now()
    if (left() > 0) {
      evidence = { ...evidence, mixing: await measureMixing(options, train) }
      tried.push('examplesMixed')
    }
    if (left() > 0)
      evidence = { ...evidence, tiny: await measureTiny(withoutRules(options), train, left() / 3) }
    if (left() > 0)
      evidence = {
        ...evidence,
        signal: await measureSignal(withoutRules(options), train, validation, left() / 3),
      }
    if (left() > 0) evidence = { ...evidence, stale: await measureStatistics(options, train, left()) }
    if (evidence.tiny !== null) tried.push('cannotOverfit')
    if ((evidence.signal?.examples ?? 0) >= leastExamples) tried.push('inputsTellNothing')
    if (evidence.stale !== null) tried.push('staleStatistics')
    const applying: PreflightCheck[] = [
      'examplesMixed',
      ...(distinctRows(train, leastByHeart).length < leastByHeart ? [] : ['cannotOverfit' as const]),
      ...(validation.rows < leastExamples ? [] : ['inputsTellNothing' as const]),
      ...(statisticsRows(options, network, train) === null ? [] : ['staleStatistics' as const]),
    ]
    const outOfTime = applying.filter((name) => !tried.includes(name))
    const notes: string[] = []
    // Last, in a time of its own: what it finds is no reason to leave another check out, nor is its failure.
    if (limitsTime(budget)) {
      try {
        evidence = {
          ...evidence,
          taken: { ...known.taken, ...(await measureAnswer(options, train, budget.rows)) },
        }
        tried.push('overTime')
      } catch (error) {
        notes.push(
          `How long answers take could not be measured before the training: ${error instanceof Error ? error.message : String(error)}`,
        )
      }
    }
    return { evidence, tried, outOfTime, notes, secondsPerStep, memory, stepsPerEpoch }
  }
  return { evidence, tried, stepsPerEpoch, ...nothing }
}

const untried = {
  startLoss: NaN,
  guessLoss: NaN,
  probabilities: null,
  mixing: 0,
  taken: null,
  unreached: [],
  slope: null,
  dead: [],
  saturated: [],
  stale: null,
  tiny: null,
  signal: null,
} satisfies Partial<PreflightEvidence>
