/** How data become numbers: groups of columns, each with its ordered steps and the encoder that ends them. */
import { z } from 'zod'
import { columnKindSchema, type Column } from '../column.ts'
import { kindLabel, type ColumnKind } from './column-kinds.ts'
import { begin, familySchema, memberOf } from './define.ts'
import { encoders } from './encoders.ts'
import { preparationSteps, type PreparationStepName } from './steps.ts'

export const stepsSchema = z.lazy(() => z.array(familySchema(preparationSteps)).max(20))

/** Columns that are prepared alike. */
export const groupSchema = z.lazy(() =>
  z.strictObject({
    /** As `--set prepare.NAME` and the window call it. */
    name: z.string().min(1).max(60),
    /** What its columns hold. */
    kind: columnKindSchema,
    /** Which of them; null: all features of the kind that no other group names. */
    columns: z.array(z.string().min(1)).min(1).nullable(),
    steps: stepsSchema,
    encoder: familySchema(encoders),
  }),
)
export type Group = z.infer<typeof groupSchema>

export interface Problem {
  readonly message: string
  readonly path: (string | number)[]
}

export const stepsFor = (kind: ColumnKind): PreparationStepName[] =>
  preparationSteps.members.filter((step) => step.kinds.includes(kind)).map(({ name }) => name)
export const encodersFor = (kind: ColumnKind) =>
  encoders.members.filter((encoder) => encoder.kinds.includes(kind)).map(({ name }) => name)

const twice = (names: readonly string[]): string | undefined =>
  names.find((name, i) => names.indexOf(name) !== i)

function groupProblems(
  { kind, steps: chosen, encoder, columns }: Group,
  i: number,
  known: readonly Column[],
): Problem[] {
  const problems: Problem[] = []
  if (encodersFor(kind).length === 0)
    problems.push({ message: `Columns of the kind ${kind} cannot be prepared yet.`, path: [i, 'kind'] })
  else if (!memberOf(encoders, encoder.encoder).kinds.includes(kind))
    problems.push({
      message: `The encoder “${encoder.encoder}” is not for columns of the kind ${kind}: it is one of ${encodersFor(kind).join(', ')}.`,
      path: [i, 'encoder', 'encoder'],
    })
  chosen.forEach(({ step }, at) => {
    if (memberOf(preparationSteps, step).kinds.includes(kind)) return
    const fitting = stepsFor(kind)
    const which = fitting.length > 0 ? `they go through ${fitting.join(', ')}` : 'they go through none'
    problems.push({
      message: `The step “${step}” is not for columns of the kind ${kind}: ${which}.`,
      path: [i, 'steps', at, 'step'],
    })
  })
  columns?.forEach((name, at) => {
    const column = known.find((one) => one.name === name)
    if (column?.kind === kind) return
    problems.push({
      message: column
        ? `“${name}” is of the kind ${column.kind}, and this group is for ${kind}.`
        : `The data has no column “${name}”.`,
      path: [i, 'columns', at],
    })
  })
  return problems
}

/** What the schema of a group cannot see: whether groups, steps, encoders and columns fit each other; with paths in the recipe. */
export function preparationProblems(groups: readonly Group[], columns: readonly Column[]): Problem[] {
  const problems = groups.flatMap((group, i) => groupProblems(group, i, columns))
  const elsewhere: Problem[] = []
  const name = twice(groups.map((group) => group.name))
  if (name !== undefined)
    problems.push({
      message: `Two groups are called “${name}”.`,
      path: [groups.findLastIndex((g) => g.name === name), 'name'],
    })
  const column = twice(groups.flatMap((group) => group.columns ?? []))
  if (column !== undefined)
    problems.push({ message: `“${column}” is in two groups: name it in one of them.`, path: [] })
  const kind = twice(groups.flatMap((group) => (group.columns === null ? [group.kind] : [])))
  if (kind !== undefined)
    problems.push({
      message: `Two groups take all columns of the kind ${kind}: let one of them name its columns.`,
      path: [],
    })
  columns.forEach((column, at) => {
    if (column.role !== 'feature' || groupOf(groups, column)) return
    const message =
      encodersFor(column.kind).length === 0
        ? `“${column.name}” is of the kind ${kindLabel(column.kind)}, which no encoder takes yet: read it as a category, or ignore it.`
        : `No group prepares “${column.name}” (${column.kind}): add one for its kind, or ignore the column.`
    elsewhere.push({ message, path: ['data', 'columns', at, 'kind'] })
  })
  return [...problems.map(({ message, path }) => ({ message, path: ['prepare', ...path] })), ...elsewhere]
}

