/** What network and training become where another template is chosen for a table. */
import {
  begin,
  efforts,
  isCustom,
  namesIn,
  ownTraining,
  templates,
  type OwnTraining,
  type ParameterRule,
  type Template,
} from './definitions/index.ts'
import type { Recipe, TableRecipe, Training } from './recipe.ts'
import { tableStart } from './table-start.ts'

type Given = Required<OwnTraining>
type Key = keyof Given

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
const saysOf = ({ parameters }: ParameterRule): string => JSON.stringify(parameters)

/** The network in the size that so many rows start with, where they start with it, else in its usual size. */
export function modelFor({ task }: TableRecipe, template: Template, rows: number): TableRecipe['model'] {
  const { model } = tableStart('quick', { rows, task })
  return (model.template === template ? model : begin(templates, template)) as TableRecipe['model']
}

/** The template that a recipe has, and what it brought to the training. */
function templateBefore({ task, model }: Recipe) {
  const before: Template | undefined = isCustom(model) ? model.from?.template : model.template
  const brought: OwnTraining = before === undefined ? {} : ownTraining(before, task)
  return { before, brought }
}

/** Of pictures and texts: what a template brings goes with it, as far as nobody set it otherwise. */
export function trainingWith(
  recipe: Exclude<Recipe, TableRecipe>,
  usual: Training,
  template: Template,
): Training {
  const { training, task } = recipe
  const { brought } = templateBefore(recipe)
  const own = ownTraining(template, task)
  const keys = new Set([...Object.keys(brought), ...Object.keys(own)] as Key[])
  const was: Training = { ...usual, ...brought }
  const becomes: Training = { ...usual, ...own }
  const changed = [...keys].filter((key) => isSame(training[key], was[key]))
  return { ...training, ...Object.fromEntries(changed.map((key) => [key, becomes[key]])) }
}

/**
 * What a template says of training counts. What it leaves open becomes what the rows start with, for what the template before
 * or an effort gave was for the network before; what somebody set otherwise stays. Rules for parameters go with the template
 * that brought them, for another network may have none of that name.
 */
export function trainingFor(recipe: TableRecipe, template: Template, rows: number): Training {
  const { training, task } = recipe
  const { before, brought } = templateBefore(recipe)
  const own = ownTraining(template, task)
  const starts = namesIn(efforts).map((effort) => tableStart(effort, { rows, task }))
  const usual = tableStart('quick', { rows, task }).training
  const given: Given[] = [
    { ...usual, ...brought },
    ...starts.filter((start) => start.model.template === before).map((start) => start.training),
  ]
  const wasGiven = (key: Key): boolean => given.some((one) => isSame(one[key], training[key]))
  const left = (Object.keys(usual) as Key[]).flatMap((key) => (wasGiven(key) ? [[key, usual[key]]] : []))
  const theirs = new Set([...(brought.parameters ?? []), ...(own.parameters ?? [])].map(saysOf))
  return {
    ...training,
    ...(Object.fromEntries(left) as Partial<Training>),
    ...own,
    parameters: [
      ...(own.parameters ?? []),
      ...training.parameters.filter((rule) => !theirs.has(saysOf(rule))),
    ],
  }
}
