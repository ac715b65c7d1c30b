/**
 * What a person can set, as data: value, words, unit and bounds. From one descriptor come the recipe's schema, the field of
 * a form, what `--set` accepts, and a line of the docs; so a bound is written once.
 */
import { z } from 'zod'

interface Described<Value> {
  readonly label: string
  /** What it is and does. */
  readonly help: string
  /** How to choose, in a sentence. */
  readonly advice?: string
  readonly unit?: string
  /** Rarely worth changing: forms fold it away. */
  readonly advanced?: true
  /** What stands in recipes that do not name it. */
  readonly start: Value
}

export interface NumberOption extends Described<number> {
  readonly kind: 'number'
  readonly whole: boolean
  /** Bounds that count themselves in … */
  readonly least?: number
  readonly most?: number
  /** … and bounds that do not. */
  readonly above?: number
  readonly below?: number
  /** What the arrow keys add, where the scale is not logarithmic. */
  readonly step?: number
  /** Chosen by orders of magnitude, as learning rates are. */
  readonly scale?: 'logarithmic'
  /** Shown as a percentage. */
  readonly share?: boolean
}

export interface Choice<Name extends string = string> {
  readonly value: Name
  readonly label: string
  readonly help?: string
}
export interface ChoiceOption<Name extends string = string> extends Described<Name> {
  readonly kind: 'choice'
  readonly choices: readonly Choice<Name>[]
}
export interface FlagOption extends Described<boolean> {
  readonly kind: 'flag'
}
/** Numbers of one kind, in order. */
export interface ListOption extends Described<readonly number[]> {
  readonly kind: 'list'
  /** Each of them; its start value is what a further one gets where there is none before it. */
  readonly item: NumberOption
  readonly fewest: number
  readonly most: number
}

/** Letters, as somebody typed them. */
export interface TextOption extends Described<string> {
  readonly kind: 'text'
  /** Characters. */
  readonly longest: number
  readonly pattern: RegExp
  /** What it may be, in words. */
  readonly bounds: string
  /** It is the path of a file, which may also be chosen in a dialog. */
  readonly file?: NamedFiles
}
/** What a dialog offers. */
export interface NamedFiles {
  /** What such files are called together: “Word vectors”. */
  readonly name: string
  /** The usual ones, without a dot; empty: any. */
  readonly endings: readonly string[]
}
/** Texts of one sort, in order. */
export interface TextsOption extends Described<readonly string[]> {
  readonly kind: 'texts'
  /** Each of them. */
  readonly item: TextOption
  readonly fewest: number
  readonly most: number
}

/** A column of the data, by its name. */
export interface ColumnOption extends Described<string> {
  readonly kind: 'column'
  /** What it may hold; absent: anything. */
  readonly holds?: readonly string[]
  /** It need not be named: the empty name is none. */
  readonly optional?: true
}

/** A value with a schema of its own, which is edited where it is seen and not in a field. */
export interface DataOption<Value = unknown> extends Described<Value> {
  readonly kind: 'data'
  readonly schema: z.ZodType<Value>
  /** What it may be, in words. */
  readonly bounds: string
  // A method, so that options of any value are options.
  text(value: Value): string
}

/** What a form shows as a field. */
export type FieldOption =
  NumberOption | ChoiceOption | FlagOption | ListOption | TextOption | TextsOption | ColumnOption
export type Option = FieldOption | DataOption
/** By the recipe's keys. */
export type Options = Readonly<Record<string, Option>>

export type ValueOf<O extends Option> =
  O extends ChoiceOption<infer Name>
    ? Name
    : O extends NumberOption
      ? number
      : O extends FlagOption
        ? boolean
        : O extends TextOption | ColumnOption
          ? string
          : O extends TextsOption
            ? string[]
            : O extends DataOption<infer Value>
              ? Value
              : number[]
export type ValuesOf<O extends Options> = { -readonly [K in keyof O]: ValueOf<O[K]> }
/** Values of whatever options: what forms, which know none of them, deal with. */
export type OptionValue = ValueOf<FieldOption>
export type OptionValues = Readonly<Record<string, unknown>>

