/** What a recipe says of its target, beside which columns it is and what the task is. */
import { z } from 'zod'
import type { Column } from '../column.ts'
import { keptAs } from './column-kinds.ts'
import { begin } from './define.ts'
import { stepsSchema, type Problem } from './groups.ts'
import { preparationSteps, standardize, type PreparationStepName } from './steps.ts'
import {
  choice,
  fraction,
  number,
  shapeOf,
  startsOf,
  text,
  type NumberOption,
  type Options,
  type ValueOf,
  type ValuesOf,
} from './options.ts'
import { binary, classification, taskOf, type Task } from './tasks.ts'

const leastOf = (start: number, label: string, help: string): NumberOption =>
  fraction({ label, help, share: true, least: 0.01, most: 1, below: undefined, step: 0.01, start })
const costOf = (label: string, help: string): NumberOption =>
  number({ label, help, above: 0, most: 1e9, step: 1, start: 1 })

export const thresholdOptions = {
  threshold: choice(
    [
      { value: 'half', label: 'One half' },
      { value: 'f1', label: 'For F1' },
      { value: 'balancedAccuracy', label: 'For balanced accuracy' },
      { value: 'cost', label: 'By what errors cost' },
      { value: 'recall', label: 'For a recall' },
      { value: 'precision', label: 'For a precision' },
      { value: 'fixed', label: 'A given one' },
    ],
    {
      label: 'Threshold',
      help: 'From which probability on the second of two classes is predicted: one half; where F1 of that class or balanced accuracy is highest, or errors cost least, on the validation split after training; where precision is highest among those that reach a recall, or recall among those that reach a precision; or a given one. It goes with the model into predictions and exports; probabilities stay as they are.',
      advice:
        'For a rare second class: it finds more of it without touching what the network has learned, as class weights do.',
      start: 'half',
    },
  ),
  falseAlarmCost: costOf(
    'Cost of a false alarm',
    'What it costs to take a row for the second class that is of the first. Only how it stands to the cost of a miss counts.',
  ),
  missCost: costOf('Cost of a miss', 'What it costs not to find a row of the second class.'),
  leastRecall: leastOf(0.9, 'Recall at least', 'The share of the second class that is to be found.'),
  leastPrecision: leastOf(
    0.9,
    'Precision at least',
    'The share of what is taken for the second class that is to be so. Where no threshold reaches it, the one that comes nearest is taken.',
  ),
  fixedAt: number({
    label: 'Probability',
    help: 'From which on the second class is predicted, whatever the validation split says.',
    above: 0,
    below: 1,
    step: 0.01,
    start: 0.5,
  }),
}
export type Threshold = ValueOf<typeof thresholdOptions.threshold>
export type ThresholdRule = ValuesOf<typeof thresholdOptions>

/** What a rule goes by beside itself. */
const goesBy: Record<Threshold, readonly (keyof ThresholdRule)[]> = {
  half: [],
  f1: [],
  balancedAccuracy: [],
  cost: ['falseAlarmCost', 'missCost'],
  recall: ['leastRecall'],
  precision: ['leastPrecision'],
  fixed: ['fixedAt'],
}
/** The rule, and what it goes by. */
export const thresholdOptionsOf = ({ threshold }: Pick<ThresholdRule, 'threshold'>): Options =>
  Object.fromEntries(
    (['threshold', ...goesBy[threshold]] as const).map((key) => [key, thresholdOptions[key]]),
  )

/** Of several classes: an answer that none of them fits. */
export const outsideOptions = {
  outside: text({
    label: 'None of the classes',
    help: 'The class that stands for none of the others, such as “oos” or “other”. It is also answered where the network is not sure enough of any other class: how sure that has to be is chosen on the validation split after training, and goes with the model into predictions and exports. Empty: there is none.',
    longest: 200,
    pattern: /^[^\0]*$/,
    bounds: 'the name of a class, or nothing',
    start: '',
  }),
  mostLost: fraction({
    label: 'Lost at most',
    help: 'The share of validation rows of other classes that are right and may become none of them by that: the more, the more of what is none is found.',
    share: true,
    least: 0,
    step: 0.005,
    start: 0.01,
  }),
}

