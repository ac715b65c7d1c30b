/** What the tasks do, by the names of their definitions. */
import { DescentError, targetsOf, type Recipe, type Task } from '../../contract/index.ts'
import { columnNamed, type Frame, type FrameColumn } from '../datasets/frame.ts'
import { binary, classification, ordinal } from './classes.ts'
import { multilabel } from './labels.ts'
import { regression } from './numbers.ts'
import { namesOfTarget, type FittedTarget } from './target.ts'
import type { TargetColumn, TargetColumns, TaskFunctions } from './task.ts'

export { sortClasses } from './classes.ts'
export { classesOfTarget, namesOfTarget, type FittedTarget } from './target.ts'
export type { TargetColumns, TargetValues } from './task.ts'

/** What whoever does not know the task may do with it: it gets the targets that it fitted itself. */
type AnyTask = TaskFunctions<FittedTarget>

const implementations = { binary, classification, ordinal, multilabel, regression } as const
// A definition without its implementation does not compile.
implementations satisfies Readonly<Record<Task, unknown>>

export const functionsOfTask = (task: Task): AnyTask => implementations[task] as unknown as AnyTask

function asTarget(column: FrameColumn): TargetColumn {
  if (column.kind === 'number' || column.kind === 'category') return column
  throw new DescentError(
    'badRecipe',
    `"${column.name}" holds ${column.kind}s, which cannot be predicted.`,
    'data.columns',
  )
}

function named(frame: Pick<Frame, 'columns'>, names: readonly string[]): TargetColumns {
  const [first, ...others] = names.map((name) => asTarget(columnNamed(frame, name)))
  if (first === undefined)
    throw new DescentError('badRecipe', 'No column is the target. Choose what to predict.', 'data.columns')
  return [first, ...others]
}

/** Among how many answers each prediction of a network for this is made; of numbers 1. */
export const choicesOf = ({ task, target }: { readonly task: Task; readonly target: FittedTarget }): number =>
  functionsOfTask(task).choices(target)

/** The recipe's target columns in the frame. */
export const targetColumnsOf = (
  frame: Pick<Frame, 'columns'>,
  { data }: Pick<Recipe, 'data'>,
): TargetColumns =>
  named(
    frame,
    targetsOf(data.columns).map(({ name }) => name),
  )

/** The columns that the target was fitted on. */
export const columnsOfTarget = (frame: Frame, target: FittedTarget): TargetColumns =>
  named(frame, namesOfTarget(target))