// ---- the kinds ----

type Details<O extends Option> = Omit<O, 'kind' | 'whole' | 'choices' | 'item' | 'fewest' | 'most'>
type Bounds = Pick<NumberOption, 'least' | 'most' | 'above' | 'below' | 'step'>

export const number = (details: Details<NumberOption> & Bounds): NumberOption => ({
  kind: 'number',
  whole: false,
  ...details,
})
/** From 1 where no other bound is given. */
export const whole = (details: Details<NumberOption> & Bounds): NumberOption => ({
  kind: 'number',
  least: 1,
  ...details,
  whole: true,
})
/** A step of gradient descent, or what is added up over many of them: more than nothing, chosen by its order of magnitude. */
export const rate = (details: Details<NumberOption> & Bounds): NumberOption =>
  number({ above: 0, scale: 'logarithmic', ...details })
/** From 0 to below 1. */
export const fraction = (details: Details<NumberOption> & Bounds): NumberOption =>
  number({ least: 0, below: 1, step: 0.05, ...details })
export const flag = (details: Details<FlagOption>): FlagOption => ({ kind: 'flag', ...details })
export const choice = <const Name extends string>(
  choices: readonly Choice<Name>[],
  details: Omit<Details<ChoiceOption<NoInfer<Name>>>, 'start'> & { readonly start: NoInfer<Name> },
): ChoiceOption<Name> => ({ kind: 'choice', choices, ...details })
export const list = (
  item: NumberOption,
  details: Details<ListOption> & Pick<ListOption, 'fewest' | 'most'>,
): ListOption => ({ kind: 'list', item, ...details })
export const text = (details: Omit<TextOption, 'kind'>): TextOption => ({ kind: 'text', ...details })
/** The path of a file; the empty one is none. */
export const filePath = (
  file: NamedFiles,
  details: Omit<TextOption, 'kind' | 'longest' | 'pattern' | 'start' | 'file'>,
): TextOption => text({ longest: 4096, pattern: /^[^\0]*$/, start: '', file, ...details })
export const texts = (
  item: Omit<TextOption, 'kind'>,
  details: Omit<TextsOption, 'kind' | 'item'>,
): TextsOption => ({ kind: 'texts', item: text(item), ...details })
/** Nothing is chosen at first. */
export const column = (details: Omit<ColumnOption, 'kind' | 'start'>): ColumnOption => ({
  kind: 'column',
  ...details,
  start: '',
})
export const data = <Value>(details: Omit<DataOption<Value>, 'kind'>): DataOption<Value> => ({
  kind: 'data',
  ...details,
})

// ---- bounds in words ----

const shown = (value: number): string =>
  Math.abs(value) >= 1e6 || Number.isInteger(value) ? value.toLocaleString('en') : String(value)

/** “a whole number from 1 to 16”, “a number above 0”, “on or off”, “one of relu, gelu, tanh”. */
export function boundsOf(option: Option): string {
  switch (option.kind) {
    case 'flag':
      return 'true or false'
    case 'choice':
      return `one of ${option.choices.map(({ value }) => value).join(', ')}`
    case 'list':
      return `${option.fewest} to ${option.most} of: ${boundsOf(option.item)}`
    case 'texts':
      return `a list of ${option.fewest} to ${option.most} texts, each ${boundsOf(option.item)}`
    case 'text':
    case 'data':
      return option.bounds
    case 'column': {
      const held = option.holds ? ` of ${option.holds.map((kind) => `${kind}s`).join(' or ')}` : ''
      return `the name of a column${held}${option.optional ? ', or nothing' : ''}`
    }
    case 'number': {
      const { least, most, above, below } = option
      const low =
        least !== undefined ? `from ${shown(least)}` : above !== undefined ? `above ${shown(above)}` : ''
      const high =
        most !== undefined ? `to ${shown(most)}` : below !== undefined ? `below ${shown(below)}` : ''
      const joined = above !== undefined && below !== undefined ? `${low} and ${high}` : `${low} ${high}`
      return `${option.whole ? 'a whole number' : 'a number'} ${joined}`.replaceAll('  ', ' ').trim()
    }
  }
}

