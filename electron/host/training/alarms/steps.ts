/** Alarms of what goes on within steps: how their losses go, and what is seen of single layers. */
import {
  fixes,
  formatNumber,
  formatPercent,
  isWritten,
  memberOf,
  optimizers,
  plural,
  type alarms,
  type Finding,
} from '../../../contract/index.ts'
import type { Rules } from '../../explore/findings.ts'
import type { AlarmEvidence, StepLine, StepValue } from './evidence.ts'
import { least, listed, most, named, type InLayer } from '../layer-words.ts'
import { median } from './lines.ts'
import { slower } from './remedies.ts'
import { movements } from '../parameter-rules.ts'

/** Biases and the like start at 0, and say little of how a layer does. */
const isWeight = (parameter: string): boolean => /weight(_|$)|(^|\.)weight/i.test(parameter)
const weightsOf = (lines: ReadonlyMap<string, StepLine>): Map<string, StepLine> =>
  new Map([...lines].filter(([name]) => isWeight(name)))

/** In the last so many watched steps, all of them; null: there are fewer, or one of them is not so. */
function lastly(line: StepLine, steps: number, is: (value: number) => boolean): StepValue | null {
  const last = line.slice(-steps)
  return last.length === steps && last.every(({ value }) => is(value)) ? last[0]! : null
}

type Watched = InLayer & StepValue
/** Layers of which the last watched steps all say so, with the value of the newest. */
const layersWhere = (
  lines: ReadonlyMap<string, StepLine>,
  steps: number,
  is: (value: number) => boolean,
): Watched[] =>
  [...lines].flatMap(([layer, line]) => {
    const since = lastly(line, steps, is)
    return since ? [{ layer, step: since.step, value: line.at(-1)!.value }] : []
  })

/** In the first run of watched steps in which the median over the lines is so; null: there is none. */
function firstMedian(
  lines: ReadonlyMap<string, StepLine>,
  steps: number,
  is: (median: number) => boolean,
): StepValue | null {
  const byStep = Map.groupBy([...lines.values()].flat(), ({ step }) => step)
  const medians = [...byStep]
    .map(([step, values]) => ({ step, value: median(values.map(({ value }) => value)) }))
    .sort((a, b) => a.step - b.step)
  for (let end = steps; end <= medians.length; end++) {
    const run = medians.slice(end - steps, end)
    if (run.every(({ value }) => is(value))) return run.at(-1)!
  }
  return null
}

/** As its advice says. */
const usualClip = 1

const earlySteps = 10

/** Of each weight: which share of its movement is weight decay, as far as it can be told. */
function decayShares({ recipe, steps: { layers }, learningRate }: AlarmEvidence): Map<string, StepLine> {
  const { optimizer, parameters } = recipe.training
  const rate = learningRate[0]?.value ?? optimizer.learningRate
  const isApart = 'decoupledDecay' in memberOf(optimizers, optimizer.name)
  const against = isApart ? layers.update : layers.gradient
  return new Map(
    [...weightsOf(against)].map(([name, line]) => {
      const { factor, weightDecay: own } = movements(parameters, [name], false).get(name)!
      const weightDecay = own ?? optimizer.weightDecay
      const weights = new Map(layers.weight.get(name)?.map(({ step, value }) => [step, value]))
      return [
        name,
        // Later on the rate is another one, and where nothing is left to learn decay is all there is.
        line.flatMap(({ step, value }) => {
          if (step > earlySteps || weightDecay === 0) return []
          // Taken off the weights it is a share of their length, as the update is; taken into the gradient it stands beside it.
          const decay = isApart ? factor * rate * weightDecay : weightDecay * (weights.get(step) ?? 0)
          const share = isApart ? decay / value : decay / (decay + value)
          return Number.isFinite(share) ? [{ step, value: Math.min(1, share) }] : []
        }),
      ] as const
    }),
  )
}

const about = ({ layer, step }: Watched): Pick<Finding, 'layer' | 'step'> => ({ layer, step })

