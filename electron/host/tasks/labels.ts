/** Any number of labels at once: an output for each, the log-odds that an example has it. */
import type { OnnxNodes } from '../../../engine/index.ts'
import {
  DescentError,
  labelsListed,
  listLabels,
  multilabel as words,
  separatorInWords,
  plural,
  taskOf,
  type Answer as Said,
  type Recipe,
} from '../../contract/index.ts'
import type { CategoryColumn } from '../datasets/frame.ts'
import { LabelEvidence, sigmoid, type Probabilities } from '../evaluate/evidence.ts'
import { categoriesOf, sortClasses } from './classes.ts'
import type { FittedTargetOf } from './target.ts'
import { someOf, type Answer, type TargetColumns, type TaskFunctions } from './task.ts'

type Labels = FittedTargetOf<'labels'>

const task = words.name

const columnsOf = (columns: TargetColumns): CategoryColumn[] =>
  columns.map((column) => categoriesOf([column], task))

function listedLabels(columns: readonly CategoryColumn[], separator: string): Labels['labels'] {
  const [column, ...others] = columns
  if (column === undefined || others.length > 0)
    throw new DescentError(
      'badRecipe',
      `With a separator, labels are listed in one column; there are ${columns.length} target columns. Leave the separator out, or choose one of them.`,
      'target.separator',
    )
  const found = new Set(column.categories.flatMap((text) => labelsListed(text, separator)))
  if (found.size < 2)
    throw new DescentError(
      'badRecipe',
      `"${column.name}" lists ${found.size === 0 ? 'no label' : `one label only (${[...found][0]})`} ${separatorInWords(separator)}: check the separator.`,
      'target.separator',
    )
  return sortClasses([...found]).map((value) => ({
    label: value,
    column: column.name,
    value,
    otherwise: null,
  }))
}

/** Each column says yes or no: of its two values the second one is the yes, as of 0 and 1, or of no and yes. */
function labelColumns(columns: readonly CategoryColumn[]): Labels['labels'] {
  if (columns.length < 2)
    throw new DescentError(
      'badRecipe',
      `The task “${taskOf(task).label}” needs two target columns or more, or a separator between the labels of one. Make further columns targets, or name the separator.`,
      'data.columns',
    )
  return columns.map(({ name, codes, categories }) => {
    const used = new Set(codes)
    const values = sortClasses(categories.filter((_, code) => used.has(code)))
    const [otherwise, value] = values
    if (values.length !== 2 || otherwise === undefined || value === undefined)
      throw new DescentError(
        'badData',
        `Each column of labels says yes or no, but "${name}" has ${plural(values.length, 'value')} (${someOf(values, 5)}). Make it no target, or choose another task.`,
        'data.columns',
      )
    return { label: name, column: name, value, otherwise }
  })
}

function encodeLabels(columns: readonly CategoryColumn[], { labels, separator }: Labels) {
  const rows = columns[0]!.codes.length
  const values = new Float32Array(rows * labels.length)
  labels.forEach(({ column: name, value }, k) => {
    const column = columns.find((one) => one.name === name)
    if (column === undefined)
      throw new DescentError('badData', `The data has no target "${name}" of the kind that was trained on.`)
    const has = column.categories.map((text) =>
      separator === null ? text === value : labelsListed(text, separator).includes(value),
    )
    for (let row = 0; row < rows; row++) {
      const code = column.codes[row]!
      values[row * labels.length + k] = code === -1 ? NaN : has[code] ? 1 : 0
    }
  })
  return values
}

/** Below so many rows a combination of labels is shared out with the others of its kind. */
const fewestAlike = 3

/** Rows with the same labels are one group; rare combinations are one together. */
function combinations(columns: readonly CategoryColumn[], rows: Int32Array): Int32Array {
  const keyOf = (row: number): string => columns.map(({ codes }) => codes[row]).join(',')
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1)
  const groups = new Map([...counts].filter(([, n]) => n >= fewestAlike).map(([key], i) => [key, i + 1]))
  const codes = new Int32Array(columns[0]!.codes.length)
  for (const row of rows) codes[row] = groups.get(keyOf(row)) ?? 0
  return codes
}

const probabilitiesOf = (outputs: ArrayLike<number>): Probabilities => Float64Array.from(outputs, sigmoid)

/** Always the training frequencies. */
function frequent(
  trainTargets: ArrayLike<number>,
  targets: ArrayLike<number>,
  labels: number,
): LabelEvidence {
  const frequencies = new Float64Array(labels)
  const rows = trainTargets.length / labels
  for (let i = 0; i < trainTargets.length; i++) frequencies[i % labels]! += (trainTargets[i] ?? 0) / rows
  return new LabelEvidence(targets, labels, () =>
    Float64Array.from({ length: targets.length }, (_, i) => frequencies[i % labels]!),
  )
}

const countLabels = (values: ArrayLike<number>, labels: number, rows: Int32Array): number[] =>
  Array.from({ length: labels }, (_, k) =>
    rows.reduce((count, row) => count + (values[row * labels + k] === 1 ? 1 : 0), 0),
  )