/** The group that prepares the column: the one that names it, or the one for all of its kind. */
export const groupOf = (
  groups: readonly Group[],
  { name, kind }: Pick<Column, 'name' | 'kind'>,
): Group | undefined =>
  groups.find((group) => group.columns?.includes(name)) ??
  groups.find((group) => group.columns === null && group.kind === kind)

/** The features that a group prepares. */
export const columnsOf = (groups: readonly Group[], group: Group, columns: readonly Column[]): Column[] =>
  columns.filter((column) => column.role === 'feature' && groupOf(groups, column) === group)

const everything = { columns: null }

/** What columns of each kind go through unless a person says otherwise. */
export const defaultGroups: { readonly [K in ColumnKind]: () => Group } = {
  number: (): Group => ({
    ...everything,
    name: 'number',
    kind: 'number',
    steps: [
      begin(preparationSteps, 'clip', { tail: 0 }),
      begin(preparationSteps, 'impute'),
      begin(preparationSteps, 'standardize'),
    ],
    encoder: begin(encoders, 'numeric'),
  }),
  category: (): Group => ({
    ...everything,
    name: 'category',
    kind: 'category',
    steps: [],
    encoder: begin(encoders, 'oneHot'),
  }),
  ordered: (): Group => ({
    ...everything,
    name: 'ordered',
    kind: 'ordered',
    steps: [],
    encoder: begin(encoders, 'thermometer'),
  }),
  boolean: (): Group => ({
    ...everything,
    name: 'boolean',
    kind: 'boolean',
    steps: [],
    encoder: begin(encoders, 'thermometer'),
  }),
  date: (): Group => ({
    ...everything,
    name: 'date',
    kind: 'date',
    steps: [],
    // Of dates without a time it adds nothing.
    encoder: begin(encoders, 'calendar', { hour: true }),
  }),
  time: (): Group => ({
    ...everything,
    name: 'time',
    kind: 'time',
    steps: [],
    encoder: begin(encoders, 'clock'),
  }),
  text: (): Group => ({
    ...everything,
    name: 'text',
    kind: 'text',
    steps: [],
    encoder: begin(encoders, 'words'),
  }),
  image: (): Group => ({
    ...everything,
    name: 'image',
    kind: 'image',
    steps: [],
    encoder: begin(encoders, 'rawPixels'),
  }),
}

/** The words of a text at most, of every group of texts. */
export const tokenLimits = (groups: readonly Group[]): number[] =>
  groups.flatMap(({ encoder }) => ('maxTokens' in encoder ? [encoder.maxTokens] : []))

/** Groups for the features that none of these takes. */
export function lackingGroups(groups: readonly Group[], columns: readonly Column[]): Group[] {
  const kinds = columns
    .filter((one) => one.role === 'feature' && !groupOf(groups, one))
    .map(({ kind }) => kind)
  return [...new Set(kinds)].map((kind) => defaultGroups[kind]())
}

/** The groups as they fit other columns: what changed its kind leaves the group that named it, and every feature has one. */
export function fittingGroups(groups: readonly Group[], columns: readonly Column[]): Group[] {
  const kindOf = new Map(columns.map(({ name, kind }) => [name, kind]))
  const kept = groups.flatMap((group): Group[] => {
    const named = group.columns?.filter((name) => kindOf.get(name) === group.kind) ?? null
    return named?.length === 0 ? [] : [{ ...group, columns: named }]
  })
  return [...kept, ...lackingGroups(kept, columns)]
}
