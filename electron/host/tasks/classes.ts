/** One class out of several: alike, but for what the network's outputs say. */
import type { OnnxNodes } from '../../../engine/index.ts'
import {
  binary as twoClasses,
  classification as severalClasses,
  DescentError,
  ordinal as orderedClasses,
  plural,
  taskOf,
  tasks,
  type Evaluation,
  type Recipe,
  type Task,
} from '../../contract/index.ts'
import type { CategoryColumn } from '../datasets/frame.ts'
import { ClassEvidence, sigmoid, softmaxRows, type ClassReading } from '../evaluate/evidence.ts'
import { countCodes } from '../prepare/steps/categories.ts'
import type { FittedTargetOf } from './target.ts'
import { someOf, type TargetColumns, type TaskFunctions } from './task.ts'

type Classes = FittedTargetOf<'classes'>

/** Numbers in numeric order, else by code unit: the same order on every machine. */
export function sortClasses(classes: readonly string[]): string[] {
  const numeric = classes.every((value) => value.trim() !== '' && Number.isFinite(Number(value)))
  return classes.toSorted((a, b) => (numeric && Number(a) - Number(b)) || (a < b ? -1 : a > b ? 1 : 0))
}

/** The target as categories. Errors: a DescentError where it is numbers. */
export function categoriesOf([column]: TargetColumns, task: Task): CategoryColumn {
  if (column.kind === 'category') return column
  throw new DescentError(
    'badRecipe',
    `The task “${taskOf(task).label}” needs categories, but "${column.name}" is read as numbers. Set its kind to category.`,
    'task',
  )
}

/** As the recipe orders them. */
function inOrder(
  found: readonly string[],
  { name, levels = [] }: CategoryColumn,
  named: readonly string[] | null,
): string[] {
  if (named === null)
    return [
      ...levels.filter((one) => found.includes(one)),
      ...sortClasses(found.filter((one) => !levels.includes(one))),
    ]
  const unnamed = found.filter((one) => !named.includes(one))
  if (unnamed.length === 0) return [...named]
  throw new DescentError(
    'badRecipe',
    `"${name}" has ${plural(unnamed.length, 'value')} that the order of classes does not name: ${someOf(unnamed, 5)}. Add ${unnamed.length === 1 ? 'it' : 'them'}.`,
    'target.classes',
  )
}

/** Which classes exist is what was asked, not something learned: rare ones may be absent from the training rows. */
function fitClasses(column: CategoryColumn, { task, target }: Recipe): Classes {
  const { name, categories } = column
  const used = new Set(column.codes)
  const found = categories.filter((_, code) => used.has(code))
  if (found.length < 2)
    throw new DescentError(
      'badData',
      `The target column "${name}" has ${found.length === 0 ? 'no values' : `one class only (${found[0]})`}: there is nothing to tell apart. Choose another target.`,
    )
  const classes = inOrder(found, column, target.classes)
  const { label, classes: bounds } = taskOf(task)
  const { least = 2, most = null } = bounds ?? {}
  if (classes.length < least || classes.length > (most ?? Infinity)) {
    const wanted = most === least ? `exactly ${least}` : `at least ${least}`
    const other = tasks.members.find(({ name: one }) => {
      const fitting = taskOf(one).classes
      return fitting && classes.length >= fitting.least && classes.length <= (fitting.most ?? Infinity)
    })
    throw new DescentError(
      'badRecipe',
      `The task “${label}” is for ${wanted} classes, but "${name}" has ${classes.length} (${someOf(classes, 5)}).${other ? ` Choose the task “${other.label}” (${other.name}).` : ''}`,
      'task',
    )
  }
  if (target.outside !== '' && !classes.includes(target.outside))
    throw new DescentError(
      'badRecipe',
      `"${name}" has no class “${target.outside}” that could stand for none of the others: it has ${someOf(classes, 5)}. Name one of them, or none.`,
      'target.outside',
    )
  return { kind: 'classes', name, classes }
}

/** The number of each row's class, -1 where it is missing or unknown. */
function codesOf(column: CategoryColumn, { classes }: Classes): Int32Array<ArrayBuffer> {
  const at = new Map(classes.map((name, index) => [name, index]))
  const indexOf = column.categories.map((name) => at.get(name) ?? -1)
  return column.codes.map((code) => (code === -1 ? -1 : indexOf[code]!))
}

const detailOf = (evidence: ClassEvidence, { classes }: Classes): Evaluation['classification'] => ({
  classes: [...classes],
  confusion: evidence.confusion,
  perClass: evidence.perClass.map(({ support, precision, recall, f1 }, c) => ({
    class: classes[c] ?? '',
    support,
    precision,
    recall,
    f1,
  })),
})

