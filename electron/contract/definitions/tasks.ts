/** Tasks: what there is to learn about a target. The losses, metrics and forms that fit follow from the task. */
import { z } from 'zod'
import type { ColumnKind } from '../column.ts'
import { formatCount, plural } from '../format.ts'
import { family, memberOf, namesIn, type Definition } from './define.ts'

interface TaskWords {
  /** What its target holds. */
  readonly target: Extract<ColumnKind, 'category' | 'number'>
  /** How many columns may be the target together; absent: one. */
  readonly several?: true
  /** How many different values it may have; `most` null: any number. */
  readonly classes?: { readonly least: number; readonly most: number | null }
  /** Recipes may say in which order its classes stand. */
  readonly ordered?: true
  /** One column may list several values, with a separator between them. */
  readonly listed?: true
  /** The first sentence of what a network for it says: “one of two classes”. */
  readonly answer: string
  /** What a network for it decides among, by its outputs: “10 classes”. */
  readonly counted: (outputs: number) => string
  /** As model hubs know it. */
  readonly hub: 'classification' | 'regression'
}
type TaskDefinition<Name extends string> = Omit<Definition<Name, Record<never, never>>, 'check' | 'upgrade'> &
  TaskWords
const defineTask = <const Name extends string>(
  task: Omit<TaskDefinition<Name>, 'options'>,
): TaskDefinition<Name> => ({ ...task, options: {} })

const sklearnTypes = 'https://scikit-learn.org/stable/modules/multiclass.html'

export const binary = defineTask({
  name: 'binary',
  label: 'Two classes',
  help: 'One of two classes, of which the second is the one that is looked for. The network has one output, the log-odds of that class.',
  source: sklearnTypes,
  target: 'category',
  classes: { least: 2, most: 2 },
  ordered: true,
  answer: 'One of two classes',
  counted: () => '2 classes',
  hub: 'classification',
})

/** Named before there were others of its kind. */
export const classification = defineTask({
  name: 'classification',
  label: 'Several classes',
  help: 'One of several classes, each of which excludes the others. The network has an output for each.',
  source: sklearnTypes,
  target: 'category',
  classes: { least: 2, most: null },
  answer: 'One of several classes',
  counted: (outputs) => plural(outputs, 'class', 'classes'),
  hub: 'classification',
})

export const ordinal = defineTask({
  name: 'ordinal',
  label: 'Ordered classes',
  help: 'One of several classes that have an order, such as grades: a neighboring class is less wrong than a far one. The network has an output for each step from one class to the next.',
  source: 'Shi, Cao & Raschka 2021, https://arxiv.org/abs/2111.08851',
  target: 'category',
  classes: { least: 3, most: null },
  ordered: true,
  answer: 'One of several classes in order',
  counted: (outputs) => `${formatCount(outputs + 1)} classes in order`,
  hub: 'classification',
})

export const multilabel = defineTask({
  name: 'multilabel',
  label: 'Several labels',
  help: 'Any number of labels at once: several columns that each say yes or no, or one column that lists labels, such as red;round, with a separator between them or in brackets. The network has an output for each label.',
  source: sklearnTypes,
  target: 'category',
  several: true,
  listed: true,
  answer: 'Any number of labels',
  counted: (outputs) => plural(outputs, 'label'),
  hub: 'classification',
})

export const regression = defineTask({
  name: 'regression',
  label: 'Numbers',
  help: 'A number, or several at once: every target column has an output of its own, and they share the rest of the network.',
  source: 'https://scikit-learn.org/stable/modules/multiclass.html#multioutput-regression',
  target: 'number',
  several: true,
  answer: 'A number',
  counted: (outputs) => `${plural(outputs, 'number')} to predict`,
  hub: 'regression',
})

export const tasks = family({
  name: 'tasks',
  one: 'task',
  help: 'What there is to learn about the target.',
  path: 'task',
  key: 'task',
  usage:
    'Chosen with --task NAME. Several targets are named by --target once each, the order of classes by --set target.classes=["poor","fair","good"], what separates the labels of a list by --set target.separator=";", or by --set target.separator=[ where they are lists in brackets, as of JSON. An import finds out by itself whether the cells of the target list labels. Of images and texts, whose target is the label, it is one of those that predict classes or labels.',
  members: [binary, classification, ordinal, multilabel, regression],
})
export const taskSchema = z.enum(namesIn(tasks))
export type Task = z.infer<typeof taskSchema>

export const taskOf = (name: Task): TaskDefinition<Task> => memberOf(tasks, name)
/** Those that predict one class out of several. */
export const predictsOneClass = (name: Task): boolean => taskOf(name).classes !== undefined
export const namesOfOneClass: readonly Task[] = namesIn(tasks).filter(predictsOneClass)
/** Those that predict classes or labels. */
export const predictsClasses = (name: Task): boolean => taskOf(name).target === 'category'