const evidence = ({ labels }: Labels, truth: ArrayLike<number>, outputs: ArrayLike<number>): LabelEvidence =>
  new LabelEvidence(truth, labels.length, () => probabilitiesOf(outputs))

function predictions({ labels, separator }: Labels, outputs: ArrayLike<number>) {
  const rows = outputs.length / labels.length
  const column = (name: string, cell: (row: number) => string | number) => ({
    name,
    cells: Array.from({ length: rows }, (_, row) => cell(row)),
  })
  const at = (row: number, k: number): number => sigmoid(outputs[row * labels.length + k] ?? NaN)
  const predicted =
    separator === null
      ? labels.map(({ label, value, otherwise }, k) =>
          column(`prediction_${label}`, (row) => (at(row, k) >= 0.5 ? value : (otherwise ?? ''))),
        )
      : [
          column('prediction', (row) =>
            listLabels(
              labels.flatMap(({ value }, k) => (at(row, k) >= 0.5 ? [value] : [])),
              separator,
            ),
          ),
        ]
  return [...predicted, ...labels.map(({ label }, k) => column(`probability_${label}`, (row) => at(row, k)))]
}

/** Of each label what its column says or, where labels are listed in one, the label or the empty string. */
function exportLabels(nodes: OnnxNodes, { labels }: Labels, outputs: string): Answer[] {
  const columns = labels.map(({ label }) => label)
  const probabilities = nodes.add('Sigmoid', [outputs])
  // By the log-odds: a probability rounded to float32 may reach a half.
  const has = nodes.add('GreaterOrEqual', [outputs, nodes.number(0)])
  const words = (of: readonly string[]): string => nodes.word(of, [1, labels.length])
  const said = nodes.add('Where', [
    has,
    words(labels.map(({ value }) => value)),
    words(labels.map(({ otherwise }) => otherwise ?? '')),
  ])
  const shape = [labels.length]
  return [
    { name: 'label', value: said, dtype: 'string', shape, columns },
    { name: 'probabilities', value: probabilities, dtype: 'float32', shape, columns },
  ]
}

function answers({ labels }: Labels, targets: ArrayLike<number>, outputs: ArrayLike<number>): Said[] {
  const count = labels.length
  const namesWhere = (has: (k: number) => boolean): string[] =>
    labels.flatMap(({ label }, k) => (has(k) ? [label] : []))
  return Array.from({ length: targets.length / count }, (_, row) => {
    const isSo = (k: number): boolean => targets[row * count + k] === 1
    const likely = (k: number): number => sigmoid(outputs[row * count + k] ?? NaN)
    const ofTruth = (k: number): number => (isSo(k) ? likely(k) : 1 - likely(k))
    const worst = labels.reduce((most, _, k) => (ofTruth(k) < ofTruth(most) ? k : most), 0)
    const name = labels[worst]?.label ?? ''
    return {
      is: 'chosen',
      truth: namesWhere(isSo),
      predicted: namesWhere((k) => likely(k) >= 0.5),
      ofTruth: ofTruth(worst),
      other: isSo(worst) ? `not ${name}` : name,
      ofOther: 1 - ofTruth(worst),
    }
  })
}

export const multilabel: TaskFunctions<Labels> = {
  fit: (columns, { target: { separator } }: Recipe) => ({
    kind: 'labels',
    separator,
    labels:
      separator === null ? labelColumns(columnsOf(columns)) : listedLabels(columnsOf(columns), separator),
  }),
  units: ({ labels }) => labels.length,
  choices: () => 2,
  encode: (columns, target) => encodeLabels(columnsOf(columns), target),
  strata: (columns, rows) => combinations(columnsOf(columns), rows),
  /** How many lack a label for each that has it, as PyTorch's `pos_weight`; a label without training rows never enters the loss. */
  balance: (columns, target, rows) => {
    const values = encodeLabels(columnsOf(columns), target)
    return countLabels(values, target.labels.length, rows).map((count) =>
      count === 0 ? 0 : (rows.length - count) / count,
    )
  },
  lossWeights: (balanced) => balanced,
  count: (values, { labels }, rows) => countLabels(values, labels.length, rows),
  plain: ({ labels }) => ({ of: 'yesOrNo', outputs: labels.length }),
  fromPlain: (_, scores) => scores,
  evidence,
  evaluate: (target, { targets, trainTargets, outputs }) => {
    const judged = evidence(target, targets, outputs)
    return {
      evidence: judged,
      baseline: frequent(trainTargets, targets, target.labels.length),
      baselineName: 'training frequencies',
      classification: null,
      labels: judged.perClass.map(({ support, predictions: predicted, precision, recall, f1 }, k) => ({
        label: target.labels[k]!.label,
        support,
        predicted,
        precision,
        recall,
        f1,
      })),
      regression: null,
    }
  },
  answers,
  predictions,
  slopes: ({ labels }, outputs, answer) =>
    Float64Array.from(outputs, (output, i) => {
      const p = sigmoid(output)
      return i % labels.length === answer ? p * (1 - p) : 0
    }),
  offBy: () => null,
  within: () => [],
  exportTo: exportLabels,
  describe: ({ labels }) =>
    `any of ${plural(labels.length, 'label')} (${someOf(labels.map(({ label }) => label))})`,
}