/** Always the training majority, with the training frequencies as probabilities: the best constant answer in log loss. */
export function majorityOf(
  trainTargets: ArrayLike<number>,
  targets: ArrayLike<number>,
  classes: number,
): ClassEvidence {
  const frequencies = new Float64Array(classes)
  for (let i = 0; i < trainTargets.length; i++) frequencies[trainTargets[i] ?? 0]! += 1 / trainTargets.length
  const probabilities = new Float64Array(targets.length * classes)
  for (let row = 0; row < targets.length; row++) probabilities.set(frequencies, row * classes)
  return ClassEvidence.ofProbabilities(targets, probabilities, classes)
}

interface Reading {
  readonly task: Task
  readonly units: (classes: number) => number
  readonly read: (outputs: ArrayLike<number>, classes: number, threshold?: number) => ClassReading
  /** The same as nodes: probabilities, float32 [N, classes], and numbers of the predicted classes, int64 [N]. */
  readonly exportTo: (
    nodes: OnnxNodes,
    outputs: string,
    classes: number,
    threshold?: number,
  ) => { readonly probabilities: string; readonly predicted: string }
  /** Outputs of each class, which together are one. */
  readonly softmax?: true
  /** A yes or no is learned as a number. */
  readonly asNumbers?: true
  readonly lossWeights?: (balanced: readonly number[]) => readonly number[]
  /** From log-probabilities of the classes to outputs; absent: they are the outputs. */
  readonly fromLogs?: (logs: Float64Array, classes: number) => Float64Array
}

/** As the temperature makes them of the network's. */
const tempered = ({ temperature }: Classes, outputs: ArrayLike<number>): ArrayLike<number> => {
  const { value } = temperature ?? { value: 1 }
  if (value === 1) return outputs
  const divided = new Float64Array(outputs.length)
  for (let i = 0; i < divided.length; i++) divided[i] = outputs[i]! / value
  return divided
}

/** Where no class is sure enough, what is predicted is that it is none. */
function withOutsideOf({ outside, classes }: Classes, reading: ClassReading): ClassReading {
  if (outside === undefined) return reading
  const { class: none, confidence } = outside
  return {
    ...reading,
    predicted: () => {
      const values = reading.probabilities()
      return reading.predicted().map((code, row) => {
        // Of other classes the predicted one is the likeliest.
        const isSure = code !== none && values[row * classes.length + code]! >= confidence
        return isSure ? code : none
      })
    },
  }
}

/** The same as nodes. */
function outsideNodes(
  nodes: OnnxNodes,
  { outside }: Classes,
  { probabilities, predicted }: { readonly probabilities: string; readonly predicted: string },
): string {
  if (outside === undefined) return predicted
  const largest = nodes.add('ReduceMax', [probabilities], { axes: { ints: [1] }, keepdims: { int: 0 } })
  const unsure = nodes.add('Less', [largest, nodes.number(outside.confidence)])
  return nodes.add('Where', [unsure, nodes.list([outside.class]), predicted])
}