export const targetSchema = z.lazy(() =>
  z.strictObject({
    /** What numbers go through before a network learns them; predictions are turned back. */
    steps: stepsSchema,
    /** The classes in their order; of two, the second is the one that is looked for. null: by the levels of the column, else numbers by size, else by letters. */
    classes: z.array(z.string()).min(2).nullable().default(null),
    /** What stands between the labels that one column lists, or `[` where they are lists in brackets; null: each target column is a label of its own. */
    separator: z.string().min(1).max(3).nullable().default(null),
    ...shapeOf(thresholdOptions),
    ...shapeOf(outsideOptions),
  }),
)
export type Target = z.infer<typeof targetSchema>

/** What is done with a target unless a person says otherwise. */
export const defaultTarget = (task: Task): Target => ({
  steps: standardize.kinds.includes(taskOf(task).target) ? [begin(preparationSteps, standardize.name)] : [],
  classes: null,
  separator: null,
  ...startsOf(thresholdOptions),
  ...startsOf(outsideOptions),
})

/** Those that a target of numbers may go through. */
export const targetSteps: readonly PreparationStepName[] = preparationSteps.members
  .filter((step) => 'undoable' in step)
  .map(({ name }) => name)

/** The columns with others as their target: what it is read as follows the task, and former targets become features again. */
export const withTargets = (columns: readonly Column[], names: readonly string[], task: Task): Column[] =>
  columns.map((column) => {
    const { target } = taskOf(task)
    const kind = keptAs(column.kind) === target ? column.kind : target
    if (names.includes(column.name)) return { ...column, kind, role: 'target' }
    return column.role === 'target' ? { ...column, role: 'feature' } : column
  })

/** What stands against a target's settings, whatever the data. */
export function targetProblems(
  { steps, classes, separator, threshold, outside }: Target,
  task: Task,
): (Problem & { path: (string | number)[] })[] {
  const { label, target, ordered, listed, classes: count } = taskOf(task)
  const problem = (message: string, ...path: (string | number)[]) => ({ message, path: ['target', ...path] })
  const problems = steps.flatMap(({ step }, i) =>
    targetSteps.includes(step)
      ? []
      : [
          problem(
            `The step “${step}” cannot be turned back, so no target goes through it: it is one of ${targetSteps.join(', ')}.`,
            'steps',
            i,
            'step',
          ),
        ],
  )
  if (steps.length > 0 && target === 'category')
    return [problem('Only a target of numbers goes through steps: of classes the list is empty.', 'steps')]
  if (classes !== null) {
    if (!ordered)
      problems.push(problem(`The task “${label}” has no order of classes: leave it out.`, 'classes'))
    const twice = classes.find((one, i) => classes.indexOf(one) !== i)
    if (twice !== undefined) problems.push(problem(`The class “${twice}” is named twice.`, 'classes'))
    const most = count?.most ?? Infinity
    if (classes.length > most)
      problems.push(problem(`The task “${label}” has ${most} classes, not ${classes.length}.`, 'classes'))
  }
  if (threshold !== thresholdOptions.threshold.start && task !== binary.name)
    problems.push(
      problem(
        `The task “${label}” has no threshold, which is between two classes: leave it at one half.`,
        'threshold',
      ),
    )
  if (outside !== outsideOptions.outside.start && task !== classification.name)
    problems.push(
      problem(
        `The task “${label}” has no several classes of which one could stand for none: leave it empty.`,
        'outside',
      ),
    )
  if (separator !== null && !listed)
    problems.push(
      problem(`The task “${label}” reads one value from a cell: leave the separator out.`, 'separator'),
    )
  return problems
}
