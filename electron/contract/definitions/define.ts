/**
 * A definition is one thing a person can choose: its name in recipes, its words, where it comes from, and its options. A
 * family is the list of those that can stand in one place of the recipe; what is said about data stands in registries, whose
 * members nobody chooses, but whose thresholds are options as well. Nothing else lists their members.
 */
import { z } from 'zod'
import type { Task } from './tasks.ts'
import { allows, shapeOf, startsOf, type Options, type OptionValues, type ValuesOf } from './options.ts'

export interface Definition<Name extends string = string, O extends Options = Options> {
  /** As recipes spell it. */
  readonly name: Name
  readonly label: string
  /** What it is and when to choose it. */
  readonly help: string
  /** How to choose, in a sentence. */
  readonly advice?: string
  /** The paper or page it comes from. */
  readonly source?: string
  readonly options: O
  /** What the options have to fulfill together: the option to change, and a sentence; null: it is fulfilled. */
  readonly check?: (
    values: ValuesOf<O>,
  ) => { readonly option: keyof O & string; readonly message: string } | null
  /** What recipes wrote before the options were these, as what they write now. */
  readonly upgrade?: (written: Readonly<Record<string, unknown>>) => Record<string, unknown>
}

/** For whoever deals with definitions without knowing them; `check` and `upgrade` are the schema's. */
export type AnyDefinition = Omit<Definition, 'check' | 'upgrade'>

export const define = <const Name extends string, const O extends Options>(
  definition: Definition<Name, O>,
): Definition<Name, O> => definition

/** The only list of definitions of one sort. */
export interface Registry<Members extends readonly AnyDefinition[] = readonly AnyDefinition[]> {
  /** What its members are called together, on the command line and in the docs: `optimizers`. */
  readonly name: string
  /** One of them, in sentences: “optimizer”. */
  readonly one: string
  readonly help: string
  readonly members: Members
}

export interface Family<
  Key extends string = string,
  Members extends readonly AnyDefinition[] = readonly AnyDefinition[],
> extends Registry<Members> {
  /** Where it stands in a recipe. */
  readonly path: string
  /** The recipe's key that names the member. */
  readonly key: Key
  /** Where the recipe holds several of them, in order: the key of that list. */
  readonly list?: string
  /** How they are chosen on the command line, where that is not by `path.key=NAME`. */
  readonly usage?: string
}

export const family = <const Key extends string, const Members extends readonly AnyDefinition[]>(
  described: Family<Key, Members>,
): Family<Key, Members> => described

export type NameIn<F extends Registry> = F['members'][number]['name']
export type MemberOf<F extends Registry, Name extends NameIn<F>> = Extract<
  F['members'][number],
  { readonly name: Name }
>
export type OptionsOf<F extends Registry, Name extends NameIn<F>> = ValuesOf<MemberOf<F, Name>['options']>
/** What a recipe holds: the member's name and the values of its options. */
export type Chosen<F extends Family> = {
  [Name in NameIn<F>]: Flat<Record<F['key'], Name> & OptionsOf<F, Name>>
}[NameIn<F>]
type Flat<T> = { [K in keyof T]: T[K] }

/** What each member does: a definition without its implementation does not compile. */
export type Implementations<F extends Registry, Result> = {
  readonly [Name in NameIn<F>]: (options: OptionsOf<F, Name>) => Result
}

/** What the chosen member does. */
export const implementationOf = <F extends Family, Result>(
  { key }: F,
  implementations: Implementations<F, Result>,
  chosen: Chosen<F>,
): Result => {
  const { [key]: name, ...options } = chosen as Record<string, unknown>
  return implementations[name as NameIn<F>](options as never)
}

export const namesIn = <F extends Registry>(family: F): NameIn<F>[] =>
  family.members.map(({ name }) => name as NameIn<F>)