/** A value as people read it: “ReLU”, “on”, “20 %”, “64-64”, “50 epochs”. */
export function valueText(option: Option, value: unknown): string {
  switch (option.kind) {
    case 'flag':
      return value === true ? 'on' : 'off'
    case 'choice':
      return option.choices.find((choice) => choice.value === value)?.label ?? String(value)
    case 'list':
      return Array.isArray(value) && value.length > 0 ? value.join('-') : 'none'
    case 'text':
    case 'column':
      return value === '' ? 'none' : String(value)
    case 'texts':
      return Array.isArray(value) ? value.join(' or ') || 'none' : String(value)
    case 'data':
      return option.text(value)
    case 'number':
      return option.share && typeof value === 'number'
        ? `${Number((100 * value).toPrecision(6))} %`
        : String(value)
  }
}

const isNumberOf = (option: NumberOption, value: number): boolean =>
  Number.isFinite(value) &&
  (!option.whole || Number.isSafeInteger(value)) &&
  value >= (option.least ?? -Infinity) &&
  value <= (option.most ?? Infinity) &&
  value > (option.above ?? -Infinity) &&
  value < (option.below ?? Infinity)

/** Whether the option may have this value. */
export function allows<O extends Option>(option: O, value: unknown): value is ValueOf<O> {
  switch (option.kind) {
    case 'flag':
      return typeof value === 'boolean'
    case 'choice':
      return option.choices.some((choice) => choice.value === value)
    case 'list':
      return (
        Array.isArray(value) &&
        value.length >= option.fewest &&
        value.length <= option.most &&
        value.every((item) => allows(option.item, item))
      )
    case 'text':
      return typeof value === 'string' && value.length <= option.longest && option.pattern.test(value)
    case 'texts':
      return (
        Array.isArray(value) &&
        value.length >= option.fewest &&
        value.length <= option.most &&
        value.every((item) => allows(option.item, item))
      )
    case 'column':
      return typeof value === 'string'
    case 'data':
      return option.schema.safeParse(value).success
    case 'number':
      return typeof value === 'number' && isNumberOf(option, value)
  }
}

/** What is wrong with the value, as a sentence; null: nothing. */
export const complaintAbout = (option: Option, value: unknown): string | null =>
  allows(option, value) ? null : `${option.label} must be ${boundsOf(option)}.`

/** Says where in it something is wrong. */
const dataSchema = ({ label, schema }: DataOption) =>
  z.unknown().transform((value, context) => {
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    for (const { message, path } of parsed.error.issues)
      context.addIssue({ code: 'custom', message: `${label}: ${message}`, path: [...path] })
    return z.NEVER
  })

/** Values that are not there get the start value. */
export const schemaOf = <O extends Option>(option: O): z.ZodType<ValueOf<O>, ValueOf<O> | undefined> => {
  const given =
    option.kind === 'data'
      ? dataSchema(option)
      : z.custom<ValueOf<O>>((value) => allows(option, value), {
          error: ({ input }) => complaintAbout(option, input) ?? '',
        })
  return given.default(() => startOf(option) as never) as unknown as z.ZodType<
    ValueOf<O>,
    ValueOf<O> | undefined
  >
}

export const startOf = <O extends Option>(option: O): ValueOf<O> =>
  // Lists are copied: whoever edits a recipe does not edit its definition.
  (option.kind === 'list' || option.kind === 'texts' ? [...option.start] : option.start) as ValueOf<O>

export const startsOf = <O extends Options>(options: O): ValuesOf<O> =>
  Object.fromEntries(Object.entries(options).map(([key, option]) => [key, startOf(option)])) as ValuesOf<O>

/** The keys of an object schema, to be spread into one with further keys. */
export const shapeOf = <O extends Options>(options: O) =>
  Object.fromEntries(Object.entries(options).map(([key, option]) => [key, schemaOf(option)])) as {
    [K in keyof O]: z.ZodType<ValueOf<O[K]>, ValueOf<O[K]> | undefined>
  }
