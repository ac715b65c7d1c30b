/** Baselines: ordinary models, trained on the rows that a network is trained on, with what they say of the other rows. */
import {
  baselineLabel,
  baselines,
  begin,
  constantBaseline,
  formatCount,
  implementationOf,
  memberOf,
  midCase,
  plural,
  type BaselineName,
} from '../../contract/index.ts'
import { functionsOfTask } from '../tasks/index.ts'
import { baselineData } from './data.ts'
import { leastPoints, members } from './members.ts'
import type { Learnable } from './part.ts'

export interface FittedBaseline {
  readonly name: BaselineName
  /** Training rows that it learned from. */
  readonly rows: number
  readonly seconds: number
  readonly notes: readonly string[]
  /** As a network's outputs, in the order of the splits. */
  readonly outputs: { readonly validation: Float32Array; readonly test: Float32Array }
}

export interface Fitted {
  readonly fitted: readonly FittedBaseline[]
  /** Those that were not trained, and why. */
  readonly without: readonly { readonly name: BaselineName; readonly why: string }[]
}

export interface FitOptions {
  /** Absent: all. */
  readonly names?: readonly BaselineName[]
  /** Of each, in milliseconds; what it has then is what it says. */
  readonly budget?: number
  progress?(share: number): void
}

export const trainedBaselines: readonly BaselineName[] = baselines.members
  .map(({ name }) => name)
  .filter((name) => name !== constantBaseline)

const usualBudget = 60_000

/** How a result of another version of this code is told from one of this: what is stored is then made anew. */
export const baselinesVersion = 1

const reasons = {
  unsuited: (name: BaselineName) =>
    `it looks at ${memberOf(baselines, name).looksAt}, of which there are none here`,
  late: (_: BaselineName, budget: number) =>
    `its time of ${plural(Math.round(budget / 1000), 'second')} was over before it had anything to say`,
  much: (_: BaselineName, budget: number) =>
    `distances from so many rows to ${formatCount(leastPoints)} training rows take longer than its time of ${plural(Math.round(budget / 1000), 'second')}`,
} as const

/** The test rows are said something of, and nobody looks at whether it is right. */
export function fitBaselines(
  learnable: Learnable,
  { names = trainedBaselines, budget = usualBudget, progress }: FitOptions = {},
): Fitted {
  const data = baselineData(learnable)
  const { preparation, split } = learnable
  const task = functionsOfTask(preparation.task)
  const fitted: FittedBaseline[] = []
  const without: { name: BaselineName; why: string }[] = []
  names.forEach((name, at) => {
    const started = performance.now()
    const said = implementationOf(
      baselines,
      members,
      begin(baselines, name),
    )(data, {
      deadline: started + budget,
      budget,
      progress: (share) => progress?.((at + share) / names.length),
    })
    if (said === 'unsuited' || said === 'late' || said === 'much') {
      const label = midCase(baselineLabel(name, preparation.task))
      without.push({ name, why: `There is no baseline of ${label}: ${reasons[said](name, budget)}.` })
      return
    }
    const outputs = Float32Array.from(task.fromPlain(preparation.target, said.scores))
    const width = outputs.length / Math.max(1, data.asked.length)
    const middle = split.validation.length * width
    fitted.push({
      name,
      rows: said.rows,
      seconds: (performance.now() - started) / 1000,
      notes: said.notes,
      outputs: { validation: outputs.slice(0, middle), test: outputs.slice(middle) },
    })
  })
  return { fitted, without }
}