/** Errors: an Error for a name that the family does not have. */
export function memberOf<F extends Registry, Name extends string>(
  family: F,
  name: Name,
): Name extends NameIn<F> ? MemberOf<F, Name> : F['members'][number] {
  const member = family.members.find((one) => one.name === name)
  if (!member) throw new Error(`There is no ${family.one} “${name}”.`)
  return member as never
}

interface Issue {
  readonly code: 'custom'
  readonly message: string
  readonly path: string[]
}
type Checked = Pick<Definition, 'check' | 'upgrade'>

function memberSchema(key: string, definition: AnyDefinition): z.ZodType {
  const { check, upgrade } = definition as Checked
  const strict = z
    .strictObject({ [key]: z.literal(definition.name), ...shapeOf(definition.options) })
    .superRefine((values, context) => {
      const found = check?.(values as never)
      if (found)
        context.addIssue({ code: 'custom', message: found.message, path: [found.option] } satisfies Issue)
    })
  return upgrade ? z.preprocess((value) => (isObject(value) ? upgrade(value) : value), strict) : strict
}

/** Options that stand in every recipe together, without a choice of which. */
export interface SettingGroup {
  readonly name: string
  /** The title of its panel. */
  readonly label: string
  readonly help: string
  /** The tasks that it is for; absent: all. */
  readonly tasks?: readonly Task[]
  /** Where they stand in a recipe. */
  readonly path: string
  readonly options: Options
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** As a recipe may write it: options that it leaves out get their start values. */
type Written<Value, Key extends string> = Value extends unknown
  ? Flat<Pick<Value, Key & keyof Value> & Partial<Value>>
  : never

/** The schema of one member of the family, whichever is named. */
export function familySchema<F extends Family>({
  key,
  one,
  members,
}: F): z.ZodType<Chosen<F>, Written<Chosen<F>, F['key']>> {
  // Made when a member is first read: a window, or a command, starts with hundreds of them and reads a few.
  const schemas = new Map<string, z.ZodType>()
  const schemaOf = (name: string): z.ZodType | null => {
    const member = members.find((one) => one.name === name)
    if (!member) return null
    const schema = schemas.get(name) ?? memberSchema(key, member)
    schemas.set(name, schema)
    return schema
  }
  return z.unknown().transform((value, context) => {
    const name = isObject(value) ? value[key] : undefined
    const schema = schemaOf(String(name))
    if (!schema) {
      const known = members.map((one) => one.name).join(', ')
      const message =
        typeof name === 'string'
          ? `There is no ${one} “${name.slice(0, 40)}”: it is one of ${known}.`
          : `The ${one} must be named: it is one of ${known}.`
      context.addIssue({ code: 'custom', message, path: [key] } satisfies Issue)
      return z.NEVER
    }
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    for (const issue of parsed.error.issues) context.addIssue(issue as never)
    return z.NEVER
  }) as never
}

/** A member with its options' start values, but for those that are given. */
export const begin = <F extends Family, Name extends NameIn<F>>(
  family: F,
  name: Name,
  given: Partial<OptionsOf<F, Name>> = {},
): Extract<Chosen<F>, { [K in F['key']]: Name }> =>
  ({ [family.key]: name, ...startsOf(memberOf(family, name).options), ...given }) as never

/** The member that the family starts with, which is its first. */
export const first = <F extends Family>(
  family: F,
  given: Partial<OptionsOf<F, F['members'][0]['name']>> = {},
) => begin(family, family.members[0]!.name as F['members'][0]['name'] & NameIn<F>, given as never)

/** Another member of the family: what both have is kept where the other allows its value. */
export function exchange<F extends Family>(family: F, from: Chosen<F>, name: NameIn<F>): Chosen<F> {
  const { options } = memberOf(family, name)
  const kept = Object.entries(from as OptionValues).filter(
    ([key, value]) => options[key] !== undefined && allows(options[key], value),
  )
  return begin(family, name, Object.fromEntries(kept) as never) as never
}