const ofClasses = ({
  task,
  units,
  read: readOutputs,
  exportTo,
  softmax,
  asNumbers,
  lossWeights,
  fromLogs,
}: Reading): TaskFunctions<Classes> => {
  const read = (target: Classes, outputs: ArrayLike<number>): ClassReading =>
    withOutsideOf(target, readOutputs(tempered(target, outputs), target.classes.length, target.threshold))
  const evidence = (target: Classes, truth: ArrayLike<number>, outputs: ArrayLike<number>) =>
    new ClassEvidence(truth, target.classes.length, read(target, outputs))
  return {
    fit: (columns, recipe) => fitClasses(categoriesOf(columns, task), recipe),
    units: ({ classes }) => units(classes.length),
    choices: ({ classes }) => (units(classes.length) === classes.length ? classes.length : 2),
    encode: (columns, target) => {
      const codes = codesOf(categoriesOf(columns, task), target)
      return asNumbers ? Float32Array.from(codes, (code) => (code === -1 ? NaN : code)) : codes
    },
    strata: (columns) => categoriesOf(columns, task).codes,
    /** n / (k · count), the "balanced" ones of scikit-learn; a class without training rows never enters the loss. */
    balance: (columns, { classes }, rows) => {
      const column = categoriesOf(columns, task)
      const { counts } = countCodes(column, rows)
      return classes.map((name) => {
        const count = counts[column.categories.indexOf(name)] ?? 0
        return count === 0 ? 0 : rows.length / (classes.length * count)
      })
    },
    lossWeights: lossWeights ?? ((balanced) => balanced),
    count: (values, { classes }, rows) => {
      const counts = new Array<number>(classes.length).fill(0)
      for (const row of rows) if (values[row]! >= 0) counts[values[row]!]!++
      return counts
    },
    plain: ({ classes }) =>
      asNumbers ? { of: 'yesOrNo', outputs: 1 } : { of: 'classes', outputs: classes.length },
    fromPlain: ({ classes }, scores) => fromLogs?.(scores, classes.length) ?? scores,
    evidence,
    evaluate: (target, { targets, trainTargets, outputs }) => {
      const judged = evidence(target, targets, outputs)
      return {
        evidence: judged,
        baseline: majorityOf(trainTargets, targets, target.classes.length),
        baselineName: 'majority class',
        classification: detailOf(judged, target),
        labels: null,
        regression: null,
      }
    },
    answers: (target, targets, outputs) => {
      const { classes } = target
      const reading = read(target, outputs)
      const [values, predicted] = [reading.probabilities(), reading.predicted()]
      return Array.from(targets, (truth, row) => {
        const own = values.subarray(row * classes.length, (row + 1) * classes.length)
        const other = own.reduce((best, p, k) => (k !== truth && (best < 0 || p > own[best]!) ? k : best), -1)
        return {
          is: 'chosen',
          truth: [classes[truth] ?? ''],
          predicted: [classes[predicted[row]!] ?? ''],
          ofTruth: own[truth]!,
          other: classes[other] ?? '',
          ofOther: own[other]!,
        }
      })
    },
    predictions: (target, outputs) => {
      const { classes } = target
      const { probabilities, predicted } = read(target, outputs)
      const values = probabilities()
      const rows = values.length / classes.length
      return [
        { name: 'prediction', cells: Array.from(predicted(), (k) => classes[k] ?? null) },
        ...classes.map((name, k) => ({
          name: `probability_${name}`,
          cells: Array.from({ length: rows }, (_, row) => values[row * classes.length + k] ?? null),
        })),
      ]
    },
    ...(softmax && {
      slopes: (target: Classes, outputs: ArrayLike<number>, answer: number) => {
        const count = target.classes.length
        const p = softmaxRows(tempered(target, outputs), count)
        const { value: temperature } = target.temperature ?? { value: 1 }
        return p.map((own, i) => {
          const unit = i % count
          return (p[i - unit + answer]! * (Number(unit === answer) - own)) / temperature
        })
      },
    }),
    offBy: (target, targets, outputs) => {
      const { classes } = target
      const { probabilities, predicted } = read(target, outputs)
      const [p, said] = [probabilities(), predicted()]
      // The prediction itself is always in the set.
      return [
        Float64Array.from(said, (k, row) =>
          k === targets[row] ? 0 : 1 - (p[row * classes.length + targets[row]!] ?? NaN),
        ),
      ]
    },
    within: (target, outputs, [bound = null]) => {
      const { classes } = target
      const { probabilities, predicted } = read(target, outputs)
      const [p, said] = [probabilities(), predicted()]
      const cells = Array.from(said, (predictedClass, row) =>
        classes
          .filter((_, k) => k === predictedClass || 1 - p[row * classes.length + k]! <= (bound ?? Infinity))
          .join(' | '),
      )
      return [{ name: 'prediction_set', cells }]
    },
    exportTo: (nodes, target, outputs) => {
      const { classes, threshold, temperature } = target
      const { value } = temperature ?? { value: 1 }
      const said = value === 1 ? outputs : nodes.add('Div', [outputs, nodes.number(value)])
      const made = exportTo(nodes, said, classes.length, threshold)
      const { probabilities } = made
      const label = nodes.add('Gather', [
        nodes.word(classes, [classes.length]),
        outsideNodes(nodes, target, made),
      ])
      const shape = [classes.length]
      return [
        { name: 'label', value: label, dtype: 'string', shape: [] },
        { name: 'probabilities', value: probabilities, dtype: 'float32', shape, columns: classes },
      ]
    },
    describe: ({ classes }) => `one of ${plural(classes.length, 'class', 'classes')} (${someOf(classes)})`,
  }
}

/** An output for each class. */
export const classification = ofClasses({
  task: severalClasses.name,
  units: (classes) => classes,
  softmax: true,
  read: (outputs, classes) => {
    const evidence = ClassEvidence.ofLogits([], outputs, classes)
    return { probabilities: () => evidence.probabilities, predicted: () => evidence.predicted }
  },
  exportTo: (nodes, outputs) => {
    const probabilities = nodes.add('Softmax', [outputs], { axis: { int: 1 } })
    const predicted = nodes.add('ArgMax', [outputs], { axis: { int: 1 }, keepdims: { int: 0 } })
    return { probabilities, predicted }
  },
})

/** Log-odds beyond which the probability is above the threshold. */
const logitOf = (threshold: number): number => Math.log(threshold / (1 - threshold))