export const stepAlarms = {
  negativeLoss: ({ steps: { stepLoss }, recipe }) => {
    if (isWritten(recipe.training.loss)) return []
    const below = stepLoss.find(({ value }) => value < -1e-6)
    if (below === undefined) return []
    return [
      {
        columns: [],
        message: `The loss is ${formatNumber(below.value)} in step ${below.step}, although a loss cannot be less than 0: its sign is wrong, so training makes the network worse.`,
        evidence: { loss: below.value },
        step: below.step,
      },
    ]
  },

  climbing: (evidence, { steps, ratio }) => {
    const { steps: lines, recipe, expectedLoss, learningRate } = evidence
    const first = lines.stepLoss[0]
    if (first === undefined || first.step !== 1) return []
    const start = Math.max(first.value, expectedLoss ?? 0)
    // Of the first steps of all: what comes later is told by epochs.
    const early = lines.stepLoss.filter(({ step }) => step <= 2 * steps).slice(-steps)
    if (early.length < steps || early[0]!.step === 1) return []
    const now = median(early.map(({ value }) => value))
    if (now <= ratio * start) return []
    return [
      {
        columns: [],
        message: `In its first steps the loss has risen from ${formatNumber(first.value)} to ${formatNumber(now)}: the steps are much too large, or lead uphill.`,
        evidence: {
          first: first.value,
          now,
          learningRate: learningRate.at(-1)?.value ?? recipe.training.optimizer.learningRate,
        },
        fixes: [slower(recipe), fixes.scaleInputs],
        step: early.at(-1)!.step,
      },
    ]
  },

  stepsTooLarge: ({ steps: { layers }, recipe, learningRate }, { steps, share }) => {
    const found = firstMedian(weightsOf(layers.update), steps, (value) => value >= share)
    if (found === null) return []
    return [
      {
        columns: [],
        message: `A step moves half of the weights by ${formatPercent(found.value)} of their length or more, where about 0.1 % is usual: they cannot keep what they learn.`,
        evidence: {
          update: found.value,
          learningRate: learningRate.at(-1)?.value ?? recipe.training.optimizer.learningRate,
        },
        fixes: [slower(recipe)],
        step: found.step,
      },
    ]
  },

  noGradient: ({ report: { unreached = [] } }) =>
    unreached.length === 0
      ? []
      : [
          {
            columns: [],
            message: `No gradient reaches ${listed(unreached)}: nothing they do counts for the loss, or the way back is cut, so they never learn.`,
            evidence: { parameters: unreached.length },
            layer: unreached[0]!,
            step: 1,
          },
        ],

  frozen: ({ steps: { layers }, report: { unreached = [] } }, { steps }) => {
    const isNothing = (value: number): boolean => value === 0
    const still = layersWhere(layers.update, steps, isNothing)
    // Weight decay moves what has no gradient, too.
    const flat = layersWhere(layers.gradient, steps, isNothing)
    const found = [...still, ...flat.filter(({ layer }) => !still.some((one) => one.layer === layer))].filter(
      ({ layer }) => !unreached.includes(layer),
    )
    // Where nothing moves at all, the learning rate is 0 for a while: a schedule may want that.
    if (found.length === 0 || found.length >= layers.update.size) return []
    return [
      {
        columns: [],
        message: `Nothing is learned in ${listed(found.map(({ layer }) => layer))}: the gradient there is 0 for every example, or steps leave the weights exactly as they are.`,
        evidence: { parameters: found.length },
        ...about(found[0]!),
      },
    ]
  },

  vanishing: (evidence, { steps, below, leastOfStart }) => {
    const { steps: lines, expectedLoss } = evidence
    const lost = median(lines.stepLoss.slice(-10).map(({ value }) => value))
    if (!(lost > leastOfStart * (expectedLoss ?? lost))) return []
    const { unreached = [] } = evidence.report
    const weights = weightsOf(lines.layers.gradient)
    const found = layersWhere(weights, steps, (value) => value < below).filter(
      ({ layer }) => !unreached.includes(layer),
    )
    if (found.length === 0) return []
    const worst = least(found)
    return [
      {
        columns: [],
        message: `Next to no gradient reaches ${named(found, worst)}, ${formatNumber(worst.value, 2)} for each weight: what lies there hardly learns.`,
        evidence: { gradient: worst.value, layers: found.length },
        fixes: [fixes.bendSmoothly, fixes.scaleInputs],
        ...about(worst),
      },
    ]
  },

  exploding: ({ steps: { gradientNorm, layers }, recipe }, { steps, above }) => {
    let inARow = 0
    for (const { step, value: norm } of gradientNorm) {
      inARow = norm > above ? inARow + 1 : 0
      if (inARow < steps) continue
      const worst = [...layers.gradient].flatMap(([layer, line]) => {
        const value = line.find((one) => one.step === step)?.value
        return value === undefined ? [] : [{ layer, step, value }]
      })
      if (worst.length === 0) return []
      const { layer, value } = most(worst)
      return [
        {
          columns: [],
          message: `The gradient is ${formatNumber(norm)} long in step ${step}, most of all in “${layer}”: such steps go far astray.`,
          evidence: { norm, gradient: value },
          fixes: [fixes.clipGradients(usualClip), slower(recipe), fixes.scaleInputs, fixes.scaleTarget],
          layer,
          step,
        },
      ]
    }
    return []
  },

  deadUnits: ({ steps: { layers }, recipe }, { steps, share }) => {
    const found = layersWhere(layers.dead, steps, (value) => value >= share)
    if (found.length === 0) return []
    const worst = most(found)
    return [
      {
        columns: [],
        message: `${formatPercent(worst.value)} of the units of ${named(found, worst)} let nothing through for any example: they pass on nothing, and learn nothing any more.`,
        evidence: { dead: worst.value, layers: found.length },
        fixes: [slower(recipe), fixes.bendSmoothly],
        ...about(worst),
      },
    ]
  },

  saturated: ({ steps: { layers }, recipe }, { steps, share }) => {
    const found = layersWhere(layers.saturated, steps, (value) => value >= share)
    if (found.length === 0) return []
    const worst = most(found)
    return [
      {
        columns: [],
        message: `${formatPercent(worst.value)} of what “${worst.layer}” answers lies at its ends, where it has no slope: next to no gradient comes through${found.length > 1 ? `, as in ${plural(found.length - 1, 'other layer')}` : ''}.`,
        evidence: { saturated: worst.value, layers: found.length },
        fixes: [slower(recipe), fixes.bendSmoothly, fixes.scaleInputs],
        ...about(worst),
      },
    ]
  },

  decayDominates: (evidence, { steps, share }) => {
    const found = firstMedian(decayShares(evidence), steps, (value) => value >= share)
    if (found === null) return []
    const { optimizer } = evidence.recipe.training
    return [
      {
        columns: [],
        message: `Weight decay makes ${formatPercent(found.value)} of how far half of the weights move: the steps shrink the network rather than teach it.`,
        evidence: { share: found.value, weightDecay: optimizer.weightDecay },
        fixes: [fixes.lowerWeightDecay(memberOf(optimizers, optimizer.name).options.weightDecay.start)],
        step: found.step,
      },
    ]
  },
} satisfies Partial<Rules<typeof alarms, AlarmEvidence>>