/** One output: the log-odds of the second class. */
export const binary = ofClasses({
  task: twoClasses.name,
  units: () => 1,
  asNumbers: true,
  /** How much more the second class counts. */
  lossWeights: ([first = 0, second = 0]) => [first === 0 ? 0 : second / first],
  read: (outputs, _, threshold = 0.5) => ({
    probabilities: () => {
      const values = new Float64Array(2 * outputs.length)
      for (let row = 0; row < outputs.length; row++) {
        values[2 * row] = sigmoid(-(outputs[row] ?? NaN))
        values[2 * row + 1] = sigmoid(outputs[row] ?? NaN)
      }
      return values
    },
    // Of equal probabilities the first class, as everywhere.
    predicted: () => {
      const least = logitOf(threshold)
      const second = new Int32Array(outputs.length)
      for (let row = 0; row < second.length; row++) second[row] = outputs[row]! > least ? 1 : 0
      return second
    },
  }),
  exportTo: (nodes, outputs, _, threshold = 0.5) => {
    const sides = [nodes.add('Neg', [outputs]), outputs].map((logit) => nodes.add('Sigmoid', [logit]))
    const isSecond = nodes.add('Greater', [outputs, nodes.number(logitOf(threshold))])
    return {
      probabilities: nodes.add('Concat', sides, { axis: { int: 1 } }),
      predicted: nodes.add('Squeeze', [asWhole(nodes, isSecond), nodes.list([1])]),
    }
  },
})

/** True and false as 1 and 0, int64. */
const asWhole = (nodes: OnnxNodes, condition: string): string =>
  nodes.add('Cast', [condition], { to: { int: 7 } })

/** How likely a row comes beyond each class, given that it came as far: the product is how likely it does at all. */
function beyond(outputs: ArrayLike<number>, steps: number): Float64Array {
  const values = new Float64Array(outputs.length)
  for (let i = 0; i < outputs.length; i++)
    values[i] = sigmoid(outputs[i] ?? NaN) * (i % steps === 0 ? 1 : values[i - 1]!)
  return values
}

/** The log-odds that a row comes beyond each class, given that it came as far, of the classes' probabilities. */
function stepsFromLogs(logs: Float64Array, classes: number): Float64Array {
  const probabilities = softmaxRows(logs, classes)
  const outputs = new Float64Array((logs.length / classes) * (classes - 1))
  for (let row = 0; row < logs.length / classes; row++) {
    let beyondHere = 0
    for (let k = classes - 2; k >= 0; k--) {
      beyondHere += probabilities[row * classes + k + 1]!
      const here = probabilities[row * classes + k]!
      outputs[row * (classes - 1) + k] = Math.log(Math.max(beyondHere, 1e-300) / Math.max(here, 1e-300))
    }
  }
  return outputs
}

/** An output for each step from one class to the next: https://arxiv.org/abs/2111.08851, section 3 */
export const ordinal = ofClasses({
  task: orderedClasses.name,
  units: (classes) => classes - 1,
  fromLogs: stepsFromLogs,
  read: (outputs, classes) => ({
    probabilities: () => {
      const steps = classes - 1
      const reached = beyond(outputs, steps)
      const values = new Float64Array((outputs.length / steps) * classes)
      for (let row = 0; row < outputs.length / steps; row++)
        for (let k = 0; k < classes; k++) {
          const here = k === 0 ? 1 : reached[row * steps + k - 1]!
          values[row * classes + k] = here - (k === steps ? 0 : reached[row * steps + k]!)
        }
      return values
    },
    predicted: () => {
      const steps = classes - 1
      const reached = beyond(outputs, steps)
      return Int32Array.from({ length: outputs.length / steps }, (_, row) => {
        let rank = 0
        while (rank < steps && reached[row * steps + rank]! > 0.5) rank++
        return rank
      })
    },
  }),
  exportTo: (nodes, outputs, classes) => {
    const further = nodes.several('Split', [nodes.add('Sigmoid', [outputs])], classes - 1, {
      axis: { int: 1 },
    })
    const reached: string[] = []
    for (const step of further) {
      const before = reached.at(-1)
      reached.push(before === undefined ? step : nodes.add('Mul', [before, step]))
    }
    const side = (parts: readonly string[]): string => nodes.add('Concat', parts, { axis: { int: 1 } })
    // A column of ones, and one of zeros, as long as the batch.
    const none = nodes.add('Mul', [reached[0]!, nodes.number(0)])
    const all = nodes.add('Add', [none, nodes.number(1)])
    // The steps reached are the first ones: each is less likely than the one before.
    const isReached = nodes.add('Greater', [side(reached), nodes.number(0.5)])
    return {
      probabilities: nodes.add('Sub', [side([all, ...reached]), side([...reached, none])]),
      predicted: nodes.add('ReduceSum', [asWhole(nodes, isReached), nodes.list([1])], {
        keepdims: { int: 0 },
      }),
    }
  },
})
